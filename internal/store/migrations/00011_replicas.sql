-- The running processes of the hub, and until when each may drive servers. servers.owner
-- is one of them; servers.lease_until goes on saying when the owner last drove its server,
-- for the version before.

-- +goose Up
CREATE TABLE replicas (
    id          BYTEWISE_TEXT NOT NULL PRIMARY KEY,
    node        BYTEWISE_TEXT NOT NULL,
    version     TEXT NOT NULL,
    started     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE replicas;
