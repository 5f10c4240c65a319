package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// auditPage is how many entries a page has, at most.
const auditPage = 200

// AuditQuery says which entries Audit yields. The zero value is all of them; what is set must all hold.
type AuditQuery struct {
	Actor      string // the name of who did it
	Action     string // "user.create", "server.start" …
	TargetKind string // "user", "group", "server", "service" or "hub"
	Target     string // the name of what it was done to
	RequestID  string
	Since      time.Time // from then on
	Until      time.Time // before then
	PageSize   int       // how many to ask for at once; 0 is as many as the hub gives
}

// AuditParty is who did something, or what it was done to.
type AuditParty struct {
	Kind string `json:"kind"` // "user", "service", "group" …
	Name string `json:"name"`
}

// AuditEntry is a change, as Atrium wrote it down.
type AuditEntry struct {
	ID        int64           `json:"id"`
	At        time.Time       `json:"at"` // UTC
	RequestID string          `json:"request_id"`
	Actor     AuditParty      `json:"actor"`
	Address   string          `json:"address"` // from where
	Action    string          `json:"action"`
	Target    AuditParty      `json:"target"`
	Before    json.RawMessage `json:"before"` // what changed, as it was; null for nothing
	After     json.RawMessage `json:"after"`  // and as it is since
}

func (q AuditQuery) values() url.Values {
	v := url.Values{}
	for key, value := range map[string]string{
		"actor": q.Actor, "action": q.Action, "target_kind": q.TargetKind, "target": q.Target, "request_id": q.RequestID,
	} {
		if value != "" {
			v.Set(key, value)
		}
	}
	for key, at := range map[string]time.Time{"since": q.Since, "until": q.Until} {
		if !at.IsZero() {
			v.Set(key, at.UTC().Format(time.RFC3339Nano))
		}
	}
	size := q.PageSize
	if size <= 0 {
		size = auditPage
	}
	v.Set("limit", count(size))
	return v
}

// Audit yields the hub's record of changes, the newest first, page by page. It is Atrium's; on JupyterHub it is
// ErrNotAtrium. It ends with the first error, which comes with no entry.
func (c *Client) Audit(ctx context.Context, q AuditQuery) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		if err := c.needAtrium(ctx, "read the audit log"); err != nil {
			yield(AuditEntry{}, err)
			return
		}
		query := q.values()
		for before := int64(0); ; {
			items, next, err := c.auditPage(ctx, query)
			if err != nil {
				yield(AuditEntry{}, err)
				return
			}
			for _, entry := range items {
				if !yield(entry, nil) {
					return
				}
			}
			if next <= 0 || before > 0 && next >= before { // none, or one that leads nowhere
				return
			}
			before = next
			query.Set("before", strconv.FormatInt(before, 10))
		}
	}
}

// auditPage is a page, and where the next one begins; 0 for nowhere.
func (c *Client) auditPage(ctx context.Context, query url.Values) ([]AuditEntry, int64, error) {
	var said struct {
		Items []AuditEntry `json:"items"`
		Next  *struct {
			Before int64 `json:"before"`
		} `json:"next"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/audit"), query: query, safe: true, read: into(&said)})
	if err != nil || said.Next == nil {
		return said.Items, 0, err
	}
	return said.Items, said.Next.Before, nil
}
