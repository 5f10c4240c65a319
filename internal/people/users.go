package people

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// View is a person as the requester may see them, with those of the servers that the
// requester may see.
func (pe *People) View(r *access.Requester, u hub.User, servers []hub.Server) access.UserView {
	v := access.UserView{User: u, Fields: access.FieldsOf(r, u), States: map[int64]bool{}, Above: r.Above(u)}
	if slices.ContainsFunc(access.PasswordScopes(), func(s string) bool { return r.AllowsUser(s, u) }) {
		v.Fields.Password = pe.logins.PasswordState(u)
	}
	if len(servers) == 0 || servers[0].Name != "" { // everybody has a default one, if only as a record never written
		servers = append([]hub.Server{access.UnstartedServer(u)}, servers...)
	}
	for _, s := range servers {
		if !r.AllowsServer("read:servers", u, s.Name) {
			continue
		}
		v.Fields.Servers = true
		v.Servers = append(v.Servers, s)
		if r.AllowsServer("admin:server_state", u, s.Name) {
			v.States[s.ID] = true
		}
	}
	return v
}

// Me is the requester as they may see themselves: at least their name and groups.
func (pe *People) Me(ctx context.Context, r *access.Requester) (access.UserView, error) {
	if !r.Known() {
		return access.UserView{}, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	if r.IsService() {
		return access.UserView{}, hub.Errorf(hub.Internal, "a service is no user")
	}
	v, err := pe.ViewOf(ctx, r, r.User.ID)
	v.Visitors = nil // MyVersion knows nothing of them
	v.Fields.Name, v.Fields.Groups = true, true
	return v, err
}

// MyVersion changes whenever what Me shows of a person does: it is to be compared
// with an earlier one, as long as the requester's token or session is the same.
func (pe *People) MyVersion(ctx context.Context, r *access.Requester) (any, error) {
	return pe.directory.ByID(ctx, r.User.ID)
}

// ViewOf is a person, by their id, as the requester may see them.
func (pe *People) ViewOf(ctx context.Context, r *access.Requester, id int64) (access.UserView, error) {
	p, err := pe.directory.ByID(ctx, id)
	if err != nil {
		return access.UserView{}, err
	}
	return pe.wholeView(ctx, r, p)
}

// wholeView is a person of the directory as the requester may see them.
func (pe *People) wholeView(ctx context.Context, r *access.Requester, p *mirror.Person) (access.UserView, error) {
	views := []access.UserView{pe.View(r, p.User, p.Servers)}
	views[0].Visitors = pe.visits.In(ctx)
	err := pe.fillOptions(ctx, views)
	return views[0], err
}

// fillOptions reads those options of servers that are too large for the directory.
func (pe *People) fillOptions(ctx context.Context, views []access.UserView) error {
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
	err := pe.store.View(ctx, func(tx data.Tx) (err error) {
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
func (pe *People) GetUser(ctx context.Context, r *access.Requester, raw string) (access.UserView, error) {
	if !r.Known() {
		return access.UserView{}, hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	name, err := hub.UserName(raw)
	if err != nil {
		return access.UserView{}, r.Absent(raw, access.ReadUser()...)
	}
	p, err := pe.directory.ByName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return access.UserView{}, r.Absent(name, access.ReadUser()...)
	}
	if err != nil {
		return access.UserView{}, err
	}
	if err := r.NeedOn(p.User, access.ReadUser()...); err != nil {
		return access.UserView{}, err
	}
	v, err := pe.wholeView(ctx, r, p)
	if err != nil {
		return v, err
	}
	v.Prospects, err = pe.culling.Prospects(ctx, p.Groups, v.Servers)
	return v, err
}

// ListUsers shows the part of the list that the query asks for of those to whom the filter
// applies (its Name and State are the query's), and how many people the whole of it has.
func (pe *People) ListUsers(ctx context.Context, r *access.Requester, q hub.UserQuery, f filter.Filter) (views []access.UserView, total int, err error) {
	if err := narrow(r, &q); err != nil {
		return nil, 0, err
	}
	if err := f.Check(); err != nil {
		return nil, 0, err
	}
	var matches func(*mirror.Person) bool
	if f.BeyondName() {
		of := f.Matcher(r, pe.clock(), pe.logins.Unclaimed)
		matches = func(p *mirror.Person) bool { return of(p.User, p.Servers) && filter.MaySeeIn(r, f.Group, p.User) }
	}
	if q.Sort == hub.SortByQuota {
		if q.Amounts, err = pe.quota.Amounts(ctx, r); err != nil {
			return nil, 0, err
		}
	}
	part, total, err := pe.directory.List(ctx, q, matches)
	if err != nil {
		return nil, 0, err
	}
	views = make([]access.UserView, 0, len(part))
	visitors := pe.visits.In(ctx)
	for _, p := range part {
		if v := pe.View(r, p.User, p.Servers); v.Fields.Any() {
			v.Visitors = visitors
			views = append(views, v)
		}
	}
	if q.Quotas {
		if err := pe.fillQuotas(ctx, r, views); err != nil {
			return nil, 0, err
		}
	}
	return views, total, pe.fillOptions(ctx, views)
}

// fillQuotas says what those have of whom the requester may know it.
func (pe *People) fillQuotas(ctx context.Context, r *access.Requester, views []access.UserView) error {
	people := make([]hub.User, len(views))
	for i, v := range views {
		people[i] = v.User
	}
	accounts, err := pe.quota.Quotas(ctx, r, people)
	for i := range views {
		if a, known := accounts[views[i].ID]; known {
			views[i].Quota = &a
		}
	}
	return err
}

// narrow lets a filtered list:users see only its part.
func narrow(r *access.Requester, q *hub.UserQuery) error {
	const scope = "list:users"
	if !r.Known() || !r.Scopes.HasAny(scope) {
		return r.Denied(scope)
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

// CreateUsers makes those of the names that are not there yet and shows them;
// hub.Conflict when all of them are. Bad names are all named, and nothing is done.
func (pe *People) CreateUsers(ctx context.Context, r *access.Requester, raw []string, admin bool) (views []access.UserView, err error) {
	if err := pe.MayCreateUsers(r); err != nil {
		return nil, err
	}
	into, err := r.LandsIn("", nil)
	if err != nil {
		return nil, err
	}
	return pe.createUsers(ctx, r, raw, admin, into)
}

// MayCreateUsers is nil for one who may make people, if only in a group.
func (pe *People) MayCreateUsers(r *access.Requester) error {
	if r.Known() && r.MakesPeople() {
		return nil
	}
	return r.Need(access.CreateScopes()...)
}

func (pe *People) createUsers(ctx context.Context, r *access.Requester, raw []string, admin bool, into string) (views []access.UserView, err error) {
	if admin && !pe.policy.IsAdmin(r) {
		return nil, hub.Errorf(hub.Forbidden, "Only an administrator can grant admin rights")
	}
	names, err := access.UserNames(raw)
	if err != nil {
		return nil, err
	}
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		fresh, err := access.NewNames(ctx, tx, names)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			return hub.Errorf(hub.Conflict, "All %d users already exist", len(names))
		}
		made, err := pe.makeIn(ctx, tx, r, into, fresh, admin)
		if err != nil {
			return err
		}
		entries := make([]hub.AuditEntry, len(made))
		views = make([]access.UserView, len(made))
		for i, u := range made {
			entries[i] = r.Audit("user.create", "user", u.ID, u.Name, nil, map[string]any{"admin": u.Admin})
			views[i] = pe.View(r, u, nil)
		}
		return tx.AddAudit(ctx, entries...)
	})
	return views, err
}

// makeIn makes people who go into a group; an empty one is none.
func (pe *People) makeIn(ctx context.Context, tx data.Tx, r *access.Requester, into string, names []string, admin bool) ([]hub.User, error) {
	if into == "" {
		return tx.CreateUsers(ctx, names, admin)
	}
	g, err := access.GroupNamed(ctx, tx, into)
	if err != nil {
		return nil, hub.Errorf(hub.Conflict, "The group %s, into which people go whom you make, is not there", into)
	}
	for _, name := range names {
		if err := pe.policy.MayJoin(r, g, hub.User{Name: name}); err != nil {
			return nil, err
		}
	}
	made, err := tx.CreateUsers(ctx, names, admin)
	if err != nil {
		return nil, err
	}
	for i := range made {
		made[i].Groups = []string{g.Name}
	}
	return made, groups.Move(ctx, tx, r, g, made, true)
}

// IsPerson tells whether somebody has the name. It is read from memory.
func (pe *People) IsPerson(ctx context.Context, raw string) (bool, error) {
	name, err := hub.UserName(raw)
	if err != nil {
		return false, nil //nolint:nilerr // nobody can have it
	}
	_, err = pe.directory.ByName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// MayCreateUser is nil for one who may make a person of this name: unlike a list of
// them it is a resource, which the scope's filter may name.
func (pe *People) MayCreateUser(r *access.Requester, raw string) error {
	if !r.Known() {
		return r.Denied(access.CreateScopes()...)
	}
	_, err := r.LandsIn(nameOr(raw), nil)
	if hub.Is(err, hub.Invalid) { // which of their groups is for them to say
		return nil
	}
	return err
}

// nameOr is the name as it is kept, or as it is where it is none.
func nameOr(raw string) string {
	if name, err := hub.UserName(raw); err == nil {
		return name
	}
	return raw
}

// CreateUser makes one person; hub.Conflict when they exist.
func (pe *People) CreateUser(ctx context.Context, r *access.Requester, name string, admin bool) (access.UserView, error) {
	if err := pe.MayCreateUser(r, name); err != nil {
		return access.UserView{}, err
	}
	into, err := r.LandsIn(nameOr(name), nil)
	if err != nil {
		return access.UserView{}, err
	}
	views, err := pe.createUsers(ctx, r, []string{name}, admin, into)
	if hub.Is(err, hub.Conflict) {
		return access.UserView{}, hub.Errorf(hub.Conflict, "User %s already exists", name)
	}
	if err != nil {
		return access.UserView{}, err
	}
	return views[0], nil
}
