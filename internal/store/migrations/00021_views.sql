-- Ways to look at the list of people that somebody keeps under names.

-- +goose Up
CREATE TABLE views (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- +goose Down
DROP TABLE views;
