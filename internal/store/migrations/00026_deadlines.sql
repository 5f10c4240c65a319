-- For how long the run of a server may be ready, and when it is stopped for that.

-- +goose Up
ALTER TABLE servers ADD COLUMN time_limit BIGINT NOT NULL DEFAULT 0; -- seconds; 0: none
ALTER TABLE servers ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;    -- 0: not ready yet, or no limit
CREATE INDEX servers_ends ON servers (ends_at) WHERE ends_at > 0;

-- +goose Down
DROP INDEX servers_ends;
ALTER TABLE servers DROP COLUMN ends_at;
ALTER TABLE servers DROP COLUMN time_limit;
