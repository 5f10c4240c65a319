package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const testBase = "/jupyter/deep"

// linked is what a page refers to, with the attribute's value.
var linked = regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`)

// A hub below a path of a site does everything below it: pages and what they refer
// to, redirects, cookies, the API with the addresses that it gives, logins of
// notebook servers, kernels.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{
		Base:   testBase,
		Config: jupyterConfig(t) + "base_url: " + testBase + "/\nauth:\n  dummy:\n    password: open sesame\n",
	})
	if said := h.Output.String(); !strings.Contains(said, "Atrium is ready at "+h.URL+"/\n") {
		t.Errorf("it is ready at another address:\n%s", said)
	}
	alice := h.Admin().NewUser("alice")
	checkServerModel(t, alice)
	browser := h.Browser()
	for _, path := range []string{"/hub/health", "/hub/api/health", "/hub/api", "/hub/health/ready"} {
		h.As("").Do(http.MethodGet, path, nil, http.StatusOK)
	}
	for _, from := range []string{"", "/", "/hub", "/hub/"} {
		if got := browser.Open(from); got.Status != http.StatusOK || !strings.HasPrefix(got.Path, testBase+"/hub/login") {
			t.Errorf("%q leads to %s with status %d", from, got.Path, got.Status)
		}
	}
	if got, err := send(plainClient(), must(http.NewRequest(http.MethodGet, "http://"+h.Addr+"/", nil))); err != nil || got.Header.Get("Location") != testBase+"/hub/" {
		t.Errorf("the site's root leads to %q (%v)", got.Header.Get("Location"), err)
	}
	lab := browser.LogIn("alice", "open sesame", testBase+"/user/alice/lab")
	if lab.Status != http.StatusFailedDependency || !strings.HasPrefix(lab.Path, testBase+"/hub/user/alice/lab") {
		t.Fatalf("a stopped server's address leads to %s with status %d", lab.Path, lab.Status)
	}
	for _, path := range []string{"/hub/home", "/hub/change-password", "/hub/spawn-pending/alice", "/hub/token", "/hub/no-such-page"} {
		checkLinks(t, browser, browser.Open(path))
	}
	checkLinks(t, browser, browser.Open("/hub/user-redirect/tree?a=b"))
	alice.WaitReady("alice")
	lab = browser.Open("/user/alice/lab")
	if lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, testBase+"/user/alice/lab") {
		t.Fatalf("opening the notebook server leads to %s with status %d", lab.Path, lab.Status)
	}
	for _, c := range browser.cookies("/user/alice/") {
		if outside, err := url.Parse("http://" + h.Addr + "/user/alice/"); err == nil && sees(browser.jar.Cookies(outside), c.Name) {
			t.Errorf("the cookie %s goes to paths that are not the hub's", c.Name)
		}
	}
	if got := browser.Notebook("alice").StartKernel().Run("6*7"); got != "42" {
		t.Errorf("6*7 is %q", got)
	}
	if out := browser.Open("/user/alice/logout"); !strings.HasPrefix(out.Path, testBase+"/hub/login") {
		t.Errorf("logging out leads to %s", out.Path)
	}
	alice.StopServer("alice")
}

func sees(list []*http.Cookie, name string) bool {
	for _, c := range list {
		if c.Name == name {
			return true
		}
	}
	return false
}

// checkServerModel starts nothing: it looks at the addresses in the models.
func checkServerModel(t *testing.T, a *api) {
	t.Helper()
	var user struct {
		Servers map[string]struct {
			URL      string `json:"url"`
			Progress string `json:"progress_url"`
		}
	}
	a.Get("/hub/api/users/alice?include_stopped_servers", &user)
	got := user.Servers[""]
	if got.URL != testBase+"/user/alice/" || got.Progress != testBase+"/hub/api/users/alice/server/progress" {
		t.Errorf("the server's model has %+v", got)
	}
}

// checkLinks opens what the page refers to on this hub's site.
func checkLinks(t *testing.T, b *browser, p page) {
	t.Helper()
	if p.Status >= http.StatusInternalServerError {
		t.Errorf("%s: status %d", p.Path, p.Status)
	}
	for _, found := range linked.FindAllSubmatch(p.Body, -1) {
		at := strings.ReplaceAll(string(found[1]), "&amp;", "&")
		if !strings.HasPrefix(at, testBase+"/") {
			t.Errorf("%s refers to %s", p.Path, at)
			continue
		}
		if static := strings.Contains(at, "/static/"); static && !strings.HasSuffix(at, "/static/") {
			if got := b.Open(strings.TrimPrefix(at, testBase)); got.Status != http.StatusOK {
				t.Errorf("%s refers to %s, which answers %d", p.Path, at, got.Status)
			}
		}
	}
	if data := regexp.MustCompile(`id="atrium-data"[^>]*>([^<]+)<`).FindSubmatch(p.Body); data != nil {
		var seen struct{ Base, Hub string }
		if err := json.Unmarshal(data[1], &seen); err != nil || seen.Base != testBase+"/" || seen.Hub != testBase+"/hub/" {
			t.Errorf("%s tells the app %+v (%v)", p.Path, seen, err)
		}
	}
}
