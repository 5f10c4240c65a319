package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectShare = `SELECT h.id, h.server_id, s.name, s.user_id, o.name, COALESCE(h.user_id, 0), COALESCE(u.name, ''),
		COALESCE(h.group_id, 0), COALESCE(g.name, ''), h.scopes, h.created
	FROM shares h JOIN servers s ON s.id = h.server_id JOIN users o ON o.id = s.user_id
	LEFT JOIN users u ON u.id = h.user_id LEFT JOIN groups g ON g.id = h.group_id `

func scanShare(s engine.Scanner) (h hub.Share, err error) {
	err = s.Scan(&h.ID, &h.ServerID, &h.ServerName, &h.OwnerID, &h.OwnerName, &h.UserID, &h.UserName,
		&h.GroupID, &h.GroupName, engine.List(&h.Scopes), engine.At(&h.Created))
	return h, err
}

// ListShares gives one part of the list, in the order of making, and how many shares
// the whole has.
func (t *tx) ListShares(ctx context.Context, q hub.ShareQuery) ([]hub.Share, int, error) {
	var conditions []string
	var args []any
	param := func(v int64) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	for column, id := range map[string]int64{"s.user_id": q.OwnerID, "h.server_id": q.ServerID, "h.group_id": q.GroupID} {
		if id != 0 {
			conditions = append(conditions, column+" = "+param(id))
		}
	}
	if q.UserID != 0 {
		p := param(q.UserID)
		conditions = append(conditions, "(h.user_id = "+p+" OR h.group_id IN (SELECT m.group_id FROM memberships m WHERE m.user_id = "+p+"))")
	}
	where := ""
	if len(conditions) > 0 {
		where = "WHERE " + strings.Join(conditions, " AND ")
	}
	total, err := engine.One(ctx, t.Tx, "count shares", engine.Value[int], "SELECT count(*) FROM shares h JOIN servers s ON s.id = h.server_id "+where, args...)
	if err != nil {
		return nil, 0, err
	}
	n := len(args)
	shares, err := engine.Many(ctx, t.Tx, "list shares", scanShare, selectShare+where+
		" ORDER BY h.id LIMIT $"+strconv.Itoa(n+1)+" OFFSET $"+strconv.Itoa(n+2), append(args, engine.Limit(q.Limit), max(q.Offset, 0))...)
	return shares, total, err
}

// Share finds what is shared on a server with a person, or with a group.
func (t *tx) Share(ctx context.Context, serverID, userID, groupID int64) (hub.Share, error) {
	return engine.One(ctx, t.Tx, "read share", scanShare, selectShare+
		"WHERE h.server_id = $1 AND COALESCE(h.user_id, 0) = $2 AND COALESCE(h.group_id, 0) = $3", serverID, userID, groupID)
}

// PutShare makes a share, or gives the one there is other scopes.
func (t *tx) PutShare(ctx context.Context, h hub.Share) (hub.Share, error) {
	if h.ID != 0 {
		if err := t.ExecOne(ctx, "change share", "UPDATE shares SET scopes = $2 WHERE id = $1", h.ID, scopeList(h.Scopes)); err != nil {
			return hub.Share{}, err
		}
	} else if _, err := t.Exec(ctx, "create share", `INSERT INTO shares (server_id, user_id, group_id, scopes, created)
		VALUES ($1, $2, $3, $4, $5)`, h.ServerID, engine.OrNull(h.UserID), engine.OrNull(h.GroupID), scopeList(h.Scopes), engine.Micros(t.Now())); err != nil {
		return hub.Share{}, err
	}
	h, err := t.Share(ctx, h.ServerID, h.UserID, h.GroupID)
	if err != nil {
		return hub.Share{}, err
	}
	return h, t.noteRecipients(ctx, "h.id = $1", h.ID)
}

// DeleteShare is hub.NotFound where there is none.
func (t *tx) DeleteShare(ctx context.Context, id int64) error {
	if err := t.noteRecipients(ctx, "h.id = $1", id); err != nil {
		return err
	}
	return t.ExecOne(ctx, "delete share", "DELETE FROM shares WHERE id = $1", id)
}

// DeleteSharesOfServer takes back all that is shared on a server.
func (t *tx) DeleteSharesOfServer(ctx context.Context, serverID int64) error {
	if err := t.noteRecipients(ctx, "h.server_id = $1", serverID); err != nil {
		return err
	}
	_, err := t.Exec(ctx, "delete shares", "DELETE FROM shares WHERE server_id = $1", serverID)
	return err
}

const selectShareCode = `SELECT c.id, c.server_id, s.name, s.user_id, o.name, c.hash, c.scopes, c.created, c.expires, c.exchanges, c.last_exchanged
	FROM share_codes c JOIN servers s ON s.id = c.server_id JOIN users o ON o.id = s.user_id `

func scanShareCode(s engine.Scanner) (c hub.ShareCode, err error) {
	err = s.Scan(&c.ID, &c.ServerID, &c.ServerName, &c.OwnerID, &c.OwnerName, &c.Hash, engine.List(&c.Scopes), engine.At(&c.Created), engine.At(&c.Expires),
		&c.Exchanges, engine.At(&c.LastExchanged))
	return c, err
}

// ListShareCodes gives one part of the list of an owner's codes, or of those of one
// server, without expired ones, and how many the whole has.
func (t *tx) ListShareCodes(ctx context.Context, q hub.ShareQuery) ([]hub.ShareCode, int, error) {
	where, id := "s.user_id = $1", q.OwnerID
	if q.ServerID != 0 {
		where, id = "c.server_id = $1", q.ServerID
	}
	where = "WHERE " + where + " AND c.expires > $2"
	total, err := engine.One(ctx, t.Tx, "count share codes", engine.Value[int],
		"SELECT count(*) FROM share_codes c JOIN servers s ON s.id = c.server_id "+where, id, engine.Micros(t.Now()))
	if err != nil {
		return nil, 0, err
	}
	codes, err := engine.Many(ctx, t.Tx, "list share codes", scanShareCode, selectShareCode+where+" ORDER BY c.id LIMIT $3 OFFSET $4",
		id, engine.Micros(t.Now()), engine.Limit(q.Limit), max(q.Offset, 0))
	return codes, total, err
}

// ShareCodeByHash finds a code, expired ones too.
func (t *tx) ShareCodeByHash(ctx context.Context, hash string) (hub.ShareCode, error) {
	return engine.One(ctx, t.Tx, "read share code", scanShareCode, selectShareCode+"WHERE c.hash = $1", hash)
}

// CreateShareCode fills in ID, Created and the names.
func (t *tx) CreateShareCode(ctx context.Context, c hub.ShareCode) (hub.ShareCode, error) {
	_, err := t.Exec(ctx, "create share code", `INSERT INTO share_codes
		(server_id, hash, scopes, created, expires, exchanges, last_exchanged) VALUES ($1, $2, $3, $4, $5, 0, 0)`,
		c.ServerID, c.Hash, scopeList(c.Scopes), engine.Micros(t.Now()), engine.Micros(c.Expires))
	if err != nil {
		return hub.ShareCode{}, err
	}
	return t.ShareCodeByHash(ctx, c.Hash)
}

// UseShareCode counts an exchange.
func (t *tx) UseShareCode(ctx context.Context, id int64) error {
	return t.ExecOne(ctx, "use share code", "UPDATE share_codes SET exchanges = exchanges + 1, last_exchanged = $2 WHERE id = $1", id, engine.Micros(t.Now()))
}

// DeleteShareCodes deletes a server's codes: the one with the id, or all where it is
// 0, and says how many went. (Without the cast, PostgreSQL takes the id for 32 bits.)
func (t *tx) DeleteShareCodes(ctx context.Context, serverID, id int64) (int, error) {
	return t.Exec(ctx, "delete share codes", "DELETE FROM share_codes WHERE server_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2)", serverID, id)
}
