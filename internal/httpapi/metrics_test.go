package httpapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// withMetrics has a hub answer with these words for metrics.
func withMetrics(open bool) httpapitest.Option {
	return func(_ *app.Config, o *httpapi.Options) {
		o.MetricsOpen = open
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			_, _ = w.Write([]byte("jupyterhub_total_users 1\n"))
		})
	}
}

func TestWhoMayReadMetrics(t *testing.T) {
	h := httpapitest.New(t, withMetrics(false))
	admin, ann := h.User("admin", true), h.User("ann", false)
	for _, c := range []struct {
		who    string
		as     httpapitest.Asker
		status int
	}{
		{"nobody", httpapitest.Anonymous, http.StatusForbidden},
		{"an unknown token", httpapitest.Bearer("nonsense"), http.StatusForbidden},
		{"a person", httpapitest.Bearer(h.Token(ann)), http.StatusForbidden},
		{"a person's browser", h.Browser(ann), http.StatusForbidden},
		{"an administrator's token for something else", httpapitest.Bearer(h.Token(admin, "read:hub")), http.StatusForbidden},
		{"a token with the scope alone", httpapitest.Bearer(h.Token(admin, "read:metrics")), http.StatusOK},
		{"an administrator", httpapitest.Bearer(h.Token(admin)), http.StatusOK},
		{"an administrator's browser", h.Browser(admin), http.StatusOK},
	} {
		for _, path := range []string{"/hub/metrics", "/hub/api/metrics"} {
			w := h.Do(http.MethodGet, path, "", c.as)
			if w.Code != c.status {
				t.Errorf("%s at %s: %d, want %d", c.who, path, w.Code, c.status)
			}
			kind := w.Header().Get("Content-Type")
			switch {
			case w.Code == http.StatusOK && (!strings.HasPrefix(kind, "text/plain") || w.Header().Get("Cache-Control") != "no-store" ||
				!strings.Contains(w.Body.String(), "jupyterhub_total_users 1")):
				t.Errorf("%s at %s: %q %s", c.who, path, w.Header(), w.Body)
			case w.Code == http.StatusForbidden && (!strings.HasPrefix(kind, "text/html") || !strings.Contains(w.Body.String(), httpapi.MetricsScope)):
				t.Errorf("%s at %s is not told, on a page, which scope it takes: %s %s", c.who, path, kind, w.Body)
			}
		}
	}
}

func TestMetricsForAnybody(t *testing.T) {
	h := httpapitest.New(t, withMetrics(true))
	for _, as := range []httpapitest.Asker{httpapitest.Anonymous, httpapitest.Bearer("nonsense"), httpapitest.Bearer(h.Token(h.User("ann", false), "read:hub"))} {
		if w := h.Do(http.MethodGet, "/hub/metrics", "", as); w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	crossSite := func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	if w := h.Do(http.MethodPost, "/hub/metrics", "", httpapitest.Anonymous, crossSite); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestNoMetrics(t *testing.T) {
	h := httpapitest.New(t)
	if w := h.Do(http.MethodGet, "/hub/metrics", "", httpapitest.Bearer(h.Token(h.User("admin", true)))); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

// observed notes what an Observer is told.
type observed struct {
	mu       sync.Mutex
	requests []seen
	logins   []bool
	logouts  int
	reports  int
}

type seen struct {
	Method, Handler string
	Status          int
}

func (o *observed) Request(method, handler string, status int, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = append(o.requests, seen{method, handler, status})
}

func (o *observed) Login(ok bool, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.logins = append(o.logins, ok)
}

func (o *observed) Logout(time.Duration) { o.logouts++ }
func (o *observed) CSPReport()           { o.reports++ }

func TestObservedRequests(t *testing.T) {
	o := &observed{}
	h := httpapitest.New(t, func(_ *app.Config, opts *httpapi.Options) { opts.Observer = o })
	admin := httpapitest.Bearer(h.Token(h.User("admin", true)))
	for _, c := range []struct {
		method, path string
		want         seen
	}{
		{http.MethodGet, "/hub/api/", seen{"GET", "jupyterhub.apihandlers.hub.RootAPIHandler", 200}},
		{http.MethodGet, "/hub/api/users/admin", seen{"GET", "jupyterhub.apihandlers.users.UserAPIHandler", 200}},
		{http.MethodGet, "/hub/api/users/nobody-1", seen{"GET", "jupyterhub.apihandlers.users.UserAPIHandler", 404}},
		{http.MethodPut, "/hub/api/users", seen{"PUT", "jupyterhub.apihandlers.users.UserListAPIHandler", 405}},
		{http.MethodGet, "/hub/api/users/admin/servers/lab/progress", seen{"GET", "jupyterhub.apihandlers.users.SpawnProgressAPIHandler", 404}},
		{http.MethodGet, "/hub/login", seen{"GET", "jupyterhub.handlers.login.LoginHandler", 200}},
		{http.MethodGet, "/hub/nothing/here-1", seen{"GET", "jupyterhub.handlers.base.Template404", 404}},
		{http.MethodGet, "/somewhere", seen{"GET", "jupyterhub.handlers.base.PrefixRedirectHandler", 302}},
		{http.MethodGet, "/hub/health/ready", seen{"GET", "jupyterhub.handlers.pages.HealthCheckHandler", 200}},
		{http.MethodPost, "/hub/security/csp-report", seen{"POST", "jupyterhub.handlers.base.CSPReportHandler", 204}},
	} {
		o.requests = nil
		h.Do(c.method, c.path, "", admin)
		if diff := cmp.Diff([]seen{c.want}, o.requests); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.path, diff)
		}
	}
	if o.reports != 1 {
		t.Errorf("%d reports", o.reports)
	}
}

// A name for each route, from a fixed set: whoever asks for many paths makes no
// metric grow. Routes that JupyterHub has go by its names.
func TestHandlerNames(t *testing.T) {
	own := map[string]bool{}
	for _, rt := range slices.Concat(httpapitest.New(t).Server.APIRoutes(), httpapitest.New(t).Server.PageRoutes()) {
		name := httpapi.HandlerName(rt.Pattern)
		if strings.ContainsAny(name, "/{}$ ") || strings.Contains(name, "..") {
			t.Errorf("%s: %q", rt.Pattern, name)
		}
		if !strings.HasPrefix(name, "jupyterhub.") {
			own[rt.Pattern] = true
		}
	}
	want := []string{
		"/account", "/account/end", "/account/end-others",
		"/admin/api/batch-set-password",
		"/admin/api/generate-password",
		"/admin/api/groups",
		"/admin/api/groups/{group}",
		"/admin/api/groups/{group}/users",
		"/admin/api/provision-users",
		"/admin/api/quota",
		"/admin/api/quota/batch",
		"/admin/api/quota/refresh",
		"/admin/api/quota/{name}",
		"/admin/api/set-password",
		"/api/accelerators",
		"/api/announcements",
		"/api/announcements/{id}",
		"/api/audit",
		"/api/bulk/groups/add",
		"/api/bulk/groups/remove",
		"/api/bulk/jobs",
		"/api/bulk/jobs/{id}",
		"/api/bulk/servers/forget",
		"/api/bulk/servers/start",
		"/api/bulk/servers/stop",
		"/api/bulk/users",
		"/api/bulk/users/change",
		"/api/bulk/users/delete",
		"/api/bulk/users/passwords",
		"/api/bulk/users/quota",
		"/api/events",
		"/api/homes",
		"/api/homes/{home}",
		"/api/homes/{home}/archive",
		"/api/homes/{home}/attach",
		"/api/nodes",
		"/api/profiles",
		"/api/quota/me",
		"/api/quota/rates",
		"/api/quota/refresh",
		"/api/resources",
		"/api/roles",
		"/api/roles/{role}",
		"/api/roles/{role}/users",
		"/api/sheets",
		"/api/tokens",
		"/api/usage/days",
		"/api/usage/groups",
		"/api/usage/now",
		"/api/usage/starts",
		"/api/usage/users",
		"/api/users/{name}/detach-home",
		"/api/users/{name}/revoke",
		"/api/users/{name}/sessions",
		"/api/users/{name}/sessions/{id}",
		"/api/users/{name}/usage",
		"/auth/change-password",
		"/auth/check-force-password-change",
		"/change-password",
		"/logout-everywhere",
		"/quota",
		"/stop/{user}",
		"/stop/{user}/{server}",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(own))); diff != "" {
		t.Errorf("routes that JupyterHub has no handler for (-want +got):\n%s", diff)
	}
}

func TestObservedLogins(t *testing.T) {
	o := &observed{}
	h := httpapitest.NewWithPages(t, func(_ *app.Config, opts *httpapi.Options) { opts.Observer = o })
	v := h.Visitor()
	v.LogIn("ann", "wrong", "")
	v.LogIn("ann", "ann's password", "")
	v.Get("/hub/logout")
	if diff := cmp.Diff([]bool{false, true}, o.logins); diff != "" || o.logouts != 1 {
		t.Errorf("logins (-want +got):\n%s%d logouts", diff, o.logouts)
	}
}

// Prometheus knows the hub by another name than people, and would not take its token
// along to another host.
func TestMetricsByAnotherName(t *testing.T) {
	for _, open := range []bool{false, true} {
		h := httpapitest.New(t, withMetrics(open), httpapitest.WithDomains("https://hub.example"))
		admin := h.User("admin", true)
		as := httpapitest.Anonymous
		if !open {
			as = httpapitest.Bearer(h.Token(admin, "read:metrics"))
		}
		for _, path := range []string{"/hub/metrics", "/hub/api/metrics"} {
			if w := h.Do(http.MethodGet, path, "", as, httpapitest.AtHost("10.0.0.5:8000")); w.Code != http.StatusOK {
				t.Errorf("open: %v, %s: %d to %q", open, path, w.Code, w.Header().Get("Location"))
			}
		}
		if w := h.Do(http.MethodGet, "/hub/metrics", "", h.Browser(admin), httpapitest.AtHost("ann.hub.example")); !open && w.Code != http.StatusFound {
			t.Errorf("an administrator's browser at another host: %d", w.Code)
		}
	}
}
