package access

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// resolve finds whose token it is and what it may do now: its scopes, the right to
// identify its owner and to reach the client it was issued to, all cut by what the
// owner holds.
func (x *Rights) resolve(ctx context.Context, tx data.Tx, t hub.Token, id *identity) (err error) {
	var who scopes.Owner
	if t.ServiceID != 0 {
		if id.service, err = tx.ServiceByID(ctx, t.ServiceID); err != nil {
			return err
		}
		who, id.held = ServiceOwner(id.service), x.ofService(id.service)
	} else {
		if id.user.Name == "" { // else it is read already
			if id.user, err = tx.UserByID(ctx, t.UserID); err != nil {
				return err
			}
		}
		who, id.held = UserOwner(id.user), x.OfUser(id.user)
	}
	client, err := tokenClient(ctx, tx, t)
	if err != nil {
		return err
	}
	id.rights = x
	look := x.GroupsIn(ctx, tx, id.held)
	id.scopes, _ = x.catalog.Effective(t.Scopes, who, client, id.held, func(name string) []string {
		if name == id.user.Name {
			return id.user.Groups
		}
		id.dependsOnGroups = true
		return look(name)
	})
	return nil
}

// TokenScopes is what a token may do now.
func (p *Policy) TokenScopes(ctx context.Context, tx data.Tx, t hub.Token) (scopes.Set, error) {
	var id identity
	err := p.rights.resolve(ctx, tx, t, &id)
	return id.scopes, err
}

// Effectives tells what the tokens of one person may do. However many there are, each
// thing is read once.
type Effectives struct {
	rights  *Rights
	user    hub.User
	held    scopes.Set
	groups  scopes.Groups
	clients map[issuedTo]scopes.Client
}

// issuedTo is what tells the client of one token from another's.
type issuedTo struct {
	client string
	server int64
}

// TokenScopesOf tells what the tokens of one person may do now.
func (x *Rights) TokenScopesOf(ctx context.Context, tx data.Tx, u hub.User) *Effectives {
	held := x.OfUser(u)
	look, known := x.GroupsIn(ctx, tx, held), map[string][]string{u.Name: u.Groups}
	return &Effectives{rights: x, user: u, held: held, clients: map[issuedTo]scopes.Client{}, groups: func(name string) []string {
		groups, ok := known[name]
		if !ok {
			groups = look(name)
			known[name] = groups
		}
		return groups
	}}
}

// Of is what one of their tokens may do now.
func (e *Effectives) Of(ctx context.Context, tx data.Tx, t hub.Token) (scopes.Set, error) {
	to := issuedTo{t.ClientID, t.ServerID}
	client, known := e.clients[to]
	if !known {
		var err error
		if client, err = tokenClient(ctx, tx, t); err != nil {
			return scopes.Set{}, err
		}
		e.clients[to] = client
	}
	set, _ := e.rights.catalog.Effective(t.Scopes, UserOwner(e.user), client, e.held, e.groups)
	return set, nil
}

// tokenClient is what a token was issued to: the server whose own it is, or the
// server or service that an OAuth client stands for.
func tokenClient(ctx context.Context, tx data.Tx, t hub.Token) (scopes.Client, error) {
	if t.ServerID != 0 {
		return serverClient(ctx, tx, t.ServerID)
	}
	if t.ServiceID != 0 || t.ClientID == hub.APIClient || t.ClientID == "" {
		return scopes.Client{Service: t.ServiceName}, nil
	}
	c, err := tx.OAuthClient(ctx, t.ClientID)
	if err != nil {
		return scopes.Client{}, hub.IgnoreNotFound(err)
	}
	return clientScope(ctx, tx, c)
}

// clientScope is what an OAuth client stands for.
func clientScope(ctx context.Context, tx data.Tx, c hub.OAuthClient) (scopes.Client, error) {
	if c.ServiceID == 0 {
		return serverClient(ctx, tx, c.ServerID)
	}
	s, err := tx.ServiceByID(ctx, c.ServiceID)
	return scopes.Client{Service: s.Name}, hub.IgnoreNotFound(err)
}

func serverClient(ctx context.Context, tx data.Tx, id int64) (scopes.Client, error) {
	s, err := tx.ServerByID(ctx, id)
	if err != nil {
		return scopes.Client{}, hub.IgnoreNotFound(err)
	}
	return scopes.Client{Server: s.FullName()}, nil
}

// ServersScope is the scope to use people's servers.
const ServersScope = "access:servers"

// ServerScope is the scope to use one server.
func ServerScope(s hub.Server) string { return ServersScope + "!server=" + s.FullName() }
