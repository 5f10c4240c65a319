package roles

import (
	"context"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Scope is what those need who make and give roles. It is Atrium's own.
const Scope = "admin:roles"

// The limits: roles are for people to oversee.
const (
	mostRoles       = 200
	mostScopes      = 100
	mostScopeBytes  = 4 << 10 // together
	mostDescription = 500
	mostGiven       = 10_000
)

// Roles makes and gives roles.
type Roles struct {
	store  data.Store
	policy *access.Policy
}

// New makes Roles.
func New(store data.Store, policy *access.Policy) *Roles { return &Roles{store, policy} }

// View is a role with those who have it.
type View struct {
	hub.MadeRole
	Ready bool // ready-made: it cannot be changed, and is given on a group
	Given []hub.GivenRole
}

// MayRoles is nil for one who may make roles.
func (ro *Roles) MayRoles(r *access.Requester) error { return r.Need(Scope) }

// ListRoles shows the roles that were made and the ready-made one, with those who have them.
func (ro *Roles) ListRoles(ctx context.Context, r *access.Requester) (views []View, err error) {
	if err := r.Need(Scope, "read:roles"); err != nil {
		return nil, err
	}
	err = ro.store.View(ctx, func(tx data.Tx) error {
		made, err := tx.MadeRoles(ctx)
		if err != nil {
			return err
		}
		given, err := tx.GivenRoles(ctx, mostGiven)
		if err != nil {
			return err
		}
		if ready, ok := ro.ready(scopes.RoleTeacher); ok {
			views = append(views, View{MadeRole: ready, Ready: true})
		}
		for _, m := range made {
			views = append(views, View{MadeRole: m})
		}
		for i := range views {
			for _, g := range given {
				if g.Role == views[i].Name {
					views[i].Given = append(views[i].Given, g)
				}
			}
		}
		return nil
	})
	return views, err
}

// ready is a ready-made role, unless the configuration has one of its name.
func (ro *Roles) ready(name string) (hub.MadeRole, bool) {
	_, declared := ro.policy.Rights().Role(name)
	role, ok := scopes.ReadyRole(name)
	return hub.MadeRole{Name: role.Name, Description: role.Description, Scopes: role.Scopes}, ok && !declared
}

// Change is what a role is to say; nil stays as it is.
type Change struct {
	Description *string
	Scopes      *[]string
}

func (c Change) of(m hub.MadeRole) hub.MadeRole {
	if c.Description != nil {
		m.Description = *c.Description
	}
	if c.Scopes != nil {
		m.Scopes = *c.Scopes
	}
	return m
}

// MakeRole makes a role of what the requester holds.
func (ro *Roles) MakeRole(ctx context.Context, r *access.Requester, name string, c Change) (v View, err error) {
	if err := r.Need(Scope); err != nil {
		return v, err
	}
	m := c.of(hub.MadeRole{Name: name})
	if err := ro.check(r, m); err != nil {
		return v, err
	}
	err = ro.store.Update(ctx, func(tx data.Tx) error {
		made, err := tx.MadeRoles(ctx)
		if err != nil {
			return err
		}
		if len(made) >= mostRoles {
			return hub.Said(hub.Conflict, "There may be %d roles. Delete some that nobody needs.", mostRoles)
		}
		if slices.ContainsFunc(made, func(m hub.MadeRole) bool { return m.Name == name }) {
			return hub.Said(hub.Conflict, "There is a role %s already. Choose another name, or change that role.", name)
		}
		if err := tx.CreateMadeRole(ctx, m); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("role.create", "role", 0, name, nil, record(m)))
	})
	return View{MadeRole: m}, err
}

// check says what is wrong with a role.
func (ro *Roles) check(r *access.Requester, m hub.MadeRole) error {
	rights := ro.policy.Rights()
	if err := scopes.CheckRoleName(m.Name); err != nil {
		return hub.Errorf(hub.Invalid, "%w", err).Plainly(
			"Choose another name for the role: 3 to 255 of a-z, 0-9, - . ~ and _, beginning with a letter and ending with a letter or digit.")
	}
	if _, declared := rights.Role(m.Name); declared {
		return hub.Said(hub.Conflict, "The configuration has a role %s, and each name has one source. Choose another name.", m.Name)
	}
	if _, ready := scopes.ReadyRole(m.Name); ready {
		return errReady(m.Name)
	}
	if len(m.Description) > mostDescription {
		return hub.Said(hub.Invalid, "The description has %d bytes; at most %d can be kept. Shorten it.", len(m.Description), mostDescription)
	}
	if len(m.Scopes) > mostScopes || len(strings.Join(m.Scopes, "")) > mostScopeBytes {
		return hub.Said(hub.Invalid, "A role has at most %d scopes, of %d bytes together. Make two roles of it.", mostScopes, mostScopeBytes)
	}
	for _, s := range m.Scopes {
		if _, _, err := rights.Parse(s); err != nil {
			return hub.Errorf(hub.Invalid, "%w", err).Plainly("This hub has no scope that is written %s. See the list of scopes in its documentation.", hub.Clip(s))
		}
	}
	return ro.holds(r, m)
}

func errReady(name string) error {
	return hub.Said(hub.Conflict, "The role %s is ready-made, and stays as it is. Make one of another name.", name)
}

// ChangeRole changes what a role says, for all who have it. The requester must hold what it said, and what it will say,
// on each of them.
func (ro *Roles) ChangeRole(ctx context.Context, r *access.Requester, name string, c Change) (v View, err error) {
	err = ro.change(ctx, r, name, func(tx data.Tx, was hub.MadeRole) error {
		m := c.of(was)
		if err := ro.check(r, m); err != nil {
			return err
		}
		if err := ro.holdsOnAll(ctx, tx, r, m); err != nil {
			return err
		}
		v.MadeRole = m
		if err := tx.UpdateMadeRole(ctx, m); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("role.change", "role", 0, name, record(was), record(m)))
	})
	return v, err
}

// DeleteRole takes a role from all who have it, and deletes it.
func (ro *Roles) DeleteRole(ctx context.Context, r *access.Requester, name string) error {
	return ro.change(ctx, r, name, func(tx data.Tx, was hub.MadeRole) error {
		if err := tx.DeleteMadeRole(ctx, name); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("role.delete", "role", 0, name, record(was), nil))
	})
}

// change finds a role that was made, and that allows nobody who has it more than the requester may.
func (ro *Roles) change(ctx context.Context, r *access.Requester, name string, do func(tx data.Tx, was hub.MadeRole) error) error {
	if err := r.Need(Scope); err != nil {
		return err
	}
	return ro.store.Update(ctx, func(tx data.Tx) error {
		m, ready, err := ro.find(ctx, tx, name)
		if err != nil {
			return err
		}
		if ready {
			return errReady(name)
		}
		if err := ro.holds(r, m); err != nil {
			return err
		}
		if err := ro.holdsOnAll(ctx, tx, r, m); err != nil {
			return err
		}
		return do(tx, m)
	})
}

// find finds a role that was made, or a ready-made one.
func (ro *Roles) find(ctx context.Context, tx data.Tx, name string) (m hub.MadeRole, ready bool, err error) {
	if _, declared := ro.policy.Rights().Role(name); declared {
		return m, false, hub.Said(hub.Conflict, "The role %s is the configuration's: change it, and who has it, there", hub.Clip(name))
	}
	if m, ready = ro.ready(name); ready {
		return m, true, nil
	}
	made, err := tx.MadeRoles(ctx)
	if err != nil {
		return m, false, err
	}
	at := slices.IndexFunc(made, func(m hub.MadeRole) bool { return m.Name == name })
	if at < 0 {
		return m, false, hub.Said(hub.NotFound, "There is no role %s", hub.Clip(name))
	}
	return made[at], false, nil
}

func record(m hub.MadeRole) map[string]any {
	return map[string]any{"description": m.Description, "scopes": m.Scopes}
}
