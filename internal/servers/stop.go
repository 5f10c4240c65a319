package servers

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// StopAll writes the wish that servers do not run, and why, in a few statements; the
// reconciler does the rest. Those that do not run, or were asked to stop already, are left as
// they are.
func StopAll(ctx context.Context, tx data.Tx, r *access.Requester, why hub.StopReason, list ...hub.Server) error {
	var stop []hub.Server
	var fences []int64
	var entries []hub.AuditEntry
	for _, s := range list {
		if !s.Active() || isEnding(s) {
			continue
		}
		entries = append(entries, r.Audit("server.stop", "server", s.ID, s.FullName(), nil, stopRecord(why)))
		stop, fences = append(stop, stopping(s, r, tx.Now(), why)), append(fences, s.Fence)
	}
	written, err := tx.UpdateServers(ctx, stop, fences)
	if err != nil {
		return err
	}
	if len(written) != len(stop) {
		return hub.Errorf(hub.Conflict, "A server was changed by somebody else. Try again.")
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
	if !s.Active() {
		return deleteServer(ctx, tx, s)
	}
	s = stopping(s, r, tx.Now(), hub.StopDeleted)
	s.Remove = true
	return write(ctx, tx, s, s.Fence)
}

// isEnding tells whether a server was told to stop already, or ends since its run failed.
func isEnding(s hub.Server) bool { return s.Phase == hub.Stopping && !s.WantRunning }

// stopping is a server that is wished not to run, and why. The first reason stays.
func stopping(s hub.Server, r *access.Requester, now time.Time, why hub.StopReason) hub.Server {
	if !isEnding(s) {
		s.StopReason = why
	}
	s.WantRunning, s.RequestID = false, r.RequestID
	if s.Phase != hub.Stopping {
		s.Phase, s.PhaseSince = hub.Stopping, now
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
