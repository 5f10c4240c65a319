package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testHub is a Server over the real use cases and a real SQLite database, with
// people, tokens and browsers made straight in the database.
type testHub struct {
	t      testing.TB
	kit    *testkit.Hub
	app    *app.App
	db     *store.DB
	server *Server
	log    *logBuffer
	time   *testkit.Clock
}

// logBuffer keeps what is logged; handlers of several requests may write at a time.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

type option func(*app.Config, *Options)

// newTestHub is a hub without an OAuth provider.
func newTestHub(t testing.TB, opts ...option) *testHub {
	t.Helper()
	return newHub(t, false, opts)
}

// newPageHub is a hub with its OAuth provider, and ann with a password.
func newPageHub(t testing.TB, opts ...option) *testHub {
	t.Helper()
	h := newHub(t, true, opts)
	h.password(h.user("ann", false), "ann's password")
	return h
}

func newHub(t testing.TB, provider bool, opts []option) *testHub {
	t.Helper()
	h := &testHub{t: t, log: &logBuffer{}, time: testkit.NewClock()}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := Options{
		XSRFKey: []byte(strings.Repeat("k", 32)), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Clock: h.time.Now, Logger: log, Version: "1.2.3",
	}
	h.kit = testkit.New(t, func(k *testkit.Options) {
		k.Clock, k.Logger = h.time.Now, log
		for _, opt := range opts {
			opt(&k.Config, &o)
		}
		o.Base = k.Config.Base
	})
	h.app, h.db = h.kit.App, h.kit.DB
	o.App = h.app
	if provider {
		o.OAuth = oauth.New(h.app)
	}
	var err error
	if h.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *testHub) clock() time.Time { return h.time.Now() }

func (h *testHub) advance(d time.Duration) { h.time.Add(d) }

func (h *testHub) update(fn func(ctx context.Context, tx data.Tx) error) {
	h.t.Helper()
	h.kit.Update(fn)
}

func (h *testHub) user(name string, admin bool) hub.User {
	h.t.Helper()
	return h.kit.User(name, admin)
}

func (h *testHub) password(u hub.User, password string) {
	h.t.Helper()
	h.kit.Password(u.Name, password)
}

// token makes a token with the scopes; none given: all of the owner's.
func (h *testHub) token(u hub.User, scopes ...string) string {
	h.t.Helper()
	if scopes == nil {
		scopes = []string{"inherit"}
	}
	secret := hub.NewToken()
	h.update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{
			UserID: u.ID, Hash: hub.HashSecret(secret), Note: "test", Scopes: scopes, ClientID: hub.APIClient,
		})
		return err
	})
	return secret
}

// browser is somebody's browser after a login: its two cookies.
func (h *testHub) browser(u hub.User) asker {
	h.t.Helper()
	session, login := hub.NewSecret(), hub.NewSecret()
	h.update(func(ctx context.Context, tx data.Tx) error {
		return tx.CreateSession(ctx, hub.Session{
			ID: hub.HashSecret(session), LoginHash: hub.HashSecret(login), UserID: u.ID,
			Created: tx.Now(), LastSeen: tx.Now(), Expires: tx.Now().Add(time.Hour),
		})
	})
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: session})
		r.AddCookie(&http.Cookie{Name: LoginCookie, Value: login})
	}
}

// asker puts credentials or headers onto a request.
type asker func(r *http.Request)

func bearer(secret string) asker {
	return func(r *http.Request) { r.Header.Set("Authorization", "token "+secret) }
}

func header(name, value string) asker {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func anonymous(*http.Request) {}

// do sends one request.
func (h *testHub) do(method, target, body string, as ...asker) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, target, strings.NewReader(body))
	for _, a := range as {
		a(r)
	}
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	d, err := theDescription()
	if err != nil {
		h.t.Fatal(err)
	}
	d.check(h.t, h.server, r, w)
	return w
}

// object is an answer's JSON object.
func jsonBody[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	return v
}

// message is an error's message, after a look at the error's form.
func message(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Body.Len() == 0 {
		return ""
	}
	e := jsonBody[map[string]any](t, w)
	delete(e, "plain") // TestPagesHearOfFailuresInPlainWords
	if e["status"] != float64(w.Code) || len(e) != 2 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s: not JupyterHub's form of an error", w.Code, w.Body)
	}
	text, _ := e["message"].(string)
	return text
}

// serverOf finds somebody's server in the database.
func (h *testHub) serverOf(u hub.User, name string) hub.Server {
	h.t.Helper()
	var s hub.Server
	err := h.db.View(h.t.Context(), func(tx data.Tx) (err error) {
		s, err = tx.Server(h.t.Context(), u.ID, name)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// begin takes a queued server from the queue, as the reconciler does.
func (h *testHub) begin(s hub.Server) hub.Server {
	h.t.Helper()
	run, err := h.app.BeginRun(h.t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		h.t.Fatal(err)
	}
	return run.Server
}

// ready brings a server that was begun to its end.
func (h *testHub) ready(s hub.Server) {
	h.t.Helper()
	if _, _, err := h.app.Started(h.t.Context(), s, "Started", nil); err != nil {
		h.t.Fatal(err)
	}
	done, err := h.app.Answering(h.t.Context(), s, "http://127.0.0.1:1")
	if err != nil || !done {
		h.t.Fatal(done, err)
	}
}

// end writes that nothing of the server lives any more.
func (h *testHub) end(s hub.Server, kind hub.EventKind, failure string) {
	h.t.Helper()
	if err := h.app.EndRun(h.t.Context(), s.ID, s.Fence, kind, failure, ""); err != nil {
		h.t.Fatal(err)
	}
}

// eventually waits for something that another goroutine does.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("did not happen: %s", what)
}

// xsrfOf is the token that the browser has now.
func (h *testHub) xsrfOf(as asker) string {
	r := httptest.NewRequestWithContext(h.t.Context(), "GET", "/hub/home", nil)
	as(r)
	return h.server.Env().xsrfToken(r, h.identified(r, page))
}

// identified is who a request comes from.
func (h *testHub) identified(r *http.Request, k routeKind) *access.Requester {
	h.t.Helper()
	who, err := h.server.Env().identify(r, k)
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

// session is somebody as their browser's session makes them.
func (h *testHub) session(u hub.User) *access.Requester {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), "GET", "/", nil)
	h.browser(u)(r)
	return h.identified(r, page)
}

func (h *testHub) userNamed(name string) (u hub.User) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), func(tx data.Tx) (err error) {
		u, err = tx.UserByName(h.t.Context(), name)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// declareService makes a service as the configuration does, and gives its token.
func (h *testHub) declareService(v hub.Service) string {
	h.t.Helper()
	secret := hub.NewToken()
	if err := h.app.ApplyConfig(h.t.Context(), bootstrap.Declared{Services: []bootstrap.DeclaredService{{Service: v, Token: secret}}}); err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// sendBody sends a body that is said to be of that size; -1: it is not said.
func (h *testHub) sendBody(method, target string, b io.Reader, size int64, as ...asker) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, target, b)
	r.ContentLength = size
	for _, a := range as {
		a(r)
	}
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	return w
}

func withXSRF(token string) asker {
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "_xsrf", Value: token})
		r.Header.Set("X-XSRFToken", token)
	}
}

func fetch(mode, site, dest string) asker {
	return func(r *http.Request) {
		for name, value := range map[string]string{"Sec-Fetch-Mode": mode, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
}

func fromProxy(r *http.Request) { r.RemoteAddr = "127.0.0.1:4711" }

// watched counts what is read of a body.
type watched struct {
	io.Reader
	mu    sync.Mutex
	bytes int
}

func (b *watched) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += n
	return n, err
}

func at(host string) asker { return func(r *http.Request) { r.Host = host } }

// withDomains gives everybody a domain below hub.example.
func withDomains(public string) option {
	return func(c *app.Config, o *Options) {
		c.PublicURL, o.PublicURL, c.Label = public, public, subdomain.Label
	}
}

func withClaims(c *app.Config, _ *Options) { c.ClaimAge = 14 * 24 * time.Hour }

// withFrames lets the learning platform show the hub in frames.
func withFrames(c *app.Config, o *Options) {
	withDomains("https://hub.example")(c, o)
	o.FrameAncestors = []string{lms}
}

const lms = "https://lms.example"

func adminScopes(t *testing.T, h *testHub) scopes.Set {
	t.Helper()
	root := h.user("root", true)
	who, ok := h.app.Identities().ByToken(t.Context(), h.token(root))
	if !ok {
		t.Fatal("no token")
	}
	return who.Scopes
}
