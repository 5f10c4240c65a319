package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// An address with capital letters, or with a name escaped otherwise than the server
// has it, opens the notebook: by a browser that has to log in first, by one that has, and
// by a program with a token.
func TestAddressesWithOtherLettersOpenTheNotebook(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n"})
	ann := h.Admin().NewUser("ann@example.org")
	ann.StartServer("ann@example.org")
	const own = "/user/ann@example.org/"
	for _, path := range []string{
		own + "lab", "/user/ANN@Example.org/lab", "/user/ann%40example.org/lab", "/user/Ann%40example.org/lab", "/user/%61nn@example.org/lab",
		"/hub/user/ANN%40example.org/lab",
	} {
		browser := h.Browser()
		lab := browser.LogIn("ann@example.org", "open sesame", path)
		if lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, own+"lab") {
			t.Errorf("a login on the way to %s leads to %s with status %d", path, lab.Path, lab.Status)
		}
		lab = browser.Open(path + "?reset")
		if at, err := url.PathUnescape(lab.Path); lab.Status != http.StatusOK || err != nil || !strings.HasPrefix(at, own+"lab") {
			t.Errorf("%s leads to %s with status %d", path, lab.Path, lab.Status)
		}
	}
	follow := h.As(ann.token)
	follow.http.CheckRedirect = nil
	for _, path := range []string{"/user/ann%40example.org/api/contents", "/user/ANN@example.org/api/contents"} {
		follow.Do(http.MethodGet, path, nil, http.StatusOK)
		follow.Do(http.MethodPost, path, `{"type": "file"}`, http.StatusCreated)
	}
}
