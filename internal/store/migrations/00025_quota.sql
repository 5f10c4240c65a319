-- What people may spend on servers. Amounts are sixtieths of a credit; rates are sixtieths a second.

-- +goose Up
CREATE TABLE quota_accounts (
    id        AUTO_ID,
    user_id   BIGINT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    settled   BIGINT NOT NULL, -- the sum of its entries
    unlimited BOOLEAN NOT NULL,
    changed   BIGINT NOT NULL
);

-- Only ever added to.
CREATE TABLE quota_entries (
    id          AUTO_ID,
    account_id  BIGINT NOT NULL REFERENCES quota_accounts (id) ON DELETE CASCADE,
    at          BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    balance     BIGINT NOT NULL, -- after it
    actor       TEXT NOT NULL,
    note        TEXT NOT NULL,
    request     BYTEWISE_TEXT NOT NULL, -- the key that a change came under; empty: none
    server_name TEXT NOT NULL,   -- of usage, and what follows
    fence       BIGINT NOT NULL,
    rate        BIGINT NOT NULL,
    seconds     BIGINT NOT NULL
);
CREATE INDEX quota_entries_account ON quota_entries (account_id, id);
CREATE UNIQUE INDEX quota_entries_request ON quota_entries (account_id, request) WHERE request <> '';

-- The run that each server has at the moment, from its start being asked for; it becomes an entry when it ends.
CREATE TABLE quota_runs (
    server_id   BIGINT PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    account_id  BIGINT NOT NULL REFERENCES quota_accounts (id) ON DELETE CASCADE,
    rate        BIGINT NOT NULL,
    held        BIGINT NOT NULL,
    spent       BIGINT NOT NULL,
    seconds     BIGINT NOT NULL, -- that were charged
    until       BIGINT NOT NULL, -- the second since 1970 up to which it is metered; 0: not yet
    empty_since BIGINT NOT NULL  -- the second in which nothing was left; 0: something is
);
CREATE INDEX quota_runs_account ON quota_runs (account_id);
CREATE INDEX quota_runs_empty ON quota_runs (empty_since) WHERE empty_since > 0;

-- +goose Down
DROP TABLE quota_runs;
DROP TABLE quota_entries;
DROP TABLE quota_accounts;
