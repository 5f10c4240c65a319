package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// AddAudit writes entries; a zero At is now.
func (t *tx) AddAudit(ctx context.Context, entries ...hub.AuditEntry) error {
	list := make([][]any, len(entries))
	for i, e := range entries {
		if e.At.IsZero() {
			e.At = t.Now()
		}
		list[i] = []any{
			engine.Micros(e.At), e.RequestID, e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Address,
			e.Action, e.TargetKind, e.TargetID, e.TargetName, string(e.Before), string(e.After), e.JobID,
		}
	}
	_, err := t.Exec(ctx, "add audit entries", `INSERT INTO audit (at, request_id, actor_kind, actor_id, actor_name,
		address, action, target_kind, target_id, target_name, before_json, after_json, job_id) SELECT * FROM `+
		t.Dialect.Records("at BIGINT", "request_id TEXT", "actor_kind TEXT", "actor_id BIGINT", "actor_name TEXT",
			"address TEXT", "action TEXT", "target_kind TEXT", "target_id BIGINT", "target_name TEXT",
			"before_json TEXT", "after_json TEXT", "job_id BIGINT")+" AS entries", engine.Tuples(list))
	return err
}

// ListAudit gives the newest entries that the query asks for, newest first.
func (t *tx) ListAudit(ctx context.Context, q hub.AuditQuery) ([]hub.AuditEntry, error) {
	where, args := auditConditions(q)
	args = append(args, engine.Limit(q.Limit))
	return engine.Many(ctx, t.Tx, "list audit entries", func(s engine.Scanner) (e hub.AuditEntry, err error) {
		err = s.Scan(&e.ID, engine.At(&e.At), &e.RequestID, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Address,
			&e.Action, &e.TargetKind, &e.TargetID, &e.TargetName, &e.JobID, engine.Raw(&e.Before), engine.Raw(&e.After))
		return e, err
	}, `SELECT id, at, request_id, actor_kind, actor_id, actor_name, address, action, target_kind, target_id,
		target_name, job_id, `+shortJSON("before_json")+", "+shortJSON("after_json")+" FROM audit "+where+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
}

// shortJSON is a column of the audit log, or what tells of its length where that is more
// than any has that is written today: a page of such entries would fill the memory.
func shortJSON(column string) string {
	return "CASE WHEN length(" + column + ") <= 8192 THEN " + column + ` ELSE '{"length": ' || length(` + column + `) || '}' END`
}

// auditConditions is the WHERE of a query, with its arguments.
func auditConditions(q hub.AuditQuery) (string, []any) {
	var conditions []string
	var args []any
	add := func(wanted bool, condition string, v any) {
		if wanted {
			args = append(args, v)
			conditions = append(conditions, strings.ReplaceAll(condition, "$", "$"+strconv.Itoa(len(args))))
		}
	}
	group := strings.HasSuffix(q.Action, ".")
	add(q.Actor != "", "actor_name = $", q.Actor)
	add(q.Action != "" && !group, "action = $", q.Action)
	add(group, "substr(action, 1, length(CAST($ AS TEXT))) = $", q.Action)
	add(q.TargetKind != "", "target_kind = $", q.TargetKind)
	add(q.Target != "", "target_name = $", q.Target)
	add(q.RequestID != "", "request_id = $", q.RequestID)
	add(q.JobID != 0, "job_id = $", q.JobID)
	add(!q.Since.IsZero(), "at >= $", engine.Micros(q.Since))
	add(!q.Until.IsZero(), "at < $", engine.Micros(q.Until))
	add(q.Before > 0, "id < $", q.Before)
	if len(conditions) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(conditions, " AND "), args
}

// AddEvent fills in ID, and At where it is zero. Whoever waits for the server is told. The names of the person and the
// server are kept with it.
func (t *tx) AddEvent(ctx context.Context, e hub.ServerEvent) (hub.ServerEvent, error) {
	if e.At.IsZero() {
		e.At = t.Now()
	}
	id, err := engine.One(ctx, t.Tx, "add event", engine.Value[int64], `INSERT INTO server_events
			(server_id, user_id, server_name, user_name, fence, at, request_id, kind, progress, message, detail)
		VALUES ($1, $2, COALESCE((SELECT name FROM servers WHERE id = $1), ''),
			COALESCE((SELECT name FROM users WHERE id = $2), ''), $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		e.ServerID, e.UserID, e.Fence, engine.Micros(e.At), e.RequestID, string(e.Kind), e.Progress, e.Message, string(e.Detail))
	e.ID = id
	if err == nil {
		t.noteServer(e.ServerID, e.UserID)
	}
	return e, err
}

// AddEvents adds several; a zero At is now.
func (t *tx) AddEvents(ctx context.Context, events []hub.ServerEvent) error {
	if len(events) == 0 {
		return nil
	}
	list := make([][]any, len(events))
	for i, e := range events {
		if e.At.IsZero() {
			e.At = t.Now()
		}
		list[i] = []any{e.ServerID, e.UserID, e.Fence, engine.Micros(e.At), e.RequestID, string(e.Kind), e.Progress, e.Message, string(e.Detail)}
	}
	_, err := t.Exec(ctx, "add events", `INSERT INTO server_events
			(server_id, user_id, server_name, user_name, fence, at, request_id, kind, progress, message, detail)
		SELECT e.server_id, e.user_id, COALESCE((SELECT s.name FROM servers s WHERE s.id = e.server_id), ''),
			COALESCE((SELECT u.name FROM users u WHERE u.id = e.user_id), ''), e.fence, e.at, e.request_id, e.kind, e.progress, e.message, e.detail
		FROM `+t.Dialect.Records("server_id BIGINT", "user_id BIGINT", "fence BIGINT", "at BIGINT", "request_id TEXT", "kind TEXT",
		"progress BIGINT", "message TEXT", "detail TEXT")+" AS e", engine.Tuples(list))
	return err
}

// EventsOf lists a run's events with an ID above after, oldest first.
func (t *tx) EventsOf(ctx context.Context, serverID, fence, after int64) ([]hub.ServerEvent, error) {
	return engine.Many(ctx, t.Tx, "list events", func(s engine.Scanner) (e hub.ServerEvent, err error) {
		err = s.Scan(&e.ID, &e.ServerID, &e.UserID, &e.Fence, engine.At(&e.At), &e.RequestID, &e.Kind,
			&e.Progress, &e.Message, engine.Raw(&e.Detail))
		return e, err
	}, `SELECT id, server_id, user_id, fence, at, request_id, kind, progress, message, detail
		FROM server_events WHERE server_id = $1 AND fence = $2 AND id > $3 ORDER BY id`, serverID, fence, after)
}

// DeleteAuditBefore removes at most count old entries, oldest first.
func (t *tx) DeleteAuditBefore(ctx context.Context, before time.Time, count int) (int, error) {
	return t.Exec(ctx, "delete audit entries",
		"DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)", engine.Micros(before), max(count, 0))
}

// DeleteEventsBefore removes at most count old events, oldest first.
func (t *tx) DeleteEventsBefore(ctx context.Context, before time.Time, count int) (int, error) {
	return t.Exec(ctx, "delete events",
		"DELETE FROM server_events WHERE id IN (SELECT id FROM server_events WHERE at < $1 ORDER BY at LIMIT $2)", engine.Micros(before), max(count, 0))
}
