package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/quota"
)

// The kinds of jobs.
const (
	jobPeople    = "users"
	jobPasswords = "passwords"
	jobDelete    = "delete"
	jobStart     = "start:servers"
	jobStop      = "delete:servers"
	jobChange    = "change"
	jobJoin      = "join"
	jobLeave     = "leave"
	jobQuota     = "quota"
)

// scopesOf are those of which one must hold one on something to ask for a job of a kind.
func scopesOf(kind string) []string {
	switch kind {
	case jobPeople:
		return access.CreateScopes()
	case jobPasswords, jobChange:
		return access.PasswordScopes()
	case jobDelete:
		return []string{"delete:users"}
	case jobJoin, jobLeave:
		return []string{"groups"}
	case jobQuota:
		return quota.AdminScopes()
	}
	return []string{kind}
}

// Bulk is bulk work of one kind: a Request, PasswordsRequest, ChangeRequest, MembersRequest,
// QuotasRequest, DeleteRequest, StartServers or StopServers.
type Bulk interface {
	// terms tell what is asked for, without secrets.
	terms() jobs.Terms
	// plan makes it a job's work; it may take long.
	plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error)
}

// request is bulk work as jobs take it.
func (pe *People) request(b Bulk) jobs.Request {
	return jobs.Request{
		Terms: b.terms(),
		Plan:  func(ctx context.Context, r *access.Requester) (jobs.Work, error) { return b.plan(ctx, pe, r) },
	}
}

// Bulk does bulk work and gives one result a row, in their order: see jobs.Jobs.Now.
func (pe *People) Bulk(ctx context.Context, r *access.Requester, b Bulk) ([]bulk.Result, error) {
	return pe.jobs.Now(ctx, r, pe.request(b))
}

// BulkLater begins bulk work, for which there must be a key, and gives the job that it is.
// GetJob tells how far it is.
func (pe *People) BulkLater(ctx context.Context, r *access.Requester, b Bulk) (jobs.View, error) {
	return pe.jobs.Later(ctx, r, pe.request(b))
}

// GetJob shows a job, with at most limit results from a row on.
func (pe *People) GetJob(ctx context.Context, r *access.Requester, id int64, from, limit int) (jobs.View, error) {
	return pe.jobs.Get(ctx, r, id, from, limit)
}

// OwnJobs lists the requester's jobs: see jobs.Jobs.Own.
func (pe *People) OwnJobs(ctx context.Context, r *access.Requester, before int64, limit int) ([]jobs.View, bool, error) {
	return pe.jobs.Own(ctx, r, before, limit)
}

// CallOffJob ends a job: see jobs.Jobs.CallOff.
func (pe *People) CallOffJob(ctx context.Context, r *access.Requester, id int64) (jobs.View, error) {
	return pe.jobs.CallOff(ctx, r, id)
}

// MayAskForJobs is nil for those who could have asked for one.
func (pe *People) MayAskForJobs(r *access.Requester) error { return pe.jobs.MayAsk(r) }

// chunkTime is how long a transaction of a job is to take: short where one writes at a time,
// longer where that costs nobody a wait, and each statement has a price of its own.
func chunkTime(shared bool) time.Duration {
	if shared {
		return 200 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// RunJobs goes on with jobs that were left by a hub that ended, until ctx ends.
func (pe *People) RunJobs(ctx context.Context) { pe.jobs.Run(ctx) }

// TakeUpJobs is one turn of RunJobs.
func (pe *People) TakeUpJobs(ctx context.Context) error { return pe.jobs.TakeUp(ctx) }

// Close ends the work on jobs, which another hub may take up at once.
func (pe *People) Close() { pe.jobs.Close() }

// jobBase is what all work has.
type jobBase struct {
	svc *People
	r   *access.Requester
	job hub.Job
}

func newJobBase(a *People, r *access.Requester) jobBase {
	own := *r // the request's goes on being the request's
	return jobBase{svc: a, r: &own}
}

// Of implements jobs.Work.
func (w *jobBase) Of(job hub.Job) { w.job, w.r.JobID = job, job.ID }

// Check implements bulk.Work.
func (w *jobBase) Check(ctx context.Context) error { return w.svc.jobs.StillGood(ctx, w.r) }

// GiveUp implements bulk.Work for rows with which nothing was begun.
func (w *jobBase) GiveUp(_ context.Context, _ data.Tx, pending []bulk.Outcome) ([]string, error) {
	return make([]string, len(pending)), nil
}

// Await implements bulk.Work for rows that wait for nothing.
func (w *jobBase) Await(context.Context, []bulk.Outcome) error { return nil }

// openJob makes the work of a job, which r asked for, of what it is kept as.
func (pe *People) openJob(r *access.Requester, job hub.Job, task json.RawMessage) (jobs.Work, error) {
	var w jobs.Work
	base := jobBase{svc: pe, r: r}
	switch job.Kind {
	case jobPeople, jobPasswords:
		w = &peopleWork{jobBase: base}
	case jobChange:
		w = &accountWork{jobBase: base}
	case jobJoin, jobLeave:
		w = &membersWork{jobBase: base}
	case jobQuota:
		w = &quotaWork{jobBase: base}
	case jobDelete:
		w = &deletion{jobBase: base}
	case jobStart:
		w = &serverWork{jobBase: base, start: true}
	case jobStop:
		w = &serverWork{jobBase: base}
	default:
		return nil, fmt.Errorf("job %d is of the unknown kind %s", job.ID, job.Kind)
	}
	kept, _ := w.Task()
	if err := json.Unmarshal(task, kept); err != nil {
		return nil, fmt.Errorf("read the task of job %d: %w", job.ID, err)
	}
	return w, nil
}
