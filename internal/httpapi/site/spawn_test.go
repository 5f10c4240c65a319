package site_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// A link to the start page starts one's own server, and nothing else.
func TestSpawnByLink(t *testing.T) {
	for _, c := range []struct {
		target, want string // where to; empty: the start page
		started      string // whose server then waits; empty: none
		server       string
	}{
		{"/hub/spawn", "/hub/spawn-pending/ann", "ann", ""},
		{"/hub/spawn?next=/user/ann/lab%3Fx=1", "/hub/spawn-pending/ann?next=%2Fuser%2Fann%2Flab%3Fx%3D1", "ann", ""},
		{"/hub/spawn?next=//evil.example", "/hub/spawn-pending/ann", "ann", ""},
		{"/hub/spawn/ann", "/hub/spawn-pending/ann", "ann", ""},
		{"/hub/spawn/%20ANN", "/hub/spawn-pending/ann", "ann", ""},
		{"/hub/spawn/ann/gpu", "/hub/spawn-pending/ann/gpu", "ann", "gpu"},
		{"/hub/spawn/ann/GPU", "/hub/spawn-pending/ann/gpu", "ann", "gpu"},
		{"/hub/spawn?profile=big", "", "", ""},
		{"/hub/spawn/ann?opt-x=1&next=/user/ann/", "", "", ""},
	} {
		h := httpapitest.NewWithPages(t)
		v := h.LoggedIn("ann", "ann's password")
		w := v.Get(c.target)
		if c.want == "" {
			httpapitest.WantPage(t, c.target, w, http.StatusOK, "Start")
		} else {
			httpapitest.WantRedirect(t, c.target, w, c.want)
		}
		live, err := h.App.LiveServers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c.started == "" && len(live) > 0 || c.started != "" && (len(live) != 1 || live[0].UserName != c.started || live[0].Name != c.server) {
			t.Errorf("%s started %v", c.target, live)
		}
	}
}

// A server that would hide the default one's own pages is made by no page; one that the
// API has made is started as any other, and the default one's entry says what it hides.
func TestPagesMakeNoServerThatHidesTheDefaultOne(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.UserNamed("ann")
	h.Password(h.User("root", true), "root's password")
	v, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	const refused = "A new server cannot be called lab"
	for _, name := range []string{"lab", "LAB", "%20lab"} {
		httpapitest.WantPage(t, name, v.Get("/hub/spawn/ann/"+name), http.StatusBadRequest, refused, "lab-2")
		httpapitest.WantPage(t, "for another: "+name, root.Get("/hub/spawn/ann/"+name), http.StatusBadRequest, refused)
		form := url.Values{"_xsrf": {v.Token(v.Get("/hub/spawn/ann/gpu?opt-x=1"))}}
		httpapitest.WantPage(t, "the form of "+name, v.Post("/hub/spawn/ann/"+name, form), http.StatusBadRequest, refused)
	}
	for _, name := range hub.DefaultServerPaths() {
		if _, err := hub.ServerName(name); err != nil {
			t.Errorf("no server could be called %s", name)
		}
	}
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Fatalf("started: %v", live)
	}
	home := v.Get("/hub/home").Body.String()
	if strings.Contains(home, "hidden by") || !strings.Contains(home, `"reservedNames":["api",`) {
		t.Errorf("home:\n%s", home)
	}

	if w := h.Do("PUT", "/hub/api/users/ann/servers/lab", "", httpapitest.Bearer(h.Token(ann))); w.Code != http.StatusCreated {
		t.Fatalf("the API: %d %s", w.Code, w.Body)
	}
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK, "Its own pages below lab/ are hidden by the server lab")
	httpapitest.WantPage(t, "an administrator's start", root.Get("/hub/spawn/ann/lab"), http.StatusOK, "pages below lab/ cannot be reached")
	httpapitest.WantRedirect(t, "her own start", v.Get("/hub/spawn/ann/lab"), "/hub/spawn-pending/ann/lab")
}

// Nothing of a link that people follow makes a server start that isn't theirs.
func TestSpawnForOthers(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	h.User("o'hara <b>", false)
	ann, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	for _, target := range []string{"/hub/spawn/root", "/hub/spawn/nobody", "/hub/spawn/root/lab", "/hub/spawn/%2e%2e%2fann", "/hub/spawn/a%00b"} {
		httpapitest.WantPage(t, "ann: "+target, ann.Get(target), http.StatusNotFound)
	}
	httpapitest.WantPage(t, "root: nobody's", root.Get("/hub/spawn/nobody"), http.StatusNotFound)
	w := root.Get("/hub/spawn/ann?next=/hub/home")
	httpapitest.WantPage(t, "root: ann's", w, http.StatusOK, `action="/hub/spawn/ann?next=/hub/home"`, "of ann")
	odd := root.Get("/hub/spawn/o%27hara%20%3Cb%3E")
	httpapitest.WantPage(t, "an odd name", odd, http.StatusOK, `action="/hub/spawn/o%27hara%20%3Cb%3E"`, "o&#39;hara &lt;b&gt;")
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Fatalf("started: %v", live)
	}
	httpapitest.WantPage(t, "without a token", root.Post("/hub/spawn/ann", nil), http.StatusForbidden)
	form := url.Values{"_xsrf": {root.Token(w)}}
	httpapitest.WantRedirect(t, "root starts ann's", root.Post("/hub/spawn/ann?next=/hub/home", form), "/hub/spawn-pending/ann?next=%2Fhub%2Fhome")
	httpapitest.WantRedirect(t, "an odd name", root.Post("/hub/spawn/o%27hara%20%3Cb%3E", form), "/hub/spawn-pending/o%27hara%20%3Cb%3E")
	httpapitest.WantPage(t, "ann starts root's", ann.Post("/hub/spawn/root", url.Values{"_xsrf": {ann.Token(ann.Get("/hub/change-password"))}}), http.StatusNotFound)
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/spawn?x=1"), "/hub/login?next=%2Fhub%2Fspawn%3Fx%3D1")
}

func TestSpawnOptions(t *testing.T) {
	multi := func(fields map[string]string, file string) (string, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, value := range fields {
			_ = w.WriteField(name, value)
		}
		if file != "" {
			f, _ := w.CreateFormFile(file, "x.txt")
			_, _ = f.Write([]byte("content"))
		}
		_ = w.Close()
		return body.String(), w.FormDataContentType()
	}
	const plain = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		query  string
		body   func(token string) (string, string)
		status int
		want   string
	}{
		"none": {"", func(token string) (string, string) { return "next=%2Fhub%2Fhome&_xsrf=" + token, plain }, 303, `{"of":"last time"}`},
		"form": {
			"", func(token string) (string, string) {
				return "_xsrf=" + token + "&profile=big&tag=a&tag=b&n=%C3%BC&zero=%00", plain
			},
			303, `{"n":["ü"],"profile":["big"],"tag":["a","b"],"zero":["\u0000"]}`,
		},
		"multipart": {
			"", func(token string) (string, string) {
				return multi(map[string]string{"_xsrf": token, "profile": "big"}, "")
			},
			303, `{"profile":["big"]}`,
		},
		"multipart without options": {
			"", func(token string) (string, string) { return multi(map[string]string{"_xsrf": token}, "") },
			303, `{"of":"last time"}`,
		},
		"with a file": {
			"", func(token string) (string, string) {
				return multi(map[string]string{"_xsrf": token, "profile": "big"}, "upload")
			},
			400, `{"of":"last time"}`,
		},
		"query": {
			"?x=1&profile=small", func(token string) (string, string) { return "_xsrf=" + token, plain },
			303, `{"profile":["small"],"x":["1"]}`,
		},
		"query with prefix": {
			"?x=1&opt-profile=small&opt-profile=b", func(token string) (string, string) { return "_xsrf=" + token, plain },
			303, `{"profile":["small","b"]}`,
		},
		"bad prefix":    {"?opt-=1", func(token string) (string, string) { return "_xsrf=" + token, plain }, 422, `{"of":"last time"}`},
		"form wins":     {"?x=1", func(token string) (string, string) { return "y=2&_xsrf=" + token, plain }, 303, `{"y":["2"]}`},
		"broken":        {"", func(token string) (string, string) { return "x", "multipart/form-data" }, 400, `{"of":"last time"}`},
		"wrong token":   {"", func(token string) (string, string) { return "profile=big&_xsrf=x" + token, plain }, 403, `{"of":"last time"}`},
		"not even form": {"", func(token string) (string, string) { return `{"_xsrf":"` + token + `"}`, "application/json" }, 403, `{"of":"last time"}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := httpapitest.NewWithPages(t)
			v := h.LoggedIn("ann", "ann's password")
			ann := h.UserNamed("ann")
			who := access.Requester{User: ann, Scopes: httpapitest.AdminScopes(t, h), RequestID: "before"}
			if _, err := h.App.StartServer(t.Context(), &who, "ann", "", servers.StartRequest{Options: []byte(`{"of":"last time"}`)}); err != nil {
				t.Fatal(err)
			}
			h.End(h.Begin(h.ServerOf(ann, "")), hub.EventStopped, "")
			body, kind := c.body(v.Token(v.Get("/hub/change-password")))
			w := v.Send(http.MethodPost, "/hub/spawn/ann"+c.query, body, httpapitest.Header("Content-Type", kind))
			if w.Code != c.status {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			s := h.ServerOf(ann, "")
			if string(s.Options) != c.want || s.Active() != (c.status == 303) {
				t.Errorf("options %s, %s; want %s", s.Options, s.Phase, c.want)
			}
		})
	}
}

// What the person can mend is told on the start page.
func TestSpawnRefused(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	form := url.Values{"_xsrf": {v.Token(v.Get("/hub/change-password"))}}
	for _, name := range []string{"-bad-", "a%2Fb", "%3Cscript%3E", strings.Repeat("x", 31)} {
		httpapitest.WantPage(t, name, v.Get("/hub/spawn/ann/"+name), http.StatusBadRequest, "A server cannot be called", `role="alert"`)
		w := v.Post("/hub/spawn/ann/"+name, form)
		httpapitest.WantPage(t, name, w, http.StatusBadRequest, "A server cannot be called")
		if strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s comes back as it is", name)
		}
	}
	for _, name := range []string{"one", "two"} {
		httpapitest.WantRedirect(t, name, v.Post("/hub/spawn/ann/"+name+"?display_name=Number+"+name, form), "/hub/spawn-pending/ann/"+name)
	}
	if s := h.ServerOf(h.UserNamed("ann"), "one"); s.DisplayName != "Number one" {
		t.Errorf("called %q", s.DisplayName)
	}
	httpapitest.WantPage(t, "one too many", v.Post("/hub/spawn/ann/three", form), http.StatusBadRequest, "There are 2 servers beside the default one already")
}

func TestSpawnWhatRuns(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	ann := h.UserNamed("ann")
	form := url.Values{"_xsrf": {v.Token(v.Get("/hub/change-password"))}}
	httpapitest.WantRedirect(t, "start", v.Get("/hub/spawn"), "/hub/spawn-pending/ann")
	ticket := h.ServerOf(ann, "").Ticket
	httpapitest.WantRedirect(t, "again", v.Get("/hub/spawn?next=/user/ann/lab"), "/hub/spawn-pending/ann?next=%2Fuser%2Fann%2Flab")
	httpapitest.WantRedirect(t, "by form", v.Post("/hub/spawn", form), "/hub/spawn-pending/ann")
	if h.ServerOf(ann, "").Ticket != ticket {
		t.Error("it lost its place in the queue")
	}
	h.Ready(h.Begin(h.ServerOf(ann, "")))
	httpapitest.WantRedirect(t, "running", v.Get("/hub/spawn"), "/user/ann/")
	httpapitest.WantRedirect(t, "running, with next", v.Get("/hub/spawn?next=/user/ann/lab"), "/user/ann/lab")
	httpapitest.WantRedirect(t, "running, with query", v.Get("/hub/spawn?x=1"), "/user/ann/?x=1")
	httpapitest.WantRedirect(t, "running, by form", v.Post("/hub/spawn", form), "/hub/spawn-pending/ann")
	httpapitest.WantRedirect(t, "stop", v.Post("/hub/stop/ann", form), "/hub/home")
	httpapitest.WantRedirect(t, "while it stops", v.Get("/hub/spawn"), "/hub/spawn-pending/ann")
	httpapitest.WantRedirect(t, "while it stops, by form", v.Post("/hub/spawn", form), "/hub/spawn-pending/ann")
	httpapitest.WantPage(t, "while it stops, seen", v.Get("/hub/spawn-pending/ann"), http.StatusOK, "is not running")
}

// The page on which a start is seen never starts anything.
func TestSpawnPending(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	ann := h.UserNamed("ann")
	const at = "/hub/spawn-pending/ann?next=/user/ann/lab%3Fx=1"
	httpapitest.WantPage(t, "never started", v.Get(at), http.StatusOK, `href="/hub/spawn/ann?next=%2Fuser%2Fann%2Flab%3Fx%3D1"`)
	httpapitest.WantPage(t, "no such server", v.Get("/hub/spawn-pending/ann/none"), http.StatusNotFound)
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/spawn-pending/ann"), "/hub/login?next=%2Fhub%2Fspawn-pending%2Fann")
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Fatalf("started: %v", live)
	}

	v.Get("/hub/spawn")
	queued := v.Get(at)
	httpapitest.WantPage(t, "queued", queued, http.StatusOK, "Waiting in queue: 1st", `data-ready-url="/user/ann/lab?x=1"`, `action="/hub/stop/ann"`)
	stream := regexpStream.FindStringSubmatch(queued.Body.String())
	if stream == nil || !strings.HasPrefix(stream[1], "/hub/api/users/ann/server/progress?_xsrf=") {
		t.Errorf("the stream is at %v", stream)
	}
	s := h.Begin(h.ServerOf(ann, ""))
	httpapitest.WantPage(t, "starting", v.Get(at), http.StatusOK, "Starting the server")
	h.Ready(s)
	httpapitest.WantRedirect(t, "ready", v.Get(at), "/user/ann/lab?x=1")
	httpapitest.WantRedirect(t, "ready, without next", v.Get("/hub/spawn-pending/ann"), "/user/ann/")
	httpapitest.WantRedirect(t, "ready, with a bad next", v.Get("/hub/spawn-pending/ann?next=https://evil.example/"), "/user/ann/")
}

func TestSpawnPendingFailed(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	v, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	ann := h.UserNamed("ann")
	v.Get("/hub/spawn/ann/gpu")
	s := h.Begin(h.ServerOf(ann, "gpu"))
	if err := h.App.EndRun(t.Context(), s.ID, s.Fence, hub.EventFailed, "No <b>Jupyter</b> here.", "Traceback </pre><script>"); err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]*httpapitest.Visitor{"ann": v, "root": root} {
		w := who.Get("/hub/spawn-pending/ann/gpu?next=/user/ann/gpu/tree")
		httpapitest.WantPage(t, name, w, http.StatusInternalServerError, "No &lt;b&gt;Jupyter&lt;/b&gt; here.", "<details", "Traceback &lt;/pre&gt;&lt;script&gt;",
			`action="/hub/spawn/ann/gpu?next=%2Fuser%2Fann%2Fgpu%2Ftree"`)
		if strings.Contains(w.Body.String(), "data-stream-url") {
			t.Error("a failed start is followed")
		}
	}
	httpapitest.WantRedirect(t, "what leads there", v.Get("/hub/user/ann/gpu/tree"), "/hub/spawn-pending/ann/gpu?next=%2Fhub%2Fuser%2Fann%2Fgpu%2Ftree")
	w := v.Get("/hub/spawn-pending/ann/gpu")
	httpapitest.WantRedirect(t, "retry", v.Post("/hub/spawn/ann/gpu", url.Values{"_xsrf": {v.Token(w)}}), "/hub/spawn-pending/ann/gpu")
	if !h.ServerOf(ann, "gpu").Active() {
		t.Error("it was not started again")
	}
}

func TestStopFromPage(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.User("bob", false)
	v := h.LoggedIn("ann", "ann's password")
	ann := h.UserNamed("ann")
	v.Get("/hub/spawn/ann/gpu")
	h.Ready(h.Begin(h.ServerOf(ann, "gpu")))
	home := v.Get("/hub/home")
	httpapitest.WantPage(t, "home", home, http.StatusOK, `action="/hub/stop/ann/gpu"`, `action="/hub/spawn/ann"`, `href="/user/ann/gpu/"`)
	form := url.Values{"_xsrf": {v.Token(home)}}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"GET":             v.Get("/hub/stop/ann/gpu"),
		"no token":        v.Post("/hub/stop/ann/gpu", nil),
		"somebody else's": v.Post("/hub/stop/bob", form),
		"unknown":         v.Post("/hub/stop/ann/none", form),
		"nobody":          h.Visitor().Post("/hub/stop/ann/gpu", form),
	} {
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s: %d to %s", what, w.Code, httpapitest.Location(w))
		}
	}
	if !h.ServerOf(ann, "gpu").Running() {
		t.Fatal("it was stopped")
	}
	httpapitest.WantRedirect(t, "stop", v.Post("/hub/stop/ann/gpu", form), "/hub/home")
	if got := h.ServerOf(ann, "gpu"); got.Phase != hub.Stopping {
		t.Errorf("it is %s", got.Phase)
	}
}

// What somebody may do with a server goes by the groups of whose it is, not by their
// own.
func TestTeacherSeesStopAndLogOfTheirStudentsServer(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{
		{Name: "teacher", Scopes: []string{"servers!group=class", "admin:server_state!group=class"}},
		{Name: "neighbour", Scopes: []string{"start:servers!group=class", "servers!group=staff", "admin:server_state!group=staff"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httpapitest.NewWithPages(t, func(c *app.Config, _ *httpapi.Options) { c.Rights = rights })
	staff := []string{"teacher", "neighbour"}
	d := bootstrap.Declared{Groups: []bootstrap.DeclaredGroup{{Name: "class", Users: []string{"ann"}}, {Name: "staff", Users: staff}}}
	for _, name := range staff {
		h.Password(h.User(name, false), name+"'s password")
		d.Roles = append(d.Roles, bootstrap.DeclaredRole{Name: name, Users: []string{name}})
	}
	if err := h.App.ApplyConfig(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	start := func(v *httpapitest.Visitor) *httptest.ResponseRecorder {
		w := v.Get("/hub/spawn/ann")
		return v.Post("/hub/spawn/ann", url.Values{"_xsrf": {v.Token(w)}})
	}
	teacher, neighbour := h.LoggedIn("teacher", "teacher's password"), h.LoggedIn("neighbour", "neighbour's password")
	httpapitest.WantRedirect(t, "start", start(teacher), "/hub/spawn-pending/ann")
	httpapitest.WantPage(t, "queued", teacher.Get("/hub/spawn-pending/ann"), http.StatusOK, `action="/hub/stop/ann"`)
	if body := neighbour.Get("/hub/spawn-pending/ann").Body.String(); strings.Contains(body, "/hub/stop/") {
		t.Error("who may not stop it is offered to")
	}
	s := h.Begin(h.ServerOf(h.UserNamed("ann"), ""))
	if err := h.App.EndRun(t.Context(), s.ID, s.Fence, hub.EventFailed, "It failed.", "its last words"); err != nil {
		t.Fatal(err)
	}
	httpapitest.WantPage(t, "failed", teacher.Get("/hub/spawn-pending/ann"), http.StatusInternalServerError, "its last words")
	if body := neighbour.Get("/hub/spawn-pending/ann").Body.String(); strings.Contains(body, "its last words") {
		t.Error("who may not see its inside reads its log")
	}
}

// A home that is packed away, or elsewhere, is no riddle: its person reads whom to ask, and
// an administrator what to do.
func TestPersonWhoseHomeIsAwayReadsWhomToAsk(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	ann := h.UserNamed("ann")
	v, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	v.Get("/hub/spawn/ann")
	s := h.Begin(h.ServerOf(ann, ""))
	const told, whole = "Ask an administrator of this hub to bring them back.", "atrium homes attach 7f3 ann"
	failure := hub.FailureOf("The files of ann are packed away. "+told, "The files of ann are packed away. An administrator brings them back: "+whole)
	if err := h.App.EndRun(t.Context(), s.ID, s.Fence, hub.EventFailed, failure, ""); err != nil {
		t.Fatal(err)
	}
	person, admin := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(h.Token(h.UserNamed("root")))
	const stopped = "/hub/api/users/ann?include_stopped_servers=1"
	for _, w := range []*httptest.ResponseRecorder{
		v.Get("/hub/spawn-pending/ann"), h.Do("GET", stopped, "", person), h.Do("GET", "/hub/api/users/ann/server/progress", "", person),
	} {
		if body := w.Body.String(); !strings.Contains(body, told) || strings.Contains(body, "atrium homes") {
			t.Errorf("ann reads\n%s", body)
		}
	}
	for _, w := range []*httptest.ResponseRecorder{
		root.Get("/hub/spawn-pending/ann"), h.Do("GET", stopped, "", admin), h.Do("GET", "/hub/api/users/ann/server/progress", "", admin),
	} {
		if body := w.Body.String(); !strings.Contains(body, whole) || strings.Contains(body, told) {
			t.Errorf("the administrator reads\n%s", body)
		}
	}
}

// Who waits for a server can look at what it writes, as text, and at nobody else's.
func TestLogCanBeReadWhileTheServerStarts(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	bob, ann := h.User("bob", false), h.UserNamed("ann")
	h.App.OnLogs(func(_ context.Context, s hub.Server) string {
		return "\x1b[32mrun " + strconv.FormatInt(s.Fence, 10) + "\x1b[0m <b>\n"
	})
	v, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	v.Get("/hub/spawn/ann")
	s := h.Begin(h.ServerOf(ann, ""))
	const shown = "<pre tabindex=\"0\">run 1 &lt;b&gt;\n</pre>"
	for name, who := range map[string]*httpapitest.Visitor{"ann": v, "root": root} {
		httpapitest.WantPage(t, name, who.Get("/hub/spawn-pending/ann"), http.StatusOK, shown, `data-log-url="/hub/api/users/ann/server/log?_xsrf=`)
	}
	log := func(who hub.User, scopes ...string) string {
		w := h.Do("GET", "/hub/api/users/ann/server/log", "", httpapitest.Bearer(h.Token(who, scopes...)))
		return strconv.Itoa(w.Code) + " " + w.Body.String()
	}
	const whole = `200 {"log":"run 1 \u003cb\u003e\n"}`
	for what, got := range map[string]string{"her": log(ann), "an administrator": log(h.UserNamed("root"))} {
		if got != whole {
			t.Errorf("%s: %s", what, got)
		}
	}
	for what, got := range map[string]string{
		"bob": log(bob), "her token for something else": log(ann, "read:servers"), "an administrator's, which may only open it": log(h.UserNamed("root"), "access:servers"),
	} {
		if !strings.HasPrefix(got, "40") || strings.Contains(got, "run 1") {
			t.Errorf("%s: %s", what, got)
		}
	}
	if err := h.App.EndRun(t.Context(), s.ID, s.Fence, hub.EventFailed, "It failed.", "last\r\x1b[1mwords"); err != nil {
		t.Fatal(err)
	}
	httpapitest.WantPage(t, "failed", v.Get("/hub/spawn-pending/ann"), http.StatusInternalServerError, `<pre tabindex="0">words</pre>`, "<span data-message>Could not start</span>")
	if got := log(ann); got != `200 {"log":"words"}` {
		t.Errorf("failed: %s", got)
	}
}
