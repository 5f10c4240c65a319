package feed

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// Notes is what a transaction has changed: each change once, in the order of the first.
type Notes struct {
	list []note
	at   map[data.Change]int // the place in the list
}

// note is a change as the table of changes keeps it. The groups are nil where they are not
// told.
type note struct {
	data.Change
	before, after []string
}

// Add notes that something was changed.
func (n *Notes) Add(c data.Change) { n.AddGroups(c, nil, nil) }

// AddGroups notes a change of somebody's groups, or of a group. Of several such changes in
// a transaction the groups before are those before the first, and the groups after those
// after the last.
func (n *Notes) AddGroups(c data.Change, before, after []string) {
	i, ok := n.at[c]
	if !ok {
		if n.at == nil {
			n.at = map[data.Change]int{}
		}
		i = len(n.list)
		n.at[c] = i
		n.list = append(n.list, note{Change: c})
	}
	if after == nil {
		return
	}
	if n.list[i].before == nil {
		n.list[i].before = before
	}
	n.list[i].after = after
}

// Changes are the notes without their groups.
func (n *Notes) Changes() []data.Change {
	changes := make([]data.Change, len(n.list))
	for i, c := range n.list {
		changes[i] = c.Change
	}
	return changes
}

// changeColumns are those of the table of changes that a note fills.
const changeColumns = "at, origin, kind, target_id, user_id, key, groups_before, groups_after"

const insertNotes = "INSERT INTO changes (" + changeColumns + ") "

// Write keeps the notes, in one statement; without notes it does nothing.
func (n *Notes) Write(ctx context.Context, t *engine.Tx, origin string, at time.Time) error {
	list := n.list
	if len(list) == 0 {
		return nil
	}
	if len(list) == 1 { // mostly, and cheaper than a list of one
		_, err := t.Exec(ctx, "note a change", insertNotes+"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", list[0].row(origin, at)...)
		return err
	}
	rows := make([][]any, len(list))
	for i, n := range list {
		rows[i] = n.row(origin, at)
	}
	_, err := t.Exec(ctx, "note changes", insertNotes+"SELECT * FROM "+t.Dialect.Records("at BIGINT", "origin TEXT", "kind TEXT",
		"target_id BIGINT", "user_id BIGINT", "key TEXT", "groups_before TEXT", "groups_after TEXT")+" AS noted", engine.Tuples(rows))
	return err
}

func (n note) row(origin string, at time.Time) []any {
	return []any{engine.Micros(at), origin, string(n.Kind), n.ID, n.UserID, n.Key, groupNames(n.before), groupNames(n.after)}
}

// groupNames is a list of groups as it is kept: empty where they are not told.
func groupNames(names []string) string {
	if names == nil {
		return ""
	}
	return engine.Texts(names)
}
