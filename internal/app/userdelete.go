package app

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// DeleteUser stops a person's servers, waits until they are gone, then removes the
// person with password, tokens, sessions and server records. The home folder stays.
func (a *App) DeleteUser(ctx context.Context, r *Requester, name string) error {
	u, servers, err := a.lockOut(ctx, r, name)
	if err != nil {
		return err
	}
	if err := a.awaitStopped(ctx, servers); err != nil {
		late := hub.Wrap(hub.Unavailable, err, stillStopping(u))
		late.RetryAfter = 10 * time.Second
		return late
	}
	if err := a.identities.Again(ctx, r); err != nil { // that may have taken a while
		return err
	}
	return a.removeUser(ctx, r, u)
}

// stillStopping is what is said of somebody who cannot be deleted yet.
func stillStopping(u hub.User) string {
	return "The servers of " + u.Name + " have not stopped yet. " + u.Name + " is suspended until then; delete again in a moment."
}

// lockOut makes sure that nobody comes in as the person, and nothing of theirs
// starts, while their servers stop. It gives the person as they were.
func (a *App) lockOut(ctx context.Context, r *Requester, name string) (u hub.User, servers []hub.Server, err error) {
	err = a.store.Update(ctx, func(tx data.Tx) error {
		if u, err = a.user(ctx, tx, r, name, "delete:users"); err != nil {
			return err
		}
		if err := a.mayDelete(ctx, tx, r, u); err != nil {
			return err
		}
		if servers, err = tx.ServersOf(ctx, []int64{u.ID}); err != nil {
			return err
		}
		return a.lock(ctx, tx, r, u, servers)
	})
	return u, servers, err
}

// mayDelete asks for the right to delete somebody, beside those who are going already.
func (a *App) mayDelete(ctx context.Context, tx data.Tx, r *Requester, u hub.User, going ...int64) error {
	if err := r.needOn(u, "delete:users"); err != nil {
		return err
	}
	if u.ID == r.User.ID {
		return hub.Errorf(hub.Invalid, "Cannot delete yourself!")
	}
	if err := a.mayTouchAdmin(r, u); err != nil {
		return err
	}
	return a.keepAnAdmin(ctx, tx, u, going...)
}

// lock suspends somebody who is about to be deleted, ends all by which they could get
// in, and stops their servers.
func (a *App) lock(ctx context.Context, tx data.Tx, r *Requester, u hub.User, servers []hub.Server) error {
	if err := suspend(ctx, tx, r, u); err != nil {
		return err
	}
	if err := revokeAll(ctx, tx, u.ID); err != nil {
		return err
	}
	return a.stopThem(ctx, tx, r, servers)
}

// suspend locks a person out who is to be deleted.
func suspend(ctx context.Context, tx data.Tx, r *Requester, u hub.User) error {
	if u.Suspended {
		return nil
	}
	after := u
	after.Suspended = true
	if err := tx.UpdateUser(ctx, after); err != nil {
		return err
	}
	return tx.AddAudit(ctx, r.audit("user.change", "user", u.ID, u.Name, userRecord(u), userRecord(after)))
}

func (a *App) stopThem(ctx context.Context, tx data.Tx, r *Requester, servers []hub.Server) error {
	for _, s := range servers {
		if err := a.wishStopped(ctx, tx, r, s, false); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) removeUser(ctx context.Context, r *Requester, u hub.User) error {
	return a.store.Update(ctx, func(tx data.Tx) error {
		if err := a.mayRemove(ctx, tx, r, u.ID); err != nil {
			return err
		}
		servers, err := tx.ServersOf(ctx, []int64{u.ID})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(servers, hub.Server.Active) {
			return hub.Errorf(hub.Invalid, "%s's server is not stopped yet. Try again in a moment.", u.Name)
		}
		return a.erase(ctx, tx, r, u)
	})
}

// erase takes people away with all that hangs on them.
func (a *App) erase(ctx context.Context, tx data.Tx, r *Requester, gone ...hub.User) error {
	ids := make([]int64, len(gone))
	entries := make([]hub.AuditEntry, len(gone))
	for i, u := range gone {
		ids[i] = u.ID
		was := userRecord(u)
		was["groups"], was["roles"] = u.Groups, RolesOf(u)
		entries[i] = r.audit("user.delete", "user", u.ID, u.Name, was, nil)
	}
	if err := tx.LeaveHomes(ctx, ids); err != nil {
		return err
	}
	if err := tx.DeleteUsers(ctx, ids); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}

// mayRemove asks again for the right to remove a person who is locked out.
func (a *App) mayRemove(ctx context.Context, tx data.Tx, r *Requester, id int64) error {
	u, err := tx.UserByID(ctx, id)
	if err != nil {
		return err
	}
	return a.mayDelete(ctx, tx, r, u)
}
