package roles

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Gift is a role for somebody: on the members of a group alone, where one is named.
type Gift struct{ Role, User, Group string }

// GiveRole gives somebody a role; who has it already has it. The requester must hold all that it gives.
func (ro *Roles) GiveRole(ctx context.Context, r *access.Requester, gift Gift) error {
	return ro.move(ctx, r, gift, func(tx data.Tx, g hub.GivenRole, has bool) error {
		if has {
			return nil
		}
		all, err := tx.GivenRoles(ctx, mostGiven)
		if err != nil {
			return err
		}
		if len(all) >= mostGiven {
			return hub.Said(hub.Conflict, "Roles may be given %d times. Take some from people who need them no more.", mostGiven)
		}
		if err := tx.GiveRole(ctx, g); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("role.give", "user", g.UserID, g.User, nil, recordOf(gift)))
	})
}

// TakeRole takes it away again; hub.NotFound where they do not have it.
func (ro *Roles) TakeRole(ctx context.Context, r *access.Requester, gift Gift) error {
	return ro.move(ctx, r, gift, func(tx data.Tx, g hub.GivenRole, has bool) error {
		if !has {
			return hub.Said(hub.NotFound, "%s does not have the role %s there", g.User, g.Role)
		}
		if err := tx.TakeRole(ctx, g); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("role.take", "user", g.UserID, g.User, recordOf(gift), nil))
	})
}

func (ro *Roles) move(ctx context.Context, r *access.Requester, gift Gift, do func(tx data.Tx, g hub.GivenRole, has bool) error) error {
	if err := r.Need(Scope); err != nil {
		return err
	}
	return ro.store.Update(ctx, func(tx data.Tx) error {
		m, ready, err := ro.find(ctx, tx, gift.Role)
		if err != nil {
			return err
		}
		if ready && gift.Group == "" {
			return hub.Said(hub.Invalid, "The role %s is given on a group: say which", gift.Role)
		}
		u, err := person(ctx, tx, gift.User)
		if err != nil {
			return err
		}
		g := hub.GivenRole{Role: m.Name, UserID: u.ID, User: u.Name}
		if gift.Group != "" {
			on, err := access.GroupNamed(ctx, tx, gift.Group)
			if hub.Is(err, hub.NotFound) {
				return hub.Errorf(hub.Invalid, "There is no group %s", hub.Clip(gift.Group)).Plainly(
					"There is no group of that name. See the page of groups for those there are.")
			}
			if err != nil {
				return err
			}
			g.GroupID, g.Group = on.ID, on.Name
		}
		given := hub.Given{Role: m.Name, Group: g.Group, Scopes: m.Scopes}
		if err := ro.holdsOn(r, m.Name, ro.policy.Rights().Given(given), u); err != nil {
			return err
		}
		return do(tx, g, slices.ContainsFunc(u.Given, func(h hub.Given) bool { return h.Role == g.Role && h.Group == g.Group }))
	})
}

func person(ctx context.Context, tx data.Tx, raw string) (hub.User, error) {
	name, err := hub.UserName(raw)
	if err != nil {
		return hub.User{}, err
	}
	u, err := tx.UserByName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		err = hub.Errorf(hub.Invalid, "There is no user %s", name).Plainly("There is nobody called %s on this hub.", name)
	}
	return u, err
}

func recordOf(g Gift) map[string]any { return map[string]any{"role": g.Role, "group": g.Group} }
