package app

import (
	"context"
	"errors"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// MaxBulk is how many rows a bulk request may have.
const MaxBulk = 10_000

// RowStatus says what became of a row of a bulk request.
type RowStatus string

// What can become of a row.
const (
	RowCreated    RowStatus = "created"
	RowChanged    RowStatus = "changed"
	RowUnchanged  RowStatus = "unchanged"
	RowExists     RowStatus = "exists" // and was left alone
	RowDeleted    RowStatus = "deleted"
	RowNotFound   RowStatus = "not_found"
	RowStarted    RowStatus = "started" // asked to start
	RowRunning    RowStatus = "running" // already, or on its way
	RowStopped    RowStatus = "stopped" // asked to stop
	RowNotRunning RowStatus = "not_running"
	RowForgotten  RowStatus = "forgotten" // given up, since its machine is gone
	RowFailed     RowStatus = "failed"

	rowPending RowStatus = "pending" // told nobody: a request that was cut off takes it up again
)

// RowResult is what became of one row, in the order of the request. It holds no secret.
type RowResult struct {
	Username   string    `json:"username"`
	ServerName string    `json:"server_name,omitempty"`
	Status     RowStatus `json:"status"`
	Message    string    `json:"message,omitempty"` // why it failed
	Warnings   []string  `json:"warnings,omitempty"`
}

// fail notes why a row is not done. What is nobody's fault but ours is not told: it
// fails the whole request.
func (x *RowResult) fail(err error) error {
	e, ok := errors.AsType[*hub.Error](err)
	switch {
	case err == nil:
		return nil
	case !ok, e.Code == hub.Internal, e.Code == hub.Unavailable:
		return err
	case e.Code == hub.NotFound:
		x.Status = RowNotFound
		return nil
	}
	x.Status, x.Message = RowFailed, e.Msg
	return nil
}

func (x *RowResult) warn(text string) { x.Warnings = append(x.Warnings, text) }

// Tally counts results by status.
func Tally(results []RowResult) map[RowStatus]int {
	counts := map[RowStatus]int{}
	for _, x := range results {
		counts[x.Status]++
	}
	return counts
}

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
