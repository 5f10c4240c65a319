package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// UserView is a person as a requester may see them. Fields tells which parts.
type UserView struct {
	hub.User
	Fields   Fields
	Servers  []hub.Server // those that the requester may see; only with Fields.Servers
	States   map[int64]bool
	HasState bool // some server's State may be shown
}

// Fields says which parts of a person are visible.
type Fields struct {
	Name, Groups, Activity, Roles, All, Servers, AuthState bool
	Password                                               PasswordState // empty where it may not be seen
}

// PasswordState is what is known of somebody's password.
type PasswordState string

// The states.
const (
	PasswordSet       PasswordState = "set"
	PasswordUnset     PasswordState = "unset"
	PasswordUnclaimed PasswordState = "unclaimed" // the first login at the form sets it
)

// Any tells whether anything is.
func (f Fields) Any() bool {
	return f.Name || f.Groups || f.Activity || f.Roles || f.All || f.Servers
}

// readUser is the scopes that show something of a person.
func readUser() []string {
	return []string{"read:users", "read:users:name", "read:servers", "read:users:groups", "read:users:activity", "read:roles:users"}
}

func (r *Requester) fields(u hub.User) Fields {
	may := func(s string) bool { return r.Scopes.AllowsUser(s, u.Name, GroupsOf(u)) }
	return Fields{
		All: may("read:users"), Name: may("read:users:name"), Groups: may("read:users:groups"),
		Activity: may("read:users:activity"), Roles: may("read:roles:users"),
		Servers: may("read:servers"), AuthState: may("admin:auth_state"),
	}
}

// view is a person as the requester may see them, with those of the servers that the
// requester may see.
func (a *App) view(r *Requester, u hub.User, servers []hub.Server) UserView {
	v := UserView{User: u, Fields: r.fields(u), States: map[int64]bool{}}
	if r.Scopes.AllowsUser("admin:users", u.Name, GroupsOf(u)) {
		v.Fields.Password = a.passwordState(u)
	}
	if len(servers) == 0 || servers[0].Name != "" { // everybody has a default one, if only as a record never written
		servers = append([]hub.Server{neverStarted(u)}, servers...)
	}
	for _, s := range servers {
		if !r.Scopes.AllowsServer("read:servers", u.Name, s.Name, GroupsOf(u)) {
			continue
		}
		v.Fields.Servers = true
		v.Servers = append(v.Servers, s)
		if r.Scopes.AllowsServer("admin:server_state", u.Name, s.Name, GroupsOf(u)) {
			v.States[s.ID] = true
		}
	}
	return v
}

// user finds a person by a name from a path and asks for one of the scopes on
// them. Whoever may not know of the person gets the same answer for one who exists
// and one who does not.
func (a *App) user(ctx context.Context, tx data.Tx, r *Requester, raw string, oneOf ...string) (hub.User, error) {
	if !r.Known() {
		return hub.User{}, hub.Errorf(hub.Forbidden, msgAnonymous)
	}
	name, err := hub.UserName(raw)
	if err != nil {
		return hub.User{}, r.absent(raw, oneOf...)
	}
	u, err := tx.UserByName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return u, r.absent(name, oneOf...)
	}
	if err != nil {
		return u, err
	}
	return u, r.needOn(u, oneOf...)
}

// absent is the answer about a person who does not exist.
func (r *Requester) absent(name string, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Scopes.AllowsUser(s, name, func(string) []string { return nil }) {
			return hub.Errorf(hub.NotFound, "Not Found")
		}
	}
	return r.denied(oneOf...)
}

// Me is the requester as they may see themselves: at least their name and groups.
func (a *App) Me(ctx context.Context, r *Requester) (UserView, error) {
	if !r.Known() {
		return UserView{}, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	if r.IsService() {
		return UserView{}, hub.Errorf(hub.Internal, "a service is no user")
	}
	v, err := a.viewOf(ctx, r, r.User.ID)
	v.Fields.Name, v.Fields.Groups = true, true
	return v, err
}

// MyVersion changes whenever what Me shows of a person does: it is to be compared
// with an earlier one, as long as the requester's token or session is the same.
func (a *App) MyVersion(ctx context.Context, r *Requester) (any, error) {
	return a.directory.byID(ctx, r.User.ID)
}

func (a *App) viewOf(ctx context.Context, r *Requester, id int64) (UserView, error) {
	p, err := a.directory.byID(ctx, id)
	if err != nil {
		return UserView{}, err
	}
	return a.wholeView(ctx, r, p)
}

// wholeView is a person of the directory as the requester may see them.
func (a *App) wholeView(ctx context.Context, r *Requester, p *person) (UserView, error) {
	views := []UserView{a.view(r, p.User, p.servers)}
	err := a.fillOptions(ctx, views)
	return views[0], err
}

// fillOptions reads those options of servers that are too large for the directory.
func (a *App) fillOptions(ctx context.Context, views []UserView) error {
	var ids []int64
	for _, v := range views {
		for _, s := range v.Servers {
			if s.Options == nil && s.ID != 0 {
				ids = append(ids, s.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var options map[int64]json.RawMessage
	err := a.store.View(ctx, func(tx data.Tx) (err error) {
		options, err = tx.ServerOptions(ctx, ids)
		return err
	})
	for _, v := range views {
		for i, s := range v.Servers { // the view's own list
			if s.Options == nil {
				v.Servers[i].Options = options[s.ID]
			}
		}
	}
	return err
}

// GetUser shows one person.
func (a *App) GetUser(ctx context.Context, r *Requester, raw string) (UserView, error) {
	if !r.Known() {
		return UserView{}, hub.Errorf(hub.Forbidden, msgAnonymous)
	}
	name, err := hub.UserName(raw)
	if err != nil {
		return UserView{}, r.absent(raw, readUser()...)
	}
	p, err := a.directory.byName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return UserView{}, r.absent(name, readUser()...)
	}
	if err != nil {
		return UserView{}, err
	}
	if err := r.needOn(p.User, readUser()...); err != nil {
		return UserView{}, err
	}
	return a.wholeView(ctx, r, p)
}

// ListUsers shows the part of the list that the query asks for, and how many
// people the whole of it has.
func (a *App) ListUsers(ctx context.Context, r *Requester, q hub.UserQuery) (views []UserView, total int, err error) {
	if err := r.narrow(&q); err != nil {
		return nil, 0, err
	}
	part, total, err := a.directory.list(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	views = make([]UserView, 0, len(part))
	for _, p := range part {
		if v := a.view(r, p.User, p.servers); v.Fields.Any() {
			views = append(views, v)
		}
	}
	return views, total, a.fillOptions(ctx, views)
}

// narrow lets a filtered list:users see only its part.
func (r *Requester) narrow(q *hub.UserQuery) error {
	const scope = "list:users"
	if !r.Known() || !r.Scopes.HasAny(scope) {
		return r.denied(scope)
	}
	if r.Scopes.Has(scope) {
		return nil
	}
	q.Restricted = true
	for _, f := range r.Scopes.Filters(scope) {
		switch f.Kind {
		case "user":
			q.OnlyUsers = append(q.OnlyUsers, f.Value)
		case "group":
			q.OnlyGroups = append(q.OnlyGroups, f.Value)
		default:
			return hub.Errorf(hub.Forbidden, "Forbidden")
		}
	}
	return nil
}

// MaxNames is how many names one request may carry on JupyterHub's endpoints.
const MaxNames = 100_000

// CreateUsers makes those of the names that are not there yet and shows them;
// hub.Conflict when all of them are. Bad names are all named, and nothing is done.
func (a *App) CreateUsers(ctx context.Context, r *Requester, raw []string, admin bool) (views []UserView, err error) {
	if err := r.need("admin:users"); err != nil {
		return nil, err
	}
	return a.createUsers(ctx, r, raw, admin)
}

func (a *App) createUsers(ctx context.Context, r *Requester, raw []string, admin bool) (views []UserView, err error) {
	if admin && !a.isAdmin(r) {
		return nil, hub.Errorf(hub.Forbidden, "Only an administrator can grant admin rights")
	}
	names, err := userNames(raw)
	if err != nil {
		return nil, err
	}
	err = a.store.Update(ctx, func(tx data.Tx) error {
		fresh, err := newNames(ctx, tx, names)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			return hub.Errorf(hub.Conflict, "All %d users already exist", len(names))
		}
		made, err := tx.CreateUsers(ctx, fresh, admin)
		if err != nil {
			return err
		}
		entries := make([]hub.AuditEntry, len(made))
		views = make([]UserView, len(made))
		for i, u := range made {
			entries[i] = r.audit("user.create", "user", u.ID, u.Name, nil, map[string]any{"admin": u.Admin})
			views[i] = a.view(r, u, nil)
		}
		return tx.AddAudit(ctx, entries...)
	})
	return views, err
}

func userNames(raw []string) ([]string, error) {
	if len(raw) > MaxNames {
		return nil, hub.Errorf(hub.TooLarge, "%d usernames in one request; send at most %d", len(raw), MaxNames)
	}
	var names, bad []string
	seen := map[string]bool{}
	for _, n := range raw {
		name, err := hub.UserName(n)
		switch {
		case err != nil:
			bad = append(bad, strings.ToValidUTF8(clipText(n, 64), "\ufffd"))
		case !seen[name]:
			seen[name] = true
			names = append(names, name)
		}
	}
	switch {
	case len(bad) == 1:
		return nil, hub.Errorf(hub.Invalid, "Invalid username: %s", bad[0])
	case len(bad) > 1:
		return nil, hub.Errorf(hub.Invalid, "Invalid usernames: %s", clipText(strings.Join(bad, ", "), 2000))
	case len(names) == 0:
		return nil, hub.Errorf(hub.Invalid, "Must specify at least one user to create")
	}
	return names, nil
}

func newNames(ctx context.Context, tx data.Tx, names []string) ([]string, error) {
	there, err := tx.UsersByName(ctx, names)
	if err != nil {
		return nil, err
	}
	has := make(map[string]bool, len(there))
	for _, u := range there {
		has[u.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return has[n] }), nil
}

// IsPerson tells whether somebody has the name. It is read from memory.
func (a *App) IsPerson(ctx context.Context, raw string) (bool, error) {
	name, err := hub.UserName(raw)
	if err != nil {
		return false, nil //nolint:nilerr // nobody can have it
	}
	_, err = a.directory.byName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// MayCreateUser is nil for one who may make a person of this name: unlike a list of
// them it is a resource, which the scope's filter may name.
func (a *App) MayCreateUser(r *Requester, raw string) error {
	name, err := hub.UserName(raw)
	if err != nil {
		name = raw
	}
	return r.needOn(hub.User{Name: name}, "admin:users")
}

// CreateUser makes one person; hub.Conflict when they exist.
func (a *App) CreateUser(ctx context.Context, r *Requester, name string, admin bool) (UserView, error) {
	if err := a.MayCreateUser(r, name); err != nil {
		return UserView{}, err
	}
	views, err := a.createUsers(ctx, r, []string{name}, admin)
	if hub.Is(err, hub.Conflict) {
		return UserView{}, hub.Errorf(hub.Conflict, "User %s already exists", name)
	}
	if err != nil {
		return UserView{}, err
	}
	return views[0], nil
}
