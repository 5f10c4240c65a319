package app

import (
	"context"
	"strings"

	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// MaxBulk is how many rows a bulk request may have.
const MaxBulk = 10_000

// RowStatus says what became of a row of a bulk request.
type RowStatus = bulk.Status

// RowResult is what became of one row, in the order of the request. It holds no secret.
type RowResult = bulk.Result

// What can become of a row.
const (
	RowCreated    = bulk.Created
	RowChanged    = bulk.Changed
	RowUnchanged  = bulk.Unchanged
	RowExists     = bulk.Exists
	RowDeleted    = bulk.Deleted
	RowNotFound   = bulk.NotFound
	RowStarted    = bulk.Started
	RowRunning    = bulk.Running
	RowStopped    = bulk.Stopped
	RowNotRunning = bulk.NotRunning
	RowForgotten  = bulk.Forgotten
	RowFailed     = bulk.Failed
)

// Tally counts results by status.
func Tally(results []RowResult) map[RowStatus]int { return bulk.Tally(results) }

// maxOwnBulk is how many rows those send at a time who act on themselves alone.
const maxOwnBulk = 100

// bulkScopes are those of bulk work.
func bulkScopes() []string {
	return []string{"admin:users", "delete:users", "start:servers", "delete:servers"}
}

// mayBulk refuses nobody, those who hold the scope on nobody at all, and too many rows.
func mayBulk(r *Requester, scope, key string, rows int) error {
	if err := MaySome(r, scope); err != nil {
		return err
	}
	most := MaxBulk
	if !MayOthers(r, scope) {
		most = maxOwnBulk
	}
	if rows > most {
		return hub.Errorf(hub.TooLarge, "%d rows in one request; send at most %d", rows, most)
	}
	return checkKey(key)
}

// rowNames normalises the names of the rows; a bad or repeated one fails its row. It
// gives the names that are good.
func rowNames(results []RowResult) []string {
	names := make([]string, 0, len(results))
	seen := make(map[string]bool, len(results))
	for i := range results {
		x := &results[i]
		name, err := hub.UserName(x.Username)
		switch {
		case err != nil:
			x.Username = shownName(x.Username)
			x.Status, x.Message = RowFailed, err.Error()
		case seen[name]:
			x.Username, x.Status, x.Message = name, RowFailed, name+" is named twice in this request"
		default:
			x.Username, seen[name] = name, true
			names = append(names, name)
		}
	}
	return names
}

// undone are the names of the rows that nothing is known of yet.
func undone(checked []RowResult, rows []int) []string {
	names := make([]string, 0, len(rows))
	for _, i := range rows {
		if checked[i].Status == "" {
			names = append(names, checked[i].Username)
		}
	}
	return names
}

// allRows are the places of n rows.
func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// peopleNamed are those of the names that exist, by name.
func peopleNamed(ctx context.Context, tx data.Tx, names []string) (map[string]hub.User, error) {
	list, err := tx.UsersByName(ctx, names)
	if err != nil {
		return nil, err
	}
	by := make(map[string]hub.User, len(list))
	for _, u := range list {
		by[u.Name] = u
	}
	return by, nil
}

// shownName is a name as it came, as an answer repeats it: names may be as long as requests.
func shownName(name string) string {
	return strings.ToValidUTF8(clipText(name, hub.MaxUserName), "\ufffd")
}
