package app

import (
	"context"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
)

// write does what plan has decided, a few statements for all the rows.
func (w *peopleWork) write(ctx context.Context, tx Tx) error {
	for _, do := range []func(context.Context, Tx) error{
		w.writePeople, w.writePasswords, w.writeGroups, w.writeAudit,
	} {
		if err := do(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (w *peopleWork) writePeople(ctx context.Context, tx Tx) error {
	for _, admin := range []bool{true, false} {
		made, err := tx.CreateUsers(ctx, w.steps.fresh[admin], admin)
		if err != nil {
			return err
		}
		for _, u := range made {
			w.people[u.Name] = u
			tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
		}
	}
	for _, u := range w.steps.update {
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
	}
	return nil
}

func (w *peopleWork) writePasswords(ctx context.Context, tx Tx) error {
	by := make(map[int64]hub.Password, len(w.steps.passwords))
	for name, p := range w.steps.passwords {
		u := w.people[name]
		if p.Hash == "" {
			kept, err := tx.Password(ctx, u.ID)
			if err != nil {
				return err
			}
			kept.MustChange = p.MustChange
			p = kept
		}
		by[u.ID] = p
		tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
	}
	if err := tx.SetPasswords(ctx, by); err != nil {
		return err
	}
	for _, u := range w.steps.ended {
		if err := endSessions(ctx, tx, u.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

func (w *peopleWork) writeGroups(ctx context.Context, tx Tx) error {
	for _, name := range w.steps.make {
		g, err := tx.CreateGroup(ctx, name)
		if err != nil {
			return err
		}
		w.groups[name] = g
		if err := tx.AddAudit(ctx, w.r.audit("group.create", "group", g.ID, g.Name, nil, nil)); err != nil {
			return err
		}
	}
	for _, move := range []struct {
		groups map[string][]string
		action string
		do     func(context.Context, int64, []int64) error
	}{{w.steps.leave, "group.remove_member", tx.RemoveMembers}, {w.steps.join, "group.add_member", tx.AddMembers}} {
		for _, name := range slices.Sorted(maps.Keys(move.groups)) {
			ids := make([]int64, 0, len(move.groups[name]))
			for _, person := range move.groups[name] {
				u := w.people[person]
				ids = append(ids, u.ID)
				tx.Publish(Change{Kind: UserChanged, ID: u.ID, UserID: u.ID})
				w.steps.audit = append(w.steps.audit, peopleEntry{move.action, person, nil, map[string]any{"group": name}})
			}
			if err := move.do(ctx, w.groups[name].ID, ids); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *peopleWork) writeAudit(ctx context.Context, tx Tx) error {
	entries := make([]hub.AuditEntry, len(w.steps.audit))
	for i, e := range w.steps.audit {
		entries[i] = w.r.audit(e.action, "user", w.people[e.name].ID, e.name, e.before, e.after)
	}
	return tx.AddAudit(ctx, entries...)
}
