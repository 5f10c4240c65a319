package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// people is Identities from two maps.
type people struct {
	mu          sync.Mutex
	sessions    map[string]Credential
	tokens      map[string]Credential
	unavailable bool            // whoever is not known already cannot be looked up
	access      map[string]bool // to others' servers, by the hash of a session or token
}

func (p *people) mayReach(_ context.Context, c Credential, _, _ int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.access[c.SessionID+c.TokenHash]
}

func (p *people) deny(hashes ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range hashes {
		delete(p.access, h)
	}
}

func (p *people) Session(_ context.Context, cookie string) (Credential, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.sessions[cookie]
	return c, p.lookupError(ok)
}

func (p *people) Token(_ context.Context, token string) (Credential, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.tokens[token]
	return c, p.lookupError(ok)
}

func (p *people) TokenByHash(_ context.Context, hash string) (Credential, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.tokens {
		if c.TokenHash == hash {
			return c, nil
		}
	}
	return Credential{}, p.lookupError(false)
}

// lookupError is the error of a lookup. p.mu is held.
func (p *people) lookupError(found bool) error {
	switch {
	case found:
		return nil
	case p.unavailable:
		return hub.Errorf(hub.Unavailable, "away")
	}
	return hub.Errorf(hub.Unauthenticated, "nobody")
}

// setUnavailable makes the database be away, or be back.
func (p *people) setUnavailable(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unavailable = away
}

func (p *people) forget(secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, secret)
	delete(p.tokens, secret)
}

const (
	aliceSession = "session-of-alice"
	aliceToken   = hub.TokenPrefix + "of-alice"
	deadToken    = hub.TokenPrefix + "dead"
	legacyToken  = "0123456789abcdef"
)

func somePeople() *people {
	return &people{
		sessions: map[string]Credential{
			aliceSession:     {UserID: 1, SessionID: "hash-of-session"},
			"session-of-bob": {UserID: 2, SessionID: "hash-of-bob"},
		},
		tokens: map[string]Credential{
			aliceToken:  {UserID: 1, TokenHash: "hash-of-token"},
			bobsToken:   {UserID: 2, TokenHash: "hash-of-bobs-token"},
			legacyToken: {UserID: 1, TokenHash: "hash-of-legacy"},
		},
	}
}

// world is a proxy with a hub behind it and one server, alice's.
type world struct {
	t        *testing.T
	people   *people
	proxy    *Proxy
	front    *httptest.Server
	upstream *httptest.Server
	client   *http.Client
}

func alice(upstream string) Route {
	u, _ := url.Parse(upstream)
	return Route{Prefix: "/user/alice/", ServerID: 7, UserID: 1, Upstream: u, ClientID: "jupyterhub-user-alice"}
}

func newWorld(t *testing.T, server http.HandlerFunc, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, people: somePeople()}
	opts := Options{
		Hub: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "hub "+r.URL.EscapedPath())
		}),
		Identities:     w.people,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Clock:          func() time.Time { return time.Unix(1_700_000_000, 0) },
	}
	for _, c := range change {
		c(&opts)
	}
	w.proxy = New(opts)
	w.upstream = httptest.NewServer(server)
	w.front = httptest.NewUnstartedServer(w.proxy)
	w.front.EnableHTTP2 = true
	w.front.Config.ErrorLog = discard()
	w.front.Start()
	jar, _ := cookiejar.New(nil)
	w.client = &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL)})
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := w.proxy.Drain(ctx); err != nil {
			t.Errorf("drain: %v", err)
		}
		w.upstream.CloseClientConnections()
		w.front.Close()
		w.upstream.Close()
	})
	return w
}

// answer is what came back, but for the body.
type answer struct {
	StatusCode int
	Header     http.Header
	Trailer    http.Header
}

// get asks with headers given as "Name: value".
func (w *world) get(path string, headers ...string) (answer, string) {
	w.t.Helper()
	return w.do(http.MethodGet, path, nil, headers...)
}

func (w *world) do(method, path string, body io.Reader, headers ...string) (answer, string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.front.URL, body)
	if err != nil {
		w.t.Fatal(err)
	}
	path, query, asked := strings.Cut(path, "?")
	req.URL.RawQuery, req.URL.ForceQuery = query, asked
	if strings.HasPrefix(path, "//") { // an opaque URL cannot begin so
		req.URL.Path = path
	} else {
		req.URL.Opaque = path
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Add(k, v)
	}
	res, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, res.Trailer}, string(text)
}

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// The use cases' own Identities fit as they are.
var _ Identities = (*access.Identities)(nil)
