-- What was written, noted by the transaction that wrote it, for those who keep something
-- in memory: each process reads what the others noted. Rows are kept for an hour. What
-- follows "-- postgres: " or "-- sqlite: " is for that engine alone. Ids are not in the order
-- of commits on PostgreSQL, where the transaction's id tells which of them have ended. On
-- SQLite the last row is never deleted, so that no id is given out twice without the cost of
-- keeping the last one elsewhere.

-- +goose Up
CREATE TABLE changes (
    -- sqlite: id INTEGER PRIMARY KEY,
    -- postgres: id AUTO_ID,
    -- postgres: xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at            BIGINT NOT NULL,
    origin        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    target_id     BIGINT NOT NULL,
    user_id       BIGINT NOT NULL,
    key           TEXT NOT NULL,
    groups_before TEXT NOT NULL, -- a JSON list of names; empty where they are not told
    groups_after  TEXT NOT NULL
);
-- postgres: CREATE INDEX changes_position ON changes (xid, id);

-- +goose Down
DROP TABLE changes;
