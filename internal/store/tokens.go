package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

//nolint:gosec // a statement, no secret
const selectToken = `SELECT t.id, t.user_id, u.name, t.hash, t.note, t.scopes,
		COALESCE(t.client_id, ''), COALESCE(c.description, ''), COALESCE(t.server_id, 0), COALESCE(t.session_id, ''),
		t.created, t.expires, t.last_activity
	FROM tokens t JOIN users u ON u.id = t.user_id LEFT JOIN oauth_clients c ON c.id = t.client_id `

func scanToken(s engine.Scanner) (t hub.Token, err error) {
	err = s.Scan(&t.ID, &t.UserID, &t.UserName, &t.Hash, &t.Note, engine.List(&t.Scopes),
		&t.ClientID, &t.ClientName, &t.ServerID, &t.SessionID,
		engine.At(&t.Created), engine.At(&t.Expires), engine.At(&t.LastActivity))
	return t, err
}

// TokenByHash finds a token, a service's too, expired ones too.
func (t *tx) TokenByHash(ctx context.Context, hash string) (hub.Token, error) {
	tok, err := engine.One(ctx, t.Tx, "read token", scanToken, selectToken+"WHERE t.hash = $1", hash)
	if hub.Is(err, hub.NotFound) {
		return engine.One(ctx, t.Tx, "read token", scanServiceToken, selectServiceToken+"WHERE t.hash = $1", hash)
	}
	return tok, err
}

// TokensByHash finds those that exist, services' too, expired ones too.
func (t *tx) TokensByHash(ctx context.Context, hashes []string) ([]hub.Token, error) {
	found, err := engine.OfKeys(ctx, t.Tx, "read tokens", scanToken, selectToken+"WHERE t.hash ", hashes)
	if err != nil || len(found) == len(hashes) {
		return found, err
	}
	services, err := engine.OfKeys(ctx, t.Tx, "read tokens", scanServiceToken, selectServiceToken+"WHERE t.hash ", hashes)
	return append(found, services...), err
}

// TokenByID finds a person's token, expired ones too.
func (t *tx) TokenByID(ctx context.Context, id int64) (hub.Token, error) {
	return engine.One(ctx, t.Tx, "read token", scanToken, selectToken+"WHERE t.id = $1", id)
}

// TokensOf lists a person's tokens by ID.
func (t *tx) TokensOf(ctx context.Context, userID int64) ([]hub.Token, error) {
	return engine.Many(ctx, t.Tx, "list tokens", scanToken, selectToken+"WHERE t.user_id = $1 ORDER BY t.id", userID)
}

// lastUse is when a token was used last, or else made.
const lastUse = "CASE WHEN t.last_activity > t.created THEN t.last_activity ELSE t.created END"

// ListTokens gives one part of a list, and how many tokens the whole has.
func (t *tx) ListTokens(ctx context.Context, q hub.TokenQuery) ([]hub.Token, int, error) {
	where, order := "WHERE t.user_id = $1 AND (t.expires = 0 OR t.expires > $2)", lastUse+", t.id"
	if q.Own {
		where += " AND (t.client_id IS NULL OR t.client_id = '" + hub.APIClient + "')"
	}
	if q.Newest {
		order = "t.id DESC"
	}
	found, err := engine.Many(ctx, t.Tx, "list tokens", scanToken, selectToken+where+" ORDER BY "+order+" LIMIT $3 OFFSET $4",
		q.UserID, engine.Micros(t.Now()), engine.Limit(q.Limit), max(q.Offset, 0))
	if err != nil || q.Offset <= 0 && (q.Limit <= 0 || len(found) < q.Limit) {
		return found, len(found), err
	}
	total, err := engine.One(ctx, t.Tx, "count tokens", engine.Value[int], "SELECT count(*) FROM tokens t "+where, q.UserID, engine.Micros(t.Now()))
	return found, total, err
}

// GivenTokens gives those that the query asks for, the one made last first.
func (t *tx) GivenTokens(ctx context.Context, q hub.GivenTokenQuery) ([]hub.Token, error) {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	where, args := "", []any{engine.Micros(t.Now()), before, max(q.Limit, 0), hub.APIClient}
	if q.User != "" {
		where, args = " AND t.user_id = (SELECT id FROM users WHERE name = $5)", append(args, q.User)
	}
	return engine.Many(ctx, t.Tx, "list given tokens", scanToken, selectToken+`WHERE t.id < $2 AND t.server_id IS NULL
		AND (t.client_id IS NULL OR t.client_id = $4) AND (t.expires = 0 OR t.expires > $1)`+where+" ORDER BY t.id DESC LIMIT $3", args...)
}

// TokensOfClient lists what the person gave a client.
func (t *tx) TokensOfClient(ctx context.Context, userID int64, clientID string) ([]hub.Token, error) {
	return engine.Many(ctx, t.Tx, "list a client's tokens", scanToken, selectToken+"WHERE t.user_id = $1 AND t.client_id = $2 ORDER BY t.id", userID, clientID)
}

// TokenClients lists the applications that the person gave tokens to.
func (t *tx) TokenClients(ctx context.Context, userID int64, most int) ([]hub.TokenClient, error) {
	return engine.Many(ctx, t.Tx, "list the clients of tokens", func(s engine.Scanner) (c hub.TokenClient, err error) {
		err = s.Scan(&c.ID, &c.Name, &c.Tokens, &c.First, engine.At(&c.Created), engine.At(&c.LastActivity))
		return c, err
	}, `SELECT t.client_id, COALESCE(c.description, ''), count(*), min(t.id), min(t.created), max(t.last_activity)
		FROM tokens t LEFT JOIN oauth_clients c ON c.id = t.client_id
		WHERE t.user_id = $1 AND (t.expires = 0 OR t.expires > $2) AND t.client_id IS NOT NULL AND t.client_id <> '`+hub.APIClient+`'
		GROUP BY t.client_id, c.description ORDER BY max(t.last_activity) DESC, t.client_id LIMIT $3`, userID, engine.Micros(t.Now()), engine.Limit(most))
}

// countedTokens are a person's of one client that have not expired, but for servers' own.
const countedTokens = "t.user_id = $1 AND t.client_id = $2 AND t.server_id IS NULL AND (t.expires = 0 OR t.expires > $3)" //nolint:gosec // a condition, no secret

// CountTokens counts a person's tokens of a client, as far as most.
func (t *tx) CountTokens(ctx context.Context, userID int64, clientID string, most int) (int, error) {
	return engine.One(ctx, t.Tx, "count tokens", engine.Value[int], "SELECT count(*) FROM (SELECT 1 FROM tokens t WHERE "+countedTokens+" LIMIT $4) AS counted",
		userID, clientID, engine.Micros(t.Now()), engine.Limit(most))
}

// DeleteStalest deletes n tokens, the ones that were not used for longest.
func (t *tx) DeleteStalest(ctx context.Context, userID int64, clientID, note string, n int) ([]string, error) {
	return t.noteTokens(ctx, "delete the stalest tokens", "DELETE FROM tokens WHERE id IN (SELECT t.id FROM tokens t WHERE "+countedTokens+
		" AND (CAST($4 AS TEXT) = '' OR t.note = $4) ORDER BY "+lastUse+", t.id LIMIT $5) RETURNING hash, user_id",
		userID, clientID, engine.Micros(t.Now()), note, max(n, 0))
}

// CreateToken fills in ID, Created and the names. It is hub.NotFound where the
// person, service, client, server or session that the token belongs to does not exist.
func (t *tx) CreateToken(ctx context.Context, tok hub.Token) (hub.Token, error) {
	if tok.ServiceID != 0 {
		return t.createServiceToken(ctx, tok)
	}
	if tok.Scopes == nil {
		tok.Scopes = []string{}
	}
	if tok.Chosen {
		t.noteUser(tok.UserID)
	}
	tok.Note, tok.Created = engine.CleanText(tok.Note), hub.Micro(t.Now())
	tok.Expires, tok.LastActivity = hub.Micro(tok.Expires), hub.Micro(tok.LastActivity)
	return engine.One(ctx, t.Tx, "create token", func(s engine.Scanner) (hub.Token, error) {
		err := s.Scan(&tok.ID, &tok.UserName, &tok.ClientName)
		return tok, err
	}, `INSERT INTO tokens
		(user_id, hash, note, scopes, client_id, server_id, session_id, created, expires, last_activity)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		RETURNING id, (SELECT u.name FROM users u WHERE u.id = tokens.user_id),
			COALESCE((SELECT c.description FROM oauth_clients c WHERE c.id = tokens.client_id), '')`,
		tok.UserID, tok.Hash, tok.Note, scopeList(tok.Scopes),
		engine.OrNull(engine.CleanText(tok.ClientID)), engine.OrNull(tok.ServerID), engine.OrNull(engine.CleanText(tok.SessionID)),
		engine.Micros(t.Now()), engine.Micros(tok.Expires), engine.Micros(tok.LastActivity))
}

// scopeList is a list of scopes as it is kept.
func scopeList(scopes []string) string {
	if scopes == nil {
		scopes = []string{}
	}
	return engine.ToJSON(scopes)
}

// DeleteToken is hub.NotFound where there is none.
func (t *tx) DeleteToken(ctx context.Context, id int64) ([]string, error) {
	hashes, err := t.noteTokens(ctx, "delete token", "DELETE FROM tokens WHERE id = $1 RETURNING hash, user_id", id)
	if err == nil && len(hashes) == 0 {
		err = t.Fail(ctx, "delete token", sql.ErrNoRows)
	}
	return hashes, err
}

// DeleteTokensOfClient deletes what a client was given for a person.
func (t *tx) DeleteTokensOfClient(ctx context.Context, userID int64, clientID string) ([]string, error) {
	return t.noteTokens(ctx, "delete a client's tokens",
		"DELETE FROM tokens WHERE user_id = $1 AND client_id = $2 RETURNING hash, user_id", userID, clientID)
}

// DeleteTokensOfServer deletes a server's own tokens.
func (t *tx) DeleteTokensOfServer(ctx context.Context, serverID int64) ([]string, error) {
	return t.noteTokens(ctx, "delete a server's tokens",
		"DELETE FROM tokens WHERE server_id = $1 RETURNING hash, user_id", serverID)
}

// DeleteTokensOfSession deletes the tokens given during a browser session.
func (t *tx) DeleteTokensOfSession(ctx context.Context, sessionID string) ([]string, error) {
	return t.noteTokens(ctx, "delete a session's tokens",
		"DELETE FROM tokens WHERE session_id = $1 RETURNING hash, user_id", sessionID)
}

// DeleteTokensOfUser deletes all of a person's tokens.
func (t *tx) DeleteTokensOfUser(ctx context.Context, userID int64) ([]string, error) {
	return t.noteTokens(ctx, "delete a person's tokens",
		"DELETE FROM tokens WHERE user_id = $1 RETURNING hash, user_id", userID)
}

// DeleteGivenTokens deletes a person's tokens, but not their servers' own.
func (t *tx) DeleteGivenTokens(ctx context.Context, userID int64) ([]string, error) {
	return t.noteTokens(ctx, "delete a person's tokens",
		"DELETE FROM tokens WHERE user_id = $1 AND server_id IS NULL RETURNING hash, user_id", userID)
}

// DeleteGivenTokensOfUsers deletes the people's tokens, but not their servers' own.
func (t *tx) DeleteGivenTokensOfUsers(ctx context.Context, userIDs []int64) error {
	_, err := t.noteTokens(ctx, "delete people's tokens",
		"DELETE FROM tokens WHERE user_id IN "+t.Dialect.IDs()+" AND server_id IS NULL RETURNING hash, user_id", engine.Numbers(userIDs))
	return err
}

// DeleteExpired removes at most count tokens, sessions, codes and failed logins whose time has
// passed, and tickets, jobs that are done, and answers, a day old, which nobody asks for any more.
func (t *tx) DeleteExpired(ctx context.Context, count int) (int, error) {
	gone, err := t.deleteExpiredAccess(ctx, count)
	if err != nil {
		return 0, err
	}
	for _, query := range []string{
		"DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE made < $1 ORDER BY id LIMIT $2)",
		"DELETE FROM job_results WHERE (job_id, place) IN (SELECT r.job_id, r.place FROM jobs j JOIN job_results r ON r.job_id = j.id WHERE j.updated < $1 AND j.state = 'done' LIMIT $2)",
		"DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE updated < $1 AND state = 'done' AND NOT EXISTS (SELECT 1 FROM job_results r WHERE r.job_id = jobs.id) LIMIT $2)",
		"DELETE FROM answers WHERE (owner, key) IN (SELECT owner, key FROM answers WHERE made < $1 ORDER BY made LIMIT $2)",
	} {
		n, err := t.Exec(ctx, "delete of the day before", query, engine.Micros(t.Now().Add(-24*time.Hour)), max(count-gone, 0))
		if err != nil {
			return 0, err
		}
		gone += n
	}
	return gone, nil
}

// deleteExpiredAccess is DeleteExpired for what people come in with. Tokens that were given
// during a session go with it.
func (t *tx) deleteExpiredAccess(ctx context.Context, count int) (gone int, err error) {
	const expired = "expires > 0 AND expires <= $1 ORDER BY expires LIMIT $2)"
	for _, delete := range []func(limit int) (int, error){
		func(limit int) (int, error) {
			hashes, err := t.noteTokens(ctx, "delete expired tokens",
				"DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE "+expired+" RETURNING hash, user_id", engine.Micros(t.Now()), limit)
			return len(hashes), err
		},
		func(limit int) (int, error) {
			return t.Exec(ctx, "delete expired codes", "DELETE FROM oauth_codes WHERE hash IN (SELECT hash FROM oauth_codes WHERE "+expired, engine.Micros(t.Now()), limit)
		},
		func(limit int) (int, error) {
			return t.Exec(ctx, "delete expired share codes", "DELETE FROM share_codes WHERE id IN (SELECT id FROM share_codes WHERE "+expired, engine.Micros(t.Now()), limit)
		},
		func(limit int) (int, error) {
			ids, err := t.deleteSessions(ctx, "id IN (SELECT id FROM sessions WHERE "+expired, engine.Micros(t.Now()), limit)
			return len(ids), err
		},
		func(limit int) (int, error) {
			return t.Exec(ctx, "delete expired visits", "DELETE FROM visits WHERE (server_id, user_id) IN (SELECT server_id, user_id FROM visits WHERE "+expired, engine.Micros(t.Now()), limit)
		},
		func(limit int) (int, error) {
			return t.Exec(ctx, "delete expired failures", "DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures WHERE "+expired, engine.Micros(t.Now()), limit)
		},
	} {
		n, err := delete(max(count-gone, 0))
		if err != nil {
			return 0, err
		}
		gone += n
	}
	return gone, nil
}

// touchTokens moves LastActivity forward.
func (t *tx) touchTokens(ctx context.Context, seen map[int64]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, "touch tokens", "UPDATE tokens SET last_activity = seen.v FROM "+t.Dialect.Pairs()+
		" AS seen WHERE tokens.id = seen.k AND tokens.last_activity < seen.v", engine.Times(seen))
	return err
}
