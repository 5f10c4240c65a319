package app

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

const (
	// maxIdentities bounds what is kept in memory, in two generations of half as many
	// each: once the young one is full, the old one goes.
	maxIdentities = 200_000
	// identityAge is how long an identity is good without being read again.
	identityAge = 30 * time.Second
	// generationAge is how long a generation is young, so that what nobody uses goes.
	generationAge = time.Hour

	// missReaders and renewalReaders are how many of the database's readers (SQLite has
	// four) may look up who somebody is, unknown ones and known ones.
	missReaders, renewalReaders = 2, 2
	// slotPatience is how long somebody waits for one of them, readPatience how long a
	// read may take.
	slotPatience = time.Second
	readPatience = 3 * time.Second
	// awayPause is for how long the database isn't asked again about those who are known,
	// once it did not answer.
	awayPause = time.Second

	// maxUnknown credentials are remembered as nobody's, for unknownAge.
	maxUnknown = 10_000
	unknownAge = 5 * time.Second
)

// errCannotTell is the answer about somebody who is not known already where the
// database does not answer, or has too much to do.
var errCannotTell = func() *hub.Error {
	err := hub.Errorf(hub.Unavailable, "Cannot tell who you are right now. Try again in a moment.")
	err.RetryAfter = 2 * time.Second
	return err
}()

var errBusy = errors.New("too many lookups at a time")

// generation is a part of the cache. Its maps are as large as they ever were, so it
// is replaced as a whole.
type generation struct {
	tokens, sessions map[string]*identity
	byOwner          map[owner]map[*identity]struct{}
	delicate         map[*identity]struct{}
}

func newGeneration() generation {
	return generation{
		tokens: map[string]*identity{}, sessions: map[string]*identity{},
		byOwner: map[owner]map[*identity]struct{}{}, delicate: map[*identity]struct{}{},
	}
}

func (g *generation) size() int { return len(g.tokens) + len(g.sessions) }

func (g *generation) of(by credential) map[string]*identity {
	if by.session {
		return g.sessions
	}
	return g.tokens
}

func (g *generation) add(id *identity) {
	g.of(id.by)[id.by.key] = id
	if g.byOwner[id.owner()] == nil {
		g.byOwner[id.owner()] = map[*identity]struct{}{}
	}
	g.byOwner[id.owner()][id] = struct{}{}
	if id.delicate {
		g.delicate[id] = struct{}{}
	}
}

func (g *generation) drop(by credential) {
	id := g.of(by)[by.key]
	if id == nil {
		return
	}
	delete(g.of(by), by.key)
	delete(g.delicate, id)
	delete(g.byOwner[id.owner()], id)
	if len(g.byOwner[id.owner()]) == 0 {
		delete(g.byOwner, id.owner())
	}
}

// kept is what is known of a credential, if anything. i.mu is held for this and the
// other methods on the generations.
func (i *Identities) kept(by credential) *identity {
	if id := i.young.of(by)[by.key]; id != nil {
		return id
	}
	return i.old.of(by)[by.key]
}

func (i *Identities) drop(by credential) {
	i.young.drop(by)
	i.old.drop(by)
}

func (i *Identities) dropOwner(o owner) {
	for _, g := range []*generation{&i.young, &i.old} {
		for id := range g.byOwner[o] {
			g.drop(id.by)
		}
	}
}

func (i *Identities) dropDelicate() {
	for _, g := range []*generation{&i.young, &i.old} {
		for id := range g.delicate {
			g.drop(id.by)
		}
	}
}

// keep puts what was read in the place of what was known before.
func (i *Identities) keep(id *identity) {
	i.drop(id.by)
	if age := id.read.Sub(i.began); i.young.size() >= i.most || age < 0 || age >= generationAge {
		i.old, i.young, i.began = i.young, newGeneration(), id.read
	}
	i.young.add(id)
}

// unknowns are credentials that are nobody's, as of a gen.
type unknowns struct {
	gen   uint64
	until map[credential]time.Time
}

func (u *unknowns) has(by credential, gen uint64, now time.Time) bool {
	until, ok := u.until[by]
	return ok && u.gen == gen && now.Before(until) && !now.Before(until.Add(-unknownAge))
}

func (u *unknowns) add(by credential, gen uint64, now time.Time) {
	if u.until == nil || u.gen != gen || len(u.until) >= maxUnknown {
		u.gen, u.until = gen, map[credential]time.Time{}
	}
	u.until[by] = now.Add(unknownAge)
}

// reading is one read that is under way. Whoever asks for the same joins it, unless
// something has changed since it began.
type reading struct {
	gen, epoch uint64
	done       chan struct{}
	id         *identity // nil: nobody's
	err        error
}

// ask reads whose a credential is, of which have is what is known already: nil where
// nothing is. It gives nil for nobody.
func (i *Identities) ask(ctx context.Context, by credential, have *identity, now time.Time) (*identity, error) {
	i.mu.Lock()
	if have == nil && i.unknown.has(by, i.gen, now) {
		i.mu.Unlock()
		return nil, nil
	}
	if have != nil && now.Before(i.away) && !now.Before(i.away.Add(-awayPause)) {
		i.mu.Unlock()
		return have, nil
	}
	r := i.reads[by]
	joined := r != nil && r.gen == i.gen
	if !joined {
		r = &reading{gen: i.gen, epoch: i.epoch, done: make(chan struct{}), err: errCannotTell}
		i.reads[by] = r
	}
	i.mu.Unlock()
	if !joined {
		i.perform(ctx, r, by, have != nil, now)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, errCannotTell
	}
	if r.err == nil {
		return r.id, nil
	}
	return i.insteadOf(r.err, by, have)
}

// insteadOf is what was known before, where the database cannot be asked and nobody
// has said that it is wrong.
func (i *Identities) insteadOf(err error, by credential, have *identity) (*identity, error) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if have != nil && i.kept(by) == have && hub.Is(err, hub.Unavailable) {
		return have, nil
	}
	return nil, errCannotTell
}

// perform reads, keeps what was found, and lets those go on who joined.
func (i *Identities) perform(ctx context.Context, r *reading, by credential, known bool, now time.Time) {
	defer close(r.done)
	id, err := i.read(ctx, by, known)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.reads[by] == r {
		delete(i.reads, by)
	}
	r.id, r.err = id, err
	switch {
	case hub.Is(err, hub.NotFound):
		r.id, r.err = nil, nil
		if i.gen == r.gen {
			i.drop(by)
			i.unknown.add(by, i.gen, now)
		}
	case err != nil:
		if hub.Is(err, hub.Unavailable) && !errors.Is(err, errBusy) {
			i.away = i.clock().Add(awayPause)
		}
	default:
		id.by, id.read, id.epoch, id.names = by, now, r.epoch, id.scopes.Strings()
		if i.gen == r.gen {
			i.keep(id)
		}
	}
}

// read looks a credential up. It goes on when the one who asks leaves: others may
// have joined.
func (i *Identities) read(ctx context.Context, by credential, known bool) (id *identity, err error) {
	release, err := i.slot(known)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readPatience)
	defer cancel()
	err = i.store.View(ctx, func(tx Tx) error {
		id = &identity{}
		if by.session {
			return i.rights.resolveSession(ctx, tx, by.key, id)
		}
		t, err := tx.TokenByHash(ctx, by.key)
		if err != nil {
			return err
		}
		id.token = &t
		return i.rights.resolve(ctx, tx, t, id)
	})
	if err != nil && !hub.Is(err, hub.NotFound) {
		i.log.WarnContext(ctx, "cannot look up who somebody is", "session", by.session, "error", err)
	}
	return id, err
}

// slot waits for a place among those who read.
func (i *Identities) slot(known bool) (release func(), err error) {
	slots := i.misses
	if known {
		slots = i.renewals
	}
	release = func() { <-slots }
	select {
	case slots <- struct{}{}:
		return release, nil
	default:
	}
	timer := time.NewTimer(slotPatience)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return release, nil
	case <-timer.C:
		return nil, hub.Wrap(hub.Unavailable, errBusy, errCannotTell.Msg)
	}
}

// resolveSession finds whose session it is and what they may do. Who has to change
// their password may do nothing but be known.
func (x *Rights) resolveSession(ctx context.Context, tx Tx, key string, id *identity) error {
	s, err := tx.SessionByID(ctx, key)
	if err != nil {
		return err
	}
	id.session = &s
	if id.user, err = tx.UserByID(ctx, s.UserID); err != nil {
		return err
	}
	pw, err := tx.Password(ctx, s.UserID)
	if err := absentOrError(err); err != nil {
		return err
	}
	id.scopes, id.mustChange = x.ofUser(id.user), pw.MustChange
	if pw.MustChange {
		id.scopes = x.identifying(id.user)
		id.held = id.scopes
	}
	return nil
}

// identifying is what it takes to be known, and nothing else.
func (x *Rights) identifying(u hub.User) scopes.Set {
	return scopes.Intersect(x.ofUser(u), scopes.Identity(userOwner(u)), GroupsOf(u))
}
