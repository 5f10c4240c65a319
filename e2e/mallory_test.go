package e2e_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Requests that a script on a page of the same origin makes an administrator's
// browser send, as the browser marks them: none gets a hub page, with its token, and
// none changes anything.
func TestScriptsOfTheSameOrigin(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	browser := h.Browser()
	browser.LogIn("admin", adminPassword, "/hub/home")
	pages := []string{"/hub/home", "/hub/spawn", "/hub/change-password", "/hub/login", "/hub/"}
	if home := browser.Open("/hub/home"); home.Status != http.StatusOK {
		t.Fatalf("home: status %d", home.Status)
	}
	for _, marks := range []struct{ mode, dest string }{
		{"cors", "empty"}, {"same-origin", "empty"}, {"no-cors", "empty"}, {"no-cors", "image"}, {"no-cors", "script"},
		{"navigate", "iframe"}, {"navigate", "frame"}, {"navigate", "object"}, {"navigate", "embed"}, {"websocket", "websocket"},
	} {
		header := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {marks.mode}, "Sec-Fetch-Dest": {marks.dest}}
		for _, path := range pages {
			got := browser.Send(http.MethodGet, path, nil, header)
			if got.Status != http.StatusForbidden || bytes.Contains(got.Body, []byte(`name="_xsrf"`)) {
				t.Errorf("%s for %s: %s with status %d", marks.mode, marks.dest, path, got.Status)
			}
		}
	}
	script := http.Header{
		"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Origin": {h.URL},
	}
	for _, header := range []http.Header{script, {"Content-Type": {"application/json"}}, {"Origin": {"https://elsewhere.example"}}} {
		if got := browser.Send(http.MethodPost, "/hub/api/users/eve", nil, header); got.Status != http.StatusForbidden {
			t.Errorf("POST to the API with %v: status %d: %s", header, got.Status, shorten(got.Body))
		}
		if got := browser.Send(http.MethodPost, "/hub/spawn", url.Values{"_xsrf": {""}}, header); got.Status != http.StatusForbidden {
			t.Errorf("POST of a form with %v: status %d", header, got.Status)
		}
	}
	if got := browser.Send(http.MethodGet, "/hub/api/users", nil, script); got.Status != http.StatusForbidden {
		t.Errorf("reading the API by fetch: status %d", got.Status)
	}
	h.Admin().Do(http.MethodGet, "/hub/api/users/eve", nil, http.StatusNotFound)
	if s := h.Admin().Server("admin"); s.Ready || s.Pending != nil {
		t.Errorf("a server was started: %+v", s)
	}
	for _, path := range pages {
		got, err := send(plainClient(), must(http.NewRequest(http.MethodGet, h.URL+path, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What a notebook server may not send to a browser, and what it may not see.
func TestNotebookServersHeaders(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	h.Admin().NewUser("mallory")
	h.Admin().StartServer("mallory")
	browser := h.Browser()
	browser.LogIn("admin", adminPassword, "/hub/home")
	q := url.Values{"Set-Cookie": {
		"jupyterhub-session-id=x; Path=/user/mallory/", "jupyterhub-hub-login=x; Path=/hub/", "_xsrf=x; Path=/hub/", "_xsrf=x; Path=/",
		"wide=x; Path=/", "jupyterhub-hub-login=; Path=/; Max-Age=0", "own=x; Path=/user/mallory/",
	}, "Clear-Site-Data": {`"*"`}, "Service-Worker-Allowed": {"/"}, "Cross-Origin-Opener-Policy": {"same-origin"}}
	got := browser.Open("/user/mallory/headers?" + q.Encode())
	if got.Status != http.StatusOK {
		t.Fatalf("status %d: %s", got.Status, shorten(got.Body))
	}
	// What it means for everything it gets for itself, and nothing of the hub's.
	want := []string{"_xsrf=x; Path=/user/mallory/", "wide=x; Path=/user/mallory/", "own=x; Path=/user/mallory/"}
	if diff := cmp.Diff(want, got.Header.Values("Set-Cookie")); diff != "" {
		t.Error("the browser's cookies:", diff)
	}
	if v := got.Header.Get("Clear-Site-Data"); v != "" {
		t.Errorf("Clear-Site-Data: %s", v)
	}
	if v := got.Header.Get("Service-Worker-Allowed"); v != "" && !strings.HasPrefix(v, "/user/mallory/") {
		t.Errorf("Service-Worker-Allowed: %s", v)
	}
	if v := got.Header.Get("Cross-Origin-Opener-Policy"); v == "same-origin" {
		t.Errorf("Cross-Origin-Opener-Policy: %s", v)
	}
	var seen struct {
		Headers     http.Header
		Environment []string
	}
	decode(t, browser.Open("/user/mallory/whoami").Body, &seen)
	if cookies := seen.Headers.Get("Cookie"); strings.Contains(cookies, "jupyterhub-hub-login") {
		t.Errorf("the server sees the hub's cookies: %s", cookies)
	}
	for _, name := range seen.Environment {
		if strings.HasPrefix(name, "ATRIUM_") {
			t.Errorf("the server sees %s", name)
		}
	}
}
