package proxy

import (
	"io"
	"net/http"
	"testing"
)

// A route with a host is for that host alone, by any spelling of it; elsewhere its
// path is the hub's.
func TestRoutesWithHosts(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Clear-Site-Data", `"*"`)
		_, _ = io.WriteString(w, "server "+r.Host)
	})
	route := alice(w.upstream.URL)
	route.Host = "alice.hub.example"
	w.proxy.SetRoutes([]Route{route})
	for host, want := range map[string]string{
		"alice.hub.example":              "server alice.hub.example",
		"alice.hub.example:8443":         "server alice.hub.example:8443",
		"Alice.HUB.example":              "server Alice.HUB.example",
		"hub.example":                    "hub /user/alice/x",
		"bob.hub.example":                "hub /user/alice/x",
		"xalice.hub.example":             "hub /user/alice/x",
		"alice.hub.example.evil.example": "hub /user/alice/x",
		"alice.hub.example.":             "hub /user/alice/x", // browsers take it for another origin
		"127.0.0.1:8000":                 "hub /user/alice/x",
		"[::1]:8000":                     "hub /user/alice/x",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.front.URL+"/user/alice/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("X-Forwarded-Host", "alice.hub.example") // nobody trusted says so
		res, err := w.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != want {
			t.Errorf("%s: %q, want %q", host, body, want)
		}
		if string(body) == want && want[0] == 's' &&
			(res.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" || res.Header.Get("Clear-Site-Data") != "") {
			t.Errorf("%s: the server's headers become %v", host, res.Header)
		}
	}
}

// A server whose host changes is another route: what is open to it ends.
func TestHostIsPartOfTheRoute(t *testing.T) {
	one := alice("http://127.0.0.1:1")
	other := one
	other.Host = "alice.hub.example"
	if (&entry{Route: one}).isFor(other) {
		t.Error("a route with a host is taken for one without")
	}
}
