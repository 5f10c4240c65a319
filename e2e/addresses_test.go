package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
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

// With a domain for each person, the hub's pages are at its own and each server at
// its owner's: logins go from one to the other and back, a kernel runs, and nothing is
// served at anybody else's.
func TestSubdomains(t *testing.T) {
	t.Parallel()
	const domain = "hub.localhost"
	h := startHub(t, options{Domain: domain, Config: jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n"})
	admin := h.Admin()
	alice, bob := admin.NewUser("alice"), admin.NewUser("bob@example.org")
	_, port, _ := strings.Cut(h.Addr, ":")
	host := "alice." + domain + ":" + port
	origin := "http://" + host
	var user struct {
		Server  string
		Servers map[string]map[string]any
	}
	alice.StartServer("alice")
	admin.StartServer("bob@example.org")
	alice.Get("/hub/api/users/alice", &user)
	if s := user.Servers[""]; user.Server != origin+"/user/alice/" || s["url"] != user.Server || s["full_url"] != user.Server ||
		s["progress_url"] != "/hub/api/users/alice/server/progress" || s["full_progress_url"] != h.URL+"/hub/api/users/alice/server/progress" {
		t.Errorf("the models have %+v", user)
	}
	browser := h.Browser()
	lab := browser.Open(origin + "/user/alice/lab")
	if lab.Host != domain+":"+port || !strings.HasPrefix(lab.Path, "/hub/login") {
		t.Fatalf("without a login the server leads to %s%s with status %d", lab.Host, lab.Path, lab.Status)
	}
	lab = browser.LogIn("alice", "open sesame", "/user/alice/lab?x=1")
	if lab.Status != http.StatusOK || lab.Host != host || lab.Path != "/user/alice/lab?x=1" {
		t.Fatalf("logging in leads to %s%s with status %d", lab.Host, lab.Path, lab.Status)
	}
	if lab = browser.Open("/user/alice/lab"); lab.Status != http.StatusOK || lab.Host != host {
		t.Errorf("the server's path at the hub leads to %s%s with status %d", lab.Host, lab.Path, lab.Status)
	}
	for _, name := range []string{"jupyterhub-hub-login", "_xsrf"} {
		if browser.Cookie(origin+"/hub/", name) != "" {
			t.Errorf("the hub's cookie %s goes to alice's host", name)
		}
	}
	if browser.Cookie(origin+"/user/alice/", "jupyterhub-session-id") == "" || browser.Cookie(h.URL+"/user/alice/", "_xsrf") != "" {
		t.Error("the cookies are not where they belong")
	}
	if got := browser.NotebookAt(origin, "alice").StartKernel().Run("6*7"); got != "42" {
		t.Errorf("6*7 is %q", got)
	}
	if page := browser.Open(origin + "/hub/home"); page.Host != domain+":"+port || page.Status != http.StatusOK {
		t.Errorf("the hub's page at alice's host leads to %s%s with status %d", page.Host, page.Path, page.Status)
	}
	// Bob's server is not served at alice's host, to anybody.
	for _, token := range []string{"", adminToken, bob.token} {
		h := h.As(token)
		h.base = origin
		if got := h.Do(http.MethodGet, "/user/bob@example.org/api", nil, http.StatusFound); !strings.HasPrefix(got.Header.Get("Location"), "http://"+domain+":"+port+"/hub/user/bob@example.org/api") {
			t.Errorf("bob's server at alice's host leads to %s", got.Header.Get("Location"))
		}
	}
	if out := browser.Open(origin + "/user/alice/logout"); out.Host != domain+":"+port || !strings.HasPrefix(out.Path, "/hub/login") {
		t.Errorf("logging out leads to %s%s", out.Host, out.Path)
	}
	if lab = browser.Open(origin + "/user/alice/lab"); lab.Host != domain+":"+port || !strings.HasPrefix(lab.Path, "/hub/login") {
		t.Errorf("after the logout the server leads to %s%s with status %d", lab.Host, lab.Path, lab.Status)
	}
	if got, err := browser.NotebookAt(origin, "alice").Try(http.MethodGet, "api/kernels", ""); err != nil || got.Status != http.StatusForbidden {
		t.Errorf("after the logout the server's API answers %d (%v)", got.Status, err)
	}
	alice.StopServer("alice")
	program := h.As("")
	program.base = origin
	if got := program.Do(http.MethodGet, "/user/alice/api/contents", nil, http.StatusFound, http.StatusFailedDependency); got.Status != http.StatusFound {
		t.Errorf("a stopped server: %d", got.Status)
	}
}

// A service has a domain of its own too, and logs people in there.
func TestServiceAtItsOwnDomain(t *testing.T) {
	t.Parallel()
	command, _ := json.Marshal([]string{python(t), whoamiScript(t)})
	h := startHub(t, options{
		Domain: "hub.localhost",
		Config: whoamiConfig(hubtest.FreeAddr(t), "    oauth_no_confirm: true\n    command: "+string(command)),
	})
	_, port, _ := strings.Cut(h.Addr, ":")
	host := "whoami--service.hub.localhost:" + port
	b := h.Browser()
	b.LogIn("admin", adminPassword, "")
	at := "http://" + host + "/services/whoami/"
	eventually(t, "the service answers", startPatience, func() bool { return b.Open(at).Status == http.StatusOK })
	for _, from := range []string{at, "/services/whoami/"} {
		if got := b.Open(from); got.Status != http.StatusOK || got.Host != host {
			t.Errorf("%s leads to %s%s with status %d", from, got.Host, got.Path, got.Status)
		}
	}
	if me := b.visit(at); me.Name != "admin" {
		t.Errorf("it takes the administrator for %+v", me)
	}
	// Not at anybody else's.
	if got := b.Open("http://admin.hub.localhost:" + port + "/services/whoami/"); got.Status != http.StatusNotFound || got.Host != "hub.localhost:"+port {
		t.Errorf("at the administrator's host: %s%s with status %d", got.Host, got.Path, got.Status)
	}
	if got := h.Browser().Open(at); got.Host != "hub.localhost:"+port || !strings.HasPrefix(got.Path, "/hub/login") {
		t.Errorf("somebody unknown ends at %s%s", got.Host, got.Path)
	}
}
