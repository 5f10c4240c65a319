-- What a job is made with lies beside it: a job's row is written at each of its steps, and a task may be megabytes. One of a
-- version before stays in its row, until that job is done.

-- +goose Up
CREATE TABLE job_tasks (
    job_id BIGINT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    task   TEXT NOT NULL
);

-- +goose Down
UPDATE jobs SET task = (SELECT t.task FROM job_tasks t WHERE t.job_id = jobs.id) WHERE id IN (SELECT job_id FROM job_tasks);
DROP TABLE job_tasks;
