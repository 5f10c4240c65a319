package pages

import "time"

// TokenRow is an API token that somebody made.
type TokenRow struct {
	ID       string
	Note     string
	Scopes   []string // what it may do; empty is all that its owner may
	Created  time.Time
	LastUsed time.Time // zero: never
	Expires  time.Time // zero: never
	Server   bool      // a notebook server's own: it goes when the server stops
}

// AppRow is an application, mostly a notebook server, that may act for the person.
type AppRow struct {
	ID       string // of one of its tokens; revoking it revokes them all
	Name     string
	Tokens   int
	Created  time.Time
	LastUsed time.Time
}

// Choice is one option of a list to choose from.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// Tokens lists what programs can act for the person with, and makes more. The form
// is posted to {hub}token with note, expires_in (seconds, empty for never), scopes
// (with spaces between) and _xsrf; the others to {hub}token/revoke with id and _xsrf.
type Tokens struct {
	Common
	Now       time.Time
	Secret    string // of the token just made, which is never shown again
	Made      string // its note
	Error     string // why none was made
	Wrong     string // the field that was to blame, by its name; empty for none
	Note      string // kept after a failure
	Scopes    string
	Lifetimes []Choice
	MaxNote   int        // bytes
	List      []TokenRow // a part of them, from the First of Total on
	First     int
	Total     int
	Newer     int // number of the page before; 0: none
	Older     int // of the one after
	Apps      []AppRow
	MoreApps  bool // than are shown
}

// Last is the place of the last token that is shown.
func (p Tokens) Last() int { return p.First + len(p.List) - 1 }

func (Tokens) template() string { return "token" }

// When is a time of the page, said as people say it.
func (p Tokens) When(at time.Time) When { return When{At: at, Words: Relative(at, p.Now)} }
