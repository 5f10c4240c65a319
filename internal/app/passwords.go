package app

import (
	"context"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// ChangePassword sets the requester's own password. It needs a browser session,
// not a token: a token that leaked must not be able to lock its owner out. Their
// other sessions end. A wrong old one is hub.Unauthenticated.
func (a *App) ChangePassword(ctx context.Context, r *Requester, old, password string) error {
	if r.Session == nil {
		return hub.Errorf(hub.Forbidden, msgAnonymous)
	}
	if err := a.throttle.Check(ctx, r.User.Name, r.Address); err != nil {
		return err
	}
	_, pw, err := a.passwordOf(ctx, r.User.Name)
	if err != nil {
		return err
	}
	ok, _, err := a.hasher.Verify(ctx, pw.Hash, old)
	if err != nil {
		return err
	}
	if !ok {
		a.throttle.Failed(ctx, r.User.Name, r.Address)
		a.loginFailed(ctx, r.User.Name, Browser{Address: r.Address}, wrongPresent)
		return hub.Errorf(hub.Unauthenticated, "The current password is not right.")
	}
	a.throttle.Succeeded(ctx, r.User.Name, r.Address)
	if password == old {
		return hub.Errorf(hub.Invalid, "The new password is the old one. Choose another.")
	}
	if err := a.checkNewPassword(r.User.Name, password, false); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx data.Tx) error {
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
		return tx.AddAudit(ctx, r.audit("user.password", "user", r.User.ID, r.User.Name, nil, nil))
	})
}

// NewPassword makes a random password that meets the policy: 16 letters and digits,
// with dashes where the policy asks for more.
func (a *App) NewPassword() string {
	password := hub.NewPassword()
	if bare := strings.ReplaceAll(password, "-", ""); a.cfg.Passwords.check("", bare) == nil {
		return bare
	}
	return password
}

// HasPassword tells whether somebody can log in with a password.
func (a *App) HasPassword(ctx context.Context, userID int64) (bool, error) {
	err := a.store.View(ctx, func(tx data.Tx) error {
		_, err := tx.Password(ctx, userID)
		return err
	})
	if hub.Is(err, hub.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// SetPassword gives one person a password; their sessions end. It is hub.Invalid with
// what is wrong with the password.
func (a *App) SetPassword(ctx context.Context, r *Requester, name, password string, mustChange bool) error {
	err := a.store.View(ctx, func(tx data.Tx) error {
		u, err := a.user(ctx, tx, r, name, "admin:users")
		if err != nil {
			return err
		}
		return a.mayBecome(r, u)
	})
	if err != nil {
		return err
	}
	results, err := a.BulkPasswords(ctx, r, PasswordsRequest{MustChange: mustChange, Rows: []UserRow{{Username: name, Password: password}}})
	if err != nil {
		return err
	}
	switch x := results[0]; x.Status {
	case RowNotFound:
		return hub.Errorf(hub.NotFound, "There is no user %s", x.Username)
	case RowFailed:
		return hub.Errorf(hub.Invalid, "%s", x.Message)
	}
	return nil
}
