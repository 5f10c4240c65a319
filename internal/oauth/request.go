package oauth

import (
	"context"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// identifyOnly is asked for when somebody leaves out everything that they may: an
// empty list would mean all of it.
const identifyOnly = "read:users:name!user"

// maxParameter is the most bytes that a parameter may have, the state excepted:
// that one is the client's own and goes back as it came.
const maxParameter = 4096

// request is an authorization request whose redirect URI is known to be the client's.
type request struct {
	client    hub.OAuthClient
	redirect  string
	state     string
	hasState  bool
	scopes    []string // empty: all that the client may have
	challenge string
	method    string
}

// redirectError is a failure that the client learns of (RFC 6749 §4.1.2.1).
type redirectError struct{ code, description string }

func (e *redirectError) Error() string { return e.code + ": " + e.description }

// tellAdmin is what a person can do about an application that asks in a wrong way.
const tellAdmin = " Tell an administrator of this hub: the application that sent you here has to be corrected."

// client finds the client and checks where the answer goes. Until that is known
// nothing may be sent there, so these failures are for the person.
func (p *Provider) client(ctx context.Context, q url.Values) (hub.OAuthClient, error) {
	id, err := once(q, "client_id")
	if err == nil && id == "" {
		err = hub.Errorf(hub.Invalid, "The request to log in lacks client_id.%s", tellAdmin)
	}
	if err != nil {
		return hub.OAuthClient{}, err
	}
	uri, err := once(q, "redirect_uri")
	if err != nil {
		return hub.OAuthClient{}, err
	}
	c, err := p.grants.OAuthClient(ctx, id)
	if hub.Is(err, hub.NotFound) || err == nil && (c.SecretHash == "" || c.RedirectURI == "") {
		return c, hub.Errorf(hub.Invalid, "Whoever sent you here is not known to this hub. If it was a notebook server, it has stopped meanwhile: start it again.")
	}
	if err != nil {
		return c, err
	}
	if !c.SendsTo(uri) {
		return c, hub.Errorf(hub.Invalid, "The application that sent you here gave another address to go back to (redirect_uri) than the one that the hub knows.%s", tellAdmin)
	}
	return c, nil
}

// once is the value of a parameter that must not be there more than once; empty when it
// is not there at all.
func once(q url.Values, name string) (string, error) {
	switch values := q[name]; {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", hub.Errorf(hub.Invalid, "The request to log in names %s more than once.%s", name, tellAdmin)
	case len(values[0]) > maxParameter:
		return "", hub.Errorf(hub.Invalid, "The request to log in has too long a %s.%s", name, tellAdmin)
	default:
		return values[0], nil
	}
}

// parse reads the rest of an authorization request. Its failures are redirects.
func parse(q url.Values, c hub.OAuthClient, rights *access.Rights) (request, *redirectError) {
	req := request{client: c, redirect: c.RedirectURI}
	if states := q["state"]; len(states) > 0 {
		req.state, req.hasState = states[0], true
	}
	for _, name := range []string{"response_type", "scope", "state", "code_challenge", "code_challenge_method"} {
		if len(q[name]) > 1 {
			return req, &redirectError{"invalid_request", name + " is given more than once"}
		}
	}
	switch q.Get("response_type") {
	case "code":
	case "":
		return req, &redirectError{"invalid_request", "response_type is missing"}
	default:
		return req, &redirectError{"unsupported_response_type", "only code is supported"}
	}
	if q.Has("code_challenge") {
		req.challenge, req.method = q.Get("code_challenge"), plain
		if q.Has("code_challenge_method") {
			req.method = q.Get("code_challenge_method")
		}
		if err := checkChallenge(req.challenge, req.method); err != nil {
			return req, err
		}
	}
	list, err := askedScopes(strings.Fields(q.Get("scope")), rights)
	req.scopes = list
	return req, err
}

// The methods of PKCE. plain, which is what no method means, protects less.
const (
	plain = "plain"
	s256  = "S256"
)

func checkChallenge(challenge, method string) *redirectError {
	switch {
	case method != s256 && method != plain:
		return &redirectError{"invalid_request", "code_challenge_method must be S256 or plain"}
	case !unreserved(challenge):
		return &redirectError{"invalid_request", "code_challenge is empty or malformed"}
	}
	return nil
}

// unreserved tells whether text has the form of a PKCE verifier or challenge:
// unreserved characters (RFC 7636 §4.1). How many is left to the client, as in
// JupyterHub.
func unreserved(text string) bool {
	return text != "" && len(text) <= maxParameter && !strings.ContainsFunc(text, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("-._~", r)
	})
}

// askedScopes reads the words of a scope parameter. Names of roles stand for their
// scopes, as in JupyterHub 2, and "identify" for what everybody gets.
func askedScopes(words []string, rights *access.Rights) ([]string, *redirectError) {
	if len(words) == 0 {
		return nil, nil
	}
	list, length := []string{identifyOnly}, 0
	for _, word := range words {
		if length += len(word); length > maxParameter {
			return nil, &redirectError{"invalid_scope", "scope is too long"}
		}
		if word == "identify" {
			continue
		}
		if role, ok := rights.Role(word); ok {
			list = append(list, role.Scopes...)
			continue
		}
		if _, _, err := rights.Parse(word); err != nil {
			return nil, &redirectError{"invalid_scope", "scope holds something that is no scope"}
		}
		list = append(list, word)
	}
	return list, nil
}

// answer is the redirect URI with parameters added, and the state as it came.
func (r request) answer(params url.Values) string {
	if r.hasState {
		params.Set("state", r.state)
	}
	sep := "?"
	if strings.Contains(r.redirect, "?") {
		sep = "&"
	}
	return r.redirect + sep + params.Encode()
}

func (r request) failure(err *redirectError) string {
	return r.answer(url.Values{"error": {err.code}, "error_description": {err.description}})
}
