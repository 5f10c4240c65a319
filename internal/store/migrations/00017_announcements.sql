-- What people are told on their pages for some time.

-- +goose Up
CREATE TABLE announcements (
    id       AUTO_ID,
    level    TEXT NOT NULL,
    content  TEXT NOT NULL,
    group_id BIGINT REFERENCES groups (id) ON DELETE CASCADE, -- none: everybody
    begins   BIGINT NOT NULL,
    ends     BIGINT NOT NULL,
    author   TEXT NOT NULL,
    changed  BIGINT NOT NULL
);
CREATE INDEX announcements_group ON announcements (group_id);

-- +goose Down
DROP TABLE announcements;
