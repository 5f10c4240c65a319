-- Who is in somebody else's server, so that its owner is told, whichever replica they ask.

-- +goose Up
CREATE TABLE visits (
    server_id BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- the visitor
    since     BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX visits_user ON visits (user_id);
CREATE INDEX visits_expires ON visits (expires);

-- +goose Down
DROP TABLE visits;
