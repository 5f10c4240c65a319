-- Bulk work as jobs: what is to be done, how far it is, who works on it, and what became of
-- each row. They take the place of the answers, which nobody writes any more. Each entry of
-- the audit log tells the job that it belongs to.

-- +goose Up
CREATE TABLE jobs (
    id          AUTO_ID,
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL, -- empty: none
    digest      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    asker       TEXT NOT NULL,
    task        TEXT NOT NULL, -- empty once it is done
    total       BIGINT NOT NULL,
    pass        BIGINT NOT NULL,
    next        BIGINT NOT NULL,
    state       TEXT NOT NULL,
    worker      TEXT NOT NULL,
    claim_until BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_key ON jobs (owner, key) WHERE key <> '';
CREATE INDEX jobs_running ON jobs (id) WHERE state = 'running';
CREATE INDEX jobs_updated ON jobs (updated);

CREATE TABLE job_results (
    job_id BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    place  BIGINT NOT NULL,
    result TEXT NOT NULL,
    final  BOOLEAN NOT NULL, -- nothing more is to be done about the row
    PRIMARY KEY (job_id, place)
);

-- What was answered goes on being answered. (The table stays for the version before.)
INSERT INTO jobs (owner, key, digest, kind, asker, task, total, pass, next, state, worker, claim_until, created, updated)
    SELECT owner, key, digest, 'answer', '{}', '', 0, 0, 0, 'done', '', 0, made, made FROM answers WHERE content LIKE '[%';
INSERT INTO job_results (job_id, place, result, final)
    SELECT j.id, e.key, e.value, TRUE FROM jobs j JOIN answers a ON a.owner = j.owner AND a.key = j.key CROSS JOIN EACH_OF(a.content) AS e;
UPDATE jobs SET total = (SELECT count(*) FROM job_results r WHERE r.job_id = jobs.id);

ALTER TABLE audit ADD COLUMN job_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX audit_job ON audit (job_id, id) WHERE job_id <> 0;

-- +goose Down
DROP INDEX audit_job;
ALTER TABLE audit DROP COLUMN job_id;
DROP TABLE job_results;
DROP TABLE jobs;
