package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/tokens"
)

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
		"wrong redirect":           {nil, []string{"redirect_uri", "/user/ann/elsewhere"}, 400, "invalid_grant"},
		"another client's code":    {nil, []string{"client_id", "jupyterhub-user-bob", "redirect_uri", "/user/bob/oauth_callback"}, 400, "invalid_grant"},
		"verifier missing":         {pkce, nil, 400, "invalid_grant"},
		"verifier wrong":           {pkce, []string{"code_verifier", strings.Repeat("a", 43)}, 400, "invalid_grant"},
		"plain verifier wrong":     {[]string{"code_challenge", verifier}, []string{"code_verifier", challenge(verifier)}, 400, "invalid_grant"},
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
	for name, c := range map[string]struct{ ask, form []string }{
		"plain":                         {nil, nil},
		"no redirect":                   {[]string{"redirect_uri", "-"}, []string{"redirect_uri", "-"}},
		"redirect in the first alone":   {nil, []string{"redirect_uri", "-"}},
		"redirect in the second alone":  {[]string{"redirect_uri", "-"}, nil},
		"empty redirect":                {[]string{"redirect_uri", ""}, []string{"redirect_uri", ""}},
		"PKCE":                          {[]string{"code_challenge", challenge(verifier), "code_challenge_method", "S256"}, []string{"code_verifier", verifier}},
		"PKCE, plain":                   {[]string{"code_challenge", verifier, "code_challenge_method", "plain"}, []string{"code_verifier", verifier}},
		"PKCE, plain by default":        {[]string{"code_challenge", verifier}, []string{"code_verifier", verifier}},
		"PKCE, short":                   {[]string{"code_challenge", "abc"}, []string{"code_verifier", "abc"}},
		"PKCE, a method without either": {[]string{"code_challenge_method", "S256"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := form(b.code(c.ask...), c.form...)
			status, body := b.provider.Token(t.Context(), f)
			token, ok := body.(oauth.Token)
			if status != http.StatusOK || !ok || token.TokenType != "Bearer" || token.ExpiresIn != 3600 { // as long as the session
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

// A service that the hub runs is told its path, whatever whole address is registered:
// so the path stands for that address, and for no other.
func TestPathStandsForTheWholeAddress(t *testing.T) {
	b := newBench(t)
	const whole = "https://hub.example.org/user/ann/oauth_callback?from=hub"
	b.register(whole)
	for _, uri := range []string{callback, callback + "?from=other", "//hub.example.org" + callback + "?from=hub", "http://hub.example.org" + callback + "?from=hub"} {
		if target, _, err := b.provider.Authorize(t.Context(), &b.ann, ask("redirect_uri", uri)); target != "" || !hub.Is(err, hub.Invalid) {
			t.Errorf("%s: %q, %v", uri, target, err)
		}
	}
	for _, uri := range []string{callback + "?from=hub", whole} {
		target, _, err := b.provider.Authorize(t.Context(), &b.ann, ask("redirect_uri", uri))
		if err != nil || !strings.HasPrefix(target, whole+"&code=") {
			t.Fatalf("%s: sent to %q, %v", uri, target, err)
		}
		if status, body := b.provider.Token(t.Context(), form(codeIn(t, target), "redirect_uri", uri)); status != http.StatusOK {
			t.Errorf("%s: %d %v", uri, status, body)
		}
	}
	target, _, err := b.provider.Authorize(t.Context(), &b.ann, ask("redirect_uri", whole))
	if err != nil {
		t.Fatal(err)
	}
	code := codeIn(t, target)
	b.register(callback)
	if status, body := b.provider.Token(t.Context(), form(code, "redirect_uri", callback)); status != http.StatusBadRequest {
		t.Errorf("a code for the former address: %d %v", status, body)
	}
}

func codeIn(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("code")
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
		"by time": func(b *bench) { b.advance(tokens.CodeAge) },
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

func (g broken) OAuthGrant(context.Context, *access.Requester, hub.OAuthClient, []string) (tokens.Grant, error) {
	return tokens.Grant{}, g.err
}

func (g broken) IssueCode(context.Context, *access.Requester, tokens.Grant, tokens.CodeRequest) (string, error) {
	return "", g.err
}

func (g broken) ExchangeCode(context.Context, tokens.Exchange) (tokens.Exchanged, error) {
	return tokens.Exchanged{}, g.err
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
			if target, _, err := p.Authorize(t.Context(), &access.Requester{}, ask()); target != "" || !errors.Is(err, c.err) {
				t.Errorf("%q %v", target, err)
			}
		})
	}
}

func (broken) Rights() *access.Rights { return access.DefaultRights() }
