package login

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// personOf is the person of the hub whom a method vouches for. With fresh, somebody who has not
// been here is made, or bound where the method's names allow it; else they are refused. It is
// hub.Forbidden, with what to do, where their name is somebody else's.
func (l *Logins) personOf(ctx context.Context, m Method, id hub.Identity, from Browser, fresh bool) (u hub.User, err error) {
	id.Provider = m.Slug
	if id.Name, err = hub.UserName(id.Name); err != nil {
		return u, hub.Wrap(hub.Forbidden, err, "The name that you have there cannot be had at this hub. Ask an administrator of this hub.")
	}
	find := func() error {
		return l.store.Update(ctx, func(tx data.Tx) error {
			u, err = l.findPerson(ctx, tx, m, id, from, fresh)
			return err
		})
	}
	if err = find(); hub.Is(err, hub.Conflict) { // another login of theirs was quicker
		err = find()
	}
	return u, err
}

func (l *Logins) findPerson(ctx context.Context, tx data.Tx, m Method, id hub.Identity, from Browser, fresh bool) (hub.User, error) {
	if m.Names == NamesArePeople {
		return l.namesake(ctx, tx, id, from, fresh)
	}
	bound, err := tx.Identity(ctx, id.Provider, id.Subject)
	switch {
	case err == nil:
		return l.boundPerson(ctx, tx, bound, id)
	case !hub.Is(err, hub.NotFound):
		return hub.User{}, err
	case !fresh:
		return hub.User{}, errLogin()
	}
	u, err := tx.UserByName(ctx, id.Name)
	switch {
	case hub.Is(err, hub.NotFound):
		u, err = makePerson(ctx, tx, id, from)
	case err == nil:
		err = l.mayBind(ctx, tx, m, u)
	}
	if err != nil {
		return u, err
	}
	id.UserID, id.Bound = u.ID, tx.Now()
	if err := tx.BindIdentity(ctx, id); err != nil {
		return u, err
	}
	return u, tx.AddAudit(ctx, vouchedEntry(from, "user.bind", u, map[string]any{"login": id.Provider, "subject": id.Subject, "name": id.Name}))
}

// namesake is the person of the name, made with fresh.
func (l *Logins) namesake(ctx context.Context, tx data.Tx, id hub.Identity, from Browser, fresh bool) (hub.User, error) {
	u, err := tx.UserByName(ctx, id.Name)
	switch {
	case hub.Is(err, hub.NotFound) && fresh:
		return makePerson(ctx, tx, id, from)
	case hub.Is(err, hub.NotFound), err == nil && u.Suspended:
		return u, errLogin()
	}
	return u, err
}

// boundPerson is the person that an identity is bound to, whatever they are called now, here or
// there.
func (l *Logins) boundPerson(ctx context.Context, tx data.Tx, bound, now hub.Identity) (hub.User, error) {
	u, err := tx.UserByID(ctx, bound.UserID)
	if err == nil && u.Suspended {
		return u, errLogin()
	}
	if err != nil || bound.Name == now.Name {
		return u, err
	}
	return u, tx.RenameIdentity(ctx, now.Provider, now.Subject, now.Name)
}

func makePerson(ctx context.Context, tx data.Tx, id hub.Identity, from Browser) (hub.User, error) {
	made, err := tx.CreateUsers(ctx, []string{id.Name}, false)
	if err != nil {
		return hub.User{}, err
	}
	return made[0], tx.AddAudit(ctx, vouchedEntry(from, "user.create", made[0], map[string]any{"by": id.Provider + " login"}))
}

// mayBind refuses to take somebody for the person u who has the same name, unless u was made
// beforehand and there is nothing to be had by it.
func (l *Logins) mayBind(ctx context.Context, tx data.Tx, m Method, u hub.User) error {
	taken := hub.Errorf(hub.Forbidden, "The account %s of this hub is not yours by this login. An administrator of this hub can rename it, "+
		"or delete it if it is nobody's.", u.Name)
	if m.Names != NamesBind || u.HasPassword || u.Suspended || !l.plain(u) {
		return taken
	}
	others, err := tx.IdentitiesOf(ctx, u.ID)
	if err == nil && len(others) > 0 {
		return taken
	}
	return err
}

// vouchedEntry is what the audit log says of what a login by others did. Nobody was logged in:
// the hub did it.
func vouchedEntry(from Browser, action string, u hub.User, after map[string]any) hub.AuditEntry {
	r := access.Requester{Address: from.Address, RequestID: from.RequestID}
	e := r.Audit(action, "user", u.ID, u.Name, nil, after)
	e.Actor = hub.System()
	return e
}
