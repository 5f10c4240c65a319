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
)

// The kinds of jobs.
const (
	jobPeople    = "users"
	jobPasswords = "passwords"
	jobDelete    = "delete"
	jobStart     = "start:servers"
	jobStop      = "delete:servers"
)

// Bulk is bulk work of one kind: a Request, PasswordsRequest, DeleteRequest,
// StartServers or StopServers.
type Bulk interface {
	// terms tell what is asked for, without secrets.
	terms() bulkTerms
	// plan makes it a job's work; it may take long.
	plan(ctx context.Context, a *People, r *access.Requester) (jobWork, error)
}

// bulkTerms is what is the same of all kinds of bulk work.
type bulkTerms struct {
	kind   string
	scope  string
	key    string
	dryRun bool
	rows   int   // 0 where a filter says which
	digest []any // tells one request from another
}

// jobWork is bulk.Work that can be foreseen, and kept.
type jobWork interface {
	bulk.Work
	// task is what the work can be made of again by openJob, and how many rows it has.
	task() (any, int)
	// foresee says what would become of the rows.
	foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error)
	// of tells the work which job it belongs to.
	of(job hub.Job)
}

// Bulk does bulk work and gives one result a row, in their order. A bad row fails alone. The
// work is a job: it is done in short transactions, goes on when ctx ends or the hub is killed,
// and under the key of a former request it is not done again.
func (pe *People) Bulk(ctx context.Context, r *access.Requester, b Bulk) ([]bulk.Result, error) {
	t := b.terms()
	if err := access.CheckBulkRequest(r, t.scope, t.key, t.rows); err != nil {
		return nil, err
	}
	if t.dryRun {
		return pe.foresee(ctx, r, b)
	}
	job, w, err := pe.jobFor(ctx, r, b)
	if err != nil {
		return nil, err
	}
	var outcomes []bulk.Outcome
	if w != nil {
		outcomes, err = pe.jobs.Do(ctx, job, w, nil)
	} else {
		outcomes, err = pe.jobs.Wait(ctx, job.ID)
	}
	return resultsOf(outcomes), err
}

// BulkLater begins bulk work, for which there must be a key, and gives the job that it is.
// GetJob tells how far it is.
func (pe *People) BulkLater(ctx context.Context, r *access.Requester, b Bulk) (JobView, error) {
	t := b.terms()
	if err := access.CheckBulkRequest(r, t.scope, t.key, t.rows); err != nil {
		return JobView{}, err
	}
	if t.dryRun || t.key == "" {
		return JobView{}, hub.Errorf(hub.Invalid, "A dry run, and a request without an Idempotency-Key, are answered at once: do not ask for respond-async")
	}
	job, w, err := pe.jobFor(ctx, r, b)
	if err != nil {
		return JobView{}, err
	}
	if w != nil {
		pe.jobs.Start(job, w, nil) //nolint:contextcheck // the work outlives the request
	}
	return JobView{Job: job}, nil
}

func (pe *People) foresee(ctx context.Context, r *access.Requester, b Bulk) (results []bulk.Result, err error) {
	w, err := b.plan(ctx, pe, r)
	if err != nil {
		return nil, err
	}
	err = pe.store.View(ctx, func(tx data.Tx) error {
		results, err = w.foresee(ctx, tx)
		return err
	})
	return results, err
}

// jobFor makes the job of a request, with its work, or gives the one that the requester's key
// stands for, without.
func (pe *People) jobFor(ctx context.Context, r *access.Requester, b Bulk) (job hub.Job, w jobWork, err error) {
	t := b.terms()
	again := newRepeat(r, t.key, t.digest...)
	known := false
	err = pe.store.View(ctx, func(tx data.Tx) error {
		job, known, err = again.former(ctx, tx)
		return err
	})
	if err != nil || known {
		return job, nil, err
	}
	if w, err = b.plan(ctx, pe, r); err != nil {
		return job, nil, err
	}
	kept, total := w.task()
	task, err := json.Marshal(kept)
	if err != nil {
		return job, nil, fmt.Errorf("keep a job: %w", err)
	}
	if job, known, err = pe.makeJob(ctx, again, pe.newJob(r, again, t.kind, total), task); hub.Is(err, hub.Conflict) && t.key != "" {
		job, known, err = pe.makeJob(ctx, again, pe.newJob(r, again, t.kind, total), task) // made at the same time: it is there now
	}
	if err != nil || known {
		return job, nil, err
	}
	w.of(job)
	return job, w, nil
}

func (pe *People) makeJob(ctx context.Context, again keyedRequest, wanted hub.Job, task json.RawMessage) (job hub.Job, known bool, err error) {
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		if job, known, err = again.former(ctx, tx); known || err != nil {
			return err
		}
		job, err = pe.jobs.Create(ctx, tx, wanted, task)
		return err
	})
	return job, known, err
}

func (pe *People) newJob(r *access.Requester, again keyedRequest, kind string, total int) hub.Job {
	return hub.Job{Owner: again.owner, Key: again.key, Digest: again.digest, Kind: kind, Asker: access.JSON(askerOf(r)), Total: total}
}

// resultsOf is what is told of outcomes to those who asked: a row that goes on waiting has not been
// done in time.
func resultsOf(outcomes []bulk.Outcome) []bulk.Result {
	if outcomes == nil {
		return nil
	}
	results := make([]bulk.Result, len(outcomes))
	for i := range outcomes {
		results[i] = outcomes[i].Result
		if !outcomes[i].Final() {
			results[i].Status = bulk.Failed
		}
	}
	return results
}

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

// asker says with what somebody came who asked for a job. It holds ids and hashes, no secrets.
type asker struct {
	Kind      string `json:"kind"`
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Token     string `json:"token,omitempty"` // its hash
	Session   string `json:"session,omitempty"`
	Framed    bool   `json:"framed,omitempty"`
	Address   string `json:"address,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

func askerOf(r *access.Requester) asker {
	k := asker{Kind: r.Kind(), ID: max(r.User.ID, r.Service.ID), Name: r.Name(), Framed: r.Framed, Address: r.Address, RequestID: r.RequestID}
	if r.Token != nil {
		k.Token = r.Token.Hash
	} else if r.Session != nil {
		k.Session = r.Session.ID
	}
	return k
}

// msgGone is said of the rows that are left when somebody may not go on.
const msgGone = "Not done: whoever asked for it is no longer logged in, or what they came with was revoked"

// msgRestored is said of the rows that were left when the backup was made.
const msgRestored = "Not done: it was under way when the backup was made that the database was restored from. Ask for it again if it is still to be done."

// requesterOf is the one who asked, with what they may now: hub.Forbidden where what they came
// with is no longer good. They are named all the same, for the audit log.
func (pe *People) requesterOf(ctx context.Context, job hub.Job) (*access.Requester, error) {
	if string(job.Asker) == hub.RestoredAsker {
		return &access.Requester{JobID: job.ID}, hub.Errorf(hub.Forbidden, msgRestored)
	}
	var k asker
	if err := json.Unmarshal(job.Asker, &k); err != nil {
		return nil, fmt.Errorf("read who asked for a job: %w", err)
	}
	r := &access.Requester{Address: k.Address, RequestID: k.RequestID, JobID: job.ID, Framed: k.Framed}
	if k.Kind == "service" {
		r.Service = hub.Service{ID: k.ID, Name: k.Name}
	} else {
		r.User = hub.User{ID: k.ID, Name: k.Name}
	}
	switch {
	case k.Token != "":
		r.Token = &hub.Token{Hash: k.Token}
	case k.Session != "":
		r.Session = &hub.Session{ID: k.Session}
	default:
		return r, hub.Errorf(hub.Forbidden, msgGone)
	}
	return r, pe.stillGood(ctx, r)
}

// stillGood brings what is known of a requester up to date: hub.Forbidden with a row's message
// where what they came with is no longer good.
func (pe *People) stillGood(ctx context.Context, r *access.Requester) error {
	err := pe.identities.Refresh(ctx, r)
	if hub.Is(err, hub.Forbidden) {
		return hub.Errorf(hub.Forbidden, msgGone)
	}
	return err
}

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

func (w *jobBase) of(job hub.Job) { w.job, w.r.JobID = job, job.ID }

// Check implements bulk.Work.
func (w *jobBase) Check(ctx context.Context) error { return w.svc.stillGood(ctx, w.r) }

// Await implements bulk.Work for rows that wait for nothing.
func (w *jobBase) Await(context.Context, []bulk.Outcome) error { return nil }

// openJob implements bulk.Opener.
func (pe *People) openJob(ctx context.Context, job hub.Job, task json.RawMessage) (bulk.Work, error) {
	r, gone := pe.requesterOf(ctx, job)
	if gone != nil && !hub.Is(gone, hub.Forbidden) {
		return nil, gone
	}
	var w jobWork
	base := jobBase{svc: pe, r: r}
	switch job.Kind {
	case jobPeople, jobPasswords:
		w = &peopleWork{jobBase: base}
	case jobDelete:
		w = &deletion{jobBase: base}
	case jobStart:
		w = &serverWork{jobBase: base, start: true}
	case jobStop:
		w = &serverWork{jobBase: base}
	default:
		return nil, fmt.Errorf("job %d is of the unknown kind %s", job.ID, job.Kind)
	}
	kept, _ := w.task()
	if err := json.Unmarshal(task, kept); err != nil {
		return nil, fmt.Errorf("read the task of job %d: %w", job.ID, err)
	}
	w.of(job)
	return w, gone
}
