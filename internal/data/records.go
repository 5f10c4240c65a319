package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// RecordTx keeps the audit log, the servers' events, the usage of servers and answers.
type RecordTx interface {
	AddAudit(ctx context.Context, entries ...hub.AuditEntry) error
	// ListAudit gives the newest entries that the query asks for, newest first.
	ListAudit(ctx context.Context, q hub.AuditQuery) ([]hub.AuditEntry, error)
	// Answer is hub.NotFound for a key that the owner never used.
	Answer(ctx context.Context, owner, key string) (hub.Answer, error)
	// CountAnswers counts the answers that the owner has, as far as most.
	CountAnswers(ctx context.Context, owner string, most int) (int, error)
	// PutAnswer keeps an answer, or replaces its content.
	PutAnswer(ctx context.Context, a hub.Answer) error
	// AddEvent fills in ID.
	AddEvent(ctx context.Context, e hub.ServerEvent) (hub.ServerEvent, error)
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
