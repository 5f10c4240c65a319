package pages

import "time"

// Account is what somebody sees and changes of their own account: the password, and where they are logged in. Its
// forms are posted to {hub}change-password, {hub}account/end with id, {hub}account/end-others, each with _xsrf.
type Account struct {
	Common
	Now      time.Time
	Password *ChangePassword // nil: they have none on this hub
	Sessions []SessionRow    // what was seen last first
	More     int             // sessions that are not shown
	Ended    bool            // others were just ended
}

func (Account) template() string { return "account" }

// When is a time of the page, said as people say it.
func (p Account) When(at time.Time) When { return When{At: at, Words: Relative(at, p.Now)} }

// Others tells whether there is a session that can be ended from here.
func (p Account) Others() bool {
	for _, s := range p.Sessions {
		if !s.Current {
			return true
		}
	}
	return false
}

// SessionRow is a browser that is logged in.
type SessionRow struct {
	ID              string
	Browser, System string // in a word each; empty where it is not known
	Address         string
	Created         time.Time
	LastSeen        time.Time
	Current         bool // the one that asks
}

// Device is what the browser says of itself; empty where it says nothing that is known.
func (r SessionRow) Device() string {
	if r.Browser == "" || r.System == "" {
		return r.Browser + r.System
	}
	return r.Browser + ", " + r.System
}
