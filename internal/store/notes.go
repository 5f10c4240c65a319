package store

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// note notes that something was changed.
func (t *tx) note(c data.Change) { t.notes.Add(c) }

// noteUser notes that something of a person was changed.
func (t *tx) noteUser(id int64) { t.note(userChange(id)) }

func userChange(id int64) data.Change {
	return data.Change{Kind: data.UserChanged, ID: id, UserID: id}
}

// noteGroups notes a change of somebody's groups, or of a group; see feed.Notes.
func (t *tx) noteGroups(c data.Change, before, after []string) { t.notes.AddGroups(c, before, after) }

// execNoted runs a statement that must touch a row, hub.NotFound otherwise, and notes a change.
func (t *tx) execNoted(ctx context.Context, op string, c data.Change, query string, args ...any) error {
	err := t.ExecOne(ctx, op, query, args...)
	if err == nil {
		t.note(c)
	}
	return err
}

// noteTokens runs a statement that deletes tokens and returns their hashes and people, 0 for
// a service's own. It notes them, and gives the hashes.
func (t *tx) noteTokens(ctx context.Context, op, query string, args ...any) ([]string, error) {
	gone, err := engine.Many(ctx, t.Tx, op, scanKeyed, query, args...)
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

func scanKeyed(s engine.Scanner) (k keyed, err error) {
	err = s.Scan(&k.key, &k.userID)
	return k, err
}

// noteRecipients notes the people with whom the shares are, directly or by a group, that a
// condition on h, the share, and s, its server, is true of.
func (t *tx) noteRecipients(ctx context.Context, condition string, args ...any) error {
	ids, err := engine.Many(ctx, t.Tx, "list recipients of shares", engine.Value[int64], `
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
	ids, err := engine.Many(ctx, t.Tx, "list members", engine.Value[int64],
		"SELECT DISTINCT user_id FROM memberships WHERE group_id IN "+t.Dialect.IDs()+" ORDER BY user_id", engine.Numbers(groupIDs))
	t.noteUsers(ids)
	return err
}

// userGroups reads the names of the groups of people, sorted. Somebody in none is not there.
func (t *tx) userGroups(ctx context.Context, userIDs []int64) (map[int64][]string, error) {
	list, err := engine.Many(ctx, t.Tx, "read groups of people", scanMembership, `SELECT m.user_id, g.name
		FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.user_id IN `+t.Dialect.IDs(), engine.Numbers(userIDs))
	of := make(map[int64][]string, len(userIDs))
	for _, m := range list {
		of[m.id] = append(of[m.id], m.name)
	}
	for _, names := range of {
		slices.Sort(names)
	}
	return of, err
}

// noteMoved notes that people left groups of these names and came into others, once that is
// done.
func (t *tx) noteMoved(ctx context.Context, userIDs []int64, left, joined []string) error {
	of, err := t.userGroups(ctx, userIDs)
	if err != nil {
		return err
	}
	slices.Sort(userIDs)
	for _, id := range userIDs {
		after := append([]string{}, of[id]...)
		before := slices.DeleteFunc(slices.Clone(after), func(g string) bool { return slices.Contains(joined, g) })
		before = append(before, left...)
		slices.Sort(before)
		t.noteGroups(userChange(id), before, after)
	}
	return nil
}

// noteUsersGone notes people who are about to be deleted, and all that goes with them.
func (t *tx) noteUsersGone(ctx context.Context, ids []int64) error {
	there, err := engine.Many(ctx, t.Tx, "read people", engine.Value[int64], "SELECT id FROM users WHERE id IN "+t.Dialect.IDs()+" ORDER BY id", engine.Numbers(ids))
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
	return t.noteRecipients(ctx, "s.user_id IN "+t.Dialect.IDs(), engine.Numbers(there))
}

// noteBelongings notes the sessions, tokens, servers and homes of people who are about to be
// deleted, and the tokens that others gave to their servers.
func (t *tx) noteBelongings(ctx context.Context, ids []int64) error {
	theirs := "IN " + t.Dialect.IDs()
	list, err := engine.Many(ctx, t.Tx, "read what belongs to people", func(s engine.Scanner) (c data.Change, err error) {
		err = s.Scan(&c.Kind, &c.ID, &c.UserID, &c.Key)
		return c, err
	}, `SELECT '`+string(data.SessionRevoked)+`', 0, user_id, id FROM sessions WHERE user_id `+theirs+`
		UNION ALL SELECT '`+string(data.TokenRevoked)+`', 0, user_id, hash FROM tokens WHERE user_id `+theirs+`
		UNION ALL SELECT '`+string(data.TokenRevoked)+`', 0, user_id, hash FROM tokens
			WHERE client_id IN (SELECT id FROM oauth_clients WHERE owner_id `+theirs+`)
		UNION ALL SELECT '`+string(data.TokenRevoked)+`', 0, user_id, hash FROM tokens
			WHERE client_id IN (SELECT c.id FROM oauth_clients c JOIN servers s ON s.id = c.server_id WHERE s.user_id `+theirs+`)
		UNION ALL SELECT '`+string(data.ServerChanged)+`', id, user_id, '' FROM servers WHERE user_id `+theirs+`
		UNION ALL SELECT '`+string(data.HomeChanged)+`', 0, user_id, id FROM homes WHERE user_id `+theirs, engine.Numbers(ids))
	for _, c := range list {
		t.note(c)
	}
	return err
}
