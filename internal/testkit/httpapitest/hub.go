// Package httpapitest is a hub behind its HTTP API, for tests: requests of programs and browsers,
// tables of them with their answers, and a look at whether answers are as api/openapi.yaml says.
package httpapitest

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

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/internal/testkit"
)

// Hub is a Server over the real use cases and a real SQLite database, with
// people, tokens and browsers made straight in the database.
type Hub struct {
	T      testing.TB
	Kit    *testkit.Hub
	App    *app.App
	DB     *store.DB
	Server *httpapi.Server
	Log    *logBuffer
	Time   *testkit.Clock
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

// Option changes what the hub is made from.
type Option func(*app.Config, *httpapi.Options)

// New is a hub without an OAuth provider.
func New(t testing.TB, opts ...Option) *Hub {
	t.Helper()
	return newHub(t, false, opts)
}

// NewWithPages is a hub with its OAuth provider, and ann with a password.
func NewWithPages(t testing.TB, opts ...Option) *Hub {
	t.Helper()
	h := newHub(t, true, opts)
	h.Password(h.User("ann", false), "ann's password")
	return h
}

func newHub(t testing.TB, provider bool, opts []Option) *Hub {
	t.Helper()
	h := &Hub{T: t, Log: &logBuffer{}, Time: testkit.NewClock()}
	log := slog.New(slog.NewTextHandler(h.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := httpapi.Options{
		XSRFKey: []byte(strings.Repeat("k", 32)), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Clock: h.Time.Now, Logger: log, Version: "1.2.3",
	}
	h.Kit = testkit.New(t, func(k *testkit.Options) {
		k.Clock, k.Logger = h.Time.Now, log
		for _, opt := range opts {
			opt(&k.Config, &o)
		}
		o.Base = k.Config.Base
	})
	h.App, h.DB = h.Kit.App, h.Kit.DB
	o.App = h.App
	if provider {
		o.OAuth = oauth.New(h.App)
	}
	var err error
	if h.Server, err = httpapi.New(o); err != nil {
		t.Fatal(err)
	}
	return h
}

// Clock is the hub's time.
func (h *Hub) Clock() time.Time { return h.Time.Now() }

// Advance moves the hub's time.
func (h *Hub) Advance(d time.Duration) { h.Time.Add(d) }

// Update changes the database.
func (h *Hub) Update(fn func(ctx context.Context, tx data.Tx) error) {
	h.T.Helper()
	h.Kit.Update(fn)
}

// User makes somebody.
func (h *Hub) User(name string, admin bool) hub.User {
	h.T.Helper()
	return h.Kit.User(name, admin)
}

// Password gives somebody a password.
func (h *Hub) Password(u hub.User, password string) {
	h.T.Helper()
	h.Kit.Password(u.Name, password)
}

// Token makes a token with the scopes; none given: all of the owner's.
func (h *Hub) Token(u hub.User, scopes ...string) string {
	h.T.Helper()
	if scopes == nil {
		scopes = []string{"inherit"}
	}
	secret := hub.NewToken()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{
			UserID: u.ID, Hash: hub.HashSecret(secret), Note: "test", Scopes: scopes, ClientID: hub.APIClient,
		})
		return err
	})
	return secret
}

// Browser is somebody's browser after a login: its two cookies.
func (h *Hub) Browser(u hub.User) Asker {
	h.T.Helper()
	session, login := hub.NewSecret(), hub.NewSecret()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.CreateSession(ctx, hub.Session{
			ID: hub.HashSecret(session), LoginHash: hub.HashSecret(login), UserID: u.ID,
			Created: tx.Now(), LastSeen: tx.Now(), Expires: tx.Now().Add(time.Hour),
		})
	})
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: endpoint.SessionCookie, Value: session})
		r.AddCookie(&http.Cookie{Name: endpoint.LoginCookie, Value: login})
	}
}

// Asker puts credentials or headers onto a request.
type Asker func(r *http.Request)

// Bearer asks with a token.
func Bearer(secret string) Asker {
	return func(r *http.Request) { r.Header.Set("Authorization", "token "+secret) }
}

// Header asks with a header.
func Header(name, value string) Asker {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// Anonymous asks with nothing.
func Anonymous(*http.Request) {}

// Do sends one request.
func (h *Hub) Do(method, target, body string, as ...Asker) *httptest.ResponseRecorder {
	h.T.Helper()
	r := httptest.NewRequestWithContext(h.T.Context(), method, target, strings.NewReader(body))
	for _, a := range as {
		a(r)
	}
	w := httptest.NewRecorder()
	h.Server.ServeHTTP(w, r)
	d, err := theDescription()
	if err != nil {
		h.T.Fatal(err)
	}
	d.check(h.T, h.Server, r, w)
	return w
}

// JSONBody is what an answer's JSON says.
func JSONBody[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	return v
}

// Message is an error's message, after a look at the error's form.
func Message(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Body.Len() == 0 {
		return ""
	}
	e := JSONBody[map[string]any](t, w)
	delete(e, "plain") // TestPagesHearOfFailuresInPlainWords
	if e["status"] != float64(w.Code) || len(e) != 2 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s: not JupyterHub's form of an error", w.Code, w.Body)
	}
	text, _ := e["message"].(string)
	return text
}

// ServerOf finds somebody's server in the database.
func (h *Hub) ServerOf(u hub.User, name string) hub.Server {
	h.T.Helper()
	var s hub.Server
	err := h.DB.View(h.T.Context(), func(tx data.Tx) (err error) {
		s, err = tx.Server(h.T.Context(), u.ID, name)
		return err
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return s
}

// Begin takes a queued server from the queue, as the reconciler does.
func (h *Hub) Begin(s hub.Server) hub.Server {
	h.T.Helper()
	run, err := h.App.BeginRun(h.T.Context(), s, servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		h.T.Fatal(err)
	}
	return run.Server
}

// Ready brings a server that was begun to its end.
func (h *Hub) Ready(s hub.Server) {
	h.T.Helper()
	if _, _, err := h.App.Started(h.T.Context(), s, "Started", nil); err != nil {
		h.T.Fatal(err)
	}
	done, err := h.App.Answering(h.T.Context(), s, "http://127.0.0.1:1")
	if err != nil || !done {
		h.T.Fatal(done, err)
	}
}

// End writes that nothing of the server lives any more.
func (h *Hub) End(s hub.Server, kind hub.EventKind, failure string) {
	h.T.Helper()
	if err := h.App.EndRun(h.T.Context(), s.ID, s.Fence, kind, failure, ""); err != nil {
		h.T.Fatal(err)
	}
}

// Eventually waits for something that another goroutine does.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("did not happen: %s", what)
}

// XSRFOf is the token that the browser has now.
func (h *Hub) XSRFOf(as Asker) string {
	r := httptest.NewRequestWithContext(h.T.Context(), "GET", "/hub/home", nil)
	as(r)
	return h.Server.Env().XSRFToken(r, h.Identified(r, endpoint.Page))
}

// Identified is who a request comes from.
func (h *Hub) Identified(r *http.Request, k endpoint.Kind) *access.Requester {
	h.T.Helper()
	who, err := h.Server.Env().Identify(r, k)
	if err != nil {
		h.T.Fatal(err)
	}
	return who
}

// Session is somebody as their browser's session makes them.
func (h *Hub) Session(u hub.User) *access.Requester {
	h.T.Helper()
	r := httptest.NewRequestWithContext(h.T.Context(), "GET", "/", nil)
	h.Browser(u)(r)
	return h.Identified(r, endpoint.Page)
}

// UserNamed finds somebody in the database.
func (h *Hub) UserNamed(name string) (u hub.User) {
	h.T.Helper()
	err := h.DB.View(h.T.Context(), func(tx data.Tx) (err error) {
		u, err = tx.UserByName(h.T.Context(), name)
		return err
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return u
}

// DeclareService makes a service as the configuration does, and gives its token.
func (h *Hub) DeclareService(v hub.Service) string {
	h.T.Helper()
	secret := hub.NewToken()
	if err := h.App.ApplyConfig(h.T.Context(), bootstrap.Declared{Services: []bootstrap.DeclaredService{{Service: v, Token: secret}}}); err != nil {
		h.T.Fatal(err)
	}
	return secret
}

// SendBody sends a body that is said to be of that size; -1: it is not said.
func (h *Hub) SendBody(method, target string, b io.Reader, size int64, as ...Asker) *httptest.ResponseRecorder {
	h.T.Helper()
	r := httptest.NewRequestWithContext(h.T.Context(), method, target, b)
	r.ContentLength = size
	for _, a := range as {
		a(r)
	}
	w := httptest.NewRecorder()
	h.Server.ServeHTTP(w, r)
	return w
}

// WithXSRF asks with the token, in its cookie and in a header.
func WithXSRF(token string) Asker {
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "_xsrf", Value: token})
		r.Header.Set("X-XSRFToken", token)
	}
}

// Fetch asks as a browser does that says what it asks for; what is empty it does not say.
func Fetch(mode, site, dest string) Asker {
	return func(r *http.Request) {
		for name, value := range map[string]string{"Sec-Fetch-Mode": mode, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
}

// FromProxy asks through a proxy that is trusted.
func FromProxy(r *http.Request) { r.RemoteAddr = "127.0.0.1:4711" }

// Watched counts what is read of a body.
type Watched struct {
	io.Reader
	mu    sync.Mutex
	Bytes int
}

func (b *Watched) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Bytes += n
	return n, err
}

// AtHost asks at a host.
func AtHost(host string) Asker { return func(r *http.Request) { r.Host = host } }

// WithDomains gives everybody a domain below hub.example.
func WithDomains(public string) Option {
	return func(c *app.Config, o *httpapi.Options) {
		c.PublicURL, o.PublicURL, c.Label = public, public, subdomain.Label
	}
}

// WithClaims lets those without a password choose one.
func WithClaims(c *app.Config, _ *httpapi.Options) { c.ClaimAge = 14 * 24 * time.Hour }

// WithFrames lets the learning platform show the hub in frames.
func WithFrames(c *app.Config, o *httpapi.Options) {
	WithDomains("https://hub.example")(c, o)
	o.FrameAncestors = []string{Platform}
}

// Platform is the origin of a learning platform that shows the hub in frames.
const Platform = "https://lms.example"

// AdminScopes are the scopes of an administrator.
func AdminScopes(t *testing.T, h *Hub) scopes.Set {
	t.Helper()
	root := h.User("root", true)
	who, ok := h.App.Identities().ByToken(t.Context(), h.Token(root))
	if !ok {
		t.Fatal("no token")
	}
	return who.Scopes
}
