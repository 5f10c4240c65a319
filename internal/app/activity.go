package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
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
	since   data.Seen           // the last time that it was written
	written data.Seen           // by then, or is being written: who reads the database may not find it yet
	untold  map[int64]time.Time // people who were seen of late, which the directory does not know yet
}

func newActivity(clock hub.Clock) *activity {
	return &activity{clock: clock, since: data.NewSeen(), untold: map[int64]time.Time{}}
}

func (a *activity) token(t *hub.Token) {
	if t.ServiceID != 0 {
		return // nobody looks when a service last called
	}
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since.Tokens[t.ID] = now
	if t.ServerID == 0 { // a notebook server's own calls are not its person's doing
		a.user(t.UserID, now)
	}
}

func (a *activity) session(s *hub.Session) {
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since.Sessions[s.ID] = now
	a.user(s.UserID, now)
}

// user notes that a person is there. The directory is told of the first time since the
// last write, and of the last one with the next: telling it costs more than this. mu is
// held.
func (a *activity) user(id int64, now time.Time) {
	if _, known := a.since.Users[id]; !known {
		a.untold[id] = now
		a.news.Store(true)
	}
	a.since.Users[id] = now
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
	u.LastActivity = latest(u.LastActivity, a.since.Users[u.ID], a.written.Users[u.ID])
	return u
}

// ofTokens brings what the database says of tokens up to date.
func (a *activity) ofTokens(tokens ...hub.Token) []hub.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, t := range tokens {
		tokens[i].LastActivity = latest(t.LastActivity, a.since.Tokens[t.ID], a.written.Tokens[t.ID])
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
	merge(a.activity.since.Servers, at)
}

// take gives what is to be written.
func (a *activity) take() data.Seen {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written, a.since = a.since, data.NewSeen()
	return a.written
}

// giveBack keeps what could not be written for the next time.
func (a *activity) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	merge(a.since.Users, a.written.Users)
	merge(a.since.Tokens, a.written.Tokens)
	merge(a.since.Servers, a.written.Servers)
	merge(a.since.Sessions, a.written.Sessions)
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
	if batch.Empty() {
		return nil
	}
	if err := a.store.Touch(ctx, func(data.Tx) (data.Seen, error) { return batch, nil }); err != nil {
		a.activity.giveBack()
		return err
	}
	a.directory.touch(batch.Users, batch.Servers)
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
	err := a.noteReport(ctx, r, name, rep)
	if unknown, ok := errors.AsType[*neverStartedError](err); ok {
		if err := a.recordServer(ctx, unknown.user); err != nil {
			return err
		}
		err = a.noteReport(ctx, r, name, rep)
	}
	return err
}

func (a *App) noteReport(ctx context.Context, r *Requester, name string, rep ActivityReport) error {
	var u hub.User
	var seen data.Seen
	err := a.store.Touch(ctx, func(tx data.Tx) (_ data.Seen, err error) {
		if u, err = a.user(ctx, tx, r, name, "users:activity"); err != nil {
			return seen, err
		}
		if err := notAhead(tx.Now(), rep.User); err != nil {
			return seen, err
		}
		seen = data.Seen{}
		if !rep.User.IsZero() {
			seen.Users = map[int64]time.Time{u.ID: rep.User}
		}
		seen.Servers, err = reportedServers(ctx, tx, u, rep.Servers)
		return seen, err
	})
	if err == nil {
		a.directory.touchPerson(u.ID, rep.User, seen.Servers)
	}
	return err
}

// neverStartedError says that there is no record of somebody's default server.
type neverStartedError struct{ user hub.User }

func (e *neverStartedError) Error() string {
	return "there is no record of the server of " + e.user.Name
}

// reportedServers finds the servers that a report names. Everybody has a default one, of
// which there is no record where it was never started: a neverStartedError.
func reportedServers(ctx context.Context, tx data.Tx, u hub.User, reported map[string]time.Time) (map[int64]time.Time, error) {
	found := map[int64]time.Time{}
	for name, at := range reported {
		if err := notAhead(tx.Now(), at); err != nil {
			return nil, err
		}
		s, err := tx.Server(ctx, u.ID, name)
		switch {
		case hub.Is(err, hub.NotFound) && name == "":
			return nil, &neverStartedError{u}
		case hub.Is(err, hub.NotFound):
			return nil, hub.Errorf(hub.Invalid, "No such server '%s' for user %s", name, u.Name)
		case err != nil:
			return nil, err
		}
		found[s.ID] = at
	}
	return found, nil
}

// recordServer makes the record of somebody's default server.
func (a *App) recordServer(ctx context.Context, u hub.User) error {
	err := a.store.Update(ctx, func(tx data.Tx) error {
		_, err := tx.CreateServer(ctx, neverStarted(u))
		return err
	})
	if hub.Is(err, hub.Conflict) { // somebody else was quicker
		return nil
	}
	return err
}

// ServerActive notes that a server, and its person, are active as of then.
func (a *App) ServerActive(ctx context.Context, s hub.Server, at time.Time) error {
	seen := map[int64]time.Time{s.ID: at}
	if err := a.store.Touch(ctx, func(data.Tx) (data.Seen, error) { return data.Seen{Servers: seen}, nil }); err != nil {
		return err
	}
	a.directory.touchPerson(s.UserID, at, seen)
	return nil
}

func notAhead(now, at time.Time) error {
	if at.After(now.Add(maxFuture)) {
		return hub.Errorf(hub.Invalid, "last_activity %s is too far in the future", at.Format(time.RFC3339))
	}
	return nil
}
