package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// SessionView is a browser that is logged in, as its person may see it.
type SessionView struct {
	hub.Session
	PublicID string // by which it is ended; the session's own ID and its secrets cannot be told from it
	Device   Device
	Current  bool // the requester's own
}

const publicIDPurpose = "atrium session 1|"

// publicID is what lists show of a session. What is in the database is a hash already; this one is
// of no use in any other place, not even for whoever reads the database.
func publicID(s hub.Session) string {
	sum := sha256.Sum256([]byte(publicIDPurpose + s.ID))
	return hex.EncodeToString(sum[:12])
}

// findOwner finds whose sessions a request is about: the requester's own, for which it takes one of
// the scopes, or another's, which are for those who administer people.
func findOwner(ctx context.Context, tx data.Tx, r *access.Requester, name string, own string) (hub.User, error) {
	oneOf := []string{"admin:users"}
	if normal, err := hub.UserName(name); err == nil && !r.IsService() && r.User.Name == normal {
		oneOf = append(oneOf, own)
	}
	return access.FindUser(ctx, tx, r, name, oneOf...)
}

// ListSessions shows where somebody is logged in, what was seen last first.
func (l *Logins) ListSessions(ctx context.Context, r *access.Requester, name string) (views []SessionView, err error) {
	err = l.store.View(ctx, func(tx data.Tx) error {
		u, err := findOwner(ctx, tx, r, name, "read:tokens")
		if err != nil {
			return err
		}
		all, err := tx.SessionsOf(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, s := range l.activity.OfSessions(all...) {
			if tx.Now().Before(s.Expires) {
				views = append(views, SessionView{Session: s, PublicID: publicID(s), Device: DeviceOf(s.UserAgent), Current: isCurrent(r, s)})
			}
		}
		return nil
	})
	slices.SortStableFunc(views, func(x, y SessionView) int { return y.LastSeen.Compare(x.LastSeen) })
	return views, err
}

func isCurrent(r *access.Requester, s hub.Session) bool {
	return r.Session != nil && r.Session.ID == s.ID
}

// EndSession logs one of somebody's browsers out, with the tokens that notebook servers hold for it.
func (l *Logins) EndSession(ctx context.Context, r *access.Requester, name, id string) error {
	return l.store.Update(ctx, func(tx data.Tx) error {
		u, err := l.maySessions(ctx, tx, r, name)
		if err != nil {
			return err
		}
		all, err := tx.SessionsOf(ctx, u.ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(s hub.Session) bool { return publicID(s) == id && tx.Now().Before(s.Expires) })
		if at < 0 {
			return hub.Errorf(hub.NotFound, "Session not found %s", hub.Truncate(id, 64))
		}
		if err := tx.DeleteSession(ctx, all[at].ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("session.delete", "user", u.ID, u.Name, map[string]any{
			"session": id, "address": all[at].Address, "user_agent": all[at].UserAgent,
		}, nil))
	})
}

// EndOtherSessions logs all of somebody's browsers out but the one that asks.
func (l *Logins) EndOtherSessions(ctx context.Context, r *access.Requester, name string) error {
	return l.store.Update(ctx, func(tx data.Tx) error {
		u, err := l.maySessions(ctx, tx, r, name)
		if err != nil {
			return err
		}
		keep := ""
		if r.Session != nil {
			keep = r.Session.ID
		}
		ended, err := tx.DeleteSessionsOf(ctx, u.ID, keep)
		if err != nil || len(ended) == 0 {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("session.delete_others", "user", u.ID, u.Name, map[string]any{"sessions": len(ended)}, nil))
	})
}

// maySessions finds somebody whose sessions the requester may end.
func (l *Logins) maySessions(ctx context.Context, tx data.Tx, r *access.Requester, name string) (hub.User, error) {
	u, err := findOwner(ctx, tx, r, name, "tokens")
	if err == nil && u.ID != r.User.ID {
		err = l.policy.MayTouchAdmin(r, u)
	}
	return u, err
}
