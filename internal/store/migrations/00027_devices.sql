-- Which devices servers want and have. Nobody gets one that somebody has: not of the same node, nor of another node that is
-- the same machine.

-- +goose Up
CREATE TABLE device_claims (
    node      BYTEWISE_TEXT NOT NULL,
    machine   BYTEWISE_TEXT NOT NULL,
    kind      BYTEWISE_TEXT NOT NULL,
    device    BYTEWISE_TEXT NOT NULL,
    server_id BIGINT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    since     BIGINT NOT NULL,
    PRIMARY KEY (node, kind, device),
    UNIQUE (machine, kind, device)
);
CREATE INDEX device_claims_server ON device_claims (server_id);

ALTER TABLE servers ADD COLUMN devices TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE servers DROP COLUMN devices;
DROP TABLE device_claims;
