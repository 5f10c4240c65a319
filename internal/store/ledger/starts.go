package ledger

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// AddStarts keeps how starts went. What was begun waited for its turn until then; what was not, for
// all of its time.
func (t *Ledger) AddStarts(ctx context.Context, starts ...hub.Start) error {
	if len(starts) == 0 {
		return nil
	}
	list := make([][]any, len(starts))
	for i, s := range starts {
		asked := engine.Micros(s.Asked)
		took := max(engine.Micros(s.Ended)-asked, 0)
		list[i] = []any{s.ServerID, s.Fence, s.UserID, dayNumber(s.Asked), asked, took, hub.StartBand(micros(took)), string(s.Outcome), string(s.Cause)}
	}
	_, err := t.Exec(ctx, "add starts", `INSERT INTO starts (server_id, fence, user_id, day, queued, took, band, outcome, cause)
		SELECT n.server_id, n.fence, n.user_id, n.day,
			CASE WHEN r.begun IS NULL OR r.begun - n.asked > n.took THEN n.took WHEN r.begun < n.asked THEN 0 ELSE r.begun - n.asked END,
			n.took, n.band, n.outcome, n.cause
		FROM `+t.Dialect.Records("server_id BIGINT", "fence BIGINT", "user_id BIGINT", "day BIGINT", "asked BIGINT", "took BIGINT",
		"band BIGINT", "outcome TEXT", "cause TEXT")+` AS n LEFT JOIN runs r ON r.server_id = n.server_id AND r.fence = n.fence
		WHERE TRUE ON CONFLICT (server_id, fence) DO NOTHING`, engine.Tuples(list))
	return err
}

// NoteEnd keeps why a server whose start had gone well ended by itself.
func (t *Ledger) NoteEnd(ctx context.Context, serverID, fence int64, why hub.FailureCause) error {
	_, err := t.Exec(ctx, "note the end of a run", "UPDATE starts SET cause = $3 WHERE server_id = $1 AND fence = $2 AND outcome = 'ready'",
		serverID, fence, string(why))
	return err
}

// CountStarts counts starts by day, outcome, cause and how long they took: a walk along an index that
// has them in this order, with all that is asked for.
func (t *Ledger) CountStarts(ctx context.Context, q hub.UsageQuery) ([]hub.StartCount, error) {
	u := t.usageSQL(q)
	return engine.Many(ctx, t.Tx, "count starts", scanStartCount, `SELECT day, outcome, cause, band, count(*), CAST(sum(took) AS BIGINT),
		max(took), CAST(sum(queued) AS BIGINT) FROM starts WHERE `+u.days()+`
		GROUP BY day, outcome, cause, band ORDER BY day, outcome, cause, band`, u.args...)
}

func scanStartCount(s engine.Scanner) (c hub.StartCount, err error) {
	var day, took, longest, queued int64
	err = s.Scan(&day, &c.Outcome, &c.Cause, &c.Band, &c.Count, &took, &longest, &queued)
	c.Day, c.Took, c.Longest, c.Queued = dayTime(day), micros(took), micros(longest), micros(queued)
	return c, err
}

// DeleteStartsBefore removes at most limit old starts, the oldest days' first.
func (t *Ledger) DeleteStartsBefore(ctx context.Context, before time.Time, limit int) (int, error) {
	return t.Exec(ctx, "delete starts", `DELETE FROM starts WHERE (server_id, fence) IN
		(SELECT server_id, fence FROM starts WHERE day < $1 ORDER BY day LIMIT $2)`, dayNumber(before), max(limit, 0))
}
