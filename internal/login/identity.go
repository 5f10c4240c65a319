package login

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// personOf is the person of the hub whom a method vouches for. With fresh, somebody who has not
// been here is made, or bound where the method's names allow it; else they are refused. It is
// hub.Forbidden, with what to do, where their name is somebody else's.
func (l *Logins) personOf(ctx context.Context, m Method, id hub.Identity, from Browser, fresh bool) (u hub.User, err error) {
	id.Provider = m.Slug
	if m.binds() {
		if err := checkSubject(id); err != nil {
			return u, err
		}
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

// maxSubject bounds the subjects of providers, in bytes.
const maxSubject = 1024

// checkSubject refuses what cannot be somebody: a subject that is missing would be everybody's.
func checkSubject(id hub.Identity) error {
	if id.Subject == "" || len(id.Subject) > maxSubject || !utf8.ValidString(id.Subject) || strings.ContainsRune(id.Subject, 0) {
		return hub.Errorf(hub.Internal, "the login %s gave no subject, or none that can be kept, for %s", id.Provider, hub.Clip(id.Name))
	}
	return nil
}

func (l *Logins) findPerson(ctx context.Context, tx data.Tx, m Method, id hub.Identity, from Browser, fresh bool) (hub.User, error) {
	if m.Names == NamesArePeople {
		return namesake(ctx, tx, id, from, fresh)
	}
	bound, err := tx.Identity(ctx, id.Provider, id.Subject)
	switch {
	case err == nil:
		return boundPerson(ctx, tx, bound, id)
	case !hub.Is(err, hub.NotFound):
		return hub.User{}, err
	case !fresh:
		return hub.User{}, errLogin()
	}
	if id.Name, err = hub.UserName(id.Name); err != nil {
		return hub.User{}, hub.Wrap(hub.Forbidden, err, "The name that you have there cannot be had at this hub. Ask an administrator of this hub.")
	}
	u, err := tx.UserByName(ctx, id.Name)
	switch {
	case hub.Is(err, hub.NotFound):
		if !l.plain(hub.User{Name: id.Name}) {
			return u, errTaken(id.Name)
		}
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
func namesake(ctx context.Context, tx data.Tx, id hub.Identity, from Browser, fresh bool) (hub.User, error) {
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
func boundPerson(ctx context.Context, tx data.Tx, bound, now hub.Identity) (hub.User, error) {
	u, err := tx.UserByID(ctx, bound.UserID)
	if err == nil && u.Suspended {
		return u, errLogin()
	}
	if err != nil || bound.Name == now.Name {
		return u, err
	}
	return u, tx.RenameIdentity(ctx, now.Provider, now.Subject, hub.Truncate(now.Name, maxShownName))
}

func makePerson(ctx context.Context, tx data.Tx, id hub.Identity, from Browser) (hub.User, error) {
	made, err := tx.CreateUsers(ctx, []string{id.Name}, false)
	if err != nil {
		return hub.User{}, err
	}
	return made[0], tx.AddAudit(ctx, vouchedEntry(from, "user.create", made[0], map[string]any{"by": id.Provider + " login"}))
}

// maxShownName bounds what somebody is called by a provider, in bytes.
const maxShownName = 255

// mayBind refuses to take somebody for the person u who has the same name, unless u was made
// beforehand and there is nothing to be had by it: nobody has been here as u, or could have.
func (l *Logins) mayBind(ctx context.Context, tx data.Tx, m Method, u hub.User) error {
	if m.Names != NamesBind || u.HasPassword || u.Suspended || u.ClaimClosed || !l.plain(u) {
		return errTaken(u.Name)
	}
	others, err := tx.IdentitiesOf(ctx, u.ID)
	if err != nil {
		return err
	}
	given, err := hasTokens(ctx, tx, u)
	if err == nil && (given || len(others) > 0) {
		return errTaken(u.Name)
	}
	return err
}

func errTaken(name string) error {
	return hub.Errorf(hub.Forbidden, "The account %s of this hub is not yours by this login. An administrator of this hub can rename it, "+
		"or delete it if it is nobody's.", name)
}

// vouchedEntry is what the audit log says of what a login by others did. Nobody was logged in:
// the hub did it.
func vouchedEntry(from Browser, action string, u hub.User, after map[string]any) hub.AuditEntry {
	r := access.Requester{Address: from.Address, RequestID: from.RequestID}
	e := r.Audit(action, "user", u.ID, u.Name, nil, after)
	e.Actor = hub.System()
	return e
}
