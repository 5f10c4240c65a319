package roles

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// What a role says of nobody by name, X!user or self, is about whoever has it: each of them has it on themselves. So
// nobody may have it from a requester who does not hold X on them, be it when the role is given or when it is changed.
// When it is made, nobody has it yet: then it is enough to hold X on somebody.

// holds refuses a role that says more than the requester holds. What it says about those who have it holdsOnAll is for.
func (ro *Roles) holds(r *access.Requester, m hub.MadeRole) error {
	named, own := ro.parts(m.Scopes)
	missing := r.Scopes.Missing(ro.policy.Rights().Expand(named, scopes.Owner{}, scopes.Client{}), access.GroupsOf(r.User))
	for _, base := range ro.aboutHolder(own).Bases() {
		if !r.Scopes.HasAny(base) {
			missing = append(missing, base+"!user")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return hub.Said(hub.Forbidden, "The role %s allows %s, which you do not have. Leave it out, or ask an administrator.", m.Name, slices.Min(missing))
}

// holdsOnAll refuses a role by which one of those who have it has more on themselves than the requester has on them.
func (ro *Roles) holdsOnAll(ctx context.Context, tx data.Tx, r *access.Requester, m hub.MadeRole) error {
	_, own := ro.parts(m.Scopes)
	about := ro.aboutHolder(own)
	if !slices.ContainsFunc(about.Bases(), func(base string) bool { return !r.Scopes.Has(base) }) {
		return nil
	}
	given, err := tx.GivenRoles(ctx, mostGiven)
	if err != nil {
		return err
	}
	var ids []int64
	for _, g := range given {
		if g.Role == m.Name {
			ids = append(ids, g.UserID)
		}
	}
	for ids := range slices.Chunk(ids, chunk) {
		people, err := tx.UsersByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, u := range people {
			if err := ro.holdsOn(r, m.Name, own, u); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdsOn refuses what the requester does not hold, as somebody has it by a role.
func (ro *Roles) holdsOn(r *access.Requester, role string, raw []string, u hub.User) error {
	set := ro.policy.Rights().Expand(raw, access.UserOwner(u), scopes.Client{})
	if missing := r.Lacks(set, u); len(missing) > 0 {
		return hub.Said(hub.Forbidden, "The role %s allows %s, which you do not have. Ask an administrator.", role, missing[0])
	}
	return nil
}

// chunk is how many people are read at once.
const chunk = 500

// parts are the scopes that say whom they are about, or are about everybody, and those about whoever has them.
func (ro *Roles) parts(raw []string) (named, own []string) {
	for _, s := range raw {
		if base, f, err := ro.policy.Rights().Parse(s); err == nil && (base == scopes.Self || f.Kind == scopes.KindUser && f.Value == "") {
			own = append(own, s)
		} else {
			named = append(named, s)
		}
	}
	return named, own
}

// aboutHolder is what scopes are that are about whoever has them. Of whom they then are is not of interest.
func (ro *Roles) aboutHolder(own []string) scopes.Set {
	return ro.policy.Rights().Expand(own, scopes.Owner{Kind: scopes.KindUser, Name: "somebody"}, scopes.Client{})
}
