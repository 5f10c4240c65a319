-- Homes, which outlive their people; the machines that have them; and who may not set
-- their first password by logging in any more.

-- +goose Up
CREATE TABLE homes (
    id        BYTEWISE_TEXT NOT NULL PRIMARY KEY,
    place     BYTEWISE_TEXT NOT NULL,
    folder    TEXT NOT NULL,
    uid       BIGINT NOT NULL,
    user_id   BIGINT UNIQUE REFERENCES users (id) ON DELETE SET NULL,
    user_name BYTEWISE_TEXT NOT NULL, -- whose it is, or was last
    state     TEXT NOT NULL,
    archive   TEXT NOT NULL,
    attached  BOOLEAN NOT NULL,
    problem   TEXT NOT NULL,
    created   BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    noted     BIGINT NOT NULL
);
CREATE INDEX homes_place ON homes (place, id);
CREATE INDEX homes_name ON homes (user_name, id);
CREATE INDEX homes_unowned ON homes (id) WHERE user_id IS NULL;
CREATE INDEX homes_due ON homes (place, changed) WHERE noted < changed;

CREATE TABLE nodes (
    id        BYTEWISE_TEXT NOT NULL PRIMARY KEY,
    host      TEXT NOT NULL,
    place     BYTEWISE_TEXT NOT NULL,
    folder    TEXT NOT NULL,
    last_seen BIGINT NOT NULL
);

ALTER TABLE users ADD COLUMN claim_closed BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE users DROP COLUMN claim_closed;
DROP TABLE nodes;
DROP TABLE homes;
