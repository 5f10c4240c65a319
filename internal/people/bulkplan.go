package people

import (
	"context"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/quota"
)

// peopleChunk is some rows of a bulk request about people. What plan decides, write does, in
// one transaction.
type peopleChunk struct {
	*peopleWork
	rows    []int         // their places
	results []bulk.Result // by the place in rows, like all that follows
	people  map[string]hub.User
	groups  map[string]hub.Group // without members
	steps   peopleSteps
}

// peopleSteps is what is to be written.
type peopleSteps struct {
	fresh     map[bool][]string // names, by admin
	update    []hub.User        // whose admin flag changes
	demoted   []int64           // those of them who are no administrators any more
	passwords map[string]hub.Password
	must      map[bool][]int64 // whose password has to be changed, or does not any more
	ended     []int64          // whose sessions end, since they get a password or must choose one
	make      []string         // groups
	join      map[string][]string
	leave     map[string][]string
	audit     []peopleEntry
	quotas    []quota.Change
	given     []*bulk.Result // of the rows that give them
}

// peopleEntry is an audit entry on somebody who may not have an id yet.
type peopleEntry struct {
	action, name  string
	before, after any
}

func (w *peopleWork) chunk(rows []int) *peopleChunk {
	p := &peopleChunk{peopleWork: w, rows: rows, results: make([]bulk.Result, len(rows)), steps: peopleSteps{
		fresh: map[bool][]string{}, passwords: map[string]hub.Password{}, must: map[bool][]int64{},
		join: map[string][]string{}, leave: map[string][]string{},
	}}
	for i, place := range rows {
		p.results[i] = w.Checked[place]
	}
	return p
}

// plan decides on every row.
func (w *peopleChunk) plan(ctx context.Context, tx data.Tx) (err error) {
	if w.people, err = access.UsersNamed(ctx, tx, undone(w.Checked, w.rows)); err != nil {
		return err
	}
	if err := w.readGroups(ctx, tx); err != nil {
		return err
	}
	for i, place := range w.rows {
		x, row := &w.results[i], w.Rows[place]
		if x.Status != "" {
			continue
		}
		if err := x.Fail(w.planRow(ctx, tx, row, x)); err != nil {
			return err
		}
		if row.Quota != nil && x.Status != bulk.Failed && x.Status != bulk.Exists {
			w.planQuota(row, x)
		}
	}
	return nil
}

// planQuota decides on the quota that a row gives to somebody who is made or changed. Who may not give it does the rest.
func (w *peopleChunk) planQuota(row personRow, x *bulk.Result) {
	if err := w.svc.quota.MayChangeQuota(w.r); err != nil {
		if hub.Is(err, hub.Forbidden) {
			err = hub.Errorf(hub.Forbidden, "You may not give a quota to %s", x.Username)
		}
		x.Warn(err.Error())
		return
	}
	w.steps.quotas = append(w.steps.quotas, row.Quota.Change(x.Username))
	w.steps.given = append(w.steps.given, x)
	if x.Status == bulk.Unchanged {
		x.Status = bulk.Changed
	}
}

// readGroups reads the groups that the rows name, and those that the people are in.
func (w *peopleChunk) readGroups(ctx context.Context, tx data.Tx) error {
	wanted := map[string]bool{}
	for i, place := range w.rows {
		row := w.Rows[place]
		if into, err := w.r.LandsIn(w.results[i].Username, row.groups()); err == nil && into != "" {
			wanted[into] = true
		}
		if row.Groups == nil {
			continue
		}
		for _, g := range *row.Groups {
			wanted[g] = true
		}
		for _, g := range w.people[w.results[i].Username].Groups {
			wanted[g] = true
		}
	}
	w.groups = map[string]hub.Group{}
	if len(wanted) == 0 {
		return nil
	}
	list, err := tx.GroupsNamed(ctx, slices.Sorted(maps.Keys(wanted)))
	for _, g := range list {
		w.groups[g.Name] = g
	}
	return err
}

func (w *peopleChunk) planRow(ctx context.Context, tx data.Tx, row personRow, x *bulk.Result) error {
	u, exists := w.people[x.Username]
	if !exists && w.Existing {
		return w.r.Absent(x.Username, access.PasswordScopes()...)
	}
	if !exists {
		u = hub.User{Name: x.Username, Groups: []string{}}
	}
	if err := w.mayTouch(u, exists, row); err != nil {
		return err
	}
	if !exists {
		into, err := w.r.LandsIn(u.Name, row.groups())
		if err != nil {
			return err
		}
		if into != "" {
			row.Groups = new(append(row.groups(), into))
		}
	}
	if exists && !w.Change {
		x.Status = bulk.Exists
		return nil
	}
	if row.Secret && row.Hash == "" {
		return hub.Errorf(hub.Conflict, "%s was changed meanwhile. Send this row again.", x.Username)
	}
	if err := w.mayGive(u, exists, row); err != nil {
		return err
	}
	join, leave, err := w.moves(u, row.Groups)
	if err != nil {
		return err
	}
	if row.Admin != nil && !*row.Admin {
		if err := w.svc.policy.KeepAnAdmin(ctx, tx, u, w.steps.demoted...); err != nil {
			return err
		}
	}
	w.step(tx, row, x, u, exists, join, leave)
	return nil
}

// mayTouch asks for the right to make somebody, or to change them as a row says.
func (w *peopleWork) mayTouch(u hub.User, exists bool, row personRow) error {
	if w.Existing {
		return w.r.NeedOn(u, access.PasswordScopes()...) // the same as of somebody who does not exist
	}
	_, making := w.r.LandsIn(u.Name, row.groups())
	if !exists && (making == nil || hub.Is(making, hub.Invalid)) {
		return making
	}
	need := []string{"admin:users"}
	switch {
	case !w.Change: // nothing is done
		need = access.CreateScopes()
	case row.Admin == nil && row.Groups == nil && row.Quota == nil:
		need = access.PasswordScopes()
	}
	if exists && slices.ContainsFunc(need, func(s string) bool { return w.r.AllowsUser(s, u) }) {
		return nil
	}
	if exists && w.r.MakesPeople() {
		return hub.Errorf(hub.Forbidden, "There is a %s already whom you may not change. Should they be in a group of yours, ask an administrator to add them.", u.Name)
	}
	return hub.Errorf(hub.Forbidden, "You may not make or change %s", u.Name) // whether or not they exist
}

// mayGive asks for the rights that a row takes beside admin:users.
func (w *peopleChunk) mayGive(u hub.User, exists bool, row personRow) error {
	if row.Admin != nil {
		if err := w.svc.policy.MayMakeAdmin(w.r, u, *row.Admin); err != nil {
			return err
		}
	}
	if !exists && row.Secret {
		return w.svc.policy.MayTakeName(w.r, u.Name)
	}
	if !exists {
		return nil
	}
	if err := w.svc.policy.MayTouchAdmin(w.r, u); err != nil {
		return err
	}
	if row.Secret {
		return w.svc.policy.MayBecome(w.r, u)
	}
	return nil
}

// moves are the groups that a row makes somebody join and leave.
func (w *peopleChunk) moves(u hub.User, groups *[]string) (join, leave []string, err error) {
	if groups == nil {
		return nil, nil, nil
	}
	for _, name := range *groups {
		if slices.Contains(u.Groups, name) || slices.Contains(join, name) {
			continue
		}
		if err := w.mayEnter(name, u); err != nil {
			return nil, nil, err
		}
		join = append(join, name)
	}
	for _, name := range u.Groups {
		if slices.Contains(*groups, name) {
			continue
		}
		if err := w.r.NeedGroup(name, "groups"); err != nil {
			return nil, nil, hub.Errorf(hub.Forbidden, "You may not take people out of the group %s", name)
		}
		if err := access.MayTakeOut(w.r, w.groups[name], u); err != nil {
			return nil, nil, err
		}
		leave = append(leave, name)
	}
	return join, leave, nil
}

// mayEnter asks for the rights to put somebody into a group, which may be yet to make.
func (w *peopleChunk) mayEnter(name string, u hub.User) error {
	g, exists := w.groups[name]
	if !exists {
		if _, err := hub.GroupName(name); err != nil {
			return err
		}
		if !w.MakeGroups {
			return hub.Errorf(hub.Invalid, "There is no group %s", name)
		}
		if err := w.r.NeedGroup(name, "admin:groups"); err != nil {
			return hub.Errorf(hub.Forbidden, "There is no group %s, and you may not make it", name)
		}
		g = hub.Group{Name: name}
	} else if err := w.r.NeedGroup(name, "groups"); err != nil && (u.ID != 0 || !w.r.MakesPeopleIn(name)) {
		return hub.Errorf(hub.Forbidden, "You may not put people into the group %s", name)
	}
	return w.svc.policy.MayJoin(w.r, g, u)
}

// step notes what a row, which nothing forbids, takes.
func (w *peopleChunk) step(tx data.Tx, row personRow, x *bulk.Result, u hub.User, exists bool, join, leave []string) {
	s := &w.steps
	after := u
	if row.Admin != nil {
		after.Admin = *row.Admin
	}
	for _, g := range join {
		if _, exists := w.groups[g]; !exists && !slices.Contains(s.make, g) {
			s.make = append(s.make, g)
		}
		s.join[g] = append(s.join[g], u.Name)
	}
	for _, g := range leave {
		s.leave[g] = append(s.leave[g], u.Name)
	}
	password := w.password(tx, row, u, x)
	if text := w.claimCloses(tx, u, after, join); text != "" && !row.Secret {
		x.Warn(text)
	}
	switch {
	case !exists:
		s.fresh[after.Admin] = append(s.fresh[after.Admin], u.Name)
		x.Status = bulk.Created
		s.audit = append(s.audit, peopleEntry{"user.create", u.Name, nil, map[string]any{"admin": after.Admin, "password": row.Secret}})
	case after.Admin != u.Admin:
		s.update = append(s.update, after)
		if u.Admin {
			s.demoted = append(s.demoted, u.ID)
		}
		s.audit = append(s.audit, peopleEntry{"user.change", u.Name, access.UserRecord(u), access.UserRecord(after)})
		x.Status = bulk.Changed
	case password || len(join)+len(leave) > 0:
		x.Status = bulk.Changed
	default:
		x.Status = bulk.Unchanged
	}
}

// password notes the password that somebody gets, or that they must change theirs;
// false for neither.
func (w *peopleChunk) password(tx data.Tx, row personRow, u hub.User, x *bulk.Result) bool {
	must := row.must()
	if row.Secret {
		w.steps.passwords[u.Name] = hub.Password{Hash: row.Hash, MustChange: must, ChangedAt: tx.Now()}
		if u.ID != 0 {
			w.steps.ended = append(w.steps.ended, u.ID)
			w.steps.audit = append(w.steps.audit, peopleEntry{"user.password", u.Name, nil, map[string]any{"must_change": must}})
		}
		return true
	}
	if row.MustChange == nil || must == u.MustChange {
		return false
	}
	if !u.HasPassword {
		x.Warn(u.Name + " has no password that could be changed")
		return false
	}
	w.steps.must[must] = append(w.steps.must[must], u.ID)
	if must {
		w.steps.ended = append(w.steps.ended, u.ID)
	}
	w.steps.audit = append(w.steps.audit, peopleEntry{"user.must_change", u.Name, map[string]any{"must_change": !must}, map[string]any{"must_change": must}})
	return true
}

// claimCloses says, of somebody without a password, that what a row gives them keeps
// them from setting it by their first login; empty where it does not.
func (w *peopleChunk) claimCloses(tx data.Tx, u, after hub.User, join []string) string {
	exists := u.ID != 0
	if !w.svc.logins.Claims() || exists && !w.svc.logins.MayClaim(u, tx.Now()) {
		return ""
	}
	had := " has no password; "
	if exists {
		had = " had not set a password yet; "
	}
	const consequence = " they cannot set one by logging in: set one for them"
	if after.Admin {
		return u.Name + had + "as an administrator" + consequence
	}
	for _, name := range join {
		if g := w.groups[name]; len(g.Roles)+len(g.Shared)+len(w.svc.policy.Promised(scopes.Group(name))) > 0 {
			return u.Name + had + "with the rights of the group " + name + consequence
		}
	}
	return ""
}
