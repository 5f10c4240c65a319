package extensions

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// auditModel is an entry of the audit log.
type auditModel struct {
	ID        int64           `json:"id"`
	At        any             `json:"at"`
	RequestID string          `json:"request_id"`
	Job       *int64          `json:"job"`
	Actor     auditName       `json:"actor"`
	Address   string          `json:"address"`
	Action    string          `json:"action"`
	Target    auditName       `json:"target"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
}

type auditName struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// getAudit shows what was changed, newest first.
func (a *API) getAudit(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, err := auditQuery(r.URL.Query())
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "read:audit"), err)
	}
	if endpoint.AcceptsCSV(r) {
		return endpoint.WriteCSV(w, "audit.csv", auditHeader(), a.auditRows(r.Context(), who, q))
	}
	entries, more, err := a.app.ListAudit(r.Context(), who, q)
	if err != nil {
		return err
	}
	endpoint.WriteNewestFirst(w, entries, more, func(e hub.AuditEntry) int64 { return e.ID }, modelOfEntry)
	return nil
}

func modelOfEntry(e hub.AuditEntry) auditModel {
	return auditModel{
		ID: e.ID, At: endpoint.Timestamp(e.At), RequestID: e.RequestID, Job: idOrNull(e.JobID), Actor: auditName{e.Actor.Kind, e.Actor.Name}, Address: e.Address,
		Action: e.Action, Target: auditName{e.TargetKind, e.TargetName}, Before: orNothing(e.Before), After: orNothing(e.After),
	}
}

// How many entries a file has, unless less or more is asked for, and at most.
const (
	auditFile    = 10_000
	maxAuditFile = 100_000
)

func auditHeader() []string {
	return []string{"time", "actor_kind", "actor", "action", "target_kind", "target", "address", "request_id", "job", "before", "after"}
}

// auditRows reads the entries page by page, as the file of them is sent.
func (a *API) auditRows(ctx context.Context, who *access.Requester, q hub.AuditQuery) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		left := min(cmp.Or(q.Limit, auditFile), maxAuditFile)
		for more := true; more && left > 0; {
			q.Limit = left
			var entries []hub.AuditEntry
			var err error
			if entries, more, err = a.app.ListAudit(ctx, who, q); err != nil {
				yield(nil, err)
				return
			}
			for _, e := range entries {
				q.Before, left = e.ID, left-1
				if !yield(auditRow(e), nil) {
					return
				}
			}
		}
	}
}

func auditRow(e hub.AuditEntry) []string {
	job := ""
	if e.JobID != 0 {
		job = strconv.FormatInt(e.JobID, 10)
	}
	return []string{
		e.At.UTC().Format(time.RFC3339), e.Actor.Kind, e.Actor.Name, e.Action, e.TargetKind, e.TargetName, e.Address,
		e.RequestID, job, string(e.Before), string(e.After),
	}
}

// idOrNull is an id; nil for none.
func idOrNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func orNothing(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

func auditQuery(query url.Values) (q hub.AuditQuery, err error) {
	err = filters{
		"actor":       text(&q.Actor),
		"action":      text(&q.Action),
		"target_kind": text(&q.TargetKind),
		"target":      text(&q.Target),
		"request_id":  text(&q.RequestID),
		"job":         id(&q.JobID, "the id of a bulk job"),
		"since":       moment(&q.Since),
		"until":       moment(&q.Until),
		"before":      id(&q.Before, "the id of an entry"),
		"limit":       positive(&q.Limit),
	}.read(query)
	return q, err
}
