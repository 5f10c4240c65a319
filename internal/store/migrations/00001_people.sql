-- The words AUTO_ID and BYTEWISE_TEXT stand for what each engine calls an id that
-- is never given out twice, and a text compared byte by byte. Times are
-- microseconds since 1970, 0 for none; JSON is text.

-- +goose Up
CREATE TABLE users (
    id            AUTO_ID,
    name          BYTEWISE_TEXT NOT NULL UNIQUE,
    admin         BOOLEAN NOT NULL,
    suspended     BOOLEAN NOT NULL DEFAULT FALSE,
    created       BIGINT NOT NULL,
    last_activity BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX users_last_activity ON users (last_activity, id);

CREATE TABLE passwords (
    user_id     BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash        TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE groups (
    id         AUTO_ID,
    name       BYTEWISE_TEXT NOT NULL UNIQUE,
    properties TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE memberships (
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, group_id);

-- +goose Down
DROP TABLE memberships;
DROP TABLE groups;
DROP TABLE passwords;
DROP TABLE users;
