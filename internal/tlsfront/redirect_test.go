package tlsfront

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRedirectLeadsToTheHubsOwnNames(t *testing.T) {
	public := RedirectOptions{
		Hosts: []string{"hub.example.org", "alias.example.org"}, Default: "hub.example.org",
		Covers: func(h string) bool { return h != "not.hub.example.org" },
	}
	alone := RedirectOptions{Port: "8443", Covers: func(h string) bool { return h == "hub.example.org" || h == "::1" || h == "192.0.2.1" }}
	for _, c := range []struct {
		o        RedirectOptions
		host     string
		location string // empty: refused
	}{
		{public, "hub.example.org", "https://hub.example.org/a"},
		{public, "hub.example.org:80", "https://hub.example.org/a"},
		{public, "HUB.Example.ORG.", "https://hub.example.org/a"},
		{public, "alias.example.org:8080", "https://alias.example.org/a"},
		{public, "ada.hub.example.org", "https://ada.hub.example.org/a"},
		{public, "not.hub.example.org", "https://hub.example.org/a"},
		{public, "a.b.hub.example.org", "https://hub.example.org/a"},
		{public, ".hub.example.org", "https://hub.example.org/a"},
		{public, "org", "https://hub.example.org/a"},
		{public, "evil.example", "https://hub.example.org/a"},
		{public, "hub.example.org.evil.example", "https://hub.example.org/a"},
		{public, "evilhub.example.org", "https://hub.example.org/a"},
		{public, "hub.example.org@evil.example", "https://hub.example.org/a"},
		{public, "hub.example.org:80@evil.example", "https://hub.example.org/a"},
		{public, "[::1]:80", "https://hub.example.org/a"},
		{public, "", "https://hub.example.org/a"},
		{alone, "hub.example.org:80", "https://hub.example.org:8443/a"},
		{alone, "[::1]:80", "https://[::1]:8443/a"},
		{alone, "[0:0:0:0:0:0:0:1]", "https://[::1]:8443/a"},
		{alone, "192.0.2.1", "https://192.0.2.1:8443/a"},
		{alone, "evil.example", ""},
		{alone, "hub.example.org/@evil.example", ""},
		{alone, "[::1%25eth0]:80", ""},
		{alone, "[evil]", ""},
		{alone, "", ""},
		{RedirectOptions{Port: "443", Covers: alone.Covers}, "[::1]:80", "https://[::1]/a"},
		{RedirectOptions{}, "hub.example.org", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/a", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		Redirect(c.o).ServeHTTP(w, r)
		want := http.StatusPermanentRedirect
		if c.location == "" {
			want = http.StatusBadRequest
		}
		if got := w.Header().Get("Location"); w.Code != want || got != c.location {
			t.Errorf("%q: %d %q, want %d %q", c.host, w.Code, got, want, c.location)
		}
	}
}

// serve answers on a free port of loopback until the test ends.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// raw sends bytes, and gives the head of the one answer.
func raw(t *testing.T, addr, request string) (status int, header http.Header) {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header
}

func TestRedirectKeepsPathAndQuery(t *testing.T) {
	addr := serve(t, Redirect(RedirectOptions{Hosts: []string{"h"}, Default: "h"}))
	for target, location := range map[string]string{
		"/":                            "https://h/",
		"/user/a%2Fb/lab?x=1&y=%20z":   "https://h/user/a%2Fb/lab?x=1&y=%20z",
		"/a?next=https://evil.ex/?":    "https://h/a?next=https://evil.ex/?",
		"/a?":                          "https://h/a",
		"//evil.example/x":             "https://h//evil.example/x",
		"/%0d%0aSet-Cookie:%20a=b":     "https://h/%0d%0aSet-Cookie:%20a=b",
		"/\"><script>?\"><script>":     "https://h/%22%3E%3Cscript%3E?\"><script>",
		"/ü?ü":                         "https://h/%C3%BC?%c3%bc",
		"http://evil.example/path?q":   "https://h/path?q",
		"http://h@evil.example/":       "https://h/",
		"https://evil.example":         "",
		"*":                            "",
		"/" + strings.Repeat("a", 9e3): "https://h/" + strings.Repeat("a", 9e3),
	} {
		status, header := raw(t, addr, "GET "+target+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if got := header.Get("Location"); got != location {
			t.Errorf("%.60s: %d, %q, want %q", target, status, got, location)
		}
		if header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", target)
		}
	}
	if status, _ := raw(t, addr, "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"); status != http.StatusBadRequest {
		t.Errorf("CONNECT: %d", status)
	}
	if status, _ := raw(t, addr, "POST /hub/login HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"); status != http.StatusPermanentRedirect {
		t.Errorf("POST: %d", status)
	}
	if status, header := raw(t, addr, "GET /a HTTP/1.0\r\n\r\n"); header.Get("Location") != "https://h/a" {
		t.Errorf("no Host: %d", status)
	}
}

// Whatever the Host says, nobody is sent to a name that is not the hub's.
func TestRedirectIsNeverOpen(t *testing.T) {
	h := Redirect(RedirectOptions{Hosts: []string{"hub.example.org"}, Default: "hub.example.org", Port: "8443", Covers: func(string) bool { return true }})
	rapid.Check(t, func(t *rapid.T) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[a-z@:/\\.#?%\[\]-]{0,12}(hub\.example\.org)?[a-z@:/\\.#?%\[\]-]{0,12}`),
		).Draw(t, "host")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		to, err := w.Result().Location()
		if err != nil || to.Scheme != "https" || to.User != nil || to.Port() != "8443" {
			t.Fatalf("%v %v", to, err)
		}
		if name := to.Hostname(); name != "hub.example.org" && !strings.HasSuffix(name, ".hub.example.org") {
			t.Fatalf("sent to %s", to)
		}
	})
}

func TestHSTS(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	for age, want := range map[time.Duration]string{0: "", time.Millisecond: "", 90 * time.Minute: "max-age=5400"} {
		over := httptest.NewRecorder()
		HSTS(ok, age).ServeHTTP(over, httptest.NewRequest(http.MethodGet, "https://h/", nil))
		if got := over.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q", age, got)
		}
		plain := httptest.NewRecorder()
		HSTS(ok, age).ServeHTTP(plain, httptest.NewRequest(http.MethodGet, "http://h/", nil))
		if plain.Header().Get("Strict-Transport-Security") != "" {
			t.Error("sent over plain HTTP")
		}
	}
}
