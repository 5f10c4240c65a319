package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// RecordTx keeps the audit log, the servers' events and the usage of servers.
type RecordTx interface {
	AddAudit(ctx context.Context, entries ...hub.AuditEntry) error
	// ListAudit gives the newest entries that the query asks for, newest first.
	ListAudit(ctx context.Context, q hub.AuditQuery) ([]hub.AuditEntry, error)
	// AddEvent fills in ID.
	AddEvent(ctx context.Context, e hub.ServerEvent) (hub.ServerEvent, error)
	// AddEvents adds several, without giving their IDs.
	AddEvents(ctx context.Context, events []hub.ServerEvent) error
	// EventsOf lists a run's events with an ID above after, oldest first.
	EventsOf(ctx context.Context, serverID, fence, after int64) ([]hub.ServerEvent, error)
	OpenUsage(ctx context.Context, u hub.Usage) error
	// ChargeUsage moves ChargedUntil of every open entry whose server runs on owner.
	ChargeUsage(ctx context.Context, owner string, until time.Time) error
	// CloseUsage ends the open entry of a run; no error when there is none.
	CloseUsage(ctx context.Context, serverID, fence int64, at time.Time) error
	// DeleteAuditBefore and DeleteEventsBefore remove at most limit old rows and say
	// how many went.
	DeleteAuditBefore(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteEventsBefore(ctx context.Context, before time.Time, limit int) (int, error)
}
