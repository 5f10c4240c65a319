-- What is recorded outlives the people and servers it is about: no foreign keys,
-- names beside the ids.

-- +goose Up
CREATE TABLE audit (
    id          AUTO_ID,
    at          BIGINT NOT NULL,
    request_id  TEXT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    BIGINT NOT NULL,
    actor_name  TEXT NOT NULL,
    address     TEXT NOT NULL,
    action      TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id   BIGINT NOT NULL,
    target_name TEXT NOT NULL,
    before_json TEXT NOT NULL,
    after_json  TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE server_events (
    id          AUTO_ID,
    server_id   BIGINT NOT NULL,
    server_name TEXT NOT NULL,
    user_id     BIGINT NOT NULL,
    user_name   TEXT NOT NULL,
    fence       BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    request_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    progress    BIGINT NOT NULL,
    message     TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX server_events_run ON server_events (server_id, fence, id);
CREATE INDEX server_events_at ON server_events (at);

CREATE TABLE server_usage (
    id            AUTO_ID,
    server_id     BIGINT NOT NULL,
    server_name   TEXT NOT NULL,
    user_id       BIGINT NOT NULL,
    user_name     TEXT NOT NULL,
    fence         BIGINT NOT NULL,
    started       BIGINT NOT NULL,
    charged_until BIGINT NOT NULL,
    ended         BIGINT NOT NULL,
    UNIQUE (server_id, fence)
);
CREATE INDEX server_usage_open ON server_usage (server_id) WHERE ended = 0;
CREATE INDEX server_usage_user ON server_usage (user_id, started);

-- +goose Down
DROP TABLE server_usage;
DROP TABLE server_events;
DROP TABLE audit;
