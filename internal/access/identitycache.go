package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
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
	// maxBatch is how many credentials are looked up in one read, maxWaiting how many may
	// wait for one.
	maxBatch, maxWaiting = 256, 20_000
	// lookupPatience is how long somebody waits for an answer, readPatience how long a
	// read may take.
	lookupPatience = 10 * time.Second
	readPatience   = 3 * time.Second
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
	if id.dependsOnGroups {
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

// reading is one credential that is, or waits to be, looked up. Whoever asks for the same
// joins it, unless something has changed since it began.
type reading struct {
	by         credential
	lane       *lane
	gen, epoch uint64
	began      time.Time
	done       chan struct{}
	id         *identity // nil: nobody's
	err        error
}

// lane is those who wait to be looked up, and room for some to read. Whoever gets room reads
// for all who wait: after a restart of the hub thousands come at once.
type lane struct {
	readers chan struct{}
	waiting []*reading // i.mu is held for it
}

// ask reads whose a credential is, of which have is what is known already: nil where
// nothing is. It gives nil for nobody.
func (i *Identities) ask(ctx context.Context, by credential, have *identity, now time.Time) (*identity, error) {
	r, err := i.join(by, have, now)
	switch {
	case err != nil:
		return i.insteadOf(err, by, have)
	case r == nil:
		return have, nil
	}
	if err := i.await(ctx, r); err != nil {
		return i.insteadOf(err, by, have)
	}
	return r.id, nil
}

// join begins a reading, or joins one; nil where what is known, or that it is nobody, will do.
func (i *Identities) join(by credential, have *identity, now time.Time) (*reading, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if have == nil && i.unknown.has(by, i.gen, now) {
		return nil, nil
	}
	if have != nil && now.Before(i.away) && !now.Before(i.away.Add(-awayPause)) {
		return nil, nil
	}
	if r := i.reads[by]; r != nil && r.gen == i.gen {
		return r, nil
	}
	l := i.lane(have != nil)
	if len(l.waiting) >= maxWaiting {
		return nil, busyError()
	}
	r := &reading{by: by, lane: l, gen: i.gen, epoch: i.epoch, began: now, done: make(chan struct{})}
	i.reads[by] = r
	l.waiting = append(l.waiting, r)
	return r, nil
}

func (i *Identities) lane(known bool) *lane {
	if known {
		return &i.renewals
	}
	return &i.misses
}

func busyError() error { return hub.Wrap(hub.Unavailable, errBusy, errCannotTell.Msg) }

// await waits until a reading is done, and meanwhile, until somebody reads it, reads for all
// who wait where there is room to.
func (i *Identities) await(ctx context.Context, r *reading) error {
	timer := time.NewTimer(lookupPatience)
	defer timer.Stop()
	readers := r.lane.readers
	for {
		select {
		case <-r.done:
			return r.err
		default:
		}
		select {
		case <-r.done:
			return r.err
		case readers <- struct{}{}:
			if !i.readWaiting(ctx, r.lane) {
				readers = nil // nobody waits, so that this one is being read: no more turns
			}
		case <-timer.C:
			return busyError()
		case <-ctx.Done():
			return errCannotTell
		}
	}
}

// readWaiting looks up those who have waited longest, keeps what was found, and lets them go
// on; false where nobody waits. Whoever asked may leave: others may have joined. It gives back
// the room that its caller has taken.
func (i *Identities) readWaiting(ctx context.Context, l *lane) bool {
	defer func() { <-l.readers }()
	i.mu.Lock()
	n := min(len(l.waiting), maxBatch)
	batch := l.waiting[:n:n]
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil
	}
	i.mu.Unlock()
	if n == 0 {
		return false
	}
	var found map[credential]identity
	var err error = errCannotTell
	defer func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		if hub.Is(err, hub.Unavailable) {
			i.away = i.clock().Add(awayPause)
		}
		for _, r := range batch {
			r.err = err
			if id, ok := found[r.by]; ok {
				r.id = &id
			}
			i.settle(r)
		}
	}()
	found, err = i.read(ctx, batch)
	return true
}

// settle keeps what was read, where nothing has changed meanwhile. i.mu is held.
func (i *Identities) settle(r *reading) {
	defer close(r.done)
	if i.reads[r.by] == r {
		delete(i.reads, r.by)
	}
	if id := r.id; id != nil {
		id.by, id.read, id.epoch, id.names = r.by, r.began, r.epoch, id.scopes.Strings()
	}
	switch {
	case r.err != nil || i.gen != r.gen:
	case r.id == nil:
		i.drop(r.by)
		i.unknown.add(r.by, i.gen, r.began)
	default:
		i.keep(r.id)
	}
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

// read looks credentials up; what is nobody's is not in what it gives. It goes on when the
// one who asks leaves.
func (i *Identities) read(ctx context.Context, batch []*reading) (found map[credential]identity, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readPatience)
	defer cancel()
	err = i.store.View(ctx, func(tx data.Tx) error {
		found, err = i.rights.resolveAll(ctx, tx, batch)
		return err
	})
	if err != nil {
		i.log.WarnContext(ctx, "cannot look up who somebody is", "credentials", len(batch), "error", err)
	}
	return found, err
}

// resolveAll finds whose the credentials are and what they may do, with few reads however
// many there are.
func (x *Rights) resolveAll(ctx context.Context, tx data.Tx, batch []*reading) (map[credential]identity, error) {
	var sessions, tokens []string
	for _, r := range batch {
		if r.by.session {
			sessions = append(sessions, r.by.key)
		} else {
			tokens = append(tokens, r.by.key)
		}
	}
	live, err := tx.SessionsByID(ctx, sessions)
	if err != nil {
		return nil, err
	}
	given, err := tx.TokensByHash(ctx, tokens)
	if err != nil {
		return nil, err
	}
	people, err := holdersOf(ctx, tx, live, given)
	if err != nil {
		return nil, err
	}
	found := make(map[credential]identity, len(batch))
	for _, s := range live {
		if u, ok := people[s.UserID]; ok {
			found[credential{session: true, key: s.ID}] = x.inSession(s, u)
		}
	}
	for _, t := range given {
		id := identity{token: &t, user: people[t.UserID]}
		if err := x.resolve(ctx, tx, t, &id); err == nil {
			found[credential{key: t.Hash}] = id
		} else if !hub.Is(err, hub.NotFound) {
			return nil, err
		}
	}
	return found, nil
}

// holdersOf reads the people whose the sessions and tokens are.
func holdersOf(ctx context.Context, tx data.Tx, sessions []hub.Session, tokens []hub.Token) (map[int64]hub.User, error) {
	ids := make([]int64, 0, len(sessions)+len(tokens))
	for _, s := range sessions {
		ids = append(ids, s.UserID)
	}
	for _, t := range tokens {
		if t.ServiceID == 0 {
			ids = append(ids, t.UserID)
		}
	}
	slices.Sort(ids)
	list, err := tx.UsersByID(ctx, slices.Compact(ids))
	people := make(map[int64]hub.User, len(list))
	for _, u := range list {
		people[u.ID] = u
	}
	return people, err
}

// inSession is somebody by their session. Who has to change their password may do nothing
// but be known.
func (x *Rights) inSession(s hub.Session, u hub.User) identity {
	id := identity{session: &s, user: u, rights: x, scopes: x.OfUser(u), mustChange: u.MustChange}
	if u.MustChange {
		id.scopes = x.Identifying(u)
		id.held = id.scopes
	}
	return id
}

// Identifying is what it takes to be known, and nothing else.
func (x *Rights) Identifying(u hub.User) scopes.Set {
	return scopes.Intersect(x.OfUser(u), scopes.Identity(UserOwner(u)), GroupsOf(u))
}
