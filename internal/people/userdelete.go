package people

import (
	"context"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
)

// DeleteUser stops a person's servers, waits until they are gone, then removes the
// person with password, tokens, sessions and server records. The home folder stays. Once
// the person is locked out, the rest is a job: it is done even when nobody waits for it. Who
// asks again meanwhile waits for the same job.
func (pe *People) DeleteUser(ctx context.Context, r *access.Requester, name string) error {
	w := &deletion{newJobBase(pe, r), deletionTask{}}
	u, outcome, err := pe.lockOut(ctx, w, name)
	if err != nil {
		return err
	}
	var outcomes []bulk.Outcome
	if outcome.Status == "" { // asked for before
		outcomes, err = pe.jobs.Wait(ctx, w.job.ID)
	} else {
		outcomes, err = pe.jobs.Do(ctx, w.job, w, []bulk.Outcome{outcome})
	}
	switch {
	case err != nil && ctx.Err() != nil: // there is no key to ask again under
		return hub.Wrap(hub.Unavailable, ctx.Err(), stillStopping(u))
	case hub.Is(err, hub.NotFound): // done by another hub
		return pe.isGone(ctx, u)
	case err != nil:
		return err
	}
	switch x := outcomes[0]; x.Status {
	case bulk.Deleted, bulk.NotFound:
		return nil
	case bulk.Pending:
		return &hub.Error{Code: hub.Unavailable, Msg: x.Message, RetryAfter: 10 * time.Second}
	default:
		return pe.undeleted(ctx, r, u, x.Message)
	}
}

// isGone is nil where somebody is deleted whose job is done.
func (pe *People) isGone(ctx context.Context, u hub.User) error {
	err := pe.store.View(ctx, func(tx data.Tx) error {
		_, err := tx.UserByID(ctx, u.ID)
		return err
	})
	if err == nil {
		return hub.Errorf(hub.Conflict, "%s was not deleted. Look whether they are to be, and try again.", u.Name)
	}
	return hub.IgnoreNotFound(err)
}

// undeleted says why somebody is not deleted who was locked out.
func (pe *People) undeleted(ctx context.Context, r *access.Requester, u hub.User, why string) error {
	if err := pe.identities.Refresh(ctx, r); err != nil { // that may have taken a while
		return err
	}
	err := pe.store.View(ctx, func(tx data.Tx) error {
		now, err := tx.UserByID(ctx, u.ID)
		if err != nil {
			return err
		}
		return pe.mayDelete(ctx, tx, r, now)
	})
	if err == nil {
		err = hub.Errorf(hub.Conflict, "%s", why)
	}
	return err
}

// stillStopping is what is said of somebody who cannot be deleted yet.
func stillStopping(u hub.User) string {
	return u.Name + " is not deleted yet: servers have not stopped yet, or others change much at the same time. " +
		u.Name + " is suspended, and is deleted as soon as that is over."
}

// lockOut makes sure that nobody comes in as the person, and nothing of theirs starts, and
// makes the job that removes them. It gives the person as they were, and what is known of them
// then: the zero Outcome where such a job runs already, which w is of then.
func (pe *People) lockOut(ctx context.Context, w *deletion, name string) (u hub.User, o bulk.Outcome, err error) {
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		w.Of(hub.Job{})
		if u, err = access.FindUser(ctx, tx, w.r, name, "delete:users"); err != nil {
			return err
		}
		if err := pe.mayDelete(ctx, tx, w.r, u); err != nil {
			return err
		}
		if u.Suspended { // else they were let in again, which ends the job
			job, err := tx.RunningJob(ctx, jobDelete, deletionOf(u))
			if !hub.Is(err, hub.NotFound) {
				o = bulk.Outcome{}
				w.Of(job)
				return err
			}
		}
		theirs, err := tx.ServersOf(ctx, []int64{u.ID})
		if err != nil {
			return err
		}
		w.Checked, o = []bulk.Result{{Username: u.Name}}, pendingOf(u)
		job := hub.Job{Owner: jobs.OwnerOf(w.r), Digest: deletionOf(u), Kind: jobDelete, Asker: access.JSON(jobs.AskerOf(w.r)), Total: 1, Pass: 1}
		if job, err = pe.jobs.Create(ctx, tx, job, access.JSON(w.deletionTask)); err != nil {
			return err
		}
		w.Of(job)
		if err := bulk.Keep(ctx, tx, job.ID, []int{0}, []bulk.Outcome{o}); err != nil {
			return err
		}
		return accounts.Lock(ctx, tx, w.r, hub.StopDeleted, []hub.User{u}, theirs)
	})
	return u, o, err
}

// deletionOf is the digest of a job that deletes one person alone.
func deletionOf(u hub.User) string { return "user:" + strconv.FormatInt(u.ID, 10) }

// mayDelete asks for the right to delete somebody, beside those who are going already.
func (pe *People) mayDelete(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, going ...int64) error {
	if err := r.NeedOn(u, "delete:users"); err != nil {
		return err
	}
	if u.ID == r.User.ID {
		return hub.Errorf(hub.Invalid, "Cannot delete yourself!")
	}
	if err := pe.policy.MayTouchAdmin(r, u); err != nil {
		return err
	}
	return pe.policy.KeepAnAdmin(ctx, tx, u, going...)
}

// erase takes people away with all that hangs on them. The audit log tells why, if that is not nil.
func (pe *People) erase(ctx context.Context, tx data.Tx, r *access.Requester, why any, gone ...hub.User) error {
	if len(gone) == 0 {
		return nil
	}
	ids := make([]int64, len(gone))
	entries := make([]hub.AuditEntry, len(gone))
	for i, u := range gone {
		ids[i] = u.ID
		was := access.UserRecord(u)
		was["groups"], was["roles"] = u.Groups, access.RolesOf(u)
		entries[i] = r.Audit("user.delete", "user", u.ID, u.Name, was, why)
	}
	if err := tx.LeaveHomes(ctx, ids); err != nil {
		return err
	}
	if err := tx.DeleteUsers(ctx, ids); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}
