-- +goose Up
CREATE TABLE servers (
    id            AUTO_ID,
    user_id       BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          BYTEWISE_TEXT NOT NULL,
    display_name  TEXT NOT NULL,
    options       TEXT NOT NULL,
    want_running  BOOLEAN NOT NULL,
    phase         TEXT NOT NULL,
    phase_since   BIGINT NOT NULL,
    remove        BOOLEAN NOT NULL,
    fence         BIGINT NOT NULL,
    owner         TEXT NOT NULL,
    lease_until   BIGINT NOT NULL,
    node          TEXT NOT NULL,
    upstream      TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    ticket        BIGINT NOT NULL,
    requested     BIGINT NOT NULL,
    started       BIGINT NOT NULL,
    ready_at      BIGINT NOT NULL,
    last_activity BIGINT NOT NULL,
    failure       TEXT NOT NULL,
    failure_log   TEXT NOT NULL,
    client_id     TEXT NOT NULL, -- of the current run's OAuth client, which may be gone
    UNIQUE (user_id, name)
);
CREATE INDEX servers_live ON servers (ticket, id)
    WHERE want_running OR remove OR phase NOT IN ('stopped', 'failed');
CREATE INDEX servers_owner ON servers (owner) WHERE owner <> '';

-- One row a start: the ids are the order of asking.
CREATE TABLE tickets (
    id   AUTO_ID,
    made BIGINT NOT NULL
);

-- +goose Down
DROP TABLE tickets;
DROP TABLE servers;
