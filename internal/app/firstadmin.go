package app

import (
	"context"
	"errors"

	"github.com/atriumhub/atrium/internal/hub"
)

// AdminCredentials are the first administrator's, given or generated.
type AdminCredentials struct {
	Username string
	Password string
	Token    string
}

// Settings under which is kept what was applied, as hashes.
const (
	settingAdminUser     = "admin.username"
	settingAdminPassword = "admin.password.applied"
	settingAdminToken    = "admin.token.applied" //nolint:gosec // the name of a setting
)

// NeedsAdmin tells whether no administrator was ever set up.
func (a *App) NeedsAdmin(ctx context.Context) (bool, error) {
	err := a.store.View(ctx, func(tx Tx) error {
		_, err := tx.Setting(ctx, settingAdminUser)
		return err
	})
	if hub.Is(err, hub.NotFound) {
		return true, nil
	}
	return false, err
}

// ApplyAdmin makes the person an administrator with the credentials given, each
// only where it differs from the one applied last: the same value never overwrites
// a later change. A new password ends their sessions; a new token replaces the one
// applied before. Empty ones are left alone. It says whether anything changed.
func (a *App) ApplyAdmin(ctx context.Context, c AdminCredentials) (bool, error) {
	name, err := hub.UserName(c.Username)
	if err != nil {
		return false, err
	}
	if c.Token != "" && len(c.Token) < 8 {
		return false, hub.Errorf(hub.Invalid, "The administrator's token is too short: use at least 8 characters")
	}
	passwordMark, tokenMark, err := a.marks(ctx, name, c)
	if err != nil {
		return false, err
	}
	var hash string
	if passwordMark != "" {
		if hash, err = a.hasher.Hash(ctx, c.Password); err != nil {
			return false, err
		}
	}
	changed := false
	err = a.store.Update(ctx, func(tx Tx) error {
		u, made, err := ensureAdmin(ctx, tx, name)
		if err != nil {
			return err
		}
		changed = made || hash != "" || tokenMark != ""
		err = applyPassword(ctx, tx, u, hash, passwordMark)
		if err == nil {
			err = applyToken(ctx, tx, u, c.Token, tokenMark)
		}
		if err != nil {
			return err
		}
		return tx.SetSetting(ctx, settingAdminUser, name)
	})
	return changed, err
}

// marks are the hashes to remember of what has to be applied; empty for what has
// been. The password's is made slow, since a person chose it.
func (a *App) marks(ctx context.Context, name string, c AdminCredentials) (password, token string, err error) {
	applied, err := a.appliedAdmin(ctx)
	if err != nil {
		return "", "", err
	}
	if applied.user != name {
		applied = appliedAdmin{}
	}
	if h := hub.HashSecret(c.Token); c.Token != "" && h != applied.token {
		token = h
	}
	if c.Password == "" {
		return "", token, nil
	}
	if applied.password != "" {
		same, _, err := a.hasher.Verify(ctx, applied.password, c.Password)
		if err != nil || same {
			return "", token, err
		}
	}
	password, err = a.hasher.Hash(ctx, c.Password)
	return password, token, err
}

// appliedAdmin is what was applied last: a name, and hashes.
type appliedAdmin struct{ user, password, token string }

func (a *App) appliedAdmin(ctx context.Context) (last appliedAdmin, err error) {
	err = a.store.View(ctx, func(tx Tx) error {
		for key, into := range map[string]*string{
			settingAdminUser: &last.user, settingAdminPassword: &last.password, settingAdminToken: &last.token,
		} {
			v, err := tx.Setting(ctx, key)
			if err != nil && !hub.Is(err, hub.NotFound) {
				return err
			}
			*into = v
		}
		return nil
	})
	return last, err
}

// ensureAdmin finds the person, or makes them. Rights that somebody took away after
// the first set-up stay away.
func ensureAdmin(ctx context.Context, tx Tx, name string) (u hub.User, changed bool, err error) {
	u, err = tx.UserByName(ctx, name)
	switch {
	case hub.Is(err, hub.NotFound):
		made, err := tx.CreateUsers(ctx, []string{name}, true)
		if err != nil {
			return u, false, err
		}
		u = made[0]
	case err != nil || u.Admin:
		return u, false, err
	default:
		_, err := tx.Setting(ctx, settingAdminUser)
		if !hub.Is(err, hub.NotFound) {
			return u, false, err
		}
		u.Admin = true
		if err := tx.UpdateUser(ctx, u); err != nil {
			return u, false, err
		}
	}
	tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
	return u, true, systemAudit(ctx, tx, "user.create", u)
}

// applyPassword sets the password; an empty hash leaves it as it is.
func applyPassword(ctx context.Context, tx Tx, u hub.User, hash, mark string) error {
	if hash == "" {
		return nil
	}
	if err := tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()}); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, u.ID, ""); err != nil {
		return err
	}
	if err := systemAudit(ctx, tx, "user.password", u); err != nil {
		return err
	}
	return tx.SetSetting(ctx, settingAdminPassword, mark)
}

// applyToken adds the token in the place of the one applied before; an empty mark
// leaves it as it is.
func applyToken(ctx context.Context, tx Tx, u hub.User, secret, mark string) error {
	if mark == "" {
		return nil
	}
	if old, err := tx.Setting(ctx, settingAdminToken); err == nil {
		t, err := tx.TokenByHash(ctx, old)
		switch {
		case err == nil && t.ServiceID == 0: // a service may have got the same secret since
			if err := revoked(ctx, tx, t.UserID)(tx.DeleteToken(ctx, t.ID)); err != nil {
				return err
			}
		case err != nil && !hub.Is(err, hub.NotFound):
			return err
		}
	} else if !hub.Is(err, hub.NotFound) {
		return err
	}
	_, err := tx.CreateToken(ctx, hub.Token{
		UserID: u.ID, Hash: hub.HashSecret(secret), Note: "from the hub's configuration",
		ClientID: hub.APIClient, Scopes: []string{"inherit"},
	})
	if hub.Is(err, hub.Conflict) {
		return hub.Errorf(hub.Invalid, "The administrator's token is in use as another token; choose a new one")
	}
	if err != nil {
		return err
	}
	if err := systemAudit(ctx, tx, "token.create", u); err != nil {
		return err
	}
	return tx.SetSetting(ctx, settingAdminToken, mark)
}

func systemAudit(ctx context.Context, tx Tx, action string, u hub.User) error {
	return tx.AddAudit(ctx, hub.AuditEntry{
		Actor: hub.System(), Action: action, TargetKind: "user", TargetID: u.ID, TargetName: u.Name,
	})
}

// ResetAdmin gives somebody administrator's rights and a password, whatever they
// had before, and ends their sessions. It is for the one who holds the data
// directory and has lost everything else.
func (a *App) ResetAdmin(ctx context.Context, raw, password string) error {
	name, err := hub.UserName(raw)
	if err != nil {
		return err
	}
	if err := a.checkNewPassword(name, password); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx Tx) error {
		u, err := tx.UserByName(ctx, name)
		if hub.Is(err, hub.NotFound) {
			u, _, err = ensureAdmin(ctx, tx, name)
		}
		if err != nil {
			return err
		}
		u.Admin, u.Suspended = true, false
		err = errors.Join(
			tx.UpdateUser(ctx, u),
			tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()}),
			endSessions(ctx, tx, u.ID, ""),
			systemAudit(ctx, tx, "user.reset_admin", u),
		)
		tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
		return err
	})
}

// Secret gives the hub's own secret under the key, made at the first call.
func (a *App) Secret(ctx context.Context, key string) (secret string, err error) {
	err = a.store.Update(ctx, func(tx Tx) error {
		secret, err = tx.Setting(ctx, key)
		if !hub.Is(err, hub.NotFound) {
			return err
		}
		secret = hub.NewSecret()
		return tx.SetSetting(ctx, key, secret)
	})
	return secret, err
}
