package app

import (
	"context"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// activity gathers when people, tokens, sessions and servers were last active, to
// be written in one batch: a request must not cost a write.
type activity struct {
	clock hub.Clock

	mu       sync.Mutex
	users    map[int64]time.Time
	tokens   map[int64]time.Time
	sessions map[string]time.Time
	servers  map[int64]time.Time
}

func newActivity(clock hub.Clock) *activity {
	a := &activity{clock: clock}
	a.clear()
	return a
}

func (a *activity) clear() {
	a.users, a.tokens = map[int64]time.Time{}, map[int64]time.Time{}
	a.sessions, a.servers = map[string]time.Time{}, map[int64]time.Time{}
}

func (a *activity) token(t *hub.Token) {
	if t.ServiceID != 0 {
		return // nobody looks when a service last called
	}
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[t.ID] = now
	if t.ServerID == 0 { // a notebook server's own calls are not its person's doing
		a.users[t.UserID] = now
	}
}

func (a *activity) session(s *hub.Session) {
	now := a.clock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions[s.ID] = now
	a.users[s.UserID] = now
}

func (a *activity) take() (users, tokens, servers map[int64]time.Time, sessions map[string]time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	users, tokens, servers, sessions = a.users, a.tokens, a.servers, a.sessions
	a.clear()
	return users, tokens, servers, sessions
}

// NoteServers adds when servers were last active, as the proxy saw it.
func (a *App) NoteServers(at map[int64]time.Time) {
	a.activity.mu.Lock()
	defer a.activity.mu.Unlock()
	merge(a.activity.servers, at)
}

// giveBack keeps what could not be written for the next time.
func (a *activity) giveBack(users, tokens, servers map[int64]time.Time, sessions map[string]time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	merge(a.users, users)
	merge(a.tokens, tokens)
	merge(a.servers, servers)
	merge(a.sessions, sessions)
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
	users, tokens, servers, sessions := a.activity.take()
	if len(users)+len(tokens)+len(servers)+len(sessions) == 0 {
		return nil
	}
	err := a.store.Update(ctx, func(tx Tx) error {
		if err := tx.TouchServers(ctx, servers); err != nil {
			return err
		}
		if err := tx.TouchTokens(ctx, tokens); err != nil {
			return err
		}
		if err := tx.TouchSessions(ctx, sessions); err != nil {
			return err
		}
		return tx.TouchUsers(ctx, users)
	})
	if err != nil {
		a.activity.giveBack(users, tokens, servers, sessions)
		return err
	}
	a.directory.touch(users, servers)
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
	users, servers := map[int64]time.Time{}, map[int64]time.Time{}
	err := a.store.Update(ctx, func(tx Tx) error {
		clear(users)
		u, err := a.user(ctx, tx, r, name, "users:activity")
		if err != nil {
			return err
		}
		if err := notAhead(tx.Now(), rep.User); err != nil {
			return err
		}
		if servers, err = reportedServers(ctx, tx, u, rep.Servers); err != nil {
			return err
		}
		if !rep.User.IsZero() {
			users[u.ID] = rep.User
		}
		if err := tx.TouchUsers(ctx, users); err != nil {
			return err
		}
		return tx.TouchServers(ctx, servers)
	})
	if err == nil {
		a.directory.touch(users, servers)
	}
	return err
}

// reportedServers finds the servers that a report names. Everybody has a default one,
// if only as a record never written.
func reportedServers(ctx context.Context, tx Tx, u hub.User, reported map[string]time.Time) (map[int64]time.Time, error) {
	found := map[int64]time.Time{}
	for name, at := range reported {
		if err := notAhead(tx.Now(), at); err != nil {
			return nil, err
		}
		s, err := tx.Server(ctx, u.ID, name)
		switch {
		case err == nil:
			found[s.ID] = at
		case !hub.Is(err, hub.NotFound):
			return nil, err
		case name != "":
			return nil, hub.Errorf(hub.Invalid, "No such server '%s' for user %s", name, u.Name)
		}
	}
	return found, nil
}

func notAhead(now, at time.Time) error {
	if at.After(now.Add(maxFuture)) {
		return hub.Errorf(hub.Invalid, "last_activity %s is too far in the future", at.Format(time.RFC3339))
	}
	return nil
}
