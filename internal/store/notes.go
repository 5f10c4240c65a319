package store

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
)

// notes is what a transaction has changed: each change once, in the order of the first.
type notes struct {
	list []note
	at   map[data.Change]int // the place in the list
}

// note is a change as the table of changes keeps it. The groups are nil where they are not
// told.
type note struct {
	data.Change
	before, after []string
}

// note notes that something was changed.
func (t *tx) note(c data.Change) { t.noteGroups(c, nil, nil) }

// noteUser notes that something of a person was changed.
func (t *tx) noteUser(id int64) { t.note(userChange(id)) }

func userChange(id int64) data.Change {
	return data.Change{Kind: data.UserChanged, ID: id, UserID: id}
}

// noteGroups notes a change of somebody's groups, or of a group. Of several such changes in
// a transaction the groups before are those before the first, and the groups after those
// after the last.
func (t *tx) noteGroups(c data.Change, before, after []string) {
	n := &t.notes
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

// execNoted runs a statement that must touch a row, hub.NotFound otherwise, and notes a change.
func (t *tx) execNoted(ctx context.Context, op string, c data.Change, query string, args ...any) error {
	err := t.execOne(ctx, op, query, args...)
	if err == nil {
		t.note(c)
	}
	return err
}

// changes are the notes without their groups.
func (n *notes) changes() []data.Change {
	changes := make([]data.Change, len(n.list))
	for i, c := range n.list {
		changes[i] = c.Change
	}
	return changes
}

// changeColumns are those of the table of changes that a note fills.
const changeColumns = "at, origin, kind, target_id, user_id, key, groups_before, groups_after"

const insertNotes = "INSERT INTO changes (" + changeColumns + ") "

// writeNotes keeps the notes, in one statement; without notes it does nothing.
func (t *tx) writeNotes(ctx context.Context, origin string, at time.Time) error {
	list := t.notes.list
	if len(list) == 0 {
		return nil
	}
	if len(list) == 1 { // mostly, and cheaper than a list of one
		_, err := t.exec(ctx, "note a change", insertNotes+"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", list[0].row(origin, at)...)
		return err
	}
	rows := make([][]any, len(list))
	for i, n := range list {
		rows[i] = n.row(origin, at)
	}
	_, err := t.exec(ctx, "note changes", insertNotes+"SELECT * FROM "+t.dialect.records("at BIGINT", "origin TEXT", "kind TEXT",
		"target_id BIGINT", "user_id BIGINT", "key TEXT", "groups_before TEXT", "groups_after TEXT")+" AS noted", tuples(rows))
	return err
}

func (n note) row(origin string, at time.Time) []any {
	return []any{micros(at), origin, string(n.Kind), n.ID, n.UserID, n.Key, groupNames(n.before), groupNames(n.after)}
}

// groupNames is a list of groups as it is kept: empty where they are not told.
func groupNames(names []string) string {
	if names == nil {
		return ""
	}
	return texts(names)
}

// noteTokens runs a statement that deletes tokens and returns their hashes and people, 0 for
// a service's own. It notes them, and gives the hashes.
func (t *tx) noteTokens(ctx context.Context, op, query string, args ...any) ([]string, error) {
	gone, err := many(ctx, t, op, scanKeyed, query, args...)
	hashes := make([]string, len(gone))
	for i, k := range gone {
		hashes[i] = k.key
		t.note(data.Change{Kind: data.TokenRevoked, UserID: k.userID, Key: k.key})
	}
	return hashes, err
}

// keyed is a token's hash, or the id of a session or home, and whose it is.
type keyed struct {
	key    string
	userID int64
}

func scanKeyed(s scanner) (k keyed, err error) {
	err = s.Scan(&k.key, &k.userID)
	return k, err
}

// noteRecipients notes the people with whom the shares are, directly or by a group, that a
// condition on h, the share, and s, its server, is true of.
func (t *tx) noteRecipients(ctx context.Context, condition string, args ...any) error {
	ids, err := many(ctx, t, "list recipients of shares", value[int64], `
		SELECT h.user_id FROM shares h JOIN servers s ON s.id = h.server_id WHERE h.user_id IS NOT NULL AND `+condition+`
		UNION
		SELECT m.user_id FROM shares h JOIN servers s ON s.id = h.server_id
		JOIN memberships m ON m.group_id = h.group_id WHERE `+condition+" ORDER BY 1", args...)
	t.noteUsers(ids)
	return err
}

func (t *tx) noteUsers(ids []int64) {
	for _, id := range ids {
		t.noteUser(id)
	}
}

// noteMembers notes everybody who is in one of the groups.
func (t *tx) noteMembers(ctx context.Context, groupIDs []int64) error {
	if len(groupIDs) == 0 {
		return nil
	}
	ids, err := many(ctx, t, "list members", value[int64],
		"SELECT DISTINCT user_id FROM memberships WHERE group_id IN "+t.dialect.ids()+" ORDER BY user_id", numbers(groupIDs))
	t.noteUsers(ids)
	return err
}

// userGroups reads the names of the groups of people, sorted. Somebody in none is not there.
func (t *tx) userGroups(ctx context.Context, userIDs []int64) (map[int64][]string, error) {
	list, err := many(ctx, t, "read groups of people", scanMembership, `SELECT m.user_id, g.name
		FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.user_id IN `+t.dialect.ids(), numbers(userIDs))
	of := make(map[int64][]string, len(userIDs))
	for _, m := range list {
		of[m.id] = append(of[m.id], m.name)
	}
	for _, names := range of {
		slices.Sort(names)
	}
	return of, err
}

// noteMoved notes that people came into the group of that name, or left it, once that is done.
func (t *tx) noteMoved(ctx context.Context, group string, userIDs []int64, joined bool) error {
	of, err := t.userGroups(ctx, userIDs)
	if err != nil {
		return err
	}
	slices.Sort(userIDs)
	for _, id := range userIDs {
		after := append([]string{}, of[id]...)
		before := slices.DeleteFunc(slices.Clone(after), func(g string) bool { return g == group })
		if !joined {
			before = append(before, group)
			slices.Sort(before)
		}
		t.noteGroups(userChange(id), before, after)
	}
	return nil
}

// noteUsersGone notes people who are about to be deleted, and all that goes with them.
func (t *tx) noteUsersGone(ctx context.Context, ids []int64) error {
	there, err := many(ctx, t, "read people", value[int64], "SELECT id FROM users WHERE id IN "+t.dialect.ids()+" ORDER BY id", numbers(ids))
	if err != nil || len(there) == 0 {
		return err
	}
	of, err := t.userGroups(ctx, there)
	if err != nil {
		return err
	}
	for _, id := range there {
		t.noteGroups(userChange(id), append([]string{}, of[id]...), []string{})
	}
	if err := t.noteBelongings(ctx, there); err != nil {
		return err
	}
	return t.noteRecipients(ctx, "s.user_id IN "+t.dialect.ids(), numbers(there))
}

// noteBelongings notes the sessions, tokens, servers and homes of people who are about to be
// deleted, and the tokens that others gave to their servers.
func (t *tx) noteBelongings(ctx context.Context, ids []int64) error {
	theirs := "IN " + t.dialect.ids()
	list, err := many(ctx, t, "read what belongs to people", func(s scanner) (c data.Change, err error) {
		err = s.Scan(&c.Kind, &c.ID, &c.UserID, &c.Key)
		return c, err
	}, `SELECT '`+string(data.SessionRevoked)+`', 0, user_id, id FROM sessions WHERE user_id `+theirs+`
		UNION ALL SELECT '`+string(data.TokenRevoked)+`', 0, user_id, hash FROM tokens WHERE user_id `+theirs+`
			OR client_id IN (SELECT id FROM oauth_clients WHERE owner_id `+theirs+`)
			OR client_id IN (SELECT c.id FROM oauth_clients c JOIN servers s ON s.id = c.server_id WHERE s.user_id `+theirs+`)
		UNION ALL SELECT '`+string(data.ServerChanged)+`', id, user_id, '' FROM servers WHERE user_id `+theirs+`
		UNION ALL SELECT '`+string(data.HomeChanged)+`', 0, user_id, id FROM homes WHERE user_id `+theirs, numbers(ids))
	for _, c := range list {
		t.note(c)
	}
	return err
}
