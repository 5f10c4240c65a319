package oauth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/oauth"
)

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
		"more than it may have":  {[]string{"scope", "read:users!user admin:users"}, "invalid_scope"},
		"a role beyond that":     {[]string{"scope", "user"}, "invalid_scope"},
		"its scope of everybody": {[]string{"scope", "read:users"}, "invalid_scope"},
		"everything":             {[]string{"scope", "inherit"}, "invalid_scope"},
		"unknown method":         {[]string{"code_challenge", verifier, "code_challenge_method", "S512"}, "invalid_request"},
		"empty method":           {[]string{"code_challenge", verifier, "code_challenge_method", ""}, "invalid_request"},
		"empty challenge":        {[]string{"code_challenge", "", "code_challenge_method", "S256"}, "invalid_request"},
		"odd challenge":          {[]string{"code_challenge", "a b", "code_challenge_method", "plain"}, "invalid_request"},
		"huge challenge":         {[]string{"code_challenge", strings.Repeat("c", 5000)}, "invalid_request"},
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
		"no redirect":   {[]string{"redirect_uri", "-"}, []string{"a b/+=&?#ü"}}, // the registered one: RFC 6749 §3.1.2.3
		"method alone":  {[]string{"code_challenge_method", "S256"}, []string{"a b/+=&?#ü"}},
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
	if confirm.Owner != "ann" || !slices.Contains(confirm.Scopes, "access:servers!server=ann/") {
		t.Errorf("asked to confirm %+v", confirm)
	}
	nobody := access.Requester{}
	if _, _, err := b.provider.Authorize(t.Context(), &nobody, ask()); !hub.Is(err, hub.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
}

// What is left out of the consent is not granted, and what was not asked cannot be added.
func TestApprove(t *testing.T) {
	b := newBench(t)
	basic := "access:servers!server=ann/ read:users:groups!user read:users:name!user"
	for name, c := range map[string]struct {
		chosen []string
		want   string
	}{
		"nothing":        {nil, basic},
		"the basic":      {strings.Fields(basic), basic},
		"its short form": {[]string{"read:users:name!user"}, basic},
		"what is given":  {[]string{"read:users:activity!user"}, "access:servers!server=ann/ read:users:activity!user read:users:groups!user read:users:name!user"},
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

// What the page did not offer is refused, as what a client asks for beyond its own is.
func TestApproveNoMoreThanWasShown(t *testing.T) {
	b := newBench(t)
	for _, chosen := range []string{"admin:users", "inherit", "self", "read:users!user=ann", "no scope"} {
		root := b.login("root")
		target, err := b.provider.Approve(t.Context(), &root, ask("scope", "identify"), []string{chosen})
		if err != nil || answered(t, target).Get("error") != "invalid_scope" {
			t.Errorf("%s: %s, %v", chosen, target, err)
		}
	}
}

// A client that may have all that the person may gets it, or less if it asks for less.
func TestScopesOfAClientThatMayHaveAll(t *testing.T) {
	b := newBench(t)
	b.allow("inherit")
	for name, c := range map[string]struct{ scope, want, not string }{
		"all":     {"-", "servers!user=ann", "servers!user=bob"},
		"asked":   {"inherit", "servers!user=ann", "servers!user=bob"},
		"less":    {"read:users!user", "read:users!user=ann", "servers!user=ann"},
		"nothing": {"identify", "read:users:name!user=ann", "read:users!user=ann"},
		"unheld":  {"read:users!user admin:users", "read:users!user=ann", "admin:users"},
	} {
		status, body := b.provider.Token(t.Context(), form(b.code("scope", c.scope)))
		token, ok := body.(oauth.Token)
		if status != http.StatusOK || !ok {
			t.Fatalf("%s: %d %v", name, status, body)
		}
		who, ok := b.app.Identities().ByToken(t.Context(), token.AccessToken)
		may := who.ScopeNames()
		if !ok || !slices.Contains(may, c.want) || slices.Contains(may, c.not) {
			t.Errorf("%s: it may %v (%s)", name, may, token.Scope)
		}
	}
	root := b.login("root")
	_, confirm, err := b.provider.Authorize(t.Context(), &root, ask())
	if err != nil || confirm == nil || !slices.Contains(confirm.Scopes, "inherit") {
		t.Fatalf("an administrator is asked for %+v, %v", confirm, err)
	}
	target, err := b.provider.Approve(t.Context(), &root, ask(), []string{"inherit"})
	if err != nil {
		t.Fatal(err)
	}
	_, body := b.provider.Token(t.Context(), form(answered(t, target).Get("code")))
	token, _ := body.(oauth.Token)
	if who, ok := b.app.Identities().ByToken(t.Context(), token.AccessToken); !ok || !who.Scopes.Has("admin:users") {
		t.Errorf("with an administrator's consent it may %v", who.ScopeNames())
	}
	if _, confirm, err = b.provider.Authorize(t.Context(), &root, ask("scope", "read:users!user")); err != nil || confirm != nil {
		t.Errorf("who gave everything is asked for a part of it: %+v, %v", confirm, err)
	}
}

func TestScopes(t *testing.T) {
	b := newBench(t)
	basic := []string{"access:servers!server=ann/", "read:users:groups!user", "read:users:name!user"}
	for name, c := range map[string]struct {
		scope string
		more  []string
	}{
		"all that it may have": {"-", []string{"read:users!user"}},
		"empty":                {"", []string{"read:users!user"}},
		"only who it is":       {"identify", nil},
		"narrower":             {"identify read:users:activity!user", []string{"read:users:activity!user"}},
		"identify and more":    {"read:users!user identify", []string{"read:users!user"}},
		"its own place":        {"access:servers!server=ann/", nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := b.provider.Token(t.Context(), form(b.code("scope", c.scope)))
			token, ok := body.(oauth.Token)
			if status != http.StatusOK || !ok {
				t.Fatalf("%d %v", status, body)
			}
			for _, want := range append(basic, c.more...) {
				if !slices.Contains(strings.Fields(token.Scope), want) {
					t.Errorf("scope %q lacks %s", token.Scope, want)
				}
			}
			for _, never := range []string{"admin:users", "tokens", "servers", "inherit"} {
				if strings.Contains(token.Scope, never+"!user") || slices.Contains(strings.Fields(token.Scope), never) {
					t.Errorf("scope %q holds %s", token.Scope, never)
				}
			}
		})
	}
}
