package servers

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// How often a waiter looks without having been told. A change made by another hub on
// the same database may be told late.
const (
	lookAgainAlone  = 12 * time.Second
	lookAgainShared = 2 * time.Second
)

// askPlace is how often a waiter asks for its place in the queue, which changes with
// other servers.
const askPlace = time.Second

func (sv *Servers) lookAgain() time.Duration {
	if sv.cfg.Shared {
		return lookAgainShared
	}
	return lookAgainAlone
}

// WaitServer gives the server as soon as until says so, or as it stands with
// ctx's error. A server whose record went is stopped.
func (sv *Servers) WaitServer(ctx context.Context, id int64, until func(hub.Server) bool) (hub.Server, error) {
	wake, done := sv.watchers.Add(id)
	defer done()
	for {
		s, _, err := sv.look(ctx, id, 0, 0)
		if err != nil || until(s) {
			return s, err
		}
		if _, err := sleep(ctx, wake, sv.lookAgain()); err != nil {
			return s, err
		}
	}
}

// AwaitStopped waits until nothing of the servers lives any more, but not for ever: one
// may never end, and whoever asks would not know.
func (sv *Servers) AwaitStopped(ctx context.Context, servers []hub.Server) error {
	ctx, cancel := context.WithTimeout(ctx, sv.StopWait())
	defer cancel()
	for _, s := range servers {
		if _, err := sv.WaitServer(ctx, s.ID, func(s hub.Server) bool { return !s.Active() }); err != nil {
			return err
		}
	}
	return nil
}

// StopWait is how long somebody waits for servers to stop.
func (sv *Servers) StopWait() time.Duration {
	if sv.cfg.StopWait > 0 {
		return sv.cfg.StopWait
	}
	return 30 * time.Second
}

// sleep waits for the time, and tells whether it was woken before.
func sleep(ctx context.Context, wake <-chan struct{}, atMost time.Duration) (woken bool, err error) {
	t := time.NewTimer(atMost)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-wake:
		return true, nil
	case <-t.C:
		return false, nil
	}
}

// look reads a server and the events of its runs from the fence given on.
func (sv *Servers) look(ctx context.Context, id, fence, after int64) (s hub.Server, events []hub.ServerEvent, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		s, err = tx.ServerByID(ctx, id)
		if hub.Is(err, hub.NotFound) {
			s = hub.Server{ID: id, Phase: hub.Stopped}
			return nil
		}
		if err != nil || fence == 0 {
			return err
		}
		events = nil
		for f := fence; f <= s.Fence; f++ { // a start that was cut short goes on under the next
			more, err := tx.EventsOf(ctx, id, f, after)
			if err != nil {
				return err
			}
			events = append(events, more...)
		}
		return nil
	})
	return s, events, err
}

// Step is one piece of news about a server that starts: the server as it stands,
// and what has happened since the last step.
type Step struct {
	Server hub.Server
	Events []hub.ServerEvent
	Place  int // in the queue, from 1; 0 when it isn't waiting there
}

// FollowStart calls fn with each step of a start until it is over (the last step's
// server is ready, failed or stopped), fn fails, or ctx ends.
func (sv *Servers) FollowStart(ctx context.Context, s hub.Server, fn func(Step) error) error {
	wake, done := sv.watchers.Add(s.ID)
	defer done()
	fence, after := s.Fence, int64(0)
	for {
		now, events, err := sv.look(ctx, s.ID, fence, after)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			after = events[len(events)-1].ID
		}
		step := Step{Server: now, Events: events}
		if step.Place, err = sv.place(ctx, now); err != nil {
			return err
		}
		if err := fn(step); err != nil {
			return err
		}
		if now.Pending() != "spawn" {
			return nil
		}
		if err := sv.awaitNews(ctx, wake, step, fn); err != nil {
			return err
		}
	}
}

// place is a waiting server's place in the queue, 0 for others.
func (sv *Servers) place(ctx context.Context, s hub.Server) (int, error) {
	if s.Phase != hub.Queued {
		return 0, nil
	}
	places, err := sv.places.Of(ctx, s.ID)
	return places[s.ID], err
}

// awaitNews returns when the server is to be read again, and meanwhile tells fn how it
// moves up in the queue, for which the server need not be read.
func (sv *Servers) awaitNews(ctx context.Context, wake <-chan struct{}, last Step, fn func(Step) error) error {
	for left := sv.lookAgain(); left > 0; left -= askPlace {
		pause := left
		if last.Place > 0 {
			pause = min(left, askPlace)
		}
		woken, err := sleep(ctx, wake, pause)
		if err != nil || woken || last.Place == 0 {
			return err
		}
		places, err := sv.places.Of(ctx)
		if err != nil {
			return err
		}
		place := places[last.Server.ID]
		if place == 0 {
			return nil // it has just left the queue
		}
		if place == last.Place {
			continue
		}
		last.Place, last.Events = place, nil
		if err := fn(last); err != nil {
			return err
		}
	}
	return nil
}

// StartView is the newest start of a server as somebody sees it who may start it.
type StartView struct {
	Step
	MayStop bool
	Inside  bool // they may see the inside of the server
	MayLog  bool // they may see what it writes: its owner, and those who see its inside
	Log     string
}

// ShowStart is what happened so far in the newest start of a server.
func (sv *Servers) ShowStart(ctx context.Context, r *access.Requester, name, server string) (v StartView, err error) {
	var s hub.Server
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "start:servers")
		if err != nil {
			return err
		}
		v.MayStop = r.NeedServer(u, named, "delete:servers") == nil
		if s, err = access.FindServer(ctx, tx, u, named); err != nil {
			return err
		}
		v.Inside = r.NeedServer(u, named, "admin:server_state") == nil
		v.MayLog = r.User.ID == u.ID || v.Inside
		return nil
	})
	if err != nil {
		return v, err
	}
	v.Step = Step{Server: s}
	if s.Pending() != "spawn" && !s.Failing() {
		return v, nil
	}
	if v.MayLog {
		v.Log = sv.logOf(ctx, s)
	}
	if _, v.Events, err = sv.look(ctx, s.ID, max(s.Fence, 1), 0); err != nil {
		return v, err
	}
	v.Place, err = sv.place(ctx, s)
	return v, err
}
