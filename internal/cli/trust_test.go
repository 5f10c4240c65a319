package cli

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/command"
)

// 'certificate signed by unknown authority' was all that was said of a hub with a
// certificate of an authority in house: the cure is named, and works.
func TestUnknownAuthorityNamesTheCure(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/hub/api/"):
			fmt.Fprint(w, `{"version":"6.1.1"}`)
		case strings.HasSuffix(r.URL.Path, "/user"):
			fmt.Fprint(w, `{"kind":"user","name":"admin","admin":true,"groups":[],"scopes":["admin:users"]}`)
		default:
			fmt.Fprint(w, `[]`)
		}
	})
	hub := httptest.NewUnstartedServer(answer)
	hub.Config.ErrorLog = log.New(t.Output(), "", 0)
	hub.StartTLS()
	t.Cleanup(hub.Close)
	plain := httptest.NewServer(answer)
	t.Cleanup(plain.Close)
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hub.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(hub.URL, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		name, url string
		more      []string
		want      []string // empty: it works
	}{
		{"unknown", hub.URL, nil, []string{"certificate signed by unknown authority (O=Acme Co)", "--ca-file FILE", "SSL_CERT_FILE"}},
		{"named", hub.URL, []string{"--ca-file", ca}, nil},
		{"for other names", other, []string{"--ca-file", ca}, []string{"is for example.com", "not for localhost", "--url https://NAME"}},
		{"no such file", hub.URL, []string{"--ca-file", filepath.Join(dir, "none.pem")}, []string{"none.pem"}},
		{"an empty file", hub.URL, []string{"--ca-file", empty}, []string{"empty.pem holds no certificate in PEM form"}},
		{"plain HTTP", strings.Replace(plain.URL, "http:", "https:", 1), nil, []string{"speaks plain HTTP", "begins with http://"}},
		{"HTTPS, asked in plain", strings.Replace(hub.URL, "https:", "http:", 1), nil, []string{"status 400", "begins with https://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, said bytes.Buffer
			e := &command.Env{In: strings.NewReader(""), Out: &out, Err: &said, Environ: []string{"JUPYTERHUB_TOKEN=a-token-of-tests", "ATRIUM_DATA_DIR=" + dir}}
			err := run(t.Context(), newRoot(e), append([]string{"users", "list", "--url", c.url}, c.more...))
			if (err != nil) != (c.want != nil) {
				t.Errorf("it ends with %v:\n%s", err, said.String())
			}
			for _, words := range c.want {
				if !strings.Contains(said.String(), words) {
					t.Errorf("it does not say %q:\n%s", words, said.String())
				}
			}
		})
	}
}
