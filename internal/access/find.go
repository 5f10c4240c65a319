package access

import (
	"context"
	"encoding/json"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// FindUser finds a person by a name from a path and asks for one of the scopes on
// them. Whoever may not know of the person gets the same answer for one who exists
// and one who does not.
func FindUser(ctx context.Context, tx data.Tx, r *Requester, raw string, oneOf ...string) (hub.User, error) {
	if !r.Known() {
		return hub.User{}, hub.Errorf(hub.Forbidden, MsgNoCredentials)
	}
	name, err := hub.UserName(raw)
	if err != nil {
		return hub.User{}, r.Absent(raw, oneOf...)
	}
	u, err := tx.UserByName(ctx, name)
	if hub.Is(err, hub.NotFound) {
		return u, r.Absent(name, oneOf...)
	}
	if err != nil {
		return u, err
	}
	return u, r.NeedOn(u, oneOf...)
}

// Absent is the answer about a person who does not exist.
func (r *Requester) Absent(name string, oneOf ...string) error {
	for _, s := range oneOf {
		if r.Scopes.AllowsUser(s, name, func(string) []string { return nil }) {
			return hub.Errorf(hub.NotFound, "Not Found")
		}
	}
	return r.Denied(oneOf...)
}

// FindGroup finds a group by a name from a path and asks for one of the scopes on it. It
// comes without its members, of whom there may be very many.
func FindGroup(ctx context.Context, tx data.Tx, r *Requester, name string, oneOf ...string) (hub.Group, error) {
	if err := r.NeedGroup(name, oneOf...); err != nil {
		return hub.Group{}, err
	}
	return GroupNamed(ctx, tx, name)
}

// GroupNamed finds a group, without its members; hub.NotFound where there is none.
func GroupNamed(ctx context.Context, tx data.Tx, name string) (hub.Group, error) {
	found, err := tx.GroupsNamed(ctx, []string{name})
	if err == nil && len(found) == 0 {
		err = hub.Errorf(hub.NotFound, "Not Found")
	}
	if err != nil {
		return hub.Group{}, err
	}
	return found[0], nil
}

// Lookup is where people and servers are looked up: a transaction, or what was read in one. What is not there is
// hub.NotFound.
type Lookup interface {
	// UserByName takes a normalised name.
	UserByName(ctx context.Context, name string) (hub.User, error)
	// Server takes the name as it is.
	Server(ctx context.Context, userID int64, name string) (hub.Server, error)
}

// FindUserAndServerName finds the person in a server's path and what the server is called, and
// asks for one of the scopes on the server, whether or not it exists.
func FindUserAndServerName(ctx context.Context, in Lookup, r *Requester, name, server string, oneOf ...string) (hub.User, string, error) {
	if !r.Known() {
		return hub.User{}, "", hub.Errorf(hub.Forbidden, MsgNoCredentials)
	}
	normal, err := hub.UserName(name)
	if err != nil {
		return hub.User{}, "", r.Denied(oneOf...)
	}
	u, err := in.UserByName(ctx, normal)
	if hub.Is(err, hub.NotFound) {
		if err := r.NeedServer(hub.User{Name: normal}, server, oneOf...); err != nil {
			return u, "", err
		}
		return u, "", hub.Errorf(hub.NotFound, "Not Found")
	}
	if err != nil {
		return u, "", err
	}
	if server, err = ServerNamed(ctx, in, u, server); err != nil {
		return u, "", err
	}
	return u, server, r.NeedServer(u, server, oneOf...)
}

// FindServer finds a server for reading or stopping. The default one exists for
// everybody, if only as a record that was never written.
func FindServer(ctx context.Context, in Lookup, u hub.User, raw string) (hub.Server, error) {
	s, err := in.Server(ctx, u.ID, raw)
	if !hub.Is(err, hub.NotFound) {
		return s, err
	}
	if raw == "" {
		return UnstartedServer(u), nil
	}
	return s, hub.Errorf(hub.NotFound, "%s has no server named '%s'", u.Name, hub.Truncate(raw, 64))
}

// ServerNamed gives the name of the server that a path means: as it is when there
// is one, else as names are normalised.
func ServerNamed(ctx context.Context, in Lookup, u hub.User, raw string) (string, error) {
	name, err := hub.ServerName(raw)
	if name == raw || err != nil { // a bad name is refused where a server would be made under it
		return raw, nil //nolint:nilerr // as said
	}
	_, err = in.Server(ctx, u.ID, raw)
	if hub.Is(err, hub.NotFound) {
		return name, nil
	}
	return raw, err
}

// UnstartedServer is somebody's default server before its first start.
func UnstartedServer(u hub.User) hub.Server {
	return hub.Server{UserID: u.ID, UserName: u.Name, Options: json.RawMessage(`{}`), Phase: hub.Stopped}
}

// UsersNamed are those of the normalised names that exist, by name.
func UsersNamed(ctx context.Context, tx data.Tx, names []string) (map[string]hub.User, error) {
	list, err := tx.UsersByName(ctx, names)
	if err != nil {
		return nil, err
	}
	by := make(map[string]hub.User, len(list))
	for _, u := range list {
		by[u.Name] = u
	}
	return by, nil
}
