package app

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// How many entries of the audit log one page has.
const (
	auditPage    = 50
	maxAuditPage = 200
)

// ListAudit gives the entries that the query asks for, newest first, and whether there
// are more: those before the last one's id. It needs read:audit.
func (a *App) ListAudit(ctx context.Context, r *access.Requester, q hub.AuditQuery) (entries []hub.AuditEntry, more bool, err error) {
	if err := r.Need("read:audit"); err != nil {
		return nil, false, err
	}
	if q.Limit <= 0 {
		q.Limit = auditPage
	}
	size := min(q.Limit, maxAuditPage)
	q.Limit = size + 1
	err = a.store.View(ctx, func(tx data.Tx) error {
		entries, err = tx.ListAudit(ctx, q)
		return err
	})
	if len(entries) > size {
		return entries[:size], true, err
	}
	return entries, false, err
}
