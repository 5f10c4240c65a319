package app

import (
	"context"
	"errors"
	"slices"
	"time"

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

// mayClaim tells whether somebody's first login may set their password, as far as is
// known of the person: tokens of theirs are asked for apart.
func (a *App) mayClaim(u hub.User, now time.Time) bool {
	return a.claims() && u.ID != 0 && !u.HasPassword && !u.Suspended && !u.ClaimClosed &&
		now.Before(u.Created.Add(a.cfg.ClaimAge)) && a.plain(u)
}

// claims tells whether there are claims at all; where one password is good for everybody, nobody needs one.
func (a *App) claims() bool {
	return a.cfg.NativeLogin && a.cfg.DummyLogin == nil && a.cfg.ClaimAge > 0
}

// plain tells whether somebody holds nothing beyond what everybody does, nor will at
// the next start.
func (a *App) plain(u hub.User) bool {
	if u.Admin || len(u.Roles)+len(u.GroupRoles)+len(u.Shared) > 0 {
		return false
	}
	names := []scopes.Filter{scopes.User(u.Name)}
	for _, g := range u.Groups {
		names = append(names, scopes.Group(g))
	}
	for _, name := range names {
		for _, role := range a.promised(name) {
			if role != scopes.RoleUser {
				return false
			}
		}
	}
	return true
}

// claimable is mayClaim, with what the person owns. The tokens of their servers are known
// to nobody who has not entered one.
func (a *App) claimable(ctx context.Context, tx data.Tx, u hub.User) (bool, error) {
	if !a.mayClaim(u, tx.Now()) {
		return false, nil
	}
	tokens, err := tx.TokensOf(ctx, u.ID)
	return !slices.ContainsFunc(tokens, func(t hub.Token) bool { return t.ServerID == 0 }), err
}

// closeClaim keeps somebody without a password from setting one by logging in, for good.
// With a password it does nothing: that is not taken from anybody.
func closeClaim(ctx context.Context, tx data.Tx, u hub.User) error {
	if u.ClaimClosed || u.HasPassword {
		return nil
	}
	u.ClaimClosed = true
	return tx.UpdateUser(ctx, u)
}

// Enter is told of a request to one of the owner's servers by somebody else who may use
// it, before it is sent there. What they do in it may be worth having, so nobody can come
// by it any more with a first login. Of nearly everybody it is known from memory that
// there is nothing to do.
func (a *App) Enter(ctx context.Context, c Credential, ownerID int64, from func() string) error {
	owner, err := a.directory.byID(ctx, ownerID)
	if err != nil || owner.HasPassword || owner.ClaimClosed {
		return absentOrError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.store.Update(ctx, func(tx data.Tx) error {
		u, err := tx.UserByID(ctx, ownerID)
		if err != nil || u.HasPassword || u.ClaimClosed {
			return absentOrError(err)
		}
		open := a.mayClaim(u, tx.Now())
		if err := closeClaim(ctx, tx, u); err != nil || !open {
			return err
		}
		r := c.of.requester()
		r.Address = from()
		return tx.AddAudit(ctx, r.audit("user.close_claim", "user", u.ID, u.Name, nil, map[string]any{"why": "their server was entered"}))
	})
}

// unclaimed is the error for a login that may become a claim; nil for all others.
func (a *App) unclaimed(ctx context.Context, u hub.User, password string) error {
	if !a.mayClaim(u, a.clock()) { // nearly everybody: no more time for those who exist than for those who do not
		return nil
	}
	var may bool
	err := a.store.View(ctx, func(tx data.Tx) (err error) {
		may, err = a.claimable(ctx, tx, u)
		return err
	})
	if err != nil || !may {
		return err
	}
	cause := &UnclaimedError{Name: u.Name}
	err = a.checkNewPassword(u.Name, password, false)
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
func (a *App) Claim(ctx context.Context, rawName, password string, from Browser) (LoggedIn, error) {
	name, err := hub.UserName(rawName)
	if err != nil {
		return LoggedIn{}, errLogin()
	}
	if err := a.checkNewPassword(name, password, false); err != nil {
		return LoggedIn{}, err
	}
	if err := a.throttle.Check(ctx, name, from.Address); err != nil {
		a.loginFailed(ctx, rawName, from, tooMany)
		return LoggedIn{}, err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := a.openSession(ctx, from, func(tx data.Tx) (hub.User, error) {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return u, notThere(err)
		}
		may, err := a.claimable(ctx, tx, u)
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
		r := Requester{User: u, Address: from.Address, RequestID: from.RequestID}
		return u, tx.AddAudit(ctx, r.audit("user.claim", "user", u.ID, u.Name, nil, nil))
	})
	switch {
	case err == nil:
		a.throttle.Succeeded(ctx, name, from.Address)
	case hub.Is(err, hub.Unauthenticated):
		a.throttle.Failed(ctx, name, from.Address)
		a.loginFailed(ctx, rawName, from, noFirstLogin)
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

// passwordState says what is known of somebody's password.
func (a *App) passwordState(u hub.User) PasswordState {
	switch {
	case u.HasPassword:
		return PasswordSet
	case a.mayClaim(u, a.clock()):
		return PasswordUnclaimed
	}
	return PasswordUnset
}

// claimCloses says, of somebody without a password, that what a row gives them keeps
// them from setting it by their first login; empty where it does not.
func (w *peopleChunk) claimCloses(tx data.Tx, u, after hub.User, join []string) string {
	exists := u.ID != 0
	if !w.app.claims() || exists && !w.app.mayClaim(u, tx.Now()) {
		return ""
	}
	had := " has no password; "
	if exists {
		had = " had not set a password yet; "
	}
	const consequence = " they cannot set one by logging in: set one for them"
	if after.Admin {
		return u.Name + had + "as an administrator" + consequence
	}
	for _, name := range join {
		if g := w.groups[name]; len(g.Roles)+len(g.Shared)+len(w.app.promised(scopes.Group(name))) > 0 {
			return u.Name + had + "with the rights of the group " + name + consequence
		}
	}
	return ""
}
