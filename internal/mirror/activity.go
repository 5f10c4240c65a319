package mirror

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Activity gathers when people, tokens, sessions and servers were last active, to
// be written in one batch: a request must not cost a write. What is shown of them takes
// it from here until then.
type Activity struct {
	clock hub.Clock
	news  atomic.Bool // there are some in untold

	flushing sync.Mutex // held by whoever writes

	mu      sync.Mutex
	since   data.Seen           // the last time that it was written
	written data.Seen           // by then, or is being written: who reads the database may not find it yet
	untold  map[int64]time.Time // people who were seen of late, which the directory does not know yet
}

// NewActivity has seen nobody yet.
func NewActivity(clock hub.Clock) *Activity {
	return &Activity{clock: clock, since: data.NewSeen(), untold: map[int64]time.Time{}}
}

// SawToken notes that somebody came with a token.
func (a *Activity) SawToken(t *hub.Token) {
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

// SawSession notes that somebody came with a session.
func (a *Activity) SawSession(s *hub.Session) {
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since.Sessions[s.ID] = now
	a.user(s.UserID, now)
}

// user notes that a person is there. The directory is told of the first time since the
// last write, and of the last one with the next: telling it costs more than this. mu is
// held.
func (a *Activity) user(id int64, now time.Time) {
	if _, known := a.since.Users[id]; !known {
		a.untold[id] = now
		a.news.Store(true)
	}
	a.since.Users[id] = now
}

// takeUntold gives the people whom the directory does not know to have been there.
func (a *Activity) takeUntold() map[int64]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	untold := a.untold
	a.untold = map[int64]time.Time{}
	a.news.Store(false)
	return untold
}

// OfUser brings what the database says of a person up to date.
func (a *Activity) OfUser(u hub.User) hub.User {
	a.mu.Lock()
	defer a.mu.Unlock()
	u.LastActivity = latest(u.LastActivity, a.since.Users[u.ID], a.written.Users[u.ID])
	return u
}

// OfTokens brings what the database says of tokens up to date.
func (a *Activity) OfTokens(tokens ...hub.Token) []hub.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, t := range tokens {
		tokens[i].LastActivity = latest(t.LastActivity, a.since.Tokens[t.ID], a.written.Tokens[t.ID])
	}
	return tokens
}

// OfSessions brings what the database says of sessions up to date.
func (a *Activity) OfSessions(sessions ...hub.Session) []hub.Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, s := range sessions {
		sessions[i].LastSeen = latest(s.LastSeen, a.since.Sessions[s.ID], a.written.Sessions[s.ID])
	}
	return sessions
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

// NoteServers adds when servers were last active, and last used, as the proxy saw it.
func (a *Activity) NoteServers(active, used map[int64]time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	merge(a.since.Servers, active)
	merge(a.since.Used, used)
}

// take gives what is to be written.
func (a *Activity) take() data.Seen {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written, a.since = a.since, data.NewSeen()
	return a.written
}

// giveBack keeps what could not be written for the next time.
func (a *Activity) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	merge(a.since.Users, a.written.Users)
	merge(a.since.Tokens, a.written.Tokens)
	merge(a.since.Servers, a.written.Servers)
	merge(a.since.Used, a.written.Used)
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
func (d *Directory) FlushActivity(ctx context.Context) error {
	a := d.activity
	a.flushing.Lock()
	defer a.flushing.Unlock()
	batch := a.take()
	if batch.Empty() {
		return nil
	}
	if err := d.store.Touch(ctx, func(data.Tx) (data.Seen, error) { return batch, nil }); err != nil {
		a.giveBack()
		return err
	}
	d.touch(batch.Users, batch.Servers)
	return nil
}
