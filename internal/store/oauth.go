package store

import (
	"context"
	"database/sql"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

func scanClient(s engine.Scanner) (c hub.OAuthClient, err error) {
	err = s.Scan(&c.ID, &c.SecretHash, &c.RedirectURI, &c.Description, engine.List(&c.AllowedScopes), &c.ServerID, &c.OwnerID, &c.ServiceID)
	return c, err
}

// OAuthClient finds a client that people can log in through; hub.APIClient is none.
func (t *tx) OAuthClient(ctx context.Context, id string) (hub.OAuthClient, error) {
	return engine.One(ctx, t.Tx, "read OAuth client", scanClient, `SELECT id, secret_hash, redirect_uri, description, allowed_scopes,
		COALESCE(server_id, 0), COALESCE(owner_id, 0), COALESCE(service_id, 0) FROM oauth_clients WHERE id = $1 AND id <> $2`, id, hub.APIClient)
}

// PutOAuthClient makes or replaces a client by its ID; its tokens stay. It is
// hub.Conflict for a client of another server or service.
func (t *tx) PutOAuthClient(ctx context.Context, c hub.OAuthClient) error {
	if c.ID == hub.APIClient {
		return hub.Errorf(hub.Invalid, "The OAuth client %s is the hub's own.", c.ID)
	}
	n, err := t.Exec(ctx, "put OAuth client", `INSERT INTO oauth_clients
		(id, secret_hash, redirect_uri, description, allowed_scopes, server_id, owner_id, service_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, redirect_uri = excluded.redirect_uri,
			description = excluded.description, allowed_scopes = excluded.allowed_scopes,
			server_id = excluded.server_id, owner_id = excluded.owner_id, service_id = excluded.service_id
			WHERE COALESCE(oauth_clients.server_id, 0) IN (0, COALESCE(excluded.server_id, 0))
				AND COALESCE(oauth_clients.service_id, 0) IN (0, COALESCE(excluded.service_id, 0))`,
		c.ID, c.SecretHash, c.RedirectURI, c.Description, scopeList(c.AllowedScopes), engine.OrNull(c.ServerID), engine.OrNull(c.OwnerID), engine.OrNull(c.ServiceID))
	if err == nil && n == 0 {
		return hub.Errorf(hub.Conflict, "The OAuth client %s is somebody else's already.", c.ID)
	}
	return err
}

// DeleteOAuthClient deletes a client with its codes and tokens, and gives the
// tokens' hashes.
func (t *tx) DeleteOAuthClient(ctx context.Context, id string) ([]string, error) {
	if id == hub.APIClient {
		return nil, t.Fail(ctx, "delete OAuth client", sql.ErrNoRows)
	}
	hashes, err := t.noteTokens(ctx, "delete a client's tokens", "DELETE FROM tokens WHERE client_id = $1 RETURNING hash, user_id", id)
	if err != nil {
		return nil, err
	}
	return hashes, t.ExecOne(ctx, "delete OAuth client", "DELETE FROM oauth_clients WHERE id = $1", id)
}

// CreateOAuthCode keeps a code that was not used yet.
func (t *tx) CreateOAuthCode(ctx context.Context, c hub.OAuthCode) error {
	_, err := t.Exec(ctx, "create OAuth code", `INSERT INTO oauth_codes
		(hash, client_id, user_id, session_id, redirect_uri, scopes, challenge, challenge_method, expires, token_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.Hash, c.ClientID, c.UserID, engine.OrNull(c.SessionID), c.RedirectURI, scopeList(c.Scopes),
		c.Challenge, c.ChallengeMethod, engine.Micros(c.Expires), c.TokenID)
	return err
}

// TrimOAuthCodes deletes a person's codes but those keep that are good for longest.
func (t *tx) TrimOAuthCodes(ctx context.Context, userID int64, keep int) error {
	_, err := t.Exec(ctx, "trim OAuth codes", `DELETE FROM oauth_codes WHERE hash IN
		(SELECT hash FROM oauth_codes WHERE user_id = $1 ORDER BY expires DESC, hash LIMIT 1000000 OFFSET $2)`, userID, max(keep, 0))
	return err
}

// OAuthCode finds a code, used and expired ones too.
func (t *tx) OAuthCode(ctx context.Context, hash string) (hub.OAuthCode, error) {
	return engine.One(ctx, t.Tx, "read OAuth code", func(s engine.Scanner) (c hub.OAuthCode, err error) {
		err = s.Scan(&c.Hash, &c.ClientID, &c.UserID, &c.SessionID, &c.RedirectURI, engine.List(&c.Scopes),
			&c.Challenge, &c.ChallengeMethod, engine.At(&c.Expires), &c.TokenID)
		return c, err
	}, `SELECT hash, client_id, user_id, COALESCE(session_id, ''), redirect_uri, scopes,
		challenge, challenge_method, expires, token_id FROM oauth_codes WHERE hash = $1`, hash)
}

// UseOAuthCode marks a code as exchanged for the token; false when it had been
// already, hub.NotFound when there is none.
func (t *tx) UseOAuthCode(ctx context.Context, hash string, tokenID int64) (bool, error) {
	n, err := t.Exec(ctx, "use OAuth code", "UPDATE oauth_codes SET token_id = $2 WHERE hash = $1 AND token_id = 0", hash, tokenID)
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = engine.One(ctx, t.Tx, "use OAuth code", engine.Value[int64], "SELECT token_id FROM oauth_codes WHERE hash = $1", hash)
	return false, err
}
