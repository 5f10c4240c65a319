package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// CountUsers counts people: all, and those who were active since each of the times.
// Each number is a walk along an index.
func (t *tx) CountUsers(ctx context.Context, since ...time.Time) (all int, active []int, err error) {
	var query strings.Builder
	query.WriteString("SELECT (SELECT count(*) FROM users)")
	args := make([]any, len(since))
	for i, at := range since {
		query.WriteString(", (SELECT count(*) FROM users WHERE last_activity >= $" + strconv.Itoa(i+1) + ")")
		args[i] = engine.Micros(at)
	}
	counts, err := engine.One(ctx, t.Tx, "count users", func(s engine.Scanner) ([]int, error) {
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
	rows, err := engine.Many(ctx, t.Tx, "count servers", func(s engine.Scanner) (r row, err error) {
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
