-- What each run of a server was started with, for as long as its events are kept, and why a
-- server was stopped last.

-- +goose Up
CREATE TABLE runs (
    server_id BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    fence     BIGINT NOT NULL,
    begun     BIGINT NOT NULL,
    launch    TEXT NOT NULL,
    PRIMARY KEY (server_id, fence)
);
CREATE INDEX runs_begun ON runs (begun);

ALTER TABLE servers ADD COLUMN stop_reason TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE servers DROP COLUMN stop_reason;
DROP TABLE runs;
