// Package accounts locks people out and lets them in again, and has them change their passwords,
// several at a time.
package accounts

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// Change is what becomes of people's accounts; nil leaves as it is.
type Change struct {
	Suspended  *bool `json:"suspended,omitempty"`
	MustChange *bool `json:"must_change_password,omitempty"` // the password, at the next login
}

// Scopes are those of which one is needed on each person.
func (c Change) Scopes() []string {
	if c.Suspended == nil {
		return access.PasswordScopes()
	}
	return []string{"admin:users"}
}

// Lock suspends people, ends all by which they could get in, and stops their servers, for the
// reason given.
func Lock(ctx context.Context, tx data.Tx, r *access.Requester, why hub.StopReason, people []hub.User, theirs []hub.Server) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]int64, len(people))
	var entries []hub.AuditEntry
	for i, u := range people {
		ids[i] = u.ID
		if after := u; !u.Suspended {
			after.Suspended = true
			entries = append(entries, r.Audit("user.change", "user", u.ID, u.Name, access.UserRecord(u), access.UserRecord(after)))
		}
	}
	if err := tx.SuspendUsers(ctx, ids); err != nil {
		return err
	}
	if err := tx.DeleteGivenTokensOfUsers(ctx, ids); err != nil {
		return err
	}
	if err := tx.DeleteSessionsOfUsers(ctx, ids); err != nil {
		return err
	}
	if err := tx.EndAttempts(ctx, ids); err != nil {
		return err
	}
	if err := tx.AddAudit(ctx, entries...); err != nil {
		return err
	}
	return servers.StopAll(ctx, tx, r, why, theirs...)
}

// ErrOwn is the answer to those who would suspend themselves.
func ErrOwn() error { return hub.Errorf(hub.Invalid, "You cannot suspend yourself") }

// A Step is what becomes of some people, in one transaction: Read and Decide say it, Write does it.
type Step struct {
	r      *access.Requester
	policy *access.Policy
	change Change

	people  map[string]hub.User
	servers map[int64][]hub.Server // of those who may have to be suspended
	going   []int64                // administrators whom earlier rows suspend
	out     []hub.User
	stop    []hub.Server // theirs
	letIn   []hub.User
	must    []hub.User // whose password has to be changed from now on, or no more
}

// NewStep makes a Step on nobody.
func NewStep(r *access.Requester, policy *access.Policy, c Change) *Step {
	return &Step{r: r, policy: policy, change: c}
}

// Read reads those of the names that exist.
func (w *Step) Read(ctx context.Context, tx data.Tx, names []string) (err error) {
	w.people, err = access.UsersNamed(ctx, tx, names)
	if err != nil || w.change.Suspended == nil || !*w.change.Suspended {
		return err
	}
	ids := make([]int64, 0, len(w.people))
	for _, u := range w.people {
		ids = append(ids, u.ID)
	}
	list, err := tx.ServersOf(ctx, ids)
	w.servers = servers.ByOwner(list)
	return err
}

// Decide says what is to become of the person whom a row names. An error says why nothing.
func (w *Step) Decide(ctx context.Context, tx data.Tx, x *bulk.Result) error {
	u, exists := w.people[x.Username]
	if !exists {
		return w.r.Absent(x.Username, w.change.Scopes()...)
	}
	if err := w.r.NeedOn(u, w.change.Scopes()...); err != nil {
		return err
	}
	if err := w.policy.MayTouchAdmin(w.r, u); err != nil {
		return err
	}
	x.Status = bulk.Unchanged
	if to := w.change.Suspended; to != nil && *to != u.Suspended {
		if err := w.suspend(ctx, tx, u, *to); err != nil {
			return err
		}
		x.Status = bulk.Changed
	}
	if to := w.change.MustChange; to != nil && *to != u.MustChange {
		if !u.HasPassword {
			x.Warn(u.Name + " has no password that could be changed")
			return nil
		}
		w.must = append(w.must, u)
		x.Status = bulk.Changed
	}
	return nil
}

// suspend notes that somebody is to be locked out, or let in again.
func (w *Step) suspend(ctx context.Context, tx data.Tx, u hub.User, out bool) error {
	if !out {
		w.letIn = append(w.letIn, u)
		return nil
	}
	if u.ID == w.r.User.ID {
		return ErrOwn()
	}
	if err := w.policy.KeepAnAdmin(ctx, tx, u, w.going...); err != nil {
		return err
	}
	if u.Admin {
		w.going = append(w.going, u.ID)
	}
	w.out, w.stop = append(w.out, u), append(w.stop, w.servers[u.ID]...)
	return nil
}

// Write does what was decided.
func (w *Step) Write(ctx context.Context, tx data.Tx) error {
	if err := Lock(ctx, tx, w.r, hub.StopSuspended, w.out, w.stop); err != nil {
		return err
	}
	entries := make([]hub.AuditEntry, 0, len(w.letIn)+len(w.must))
	for _, u := range w.letIn {
		after := u
		after.Suspended = false
		if err := tx.UpdateUser(ctx, after); err != nil {
			return err
		}
		entries = append(entries, w.r.Audit("user.change", "user", u.ID, u.Name, access.UserRecord(u), access.UserRecord(after)))
	}
	for _, u := range w.must {
		entries = append(entries, w.r.Audit("user.must_change", "user", u.ID, u.Name,
			map[string]any{"must_change": u.MustChange}, map[string]any{"must_change": !u.MustChange}))
	}
	if err := w.writeMust(ctx, tx); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}

// writeMust says of passwords whether they have to be changed. Where they have to, what is open
// ends, or it would go on without.
func (w *Step) writeMust(ctx context.Context, tx data.Tx) error {
	if len(w.must) == 0 {
		return nil
	}
	ids := make([]int64, len(w.must))
	for i, u := range w.must {
		ids[i] = u.ID
	}
	if err := tx.SetMustChange(ctx, ids, *w.change.MustChange); err != nil || !*w.change.MustChange {
		return err
	}
	return tx.DeleteSessionsOfUsers(ctx, ids)
}
