package httpapi

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// Limits on received credentials: longer ones cannot be valid.
const (
	maxCredential = 512
	maxCookies    = 4 // of one name; a notebook page can add some, the right one is among the first
)

// anonymous is the requester without credentials.
func (e *Env) anonymous(r *http.Request) *access.Requester {
	return &access.Requester{Address: e.clientAddress(r), RequestID: callOf(r).id}
}

// identify returns the requester. An invalid token counts as none, and the cookies are
// tried. The error is hub.Unavailable if the credentials cannot be looked up now.
func (e *Env) identify(r *http.Request, k routeKind) (*access.Requester, error) {
	var who access.Requester
	var err error
	if k == api || k == mixed {
		if secret, ok := tokenOf(r.Header.Get("Authorization")); ok {
			who, err = e.app.Identities().TokenRequester(r.Context(), secret)
		}
	}
	if !who.Known() && !hub.Is(err, hub.Unavailable) && k != public && !callOf(r).otherHost && (k != api || jsonPost(r)) {
		// A notebook page, which shares the origin, can add cookies of its own to the few
		// of each name that are looked at, but not take ours away.
		who, err = e.app.Identities().CookieRequester(r.Context(), e.sessions(r), e.loginCookies(r))
		callOf(r).bySession = who.Known()
	}
	who.Address, who.RequestID = e.clientAddress(r), callOf(r).id
	if hub.Is(err, hub.Unavailable) {
		return &who, err
	}
	return &who, nil
}

// tokenOf is the token in an Authorization header: "token X" or "bearer X", exactly one word.
func tokenOf(header string) (string, bool) {
	if len(header) > maxCredential {
		return "", false
	}
	words := strings.Fields(header)
	if len(words) != 2 || !strings.EqualFold(words[0], "token") && !strings.EqualFold(words[0], "bearer") {
		return "", false
	}
	return words[1], true
}

// jsonPost is false for a POST whose Content-Type isn't JSON: what a form of
// another site can send must not act in the name of a cookie.
func jsonPost(r *http.Request) bool {
	kinds := r.Header.Values("Content-Type")
	if r.Method != http.MethodPost || len(kinds) == 0 || kinds[0] == "" {
		return true
	}
	for field := range strings.SplitSeq(strings.ToLower(kinds[0]), ";") {
		if strings.HasPrefix(strings.TrimLeft(field, " \t"), "application/json") {
			return true
		}
	}
	return false
}

func cookies(r *http.Request, name string) []string {
	var values []string
	for _, c := range r.CookiesNamed(name) {
		if len(values) < maxCookies && c.Value != "" && len(c.Value) <= maxCredential {
			values = append(values, c.Value)
		}
	}
	return values
}

// visitor is the requester for an error page outside of a route: anonymous on the API, and if
// the credentials cannot be looked up.
func (e *Env) visitor(r *http.Request) *access.Requester {
	if callOf(r).api {
		return e.anonymous(r)
	}
	who, err := e.identify(r, page)
	if err != nil {
		return e.anonymous(r)
	}
	return who
}
