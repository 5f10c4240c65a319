package site_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// What is announced is on the login page, on home and where servers are started, as text with
// links: to everybody what is for everybody, to members what is for their group.
func TestAnnouncementsOnPages(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	for target, body := range map[string]string{
		"/hub/api/groups/cs101": `{"users": ["ann"]}`,
		"/hub/api/users/bob":    "",
	} {
		if w := h.Do("POST", target, body, admin); w.Code != http.StatusCreated {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	for _, body := range []string{
		`{"text": "<script>alert(1)</script> See https://status.example/x.", "level": "urgent"}`,
		`{"text": "The exam is in room 5.", "group": "cs101"}`,
	} {
		if w := h.Do("POST", "/hub/api/announcements", body, admin); w.Code != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	const all = `<a href="https://status.example/x">https://status.example/x</a>.`
	nobody := h.Visitor()
	ann, bob := h.LoggedIn("ann", "ann's password"), h.Browser(h.UserNamed("bob"))
	login := nobody.Get("/hub/login")
	httpapitest.WantPage(t, "the login page", login, http.StatusOK, all)
	if body := login.Body.String(); strings.Contains(body, "room 5") || strings.Contains(body, "<script>alert") {
		t.Errorf("the login page has what is not for everybody, or runs what was announced: %s", body)
	}
	httpapitest.WantRedirect(t, "a start", ann.Get("/hub/spawn/ann"), "/hub/spawn-pending/ann")
	for _, page := range []string{"/hub/home", "/hub/spawn-pending/ann"} {
		httpapitest.WantPage(t, page, ann.Get(page), http.StatusOK, all)
		httpapitest.WantPage(t, page, ann.Get(page), http.StatusOK, "The exam is in room 5.")
	}
	if body := h.Do("GET", "/hub/home", "", bob).Body.String(); strings.Contains(body, "room 5") || !strings.Contains(body, all) {
		t.Errorf("who is in no group gets %s", body)
	}
}
