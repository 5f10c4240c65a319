package ledger

import (
	"context"
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectJob = `SELECT id, owner, key, digest, kind, asker, total, pass, next, state, worker, claim_until, created, updated FROM jobs `

func scanJob(s engine.Scanner) (j hub.Job, err error) {
	err = s.Scan(&j.ID, &j.Owner, &j.Key, &j.Digest, &j.Kind, engine.Raw(&j.Asker), &j.Total, &j.Pass, &j.Next, &j.State,
		&j.Worker, engine.At(&j.ClaimUntil), engine.At(&j.Created), engine.At(&j.Updated))
	return j, err
}

// CreateJob fills in ID, Created and Updated. It is hub.Conflict where the owner has one under
// the key.
func (t *Ledger) CreateJob(ctx context.Context, j hub.Job, task json.RawMessage) (hub.Job, error) {
	id, err := engine.One(ctx, t.Tx, "create job", engine.Value[int64], `INSERT INTO jobs
			(owner, key, digest, kind, asker, task, total, pass, next, state, worker, claim_until, created, updated)
		VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, $10, $11, $12, $12) RETURNING id`,
		j.Owner, j.Key, j.Digest, j.Kind, engine.Object(j.Asker), j.Total, j.Pass, j.Next, string(j.State),
		j.Worker, engine.Micros(j.ClaimUntil), engine.Micros(t.Now()))
	if err != nil {
		return j, err
	}
	j.ID, j.Created, j.Updated = id, t.Now(), t.Now()
	if len(task) > 0 {
		_, err = t.Exec(ctx, "keep a job's task", "INSERT INTO job_tasks (job_id, task) VALUES ($1, $2)", id, string(task))
	}
	return j, err
}

// JobByID finds a job.
func (t *Ledger) JobByID(ctx context.Context, id int64) (hub.Job, error) {
	return engine.One(ctx, t.Tx, "read job", scanJob, selectJob+"WHERE id = $1", id)
}

// JobByKey finds the job that an owner asked for under a key.
func (t *Ledger) JobByKey(ctx context.Context, owner, key string) (hub.Job, error) {
	return engine.One(ctx, t.Tx, "read job", scanJob, selectJob+"WHERE owner = $1 AND key = $2 AND key <> ''", owner, key)
}

// RunningJob finds the oldest job of a kind that runs and has the digest.
func (t *Ledger) RunningJob(ctx context.Context, kind, digest string) (hub.Job, error) {
	return engine.One(ctx, t.Tx, "read job", scanJob, selectJob+"WHERE state = 'running' AND kind = $1 AND digest = $2 ORDER BY id LIMIT 1", kind, digest)
}

// JobTask is what the job was made with; empty once it is done. That of a version before is in the job's row.
func (t *Ledger) JobTask(ctx context.Context, id int64) (json.RawMessage, error) {
	return engine.One(ctx, t.Tx, "read a job's task", func(s engine.Scanner) (task json.RawMessage, err error) {
		err = s.Scan(engine.Raw(&task))
		return task, err
	}, "SELECT COALESCE(t.task, j.task) FROM jobs j LEFT JOIN job_tasks t ON t.job_id = j.id WHERE j.id = $1", id)
}

// JobsOf lists jobs under keys, the newest first.
func (t *Ledger) JobsOf(ctx context.Context, owner string, before int64, limit int) ([]hub.Job, error) {
	return engine.Many(ctx, t.Tx, "list jobs", scanJob, selectJob+"WHERE owner = $1 AND key <> '' AND (CAST($2 AS BIGINT) = 0 OR id < $2) ORDER BY id DESC LIMIT $3",
		owner, before, engine.Limit(limit))
}

// CallOffJob gives a job that runs another Asker, and ends the claim on it.
func (t *Ledger) CallOffJob(ctx context.Context, id int64, asker json.RawMessage) (bool, error) {
	n, err := t.Exec(ctx, "call job off", "UPDATE jobs SET asker = $2, worker = '', claim_until = 0, updated = $3 WHERE id = $1 AND state = 'running'",
		id, engine.Object(asker), engine.Micros(t.Now()))
	return n > 0, err
}

// CountJobs counts the jobs that an owner has under keys, as far as most.
func (t *Ledger) CountJobs(ctx context.Context, owner string, most int) (int, error) {
	return engine.One(ctx, t.Tx, "count jobs", engine.Value[int],
		"SELECT count(*) FROM (SELECT 1 FROM jobs WHERE owner = $1 AND key <> '' LIMIT $2) AS counted", owner, engine.Limit(most))
}

// FreeJobs lists jobs that run and that nobody holds a claim on, oldest first.
func (t *Ledger) FreeJobs(ctx context.Context, count int) ([]hub.Job, error) {
	return engine.Many(ctx, t.Tx, "list free jobs", scanJob, selectJob+"WHERE state = 'running' AND claim_until < $1 ORDER BY id LIMIT $2",
		engine.Micros(t.Now()), engine.Limit(count))
}

// ClaimJob gives a worker the job until a time; false where another worker holds it, or it
// does not run.
func (t *Ledger) ClaimJob(ctx context.Context, id int64, worker string, until time.Time) (bool, error) {
	n, err := t.Exec(ctx, "claim job", `UPDATE jobs SET worker = $2, claim_until = $3
		WHERE id = $1 AND state = 'running' AND (worker = $2 OR claim_until < $4)`, id, worker, engine.Micros(until), engine.Micros(t.Now()))
	return n > 0, err
}

// KeepJob moves on the claim that the worker has; false where it has none any more.
func (t *Ledger) KeepJob(ctx context.Context, id int64, worker string, until time.Time) (bool, error) {
	n, err := t.Exec(ctx, "keep job", "UPDATE jobs SET claim_until = $3 WHERE id = $1 AND state = 'running' AND worker = $2",
		id, worker, engine.Micros(until))
	return n > 0, err
}

// AdvanceJob writes how far the job is, if its worker still holds it and it is at the pass and
// the row given.
func (t *Ledger) AdvanceJob(ctx context.Context, j hub.Job, pass, next int) (bool, error) {
	n, err := t.Exec(ctx, "advance job", `UPDATE jobs SET pass = $2, next = $3, state = $4, claim_until = $5, updated = $6,
			task = CASE WHEN $4 = 'done' THEN '' ELSE task END
		WHERE id = $1 AND worker = $7 AND state = 'running' AND pass = $8 AND next = $9`,
		j.ID, j.Pass, j.Next, string(j.State), engine.Micros(j.ClaimUntil), engine.Micros(t.Now()), j.Worker, pass, next)
	if err != nil || n == 0 || j.State != hub.JobDone {
		return n > 0, err
	}
	_, err = t.Exec(ctx, "drop a job's task", "DELETE FROM job_tasks WHERE job_id = $1", j.ID)
	return true, err
}

// DeleteJob removes a job with its results; it may be gone already.
func (t *Ledger) DeleteJob(ctx context.Context, id int64) error {
	_, err := t.Exec(ctx, "delete job", "DELETE FROM jobs WHERE id = $1", id)
	return err
}

// PutJobResults keeps what became of rows, or replaces what was kept of them.
func (t *Ledger) PutJobResults(ctx context.Context, id int64, results []hub.JobResult) error {
	if len(results) == 0 {
		return nil
	}
	list := make([][]any, len(results))
	for i, x := range results {
		list[i] = []any{x.Place, string(x.Result), x.Final}
	}
	_, err := t.Exec(ctx, "keep results", `INSERT INTO job_results (job_id, place, result, final)
		SELECT CAST($2 AS BIGINT), place, result, final FROM `+t.Dialect.Records("place BIGINT", "result TEXT", "final BOOLEAN")+` AS given
		WHERE TRUE ON CONFLICT (job_id, place) DO UPDATE SET result = excluded.result, final = excluded.final`, engine.Tuples(list), id)
	return err
}

// JobResults lists at most count results from a row on, in their order.
func (t *Ledger) JobResults(ctx context.Context, id int64, from, count int) ([]hub.JobResult, error) {
	return engine.Many(ctx, t.Tx, "list results", func(s engine.Scanner) (x hub.JobResult, err error) {
		err = s.Scan(&x.Place, engine.Raw(&x.Result), &x.Final)
		return x, err
	}, "SELECT place, result, final FROM job_results WHERE job_id = $1 AND place >= $2 ORDER BY place LIMIT $3", id, from, engine.Limit(count))
}

// CountJobResults counts the rows that nothing more is to be done about.
func (t *Ledger) CountJobResults(ctx context.Context, id int64) (int, error) {
	return engine.One(ctx, t.Tx, "count results", engine.Value[int], "SELECT count(*) FROM job_results WHERE job_id = $1 AND final", id)
}
