package kernels_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/kernels"
)

const someKernels = `[{"id":"1","name":"python3","last_activity":"2026-11-22T08:00:00.5Z","execution_state":"busy","connections":2},
	{"id":"2","name":"python3","last_activity":"2026-11-22T07:00:00Z","execution_state":"idle","connections":1}]`

func TestAsk(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kernels, terminals string
		want               hub.Kernels
		fails              bool
	}{
		"busy": {kernels: someKernels, terminals: `[]`, want: hub.Kernels{
			Total: 2, Busy: 1, Connections: 3, LastUsed: time.Date(2026, 11, 22, 8, 0, 0, 5e8, time.UTC),
		}},
		"a terminal": {kernels: `[]`, terminals: `[{"name":"1","last_activity":"2026-11-22T09:00:00+01:00"}]`, want: hub.Kernels{
			LastUsed: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
		}},
		"no terminals":   {kernels: `[]`},
		"not Jupyter":    {fails: true},
		"something else": {kernels: `{"message":"hello"}`, fails: true},
		"half of it":     {kernels: `[{"execution_state":`, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := map[string]string{"/hub-1/user/ann@x/lab/api/kernels": tc.kernels, "/hub-1/user/ann@x/lab/api/terminals": tc.terminals}[r.URL.EscapedPath()]
				if body == "" || r.Header.Get("Authorization") != "token secret" {
					http.Redirect(w, r, "/elsewhere", http.StatusFound)
					return
				}
				_, _ = w.Write([]byte(body))
			}))
			t.Cleanup(server.Close)
			s := hub.Server{UserName: "ann@x", Name: "lab", Upstream: server.URL}
			got, err := kernels.New("/hub-1/", nil).Ask(t.Context(), s, "secret")
			if diff := cmp.Diff(tc.want, got); (err != nil) != tc.fails || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// Nothing is sent to whoever else listens at the address.
func TestNothingIsSentToAnother(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another was asked") }))
	t.Cleanup(server.Close)
	other := errors.New("another process listens there")
	_, err := kernels.New("/", func(net.Addr) error { return other }).Ask(t.Context(), hub.Server{UserName: "ann", Upstream: server.URL}, "secret")
	if !errors.Is(err, other) {
		t.Errorf("%v", err)
	}
}
