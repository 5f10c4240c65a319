package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectHome = `SELECT h.id, h.place, h.folder, h.uid, COALESCE(h.user_id, 0), h.user_name, h.state, h.archive,
	h.attached, h.problem, h.created, h.changed, h.noted FROM homes h `

func scanHome(s engine.Scanner) (h hub.Home, err error) {
	err = s.Scan(&h.ID, &h.Place, &h.Folder, &h.UID, &h.UserID, &h.UserName, &h.State, &h.Archive,
		&h.Attached, &h.Problem, engine.At(&h.Created), engine.At(&h.Changed), engine.At(&h.Noted))
	return h, err
}

// HomeByID finds a home.
func (t *tx) HomeByID(ctx context.Context, id string) (hub.Home, error) {
	return engine.One(ctx, t.Tx, "read home", scanHome, selectHome+"WHERE h.id = $1", id)
}

// HomeOf finds the home of a person.
func (t *tx) HomeOf(ctx context.Context, userID int64) (hub.Home, error) {
	return engine.One(ctx, t.Tx, "read somebody's home", scanHome, selectHome+"WHERE h.user_id = $1", userID)
}

// ListHomes gives those that the query asks for, by ID.
func (t *tx) ListHomes(ctx context.Context, q hub.HomeQuery) ([]hub.Home, error) {
	conditions, args := []string{"h.id > $1"}, []any{q.After}
	add := func(wanted bool, condition, v string) {
		if wanted {
			args = append(args, v)
			conditions = append(conditions, strings.ReplaceAll(condition, "$", "$"+strconv.Itoa(len(args))))
		}
	}
	add(q.Name != "", "h.user_name = $", q.Name)
	add(q.Place != "", "h.place = $", q.Place)
	if q.Unowned || q.Offered {
		conditions = append(conditions, "h.user_id IS NULL")
	}
	if q.Offered {
		conditions = append(conditions, "h.user_name IN (SELECT name FROM users)")
	}
	args = append(args, engine.Limit(q.Limit))
	return engine.Many(ctx, t.Tx, "list homes", scanHome, selectHome+"WHERE "+strings.Join(conditions, " AND ")+
		" ORDER BY h.id LIMIT $"+strconv.Itoa(len(args)), args...)
}

// HomeIDs gives the ids of all homes of a place.
func (t *tx) HomeIDs(ctx context.Context, place string) ([]string, error) {
	return engine.Many(ctx, t.Tx, "list the homes of a place", engine.Value[string], "SELECT id FROM homes WHERE place = $1", place)
}

// DueHomes gives homes of a place that it has not noted as they are now, longest first.
func (t *tx) DueHomes(ctx context.Context, place string, packing bool, n int) ([]hub.Home, error) {
	state := "NOT IN"
	if packing {
		state = "IN"
	}
	return engine.Many(ctx, t.Tx, "list homes to note", scanHome, selectHome+"WHERE h.place = $1 AND h.noted < h.changed AND h.state "+state+
		" ('archiving', 'unpacking') ORDER BY h.changed, h.id LIMIT $2", place, n)
}

// CountHomes counts the homes of a place that are nobody's, and people whose home lies
// elsewhere.
func (t *tx) CountHomes(ctx context.Context, place string) (unowned, elsewhere int, err error) {
	unowned, err = engine.One(ctx, t.Tx, "count unowned homes", engine.Value[int], "SELECT count(*) FROM homes WHERE user_id IS NULL AND place = $1", place)
	if err != nil {
		return 0, 0, err
	}
	elsewhere, err = engine.One(ctx, t.Tx, "count homes elsewhere", engine.Value[int], "SELECT count(*) FROM homes WHERE user_id IS NOT NULL AND place <> $1", place)
	return unowned, elsewhere, err
}

// CreateHomes is hub.Conflict where one exists, or a person has one.
func (t *tx) CreateHomes(ctx context.Context, homes ...hub.Home) error {
	list := make([][]any, len(homes))
	for i, h := range homes {
		list[i] = []any{
			h.ID, h.Place, h.Folder, h.UID, engine.OrNull(h.UserID), h.UserName, string(h.State), h.Archive, h.Attached, h.Problem,
			engine.Micros(h.Created), engine.Micros(h.Changed), engine.Micros(h.Noted),
		}
		t.note(homeChange(h.ID, h.UserID))
	}
	_, err := t.Exec(ctx, "create homes", `INSERT INTO homes (id, place, folder, uid, user_id, user_name, state, archive, attached, problem,
		created, changed, noted) SELECT * FROM `+t.Dialect.Records("id TEXT", "place TEXT", "folder TEXT", "uid BIGINT", "user_id BIGINT",
		"user_name TEXT", "state TEXT", "archive TEXT", "attached BOOLEAN", "problem TEXT", "created BIGINT", "changed BIGINT", "noted BIGINT")+
		" AS given", engine.Tuples(list))
	return err
}

func homeChange(id string, userID int64) data.Change {
	return data.Change{Kind: data.HomeChanged, UserID: userID, Key: id}
}

// UpdateHome writes all of a home but ID and Created.
func (t *tx) UpdateHome(ctx context.Context, h hub.Home) error {
	return t.execNoted(ctx, "update home", homeChange(h.ID, h.UserID), `UPDATE homes SET folder = $2, uid = $3, user_id = $4, user_name = $5, state = $6, archive = $7,
		attached = $8, problem = $9, changed = $10, noted = $11, place = $12 WHERE id = $1`, h.ID, h.Folder, h.UID, engine.OrNull(h.UserID), h.UserName,
		string(h.State), h.Archive, h.Attached, h.Problem, engine.Micros(h.Changed), engine.Micros(h.Noted), h.Place)
}

// LeaveHomes makes the homes of people nobody's.
func (t *tx) LeaveHomes(ctx context.Context, userIDs []int64) error {
	left, err := engine.Many(ctx, t.Tx, "read homes that are left", scanKeyed, "SELECT id, user_id FROM homes WHERE user_id IN "+t.Dialect.IDs(), engine.Numbers(userIDs))
	if err != nil || len(left) == 0 {
		return err
	}
	for _, h := range left {
		t.note(homeChange(h.key, h.userID))
	}
	_, err = t.Exec(ctx, "leave homes", `UPDATE homes SET user_id = NULL, attached = FALSE,
		changed = CASE WHEN changed < $2 THEN $2 ELSE changed + 1 END WHERE user_id IN `+t.Dialect.IDs(), engine.Numbers(userIDs), engine.Micros(t.Now()))
	return err
}

// SeeNode notes that a node lives, now.
func (t *tx) SeeNode(ctx context.Context, n hub.Node) error {
	_, err := t.Exec(ctx, "see node", `INSERT INTO nodes (id, host, place, folder, last_seen) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET host = excluded.host, place = excluded.place, folder = excluded.folder, last_seen = excluded.last_seen`,
		n.ID, n.Host, n.Place, n.Folder, engine.Micros(t.Now()))
	return err
}

// ListNodes is all of them, by ID, also those that are known from their servers alone.
func (t *tx) ListNodes(ctx context.Context) ([]hub.Node, error) {
	return engine.Many(ctx, t.Tx, "list nodes", func(s engine.Scanner) (n hub.Node, err error) {
		err = s.Scan(&n.ID, &n.Host, &n.Place, &n.Folder, engine.At(&n.LastSeen), &n.Servers)
		return n, err
	}, `SELECT k.id, COALESCE(n.host, ''), COALESCE(n.place, ''), COALESCE(n.folder, ''), COALESCE(n.last_seen, 0), COALESCE(l.servers, 0)
		FROM (SELECT id FROM nodes UNION SELECT s.node FROM servers s WHERE `+live+` AND s.node <> '') AS k
		LEFT JOIN nodes n ON n.id = k.id
		LEFT JOIN (SELECT s.node, count(*) AS servers FROM servers s WHERE `+live+` GROUP BY s.node) AS l ON l.node = k.id
		ORDER BY k.id`)
}

// ServersOn lists the servers on record as being on a node.
func (t *tx) ServersOn(ctx context.Context, node string) ([]hub.Server, error) {
	return engine.Many(ctx, t.Tx, "list the servers of a node", scanServer, selectServer+"WHERE "+live+" AND s.node = $1 ORDER BY s.id", node)
}

// DeleteNode is no error where there is none.
func (t *tx) DeleteNode(ctx context.Context, id string) error {
	_, err := t.Exec(ctx, "delete node", "DELETE FROM nodes WHERE id = $1", id)
	return err
}

// RaiseIDs sees to it that people and servers made from now on get higher ids.
func (t *tx) RaiseIDs(ctx context.Context, user, server int64) error {
	for _, s := range t.Dialect.Raise {
		for _, of := range []struct {
			table string
			id    int64
		}{{"users", user}, {"servers", server}} {
			if _, err := t.Exec(ctx, "raise the ids of "+of.table, s, of.table, of.id); err != nil {
				return err
			}
		}
	}
	return nil
}
