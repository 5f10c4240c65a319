-- +goose Up
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    login_hash TEXT UNIQUE,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires) WHERE expires > 0;

CREATE TABLE oauth_clients (
    id             TEXT PRIMARY KEY,
    secret_hash    TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    description    TEXT NOT NULL,
    allowed_scopes TEXT NOT NULL,
    server_id      BIGINT REFERENCES servers (id) ON DELETE CASCADE,
    owner_id       BIGINT REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX oauth_clients_server ON oauth_clients (server_id);
CREATE INDEX oauth_clients_owner ON oauth_clients (owner_id);

-- The client that tokens made over the API belong to. Nobody logs in through it.
INSERT INTO oauth_clients (id, secret_hash, redirect_uri, description, allowed_scopes)
VALUES ('jupyterhub', '', '', 'JupyterHub', '[]');

CREATE TABLE tokens (
    id            AUTO_ID,
    user_id       BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash          TEXT NOT NULL UNIQUE,
    note          TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    client_id     TEXT REFERENCES oauth_clients (id) ON DELETE CASCADE,
    server_id     BIGINT REFERENCES servers (id) ON DELETE CASCADE,
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    last_activity BIGINT NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id, client_id);
CREATE INDEX tokens_client ON tokens (client_id);
CREATE INDEX tokens_server ON tokens (server_id);
CREATE INDEX tokens_session ON tokens (session_id);
CREATE INDEX tokens_expires ON tokens (expires) WHERE expires > 0;

-- token_id has no foreign key: a code whose token is gone must stay a used one.
CREATE TABLE oauth_codes (
    hash             TEXT PRIMARY KEY,
    client_id        TEXT NOT NULL REFERENCES oauth_clients (id) ON DELETE CASCADE,
    user_id          BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id       TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    redirect_uri     TEXT NOT NULL,
    scopes           TEXT NOT NULL,
    challenge        TEXT NOT NULL,
    challenge_method TEXT NOT NULL,
    expires          BIGINT NOT NULL,
    token_id         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX oauth_codes_client ON oauth_codes (client_id);
CREATE INDEX oauth_codes_user ON oauth_codes (user_id);
CREATE INDEX oauth_codes_session ON oauth_codes (session_id);
CREATE INDEX oauth_codes_expires ON oauth_codes (expires) WHERE expires > 0;

-- +goose Down
DROP TABLE oauth_codes;
DROP TABLE tokens;
DROP TABLE oauth_clients;
DROP TABLE sessions;
