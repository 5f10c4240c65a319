package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/servers"
)

// UserPatch is what PATCH /users/{name} may change; nil leaves as it is.
type UserPatch struct {
	Name       *string
	Admin      *bool
	Suspended  *bool
	Groups     *[]string // exactly these, which must exist
	MustChange *bool     // the password, at the next login
	Seen       string    // the version that is changed; empty: whatever it is
}

// scopes are those of which one is needed.
func (p UserPatch) scopes() []string {
	if p.Name == nil && p.Admin == nil && p.Suspended == nil && p.Groups == nil && p.MustChange != nil {
		return []string{"admin:users", "admin:passwords"}
	}
	return []string{"admin:users"}
}

// PatchUser changes a person and shows them; *ChangedError where they are not as they were seen.
func (pe *People) PatchUser(ctx context.Context, r *access.Requester, name string, p UserPatch) (v access.UserView, err error) {
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, name, p.scopes()...)
		if err := pe.theSame(ctx, tx, r, u, err, name, p.Seen); err != nil {
			return err
		}
		if err := pe.policy.MayTouchAdmin(r, u); err != nil {
			return err
		}
		theirs, err := tx.ServersOf(ctx, []int64{u.ID})
		if err != nil {
			return err
		}
		after, err := pe.patched(r, u, p, theirs)
		if err != nil {
			return err
		}
		if !after.Admin || after.Suspended {
			if err := pe.policy.KeepAnAdmin(ctx, tx, u); err != nil {
				return err
			}
		}
		if after, err = pe.writeUser(ctx, tx, r, u, after, theirs); err != nil {
			return err
		}
		if after, err = pe.patchMore(ctx, tx, r, after, p); err != nil {
			return err
		}
		v = pe.View(r, pe.activity.OfUser(after), renamed(theirs, after.Name))
		return nil
	})
	return v, err
}

// patchMore changes what is not kept with the person: groups, and the password's flag.
func (pe *People) patchMore(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, p UserPatch) (hub.User, error) {
	if p.Groups != nil {
		if err := pe.setGroups(ctx, tx, r, u, *p.Groups); err != nil {
			return u, err
		}
	}
	if p.MustChange != nil && *p.MustChange != u.MustChange {
		if err := pe.setMustChange(ctx, tx, r, u, *p.MustChange); err != nil {
			return u, err
		}
	}
	if p.Groups == nil && p.MustChange == nil {
		return u, nil
	}
	return tx.UserByID(ctx, u.ID)
}

// setGroups makes somebody a member of exactly these groups, which must exist.
func (pe *People) setGroups(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, names []string) error {
	w := peopleChunk{peopleWork: &peopleWork{jobBase: jobBase{svc: pe, r: r}}, groups: map[string]hub.Group{}}
	wanted := slices.Concat(names, u.Groups)
	if len(wanted) == 0 {
		return nil // no names would be all groups
	}
	list, err := tx.GroupsNamed(ctx, wanted)
	if err != nil {
		return err
	}
	for _, g := range list {
		w.groups[g.Name] = g
	}
	join, leave, err := w.moves(u, &names)
	if err != nil {
		return err
	}
	for _, name := range leave {
		if err := groups.Move(ctx, tx, r, w.groups[name], []hub.User{u}, false); err != nil {
			return err
		}
	}
	for _, name := range join {
		if err := groups.Move(ctx, tx, r, w.groups[name], []hub.User{u}, true); err != nil {
			return err
		}
	}
	return nil
}

// setMustChange says whether somebody has to change their password at the next login.
func (pe *People) setMustChange(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, must bool) error {
	pw, err := tx.Password(ctx, u.ID)
	if hub.Is(err, hub.NotFound) {
		return hub.Errorf(hub.Invalid, "%s has no password that could be changed", u.Name)
	}
	if err != nil {
		return err
	}
	pw.MustChange = must
	if err := tx.SetPassword(ctx, u.ID, pw); err != nil {
		return err
	}
	if must { // or what is open would go on without the change
		if _, err := tx.DeleteSessionsOf(ctx, u.ID, ""); err != nil {
			return err
		}
	}
	return tx.AddAudit(ctx, r.Audit("user.must_change", "user", u.ID, u.Name,
		map[string]any{"must_change": !must}, map[string]any{"must_change": must}))
}

// patched applies p to u and says what forbids it.
func (pe *People) patched(r *access.Requester, u hub.User, p UserPatch, theirs []hub.Server) (hub.User, error) {
	after := u
	if p.Name != nil {
		name, err := hub.UserName(*p.Name)
		if err != nil {
			return u, err
		}
		if name != u.Name && slices.ContainsFunc(theirs, hub.Server.Active) {
			return u, hub.Errorf(hub.Invalid, "%s has a running server, whose address holds the name. Stop it, then rename.", u.Name)
		}
		if err := pe.policy.MayRename(r, u, name); err != nil {
			return u, err
		}
		after.Name = name
	}
	if p.Admin != nil {
		if err := pe.policy.MayMakeAdmin(r, u, *p.Admin); err != nil {
			return u, err
		}
		after.Admin = *p.Admin
	}
	if p.Suspended != nil {
		if *p.Suspended && u.ID == r.User.ID {
			return u, accounts.ErrOwn()
		}
		after.Suspended = *p.Suspended
	}
	return after, nil
}

// writeUser stores what changed, with its audit entry; a suspension ends
// everything by which the person could get in, and stops their servers.
func (pe *People) writeUser(ctx context.Context, tx data.Tx, r *access.Requester, before, after hub.User, theirs []hub.Server) (hub.User, error) {
	if after.Name == before.Name && after.Admin == before.Admin && after.Suspended == before.Suspended {
		return after, nil
	}
	err := tx.UpdateUser(ctx, after)
	if hub.Is(err, hub.Conflict) {
		return after, hub.Errorf(hub.Invalid, "User %s already exists, username must be unique", after.Name)
	}
	if err != nil {
		return after, err
	}
	if after.Suspended && !before.Suspended {
		if err := login.RevokeAll(ctx, tx, after.ID); err != nil {
			return after, err
		}
		if err := servers.StopAll(ctx, tx, r, hub.StopSuspended, theirs...); err != nil {
			return after, err
		}
	}
	if after.Name != before.Name {
		if err := homes.RenameHome(ctx, tx, after); err != nil {
			return after, err
		}
	}
	return after, tx.AddAudit(ctx, r.Audit("user.change", "user", after.ID, after.Name, access.UserRecord(before), access.UserRecord(after)))
}

func renamed(list []hub.Server, name string) []hub.Server {
	out := slices.Clone(list)
	for i := range out {
		out[i].UserName = name
	}
	return out
}
