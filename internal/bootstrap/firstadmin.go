package bootstrap

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/tokens"
)

// AdminCredentials are the first administrator's, given or generated.
type AdminCredentials struct {
	Username string
	Password string
	Token    string
	// First: apply them only where no administrator was ever set up.
	First bool
}

// AdminApplied is what became of the administrator's credentials.
type AdminApplied struct {
	Changed bool   // something was applied
	Late    bool   // First, but somebody else was quicker: nothing was applied
	Warning string // why less was applied than was asked for; empty otherwise
}

// Settings under which is kept what was applied, the latter two as hashes. Those that
// end in a dot are followed by the name, or by the person's id.
const (
	settingAdminUser     = "admin.username" // the name used last
	settingAdminID       = "admin.id."
	settingAdminPassword = "admin.password.applied."
	settingAdminToken    = "admin.token.applied." //nolint:gosec // the name of a setting
)

// NeedsAdmin tells whether no administrator was ever set up.
func (b *Bootstrap) NeedsAdmin(ctx context.Context) (needs bool, err error) {
	err = b.store.View(ctx, func(tx data.Tx) error {
		last, err := data.OptionalSetting(ctx, tx, settingAdminUser)
		needs = last == ""
		return err
	})
	return needs, err
}

// ApplyAdmin makes an administrator with the credentials given, each only where it
// differs from the one that was applied to this person last: the same value never
// overwrites a later change. A new password ends their sessions; a new token replaces
// the one applied before. Empty ones are left alone. Of somebody under whose name an
// administrator was set up before, nothing is restored: neither the person, where they
// were deleted, nor their rights. It is hub.Invalid where a name used for the first
// time is that of somebody who is no administrator.
func (b *Bootstrap) ApplyAdmin(ctx context.Context, c AdminCredentials) (done AdminApplied, err error) {
	if c.Username, err = hub.UserName(c.Username); err != nil {
		return done, err
	}
	if c.Token != "" && len(c.Token) < 8 {
		return done, hub.Errorf(hub.Invalid, "The administrator's token is too short: use at least 8 characters")
	}
	fresh, err := b.freshAdmin(ctx, c)
	if err != nil {
		return done, err
	}
	err = b.store.Update(ctx, func(tx data.Tx) error {
		done = AdminApplied{}
		last, err := data.OptionalSetting(ctx, tx, settingAdminUser)
		if err != nil {
			return err
		}
		if done.Late = c.First && last != ""; done.Late {
			return nil
		}
		return b.applyAdmin(ctx, tx, c, fresh, last == "", &done)
	})
	return done, err
}

func (b *Bootstrap) applyAdmin(ctx context.Context, tx data.Tx, c AdminCredentials, fresh freshAdmin, first bool, done *AdminApplied) error {
	id, known, err := adminID(ctx, tx, c.Username)
	if err != nil {
		return err
	}
	u, err := tx.UserByName(ctx, c.Username)
	if known && (hub.Is(err, hub.NotFound) || err == nil && u.ID != id) {
		done.Warning = c.Username + " was set up as the administrator before and is not there any more. Nobody is made anew: " +
			"choose another name for the administrator, or leave the name and the credentials out of the configuration."
		return nil
	}
	switch {
	case hub.Is(err, hub.NotFound), err == nil && first:
		u, done.Changed, err = ensureAdmin(ctx, tx, c.Username)
	case err == nil && !u.Admin && !known:
		err = hub.Errorf(hub.Invalid, "%s is no administrator of this hub, so no credentials of one are given to them. "+
			"Choose another name for the administrator, or let an administrator make %s one.", u.Name, u.Name)
	case err == nil && !u.Admin:
		done.Warning = u.Name + " is no administrator any more, and does not become one again by the configuration."
	}
	if err != nil {
		return err
	}
	if fresh.id != u.ID && fresh.id != 0 {
		return hub.Errorf(hub.Conflict, "%s was replaced meanwhile. Start again.", u.Name)
	}
	done.Changed = done.Changed || fresh.password != "" || fresh.token
	if err := applyPassword(ctx, tx, u, fresh); err != nil {
		return err
	}
	if fresh.token {
		if err := applyToken(ctx, tx, u, c.Token); err != nil {
			return err
		}
	}
	if err := tx.SetSetting(ctx, settingAdminID+u.Name, strconv.FormatInt(u.ID, 10)); err != nil {
		return err
	}
	return tx.SetSetting(ctx, settingAdminUser, u.Name)
}

// adminID is who was set up under the name; known is false where nobody was.
func adminID(ctx context.Context, tx data.Tx, name string) (id int64, known bool, err error) {
	v, err := data.OptionalSetting(ctx, tx, settingAdminID+name)
	if err != nil || v == "" {
		return 0, false, err
	}
	id, err = strconv.ParseInt(v, 10, 64)
	return id, true, err
}

// freshAdmin is what has to be applied, since it was not: hashes of the password, one
// to check logins and one to remember it by, both slow, since a person chose it.
type freshAdmin struct {
	id             int64 // of the person that was looked at; 0: nobody
	password, mark string
	token          bool
}

func (b *Bootstrap) freshAdmin(ctx context.Context, c AdminCredentials) (f freshAdmin, err error) {
	var password, token string
	err = b.store.View(ctx, func(tx data.Tx) error {
		u, err := tx.UserByName(ctx, c.Username)
		if err != nil {
			return hub.IgnoreNotFound(err)
		}
		f.id = u.ID
		if password, err = appliedMark(ctx, tx, settingAdminPassword, u); err != nil {
			return err
		}
		token, err = appliedMark(ctx, tx, settingAdminToken, u)
		return err
	})
	if err != nil {
		return f, err
	}
	f.token = c.Token != "" && hub.HashSecret(c.Token) != token
	if c.Password == "" {
		return f, nil
	}
	if password != "" {
		same, _, err := b.hasher.Verify(ctx, password, c.Password)
		if err != nil || same {
			return f, err
		}
	}
	if f.mark, err = b.hasher.Hash(ctx, c.Password); err != nil {
		return f, err
	}
	f.password, err = b.hasher.Hash(ctx, c.Password)
	return f, err
}

// appliedMark is what was applied to the person last. Before it was kept of each, it
// was kept of the one whose name was used last.
func appliedMark(ctx context.Context, tx data.Tx, prefix string, u hub.User) (string, error) {
	mark, err := data.OptionalSetting(ctx, tx, markOf(prefix, u))
	if err != nil || mark != "" {
		return mark, err
	}
	last, err := data.OptionalSetting(ctx, tx, settingAdminUser)
	_, known, idErr := adminID(ctx, tx, u.Name)
	if err != nil || idErr != nil || last != u.Name || known {
		return "", cmp.Or(err, idErr)
	}
	return data.OptionalSetting(ctx, tx, strings.TrimSuffix(prefix, "."))
}

func markOf(prefix string, u hub.User) string { return prefix + strconv.FormatInt(u.ID, 10) }

// ensureAdmin finds the person, or makes them, and gives them administrator's rights.
func ensureAdmin(ctx context.Context, tx data.Tx, name string) (u hub.User, changed bool, err error) {
	u, err = tx.UserByName(ctx, name)
	var before any
	action := "user.create"
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
		action, before = "user.change", access.UserRecord(u)
		u.Admin = true
		if err := tx.UpdateUser(ctx, u); err != nil {
			return u, false, err
		}
	}
	return u, true, systemAudit(ctx, tx, action, u, before, access.UserRecord(u))
}

// applyPassword sets the password, where there is one to set.
func applyPassword(ctx context.Context, tx data.Tx, u hub.User, fresh freshAdmin) error {
	if fresh.password == "" {
		return nil
	}
	if err := tx.SetPassword(ctx, u.ID, hub.Password{Hash: fresh.password, ChangedAt: tx.Now()}); err != nil {
		return err
	}
	if _, err := tx.DeleteSessionsOf(ctx, u.ID, ""); err != nil {
		return err
	}
	if err := systemAudit(ctx, tx, "user.password", u, nil, nil); err != nil {
		return err
	}
	return tx.SetSetting(ctx, markOf(settingAdminPassword, u), fresh.mark)
}

// applyToken adds the token in the place of the one applied before.
func applyToken(ctx context.Context, tx data.Tx, u hub.User, secret string) error {
	if err := dropAppliedToken(ctx, tx, u); err != nil {
		return err
	}
	hash := hub.HashSecret(secret)
	// Looked up first: a failed statement would lose the transaction.
	if t, err := tx.TokenByHash(ctx, hash); err == nil {
		if t.UserID == u.ID { // applied before it was kept to whom
			return tx.SetSetting(ctx, markOf(settingAdminToken, u), hash)
		}
		return hub.Errorf(hub.Invalid, "The administrator's token is in use as another token; choose a new one")
	} else if !hub.Is(err, hub.NotFound) {
		return err
	}
	t, err := tx.CreateToken(ctx, hub.Token{
		UserID: u.ID, Hash: hash, Note: "from the hub's configuration", ClientID: hub.APIClient, Scopes: []string{"inherit"},
		Chosen: true,
	})
	if err != nil {
		return err
	}
	if err := systemAudit(ctx, tx, "token.create", u, nil, tokenRecord(t)); err != nil {
		return err
	}
	return tx.SetSetting(ctx, markOf(settingAdminToken, u), hash)
}

// dropAppliedToken revokes the token that was applied to the person before.
func dropAppliedToken(ctx context.Context, tx data.Tx, u hub.User) error {
	old, err := data.OptionalSetting(ctx, tx, markOf(settingAdminToken, u))
	if err != nil || old == "" {
		return err
	}
	t, err := tx.TokenByHash(ctx, old)
	if err != nil || t.UserID != u.ID {
		return hub.IgnoreNotFound(err)
	}
	if _, err := tx.DeleteToken(ctx, t.ID); err != nil {
		return err
	}
	return systemAudit(ctx, tx, "token.delete", u, tokenRecord(t), nil)
}

func tokenRecord(t hub.Token) map[string]any {
	return map[string]any{"token": tokens.TokenID(t), "note": t.Note}
}

// systemAudit is the entry of something that the hub does to a person by itself.
func systemAudit(ctx context.Context, tx data.Tx, action string, u hub.User, before, after any) error {
	return tx.AddAudit(ctx, (&access.Requester{}).Audit(action, "user", u.ID, u.Name, before, after))
}

// fileNote is the note of the token that lies in the data directory for the command line.
const fileNote = "in admin-credentials.json"

// ResetAdmin gives somebody administrator's rights and a password, whatever they
// had before, and ends their sessions and tokens; a token that is given takes their place.
// Where nobody has the name, they are made. It is for the one who holds the data
// directory and has lost everything else.
func (b *Bootstrap) ResetAdmin(ctx context.Context, raw, password, token string) (made bool, err error) {
	name, err := hub.UserName(raw)
	if err != nil {
		return false, err
	}
	if err := b.logins.CheckNewPassword(name, password, false); err != nil {
		return false, err
	}
	hash, err := b.hasher.Hash(ctx, password)
	if err != nil {
		return false, err
	}
	err = b.store.Update(ctx, func(tx data.Tx) error {
		_, err := tx.UserByName(ctx, name)
		made = hub.Is(err, hub.NotFound)
		u, _, err := ensureAdmin(ctx, tx, name)
		if err != nil {
			return err
		}
		before := access.UserRecord(u)
		u.Suspended = false
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := login.RevokeAll(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()}); err != nil {
			return err
		}
		if token != "" {
			if _, err := tx.CreateToken(ctx, hub.Token{
				UserID: u.ID, Hash: hub.HashSecret(token), Note: fileNote, ClientID: hub.APIClient, Scopes: []string{scopes.Inherit},
				Chosen: true,
			}); err != nil {
				return err
			}
		}
		return systemAudit(ctx, tx, "user.reset_admin", u, before, access.UserRecord(u))
	})
	return made, err
}
