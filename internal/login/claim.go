package login

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Somebody who was made without a password sets it by their first login at the form.
// Whoever comes first is believed, so it is only possible for some days, and only while
// there is nothing to be had by it: for those who may no more than everybody, and in whose
// name nobody has been here. A server that was started for them does not count until
// somebody enters it.

// UnclaimedError is the cause of a failed login by the name of somebody who may set
// their first password: the caller asks for it once more and calls Claim.
type UnclaimedError struct {
	Name    string // normalised
	Problem string // why the password entered will not do, and what would; empty: it will
}

// Error implements error.
func (e *UnclaimedError) Error() string { return e.Name + " has no password yet" }

// MayClaim tells whether somebody's first login may set their password, as far as is
// known of the person: tokens of theirs are asked for apart.
func (l *Logins) MayClaim(u hub.User, now time.Time) bool {
	return l.Claims() && u.ID != 0 && !u.HasPassword && !u.Suspended && !u.ClaimClosed &&
		now.Before(u.Created.Add(l.cfg.ClaimAge)) && l.plain(u)
}

// Claims tells whether there are claims at all: where others vouch for people, who has no password
// comes in by them.
func (l *Logins) Claims() bool { return l.cfg.Methods.OnlyNative() && l.cfg.ClaimAge > 0 }

// plain tells whether somebody holds nothing beyond what everybody does, nor will at
// the next start.
func (l *Logins) plain(u hub.User) bool {
	if u.Admin || len(u.Roles)+len(u.Given)+len(u.GroupRoles)+len(u.Shared) > 0 {
		return false
	}
	names := []scopes.Filter{scopes.User(u.Name)}
	for _, g := range u.Groups {
		names = append(names, scopes.Group(g))
	}
	for _, name := range names {
		for _, role := range l.policy.Promised(name) {
			if role != scopes.RoleUser {
				return false
			}
		}
	}
	return true
}

// claimable is MayClaim, with what the person owns. The tokens of their servers are known
// to nobody who has not entered one.
func (l *Logins) claimable(ctx context.Context, tx data.Tx, u hub.User) (bool, error) {
	if !l.MayClaim(u, tx.Now()) {
		return false, nil
	}
	given, err := hasTokens(ctx, tx, u)
	return !given, err
}

// hasTokens tells whether somebody has tokens, but for those of their servers.
func hasTokens(ctx context.Context, tx data.Tx, u hub.User) (bool, error) {
	tokens, err := tx.TokensOf(ctx, u.ID)
	return slices.ContainsFunc(tokens, func(t hub.Token) bool { return t.ServerID == 0 }), err
}

// CloseClaim keeps somebody without a password from setting one by logging in, for good.
// With a password it does nothing: that is not taken from anybody.
func CloseClaim(ctx context.Context, tx data.Tx, u hub.User) error {
	if u.ClaimClosed || u.HasPassword {
		return nil
	}
	u.ClaimClosed = true
	return tx.UpdateUser(ctx, u)
}

// enterPatience bounds how long a request to a server waits until its claim is closed.
const enterPatience = 5 * time.Second

// Enter is told of a request to one of the owner's servers by somebody else who may use
// it, before it is sent there. What they do in it may be worth having, so nobody can come
// by it any more with a first login. Of nearly everybody it is known from memory that
// there is nothing to do.
func (l *Logins) Enter(ctx context.Context, c access.Credential, ownerID int64, from func() string) error {
	owner, err := l.directory.ByID(ctx, ownerID)
	if err != nil || owner.HasPassword || owner.ClaimClosed {
		return hub.IgnoreNotFound(err)
	}
	ctx, cancel := context.WithTimeout(ctx, enterPatience)
	defer cancel()
	return l.store.Update(ctx, func(tx data.Tx) error {
		u, err := tx.UserByID(ctx, ownerID)
		if err != nil || u.HasPassword || u.ClaimClosed {
			return hub.IgnoreNotFound(err)
		}
		open := l.MayClaim(u, tx.Now())
		if err := CloseClaim(ctx, tx, u); err != nil || !open {
			return err
		}
		r := c.Requester()
		r.Address = from()
		return tx.AddAudit(ctx, r.Audit("user.close_claim", "user", u.ID, u.Name, nil, map[string]any{"why": "their server was entered"}))
	})
}

// unclaimed is the error for a login that may become a claim; nil for all others.
func (l *Logins) unclaimed(ctx context.Context, u hub.User, password string) error {
	if !l.MayClaim(u, l.clock()) { // nearly everybody: no more time for those who exist than for those who do not
		return nil
	}
	var may bool
	err := l.store.View(ctx, func(tx data.Tx) (err error) {
		may, err = l.claimable(ctx, tx, u)
		return err
	})
	if err != nil || !may {
		return err
	}
	cause := &UnclaimedError{Name: u.Name}
	err = l.CheckNewPassword(u.Name, password, false)
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code == hub.Invalid {
		cause.Problem = e.Msg
	} else if err != nil {
		return err
	}
	return hub.Wrap(hub.Unauthenticated, cause, msgLogin).Plainly(plainLogin)
}

// Claim sets the first password of somebody who has none, and opens a session. The
// caller has made sure that the person typed it twice. It is hub.Unauthenticated for
// those who may not.
func (l *Logins) Claim(ctx context.Context, rawName, password string, from Browser) (LoggedIn, error) {
	name, err := hub.UserName(rawName)
	if err != nil {
		return LoggedIn{}, errLogin()
	}
	if err := l.CheckNewPassword(name, password, false); err != nil {
		return LoggedIn{}, err
	}
	if err := l.throttle.Check(ctx, name, from.Address); err != nil {
		l.LoginFailed(ctx, rawName, from, tooMany)
		return LoggedIn{}, err
	}
	hash, err := l.hasher.Hash(ctx, password)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := l.openSession(ctx, from, func(tx data.Tx) (hub.User, error) {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return u, notThere(err)
		}
		may, err := l.claimable(ctx, tx, u)
		if err != nil {
			return u, err
		}
		if !may {
			return u, errLogin()
		}
		if err := tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()}); err != nil {
			return u, err
		}
		u.HasPassword = true
		r := access.Requester{User: u, Address: from.Address, RequestID: from.RequestID}
		return u, tx.AddAudit(ctx, r.Audit("user.claim", "user", u.ID, u.Name, nil, nil))
	})
	switch {
	case err == nil:
		l.throttle.Succeeded(ctx, name, from.Address)
	case hub.Is(err, hub.Unauthenticated):
		l.throttle.Failed(ctx, name, from.Address)
		l.LoginFailed(ctx, rawName, from, noFirstLogin)
	}
	return in, err
}

// notThere makes a failed login of an absent person.
func notThere(err error) error {
	if hub.Is(err, hub.NotFound) {
		return errLogin()
	}
	return err
}

// Unclaimed tells whether somebody's first login sets their password.
func (l *Logins) Unclaimed(u hub.User) bool { return l.PasswordState(u) == access.PasswordUnclaimed }

// PasswordState says what is known of somebody's password.
func (l *Logins) PasswordState(u hub.User) access.PasswordState {
	switch {
	case u.HasPassword:
		return access.PasswordSet
	case l.MayClaim(u, l.clock()):
		return access.PasswordUnclaimed
	}
	return access.PasswordUnset
}
