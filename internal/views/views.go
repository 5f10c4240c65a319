// Package views keeps the ways in which people look at the list of people, under names of theirs.
package views

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Scope is what whoever keeps views must hold on somebody: they are of the list of people.
const Scope = "list:users"

// Views keeps views. Make it with New.
type Views struct{ store data.Store }

// New makes Views.
func New(store data.Store) *Views { return &Views{store} }

// MayKeepViews is nil for people who have a list to look at.
func (vs *Views) MayKeepViews(r *access.Requester) error {
	if err := access.MaySome(r, Scope); err != nil {
		return err
	}
	if r.IsService() {
		return hub.Errorf(hub.Forbidden, "Views are for people: a service has none")
	}
	return nil
}

// SavedViews lists the requester's own, by name.
func (vs *Views) SavedViews(ctx context.Context, r *access.Requester) (list []hub.SavedView, err error) {
	if err := vs.MayKeepViews(r); err != nil {
		return nil, err
	}
	err = vs.store.View(ctx, func(tx data.Tx) error {
		list, err = tx.ViewsOf(ctx, r.User.ID)
		return err
	})
	return list, err
}

// SaveView keeps a view of the requester's under a name, in the place of another of that name. It
// is hub.Limit where they have too many.
func (vs *Views) SaveView(ctx context.Context, r *access.Requester, name, query string) (v hub.SavedView, err error) {
	if err := vs.MayKeepViews(r); err != nil {
		return v, err
	}
	if name, err = hub.ViewName(name); err != nil {
		return v, err
	}
	if err := hub.CheckViewQuery(query); err != nil {
		return v, err
	}
	v = hub.SavedView{UserID: r.User.ID, Name: name, Query: query}
	err = vs.store.Update(ctx, func(tx data.Tx) error {
		list, err := tx.ViewsOf(ctx, r.User.ID)
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(list, func(o hub.SavedView) bool { return o.Name == name })
		if !known && len(list) >= hub.MaxViews {
			return hub.Errorf(hub.Limit, "You have %d saved views, which is as many as there may be. Delete one first.", len(list)).
				Plainly("You have %d saved views, which is as many as there may be. Delete one first.", len(list))
		}
		return tx.PutView(ctx, &v)
	})
	return v, err
}

// DropView deletes a view of the requester's.
func (vs *Views) DropView(ctx context.Context, r *access.Requester, name string) error {
	if err := vs.MayKeepViews(r); err != nil {
		return err
	}
	return vs.store.Update(ctx, func(tx data.Tx) error { return tx.DeleteView(ctx, r.User.ID, name) })
}
