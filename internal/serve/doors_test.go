package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// pairFor writes a certificate that vouches for itself into the configuration's
// files, and gives what trusts it.
func pairFor(t *testing.T, cfg *config.Config, names ...string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	dir := t.TempDir()
	cfg.TLS.CertFile, cfg.TLS.KeyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for path, text := range map[string][]byte{
		cfg.TLS.CertFile: cert, cfg.TLS.KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	return roots
}

func freePorts(cfg *config.Config) {
	cfg.Listen, cfg.HubListen, cfg.TLS.RedirectListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
}

func opened(t *testing.T, cfg config.Config) *doors {
	t.Helper()
	d, err := openDoors(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	return d
}

// A request that is under way is finished when the hub ends; then nothing listens
// and nothing runs any more.
func TestShutLetsRequestsFinish(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := config.Default()
	freePorts(&cfg)
	roots := pairFor(t, &cfg, "hub.example.org")
	d := opened(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	fresh := make(chan struct{})
	go func() { defer close(fresh); d.keepFresh(ctx) }()
	entered, leave := make(chan struct{}), make(chan struct{})
	failed := d.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		_, _ = io.WriteString(w, r.Proto)
	}), cfg, slog.New(slog.DiscardHandler))

	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "hub.example.org"}, ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	got := make(chan string, 1)
	go func() {
		res, err := (&http.Client{Transport: tr, Timeout: time.Minute}).Get("https://" + d.public.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		got <- string(text)
	}()
	<-entered
	done := make(chan struct{})
	go func() { defer close(done); d.shut(t.Context(), slog.New(slog.DiscardHandler)) }()
	for range 3 { // all three stop listening at once, while the request goes on
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}
	close(leave)
	if proto := <-got; proto != "HTTP/2.0" {
		t.Errorf("the request got %q", proto)
	}
	<-done
	cancel()
	<-fresh
	for _, l := range []net.Listener{d.public, d.api, d.redirect} {
		if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
			_ = conn.Close()
			t.Errorf("%s still listens", l.Addr())
		}
	}
}

// What cannot be served for long is cut.
func TestShutCutsWhatDoesNotEnd(t *testing.T) {
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	d := opened(t, cfg)
	entered := make(chan struct{})
	d.open(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), cfg, slog.New(slog.DiscardHandler))
	got := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + d.public.Addr().String())
		if err == nil {
			_ = res.Body.Close()
		}
		got <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d.shut(ctx, slog.New(slog.DiscardHandler))
	if err := <-got; err == nil {
		t.Error("it was not cut")
	}
}

func TestDoorsKnowTheirAddresses(t *testing.T) {
	port := func(l net.Listener) string {
		_, p, _ := net.SplitHostPort(l.Addr().String())
		return p
	}
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	plain := opened(t, cfg)
	at := "http://127.0.0.1:" + port(plain.public)
	if plain.publicURL(cfg) != at+"/" || plain.connectURL(cfg) != at || plain.api != nil || plain.redirect != nil {
		t.Errorf("plain: %s %s", plain.publicURL(cfg), plain.connectURL(cfg))
	}

	pairFor(t, &cfg, "*.example.org", "hub.example.org")
	freePorts(&cfg)
	named := opened(t, cfg)
	if got, want := named.publicURL(cfg), "https://hub.example.org:"+port(named.public)+"/"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := named.connectURL(cfg), "http://127.0.0.1:"+port(named.api); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if o := named.redirects(cfg); o.Port != port(named.public) || o.Default != "" || !o.Covers("hub.example.org") || o.Covers("evil.example") {
		t.Errorf("%+v", o)
	}
	cfg.PublicURL, cfg.HubConnectURL = "https://hub.example.org", "https://inside.example.org"
	if named.publicURL(cfg) != "https://hub.example.org/" || named.connectURL(cfg) != "https://inside.example.org" {
		t.Errorf("%s %s", named.publicURL(cfg), named.connectURL(cfg))
	}
	if o := named.redirects(cfg); o.Default != "hub.example.org" || o.Port != "" || len(o.Hosts) != 1 {
		t.Errorf("%+v", o)
	}
}

func TestDoorsSayWhichAddressIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for setting, change := range map[string]func(*config.Config){
		"--listen":            func(c *config.Config) { c.Listen = taken.Addr().String() },
		"hub_listen":          func(c *config.Config) { c.HubListen = taken.Addr().String() },
		"tls.redirect_listen": func(c *config.Config) { c.TLS.RedirectListen = taken.Addr().String() },
	} {
		cfg := config.Default()
		freePorts(&cfg)
		pairFor(t, &cfg, "h")
		change(&cfg)
		if _, err := openDoors(t.Context(), cfg, slog.New(slog.DiscardHandler)); !hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
