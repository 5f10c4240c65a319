package servers

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// GiveUp writes that a run went wrong, and why, before anything is done about it: it
// no longer counts as starting, and the reason outlives the hub. It does nothing when
// the server has moved on since it was seen, is another replica's or is not wanted any
// more. EndRun ends the run.
func (sv *Servers) GiveUp(ctx context.Context, seen hub.Server, why hub.FailureCause, failure, log string) error {
	return sv.store.WithServer(ctx, seen.ID, func(tx data.Tx) error {
		s, err := tx.ServerByID(ctx, seen.ID)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil || s.Fence != seen.Fence || s.Owner != seen.Owner || !s.WantRunning || !s.Active() {
			return err
		}
		s.Phase, s.PhaseSince, s.WantRunning = hub.Stopping, tx.Now(), false
		s.Failure, s.FailureLog = failure, log
		if err := recordFailure(ctx, tx, s, why); err != nil {
			return err
		}
		return write(ctx, tx, s, seen.Fence)
	})
}

// recordFailure keeps that a start failed, or that a server which had been ready ended by itself.
func recordFailure(ctx context.Context, tx data.Tx, s hub.Server, why hub.FailureCause) error {
	if !s.ReadyAt.IsZero() {
		return tx.NoteEnd(ctx, s.ID, s.Fence, why)
	}
	return tx.AddStarts(ctx, startOf(s, tx.Now(), hub.StartFailed, why))
}

// startOf is the record of a server's start that has come to an end.
func startOf(s hub.Server, now time.Time, outcome hub.StartOutcome, why hub.FailureCause) hub.Start {
	return hub.Start{ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, Asked: s.Requested, Ended: now, Outcome: outcome, Cause: why}
}

// NoteStuck writes down that a run does not end although it was told to.
func (sv *Servers) NoteStuck(ctx context.Context, id, fence int64) error {
	return sv.store.WithServer(ctx, id, func(tx data.Tx) error {
		s, err := tx.ServerByID(ctx, id)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil || s.Fence != fence || s.Phase != hub.Stopping {
			return err
		}
		if _, err := tx.AddEvent(ctx, s.Event(tx.Now(), hub.EventStopping, 100, hub.StuckStopping)); err != nil {
			return err
		}
		if s.Failure == "" {
			s.Failure = hub.StuckStopping
		}
		return write(ctx, tx, s, fence)
	})
}

// EndRun writes that nothing of a run lives any more: tokens go, usage closes. A
// failure, or one that GiveUp has written down, leaves the server failed, otherwise it
// is stopped; a record that was to go goes. A run that has ended stays as it is.
func (sv *Servers) EndRun(ctx context.Context, id, fence int64, kind hub.EventKind, failure, log string) error {
	return sv.store.WithServer(ctx, id, func(tx data.Tx) error {
		s, err := tx.ServerByID(ctx, id)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil || s.Fence != fence || !s.Active() {
			return err
		}
		return sv.endRun(ctx, tx, s, kind, failure, log)
	})
}

// WriteOff ends a run in the database alone: its host, which alone could end its
// processes, has been gone for longer than after. It does nothing, and says false, when
// the server has changed since it was seen, or the host is there.
func (sv *Servers) WriteOff(ctx context.Context, seen hub.Server, after time.Duration, failure string) (done bool, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		done = false
		s, err := tx.ServerByID(ctx, seen.ID)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil || s.Fence != seen.Fence || s.Node != seen.Node || s.Owner != seen.Owner || !s.Active() ||
			!s.LeaseUntil.Equal(seen.LeaseUntil) || tx.Now().Before(s.LeaseUntil.Add(after)) {
			return err
		}
		replicas, err := tx.ListReplicas(ctx)
		if err != nil || slices.ContainsFunc(replicas, func(r hub.Replica) bool {
			return (r.ID == s.Owner || r.Node == s.Node) && tx.Now().Before(r.LeaseUntil.Add(after))
		}) {
			return err
		}
		done = true
		return sv.endRun(ctx, tx, s, hub.EventLost, failure, "")
	})
	return done, err
}

func (sv *Servers) endRun(ctx context.Context, tx data.Tx, s hub.Server, kind hub.EventKind, failure, log string) error {
	if s.Failing() {
		failure, log = s.Failure, s.FailureLog
		if kind == hub.EventStopped {
			kind = hub.EventFailed
			if !s.ReadyAt.IsZero() {
				kind = hub.EventLost
			}
		}
	}
	if err := dropRunTokens(ctx, tx, s); err != nil {
		return err
	}
	if err := tx.CloseUsage(ctx, s.ID, s.Fence, tx.Now()); err != nil {
		return err
	}
	if err := tx.CloseIdleness(ctx, s.ID); err != nil {
		return err
	}
	if err := tx.ReleaseDevices(ctx, s.ID); err != nil {
		return err
	}
	if err := sv.quota.Settle(ctx, tx, s, kind == hub.EventLost); err != nil {
		return err
	}
	if err := recordEnd(ctx, tx, s, kind, failure); err != nil {
		return err
	}
	if err := recordOutcome(ctx, tx, s, kind); err != nil {
		return err
	}
	if s.Remove {
		return deleteServer(ctx, tx, s)
	}
	s.Phase, s.PhaseSince, s.WantRunning = hub.Stopped, tx.Now(), false
	s.Failure, s.FailureLog = "", ""
	if kind == hub.EventFailed || kind == hub.EventLost {
		s.Phase, s.Failure, s.FailureLog = hub.Failed, failure, log
	}
	s.Owner, s.Node, s.Upstream, s.ClientID, s.Devices = "", "", "", "", hub.ServerDevices{}
	s.Started, s.ReadyAt, s.EndsAt, s.TimeLimit = time.Time{}, time.Time{}, time.Time{}, 0
	return write(ctx, tx, s, s.Fence)
}

// recordOutcome keeps how a run ended of which that is not known yet: it was told to stop before it
// was ready, or is gone without anybody having given it up.
func recordOutcome(ctx context.Context, tx data.Tx, s hub.Server, kind hub.EventKind) error {
	switch {
	case s.Failing():
		return nil // GiveUp did
	case kind == hub.EventLost:
		return recordFailure(ctx, tx, s, hub.CauseLost)
	case kind == hub.EventFailed:
		return recordFailure(ctx, tx, s, hub.CauseError)
	case s.ReadyAt.IsZero():
		return tx.AddStarts(ctx, startOf(s, tx.Now(), hub.StartCancelled, ""))
	}
	return nil
}

// recordEnd adds the event that closes a run.
func recordEnd(ctx context.Context, tx data.Tx, s hub.Server, kind hub.EventKind, failure string) error {
	_, err := tx.AddEvent(ctx, endEvent(tx.Now(), s, kind, failure))
	return err
}

// endEvent closes a run, and says how long its parts took.
func endEvent(now time.Time, s hub.Server, kind hub.EventKind, failure string) hub.ServerEvent {
	e := s.Event(now, kind, 100, endMessage(s, kind, hub.Server{Failure: failure}.FailureFor(false)))
	detail := map[string]any{"profile": profile(s.Options)}
	if failure != "" {
		detail["reason"] = hub.Server{Failure: failure}.FailureFor(true)
	}
	if s.StopReason != "" {
		detail["stop_reason"] = s.StopReason
	}
	if !s.Started.IsZero() {
		detail["seconds"] = now.Sub(s.Started).Seconds()
	}
	e.Detail = access.JSON(detail)
	return e
}

func endMessage(s hub.Server, kind hub.EventKind, failure string) string {
	switch kind {
	case hub.EventFailed:
		return "Spawn failed: " + failure
	case hub.EventLost:
		return failure
	}
	if s.StopReason == hub.StopAsked || s.StopReason == "" {
		return "Stopped"
	}
	return "Stopped. " + s.StopReason.Text()
}

func movedOn(s hub.Server) error { return hub.Errorf(hub.Conflict, "%s has moved on", s.FullName()) }
