package login

import (
	"context"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// ChangePassword sets the requester's own password. It needs a browser session,
// not a token: a token that leaked must not be able to lock its owner out. Their
// other sessions end. A wrong old one is hub.Unauthenticated.
func (l *Logins) ChangePassword(ctx context.Context, r *access.Requester, old, password string) error {
	if r.Session == nil {
		return hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	if err := l.throttle.Check(ctx, r.User.Name, r.Address); err != nil {
		return err
	}
	_, pw, err := l.passwordOf(ctx, r.User.Name)
	if err != nil {
		return err
	}
	ok, _, err := l.hasher.Verify(ctx, pw.Hash, old)
	if err != nil {
		return err
	}
	if !ok {
		l.throttle.Failed(ctx, r.User.Name, r.Address)
		l.LoginFailed(ctx, r.User.Name, Browser{Address: r.Address}, wrongPresent)
		return hub.Errorf(hub.Unauthenticated, "The current password is not right.")
	}
	l.throttle.Succeeded(ctx, r.User.Name, r.Address)
	if password == old {
		return hub.Errorf(hub.Invalid, "The new password is the old one. Choose another.")
	}
	if err := l.CheckNewPassword(r.User.Name, password, false); err != nil {
		return err
	}
	hash, err := l.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return l.store.Update(ctx, func(tx data.Tx) error {
		now, err := tx.Password(ctx, r.User.ID)
		if err != nil {
			return err
		}
		if now.Hash != pw.Hash {
			return hub.Errorf(hub.Conflict, "The password was changed meanwhile. Log in again.")
		}
		if err := tx.SetPassword(ctx, r.User.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()}); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(ctx, r.User.ID, r.Session.ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("user.password", "user", r.User.ID, r.User.Name, nil, nil))
	})
}

// NewPassword makes a random password that meets the policy: 16 letters and digits,
// with dashes where the policy asks for more.
func (l *Logins) NewPassword() string {
	password := hub.NewPassword()
	if bare := strings.ReplaceAll(password, "-", ""); l.cfg.Passwords.check("", bare) == nil {
		return bare
	}
	return password
}

// HasPassword tells whether somebody can log in with a password.
func (l *Logins) HasPassword(ctx context.Context, userID int64) (bool, error) {
	err := l.store.View(ctx, func(tx data.Tx) error {
		_, err := tx.Password(ctx, userID)
		return err
	})
	if hub.Is(err, hub.NotFound) {
		return false, nil
	}
	return err == nil, err
}
