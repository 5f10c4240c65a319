package app

import (
	"context"
	"log/slog"
	"sync"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// maxIdentities bounds what is kept in memory; past it the cache starts anew.
const maxIdentities = 200_000

// Identities resolves tokens and cookies to people from memory. What is not there
// is read from the database once; the relay makes it forget what changes.
type Identities struct {
	store    Store
	rights   *Rights
	clock    hub.Clock
	log      *slog.Logger
	activity *activity

	mu       sync.RWMutex
	gen      uint64 // grows with each change: a read begun before it is not kept
	tokens   map[string]*identity
	sessions map[string]*identity // by the session's id
	byOwner  map[owner]map[*identity]struct{}
	// delicate are those whose scopes depend on which groups others are in.
	delicate map[*identity]struct{}

	tokenLookups, sessionLookups lookups
}

// owner is the person or service that an identity is of.
type owner struct{ user, service int64 }

type identity struct {
	key      string
	user     hub.User
	service  hub.Service
	token    *hub.Token
	session  *hub.Session
	scopes   scopes.Set
	names    []string   // the scopes, sorted
	held     scopes.Set // the owner's
	delicate bool
}

func (id *identity) owner() owner { return owner{id.user.ID, id.service.ID} }

func (id *identity) requester() Requester {
	return Requester{User: id.user, Service: id.service, Token: id.token, Session: id.session, Scopes: id.scopes, Owner: id.held, names: id.names}
}

func newIdentities(store Store, rights *Rights, clock hub.Clock, log *slog.Logger, act *activity) *Identities {
	i := &Identities{store: store, rights: rights, clock: clock, log: log, activity: act}
	i.reset()
	return i
}

func (i *Identities) reset() {
	i.tokens = map[string]*identity{}
	i.sessions = map[string]*identity{}
	i.byOwner = map[owner]map[*identity]struct{}{}
	i.delicate = map[*identity]struct{}{}
}

// Credential says whose a cookie or a token is.
type Credential struct {
	UserID    int64  // 0 for a service
	SessionID string // the session's id; empty for a token without one
	TokenHash string // empty for a cookie
}

// Session resolves the value of a session cookie. It is how the proxy knows
// people; the hub's own pages ask for the login cookie as well.
func (i *Identities) Session(ctx context.Context, cookie string) (Credential, bool) {
	id, ok := i.session(ctx, hub.HashSecret(cookie))
	if !ok {
		return Credential{}, false
	}
	return Credential{UserID: id.user.ID, SessionID: id.session.ID}, true
}

// Token resolves an API token.
func (i *Identities) Token(ctx context.Context, secret string) (Credential, bool) {
	id, ok := i.token(ctx, hub.HashSecret(secret))
	if !ok {
		return Credential{}, false
	}
	return Credential{UserID: id.user.ID, SessionID: id.token.SessionID, TokenHash: id.token.Hash}, true
}

// ByToken is the requester that a token speaks for; ok is false for one that is
// unknown, expired or whose person is suspended.
func (i *Identities) ByToken(ctx context.Context, secret string) (Requester, bool) {
	id, ok := i.token(ctx, hub.HashSecret(secret))
	if !ok {
		return Requester{}, false
	}
	i.activity.token(id.token)
	return id.requester(), true
}

// ByCookies is the requester that a browser's two cookies speak for. Both must
// belong to the same session.
func (i *Identities) ByCookies(ctx context.Context, sessionCookie, loginCookie string) (Requester, bool) {
	if sessionCookie == "" || loginCookie == "" {
		return Requester{}, false
	}
	id, ok := i.session(ctx, hub.HashSecret(sessionCookie))
	if !ok || id.session.LoginHash != hub.HashSecret(loginCookie) {
		return Requester{}, false
	}
	i.activity.session(id.session)
	return id.requester(), true
}

func (i *Identities) token(ctx context.Context, hash string) (*identity, bool) {
	i.mu.RLock()
	id, gen := i.tokens[hash], i.gen
	i.mu.RUnlock()
	i.tokenLookups.note(id != nil)
	if id == nil {
		id = i.readToken(ctx, hash, gen)
	}
	if id == nil || id.token.Expired(i.clock()) || id.user.Suspended {
		return nil, false
	}
	return id, true
}

func (i *Identities) session(ctx context.Context, key string) (*identity, bool) {
	i.mu.RLock()
	id, gen := i.sessions[key], i.gen
	i.mu.RUnlock()
	i.sessionLookups.note(id != nil)
	if id == nil {
		id = i.readSession(ctx, key, gen)
	}
	if id == nil || !i.clock().Before(id.session.Expires) || id.user.Suspended {
		return nil, false
	}
	return id, true
}

func (i *Identities) readToken(ctx context.Context, hash string, gen uint64) *identity {
	id := &identity{key: hash}
	err := i.store.View(ctx, func(tx Tx) error {
		t, err := tx.TokenByHash(ctx, hash)
		if err != nil {
			return err
		}
		id.token = &t
		return i.rights.resolve(ctx, tx, t, id)
	})
	if err != nil {
		i.failed(ctx, "token", err)
		return nil
	}
	i.keep(i.tokensMap, id, gen)
	return id
}

func (i *Identities) readSession(ctx context.Context, key string, gen uint64) *identity {
	id := &identity{key: key}
	err := i.store.View(ctx, func(tx Tx) error {
		s, err := tx.SessionByID(ctx, key)
		if err != nil {
			return err
		}
		u, err := tx.UserByID(ctx, s.UserID)
		id.user, id.session, id.scopes = u, &s, i.rights.ofUser(u)
		return err
	})
	if err != nil {
		i.failed(ctx, "session", err)
		return nil
	}
	i.keep(i.sessionsMap, id, gen)
	return id
}

func (i *Identities) failed(ctx context.Context, by string, err error) {
	if !hub.Is(err, hub.NotFound) && ctx.Err() == nil {
		i.log.WarnContext(ctx, "cannot look up who somebody is", "by", by, "error", err)
	}
}

func (i *Identities) tokensMap() map[string]*identity   { return i.tokens }
func (i *Identities) sessionsMap() map[string]*identity { return i.sessions }

// keep caches what was read, unless something changed since gen.
func (i *Identities) keep(in func() map[string]*identity, id *identity, gen uint64) {
	id.names = id.scopes.Strings()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.gen != gen {
		return
	}
	if len(i.tokens)+len(i.sessions) >= maxIdentities {
		i.reset()
	}
	in()[id.key] = id
	if i.byOwner[id.owner()] == nil {
		i.byOwner[id.owner()] = map[*identity]struct{}{}
	}
	i.byOwner[id.owner()][id] = struct{}{}
	if id.delicate {
		i.delicate[id] = struct{}{}
	}
}

// apply forgets what a change makes stale.
func (i *Identities) apply(c Change) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch c.Kind {
	case UserChanged:
		for id := range i.byOwner[owner{user: c.ID}] {
			i.drop(id)
		}
		for id := range i.delicate {
			i.drop(id)
		}
	case ServiceChanged:
		for id := range i.byOwner[owner{service: c.ID}] {
			i.drop(id)
		}
	case TokenRevoked:
		if id := i.tokens[c.Key]; id != nil {
			i.drop(id)
		}
	case SessionRevoked:
		if id := i.sessions[c.Key]; id != nil {
			i.drop(id)
		}
	case Resync:
		i.reset()
	case ServerChanged:
		return
	}
	i.gen++
}

func (i *Identities) drop(id *identity) {
	if id.token != nil {
		delete(i.tokens, id.key)
	} else {
		delete(i.sessions, id.key)
	}
	delete(i.delicate, id)
	delete(i.byOwner[id.owner()], id)
	if len(i.byOwner[id.owner()]) == 0 {
		delete(i.byOwner, id.owner())
	}
}

// resolve finds whose token it is and what it may do now: its scopes, the right to
// identify its owner and to reach the client it was issued to, all cut by what the
// owner holds.
func (x *Rights) resolve(ctx context.Context, tx Tx, t hub.Token, id *identity) (err error) {
	var who scopes.Owner
	if t.ServiceID != 0 {
		if id.service, err = tx.ServiceByID(ctx, t.ServiceID); err != nil {
			return err
		}
		who, id.held = serviceOwner(id.service), x.ofService(id.service)
	} else {
		if id.user, err = tx.UserByID(ctx, t.UserID); err != nil {
			return err
		}
		who, id.held = userOwner(id.user), x.ofUser(id.user)
	}
	client, err := tokenClient(ctx, tx, t)
	if err != nil {
		return err
	}
	look := groupsIn(ctx, tx)
	id.scopes, _ = x.catalog.Effective(t.Scopes, who, client, id.held, func(name string) []string {
		if name == id.user.Name {
			return id.user.Groups
		}
		id.delicate = true
		return look(name)
	})
	return nil
}

// tokenScopes is what a token may do now.
func (a *App) tokenScopes(ctx context.Context, tx Tx, t hub.Token) (scopes.Set, error) {
	var id identity
	err := a.rights.resolve(ctx, tx, t, &id)
	return id.scopes, err
}

// tokenClient is what a token was issued to: the server whose own it is, or the
// server or service that an OAuth client stands for.
func tokenClient(ctx context.Context, tx Tx, t hub.Token) (scopes.Client, error) {
	if t.ServerID != 0 {
		return serverClient(ctx, tx, t.ServerID)
	}
	if t.ServiceID != 0 || t.ClientID == hub.APIClient || t.ClientID == "" {
		return scopes.Client{Service: t.ServiceName}, nil
	}
	c, err := tx.OAuthClient(ctx, t.ClientID)
	if err != nil {
		return scopes.Client{}, absentOrError(err)
	}
	return clientScope(ctx, tx, c)
}

// clientScope is what an OAuth client stands for.
func clientScope(ctx context.Context, tx Tx, c hub.OAuthClient) (scopes.Client, error) {
	if c.ServiceID == 0 {
		return serverClient(ctx, tx, c.ServerID)
	}
	s, err := tx.ServiceByID(ctx, c.ServiceID)
	return scopes.Client{Service: s.Name}, absentOrError(err)
}

func serverClient(ctx context.Context, tx Tx, id int64) (scopes.Client, error) {
	s, err := tx.ServerByID(ctx, id)
	if err != nil {
		return scopes.Client{}, absentOrError(err)
	}
	return scopes.Client{Server: s.FullName()}, nil
}

// absentOrError is nil for what is merely not there.
func absentOrError(err error) error {
	if hub.Is(err, hub.NotFound) {
		return nil
	}
	return err
}

func accessServer(s hub.Server) string { return "access:servers!server=" + s.FullName() }
