package httpapi

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/app"
)

// Limits on credentials as they come in: longer ones are nobody's.
const (
	maxCredential = 512
	maxCookies    = 4 // of one name; a notebook page can add some, the right one is among the first
)

// nobody is an anonymous requester.
func (s *Server) nobody(r *http.Request) *app.Requester {
	return &app.Requester{Address: s.address(r), RequestID: callOf(r).id}
}

// identify says who asks. A token that is not good counts as none, and the cookies
// are tried.
func (s *Server) identify(r *http.Request, k kind) *app.Requester {
	who := app.Requester{}
	known := false
	if k == api || k == mixed {
		if secret, ok := tokenOf(r.Header.Get("Authorization")); ok {
			who, known = s.app.Identities().ByToken(r.Context(), secret)
		}
	}
	if !known && k != open && !callOf(r).elsewhere && (k != api || jsonPost(r)) {
		who = s.byCookies(r)
	}
	who.Address, who.RequestID = s.address(r), callOf(r).id
	return &who
}

// tokenOf takes the token out of an Authorization header: "token X" or "bearer X",
// exactly one word.
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

// byCookies tries the few cookies of each name that a browser may send: a notebook
// page, which shares the origin, can add its own but not take ours away.
func (s *Server) byCookies(r *http.Request) app.Requester {
	for _, login := range logins(r) {
		for _, session := range cookies(r, SessionCookie) {
			if who, ok := s.app.Identities().ByCookies(r.Context(), session, login); ok {
				return who
			}
		}
	}
	return app.Requester{}
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
