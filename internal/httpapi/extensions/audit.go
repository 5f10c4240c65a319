package extensions

import (
	"encoding/json"
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

type auditPage struct {
	Items []auditModel `json:"items"`
	Next  *auditNext   `json:"next"`
}

type auditNext struct {
	Before int64 `json:"before"`
}

// getAudit shows what was changed, newest first.
func (a *API) getAudit(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, err := auditQuery(r.URL.Query())
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "read:audit"), err)
	}
	entries, more, err := a.app.ListAudit(r.Context(), who, q)
	if err != nil {
		return err
	}
	page := auditPage{Items: make([]auditModel, len(entries))}
	for i, e := range entries {
		page.Items[i] = auditModel{
			ID: e.ID, At: endpoint.Timestamp(e.At), RequestID: e.RequestID, Job: idOrNull(e.JobID), Actor: auditName{e.Actor.Kind, e.Actor.Name}, Address: e.Address,
			Action: e.Action, Target: auditName{e.TargetKind, e.TargetName}, Before: orNothing(e.Before), After: orNothing(e.After),
		}
	}
	if more {
		page.Next = &auditNext{entries[len(entries)-1].ID}
	}
	endpoint.WriteJSON(w, http.StatusOK, page)
	return nil
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

// auditQuery reads the filters. An unknown one is refused: the list would hold more
// than was asked for.
func auditQuery(query url.Values) (q hub.AuditQuery, err error) {
	for key := range query {
		value := endpoint.LastValue(query, key)
		switch key {
		case "actor":
			q.Actor = value
		case "action":
			q.Action = value
		case "target_kind":
			q.TargetKind = value
		case "target":
			q.Target = value
		case "request_id":
			q.RequestID = value
		case "job":
			q.JobID, err = strconv.ParseInt(value, 10, 64)
			if err != nil || q.JobID < 1 {
				err = hub.Errorf(hub.Invalid, "job must be the id of a bulk job")
			}
		case "since":
			q.Since, err = auditTime(key, value)
		case "until":
			q.Until, err = auditTime(key, value)
		case "before":
			q.Before, err = strconv.ParseInt(value, 10, 64)
			if err != nil || q.Before < 1 {
				err = hub.Errorf(hub.Invalid, "before must be the id of an entry")
			}
		case "limit":
			q.Limit, err = strconv.Atoi(value)
			if err != nil || q.Limit < 1 {
				err = hub.Errorf(hub.Invalid, "limit must be a positive number")
			}
		default:
			err = hub.Errorf(hub.Invalid, "Unknown filter %s", endpoint.Quoted(key))
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func auditTime(key, value string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return at, hub.Errorf(hub.Invalid, "%s must be a time such as 2026-01-31T08:00:00Z", key)
	}
	return at, nil
}
