package servers

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// ActivityReport is what a notebook server says of itself; the zero time says nothing.
type ActivityReport struct {
	User    time.Time
	Servers map[string]time.Time
}

// maxFuture is how far ahead a reported time may be: clocks differ.
const maxFuture = 59 * time.Minute

// ReportActivity records what was reported (JupyterHub's POST /users/{name}/activity).
// Times only move forward.
func (sv *Servers) ReportActivity(ctx context.Context, r *access.Requester, name string, rep ActivityReport) error {
	err := sv.noteReport(ctx, r, name, rep)
	if unknown, ok := errors.AsType[*neverStartedError](err); ok {
		if err := sv.recordServer(ctx, unknown.user); err != nil {
			return err
		}
		err = sv.noteReport(ctx, r, name, rep)
	}
	return err
}

func (sv *Servers) noteReport(ctx context.Context, r *access.Requester, name string, rep ActivityReport) error {
	var u hub.User
	var seen data.Seen
	err := sv.store.Touch(ctx, func(tx data.Tx) (_ data.Seen, err error) {
		if u, err = access.FindUser(ctx, tx, r, name, "users:activity"); err != nil {
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
		if r.Token == nil || r.Token.ServerID == 0 {
			// A notebook server reports what pages that are open ask it for, too: see internal/culling.
			seen.Used = seen.Servers
		}
		return seen, err
	})
	if err == nil {
		sv.directory.TouchPerson(u.ID, rep.User, seen.Servers)
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
func (sv *Servers) recordServer(ctx context.Context, u hub.User) error {
	err := sv.store.Update(ctx, func(tx data.Tx) error {
		_, err := tx.CreateServer(ctx, access.UnstartedServer(u))
		return err
	})
	if hub.Is(err, hub.Conflict) { // somebody else was quicker
		return nil
	}
	return err
}

// ServerActive notes that a server, and its person, are active as of then.
func (sv *Servers) ServerActive(ctx context.Context, s hub.Server, at time.Time) error {
	seen := map[int64]time.Time{s.ID: at}
	if err := sv.store.Touch(ctx, func(data.Tx) (data.Seen, error) { return data.Seen{Servers: seen}, nil }); err != nil {
		return err
	}
	sv.directory.TouchPerson(s.UserID, at, seen)
	return nil
}

func notAhead(now, at time.Time) error {
	if at.After(now.Add(maxFuture)) {
		return hub.Errorf(hub.Invalid, "last_activity %s is too far in the future", at.Format(time.RFC3339))
	}
	return nil
}
