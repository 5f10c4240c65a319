package servers

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// StopAll writes the wish that servers do not run, and why, in a few statements; the
// reconciler does the rest, but for those that wait for their turn: nobody has begun them, so
// they end here, and a class that is called off waits for no reconciler. Those that do not run, or
// were asked to stop already, are left as they are.
func StopAll(ctx context.Context, tx data.Tx, r *access.Requester, why hub.StopReason, list ...hub.Server) error {
	var stop, unbegun []hub.Server
	var fences []int64
	var entries []hub.AuditEntry
	var ends []hub.ServerEvent
	var starts []hub.Start
	for _, s := range list {
		if !s.Active() || isEnding(s) {
			continue
		}
		entries = append(entries, r.Audit("server.stop", "server", s.ID, s.FullName(), nil, stopRecord(why)))
		s = stopping(s, r, tx.Now(), why)
		if s.Phase == hub.Stopped {
			unbegun = append(unbegun, s)
			ends = append(ends, endEvent(tx.Now(), s, hub.EventStopped, ""))
			starts = append(starts, startOf(s, tx.Now(), hub.StartCancelled, ""))
		}
		stop, fences = append(stop, s), append(fences, s.Fence)
	}
	written, err := tx.UpdateServers(ctx, stop, fences)
	if err != nil {
		return err
	}
	if len(written) != len(stop) {
		return hub.Errorf(hub.Conflict, "A server was changed by somebody else. Try again.")
	}
	if err := tx.AddEvents(ctx, ends); err != nil {
		return err
	}
	if err := tx.AddStarts(ctx, starts...); err != nil {
		return err
	}
	if err := quota.Release(ctx, tx, unbegun...); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}

// removeServer deletes the record of a server, once it has stopped.
func removeServer(ctx context.Context, tx data.Tx, r *access.Requester, s hub.Server) error {
	if isEnding(s) && s.Remove {
		return nil
	}
	if err := tx.AddAudit(ctx, r.Audit("server.delete", "server", s.ID, s.FullName(), nil, nil)); err != nil {
		return err
	}
	if isUnbegun(s) {
		if err := tx.AddStarts(ctx, startOf(s, tx.Now(), hub.StartCancelled, "")); err != nil {
			return err
		}
	}
	if !s.Active() || isUnbegun(s) {
		return deleteServer(ctx, tx, s)
	}
	s = stopping(s, r, tx.Now(), hub.StopDeleted)
	s.Remove = true
	return write(ctx, tx, s, s.Fence)
}

// isEnding tells whether a server was told to stop already, or ends since its run failed.
func isEnding(s hub.Server) bool { return s.Phase == hub.Stopping && !s.WantRunning }

// isUnbegun tells whether a server waits for its turn: there is no run yet, and nobody makes one.
func isUnbegun(s hub.Server) bool { return s.Phase == hub.Queued && s.Owner == "" }

// stopping is a server that is wished not to run, and why: one that was not begun has stopped. The
// first reason stays.
func stopping(s hub.Server, r *access.Requester, now time.Time, why hub.StopReason) hub.Server {
	if !isEnding(s) {
		s.StopReason = why
	}
	next := hub.Stopping
	if isUnbegun(s) {
		next = hub.Stopped
	}
	s.WantRunning, s.RequestID = false, r.RequestID
	if s.Phase != next {
		s.Phase, s.PhaseSince = next, now
	}
	return s
}

// stopRecord is what the audit log says of a stop, beside who asked for it.
func stopRecord(why hub.StopReason) any {
	if why == hub.StopAsked {
		return nil
	}
	return map[string]any{"reason": why}
}
