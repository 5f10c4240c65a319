package servers

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// lookEvery is how often is looked whose time is over, at least.
const lookEvery = 10 * time.Second

// endTogether is how many servers are stopped in one transaction, so that nobody waits long for it.
const endTogether = 200

// StopEnding stops those of the servers that owner drives whose time is over, in the hub's own name, and says in what time
// it wants to be called again: when the next one's is.
func (sv *Servers) StopEnding(ctx context.Context, owner string) (again time.Duration, err error) {
	var ending []data.Ending
	var now time.Time
	err = sv.store.View(ctx, func(tx data.Tx) (err error) {
		now = tx.Now()
		ending, err = tx.EndingServers(ctx, owner, now.Add(lookEvery))
		return err
	})
	again = lookEvery
	var due []int64
	for _, e := range ending {
		if e.At.After(now) {
			again = e.At.Sub(now)
			break
		}
		due = append(due, e.ServerID)
	}
	for some := range slices.Chunk(due, endTogether) {
		if err = sv.stopOver(ctx, owner, some); err != nil {
			return lookEvery, err
		}
	}
	return again, err
}

// stopOver stops those of the servers whose time is over still: it may have been extended, or the server have another owner.
func (sv *Servers) stopOver(ctx context.Context, owner string, ids []int64) error {
	return sv.store.Update(ctx, func(tx data.Tx) error {
		list, err := tx.ServersByID(ctx, ids)
		if err != nil {
			return err
		}
		stop := slices.DeleteFunc(list, func(s hub.Server) bool {
			return s.Owner != owner || s.EndsAt.IsZero() || s.EndsAt.After(tx.Now())
		})
		return StopAll(ctx, tx, &access.Requester{}, hub.StopTime, stop...)
	})
}

// Extension says how much later a server is to end: by a span, or at a time.
type Extension struct {
	By    time.Duration
	Until time.Time // where By is 0
}

// mostExtension is how far off an end may be at most, whoever sets it.
const mostExtension = 10 * 366 * hub.Day

// ExtendServer lets a running server end later, for who may start it: up to what its profile and the configuration allow, or
// beyond it for who may administer servers. Of what goes beyond, as much is given as there is; hub.Forbidden is nothing.
func (sv *Servers) ExtendServer(ctx context.Context, r *access.Requester, name, server string, x Extension) (s hub.Server, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "start:servers")
		if err != nil {
			return err
		}
		if s, err = access.FindServer(ctx, tx, u, named); err != nil {
			return err
		}
		to, err := x.of(s, tx.Now())
		if err != nil {
			return err
		}
		if !r.AllowsServer("admin:servers", u, s.Name) {
			if to, err = bounded(ctx, tx, s, to); err != nil {
				return err
			}
		}
		if err := sv.own.Count(r, u.ID); err != nil {
			return err
		}
		before := s.EndsAt
		s.EndsAt = to
		if err := write(ctx, tx, s, s.Fence); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("server.extend", "server", s.ID, s.FullName(), endRecord(before), endRecord(to)))
	})
	return s, err
}

func endRecord(at time.Time) any { return map[string]any{"ends_at": at} }

// of is the end that a server gets.
func (x Extension) of(s hub.Server, now time.Time) (to time.Time, err error) {
	switch {
	case !s.Running() || !s.WantRunning:
		return to, hub.Errorf(hub.Invalid, "%s is not running", s.FullName()).Plainly("The server is not running, so it has no end that could be later.")
	case s.EndsAt.IsZero():
		return to, hub.Errorf(hub.Invalid, "%s has no time limit", s.FullName()).Plainly("The server has no time limit.")
	}
	to = x.Until
	if x.By != 0 {
		to = s.EndsAt.Add(x.By)
	}
	switch {
	case !to.After(s.EndsAt):
		return to, hub.Errorf(hub.Invalid, "%s ends at %s: name a later time", s.FullName(), s.EndsAt.Format(time.RFC3339)).Plainly("The server ends later than that already.")
	case to.After(now.Add(mostExtension)):
		return to, hub.Errorf(hub.Invalid, "That is more than ten years").Plainly("That is too far away.")
	}
	return to.UTC().Truncate(time.Microsecond), nil
}

// bounded is as much of a later end as there is for a server's person.
func bounded(ctx context.Context, tx data.Tx, s hub.Server, to time.Time) (time.Time, error) {
	run, err := tx.Run(ctx, s.ID, s.Fence)
	if err != nil {
		return to, hub.IgnoreNotFound(err)
	}
	last := run.Launch.LastEnd(s.ReadyAt)
	if last.IsZero() {
		return to, nil
	}
	if !last.After(s.EndsAt) {
		return to, hub.Errorf(hub.Forbidden, "%s cannot be extended any more: it has run for as long as it may. Ask whoever runs this hub.", s.FullName()).
			Plainly("The server cannot be extended any more. Ask whoever runs this hub.")
	}
	if to.After(last) {
		return last, nil
	}
	return to, nil
}
