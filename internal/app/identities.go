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
	clock    hub.Clock
	log      *slog.Logger
	activity *activity

	mu       sync.RWMutex
	gen      uint64 // grows with each change: a read begun before it is not kept
	tokens   map[string]*identity
	sessions map[string]*identity // by the session's id
	byUser   map[int64]map[*identity]struct{}
}

type identity struct {
	key     string
	user    hub.User
	token   *hub.Token
	session *hub.Session
	scopes  scopes.Set
}

func newIdentities(store Store, clock hub.Clock, log *slog.Logger, act *activity) *Identities {
	i := &Identities{store: store, clock: clock, log: log, activity: act}
	i.reset()
	return i
}

func (i *Identities) reset() {
	i.tokens = map[string]*identity{}
	i.sessions = map[string]*identity{}
	i.byUser = map[int64]map[*identity]struct{}{}
}

// Credential says whose a cookie or a token is.
type Credential struct {
	UserID    int64
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
	return Requester{User: id.user, Token: id.token, Scopes: id.scopes}, true
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
	return Requester{User: id.user, Session: id.session, Scopes: id.scopes}, true
}

func (i *Identities) token(ctx context.Context, hash string) (*identity, bool) {
	i.mu.RLock()
	id, gen := i.tokens[hash], i.gen
	i.mu.RUnlock()
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
		u, err := tx.UserByID(ctx, t.UserID)
		if err != nil {
			return err
		}
		set, err := tokenScopes(ctx, tx, t, u)
		id.user, id.token, id.scopes = u, &t, set
		return err
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
		id.user, id.session, id.scopes = u, &s, scopesOfUser(u)
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
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.gen != gen {
		return
	}
	if len(i.tokens)+len(i.sessions) >= maxIdentities {
		i.reset()
	}
	in()[id.key] = id
	if i.byUser[id.user.ID] == nil {
		i.byUser[id.user.ID] = map[*identity]struct{}{}
	}
	i.byUser[id.user.ID][id] = struct{}{}
}

// apply forgets what a change makes stale.
func (i *Identities) apply(c Change) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch c.Kind {
	case UserChanged:
		for id := range i.byUser[c.ID] {
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
	delete(i.byUser[id.user.ID], id)
	if len(i.byUser[id.user.ID]) == 0 {
		delete(i.byUser, id.user.ID)
	}
}

// tokenScopes is what a token may do now: its scopes, the right to identify its
// owner and to reach the client it was issued to, all cut by what the owner holds.
func tokenScopes(ctx context.Context, tx Tx, t hub.Token, u hub.User) (scopes.Set, error) {
	owner := scopes.Owner{Kind: "user", Name: u.Name}
	held := scopesOfUser(u)
	client, err := tokenClient(ctx, tx, t)
	if err != nil {
		return scopes.Set{}, err
	}
	set, _ := scopes.Effective(t.Scopes, owner, client, held, GroupsOf(u))
	return set, nil
}

// tokenClient is what a token was issued to: the server whose own it is, or that
// an OAuth client stands for.
func tokenClient(ctx context.Context, tx Tx, t hub.Token) (scopes.Client, error) {
	serverID := t.ServerID
	if serverID == 0 && t.ClientID != hub.APIClient && t.ClientID != "" {
		c, err := tx.OAuthClient(ctx, t.ClientID)
		if err != nil {
			return scopes.Client{}, absentOrError(err)
		}
		serverID = c.ServerID
	}
	if serverID == 0 {
		return scopes.Client{}, nil
	}
	s, err := tx.ServerByID(ctx, serverID)
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
