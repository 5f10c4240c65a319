package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// CountUsers counts people: all, and those who were active since each of the times.
// Each number is a walk along an index.
func (t *tx) CountUsers(ctx context.Context, since ...time.Time) (all int, active []int, err error) {
	var query strings.Builder
	query.WriteString("SELECT (SELECT count(*) FROM users)")
	args := make([]any, len(since))
	for i, at := range since {
		query.WriteString(", (SELECT count(*) FROM users WHERE last_activity >= $" + strconv.Itoa(i+1) + ")")
		args[i] = micros(at)
	}
	counts, err := one(ctx, t, "count users", func(s scanner) ([]int, error) {
		counts := make([]int, len(since)+1)
		into := make([]any, len(counts))
		for i := range counts {
			into[i] = &counts[i]
		}
		err := s.Scan(into...)
		return counts, err
	}, query.String(), args...)
	if err != nil {
		return 0, nil, err
	}
	return counts[0], counts[1:], nil
}

// CountServers counts the servers that are not at rest by phase.
func (t *tx) CountServers(ctx context.Context) (map[hub.Phase]int, error) {
	type row struct {
		phase hub.Phase
		n     int
	}
	rows, err := many(ctx, t, "count servers", func(s scanner) (r row, err error) {
		err = s.Scan(&r.phase, &r.n)
		return r, err
	}, "SELECT s.phase, count(*) FROM servers s WHERE "+live+" GROUP BY s.phase")
	if err != nil {
		return nil, err
	}
	counts := make(map[hub.Phase]int, len(rows))
	for _, r := range rows {
		counts[r.phase] = r.n
	}
	return counts, nil
}

// Pool is one of the database's pools of connections, by its name ("writer" and
// "readers", or "all" where one does for both).
type Pool struct {
	Name        string
	InUse, Idle int
	Waits       int64         // requests for a connection that had to wait
	Waited      time.Duration // how long, together
}

// Pools tells how busy the connections are.
func (db *DB) Pools() []Pool {
	if db.readers == db.writer {
		return []Pool{pool("all", db.writer)}
	}
	return []Pool{pool("writer", db.writer), pool("readers", db.readers)}
}

func pool(name string, of *sql.DB) Pool {
	s := of.Stats()
	return Pool{Name: name, InUse: s.InUse, Idle: s.Idle, Waits: s.WaitCount, Waited: s.WaitDuration}
}
