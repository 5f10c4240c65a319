package app

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// activity gathers when people, tokens, sessions and servers were last active, to
// be written in one batch: a request must not cost a write. What is shown of them takes
// it from here until then.
type activity struct {
	clock hub.Clock
	news  atomic.Bool // there are some in untold

	flushing sync.Mutex // held by whoever writes

	mu      sync.Mutex
	since   seen                // the last time that it was written
	written seen                // by then, or is being written: who reads the database may not find it yet
	untold  map[int64]time.Time // people who were seen of late, which the directory does not know yet
}

// seen is when somebody, or something, was last active.
type seen struct {
	users    map[int64]time.Time
	tokens   map[int64]time.Time
	servers  map[int64]time.Time
	sessions map[string]time.Time
}

func newSeen() seen {
	return seen{map[int64]time.Time{}, map[int64]time.Time{}, map[int64]time.Time{}, map[string]time.Time{}}
}

func (s seen) empty() bool { return len(s.users)+len(s.tokens)+len(s.servers)+len(s.sessions) == 0 }

func newActivity(clock hub.Clock) *activity {
	return &activity{clock: clock, since: newSeen(), untold: map[int64]time.Time{}}
}

func (a *activity) token(t *hub.Token) {
	if t.ServiceID != 0 {
		return // nobody looks when a service last called
	}
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since.tokens[t.ID] = now
	if t.ServerID == 0 { // a notebook server's own calls are not its person's doing
		a.user(t.UserID, now)
	}
}

func (a *activity) session(s *hub.Session) {
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since.sessions[s.ID] = now
	a.user(s.UserID, now)
}

// user notes that a person is there. The directory is told of the first time since the
// last write, and of the last one with the next: telling it costs more than this. mu is
// held.
func (a *activity) user(id int64, now time.Time) {
	if _, known := a.since.users[id]; !known {
		a.untold[id] = now
		a.news.Store(true)
	}
	a.since.users[id] = now
}

// takeUntold gives the people whom the directory does not know to have been there.
func (a *activity) takeUntold() map[int64]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	untold := a.untold
	a.untold = map[int64]time.Time{}
	a.news.Store(false)
	return untold
}

// ofUser brings what the database says of a person up to date.
func (a *activity) ofUser(u hub.User) hub.User {
	a.mu.Lock()
	defer a.mu.Unlock()
	u.LastActivity = latest(u.LastActivity, a.since.users[u.ID], a.written.users[u.ID])
	return u
}

// ofTokens brings what the database says of tokens up to date.
func (a *activity) ofTokens(tokens ...hub.Token) []hub.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, t := range tokens {
		tokens[i].LastActivity = latest(t.LastActivity, a.since.tokens[t.ID], a.written.tokens[t.ID])
	}
	return tokens
}

// latest is the later of what the database says and what it does not have yet.
func latest(kept time.Time, at ...time.Time) time.Time {
	for _, t := range at {
		if t.After(kept) {
			kept = hub.Micro(t)
		}
	}
	return kept
}

// NoteServers adds when servers were last active, as the proxy saw it.
func (a *App) NoteServers(at map[int64]time.Time) {
	a.activity.mu.Lock()
	defer a.activity.mu.Unlock()
	merge(a.activity.since.servers, at)
}

// take gives what is to be written.
func (a *activity) take() seen {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written, a.since = a.since, newSeen()
	return a.written
}

// giveBack keeps what could not be written for the next time.
func (a *activity) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	merge(a.since.users, a.written.users)
	merge(a.since.tokens, a.written.tokens)
	merge(a.since.servers, a.written.servers)
	merge(a.since.sessions, a.written.sessions)
}

func merge[K comparable](into, from map[K]time.Time) {
	for k, at := range from {
		if at.After(into[k]) {
			into[k] = at
		}
	}
}

// FlushActivity writes what was gathered since the last time. On an error it is kept
// for the next time.
func (a *App) FlushActivity(ctx context.Context) error {
	a.activity.flushing.Lock()
	defer a.activity.flushing.Unlock()
	batch := a.activity.take()
	if batch.empty() {
		return nil
	}
	err := a.store.Update(ctx, func(tx Tx) error {
		if err := tx.TouchServers(ctx, batch.servers); err != nil {
			return err
		}
		if err := tx.TouchTokens(ctx, batch.tokens); err != nil {
			return err
		}
		if err := tx.TouchSessions(ctx, batch.sessions); err != nil {
			return err
		}
		return tx.TouchUsers(ctx, batch.users)
	})
	if err != nil {
		a.activity.giveBack()
		return err
	}
	a.directory.touch(batch.users, batch.servers)
	return nil
}

// ActivityReport is what a notebook server says of itself; the zero time says nothing.
type ActivityReport struct {
	User    time.Time
	Servers map[string]time.Time
}

// maxFuture is how far ahead a reported time may be: clocks differ.
const maxFuture = 59 * time.Minute

// ReportActivity records what was reported (JupyterHub's POST /users/{name}/activity).
// Times only move forward.
func (a *App) ReportActivity(ctx context.Context, r *Requester, name string, rep ActivityReport) error {
	var u hub.User
	var servers map[int64]time.Time
	err := a.store.Update(ctx, func(tx Tx) (err error) {
		if u, err = a.user(ctx, tx, r, name, "users:activity"); err != nil {
			return err
		}
		if err := notAhead(tx.Now(), rep.User); err != nil {
			return err
		}
		if servers, err = reportedServers(ctx, tx, u, rep.Servers); err != nil {
			return err
		}
		if !rep.User.IsZero() {
			if err := tx.TouchUsers(ctx, map[int64]time.Time{u.ID: rep.User}); err != nil {
				return err
			}
		}
		return tx.TouchServers(ctx, servers)
	})
	if err == nil {
		a.directory.touchPerson(u.ID, rep.User, servers)
	}
	return err
}

// reportedServers finds the servers that a report names. Everybody has a default one: its
// record is made where it was never started.
func reportedServers(ctx context.Context, tx Tx, u hub.User, reported map[string]time.Time) (map[int64]time.Time, error) {
	found := map[int64]time.Time{}
	for name, at := range reported {
		if err := notAhead(tx.Now(), at); err != nil {
			return nil, err
		}
		s, err := tx.Server(ctx, u.ID, name)
		if hub.Is(err, hub.NotFound) {
			if name != "" {
				return nil, hub.Errorf(hub.Invalid, "No such server '%s' for user %s", name, u.Name)
			}
			s, err = tx.CreateServer(ctx, neverStarted(u))
			tx.Publish(Change{Kind: ServerChanged, ID: s.ID, UserID: u.ID})
		}
		if err != nil {
			return nil, err
		}
		found[s.ID] = at
	}
	return found, nil
}

func notAhead(now, at time.Time) error {
	if at.After(now.Add(maxFuture)) {
		return hub.Errorf(hub.Invalid, "last_activity %s is too far in the future", at.Format(time.RFC3339))
	}
	return nil
}
