package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// RecordTx keeps the audit log, the servers' events and runs.
type RecordTx interface {
	AddAudit(ctx context.Context, entries ...hub.AuditEntry) error
	// ListAudit gives the newest entries that the query asks for, newest first.
	ListAudit(ctx context.Context, q hub.AuditQuery) ([]hub.AuditEntry, error)
	// AddEvent fills in ID.
	AddEvent(ctx context.Context, e hub.ServerEvent) (hub.ServerEvent, error)
	// AddEvents adds several, without giving their IDs.
	AddEvents(ctx context.Context, events []hub.ServerEvent) error
	// ServerEvents gives the newest events of all of a server's runs with an id below before, newest first.
	ServerEvents(ctx context.Context, serverID, before int64, limit int) ([]hub.ServerEvent, error)
	// EventsOf lists a run's events with an ID above after, oldest first.
	EventsOf(ctx context.Context, serverID, fence, after int64) ([]hub.ServerEvent, error)
	// DeleteAuditBefore and DeleteEventsBefore remove at most limit old rows and say
	// how many went.
	DeleteAuditBefore(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteEventsBefore(ctx context.Context, before time.Time, limit int) (int, error)
	// AddRun keeps what a run was begun with; hub.Conflict when the run is there.
	AddRun(ctx context.Context, r hub.Run) error
	// Run finds the run of a server with a fence.
	Run(ctx context.Context, serverID, fence int64) (hub.Run, error)
	// RaiseRun gives a run, if it is there, another fence.
	RaiseRun(ctx context.Context, serverID, from, to int64) error
	// DeleteRunsBefore removes at most limit runs that were begun before, but for the newest of
	// each server, and says how many went.
	DeleteRunsBefore(ctx context.Context, before time.Time, limit int) (int, error)
}
