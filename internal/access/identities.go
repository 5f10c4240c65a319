package access

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Identities resolves tokens and cookies to people from memory. What is not there
// is read from the database; the relay makes it forget what changes, and what was
// not asked for a while is read again, in case a change was never told. While the
// database is away, what is known goes on being so.
type Identities struct {
	store    data.Store
	rights   *Rights
	clock    hub.Clock
	log      *slog.Logger
	activity *mirror.Activity
	// Those who come with anything must leave readers to those who are somebody.
	misses, renewals lane

	mu      sync.RWMutex
	gen     uint64 // grows with each change: a read begun before it is not kept
	epoch   uint64 // grows with each Resync: what was read before it has to be read again
	most    int    // bounds each generation
	began   time.Time
	young   generation
	old     generation
	unknown unknowns
	reads   map[credential]*reading
	away    time.Time // until then the database need not be asked again for what is known

	tokenLookups, sessionLookups lookups
}

// credential is the hash of a token, or of a session's cookie.
type credential struct {
	session bool
	key     string
}

// owner is the person or service that an identity is of.
type owner struct{ user, service int64 }

// identity is what is known of one credential. It does not change once it is kept.
type identity struct {
	by              credential
	read            time.Time // when
	epoch           uint64
	user            hub.User
	service         hub.Service
	token           *hub.Token
	session         *hub.Session
	scopes          scopes.Set
	names           []string   // the scopes, sorted
	held            scopes.Set // the owner's
	rights          *Rights    // that scopes were worked out by
	mustChange      bool
	dependsOnGroups bool // the scopes depend on which groups others are in
}

func (id *identity) owner() owner { return owner{id.user.ID, id.service.ID} }

func (id *identity) requester() Requester {
	return Requester{
		User: id.user, Service: id.service, Token: id.token, Session: id.session,
		Scopes: id.scopes, Owner: id.held, MustChange: id.mustChange, names: id.names, rights: id.rights,
	}
}

// over tells whether its time has passed.
func (id *identity) over(now time.Time) bool {
	if id.token != nil {
		return id.token.Expired(now)
	}
	return !now.Before(id.session.Expires)
}

// NewIdentities knows nobody yet.
func NewIdentities(store data.Store, rights *Rights, clock hub.Clock, log *slog.Logger, act *mirror.Activity) *Identities {
	return &Identities{
		store: store, rights: rights, clock: clock, log: log, activity: act,
		misses: lane{readers: make(chan struct{}, missReaders)}, renewals: lane{readers: make(chan struct{}, renewalReaders)},
		most: maxIdentities / 2, began: clock(), young: newGeneration(), old: newGeneration(),
		reads: map[credential]*reading{},
	}
}

// Credential says whose a cookie or a token is.
type Credential struct {
	UserID    int64  // 0 for a service
	SessionID string // the session's id; empty for a token without one
	TokenHash string // empty for a cookie

	of *identity // what it was known by
}

// Requester is the requester that the credential speaks for.
func (c Credential) Requester() Requester { return c.of.requester() }

// Reaches tells whether the credential's scopes allow access to a server; false for the zero
// Credential.
func (c Credential) Reaches(owner hub.User, server string) bool {
	if !c.Known() {
		return false
	}
	r := c.Requester()
	return r.AllowsServer(ServersScope, owner, server)
}

// Known tells whether it is anybody's.
func (c Credential) Known() bool { return c.of != nil }

// errNobody is the answer for what is unknown, expired, or of somebody suspended.
var errNobody = hub.Errorf(hub.Unauthenticated, MsgNoCredentials)

// Session resolves the value of a session cookie. It is how the proxy knows
// people; the hub's own pages ask for the login cookie as well. Errors are those of
// TokenRequester.
func (i *Identities) Session(ctx context.Context, cookie string) (Credential, error) {
	id, err := i.session(ctx, cookie)
	if err != nil {
		return Credential{}, err
	}
	return Credential{UserID: id.user.ID, SessionID: id.session.ID, of: id}, nil
}

// Token resolves an API token. Errors are those of TokenRequester.
func (i *Identities) Token(ctx context.Context, secret string) (Credential, error) {
	id, err := i.token(ctx, secret)
	if err != nil {
		return Credential{}, err
	}
	return Credential{UserID: id.user.ID, SessionID: id.token.SessionID, TokenHash: id.token.Hash, of: id}, nil
}

// TokenByHash resolves an API token by its hash, for whoever has shown the token before.
// Errors are those of TokenRequester.
func (i *Identities) TokenByHash(ctx context.Context, hash string) (Credential, error) {
	id, err := i.find(ctx, credential{key: hash})
	if err != nil {
		return Credential{}, err
	}
	return Credential{UserID: id.user.ID, SessionID: id.token.SessionID, TokenHash: id.token.Hash, of: id}, nil
}

// TokenRequester is the requester that a token speaks for: hub.Unauthenticated for
// one that is unknown, expired or whose person is suspended, hub.Unavailable where
// that cannot be told now.
func (i *Identities) TokenRequester(ctx context.Context, secret string) (Requester, error) {
	id, err := i.token(ctx, secret)
	if err != nil {
		return Requester{}, err
	}
	i.activity.SawToken(id.token)
	return id.requester(), nil
}

// CookieRequester is the requester that a browser's cookies speak for: two of them
// must belong to the same session. Errors are those of TokenRequester.
func (i *Identities) CookieRequester(ctx context.Context, sessions, logins []string) (Requester, error) {
	if len(sessions) == 0 || len(logins) == 0 {
		return Requester{}, errNobody
	}
	hashes := make([]string, len(logins))
	for n, login := range logins {
		hashes[n] = hub.HashSecret(login)
	}
	answer := errNobody
	for _, cookie := range sessions {
		id, err := i.session(ctx, cookie)
		if err != nil {
			if hub.Is(err, hub.Unavailable) {
				answer = errCannotTell
			}
			continue
		}
		for _, hash := range hashes {
			if hash == id.session.LoginHash {
				i.activity.SawSession(id.session)
				r := id.requester()
				if IsFrameSecret(cookie) {
					i.rights.InFrame(&r)
				}
				return r, nil
			}
		}
	}
	return Requester{}, answer
}

// ByToken is TokenRequester for those to whom it is one why there is nobody.
func (i *Identities) ByToken(ctx context.Context, secret string) (Requester, bool) {
	r, err := i.TokenRequester(ctx, secret)
	return r, err == nil
}

// ByCookies is CookieRequester for those to whom it is one why there is nobody.
func (i *Identities) ByCookies(ctx context.Context, sessionCookie, loginCookie string) (Requester, bool) {
	r, err := i.CookieRequester(ctx, []string{sessionCookie}, []string{loginCookie})
	return r, err == nil
}

// Refresh brings up to date what is known of a requester who took their time: with
// what they may now, or hub.Forbidden where what they came with is no longer good.
func (i *Identities) Refresh(ctx context.Context, r *Requester) error {
	var by credential
	switch {
	case r.Token != nil:
		by = credential{key: r.Token.Hash}
	case r.Session != nil:
		by = credential{session: true, key: r.Session.ID}
	default:
		return nil
	}
	id, err := i.find(ctx, by)
	switch {
	case hub.Is(err, hub.Unauthenticated):
		return hub.Errorf(hub.Forbidden, MsgNoCredentials)
	case err != nil:
		return err
	}
	fresh := id.requester()
	if r.Framed {
		i.rights.InFrame(&fresh)
	}
	fresh.Address, fresh.RequestID, fresh.JobID = r.Address, r.RequestID, r.JobID
	*r = fresh
	return nil
}

func (i *Identities) token(ctx context.Context, secret string) (*identity, error) {
	own, isOwn := strings.CutPrefix(secret, hub.TokenPrefix)
	if isOwn && !isSecret(own) || len(secret) > maxSecret {
		return nil, errNobody
	}
	return i.find(ctx, credential{key: hub.HashSecret(secret)})
}

func (i *Identities) session(ctx context.Context, cookie string) (*identity, error) {
	if !isSecret(strings.TrimPrefix(cookie, FrameSecretPrefix)) {
		return nil, errNobody
	}
	return i.find(ctx, credential{session: true, key: hub.HashSecret(cookie)})
}

// maxSecret is how long a token may be that somebody chose.
const maxSecret = 512

// secretSize is the length of hub.NewSecret, 32 bytes in base64.
const secretSize = 43

// isSecret tells whether the text has the form of hub.NewSecret: what has not is
// nobody's, and need not be looked up.
func isSecret(s string) bool {
	if len(s) != secretSize {
		return false
	}
	for n := range len(s) {
		switch c := s[n]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// find gives whose a credential is: errNobody, or errCannotTell.
func (i *Identities) find(ctx context.Context, by credential) (*identity, error) {
	now := i.clock()
	i.mu.RLock()
	id := i.kept(by)
	fresh := id != nil && id.epoch == i.epoch
	i.mu.RUnlock()
	age := ageOf(id, now)
	fresh = fresh && age >= 0 && age < identityAge
	i.lookups(by).note(fresh)
	if !fresh {
		var err error
		if id, err = i.ask(ctx, by, id, now); err != nil {
			return nil, err
		}
	}
	if id == nil || id.user.Suspended || id.over(now) {
		return nil, errNobody
	}
	return id, nil
}

func (i *Identities) lookups(by credential) *lookups {
	if by.session {
		return &i.sessionLookups
	}
	return &i.tokenLookups
}

func ageOf(id *identity, now time.Time) time.Duration {
	if id == nil {
		return 0
	}
	return now.Sub(id.read)
}

// Apply forgets what changes make wrong.
func (i *Identities) Apply(changes ...data.Change) {
	i.mu.Lock()
	defer i.mu.Unlock()
	people := false
	for _, c := range changes {
		switch c.Kind {
		case data.UserChanged:
			i.dropOwner(owner{user: c.ID})
			people = true
		case data.ServiceChanged:
			i.dropOwner(owner{service: c.ID})
		case data.TokenRevoked:
			i.drop(credential{key: c.Key})
		case data.SessionRevoked:
			i.drop(credential{session: true, key: c.Key})
		case data.Resync:
			i.epoch++
		case data.ServerChanged, data.ServerDoubted, data.GroupChanged, data.HomeChanged:
			continue
		}
		i.gen++
	}
	if people {
		i.dropDelicate()
	}
}
