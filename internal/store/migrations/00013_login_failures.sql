-- Failed logins, counted once for all hubs of a database. The keys are digests: of a name
-- and an address, of a name, of an address.

-- +goose Up
CREATE TABLE login_failures (
    key     BYTEWISE_TEXT PRIMARY KEY,
    count   BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX login_failures_expires ON login_failures (expires);

-- +goose Down
DROP TABLE login_failures;
