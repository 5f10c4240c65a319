package pages

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const hostile = `"><script>alert(1)</script>'&<img src=x onerror=alert(2)>`

// builtApp is what a build of the React app leaves, as far as pages knows it.
func builtApp() fs.FS {
	return fstest.MapFS{
		".keep": {},
		".vite/manifest.json": {Data: []byte(`{
			"src/main.tsx": {"file": "assets/main-AAA.js", "isEntry": true, "css": ["assets/main-BBB.css"], "imports": ["_dep-CCC.js"]},
			"_dep-CCC.js": {"file": "assets/dep-CCC.js"},
			"src/admin/AdminPage.tsx": {"file": "assets/admin-DDD.js", "isDynamicEntry": true, "imports": ["src/main.tsx", "_dep-CCC.js"]},
			"src/admin/users/UsersPage.tsx": {"file": "assets/users-EEE.js", "isDynamicEntry": true, "css": ["assets/users-FFF.css"],
				"imports": ["_dep-CCC.js", "_table-GGG.js"]},
			"src/admin/users/CreateDialog.tsx": {"file": "assets/create-HHH.js", "isDynamicEntry": true},
			"_table-GGG.js": {"file": "assets/table-GGG.js"}}`)},
		"assets/main-AAA.js":    {Data: []byte("export const plain = 1;")},
		"assets/main-AAA.js.br": {Data: []byte("brotli")},
		"assets/main-AAA.js.gz": {Data: []byte("gzip")},
		"assets/main-BBB.css":   {Data: []byte("a{}")},
		"assets/dep-CCC.js":     {Data: []byte("export {}")},
		"assets/admin-DDD.js":   {Data: []byte("export {}")},
		"assets/users-EEE.js":   {Data: []byte("export {}")},
		"assets/users-FFF.css":  {Data: []byte("a{}")},
		"assets/table-GGG.js":   {Data: []byte("export {}")},
	}
}

func newPages(t *testing.T, base string, assets fs.FS) *Pages {
	t.Helper()
	return brandedPages(t, base, assets, Brand{})
}

func brandedPages(t *testing.T, base string, assets fs.FS, b Brand) *Pages {
	t.Helper()
	p, err := New(base, assets, b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func render(t *testing.T, p *Pages, status int, page Page) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	if err := p.Render(w, status, page); err != nil {
		t.Fatal(err)
	}
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	return w
}

// everyPage is each page in each of its states, with text in every field.
func everyPage(text, url string) map[string]Page {
	c := Common{Version: "1.2.3", User: text, XSRF: "tok" + text, RequestID: text}
	events := []Event{
		{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Message: text, Progress: 10},
		{At: time.Date(2026, 1, 2, 3, 4, 9, 0, time.UTC), Message: "Process started", Progress: 40, Failed: true},
	}
	return map[string]Page{
		"login":           Login{Common: Common{XSRF: text}, Username: text, Error: text, Next: url, RetryAfter: 30, Dummy: true, AskAdmin: true, Rule: text},
		"login, first":    Login{Common: Common{XSRF: text}},
		"password":        ChangePassword{Common: c, Error: text, MinLength: 8, Rule: text, Next: url},
		"password, cloud": ChangePassword{Common: c, Rule: text, Next: url, Cloud: true},
		"claim":           Claim{Common: Common{XSRF: text}, Username: text, Ticket: text, Next: url},
		"forced":          ChangePassword{Common: c, Forced: true},
		"password done":   ChangePassword{Common: c, Done: true, Next: url},
		"account": Account{
			Common: c, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Password: &ChangePassword{Common: c, InAccount: true, MinLength: 8, Rule: text, Next: "/hub/account"},
			Sessions: []SessionRow{{ID: text, Browser: text, System: text, Address: text}, {ID: text, Browser: text, Current: true}}, More: 3, Ended: true,
		},
		"account, no password": Account{Common: c, Sessions: []SessionRow{{Current: true}}},
		"confirm": Confirm{
			Common: c, ClientName: text, ServerOwner: text + "2", RedirectHost: text, Scopes: []Scope{{text, text}, {"read:users", ""}},
		},
		"share":           AcceptShare{Common: c, Owner: text, Server: text, Scopes: []Scope{{text, text}, {"access:servers", ""}}},
		"confirm nothing": Confirm{Common: c, ClientName: text},
		"start":           Start{Common: c, Server: text, Owner: text, Action: url, Error: text},
		"starting": Starting{
			Common: c, ServerName: text, Owner: text + "2", StreamURL: url, LogURL: url, ReadyURL: url, CancelURL: url, Events: events, Place: 3, Log: text,
		},
		"failed": Starting{Common: c, RetryURL: url, Events: events, Failure: text, Log: text},
		"tokens": Tokens{
			Common: c, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Secret: text, Made: text, Error: text, Note: text, Scopes: text, MaxNote: 9,
			Lifetimes: []Choice{{Value: text, Label: text, Chosen: true}},
			List:      []TokenRow{{ID: text, Note: text, Scopes: []string{text}}, {ID: text, Note: text, Server: true}},
			First:     51, Total: 120, Newer: 1, Older: 3,
			Apps: []AppRow{{ID: text, Name: text, Tokens: 2}}, MoreApps: true,
		},
		"no tokens":   Tokens{Common: c},
		"not running": NotRunning{Common: c, Server: text, Owner: text, LaunchURL: url, Failure: text},
		"framed":      Framed{Common: c, URL: url},
		"starts":      NotRunning{Common: c, Owner: text, Starting: true},
		"not theirs":  NotRunning{Common: c, Owner: text},
		"start first": Start{Common: c, Owner: text, Action: url, Hides: true},
		"queued":      Starting{Common: c, Owner: text, StreamURL: url, ReadyURL: url, Place: 1},
		"ended":       Starting{Common: c, RetryURL: url, Failure: text, Ran: true},
		"share, runs": AcceptShare{Common: c, Owner: text, Running: true},
		"logged out":  ErrorPage{Status: 403, Message: text, LoginURL: url},
		"missing":     ErrorPage{Common: c, Status: 404},
		"error":       ErrorPage{Common: c, Status: 503, Heading: text, Message: text, HomeURL: url},
		"app": App{
			Common: c, NamedLimit: 3, ReservedNames: []string{"</script>", "<!--"}, Notice: text, Services: []ServiceLink{{Name: text, URL: url}},
			Servers: []ServerRow{{Name: text, DisplayName: text, State: text, URL: url, StartURL: url, StopURL: url, HiddenBy: []string{text}}},
		},
	}
}

var (
	quoted        = regexp.MustCompile(`="[^"]*"`)
	inlineHandler = regexp.MustCompile(`(?i)<[^>]*\son[a-z]+\s*=`)
	inlineStyle   = regexp.MustCompile(`(?i)<style|<[^>"]*\sstyle=`)
	inlineScript  = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>`)
	attribute     = regexp.MustCompile(`(?i)(?:href|src|action|data-[a-z-]*url)="([^"]*)"`)
)

func TestNoPageRunsWhatItWasGiven(t *testing.T) {
	for _, assets := range []fs.FS{builtApp(), fstest.MapFS{}} {
		for _, url := range []string{"javascript:alert(1)", "//evil.example/x", `/\evil.example`, "data:text/html,x", hostile} {
			p := brandedPages(t, "/", assets, Brand{Title: hostile, Help: hostile, HelpURL: url})
			for name, page := range everyPage(hostile, url) {
				body := render(t, p, 200, page).Body.String()
				if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
					t.Errorf("%s: text got in as markup", name)
				}
				checkInline(t, name, body)
				for _, m := range attribute.FindAllStringSubmatch(body, -1) {
					if link := m[1]; link != "" && !strings.HasPrefix(link, "#main") && !regexp.MustCompile(`^/[^/\\]`).MatchString(link) {
						t.Errorf("%s: a link leads to %q", name, link)
					}
				}
			}
		}
	}
}

// checkInline looks for what the policy would refuse.
func checkInline(t *testing.T, name, body string) {
	t.Helper()
	markup := quoted.ReplaceAllString(body, `=""`) // what is quoted is a value, whatever it says
	if m := inlineHandler.FindString(markup); m != "" {
		t.Errorf("%s: inline handler: %s", name, m)
	}
	if m := inlineStyle.FindString(markup); m != "" {
		t.Errorf("%s: inline style: %s", name, m)
	}
	for _, m := range inlineScript.FindAllString(body, -1) {
		if !strings.Contains(m, " src=") && !strings.Contains(m, `type="application/json"`) {
			t.Errorf("%s: inline script: %s", name, m)
		}
	}
}

func TestEveryPageIsWhole(t *testing.T) {
	p := newPages(t, "/", builtApp())
	for name, page := range everyPage("text", "/user/x/") {
		body := render(t, p, 200, page).Body.String()
		for _, want := range []string{"<!doctype html>", `<html lang="en">`, "<title>", `name="viewport"`, "<h1>", "<main", "</html>", `alt=""`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
		posts, tokens := strings.Count(body, `<form method="post"`), strings.Count(body, `name="_xsrf"`)
		if posts != tokens {
			t.Errorf("%s: %d forms, %d XSRF tokens", name, posts, tokens)
		}
		if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") {
			t.Errorf("%s: a value is missing:\n%s", name, body)
		}
	}
}

func TestHeaders(t *testing.T) {
	p := newPages(t, "/", builtApp())
	for name, page := range everyPage("text", "/user/x/") {
		h := render(t, p, 403, page).Header()
		for key, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
		} {
			if got := h.Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "'nonce-"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy without %s: %s", name, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy allows what is unsafe: %s", name, policy)
		}
		_, confirms := page.(Confirm)
		if got := strings.Contains(policy, "form-action 'self'"); got == confirms {
			t.Errorf("%s: form-action kept to this site: %v", name, got)
		}
	}
	mayFrame := Login{Common: Common{FramedBy: []string{"https://lms.example", "https://other.example"}}}
	if h := render(t, p, 200, mayFrame).Header(); !strings.Contains(h.Get("Content-Security-Policy"), "; frame-ancestors https://lms.example https://other.example; ") || h.Get("X-Frame-Options") != "" {
		t.Errorf("a page that others may frame: %v", h)
	}
	toClient := Login{Next: "/hub/api/oauth2/authorize?client_id=service-x"}
	if policy := render(t, p, 200, toClient).Header().Get("Content-Security-Policy"); strings.Contains(policy, "form-action") {
		t.Errorf("a login on the way to a client on another site would be held: %s", policy)
	}
	first, second := render(t, p, 200, Login{}), render(t, p, 200, Login{})
	if first.Header().Get("Content-Security-Policy") == second.Header().Get("Content-Security-Policy") {
		t.Error("two answers have the same nonce")
	}
}

func TestPagesSayWhatTheyShould(t *testing.T) {
	p := newPages(t, "/jupyter/", builtApp())
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name      string
		page      Page
		want, not []string
	}{
		{
			name: "login",
			page: Login{Common: Common{XSRF: "tok"}, Next: "/jupyter/hub/home?a=b&c=d"},
			want: []string{
				`action="/jupyter/hub/login?next=%2Fjupyter%2Fhub%2Fhome%3Fa%3Db%26c%3Dd"`, `name="_xsrf" value="tok"`,
				`autocomplete="username"`, `autocomplete="current-password"`, `spellcheck="false" required autofocus>`,
			},
			not: []string{`role="alert"`, "trials", "Log out"},
		},
		{
			name: "login again",
			page: Login{Username: "alice", Error: "Invalid username or password.", RetryAfter: 30},
			want: []string{`role="alert"`, "Invalid username or password. Try again in 30 seconds.", `value="alice"`, `aria-describedby="problem" autofocus>`},
		},
		{
			name: "forced change",
			page: ChangePassword{Common: Common{User: "alice"}, Forced: true},
			want: []string{`action="/jupyter/hub/change-password"`, "old_password", "new_password_confirmation", `autocomplete="new-password"`, `value="alice"`},
			not:  []string{"Cancel"},
		},
		{
			name: "own server",
			page: Confirm{Common: Common{User: "alice"}, ClientName: "x", ServerOwner: "alice", Scopes: []Scope{{"read:users", "Read users"}}},
			want: []string{`<form method="post">`, `name="scopes" value="read:users"`, "Read users", `href="/jupyter/hub/home">Cancel`},
			not:  []string{"notebook server of"},
		},
		{
			name: "somebody's server",
			page: Confirm{Common: Common{User: "alice"}, ClientName: "x", ServerOwner: "bob", RedirectHost: "bob.example"},
			want: []string{"notebook server of <strong>bob</strong>", "bob.example"},
		},
		{
			name: "queued for devices",
			page: Starting{Common: Common{User: "alice"}, Owner: "alice", ReadyURL: "/user/alice/", Place: 3, For: "1 gpu", Events: []Event{{At: at, Message: "Server requested"}}},
			want: []string{`aria-live="polite">Waiting for 1 gpu: 3rd<`},
			not:  []string{"Waiting in queue: "},
		},
		{
			name: "queued",
			page: Starting{
				Common: Common{User: "alice"}, Owner: "alice", StreamURL: "/jupyter/hub/api/users/alice/server/progress?_xsrf=a%3D",
				ReadyURL: "/jupyter/user/alice/", Place: 3, Events: []Event{{At: at, Message: "Server requested"}}, RefreshSeconds: 5,
			},
			want: []string{
				`<noscript><meta http-equiv="refresh" content="5"></noscript>`, `aria-live="polite">Waiting in queue: 3rd<`,
				`datetime="2026-01-02T03:04:05Z"`, `data-stream-url="/jupyter/hub/api/users/alice/server/progress?_xsrf=a%3D"`,
				`data-ready-url="/jupyter/user/alice/"`, "<progress",
			},
			not: []string{" of alice", "<details class=\"log\""},
		},
		{
			name: "failed",
			page: Starting{Owner: "alice", Failure: "The image was not found.", Log: "Traceback", RetryURL: "/jupyter/hub/spawn/alice", Common: Common{RequestID: "r-1"}},
			want: []string{"could not start", "The image was not found.", "Traceback", `action="/jupyter/hub/spawn/alice"`, "Try again", "r-1"},
			not:  []string{"http-equiv", "data-start", "<progress"},
		},
		{
			name: "ended by itself",
			page: Starting{Owner: "alice", Failure: "It was killed: out of memory.", Ran: true},
			want: []string{"<title>Ended by itself", "The notebook server of alice ended by itself</h1>"},
			not:  []string{"could not start", "Could not start"},
		},
		{
			name: "not running",
			page: NotRunning{Owner: "bob", Common: Common{User: "alice"}, LaunchURL: "/jupyter/hub/spawn/bob?next=%2Fx"},
			want: []string{"notebook server of bob is not running", `href="/jupyter/hub/spawn/bob?next=%2Fx"`},
		},
		{
			name: "not running, not theirs to start",
			page: NotRunning{Owner: "bob", Common: Common{User: "alice"}},
			want: []string{"Only bob can start it"},
			not:  []string{">Start<"},
		},
		{
			name: "error",
			page: ErrorPage{Status: 404, Common: Common{RequestID: "r-1", User: "alice"}},
			want: []string{"There is nothing here", "Status 404", "r-1", `href="/jupyter/hub/home">Home`, `href="/jupyter/hub/logout"`},
			not:  []string{"an administrator of this hub"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := render(t, p, 200, tt.page).Body.String()
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("no %s in\n%s", want, body)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(body, not) {
					t.Errorf("%s in\n%s", not, body)
				}
			}
		})
	}
}

var dataScript = regexp.MustCompile(`(?s)<script type="application/json" id="atrium-data" nonce="([^"]+)">(.*?)</script>`)

func TestAppGetsItsData(t *testing.T) {
	p := newPages(t, "/jupyter/", builtApp())
	page := App{Common: Common{User: "alice", XSRF: `a"</script>`, Version: "1.0"}, NamedLimit: 10, ReservedNames: []string{"lab", `</script>`}}
	w := render(t, p, 200, page)
	body := w.Body.String()
	m := dataScript.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no data in\n%s", body)
	}
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "'nonce-"+strings.ReplaceAll(m[1], "&#43;", "+")+"'") {
		t.Errorf("the nonce %s is not the policy's", m[1])
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(m[2]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"base": "/jupyter/", "hub": "/jupyter/hub/", "hubName": "", "version": "1.0", "user": "alice", "admin": false,
		"xsrf": `a"</script>`, "namedLimit": float64(10),
		"reservedNames": []any{"lab", "</script>"}, "services": []any{}, "notice": "", "panel": false, "logo": "/jupyter/hub/static/" + p.names["logo.svg"], "footLinks": []any{}, "helpUrl": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		`<script type="module" src="/jupyter/hub/static/app/assets/main-AAA.js">`, `href="/jupyter/hub/static/app/assets/main-BBB.css"`,
		`rel="modulepreload" href="/jupyter/hub/static/app/assets/dep-CCC.js"`, `<div id="root">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestAppThatWasNotBuiltSaysSo(t *testing.T) {
	p := newPages(t, "/", fstest.MapFS{".keep": {}})
	body := render(t, p, 200, App{Servers: []ServerRow{{State: "Stopped", StartURL: "/hub/spawn/alice"}}}).Body.String()
	for _, want := range []string{"built without its pages", "make build", "Default server", `action="/hub/spawn/alice"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if strings.Contains(body, `id="root"`) {
		t.Error("a root for an app that is not there")
	}
}

// failing is a page that fails when some of it is rendered.
type failing struct{ Common }

func (failing) template() string { return "error" }

func TestRenderKeepsTheAnswerWhereItFails(t *testing.T) {
	p := newPages(t, "/", nil)
	w := httptest.NewRecorder()
	if err := p.Render(w, 200, failing{}); err == nil {
		t.Fatal("a page that fails was rendered")
	}
	if w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Error("something was written before the error")
	}
}

func TestSafeLink(t *testing.T) {
	tests := map[string]string{
		"/hub/home": "/hub/home", "/a?b=c#d": "/a?b=c#d", "https://a.example/x": "https://a.example/x", "http://a.example": "http://a.example",
		"": "F", "hub": "F", "//evil.example": "F", `/\evil.example`: "F", `\\evil`: "F", "javascript:alert(1)": "F", "\tjavascript:alert(1)": "F",
		"java\nscript:alert(1)": "F", "data:text/html,x": "F", "http:evil": "F", "https://": "F", "https://a:b@c.example/": "F", "/\t/evil": "F",
		"///evil.example": "F", "mailto:a@b": "F", "HTTPS://a.example/": "HTTPS://a.example/", "/%zz": "F",
	}
	for raw, want := range tests {
		if got := safeLink(raw, "F"); got != want {
			t.Errorf("safeLink(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 111: "111th", 1002: "1002nd"} {
		if got := ordinal(n); got != want {
			t.Errorf("ordinal(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestBase(t *testing.T) {
	for base, want := range map[string]string{"": "/hub/", "/": "/hub/", "/a": "/a/hub/", "/a/b/": "/a/b/hub/"} {
		if got := newPages(t, base, nil).Hub; got != want {
			t.Errorf("the hub of base %q is at %q, want %q", base, got, want)
		}
	}
}

// Whoever types a password can look at it, and password managers and spelling go by the
// same words whether it is shown or not.
func TestEveryPasswordCanBeShown(t *testing.T) {
	p := newPages(t, "/", builtApp())
	field := regexp.MustCompile(`<input[^>]* id="(\w+)"[^>]* type="password"[^>]*>`)
	seen := 0
	for name, page := range everyPage("text", "/user/x/") {
		body := render(t, p, 200, page).Body.String()
		for _, m := range field.FindAllStringSubmatch(body, -1) {
			seen++
			for _, want := range []string{`autocomplete="`, `spellcheck="false"`, `autocapitalize="none"`} {
				if !strings.Contains(m[0], want) {
					t.Errorf("%s: no %s in %s", name, want, m[0])
				}
			}
			if want := `<button class="btn reveal" type="button" data-reveal aria-controls="` + m[1] + `" hidden><span>Show</span>`; !strings.Contains(body, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
	}
	if seen < 6 {
		t.Errorf("%d fields for passwords are seen", seen)
	}
}
