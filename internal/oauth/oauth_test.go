package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	clientID = "jupyterhub-user-ann"
	secret   = "the server's own token"
	callback = "/user/ann/oauth_callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
)

// bench is a provider over the real use cases and a real database, with ann, her
// server and its client, bob with another, and an administrator.
type bench struct {
	t        *testing.T
	db       *store.DB
	app      *app.App
	provider *oauth.Provider
	ann      app.Requester

	mu  sync.Mutex
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	relay := &app.Relay{Next: bus.New(log)}
	var err error
	b.db, err = store.Open(t.Context(), store.Options{
		URL: "sqlite://" + filepath.Join(t.TempDir(), "atrium.sqlite"), Clock: b.clock, Bus: relay, Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	b.app = app.New(app.Deps{
		Config: app.Config{Base: "/", NamedLimit: -1, SessionAge: time.Hour, OAuthAge: 2 * time.Hour},
		Store:  b.db, Relay: relay, Clock: b.clock, Logger: log,
	})
	b.provider = oauth.New(b.app)
	b.server("ann", false, clientID, callback)
	b.server("bob", false, "jupyterhub-user-bob", "/user/bob/oauth_callback")
	b.user("root", true)
	b.ann = b.login("ann")
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) update(fn func(ctx context.Context, tx app.Tx) error) {
	b.t.Helper()
	if err := b.db.Update(b.t.Context(), func(tx app.Tx) error { return fn(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) user(name string, admin bool) (u hub.User) {
	b.t.Helper()
	b.update(func(ctx context.Context, tx app.Tx) error {
		made, err := tx.CreateUsers(ctx, []string{name}, admin)
		if err == nil {
			u = made[0]
		}
		return err
	})
	return u
}

func (b *bench) server(name string, admin bool, client, uri string) {
	b.t.Helper()
	u := b.user(name, admin)
	b.update(func(ctx context.Context, tx app.Tx) error {
		s, err := tx.CreateServer(ctx, hub.Server{UserID: u.ID, UserName: name, Options: []byte(`{}`), Phase: hub.Stopped, PhaseSince: tx.Now()})
		if err != nil {
			return err
		}
		return tx.PutOAuthClient(ctx, hub.OAuthClient{
			ID: client, SecretHash: hub.HashSecret(secret), RedirectURI: uri, Description: "Server at /user/" + name + "/",
			AllowedScopes: []string{"read:users!user"}, ServerID: s.ID, OwnerID: u.ID,
		})
	})
}

// login opens a session of an hour.
func (b *bench) login(name string) app.Requester {
	b.t.Helper()
	session, login := hub.NewSecret(), hub.NewSecret()
	b.update(func(ctx context.Context, tx app.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.CreateSession(ctx, hub.Session{
			ID: hub.HashSecret(session), LoginHash: hub.HashSecret(login), UserID: u.ID,
			Created: tx.Now(), LastSeen: tx.Now(), Expires: tx.Now().Add(time.Hour),
		})
	})
	who, ok := b.app.Identities().ByCookies(b.t.Context(), session, login)
	if !ok {
		b.t.Fatal("a fresh session is not good")
	}
	return who
}

// change puts pairs into values; a pair with the value "-" takes the key away, and
// a key given twice is there twice.
func change(values url.Values, pairs ...string) url.Values {
	seen := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		switch {
		case value == "-":
			values.Del(key)
		case seen[key]:
			values.Add(key, value)
		default:
			values.Set(key, value)
		}
		seen[key] = true
	}
	return values
}

func ask(pairs ...string) url.Values {
	return change(url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"a b/+=&?#ü"},
	}, pairs...)
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// code gets a code for ann's server.
func (b *bench) code(pairs ...string) string {
	b.t.Helper()
	target, confirm, err := b.provider.Authorize(b.t.Context(), &b.ann, ask(pairs...))
	if err != nil || confirm != nil {
		b.t.Fatalf("%v, %v", confirm, err)
	}
	code := answered(b.t, target).Get("code")
	if code == "" {
		b.t.Fatalf("no code in %s", target)
	}
	return code
}

func answered(t *testing.T, target string) url.Values {
	t.Helper()
	uri, query, _ := strings.Cut(target, "?")
	if uri != callback {
		t.Fatalf("the browser is sent to %s", target)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func form(code string, pairs ...string) url.Values {
	return change(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {clientID}, "client_secret": {secret},
		"code": {code}, "redirect_uri": {callback},
	}, pairs...)
}

// Requests whose client or redirect URI is not right never redirect; other faults
// are told to the client, with the state as it came.
func TestAuthorizeRefuses(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		pairs []string
		want  string // RFC 6749's word; empty: an error page
	}{
		"no client":               {[]string{"client_id", "-"}, ""},
		"unknown client":          {[]string{"client_id", "nobody"}, ""},
		"the hub's own client":    {[]string{"client_id", "jupyterhub"}, ""},
		"two clients":             {[]string{"client_id", clientID, "client_id", clientID}, ""},
		"long client":             {[]string{"client_id", strings.Repeat("x", 10_000)}, ""},
		"no redirect":             {[]string{"redirect_uri", "-"}, ""},
		"two redirects":           {[]string{"redirect_uri", callback, "redirect_uri", callback}, ""},
		"another's redirect":      {[]string{"redirect_uri", "/user/bob/oauth_callback"}, ""},
		"another host":            {[]string{"redirect_uri", "https://evil.example" + callback}, ""},
		"longer redirect":         {[]string{"redirect_uri", callback + "/"}, ""},
		"redirect with query":     {[]string{"redirect_uri", callback + "?x=1"}, ""},
		"redirect with fragment":  {[]string{"redirect_uri", callback + "#x"}, ""},
		"redirect in other case":  {[]string{"redirect_uri", "/user/Ann/oauth_callback"}, ""},
		"redirect percent-coded":  {[]string{"redirect_uri", "/user/%61nn/oauth_callback"}, ""},
		"redirect by dots":        {[]string{"redirect_uri", "/user/bob/../ann/oauth_callback"}, ""},
		"bad client and the rest": {[]string{"client_id", "nobody", "response_type", "token"}, ""},

		"no response type":       {[]string{"response_type", "-"}, "invalid_request"},
		"implicit":               {[]string{"response_type", "token"}, "unsupported_response_type"},
		"two response types":     {[]string{"response_type", "code", "response_type", "code"}, "invalid_request"},
		"two states":             {[]string{"state", "a b/+=&?#ü", "state", "b"}, "invalid_request"},
		"two scopes":             {[]string{"scope", "self", "scope", "self"}, "invalid_request"},
		"no scope":               {[]string{"scope", "read:everything"}, "invalid_scope"},
		"scope with bad filter":  {[]string{"scope", "read:users!planet=earth"}, "invalid_scope"},
		"plain challenge":        {[]string{"code_challenge", verifier, "code_challenge_method", "plain"}, "invalid_request"},
		"challenge of no method": {[]string{"code_challenge", challenge(verifier)}, "invalid_request"},
		"method of no challenge": {[]string{"code_challenge_method", "S256"}, "invalid_request"},
		"empty challenge":        {[]string{"code_challenge", "", "code_challenge_method", "S256"}, "invalid_request"},
		"short challenge":        {[]string{"code_challenge", "abc", "code_challenge_method", "S256"}, "invalid_request"},
		"two challenges": {
			[]string{"code_challenge", challenge(verifier), "code_challenge", challenge("x"), "code_challenge_method", "S256"},
			"invalid_request",
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(c.pairs...)
			for _, answer := range []func() (string, error){
				func() (string, error) {
					target, confirm, err := b.provider.Authorize(t.Context(), &b.ann, q)
					if confirm != nil {
						t.Error("somebody is asked to confirm it")
					}
					return target, err
				},
				func() (string, error) { return b.provider.Approve(t.Context(), &b.ann, q, nil) },
			} {
				target, err := answer()
				if c.want == "" {
					if target != "" || !hub.Is(err, hub.Invalid) {
						t.Errorf("%q, %v, want no redirect", target, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got := answered(t, target)
				if got.Get("error") != c.want || got.Has("code") || got.Get("state") != "a b/+=&?#ü" {
					t.Errorf("sent to %s, want %s", target, c.want)
				}
			}
		})
	}
}

func TestAuthorizeOwnServer(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		pairs []string
		state []string
	}{
		"plain":         {nil, []string{"a b/+=&?#ü"}},
		"no state":      {[]string{"state", "-"}, nil},
		"empty state":   {[]string{"state", ""}, []string{""}},
		"PKCE":          {[]string{"code_challenge", challenge(verifier), "code_challenge_method", "S256"}, []string{"a b/+=&?#ü"}},
		"other unknown": {[]string{"nonce", "1"}, []string{"a b/+=&?#ü"}},
	} {
		t.Run(name, func(t *testing.T) {
			target, confirm, err := b.provider.Authorize(t.Context(), &b.ann, ask(c.pairs...))
			if err != nil || confirm != nil {
				t.Fatalf("%v, %v", confirm, err)
			}
			got := answered(t, target)
			if diff := cmp.Diff(c.state, got["state"]); diff != "" || len(got.Get("code")) < 43 || got.Has("error") {
				t.Errorf("%s: state (-want +got):\n%s", target, diff)
			}
		})
	}
}

func TestAuthorizeOthersServer(t *testing.T) {
	b := newBench(t)
	bob, root := b.login("bob"), b.login("root")
	if target, confirm, err := b.provider.Authorize(t.Context(), &bob, ask()); target != "" || confirm != nil || !hub.Is(err, hub.Forbidden) {
		t.Errorf("bob at ann's server: %q, %v, %v", target, confirm, err)
	}
	if target, err := b.provider.Approve(t.Context(), &bob, ask(), nil); target != "" || !hub.Is(err, hub.Forbidden) {
		t.Errorf("bob approves for ann's server: %q, %v", target, err)
	}
	target, confirm, err := b.provider.Authorize(t.Context(), &root, ask())
	if target != "" || confirm == nil || err != nil {
		t.Fatalf("an administrator at ann's server is not asked: %q, %v", target, err)
	}
	if confirm.Owner != "ann" || !slicesHas(confirm.Scopes, "access:servers!server=ann/") {
		t.Errorf("asked to confirm %+v", confirm)
	}
	nobody := app.Requester{}
	if _, _, err := b.provider.Authorize(t.Context(), &nobody, ask()); !hub.Is(err, hub.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
}

func slicesHas(list []string, s string) bool { return strings.Contains(" "+strings.Join(list, " ")+" ", " "+s+" ") }

// What is left out of the consent is not granted, and what was not asked cannot be added.
func TestApprove(t *testing.T) {
	b := newBench(t)
	basic := "access:servers!server=ann/ read:users:groups!user=root read:users:name!user=root"
	for name, c := range map[string]struct {
		chosen []string
		want   string
	}{
		"nothing":       {nil, basic},
		"the basic":     {strings.Fields(basic), basic},
		"more":          {[]string{"admin:users", "read:users!user=ann", "inherit", "self"}, basic},
		"what is given": {[]string{"read:users:activity!user=root"}, "access:servers!server=ann/ read:users:activity!user=root read:users:groups!user=root read:users:name!user=root"},
	} {
		t.Run(name, func(t *testing.T) {
			root := b.login("root")
			target, err := b.provider.Approve(t.Context(), &root, ask(), c.chosen)
			if err != nil {
				t.Fatal(err)
			}
			status, body := b.provider.Token(t.Context(), form(answered(t, target).Get("code")))
			token, ok := body.(oauth.Token)
			if status != http.StatusOK || !ok {
				t.Fatalf("%d %v", status, body)
			}
			if token.Scope != c.want {
				t.Errorf("scope %q, want %q", token.Scope, c.want)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	b := newBench(t)
	basic := []string{"access:servers!server=ann/", "read:users:groups!user=ann", "read:users:name!user=ann"}
	for name, c := range map[string]struct {
		scope string
		more  []string
	}{
		"all that it may have": {"-", []string{"read:users!user=ann"}},
		"empty":                {"", []string{"read:users!user=ann"}},
		"only who it is":       {"identify", nil},
		"narrower":             {"identify read:users:activity!user", []string{"read:users:activity!user=ann"}},
		"a role":               {"user", []string{"read:users!user=ann"}},
		"more than it may":     {"admin:users tokens", []string{"read:users!user=ann"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := b.provider.Token(t.Context(), form(b.code("scope", c.scope)))
			token, ok := body.(oauth.Token)
			if status != http.StatusOK || !ok {
				t.Fatalf("%d %v", status, body)
			}
			for _, want := range append(basic, c.more...) {
				if !slicesHas(strings.Fields(token.Scope), want) {
					t.Errorf("scope %q lacks %s", token.Scope, want)
				}
			}
			for _, never := range []string{"admin:users", "tokens", "servers", "inherit"} {
				if strings.Contains(token.Scope, never+"!user") || slicesHas(strings.Fields(token.Scope), never) {
					t.Errorf("scope %q holds %s", token.Scope, never)
				}
			}
		})
	}
}

// The cases of RFC 6749 §5.2 and RFC 7636 §4.6.
func TestTokenRefuses(t *testing.T) {
	b := newBench(t)
	pkce := []string{"code_challenge", challenge(verifier), "code_challenge_method", "S256"}
	for name, c := range map[string]struct {
		ask    []string
		form   []string
		status int
		want   string
	}{
		"no grant type":            {nil, []string{"grant_type", "-"}, 400, "invalid_request"},
		"password grant":           {nil, []string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		"refresh":                  {nil, []string{"grant_type", "refresh_token"}, 400, "unsupported_grant_type"},
		"no client":                {nil, []string{"client_id", "-"}, 401, "invalid_client"},
		"unknown client":           {nil, []string{"client_id", "nobody"}, 401, "invalid_client"},
		"the hub's own client":     {nil, []string{"client_id", "jupyterhub", "client_secret", ""}, 401, "invalid_client"},
		"no secret":                {nil, []string{"client_secret", "-"}, 401, "invalid_client"},
		"wrong secret":             {nil, []string{"client_secret", secret + "x"}, 401, "invalid_client"},
		"the secret's hash":        {nil, []string{"client_secret", hub.HashSecret(secret)}, 401, "invalid_client"},
		"no code":                  {nil, []string{"code", "-"}, 400, "invalid_request"},
		"wrong code":               {nil, []string{"code", "nonsense"}, 400, "invalid_grant"},
		"no redirect":              {nil, []string{"redirect_uri", "-"}, 400, "invalid_request"},
		"wrong redirect":           {nil, []string{"redirect_uri", "/user/ann/elsewhere"}, 400, "invalid_grant"},
		"another client's code":    {nil, []string{"client_id", "jupyterhub-user-bob", "redirect_uri", "/user/bob/oauth_callback"}, 400, "invalid_grant"},
		"verifier missing":         {pkce, nil, 400, "invalid_grant"},
		"verifier wrong":           {pkce, []string{"code_verifier", strings.Repeat("a", 43)}, 400, "invalid_grant"},
		"the challenge":            {pkce, []string{"code_verifier", challenge(verifier)}, 400, "invalid_grant"},
		"verifier of no challenge": {nil, []string{"code_verifier", verifier}, 400, "invalid_grant"},
		"two codes":                {nil, []string{"code", "a", "code", "b"}, 400, "invalid_request"},
		"two secrets":              {nil, []string{"client_secret", secret, "client_secret", secret}, 400, "invalid_request"},
		"two clients":              {nil, []string{"client_id", clientID, "client_id", clientID}, 400, "invalid_request"},
		"two redirects":            {nil, []string{"redirect_uri", callback, "redirect_uri", callback}, 400, "invalid_request"},
		"two verifiers":            {pkce, []string{"code_verifier", verifier, "code_verifier", verifier}, 400, "invalid_request"},
		"huge code":                {nil, []string{"code", strings.Repeat("c", 5000)}, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			code := b.code(c.ask...)
			status, body := b.provider.Token(t.Context(), form(code, c.form...))
			e, ok := body.(*oauth.TokenError)
			if status != c.status || !ok || e.Code != c.want {
				t.Fatalf("%d %v, want %d %s", status, body, c.status, c.want)
			}
			for _, private := range []string{secret, code, verifier} {
				if strings.Contains(e.Description, private) {
					t.Errorf("%q holds a secret", e.Description)
				}
			}
			// The code was not used up by somebody else's try.
			good := form(code)
			if c.ask != nil {
				good.Set("code_verifier", verifier)
			}
			if status, body := b.provider.Token(t.Context(), good); status != http.StatusOK {
				t.Errorf("afterwards: %d %v", status, body)
			}
		})
	}
}

func TestToken(t *testing.T) {
	b := newBench(t)
	for name, ask := range map[string][]string{"plain": nil, "PKCE": {"code_challenge", challenge(verifier), "code_challenge_method", "S256"}} {
		t.Run(name, func(t *testing.T) {
			f := form(b.code(ask...))
			if ask != nil {
				f.Set("code_verifier", verifier)
			}
			status, body := b.provider.Token(t.Context(), f)
			token, ok := body.(oauth.Token)
			if status != http.StatusOK || !ok || token.TokenType != "Bearer" || token.ExpiresIn != 7200 {
				t.Fatalf("%d %+v", status, body)
			}
			who, ok := b.app.Identities().ByToken(t.Context(), token.AccessToken)
			if !ok || who.User.Name != "ann" || who.Token.SessionID != b.ann.Session.ID || who.Token.ClientID != clientID {
				t.Errorf("the token is %+v's, %v", who, ok)
			}
		})
	}
}

func TestChallengeOfTheRFC(t *testing.T) {
	if got := challenge(verifier); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("%s", got)
	}
}

// A code that comes twice takes the token that it gave with it.
func TestCodeTwice(t *testing.T) {
	b := newBench(t)
	code := b.code()
	_, body := b.provider.Token(t.Context(), form(code))
	token := body.(oauth.Token)
	if _, ok := b.app.Identities().ByToken(t.Context(), token.AccessToken); !ok {
		t.Fatal("the token is not good")
	}
	for range 2 {
		status, body := b.provider.Token(t.Context(), form(code))
		if e, ok := body.(*oauth.TokenError); status != 400 || !ok || e.Code != "invalid_grant" {
			t.Fatalf("%d %v", status, body)
		}
		if _, ok := b.app.Identities().ByToken(t.Context(), token.AccessToken); ok {
			t.Fatal("the token outlived the second use of its code")
		}
	}
}

func TestCodesEnd(t *testing.T) {
	for name, end := range map[string]func(*bench){
		"by time": func(b *bench) { b.advance(app.CodeAge) },
		"by logout": func(b *bench) {
			if err := b.app.Logout(b.t.Context(), &b.ann); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			code := b.code()
			end(b)
			status, body := b.provider.Token(t.Context(), form(code))
			if e, ok := body.(*oauth.TokenError); status != 400 || !ok || e.Code != "invalid_grant" {
				t.Errorf("%d %v", status, body)
			}
		})
	}
}

// Of one code asked for many times at once, one token at most is good, and in the
// end none is.
func TestCodeRace(t *testing.T) {
	b := newBench(t)
	code := b.code()
	tokens := make(chan string, 8)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, body := b.provider.Token(t.Context(), form(code)); body != nil {
				if token, ok := body.(oauth.Token); ok {
					tokens <- token.AccessToken
				}
			}
		})
	}
	wg.Wait()
	close(tokens)
	if len(tokens) != 1 {
		t.Errorf("%d tokens for one code", len(tokens))
	}
	for token := range tokens {
		if _, ok := b.app.Identities().ByToken(t.Context(), token); ok {
			t.Error("the token is still good")
		}
	}
}

type broken struct{ err error }

func (g broken) OAuthClient(context.Context, string) (hub.OAuthClient, error) {
	return hub.OAuthClient{}, g.err
}

func (g broken) OAuthGrant(context.Context, *app.Requester, hub.OAuthClient, []string) (app.Grant, error) {
	return app.Grant{}, g.err
}

func (g broken) IssueCode(context.Context, *app.Requester, app.Grant, app.CodeRequest) (string, error) {
	return "", g.err
}

func (g broken) ExchangeCode(context.Context, app.Exchange) (app.Exchanged, error) {
	return app.Exchanged{}, g.err
}

func TestDatabaseAway(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"away":   {hub.Wrap(hub.Unavailable, errors.New("dial tcp 10.0.0.7"), "The database is away"), 503, "temporarily_unavailable"},
		"broken": {errors.New("dial tcp 10.0.0.7"), 500, "server_error"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oauth.New(broken{c.err})
			status, body := p.Token(t.Context(), form("code"))
			e, ok := body.(*oauth.TokenError)
			if status != c.status || !ok || e.Code != c.want || strings.Contains(e.Description, "10.0") || !errors.Is(e, c.err) {
				t.Errorf("%d %+v", status, body)
			}
			if target, _, err := p.Authorize(t.Context(), &app.Requester{}, ask()); target != "" || !errors.Is(err, c.err) {
				t.Errorf("%q %v", target, err)
			}
		})
	}
}
