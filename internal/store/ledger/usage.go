package ledger

import (
	"context"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// OpenUsage opens the entry of a run; hub.Conflict when the run has one.
func (t *Ledger) OpenUsage(ctx context.Context, u hub.Usage) error {
	if u.ChargedUntil.IsZero() {
		u.ChargedUntil = u.Started
	}
	_, err := t.Exec(ctx, "open usage", `INSERT INTO server_usage
			(server_id, user_id, server_name, user_name, fence, started, charged_until, ended)
		VALUES ($1, $2, COALESCE((SELECT name FROM servers WHERE id = $1), ''),
			COALESCE((SELECT name FROM users WHERE id = $2), ''), $3, $4, $5, $6)`,
		u.ServerID, u.UserID, u.Fence, engine.Micros(u.Started), engine.Micros(u.ChargedUntil), engine.Micros(u.Ended))
	return err
}

// ChargeUsage moves ChargedUntil of every open entry whose run owner drives.
func (t *Ledger) ChargeUsage(ctx context.Context, owner string, until time.Time) error {
	_, err := t.Exec(ctx, "charge usage", `UPDATE server_usage SET charged_until = $2
		WHERE ended = 0 AND charged_until < $2 AND EXISTS (SELECT 1 FROM servers s
			WHERE s.id = server_usage.server_id AND s.fence = server_usage.fence AND s.owner = $1)`, owner, engine.Micros(until))
	return err
}

// CloseUsage ends the open entry of a run, charged to that moment.
func (t *Ledger) CloseUsage(ctx context.Context, serverID, fence int64, ended time.Time) error {
	_, err := t.Exec(ctx, "close usage", `UPDATE server_usage SET charged_until = $3, ended = $3
		WHERE server_id = $1 AND fence = $2 AND ended = 0`, serverID, fence, engine.Micros(ended))
	return err
}

// usageDay is a day in the columns of times, which are microseconds; days are numbered since 1970.
const usageDay = "86400000000"

// dayNumber is the number of the day of UTC that a time is of.
func dayNumber(at time.Time) int64 { return engine.Micros(at) / hub.Day.Microseconds() }

// dayTime is the midnight with which a day begins.
func dayTime(number int64) time.Time { return time.UnixMicro(number * hub.Day.Microseconds()).UTC() }

// spansOf makes rows (user_id, day, started, till) of the entries of server_usage for which a condition
// holds, one for each day on which they ran between two times, which are parameters.
func spansOf(condition, from, to string) string {
	return `WITH RECURSIVE spans (user_id, day, started, till) AS (
		SELECT user_id, (CASE WHEN started > ` + from + ` THEN started ELSE ` + from + ` END) / ` + usageDay + `,
			CASE WHEN started > ` + from + ` THEN started ELSE ` + from + ` END,
			CASE WHEN charged_until < ` + to + ` THEN charged_until ELSE ` + to + ` END
		FROM server_usage WHERE charged_until > started AND charged_until > ` + from + ` AND started < ` + to + ` AND ` + condition + `
		UNION ALL
		SELECT user_id, day + 1, started, till FROM spans WHERE (day + 1) * ` + usageDay + ` < till)`
}

// spanUsed is how long the run of such a row ran on its day.
const spanUsed = "(CASE WHEN till < (day + 1) * " + usageDay + " THEN till ELSE (day + 1) * " + usageDay + " END" +
	" - CASE WHEN started > day * " + usageDay + " THEN started ELSE day * " + usageDay + " END)"

// CountUsage adds closed entries to the days that they are of.
func (t *Ledger) CountUsage(ctx context.Context, limit int) (int, error) {
	ids, err := engine.Many(ctx, t.Tx, "find usage to count", engine.Value[int64],
		"SELECT id FROM server_usage WHERE NOT counted AND ended > 0 ORDER BY id LIMIT $1", max(limit, 0))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	list := engine.Numbers(ids)
	_, err = t.Exec(ctx, "count usage", spansOf("id IN "+t.Dialect.IDs(), "CAST($2 AS BIGINT)", "CAST($3 AS BIGINT)")+`
		INSERT INTO usage_days (day, user_id, used) SELECT day, user_id, sum(`+spanUsed+`) FROM spans WHERE TRUE GROUP BY day, user_id
		ON CONFLICT (day, user_id) DO UPDATE SET used = usage_days.used + excluded.used`, list, 0, int64(1)<<62)
	if err != nil {
		return 0, err
	}
	return t.Exec(ctx, "mark counted usage", "UPDATE server_usage SET counted = TRUE WHERE id IN "+t.Dialect.IDs(), list)
}

// usageSQL is the parts of the statements that answer a query.
type usageSQL struct {
	args           []any
	firstDay, past string
	people         string // a condition on user_id, beginning with AND; empty for all
	onlyGroups     string // the list of the groups that may be told of; empty for all
}

func (t *Ledger) usageSQL(q hub.UsageQuery) *usageSQL {
	u := &usageSQL{}
	u.firstDay, u.past = u.number(dayNumber(q.From)), u.number(dayNumber(q.To))
	const members = "SELECT m.user_id FROM memberships m JOIN groups g ON g.id = m.group_id WHERE g.name "
	if q.UserID != 0 {
		u.people += " AND user_id = " + u.number(q.UserID)
	}
	if q.Group != "" {
		u.people += " AND user_id IN (" + members + "= " + u.add(q.Group) + ")"
	}
	if q.Restricted {
		u.onlyGroups = t.Dialect.Names(u.add(engine.Texts(q.OnlyGroups)))
		u.people += " AND user_id IN (" + members + "IN " + u.onlyGroups +
			" UNION SELECT id FROM users WHERE name IN " + t.Dialect.Names(u.add(engine.Texts(q.OnlyUsers))) + ")"
	}
	return u
}

// add takes an argument and gives its place in the text.
func (u *usageSQL) add(v any) string {
	u.args = append(u.args, v)
	return "$" + strconv.Itoa(len(u.args))
}

func (u *usageSQL) number(n int64) string { return "CAST(" + u.add(n) + " AS BIGINT)" }

// days is the condition on usage_days and starts.
func (u *usageSQL) days() string {
	return "day >= " + u.firstDay + " AND day < " + u.past + u.people
}

// spans are those of what is not in usage_days yet.
func (u *usageSQL) spans() string {
	return spansOf("NOT counted"+u.people, u.firstDay+" * "+usageDay, u.past+" * "+usageDay)
}

// totals are (user_id, used) of all that was asked for: a row a person, before anything is joined to them.
func (u *usageSQL) totals() string {
	return u.spans() + `, totals (user_id, used) AS (SELECT user_id, CAST(sum(used) AS BIGINT) FROM (
		SELECT user_id, sum(used) AS used FROM usage_days WHERE ` + u.days() + ` GROUP BY user_id
		UNION ALL SELECT user_id, ` + spanUsed + ` FROM spans) AS parts GROUP BY user_id) `
}

// UsageByDay adds what is counted, a walk along the days, and what is not, which is little.
func (t *Ledger) UsageByDay(ctx context.Context, q hub.UsageQuery) ([]hub.UsedDay, error) {
	u := t.usageSQL(q)
	return engine.Many(ctx, t.Tx, "read usage by day", func(s engine.Scanner) (d hub.UsedDay, err error) {
		var day, used int64
		err = s.Scan(&day, &used, &d.People)
		d.Day, d.Used = dayTime(day), micros(used)
		return d, err
	}, u.spans()+` SELECT day, CAST(sum(used) AS BIGINT), CAST(sum(people) AS BIGINT) FROM (
		SELECT day, sum(used) AS used, count(*) AS people FROM usage_days WHERE `+u.days()+` GROUP BY day
		UNION ALL
		SELECT day, used, CASE WHEN EXISTS (SELECT 1 FROM usage_days k WHERE k.day = open.day AND k.user_id = open.user_id) THEN 0 ELSE 1 END
		FROM (SELECT day, user_id, sum(`+spanUsed+`) AS used FROM spans GROUP BY day, user_id) AS open
	) AS parts GROUP BY day ORDER BY day`, u.args...)
}

// UsageByUser begins with those who ran the most.
func (t *Ledger) UsageByUser(ctx context.Context, q hub.UsageQuery) ([]hub.UsedBy, error) {
	u := t.usageSQL(q)
	return t.usedBy(ctx, "read usage by user", u.totals()+`SELECT COALESCE(p.name, (SELECT r.user_name FROM server_usage r
			WHERE r.user_id = top.user_id ORDER BY r.started DESC LIMIT 1), '') AS name, top.used, 1
		FROM (SELECT user_id, used FROM totals ORDER BY used DESC, user_id LIMIT `+u.number(engine.Limit(q.Limit))+`) AS top
		LEFT JOIN users p ON p.id = top.user_id ORDER BY top.used DESC, top.user_id`, u.args)
}

// UsageByGroup begins with the groups whose members ran the most. Members are who is one now.
func (t *Ledger) UsageByGroup(ctx context.Context, q hub.UsageQuery) ([]hub.UsedBy, error) {
	u := t.usageSQL(q)
	which := ""
	if u.onlyGroups != "" {
		which = "WHERE g.name IN " + u.onlyGroups
	}
	return t.usedBy(ctx, "read usage by group", u.totals()+`SELECT g.name, CAST(sum(used) AS BIGINT) AS used, count(*)
		FROM totals JOIN memberships m ON m.user_id = totals.user_id JOIN groups g ON g.id = m.group_id `+which+`
		GROUP BY g.id, g.name ORDER BY used DESC, g.name LIMIT `+u.number(engine.Limit(q.Limit)), u.args)
}

func (t *Ledger) usedBy(ctx context.Context, op, query string, args []any) ([]hub.UsedBy, error) {
	return engine.Many(ctx, t.Tx, op, func(s engine.Scanner) (b hub.UsedBy, err error) {
		var used int64
		err = s.Scan(&b.Name, &used, &b.People)
		b.Used = micros(used)
		return b, err
	}, query, args...)
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
