package data

import (
	"context"
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// JobTx keeps bulk work: what is to be done, how far it is, and what became of each row.
type JobTx interface {
	// CreateJob keeps a job with its task, and fills in ID, Created and Updated. It is
	// hub.Conflict where the owner has one under the key.
	CreateJob(ctx context.Context, j hub.Job, task json.RawMessage) (hub.Job, error)
	JobByID(ctx context.Context, id int64) (hub.Job, error)
	JobByKey(ctx context.Context, owner, key string) (hub.Job, error)
	// RunningJob finds the oldest job of a kind that runs and has the digest, whoever asked for it.
	RunningJob(ctx context.Context, kind, digest string) (hub.Job, error)
	// JobTask is what CreateJob was given; empty once the job is done.
	JobTask(ctx context.Context, id int64) (json.RawMessage, error)
	// JobsOf lists at most limit jobs that the owner has under keys, the newest first, those alone
	// that were made before the one given; 0: all.
	JobsOf(ctx context.Context, owner string, before int64, limit int) ([]hub.Job, error)
	// CallOffJob gives a job that runs another Asker, and ends its worker's claim: whoever takes it
	// up sees the new one. false where it does not run any more.
	CallOffJob(ctx context.Context, id int64, asker json.RawMessage) (bool, error)
	// CountJobs counts the jobs that the owner has under keys, as far as most.
	CountJobs(ctx context.Context, owner string, most int) (int, error)
	// FreeJobs lists jobs that run and that nobody holds a claim on, oldest first.
	FreeJobs(ctx context.Context, limit int) ([]hub.Job, error)
	// ClaimJob gives the worker the job until a time: false where it does not run any more, or
	// another worker's claim has not run out.
	ClaimJob(ctx context.Context, id int64, worker string, until time.Time) (bool, error)
	// KeepJob moves on the claim that the worker has: false where it has none any more.
	KeepJob(ctx context.Context, id int64, worker string, until time.Time) (bool, error)
	// AdvanceJob writes Pass, Next, State and ClaimUntil, if the worker still holds the job and it
	// is where it was; otherwise it is false. A job that is done loses its task.
	AdvanceJob(ctx context.Context, j hub.Job, pass, next int) (bool, error)
	DeleteJob(ctx context.Context, id int64) error
	// PutJobResults keeps what became of rows, or replaces what was kept of them.
	PutJobResults(ctx context.Context, id int64, results []hub.JobResult) error
	// JobResults lists at most limit results from a row on, in their order.
	JobResults(ctx context.Context, id int64, from, limit int) ([]hub.JobResult, error)
	// CountJobResults counts the rows with a Final result.
	CountJobResults(ctx context.Context, id int64) (int, error)
}
