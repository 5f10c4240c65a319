package client

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Whatever a name is, it is one segment of the path, and arrives as it was.
func TestNamesArriveAsTheyAre(t *testing.T) {
	var mu sync.Mutex
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.RequestURI, "/") // what goes over the wire, before anybody cleans it
		if len(parts) != 7 || parts[5] != "tokens" || strings.ContainsAny(r.RequestURI, "?#;+") || parts[4] == "." || parts[4] == ".." {
			http.Error(w, r.RequestURI, http.StatusTeapot)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got, _ = url.PathUnescape(parts[4])
	}))
	defer s.Close()
	hub, err := New(Options{URL: s.URL, Token: testToken})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.http.CloseIdleConnections()
	check := func(t interface{ Fatalf(string, ...any) }, name string) {
		if err := hub.RevokeToken(context.Background(), name, "a1"); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if got != name {
			t.Fatalf("%q arrives as %q", name, got)
		}
	}
	for _, name := range []string{
		"...", "a/b", "/", "//", "../..", "%", "%2F", "%2e%2e", "?", "#", "a b", " ", "+", ";", "&", "=", "@", "~", "'", `"`, "\\",
		"$(x)", "ü", "日本", "👩‍🚀", "\x00", "\n", "\x7f", strings.Repeat("ü", 255),
	} {
		check(t, name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringN(1, 40, -1).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(rt, "name")
		check(rt, name)
	})
}
