-- Services, who holds which role beyond the default ones, and shared servers.

-- +goose Up
CREATE TABLE services (
    id             AUTO_ID,
    name           BYTEWISE_TEXT NOT NULL UNIQUE,
    admin          BOOLEAN NOT NULL,
    url            TEXT NOT NULL,
    display        BOOLEAN NOT NULL,
    info           TEXT NOT NULL,
    from_config    BOOLEAN NOT NULL,
    managed        BOOLEAN NOT NULL,
    command        TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    allowed_scopes TEXT NOT NULL,
    no_confirm     BOOLEAN NOT NULL
);

ALTER TABLE oauth_clients ADD COLUMN service_id BIGINT REFERENCES services (id) ON DELETE CASCADE;
CREATE INDEX oauth_clients_service ON oauth_clients (service_id);

-- Tokens of services: they belong to no person, session or server.
CREATE TABLE service_tokens (
    id            AUTO_ID,
    service_id    BIGINT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    hash          TEXT NOT NULL UNIQUE,
    note          TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    last_activity BIGINT NOT NULL
);
CREATE INDEX service_tokens_service ON service_tokens (service_id);

-- One of the three ids is set.
CREATE TABLE role_members (
    role       BYTEWISE_TEXT NOT NULL,
    user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    group_id   BIGINT REFERENCES groups (id) ON DELETE CASCADE,
    service_id BIGINT REFERENCES services (id) ON DELETE CASCADE,
    UNIQUE (user_id, role),
    UNIQUE (group_id, role),
    UNIQUE (service_id, role)
);

-- One of user_id and group_id is set: with whom the server is shared.
CREATE TABLE shares (
    id        AUTO_ID,
    server_id BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    user_id   BIGINT REFERENCES users (id) ON DELETE CASCADE,
    group_id  BIGINT REFERENCES groups (id) ON DELETE CASCADE,
    scopes    TEXT NOT NULL,
    created   BIGINT NOT NULL,
    UNIQUE (server_id, user_id),
    UNIQUE (server_id, group_id)
);
CREATE INDEX shares_user ON shares (user_id);
CREATE INDEX shares_group ON shares (group_id);

CREATE TABLE share_codes (
    id             AUTO_ID,
    server_id      BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    hash           TEXT NOT NULL UNIQUE,
    scopes         TEXT NOT NULL,
    created        BIGINT NOT NULL,
    expires        BIGINT NOT NULL,
    exchanges      BIGINT NOT NULL,
    last_exchanged BIGINT NOT NULL
);
CREATE INDEX share_codes_server ON share_codes (server_id);
CREATE INDEX share_codes_expires ON share_codes (expires);

-- +goose Down
DROP TABLE share_codes;
DROP TABLE shares;
DROP TABLE role_members;
DROP TABLE service_tokens;
DROP INDEX oauth_clients_service;
ALTER TABLE oauth_clients DROP COLUMN service_id;
DROP TABLE services;
