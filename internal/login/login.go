package login

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/access"
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
	Requester     access.Requester
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
func (l *Logins) Login(ctx context.Context, rawName, password string, from Browser) (LoggedIn, error) {
	u, pw, err := l.CheckPassword(ctx, rawName, password, from, true)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := l.openSession(ctx, from, func(tx data.Tx) (hub.User, error) {
		// Again, inside the transaction: somebody may have been suspended or have got
		// another password while this one was being checked.
		now, err := tx.UserByID(ctx, u.ID)
		if err != nil {
			return now, notThere(err)
		}
		if now.Suspended {
			return now, errLogin()
		}
		if same, err := SamePassword(ctx, tx, u.ID, pw); err != nil || !same {
			return now, cmp.Or(err, errLogin())
		}
		return now, nil
	})
	if err == nil && pw.MustChange {
		in.mustChange(l.rights)
	}
	if hub.Is(err, hub.Unauthenticated) {
		l.LoginFailed(ctx, rawName, from, meanwhile)
	}
	return in, err
}

// mustChange leaves nothing of the rights but to say who it is.
func (in *LoggedIn) mustChange(x *access.Rights) {
	in.MustChange, in.Requester.MustChange = true, true
	in.Requester.Scopes = x.Identifying(in.Requester.User)
	in.Requester.Owner = in.Requester.Scopes
}

// openSession opens a session, in one transaction with what says whose.
func (l *Logins) openSession(ctx context.Context, from Browser, whose func(data.Tx) (hub.User, error)) (LoggedIn, error) {
	in := LoggedIn{SessionCookie: hub.NewSecret(), LoginCookie: hub.NewSecret()}
	switch {
	case from.Framed:
		in.SessionCookie, in.LoginCookie = access.FrameSecretPrefix+in.SessionCookie, access.FrameSecretPrefix+in.LoginCookie
	case from.HostLogin:
		in.LoginCookie = HostLogin + in.LoginCookie
	}
	s := hub.Session{
		ID: hub.HashSecret(in.SessionCookie), LoginHash: hub.HashSecret(in.LoginCookie),
		Address: from.Address, UserAgent: hub.Truncate(from.UserAgent, 255),
	}
	var u hub.User
	err := l.store.Update(ctx, func(tx data.Tx) (err error) {
		if from.Former != "" {
			if err := tx.DeleteSession(ctx, hub.HashSecret(from.Former)); err != nil {
				return err
			}
		}
		if u, err = whose(tx); err != nil {
			return err
		}
		s.UserID, s.Created, s.LastSeen, s.Expires = u.ID, tx.Now(), tx.Now(), tx.Now().Add(l.cfg.SessionAge)
		if err := tx.CreateSession(ctx, s); err != nil {
			return err
		}
		if err := CloseClaim(ctx, tx, u); err != nil { // of one for whom others vouched
			return err
		}
		return trimSessions(ctx, tx, u.ID)
	})
	if err != nil {
		return LoggedIn{}, err
	}
	l.activity.SawSession(&s)
	in.Requester = l.rights.Requester(u)
	in.Requester.Session, in.Requester.Address, in.Requester.RequestID = &s, from.Address, from.RequestID
	if from.Framed {
		l.rights.InFrame(&in.Requester)
	}
	return in, nil
}

// mostSessions bounds the logins of a person without being in anybody's way: many machines
// of a lecture hall may share an account. sessionsAtOnce bounds how many one login ends.
const (
	mostSessions   = 1000
	sessionsAtOnce = 50
)

// SamePassword tells whether somebody's password is still the one that was right, and
// nothing was revoked since. A zero one was vouched for by others.
func SamePassword(ctx context.Context, tx data.Tx, userID int64, pw hub.Password) (bool, error) {
	if pw.Hash == "" {
		return true, nil
	}
	now, err := tx.Password(ctx, userID)
	return now.Hash == pw.Hash && now.ChangedAt.Equal(pw.ChangedAt), hub.IgnoreNotFound(err)
}

// attempt is a login that is being checked; its name is normalised, and empty where it is none.
type attempt struct {
	name, password string
	from           Browser
	fresh          bool
}

// verdict is what a method says of an attempt.
type verdict struct {
	right    bool
	identity hub.Identity // whom others vouch for
	user     hub.User     // whose password of the hub's own was asked for
	pw       hub.Password
	rehash   bool
	why      string // it was not right, for the log
}

// CheckPassword throttles, then asks the methods, until one lets somebody in. With the hub's own passwords it takes as long
// for a name that does not exist, or has no password, as for one that does. With fresh, somebody
// whom others vouch for, and who has not been here, is made.
func (l *Logins) CheckPassword(ctx context.Context, rawName, password string, from Browser, fresh bool) (hub.User, hub.Password, error) {
	a := attempt{password: password, from: from, fresh: fresh}
	if name, err := hub.UserName(rawName); err == nil {
		a.name = name
	}
	if err := l.throttle.Check(ctx, a.name, from.Address); err != nil {
		l.LoginFailed(ctx, rawName, from, tooMany)
		return hub.User{}, hub.Password{}, err
	}
	o := outcome{wrong: verdict{why: wrongPassword}}
	for _, m := range l.cfg.Methods {
		v, err := l.ask(ctx, m, a)
		if err == nil && v.right {
			var u hub.User
			var pw hub.Password
			if u, pw, err = l.admit(ctx, m, v, a); err == nil {
				l.throttle.Succeeded(ctx, a.name, from.Address)
				return u, pw, nil
			}
			o.refused = cmp.Or(o.refused, err)
			continue
		}
		o.note(m, v, err)
	}
	switch {
	case o.isGuess(l.cfg.Methods):
		l.throttle.Failed(ctx, a.name, from.Address)
		l.LoginFailed(ctx, rawName, from, o.wrong.why)
	default:
		l.throttle.Undecided(a.name, from.Address)
		if o.refused != nil {
			l.LoginFailed(ctx, rawName, from, whyRefused(o.refused))
		}
	}
	return o.wrong.user, o.wrong.pw, cmp.Or(o.refused, o.undecided, errLogin())
}

// outcome is what the methods have said of an attempt that none let in.
type outcome struct {
	refused     error   // by a method that knew name and password
	undecided   error   // of the first method that could not tell
	wrong       verdict // of the last method that it was not right for
	judged      bool    // there is one
	ownDecision bool    // it is that of the hub's own passwords
}

func (o *outcome) note(m Method, v verdict, err error) {
	if err != nil {
		o.undecided = cmp.Or(o.undecided, err)
		return
	}
	o.wrong, o.judged = v, true
	o.ownDecision = o.ownDecision || m.Check == nil
}

// isGuess tells whether somebody has guessed at a password: one of the hub's own, where there are
// such; else one of a provider, if all of them could tell. Whoever was right somewhere has not.
func (o *outcome) isGuess(methods Methods) bool {
	if o.refused != nil {
		return false
	}
	if methods.HasNative() {
		return o.ownDecision
	}
	return o.undecided == nil
}

// whyRefused says why somebody was not let in although a method knew them, for the log.
func whyRefused(err error) string {
	switch hub.ErrorCode(err) {
	case hub.Forbidden:
		return nameTaken
	case hub.Unauthenticated:
		return suspended
	default:
		return "it could not be told whether they may come in"
	}
}

func (l *Logins) ask(ctx context.Context, m Method, a attempt) (verdict, error) {
	if m.Check == nil {
		return l.askNative(ctx, a)
	}
	if a.name == "" {
		return verdict{why: noSuchPerson}, nil
	}
	id, ok, err := m.Check.Authenticate(ctx, a.name, a.password)
	return verdict{right: ok, identity: id, why: wrongPassword}, err
}

// askNative asks the hub's own passwords. The error has an UnclaimedError as its cause where there
// is none yet, and the login may set it.
func (l *Logins) askNative(ctx context.Context, a attempt) (v verdict, err error) {
	if a.name != "" {
		if v.user, v.pw, err = l.passwordOf(ctx, a.name); err != nil {
			return v, err
		}
	}
	if v.user.Suspended {
		v.pw.Hash = ""
	}
	v.right, v.rehash, err = l.hasher.Verify(ctx, v.pw.Hash, a.password)
	if err != nil || v.right {
		return v, err
	}
	v.why = l.whyWrong(v.user, v.pw)
	return v, l.unclaimed(ctx, v.user, a.password)
}

// admit is the person whom a method has let in.
func (l *Logins) admit(ctx context.Context, m Method, v verdict, a attempt) (hub.User, hub.Password, error) {
	if m.Check != nil {
		u, err := l.personOf(ctx, m, v.identity, a.from, a.fresh)
		return u, hub.Password{}, err
	}
	if v.rehash {
		v.pw.Hash = l.rehash(ctx, v.user, v.pw, a.password)
	}
	return v.user, v.pw, nil
}

// whyWrong says why a password was not right, to those alone who read the log.
func (l *Logins) whyWrong(u hub.User, pw hub.Password) string {
	switch {
	case u.Suspended:
		return suspended
	case l.cfg.Methods.Vouched() || pw.Hash != "":
		return wrongPassword
	case u.ID == 0:
		return noSuchPerson
	}
	return noPassword
}

// passwordOf gives zero values for somebody who is not there or has no password.
func (l *Logins) passwordOf(ctx context.Context, name string) (u hub.User, pw hub.Password, err error) {
	err = l.store.View(ctx, func(tx data.Tx) error {
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
func (l *Logins) rehash(ctx context.Context, u hub.User, old hub.Password, password string) (kept string) {
	hash, err := l.hasher.Hash(ctx, password)
	if err == nil {
		err = l.store.Update(ctx, func(tx data.Tx) error {
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
		l.log.WarnContext(ctx, "cannot renew a password's hash", "user", u.Name, "error", err)
		return old.Hash
	}
	return kept
}

// Logout ends the requester's session, and with it every token that notebook
// servers hold for this browser.
func (l *Logins) Logout(ctx context.Context, r *access.Requester) error {
	if r.Session == nil {
		return nil
	}
	return l.store.Update(ctx, func(tx data.Tx) error { return tx.DeleteSession(ctx, r.Session.ID) })
}

// LogoutEverywhere ends all of the requester's sessions.
func (l *Logins) LogoutEverywhere(ctx context.Context, r *access.Requester) error {
	if !r.Known() {
		return nil
	}
	return l.store.Update(ctx, func(tx data.Tx) error {
		if _, err := tx.DeleteSessionsOf(ctx, r.User.ID, ""); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("user.logout_everywhere", "user", r.User.ID, r.User.Name, nil, nil))
	})
}

// Revoke takes everything from a person by which they, or somebody with what they
// left lying about, could still get in: sessions and tokens, those of running
// servers excepted (they belong to the servers). The person stays, and may log in
// again with their password.
func (l *Logins) Revoke(ctx context.Context, r *access.Requester, name string) error {
	return l.store.Update(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, name, "admin:users")
		if err != nil {
			return err
		}
		if err := l.policy.MayTouchAdmin(r, u); err != nil {
			return err
		}
		if err := RevokeAll(ctx, tx, u.ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("user.revoke", "user", u.ID, u.Name, nil, nil))
	})
}

// RevokeAll ends a person's sessions and tokens, but not the tokens of their servers.
func RevokeAll(ctx context.Context, tx data.Tx, userID int64) error {
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
		return hub.IgnoreNotFound(err)
	}
	next := pw.ChangedAt.Add(time.Microsecond)
	if tx.Now().After(next) {
		next = tx.Now()
	}
	pw.ChangedAt = next
	return tx.SetPassword(ctx, userID, pw)
}

// trimSessions ends a person's sessions beyond the limit, the ones that were not seen for
// longest.
func trimSessions(ctx context.Context, tx data.Tx, userID int64) error {
	stale, err := tx.StaleSessions(ctx, userID, mostSessions, sessionsAtOnce)
	for _, id := range stale {
		err = errors.Join(err, tx.DeleteSession(ctx, id))
	}
	return err
}
