package app

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// UserRow is what a bulk request says of one person. nil leaves as it is.
type UserRow struct {
	Username   string
	Admin      *bool
	Password   string // empty: none given
	Hash       string // instead of Password: a hash made elsewhere, renewed at the next login
	Groups     *[]string
	MustChange *bool
	Quota      bool // one was given
}

func (u UserRow) secret() bool { return u.Password != "" || u.Hash != "" }

func (u UserRow) must() bool { return u.MustChange != nil && *u.MustChange }

// PeopleRequest makes people, and with Change brings those who exist to what their
// rows say. With MakeGroups, groups that do not exist are made.
type PeopleRequest struct {
	Key        string // chosen by the client; up to 128 printable ASCII characters; empty for none
	DryRun     bool   // say what would become of the rows, and do nothing
	Change     bool
	MakeGroups bool
	Rows       []UserRow
}

// quotasOff is what a row is told that gives a quota.
const quotasOff = "Quotas are not enabled on this hub"

// BulkUsers makes or changes people in one transaction, one result a row, in their
// order. A bad row fails alone. Passwords are hashed before the transaction, so that
// nobody waits for it. It needs admin:users on each person, and the right on each
// group that they join or leave.
func (a *App) BulkUsers(ctx context.Context, r *Requester, req PeopleRequest) ([]RowResult, error) {
	if err := mayBulk(r, "admin:users", req.Key, len(req.Rows)); err != nil {
		return nil, err
	}
	return a.newPeopleWork(r, req).run(ctx)
}

// run does the request, or gives the answer that it had before.
func (w *peopleWork) run(ctx context.Context) ([]RowResult, error) {
	if done, err := w.prepare(ctx); done || err != nil {
		return w.results, err
	}
	if w.req.DryRun {
		return w.foresee(ctx)
	}
	if len(w.secrets) > 0 { // hashing may have taken a while
		if err := w.app.identities.Again(ctx, w.r); err != nil {
			return nil, err
		}
	}
	err := w.app.store.Update(ctx, func(tx data.Tx) error {
		w.reset()
		if done, err := w.repeat.former(ctx, tx, &w.results); done || err != nil {
			return err
		}
		if err := w.plan(ctx, tx); err != nil {
			return err
		}
		if err := w.write(ctx, tx); err != nil {
			return err
		}
		return w.repeat.keep(ctx, tx, w.results)
	})
	return w.results, err
}

// foresee says what would become of the rows.
func (w *peopleWork) foresee(ctx context.Context) ([]RowResult, error) {
	err := w.app.store.View(ctx, func(tx data.Tx) error {
		w.reset()
		return w.plan(ctx, tx)
	})
	return w.results, err
}

// peopleWork is a bulk request on its way. What plan decides, write does; both run
// inside the transaction, perhaps more than once.
type peopleWork struct {
	app    *App
	r      *Requester
	req    PeopleRequest
	repeat repeat
	// existing: nobody is made
	existing bool

	checked []RowResult // after the checks that need no database
	names   []string
	secrets secrets

	results []RowResult
	people  map[string]hub.User
	groups  map[string]hub.Group
	steps   peopleSteps
}

// peopleSteps is what is to be written.
type peopleSteps struct {
	fresh     map[bool][]string // names, by admin
	update    []hub.User        // whose admin flag changes
	demoted   []int64           // those of them who are no administrators any more
	passwords map[string]hub.Password
	ended     []hub.User // whose sessions end, since they get a password or must choose one
	make      []string   // groups
	join      map[string][]string
	leave     map[string][]string
	audit     []peopleEntry
}

// peopleEntry is an audit entry on somebody who may not have an id yet.
type peopleEntry struct {
	action, name  string
	before, after any
}

func (a *App) newPeopleWork(r *Requester, req PeopleRequest) *peopleWork {
	w := &peopleWork{app: a, r: r, req: req, checked: make([]RowResult, len(req.Rows))}
	asked := make([]UserRow, len(req.Rows))
	for i, row := range req.Rows {
		w.checked[i] = RowResult{Username: row.Username}
		asked[i] = row
		if row.secret() {
			asked[i].Password, asked[i].Hash = "given", "" // the digest must not tell of it
		}
	}
	w.repeat = newRepeat(r, keyOf(req.Key, req.DryRun), "users", req.Change, req.MakeGroups, asked)
	w.names = rowNames(w.checked)
	return w
}

// prepare checks the passwords and hashes those that will be needed; true when the
// request was answered already. What is said of a password would tell who exists: it
// is for those alone who may know.
func (w *peopleWork) prepare(ctx context.Context) (done bool, err error) {
	var people map[string]hub.User
	err = w.app.store.View(ctx, func(tx data.Tx) error {
		if done, err = w.repeat.former(ctx, tx, &w.results); done || err != nil {
			return err
		}
		people, err = peopleNamed(ctx, tx, w.names)
		return err
	})
	if done || err != nil {
		return done, err
	}
	w.secrets = make(secrets, len(w.req.Rows))
	for i, row := range w.req.Rows {
		if w.checked[i].Status != "" || !row.secret() {
			continue
		}
		u, exists := people[w.checked[i].Username]
		if !exists {
			u.Name = w.checked[i].Username
		}
		needed := w.req.Change && exists || !exists && !w.existing
		if needed && w.r.needOn(u, "admin:users") == nil {
			w.secrets[i] = &secret{name: w.checked[i].Username, password: row.Password, passing: row.must(), hash: row.Hash}
		}
	}
	return false, w.app.hash(ctx, w.secrets, w.checked, w.req.DryRun)
}

func (w *peopleWork) reset() {
	w.results = slices.Clone(w.checked)
	w.steps = peopleSteps{
		fresh: map[bool][]string{}, passwords: map[string]hub.Password{},
		join: map[string][]string{}, leave: map[string][]string{},
	}
}

// plan decides on every row.
func (w *peopleWork) plan(ctx context.Context, tx data.Tx) (err error) {
	if w.people, err = peopleNamed(ctx, tx, w.names); err != nil {
		return err
	}
	if err := w.readGroups(ctx, tx); err != nil {
		return err
	}
	for i, row := range w.req.Rows {
		x := &w.results[i]
		if x.Status != "" {
			continue
		}
		if err := x.fail(w.planRow(ctx, tx, i, row, x)); err != nil {
			return err
		}
		if row.Quota && x.Status != RowFailed && x.Status != RowExists {
			x.warn(quotasOff)
		}
	}
	return nil
}

// readGroups reads the groups that the rows name, and those that the people are in.
func (w *peopleWork) readGroups(ctx context.Context, tx data.Tx) error {
	wanted := map[string]bool{}
	for i, row := range w.req.Rows {
		if row.Groups == nil {
			continue
		}
		for _, g := range *row.Groups {
			wanted[g] = true
		}
		for _, g := range w.people[w.checked[i].Username].Groups {
			wanted[g] = true
		}
	}
	w.groups = map[string]hub.Group{}
	if len(wanted) == 0 {
		return nil
	}
	list, _, err := tx.ListGroups(ctx, sortedKeys(wanted), 0, 0)
	for _, g := range list {
		w.groups[g.Name] = g
	}
	return err
}

func (w *peopleWork) planRow(ctx context.Context, tx data.Tx, i int, row UserRow, x *RowResult) error {
	u, exists := w.people[x.Username]
	if !exists && w.existing {
		return w.r.absent(x.Username, "admin:users")
	}
	if !exists {
		u = hub.User{Name: x.Username, Groups: []string{}}
	}
	if err := w.r.needOn(u, "admin:users"); err != nil {
		if w.existing {
			return err // as of somebody who does not
		}
		return hub.Errorf(hub.Forbidden, "You may not make or change %s", x.Username) // whether or not they exist
	}
	if exists && !w.req.Change {
		x.Status = RowExists
		return nil
	}
	if hashed := w.secrets[i]; row.secret() && (hashed == nil || hashed.made == "") {
		return hub.Errorf(hub.Conflict, "%s was changed meanwhile. Send this row again.", x.Username)
	}
	if err := w.mayGive(u, exists, row); err != nil {
		return err
	}
	join, leave, err := w.moves(u, row)
	if err != nil {
		return err
	}
	if row.Admin != nil && !*row.Admin {
		if err := w.app.keepAnAdmin(ctx, tx, u, w.steps.demoted...); err != nil {
			return err
		}
	}
	w.step(tx, i, row, u, exists, join, leave)
	return nil
}

// mayGive asks for the rights that a row takes beside admin:users.
func (w *peopleWork) mayGive(u hub.User, exists bool, row UserRow) error {
	if row.Admin != nil && *row.Admin && !u.Admin && !w.app.isAdmin(w.r) {
		return hub.Errorf(hub.Forbidden, "Only an administrator can grant admin rights")
	}
	if !exists && row.secret() {
		return w.app.mayTakeName(w.r, u.Name)
	}
	if !exists {
		return nil
	}
	if err := w.app.mayTouchAdmin(w.r, u); err != nil {
		return err
	}
	if row.secret() {
		return w.app.mayBecome(w.r, u)
	}
	return nil
}

// moves are the groups that a row makes somebody join and leave.
func (w *peopleWork) moves(u hub.User, row UserRow) (join, leave []string, err error) {
	if row.Groups == nil {
		return nil, nil, nil
	}
	for _, name := range *row.Groups {
		if slices.Contains(u.Groups, name) || slices.Contains(join, name) {
			continue
		}
		if err := w.mayEnter(name, u); err != nil {
			return nil, nil, err
		}
		join = append(join, name)
	}
	for _, name := range u.Groups {
		if slices.Contains(*row.Groups, name) {
			continue
		}
		if err := w.r.needGroup(name, "groups"); err != nil {
			return nil, nil, hub.Errorf(hub.Forbidden, "You may not take people out of the group %s", name)
		}
		leave = append(leave, name)
	}
	return join, leave, nil
}

// mayEnter asks for the rights to put somebody into a group, which may be yet to make.
func (w *peopleWork) mayEnter(name string, u hub.User) error {
	g, exists := w.groups[name]
	if !exists {
		if _, err := hub.GroupName(name); err != nil {
			return err
		}
		if !w.req.MakeGroups {
			return hub.Errorf(hub.Invalid, "There is no group %s", name)
		}
		if err := w.r.needGroup(name, "admin:groups"); err != nil {
			return hub.Errorf(hub.Forbidden, "There is no group %s, and you may not make it", name)
		}
		g = hub.Group{Name: name}
	} else if err := w.r.needGroup(name, "groups"); err != nil {
		return hub.Errorf(hub.Forbidden, "You may not put people into the group %s", name)
	}
	return w.app.mayJoin(w.r, g, u)
}

// step notes what a row, which nothing forbids, takes.
func (w *peopleWork) step(tx data.Tx, i int, row UserRow, u hub.User, exists bool, join, leave []string) {
	x, s := &w.results[i], &w.steps
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
	password := w.password(tx, i, row, u, x)
	if text := w.claimCloses(tx, u, after, join); text != "" && !row.secret() {
		x.warn(text)
	}
	switch {
	case !exists:
		s.fresh[after.Admin] = append(s.fresh[after.Admin], u.Name)
		x.Status = RowCreated
		s.audit = append(s.audit, peopleEntry{"user.create", u.Name, nil, map[string]any{"admin": after.Admin, "password": row.secret()}})
	case after.Admin != u.Admin:
		s.update = append(s.update, after)
		if u.Admin {
			s.demoted = append(s.demoted, u.ID)
		}
		s.audit = append(s.audit, peopleEntry{"user.change", u.Name, userRecord(u), userRecord(after)})
		x.Status = RowChanged
	case password || len(join)+len(leave) > 0:
		x.Status = RowChanged
	default:
		x.Status = RowUnchanged
	}
}

// password notes the password that somebody gets, or that they must change theirs;
// false for neither.
func (w *peopleWork) password(tx data.Tx, i int, row UserRow, u hub.User, x *RowResult) bool {
	must := row.must()
	if row.secret() {
		w.steps.passwords[u.Name] = hub.Password{Hash: w.secrets[i].made, MustChange: must, ChangedAt: tx.Now()}
		if u.ID != 0 {
			w.steps.ended = append(w.steps.ended, u)
			w.steps.audit = append(w.steps.audit, peopleEntry{"user.password", u.Name, nil, map[string]any{"must_change": must}})
		}
		return true
	}
	if row.MustChange == nil || must == u.MustChange {
		return false
	}
	if !u.HasPassword {
		x.warn(u.Name + " has no password that could be changed")
		return false
	}
	w.steps.passwords[u.Name] = hub.Password{MustChange: must} // the hash is read when it is written
	if must {
		w.steps.ended = append(w.steps.ended, u)
	}
	w.steps.audit = append(w.steps.audit, peopleEntry{"user.must_change", u.Name, map[string]any{"must_change": !must}, map[string]any{"must_change": must}})
	return true
}
