-- Answers to requests that carried a key of the client's choosing: one that is sent
-- again is answered again, and not done again. The audit log, read by target and actor.

-- +goose Up
CREATE TABLE answers (
    owner   TEXT NOT NULL,
    key     TEXT NOT NULL,
    digest  TEXT NOT NULL,
    content TEXT NOT NULL,
    made    BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX answers_made ON answers (made);
CREATE INDEX audit_target ON audit (target_name, id);
CREATE INDEX audit_actor ON audit (actor_name, id);

-- +goose Down
DROP INDEX audit_actor;
DROP INDEX audit_target;
DROP TABLE answers;
