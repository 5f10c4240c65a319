package people

import (
	"context"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/hub"
)

// write does what plan has decided, a few statements for all the rows.
func (w *peopleChunk) write(ctx context.Context, tx data.Tx) error {
	for _, do := range []func(context.Context, data.Tx) error{
		w.writePeople, w.writePasswords, w.writeGroups, w.writeQuotas, w.writeAudit,
	} {
		if err := do(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (w *peopleChunk) writePeople(ctx context.Context, tx data.Tx) error {
	for _, admin := range []bool{true, false} {
		made, err := tx.CreateUsers(ctx, w.steps.fresh[admin], admin)
		if err != nil {
			return err
		}
		for _, u := range made {
			w.people[u.Name] = u
		}
	}
	for _, u := range w.steps.update {
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// writeQuotas gives quotas. One that cannot be given is a warning: the rest of the row is done.
func (w *peopleChunk) writeQuotas(ctx context.Context, tx data.Tx) error {
	done, err := w.svc.quota.SetQuotas(ctx, tx, w.r, w.steps.quotas)
	for i, x := range done {
		if x.Err != nil {
			w.steps.given[i].Warn("Their quota stays as it is: " + x.Err.Error())
		}
	}
	return err
}

func (w *peopleChunk) writePasswords(ctx context.Context, tx data.Tx) error {
	by := make(map[int64]hub.Password, len(w.steps.passwords))
	for name, p := range w.steps.passwords {
		by[w.people[name].ID] = p
	}
	if err := tx.SetPasswords(ctx, by); err != nil {
		return err
	}
	for must, ids := range w.steps.must {
		if err := tx.SetMustChange(ctx, ids, must); err != nil {
			return err
		}
	}
	return tx.DeleteSessionsOfUsers(ctx, w.steps.ended)
}

func (w *peopleChunk) writeGroups(ctx context.Context, tx data.Tx) (err error) {
	for _, name := range w.steps.make {
		if w.groups[name], err = w.svc.groups.Make(ctx, tx, w.r, name, nil); err != nil {
			return err
		}
	}
	if err := w.move(ctx, tx, w.steps.leave, false); err != nil {
		return err
	}
	return w.move(ctx, tx, w.steps.join, true)
}

// move makes people, by the names of groups, members or not.
func (w *peopleChunk) move(ctx context.Context, tx data.Tx, by map[string][]string, add bool) error {
	for _, name := range slices.Sorted(maps.Keys(by)) {
		people := make([]hub.User, len(by[name]))
		for i, person := range by[name] {
			people[i] = w.people[person]
		}
		if err := groups.Move(ctx, tx, w.r, w.groups[name], people, add); err != nil {
			return err
		}
	}
	return nil
}

func (w *peopleChunk) writeAudit(ctx context.Context, tx data.Tx) error {
	entries := make([]hub.AuditEntry, len(w.steps.audit))
	for i, e := range w.steps.audit {
		entries[i] = w.r.Audit(e.action, "user", w.people[e.name].ID, e.name, e.before, e.after)
	}
	return tx.AddAudit(ctx, entries...)
}
