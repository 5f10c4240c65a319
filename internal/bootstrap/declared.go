package bootstrap

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/services"
)

// Declared is what the configuration says there is: applied at every start.
type Declared struct {
	Roles    []DeclaredRole
	Groups   []DeclaredGroup
	Services []DeclaredService
	// Admin is the administrator of the configuration, who stays one whatever the
	// admin role's list says.
	Admin string
}

// DeclaredRole is who has a role. The lists are exact; nil Users of the user role and
// of the admin role leave those as they are.
type DeclaredRole struct {
	Name                    string
	Users, Groups, Services []string
}

// DeclaredGroup is a group with people who are added to it. Properties replace those
// that it has; nil leaves them.
type DeclaredGroup struct {
	Name       string
	Users      []string
	Properties json.RawMessage
}

// DeclaredService is a service with its token, if the configuration gives one.
type DeclaredService struct {
	hub.Service
	Token string
}

// configNote is the note of tokens that come from the configuration.
const configNote = "from config"

// ApplyConfig makes what is declared, in one transaction: services and their tokens,
// groups, and who has which role. What was declared at an earlier start and is not
// any more goes. People and groups who are named and not there are made.
func (b *Bootstrap) ApplyConfig(ctx context.Context, d Declared) error {
	b.policy.Promise(promisesOf(d))
	b.policy.DeclareGroups(groupsOf(d))
	err := b.store.Update(ctx, func(tx data.Tx) error {
		s := declaring{app: b, tx: tx, d: d}
		for _, step := range []func(context.Context) error{s.services, s.groups, s.admins, s.roles} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("apply roles, groups and services of the configuration: %w", err)
	}
	return nil
}

// declaring is one application of what is declared.
type declaring struct {
	app *Bootstrap
	tx  data.Tx
	d   Declared
}

func (s *declaring) audit(ctx context.Context, action, kind string, id int64, name string, before, after any) error {
	return s.tx.AddAudit(ctx, (&access.Requester{}).Audit(action, kind, id, name, before, after))
}

func (s *declaring) services(ctx context.Context) error {
	there, err := s.tx.ListServices(ctx)
	if err != nil {
		return err
	}
	by := map[string]hub.Service{}
	for _, v := range there {
		by[v.Name] = v
	}
	for _, want := range s.d.Services {
		have, found := by[want.Name]
		delete(by, want.Name)
		if err := s.service(ctx, want, have, found); err != nil {
			return fmt.Errorf("service %s: %w", want.Name, err)
		}
	}
	for _, v := range by {
		if !v.FromConfig {
			continue
		}
		if err := services.DropService(ctx, s.tx, v); err != nil {
			return err
		}
		if err := s.audit(ctx, "service.delete", "service", v.ID, v.Name, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *declaring) service(ctx context.Context, want DeclaredService, have hub.Service, found bool) error {
	v := want.Service
	v.FromConfig, v.ID = true, have.ID
	action := "service.create"
	if found {
		action = "service.change"
		if err := dropServiceClient(ctx, s.tx, have, v.ClientID); err != nil {
			return err
		}
		if err := s.tx.UpdateService(ctx, v); err != nil {
			return err
		}
	} else {
		made, err := s.tx.CreateService(ctx, v)
		if err != nil {
			return err
		}
		v = made
	}
	if !sameService(v, have) {
		if err := s.audit(ctx, action, "service", v.ID, v.Name, nil, map[string]any{"admin": v.Admin, "url": access.AddressRecord(v.URL)}); err != nil {
			return err
		}
	}
	if err := s.serviceToken(ctx, v, want.Token); err != nil {
		return err
	}
	return services.PutServiceClient(ctx, s.tx, v, want.Token)
}

// dropServiceClient deletes the OAuth client that a service has under another id than
// the one kept, with the tokens that people gave it.
func dropServiceClient(ctx context.Context, tx data.Tx, v hub.Service, kept string) error {
	if v.ClientID == "" || v.ClientID == kept {
		return nil
	}
	_, err := tx.DeleteOAuthClient(ctx, v.ClientID)
	return hub.IgnoreNotFound(err)
}

func sameService(a, b hub.Service) bool {
	return a.Admin == b.Admin && a.URL == b.URL && a.ClientID == b.ClientID && a.RedirectURI == b.RedirectURI &&
		a.FromConfig == b.FromConfig && slices.Equal(a.Command, b.Command) && slices.Equal(a.AllowedScopes, b.AllowedScopes)
}

// serviceToken leaves the service with the token of the configuration, and without
// those that came from there before.
func (s *declaring) serviceToken(ctx context.Context, v hub.Service, secret string) error {
	tokens, err := s.tx.TokensOfService(ctx, v.ID)
	if err != nil {
		return err
	}
	has := false
	for _, t := range tokens {
		if secret != "" && t.Hash == hub.HashSecret(secret) {
			has = true
			continue
		}
		if t.Note != configNote {
			continue
		}
		if err := s.tx.DeleteServiceToken(ctx, t.Hash); err != nil {
			return err
		}
	}
	if secret == "" || has {
		return nil
	}
	if err := services.GiveServiceToken(ctx, s.tx, v, secret, configNote); err != nil {
		return err
	}
	return s.audit(ctx, "token.create", "service", v.ID, v.Name, nil, map[string]any{"note": configNote})
}

func (s *declaring) groups(ctx context.Context) error {
	for _, want := range s.d.Groups {
		g, err := s.group(ctx, want.Name)
		if err != nil {
			return err
		}
		people, err := s.people(ctx, want.Users)
		if err != nil {
			return err
		}
		people = slices.DeleteFunc(people, func(u hub.User) bool { return slices.Contains(u.Groups, g.Name) })
		if err := s.putMembers(ctx, g, people); err != nil {
			return err
		}
		if want.Properties != nil && string(want.Properties) != string(g.Properties) {
			if err := s.tx.SetGroupProperties(ctx, g.ID, want.Properties); err != nil {
				return err
			}
			if err := s.audit(ctx, "group.change", "group", g.ID, g.Name, g.Properties, want.Properties); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *declaring) putMembers(ctx context.Context, g hub.Group, people []hub.User) error {
	ids := make([]int64, len(people))
	for i, u := range people {
		ids[i] = u.ID
		if err := s.audit(ctx, "group.add_member", "user", u.ID, u.Name, nil, map[string]any{"group": g.Name}); err != nil {
			return err
		}
	}
	return s.tx.AddMembers(ctx, g.ID, ids)
}

// group finds a group, or makes it.
func (s *declaring) group(ctx context.Context, name string) (hub.Group, error) {
	g, err := access.GroupNamed(ctx, s.tx, name)
	if !hub.Is(err, hub.NotFound) {
		return g, err
	}
	if g, err = s.tx.CreateGroup(ctx, name); err != nil {
		return g, err
	}
	return g, s.audit(ctx, "group.create", "group", g.ID, g.Name, nil, nil)
}

// people finds people by name, and makes those who are not there.
func (s *declaring) people(ctx context.Context, raw []string) ([]hub.User, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	names, err := access.UserNames(raw)
	if err != nil {
		return nil, err
	}
	fresh, err := access.NewNames(ctx, s.tx, names)
	if err != nil {
		return nil, err
	}
	made, err := s.tx.CreateUsers(ctx, fresh, false)
	if err != nil {
		return nil, err
	}
	for _, u := range made {
		if err := s.audit(ctx, "user.create", "user", u.ID, u.Name, nil, map[string]any{"admin": false}); err != nil {
			return nil, err
		}
	}
	return s.tx.UsersByName(ctx, names)
}

// admins makes those administrators whom the admin role's list names, and nobody
// else, if there is such a list (JupyterHub 6.1.1's load_roles).
func (s *declaring) admins(ctx context.Context) error {
	i := slices.IndexFunc(s.d.Roles, func(r DeclaredRole) bool { return r.Name == scopes.RoleAdmin })
	if i < 0 || s.d.Roles[i].Users == nil {
		return nil
	}
	names := s.d.Roles[i].Users
	if s.d.Admin != "" {
		names = append(slices.Clone(names), s.d.Admin)
	}
	wanted, err := s.people(ctx, names)
	if err != nil {
		return err
	}
	before, err := s.app.policy.OtherAdmin(ctx, s.tx)
	if err != nil {
		return err
	}
	gone, err := s.setAdmins(ctx, wanted)
	if err != nil {
		return err
	}
	after, err := s.app.policy.OtherAdmin(ctx, s.tx)
	if err == nil && before && !after {
		err = hub.Errorf(hub.Invalid, "role admin: nobody in its list of users can get in, and those who can would lose their rights: %s. "+
			"Put one of them into the list, or give somebody in it a password first.", hub.Clip(strings.Join(gone, ", ")))
	}
	return err
}

// setAdmins makes these people administrators and nobody else, and names those who were.
func (s *declaring) setAdmins(ctx context.Context, wanted []hub.User) (gone []string, err error) {
	is := map[int64]bool{}
	for _, u := range wanted {
		is[u.ID] = true
	}
	all, _, err := s.tx.ListUsers(ctx, hub.UserQuery{Sort: hub.SortByID})
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		if u.Admin == is[u.ID] {
			continue
		}
		if u.Admin {
			gone = append(gone, u.Name)
		}
		after := u
		after.Admin = is[u.ID]
		if err := s.tx.UpdateUser(ctx, after); err != nil {
			return nil, err
		}
		if err := s.audit(ctx, "user.change", "user", u.ID, u.Name, access.UserRecord(u), access.UserRecord(after)); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// noneMade refuses a name that a role has, too, that was made while the hub ran: each has one source.
func (s *declaring) noneMade(ctx context.Context) error {
	made, err := s.tx.MadeRoles(ctx)
	if err != nil {
		return err
	}
	given, err := s.tx.GivenRoles(ctx, 100_000)
	if err != nil {
		return err
	}
	for _, role := range s.d.Roles {
		if slices.ContainsFunc(made, func(m hub.MadeRole) bool { return m.Name == role.Name }) ||
			slices.ContainsFunc(given, func(g hub.GivenRole) bool { return g.Role == role.Name }) {
			return hub.Errorf(hub.Invalid, "the role %s was made, or given, while the hub ran, and the configuration has one of that name: "+
				"call the one in the configuration otherwise, or take the other away first", role.Name)
		}
	}
	return nil
}

// roles brings who has which role in line with what is declared.
func (s *declaring) roles(ctx context.Context) error {
	if err := s.noneMade(ctx); err != nil {
		return err
	}
	wanted := map[hub.RoleMember]bool{}
	for _, role := range s.d.Roles {
		if err := s.roleMembers(ctx, role, wanted); err != nil {
			return fmt.Errorf("role %s: %w", role.Name, err)
		}
	}
	have, err := s.tx.RoleMembers(ctx)
	if err != nil {
		return err
	}
	var gone []hub.RoleMember
	for _, m := range have {
		if wanted[m] {
			delete(wanted, m)
		} else {
			gone = append(gone, m)
		}
	}
	fresh := slices.SortedFunc(maps.Keys(wanted), func(a, b hub.RoleMember) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.ServiceID, b.ServiceID))
	})
	if err := s.tx.RemoveRoleMembers(ctx, gone); err != nil {
		return err
	}
	if err := s.tx.AddRoleMembers(ctx, fresh); err != nil {
		return err
	}
	for action, members := range map[string][]hub.RoleMember{"role.revoke": gone, "role.grant": fresh} {
		if err := s.noteRoles(ctx, action, members); err != nil {
			return err
		}
	}
	return nil
}

func (s *declaring) roleMembers(ctx context.Context, role DeclaredRole, wanted map[hub.RoleMember]bool) error {
	if role.Name != scopes.RoleAdmin && role.Name != scopes.RoleUser { // those two are not kept: see admins
		people, err := s.people(ctx, role.Users)
		if err != nil {
			return err
		}
		for _, u := range people {
			wanted[hub.RoleMember{Role: role.Name, UserID: u.ID}] = true
		}
	} else if _, err := s.people(ctx, role.Users); err != nil {
		return err
	}
	for _, name := range role.Groups {
		g, err := s.group(ctx, name)
		if err != nil {
			return err
		}
		wanted[hub.RoleMember{Role: role.Name, GroupID: g.ID}] = true
	}
	for _, name := range role.Services {
		v, err := s.tx.ServiceByName(ctx, name)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		wanted[hub.RoleMember{Role: role.Name, ServiceID: v.ID}] = true
	}
	return nil
}

// noteRoles writes down who has got a role, or has it no more.
func (s *declaring) noteRoles(ctx context.Context, action string, members []hub.RoleMember) error {
	if len(members) == 0 {
		return nil
	}
	names, err := s.tx.RoleMemberNames(ctx, members)
	if err != nil {
		return err
	}
	for _, m := range members {
		kind, id := scopes.KindUser, m.UserID
		switch {
		case m.GroupID != 0:
			kind, id = scopes.KindGroup, m.GroupID
		case m.ServiceID != 0:
			kind, id = scopes.KindService, m.ServiceID
		}
		if err := s.audit(ctx, action, kind, id, names[m], nil, map[string]any{"role": m.Role}); err != nil {
			return err
		}
	}
	return nil
}

func promisesOf(d Declared) access.Promises {
	p := access.Promises{}
	for _, role := range d.Roles {
		for _, name := range role.Users {
			p.Add(access.UserFilter(name), role.Name)
		}
		for _, name := range role.Groups {
			p.Add(scopes.Group(name), role.Name)
		}
	}
	for _, g := range d.Groups {
		for _, name := range g.Users {
			p.Add(access.UserFilter(name), p[scopes.Group(g.Name)]...)
		}
	}
	return p
}

// groupsOf are the groups that are made because they, or roles of theirs, are declared.
func groupsOf(d Declared) access.DeclaredGroups {
	groups := access.DeclaredGroups{}
	for _, role := range d.Roles {
		for _, name := range role.Groups {
			groups[name] = access.DeclaredGroup{}
		}
	}
	for _, g := range d.Groups {
		groups[g.Name] = access.DeclaredGroup{Properties: g.Properties != nil}
	}
	return groups
}
