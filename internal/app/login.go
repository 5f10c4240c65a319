package app

import (
	"cmp"
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Browser is where a login comes from.
type Browser struct {
	Address   string
	UserAgent string
	RequestID string
	// Former is the session cookie that the browser brought along, ended by a new login.
	Former string
	// HostLogin: the login cookie will be one that only the hub's own host can set. Its
	// value says so, and is of no use under another name.
	HostLogin bool
	// Framed: it is inside a frame of another site's page. Such a session is for the
	// person's servers alone, and counts in frames alone.
	Framed bool
}

// HostLogin begins the login cookies of Browser.HostLogin; no others begin so.
const HostLogin = "h."

// LoggedIn is a fresh session with the secrets for its two cookies.
type LoggedIn struct {
	Requester     Requester
	SessionCookie string
	LoginCookie   string
	MustChange    bool // the password has to be changed
}

const (
	msgLogin   = "Invalid username or password"
	plainLogin = "The username or the password is not right."
)

var errLogin = func() error { return hub.Errorf(hub.Unauthenticated, msgLogin).Plainly(plainLogin) }

// Login checks a name and password and opens a session. Wrong ones are
// hub.Unauthenticated, with an UnclaimedError as the cause where the person may set
// their first password; too many of them hub.Limit with RetryAfter.
func (a *App) Login(ctx context.Context, rawName, password string, from Browser) (LoggedIn, error) {
	u, pw, err := a.checkPassword(ctx, rawName, password, from, true)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := a.openSession(ctx, from, func(tx data.Tx) (hub.User, error) {
		// Again, inside the transaction: somebody may have been suspended or have got
		// another password while this one was being checked.
		now, err := tx.UserByID(ctx, u.ID)
		if err != nil {
			return now, notThere(err)
		}
		if now.Suspended {
			return now, errLogin()
		}
		if same, err := samePassword(ctx, tx, u.ID, pw); err != nil || !same {
			return now, cmp.Or(err, errLogin())
		}
		return now, nil
	})
	if err == nil && pw.MustChange {
		in.mustChange(a.rights)
	}
	if hub.Is(err, hub.Unauthenticated) {
		a.loginFailed(ctx, rawName, from, meanwhile)
	}
	return in, err
}

// mustChange leaves nothing of the rights but to say who it is.
func (in *LoggedIn) mustChange(x *Rights) {
	in.MustChange, in.Requester.MustChange = true, true
	in.Requester.Scopes = x.identifying(in.Requester.User)
	in.Requester.Owner = in.Requester.Scopes
}

// openSession opens a session, in one transaction with what says whose.
func (a *App) openSession(ctx context.Context, from Browser, whose func(data.Tx) (hub.User, error)) (LoggedIn, error) {
	in := LoggedIn{SessionCookie: hub.NewSecret(), LoginCookie: hub.NewSecret()}
	switch {
	case from.Framed:
		in.SessionCookie, in.LoginCookie = frameSecret+in.SessionCookie, frameSecret+in.LoginCookie
	case from.HostLogin:
		in.LoginCookie = HostLogin + in.LoginCookie
	}
	s := hub.Session{
		ID: hub.HashSecret(in.SessionCookie), LoginHash: hub.HashSecret(in.LoginCookie),
		Address: from.Address, UserAgent: clipText(from.UserAgent, 255),
	}
	var u hub.User
	err := a.store.Update(ctx, func(tx data.Tx) (err error) {
		if from.Former != "" {
			if err := tx.DeleteSession(ctx, hub.HashSecret(from.Former)); err != nil {
				return err
			}
		}
		if u, err = whose(tx); err != nil {
			return err
		}
		s.UserID, s.Created, s.LastSeen, s.Expires = u.ID, tx.Now(), tx.Now(), tx.Now().Add(a.cfg.SessionAge)
		if err := tx.CreateSession(ctx, s); err != nil {
			return err
		}
		if err := closeClaim(ctx, tx, u); err != nil { // of one for whom others vouched
			return err
		}
		return trimSessions(ctx, tx, u.ID)
	})
	if err != nil {
		return LoggedIn{}, err
	}
	a.activity.session(&s)
	in.Requester = Requester{User: u, Session: &s, Scopes: a.rights.ofUser(u), Address: from.Address, RequestID: from.RequestID}
	if from.Framed {
		a.rights.inFrame(&in.Requester)
	}
	return in, nil
}

// samePassword tells whether somebody's password is still the one that was right, and
// nothing was revoked since. A zero one was vouched for by others.
func samePassword(ctx context.Context, tx data.Tx, userID int64, pw hub.Password) (bool, error) {
	if pw.Hash == "" {
		return true, nil
	}
	now, err := tx.Password(ctx, userID)
	return now.Hash == pw.Hash && now.ChangedAt.Equal(pw.ChangedAt), absentOrError(err)
}

// checkPassword throttles, then checks. It takes as long for a name that does not
// exist, or has no password, as for one that does. With fresh, an authenticator that
// vouches for a name nobody has makes the person.
func (a *App) checkPassword(ctx context.Context, rawName, password string, from Browser, fresh bool) (hub.User, hub.Password, error) {
	name, nameErr := hub.UserName(rawName)
	if err := a.throttle.Check(ctx, name, from.Address); err != nil {
		a.loginFailed(ctx, rawName, from, tooMany)
		return hub.User{}, hub.Password{}, err
	}
	if a.cfg.DummyLogin != nil && nameErr == nil {
		ok, err := a.cfg.DummyLogin.Authenticate(ctx, name, password)
		if err != nil {
			return hub.User{}, hub.Password{}, err
		}
		if ok {
			a.throttle.Succeeded(ctx, name, from.Address)
			u, err := a.ensureUser(ctx, name, from, fresh)
			return u, hub.Password{}, err
		}
	}
	var u hub.User
	var pw hub.Password
	if nameErr == nil && a.cfg.NativeLogin {
		var err error
		if u, pw, err = a.passwordOf(ctx, name); err != nil {
			return u, pw, err
		}
	}
	if u.Suspended {
		pw.Hash = ""
	}
	ok, rehash, err := a.hasher.Verify(ctx, pw.Hash, password)
	if err != nil {
		return u, pw, err
	}
	if !ok {
		if err := a.unclaimed(ctx, u, password); err != nil {
			a.throttle.Undecided(name, from.Address) // nobody can guess a password that is not there
			return u, pw, err
		}
		a.throttle.Failed(ctx, name, from.Address)
		a.loginFailed(ctx, rawName, from, a.whyWrong(u, pw))
		return u, pw, errLogin()
	}
	a.throttle.Succeeded(ctx, name, from.Address)
	if rehash {
		pw.Hash = a.rehash(ctx, u, pw, password)
	}
	return u, pw, nil
}

// whyWrong says why a password was not right, to those alone who read the log.
func (a *App) whyWrong(u hub.User, pw hub.Password) string {
	switch {
	case u.Suspended:
		return suspended
	case !a.cfg.NativeLogin || a.cfg.DummyLogin != nil || pw.Hash != "":
		return wrongPassword
	case u.ID == 0:
		return noSuchPerson
	}
	return noPassword
}

// passwordOf gives zero values for somebody who is not there or has no password.
func (a *App) passwordOf(ctx context.Context, name string) (u hub.User, pw hub.Password, err error) {
	err = a.store.View(ctx, func(tx data.Tx) error {
		if u, err = tx.UserByName(ctx, name); err != nil {
			return err
		}
		pw, err = tx.Password(ctx, u.ID)
		return err
	})
	if hub.Is(err, hub.NotFound) {
		return u, hub.Password{}, nil
	}
	return u, pw, err
}

// rehash brings a good password's hash up to today's cost, and gives the one that is
// kept then. That it fails is no reason to refuse the login.
func (a *App) rehash(ctx context.Context, u hub.User, old hub.Password, password string) (kept string) {
	hash, err := a.hasher.Hash(ctx, password)
	if err == nil {
		err = a.store.Update(ctx, func(tx data.Tx) error {
			kept = old.Hash
			now, err := tx.Password(ctx, u.ID)
			if err != nil {
				return err
			}
			if now.Hash != old.Hash {
				if now.ChangedAt.Equal(old.ChangedAt) { // another login of theirs was quicker
					kept = now.Hash
				}
				return nil
			}
			kept = hash
			now.Hash = hash
			return tx.SetPassword(ctx, u.ID, now)
		})
	}
	if err != nil {
		a.log.WarnContext(ctx, "cannot renew a password's hash", "user", u.Name, "error", err)
		return old.Hash
	}
	return kept
}

// ensureUser finds somebody or, with fresh, makes them, for authenticators that vouch for names.
func (a *App) ensureUser(ctx context.Context, name string, from Browser, fresh bool) (u hub.User, err error) {
	err = a.store.Update(ctx, func(tx data.Tx) error {
		u, err = tx.UserByName(ctx, name)
		if !hub.Is(err, hub.NotFound) {
			if err == nil && u.Suspended {
				return errLogin()
			}
			return err
		}
		if !fresh {
			return errLogin()
		}
		made, err := tx.CreateUsers(ctx, []string{name}, false)
		if err != nil {
			return err
		}
		u = made[0]
		r := Requester{Address: from.Address, RequestID: from.RequestID}
		e := r.audit("user.create", "user", u.ID, u.Name, nil, map[string]any{"by": "dummy login"})
		e.Actor = hub.System()
		return tx.AddAudit(ctx, e)
	})
	return u, err
}

// Logout ends the requester's session, and with it every token that notebook
// servers hold for this browser.
func (a *App) Logout(ctx context.Context, r *Requester) error {
	if r.Session == nil {
		return nil
	}
	return a.store.Update(ctx, func(tx data.Tx) error { return tx.DeleteSession(ctx, r.Session.ID) })
}

// LogoutEverywhere ends all of the requester's sessions.
func (a *App) LogoutEverywhere(ctx context.Context, r *Requester) error {
	if !r.Known() {
		return nil
	}
	return a.store.Update(ctx, func(tx data.Tx) error {
		if _, err := tx.DeleteSessionsOf(ctx, r.User.ID, ""); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.audit("user.logout_everywhere", "user", r.User.ID, r.User.Name, nil, nil))
	})
}

// Revoke takes everything from a person by which they, or somebody with what they
// left lying about, could still get in: sessions and tokens, those of running
// servers excepted (they belong to the servers). The person stays, and may log in
// again with their password.
func (a *App) Revoke(ctx context.Context, r *Requester, name string) error {
	return a.store.Update(ctx, func(tx data.Tx) error {
		u, err := a.user(ctx, tx, r, name, "admin:users")
		if err != nil {
			return err
		}
		if err := a.mayTouchAdmin(r, u); err != nil {
			return err
		}
		if err := revokeAll(ctx, tx, u.ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.audit("user.revoke", "user", u.ID, u.Name, nil, nil))
	})
}

// revokeAll ends a person's sessions and tokens, but not the tokens of their servers.
func revokeAll(ctx context.Context, tx data.Tx, userID int64) error {
	if _, err := tx.DeleteSessionsOf(ctx, userID, ""); err != nil {
		return err
	}
	if _, err := tx.DeleteGivenTokens(ctx, userID); err != nil {
		return err
	}
	return endAttempts(ctx, tx, userID)
}

// endAttempts refuses the logins whose password is being checked right now.
func endAttempts(ctx context.Context, tx data.Tx, userID int64) error {
	pw, err := tx.Password(ctx, userID)
	if err != nil {
		return absentOrError(err)
	}
	next := pw.ChangedAt.Add(time.Microsecond)
	if tx.Now().After(next) {
		next = tx.Now()
	}
	pw.ChangedAt = next
	return tx.SetPassword(ctx, userID, pw)
}

func clipText(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
