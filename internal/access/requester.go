package access

import (
	"encoding/json"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Requester is whoever makes a request, with what they may do. The zero Requester
// is nobody.
type Requester struct {
	User    hub.User
	Service hub.Service  // instead of User: a service's token
	Token   *hub.Token   // nil when a browser's cookie says who it is
	Session *hub.Session // nil when a token says so
	Scopes  scopes.Set   // effective: already cut by the owner's
	Owner   scopes.Set   // what the owner may, by whatever token; the zero Set means Scopes
	// MustChange: a browser whose person must change their password, and may do nothing
	// else before; Scopes and Owner are cut to that.
	MustChange bool
	// Framed: a login inside a frame of another site; Scopes and Owner are cut to what it
	// is for.
	Framed    bool
	Address   string
	RequestID string
	JobID     int64 // the bulk job that is worked on in their name; 0: none

	names    []string      // Scopes.Strings(), where it is known already
	rights   *Rights       // what roles mean, by which others hold more; nil: by any role
	Password *hub.Password // of one who came with a password alone
}

// ScopeNames lists the scopes, sorted.
func (r *Requester) ScopeNames() []string {
	if r.names != nil {
		return r.names
	}
	return r.Scopes.Strings()
}

// Known tells whether it is somebody.
func (r *Requester) Known() bool { return r.User.ID != 0 || r.Service.ID != 0 }

// IsService tells whether it is a service.
func (r *Requester) IsService() bool { return r.Service.ID != 0 }

// Name is that of the person or service.
func (r *Requester) Name() string {
	if r.IsService() {
		return r.Service.Name
	}
	return r.User.Name
}

// Kind is "user" or "service".
func (r *Requester) Kind() string {
	if r.IsService() {
		return scopes.KindService
	}
	return scopes.KindUser
}

// Actor names the requester for the audit log; nobody is the hub itself, which
// stops servers when it ends.
func (r *Requester) Actor() hub.Actor {
	switch {
	case r.IsService():
		return hub.Actor{Kind: "service", ID: r.Service.ID, Name: r.Service.Name}
	case r.User.ID != 0:
		return hub.Actor{Kind: "user", ID: r.User.ID, Name: r.User.Name}
	}
	return hub.System()
}

// Held is what the requester's owner may: what could be gained with another token.
func (r *Requester) Held() scopes.Set {
	if r.Owner.Empty() {
		return r.Scopes
	}
	return r.Owner
}

// GroupsOf is the membership of the one person asked about, for filters by group.
func GroupsOf(u hub.User) scopes.Groups {
	return func(name string) []string {
		if name == u.Name {
			return u.Groups
		}
		return nil
	}
}

// The texts that JupyterHub 6.1.1 answers with.
const (
	MsgNoCredentials = "Missing or invalid credentials."
	msgNoAccess      = "No access to resources or resources not found"
)

// Denied is the answer to a request that some scope would allow: 403 for
// nobody and for those who hold none of them, 404 for those who hold one with a
// filter that does not fit, so that names do not leak.
func (r *Requester) Denied(oneOf ...string) error {
	if !r.Known() {
		return hub.Errorf(hub.Forbidden, MsgNoCredentials)
	}
	for _, s := range oneOf {
		if r.Scopes.HasAny(s) {
			return hub.Errorf(hub.NotFound, msgNoAccess)
		}
	}
	return missing(oneOf...)
}

func missing(oneOf ...string) error {
	return hub.Errorf(hub.Forbidden, "Action is not authorized with current scopes; requires any of [%s]", strings.Join(oneOf, ", "))
}

// Need asks for one of the scopes without a filter, for endpoints without a
// resource in their path.
func (r *Requester) Need(oneOf ...string) error {
	if !r.Known() {
		return hub.Errorf(hub.Forbidden, MsgNoCredentials)
	}
	for _, s := range oneOf {
		if r.Scopes.Has(s) {
			return nil
		}
	}
	return missing(oneOf...)
}

// NeedOn asks for one of the scopes on a person.
func (r *Requester) NeedOn(u hub.User, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Known() && r.AllowsUser(s, u) {
			return nil
		}
	}
	if r.tooLow(u, func(s string) bool { return r.Scopes.AllowsUser(s, u.Name, GroupsOf(u)) }, oneOf) {
		return errHoldsMore(u)
	}
	return r.Denied(oneOf...)
}

// NeedServer asks for one of the scopes on a person's server.
func (r *Requester) NeedServer(u hub.User, server string, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Known() && r.AllowsServer(s, u, server) {
			return nil
		}
	}
	if r.tooLow(u, func(s string) bool { return r.Scopes.AllowsServer(s, u.Name, server, GroupsOf(u)) }, oneOf) {
		return errHoldsMore(u)
	}
	return r.Denied(oneOf...)
}

// NeedGroup asks for one of the scopes on a group.
func (r *Requester) NeedGroup(group string, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Known() && r.Scopes.AllowsGroup(s, group) {
			return nil
		}
	}
	return r.Denied(oneOf...)
}

// NeedService asks for one of the scopes on a service.
func (r *Requester) NeedService(service string, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Known() && r.Scopes.AllowsService(s, service) {
			return nil
		}
	}
	return r.Denied(oneOf...)
}

// JSON is v as JSON for the audit log; nil stays nil.
func JSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil { // only ever maps and structs of strings
		return json.RawMessage(`{"error":"not recorded"}`)
	}
	return b
}

// Requester is somebody with all that they may, who has shown who they are by other means than a token or a cookie
// of theirs.
func (x *Rights) Requester(u hub.User) Requester {
	return Requester{User: u, Scopes: x.OfUser(u), rights: x}
}

// ByGroups are the groups whose members' servers the requester may use because of the
// group.
func (r *Requester) ByGroups() (groups []string) {
	for _, f := range r.Scopes.Filters(ServersScope) {
		if f.Kind == scopes.KindGroup {
			groups = append(groups, f.Value)
		}
	}
	return groups
}
