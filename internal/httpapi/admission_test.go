package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Pages are for navigations alone, and forms carry the token.
func TestPagesAreForNavigations(t *testing.T) {
	h := httpapitest.New(t)
	browser := h.Browser(h.User("ann", false))
	done := func(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
		_, err := w.Write([]byte("for " + who.User.Name))
		return err
	}
	err := h.Server.Register([]endpoint.Route{
		{Method: "GET", Pattern: "/test", Kind: endpoint.Page, Handle: done},
		{Method: "POST", Pattern: "/test", Kind: endpoint.Page, Handle: done},
		{Method: "GET", Pattern: "/rest/{path...}", Kind: endpoint.Mixed, Handle: done},
		{Method: "GET", Pattern: "/open", Kind: endpoint.Public, Handle: done},
		{Method: "GET", Pattern: "/panics", Kind: endpoint.Page, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error { panic("secret") }},
		{Method: "GET", Pattern: "/api/fails", Kind: endpoint.API, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return fmt.Errorf("read /secret/file: %w", http.ErrBodyNotAllowed)
		}},
		{Method: "GET", Pattern: "/api/hides", Kind: endpoint.API, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return hub.Wrap(hub.Internal, fmt.Errorf("password is hunter2"), "secret text")
		}},
		{Method: "GET", Pattern: "/api/limits", Kind: endpoint.API, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return &hub.Error{Code: hub.Limit, Msg: "Too many", RetryAfter: 1200 * time.Millisecond}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	token := h.XSRFOf(browser)
	form := httpapitest.Header("Content-Type", "application/x-www-form-urlencoded")
	cookie := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "_xsrf", Value: token}) }
	for _, c := range []struct {
		name, method, path, body string
		as                       []httpapitest.Asker
		status                   int
	}{
		{"no headers", "GET", "/hub/test", "", nil, 200},
		{"navigate", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "none", "document")}, 200},
		{"navigate from a link elsewhere", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "cross-site", "document")}, 200},
		{"fetch", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty")}, 403},
		{"same-origin fetch", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("same-origin", "same-origin", "empty")}, 403},
		{"no-cors", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("no-cors", "same-origin", "script")}, 403},
		{"iframe", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "same-origin", "iframe")}, 403},
		{"frame", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "same-origin", "frame")}, 403},
		{"object", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "same-origin", "object")}, 403},
		{"embed", "GET", "/hub/test", "", []httpapitest.Asker{httpapitest.Fetch("navigate", "same-origin", "embed")}, 403},
		{"double slash is no other page", "GET", "/hub//test", "", nil, 200},
		{"and no way to the API", "GET", "/hub//api/user", "", nil, 404},
		{"a form with the token", "POST", "/hub/test", "_xsrf=" + url.QueryEscape(token), []httpapitest.Asker{form, cookie}, 200},
		{"a form without", "POST", "/hub/test", "a=b", []httpapitest.Asker{form, cookie}, 403},
		{"a form without any", "POST", "/hub/test", "a=b", []httpapitest.Asker{form}, 403},
		{"a broken form", "POST", "/hub/test", "%zz", []httpapitest.Asker{form, cookie}, 400},
		{"a broken multipart form", "POST", "/hub/test", "x", []httpapitest.Asker{httpapitest.Header("Content-Type", "multipart/form-data"), cookie}, 400},
		{"a large form", "POST", "/hub/test", "a=" + strings.Repeat("b", endpoint.MaxBody), []httpapitest.Asker{form, cookie}, 413},
		{"a form from elsewhere", "POST", "/hub/test", "_xsrf=" + token, []httpapitest.Asker{form, cookie, httpapitest.Header("Origin", "http://evil.example")}, 403},
		{"HEAD of a page", "HEAD", "/hub/test", "", nil, 405},
		{"what programs ask for too", "GET", "/hub/rest/a//b", "", []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty")}, 200},
		{"open to all", "GET", "/hub/open", "", []httpapitest.Asker{httpapitest.Fetch("cors", "cross-site", "empty")}, 200},
		{"unknown", "GET", "/hub/unknown", "", nil, 404},
		{"panic", "GET", "/hub/panics", "", nil, 500},
	} {
		w := h.Do(c.method, c.path, c.body, append(c.as, browser)...)
		if w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %s", c.name, w.Body)
		}
	}
	if w := h.Do("GET", "/hub/test", "", httpapitest.Bearer(h.Token(h.UserNamed("ann")))); w.Body.String() != "for " {
		t.Errorf("a page takes a token: %s", w.Body)
	}
	for _, path := range []string{"/hub/api/fails", "/hub/api/hides"} {
		if w := h.Do("GET", path, ""); w.Code != 500 || httpapitest.Message(t, w) != "Internal Server Error" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := h.Do("GET", "/hub/api/limits", ""); w.Code != 429 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("limits: %d %v", w.Code, w.Header())
	}
}

func TestContentTypeOfCookiePosts(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	browser := h.Browser(ann)
	token := httpapitest.WithXSRF(h.XSRFOf(browser))
	for kind, status := range map[string]int{
		"": 202, "application/json": 202, "Application/JSON; charset=utf-8": 202, "text/plain; application/json": 202,
		"text/plain": 403, "application/x-www-form-urlencoded": 403, "multipart/form-data; boundary=x": 403, "json": 403,
	} {
		as := []httpapitest.Asker{browser, token}
		if kind != "" {
			as = append(as, httpapitest.Header("Content-Type", kind))
		}
		if w := h.Do("POST", "/hub/api/users/ann/server", "", as...); w.Code != status {
			t.Errorf("%q: %d %s, want %d", kind, w.Code, w.Body, status)
		}
	}
	if w := h.Do("POST", "/hub/api/users/ann/server", "{}", httpapitest.Bearer(h.Token(ann)), httpapitest.Header("Content-Type", "text/plain")); w.Code != 202 {
		t.Errorf("with a token any type will do: %d", w.Code)
	}
	if w := h.Do("DELETE", "/hub/api/users/ann/tokens/a99", "", browser, token, httpapitest.Header("Content-Type", "text/plain")); w.Code != 404 {
		t.Errorf("only POST is asked: %d", w.Code)
	}
}

func TestCrossOrigin(t *testing.T) {
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) { o.PublicURL = "https://hub.example" })
	ann := h.User("ann", false)
	browser := h.Browser(ann)
	token := httpapitest.WithXSRF(h.XSRFOf(browser))
	for _, c := range []struct {
		name   string
		as     []httpapitest.Asker
		status int
	}{
		{"nothing said", nil, 202},
		{"same origin", []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty")}, 202},
		{"cross site", []httpapitest.Asker{httpapitest.Fetch("cors", "cross-site", "empty")}, 403},
		{"same site", []httpapitest.Asker{httpapitest.Fetch("cors", "same-site", "empty")}, 403},
		{"its own Origin", []httpapitest.Asker{httpapitest.Header("Origin", "http://example.com")}, 202},
		{"the public Origin", []httpapitest.Asker{httpapitest.Header("Origin", "https://hub.example")}, 202},
		{"another Origin", []httpapitest.Asker{httpapitest.Header("Origin", "http://evil.example")}, 403},
		{"no Origin", []httpapitest.Asker{httpapitest.Header("Origin", "null")}, 403},
		{"another Origin, forged host", []httpapitest.Asker{httpapitest.Header("Origin", "http://evil.example"), httpapitest.Header("X-Forwarded-Host", "evil.example")}, 403},
		{"another Origin, the proxy's host", []httpapitest.Asker{httpapitest.Header("Origin", "http://front.example"), httpapitest.Header("X-Forwarded-Host", "front.example"), httpapitest.FromProxy}, 202},
	} {
		as := append([]httpapitest.Asker{browser, token}, c.as...)
		if c.name == "another Origin, the proxy's host" {
			as = append(as, httpapitest.Header("X-Forwarded-For", "192.0.2.1"))
		}
		if w := h.Do("POST", "/hub/api/users/ann/server", "", as...); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
	}
	if w := h.Do("POST", "/hub/api/users/ann/server", "", httpapitest.Bearer(h.Token(ann)), httpapitest.Header("Origin", "http://evil.example")); w.Code != 202 {
		t.Errorf("a token may come from anywhere: %d", w.Code)
	}
}

// crowd asks at once, and tells how many of a handler's calls ran at a time.
type crowd struct {
	t         *testing.T
	h         *httpapitest.Hub
	mu        sync.Mutex
	now, most int
	inside    chan struct{} // each that came in
	end       chan struct{} // lets them go
}

func newCrowd(t *testing.T, wait time.Duration) *crowd {
	t.Helper()
	c := &crowd{t: t, h: httpapitest.New(t), inside: make(chan struct{}, 1000), end: make(chan struct{})}
	c.h.Server.SetWait(wait)
	return c
}

func (c *crowd) handle(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	c.inside <- struct{}{}
	<-c.end
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	return nil
}

// Many lists of one person are made a few at a time: they wait for each other, and for nobody else's.
func TestListsOfOnePersonTakeTurns(t *testing.T) {
	c := newCrowd(t, time.Hour)
	s := c.h.Server
	ask := s.LimitLists(c.handle)
	var all sync.WaitGroup
	send := func(who *access.Requester) {
		all.Go(func() {
			if err := ask(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), who); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		send(student(1))
	}
	for range httpapi.MaxOwnLists {
		<-c.inside
	}
	send(student(2))
	<-c.inside // though hers are stuck
	close(c.end)
	all.Wait() // those that waited came in
	if c.most != httpapi.MaxOwnLists+1 {
		t.Errorf("%d at a time", c.most)
	}
	if s.Lists() != 0 {
		t.Errorf("%d people are remembered", s.Lists())
	}
}

func TestListsThatNobodyReadsAreRefused(t *testing.T) {
	c := newCrowd(t, 10*time.Millisecond)
	defer close(c.end)
	ask := c.h.Server.LimitLists(c.handle)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	for range httpapi.MaxOwnLists {
		go func() { _ = ask(httptest.NewRecorder(), r, student(1)) }()
		<-c.inside
	}
	if err := ask(httptest.NewRecorder(), r, student(1)); !errors.Is(err, httpapi.ErrOwnLists) {
		t.Errorf("%v", err)
	}
}

// Hundreds of requests of one person do not come before those of others.
func TestOnePersonsRequestsTakeTurnsWhereMuchIsUnderWay(t *testing.T) {
	c := newCrowd(t, time.Hour)
	s := c.h.Server
	var all sync.WaitGroup
	send := func(who *access.Requester, rt endpoint.Route) {
		rt.Handle = c.handle
		all.Go(func() {
			if err := s.Handle(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), who, rt); err != nil {
				t.Error(err)
			}
		})
	}
	const most = httpapi.BusyThreshold + httpapi.MaxOwnRequests
	for range 300 {
		send(student(1), endpoint.Route{})
	}
	for range most {
		<-c.inside
	}
	send(student(2), endpoint.Route{})
	<-c.inside
	send(student(1), endpoint.Route{LongRunning: true}) // a start is only waited for
	<-c.inside
	close(c.end)
	all.Wait()
	if c.most > most+2 {
		t.Errorf("%d at a time", c.most)
	}
	if n := s.InFlight(); n != 0 || s.Requests() != 0 {
		t.Errorf("%d are said to be under way, of %d people", n, s.Requests())
	}
}

func student(id int64) *access.Requester {
	return &access.Requester{User: hub.User{ID: id, Name: "ann"}}
}
