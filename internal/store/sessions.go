package store

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectSession = `SELECT id, COALESCE(login_hash, ''), user_id, created, expires, last_seen, address, user_agent
	FROM sessions `

func scanSession(s engine.Scanner) (v hub.Session, err error) {
	err = s.Scan(&v.ID, &v.LoginHash, &v.UserID, engine.At(&v.Created), engine.At(&v.Expires), engine.At(&v.LastSeen), &v.Address, &v.UserAgent)
	return v, err
}

// SessionByID finds a session, expired ones too.
func (t *tx) SessionByID(ctx context.Context, id string) (hub.Session, error) {
	return engine.One(ctx, t.Tx, "read session", scanSession, selectSession+"WHERE id = $1", id)
}

// SessionsByID gives those of the ids that exist, expired ones too.
func (t *tx) SessionsByID(ctx context.Context, ids []string) ([]hub.Session, error) {
	return engine.OfKeys(ctx, t.Tx, "read sessions", scanSession, selectSession+"WHERE id ", ids)
}

// SessionByLogin finds a session by its login cookie's hash.
func (t *tx) SessionByLogin(ctx context.Context, loginHash string) (hub.Session, error) {
	return engine.One(ctx, t.Tx, "read session", scanSession, selectSession+"WHERE login_hash = $1", loginHash)
}

// SessionsOf lists a person's sessions, oldest first.
func (t *tx) SessionsOf(ctx context.Context, userID int64) ([]hub.Session, error) {
	return engine.Many(ctx, t.Tx, "list sessions", scanSession, selectSession+"WHERE user_id = $1 ORDER BY created, id", userID)
}

// StaleSessions gives the ids of at most count of a person's sessions, besides those keep
// that were seen last.
func (t *tx) StaleSessions(ctx context.Context, userID int64, keep, count int) ([]string, error) {
	return engine.Many(ctx, t.Tx, "list stale sessions", engine.Value[string],
		"SELECT id FROM sessions WHERE user_id = $1 ORDER BY last_seen DESC, id LIMIT $3 OFFSET $2", userID, max(keep, 0), max(count, 0))
}

// CreateSession keeps a session; a zero Created is now.
func (t *tx) CreateSession(ctx context.Context, s hub.Session) error {
	if s.Created.IsZero() {
		s.Created = t.Now()
	}
	_, err := t.Exec(ctx, "create session", `INSERT INTO sessions
		(id, login_hash, user_id, created, expires, last_seen, address, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.ID, engine.OrNull(s.LoginHash), s.UserID, engine.Micros(s.Created), engine.Micros(s.Expires), engine.Micros(s.LastSeen), s.Address, s.UserAgent)
	return err
}

// DeleteSession ends a session, with the tokens and codes given during it. It is no
// error when there is none.
func (t *tx) DeleteSession(ctx context.Context, id string) error {
	_, err := t.deleteSessions(ctx, "id = $1", id)
	return err
}

// DeleteSessionsOf ends all of a person's sessions but the one kept.
func (t *tx) DeleteSessionsOf(ctx context.Context, userID int64, keep string) ([]string, error) {
	return t.deleteSessions(ctx, "user_id = $1 AND id <> $2", userID, keep)
}

// deleteSessions deletes the sessions of which the condition is true, with the tokens given
// during them, and gives their ids.
func (t *tx) deleteSessions(ctx context.Context, condition string, args ...any) ([]string, error) {
	if _, err := t.noteTokens(ctx, "delete tokens of sessions",
		"DELETE FROM tokens WHERE session_id IN (SELECT id FROM sessions WHERE "+condition+") RETURNING hash, user_id", args...); err != nil {
		return nil, err
	}
	gone, err := engine.Many(ctx, t.Tx, "delete sessions", scanKeyed, "DELETE FROM sessions WHERE "+condition+" RETURNING id, user_id", args...)
	ids := make([]string, len(gone))
	for i, k := range gone {
		ids[i] = k.key
		t.note(data.Change{Kind: data.SessionRevoked, UserID: k.userID, Key: k.key})
	}
	return ids, err
}

// DeleteSessionsOfUsers ends all sessions of the people.
func (t *tx) DeleteSessionsOfUsers(ctx context.Context, userIDs []int64) error {
	_, err := t.deleteSessions(ctx, "user_id IN "+t.Dialect.IDs(), engine.Numbers(userIDs))
	return err
}

// touchSessions moves LastSeen forward.
func (t *tx) touchSessions(ctx context.Context, seen map[string]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "touch sessions", "UPDATE sessions SET last_seen = seen.v FROM "+t.Dialect.Records("k TEXT", "v BIGINT")+
		" AS seen WHERE sessions.id = seen.k AND sessions.last_seen < seen.v", engine.Times(seen))
	return err
}
