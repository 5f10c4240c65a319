package hub

import "time"

// Identity is who somebody is to a provider of logins. Provider and Subject together never mean
// anybody else; a name may change hands.
type Identity struct {
	Provider string // slug of the login method
	Subject  string // the provider's own id of the person, compared byte by byte
	Name     string // as the provider says it, normalised as names of the hub are
	UserID   int64  // the person of the hub that it is bound to
	Bound    time.Time
}
