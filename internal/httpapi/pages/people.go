package pages

import "strings"

// Login asks for name and password. Its form is posted to {hub}login?next=… with the
// fields username, password and _xsrf.
type Login struct {
	Common
	Username   string // kept after a failure
	Error      string // why the last try failed; empty before the first
	Next       string // where to go on to; the hub checks it again when the form comes
	RetryAfter int    // seconds after which another try is worth it; 0 is at once
	Dummy      bool   // no personal passwords are checked: a hub for trials
	AskAdmin   bool   // say who helps those without a password
	Rule       string // what a password must be, for somebody who is to choose one
}

func (Login) template() string { return "login" }

func (p Login) leaves() bool { return leadsToClient(p.Next) }

// leadsToClient tells whether an address is on the way to an OAuth client, which may be
// on another site.
func leadsToClient(next string) bool { return strings.Contains(next, "/oauth2/authorize") }

// Claim asks somebody without a password to type the one they have chosen once more.
// Its form is posted where Login's is, with the fields username, password, claim and
// _xsrf.
type Claim struct {
	Common
	Username string
	Ticket   string // the field claim
	Next     string
}

func (Claim) template() string { return "claim" }

func (p Claim) leaves() bool { return leadsToClient(p.Next) }

// ChangePassword asks for the old password and twice for a new one. Its form is
// posted to {hub}change-password with old_password, new_password,
// new_password_confirmation and _xsrf.
type ChangePassword struct {
	Common
	Error     string
	Done      bool   // it was changed
	Forced    bool   // nothing else can be done before
	MinLength int    // of a new password, in characters; 0 says nothing
	Rule      string // what a new password must be, in a sentence; empty says nothing
	Next      string // where to go on to afterwards; empty is home
	InAccount bool   // it is a part of the page of the account
	Cloud     bool   // at the address, and with the fields, that the AUP Learning Cloud has
}

// Path is where the form is posted to, below the hub's prefix.
func (p ChangePassword) Path() string {
	if p.Cloud {
		return "auth/change-password"
	}
	return "change-password"
}

// OldField is the name of the field for the current password.
func (p ChangePassword) OldField() string {
	if p.Cloud {
		return "current_password"
	}
	return "old_password"
}

// NewField is that of the new one.
func (ChangePassword) NewField() string { return "new_password" }

// AgainField is that of the new one again.
func (p ChangePassword) AgainField() string {
	if p.Cloud {
		return "confirm_password"
	}
	return "new_password_confirmation"
}

func (ChangePassword) template() string { return "password" }

func (p ChangePassword) leaves() bool { return leadsToClient(p.Next) }

// Scope is one right that somebody asks for.
type Scope struct{ Name, Description string }

// Confirm asks whether an application may act for the person. Its form is posted to
// the page's own URL, with _xsrf and one field scopes for each right.
type Confirm struct {
	Common
	ClientName   string
	ServerOwner  string // whose notebook server the application is; empty for services
	RedirectHost string // where the browser goes next; empty stays on this site
	Scopes       []Scope
}

func (Confirm) template() string { return "confirm" }

func (Confirm) leaves() bool { return true }

// ErrorPage says what went wrong, in words for the person.
type ErrorPage struct {
	Common
	Status  int
	Heading string // what it is in a few words; empty is chosen by the status
	Message string // one or two sentences: what failed, and what to do
	HomeURL string // empty is the hub's home
	// LoginURL is where somebody logs in who would then be let in; empty: they are, or
	// it would not help.
	LoginURL string
}

func (ErrorPage) template() string { return "error" }

// Head is the heading that is shown.
func (p ErrorPage) Head() string {
	if p.Heading != "" {
		return p.Heading
	}
	switch {
	case p.LoginURL != "":
		return "You are not logged in"
	case p.Status == 401 || p.Status == 403:
		return "This is not open to you"
	case p.Status == 404:
		return "There is nothing here"
	case p.Status == 413:
		return "That was too much at once"
	case p.Status == 429:
		return "Too much in a short time"
	case p.Status == 502 || p.Status == 503 || p.Status == 504:
		return "Not available right now"
	case p.Status >= 500:
		return "Something failed on the hub"
	}
	return "That did not work"
}

// OnServer tells whether the hub, not the person, is the one to mend it.
func (p ErrorPage) OnServer() bool { return p.Status >= 500 }

// Framed says that a page is not shown inside another, and leads to it in a tab of its
// own. It tells nothing of who is logged in.
type Framed struct {
	Common
	URL string // of the page
}

func (Framed) template() string { return "framed" }

// AcceptShare asks whether the person takes what a share code gives. Its form is
// posted to the page's own URL, with _xsrf.
type AcceptShare struct {
	Common
	Owner   string // whose server it is
	Server  string // its name; empty for the default one
	Running bool
	Scopes  []Scope
}

func (AcceptShare) template() string { return "share" }
