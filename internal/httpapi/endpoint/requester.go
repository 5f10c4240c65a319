package endpoint

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// Limits on received credentials: longer ones cannot be valid.
const (
	MaxCredential = 512
	maxCookies    = 4 // of one name; a notebook page can add some, the right one is among the first
)

// Anonymous is the requester without credentials.
func (e *Env) Anonymous(r *http.Request) *access.Requester {
	return &access.Requester{Address: e.ClientAddress(r), RequestID: CallOf(r).ID}
}

// Identify returns the requester. An invalid token counts as none, and the cookies are
// tried. The error is hub.Unavailable if the credentials cannot be looked up now.
func (e *Env) Identify(r *http.Request, k Kind) (*access.Requester, error) {
	var who access.Requester
	var err error
	if k == API || k == Mixed {
		if secret, ok := TokenOf(r.Header.Get("Authorization")); ok {
			who, err = e.App.Identities().TokenRequester(r.Context(), secret)
		}
	}
	if !who.Known() && !hub.Is(err, hub.Unavailable) && k != Public && !CallOf(r).OtherHost && (k != API || jsonPost(r)) {
		// A notebook page, which shares the origin, can add cookies of its own to the few
		// of each name that are looked at, but not take ours away.
		who, err = e.App.Identities().CookieRequester(r.Context(), e.sessions(r), e.loginCookies(r))
		CallOf(r).BySession = who.Known()
	}
	who.Address, who.RequestID = e.ClientAddress(r), CallOf(r).ID
	if hub.Is(err, hub.Unavailable) {
		return &who, err
	}
	return &who, nil
}

// TokenOf is the token in an Authorization header: "token X" or "bearer X", exactly one word.
func TokenOf(header string) (string, bool) {
	if len(header) > MaxCredential {
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
		if len(values) < maxCookies && c.Value != "" && len(c.Value) <= MaxCredential {
			values = append(values, c.Value)
		}
	}
	return values
}

// Visitor is the requester for an error page outside of a route: anonymous on the API, and if
// the credentials cannot be looked up.
func (e *Env) Visitor(r *http.Request) *access.Requester {
	if CallOf(r).API {
		return e.Anonymous(r)
	}
	who, err := e.Identify(r, Page)
	if err != nil {
		return e.Anonymous(r)
	}
	return who
}
