-- When each running server was last used, apart from what browsers do that nobody looks at, and what its
-- kernels said when they were asked last.

-- +goose Up
CREATE TABLE idleness (
    server_id   BIGINT PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    started     BIGINT NOT NULL,
    last_used   BIGINT NOT NULL,
    asked       BIGINT NOT NULL DEFAULT 0, -- 0: never
    kernels     BIGINT NOT NULL DEFAULT 0,
    busy        BIGINT NOT NULL DEFAULT 0,
    connections BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX idleness_started ON idleness (started);
CREATE INDEX idleness_used ON idleness (last_used);
INSERT INTO idleness (server_id, started, last_used)
    SELECT id, started, last_activity FROM servers WHERE phase = 'ready';

-- +goose Down
DROP TABLE idleness;
