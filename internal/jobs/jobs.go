// Package jobs takes requests for bulk work: it looks whether they were made before, foresees
// what would become of them, keeps them as jobs, and shows these to those who asked. What is
// done with a row, other rooms say.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Terms is what is the same of all kinds of bulk work.
type Terms struct {
	Kind   string
	Scopes []string // of which one must be held on something
	Key    string
	DryRun bool
	Rows   int   // 0 where a filter says which
	Digest []any // tells one request from another
	// Record is what the audit log says of the request, beside what it says of each row.
	Record map[string]any
}

// Work is bulk.Work that can be foreseen, and kept.
type Work interface {
	bulk.Work
	// Task is what the work can be made of again by an Opener, and how many rows it has.
	Task() (any, int)
	// Foresee says what would become of the rows.
	Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error)
	// Of tells the work which job it belongs to.
	Of(job hub.Job)
}

// Request is bulk work that is asked for.
type Request struct {
	Terms Terms // without secrets
	// Plan makes it a job's work; it may take long.
	Plan func(ctx context.Context, r *access.Requester) (Work, error)
}

// Opener makes the work of a job again, which r asked for, of its task.
type Opener func(r *access.Requester, job hub.Job, task json.RawMessage) (Work, error)

// Deps is what Jobs is made from.
type Deps struct {
	Store      data.Store
	Policy     *access.Policy
	Identities *access.Identities
	Logger     *slog.Logger
	Open       Opener
	ScopesOf   func(kind string) []string // of which one must hold one on something to ask for a job of a kind
	Patience   time.Duration              // how long deletions wait for servers before they tell
	ChunkTime  time.Duration
}

// Jobs does requests for bulk work as jobs, and shows them to those who asked. What it embeds
// works them off.
type Jobs struct {
	*bulk.Runner

	store      data.Store
	policy     *access.Policy
	identities *access.Identities
	open       Opener
	scopesOf   func(kind string) []string
}

// New makes Jobs.
func New(d Deps) *Jobs {
	j := &Jobs{store: d.Store, policy: d.Policy, identities: d.Identities, open: d.Open, scopesOf: d.ScopesOf}
	j.Runner = bulk.New(bulk.Options{Store: d.Store, Open: j.reopen, Logger: d.Logger, Patience: d.Patience, ChunkTime: d.ChunkTime})
	return j
}

// Now does bulk work and gives one result a row, in their order. A bad row fails alone. The
// work is a job: it is done in short transactions, goes on when ctx ends or the hub is killed,
// and under the key of a former request it is not done again.
func (j *Jobs) Now(ctx context.Context, r *access.Requester, req Request) ([]bulk.Result, error) {
	t := req.Terms
	if err := access.CheckBulkRequest(r, t.Scopes, t.Key, t.Rows); err != nil {
		return nil, err
	}
	if t.DryRun {
		return j.foresee(ctx, r, req)
	}
	job, w, err := j.jobFor(ctx, r, req)
	if err != nil {
		return nil, err
	}
	var outcomes []bulk.Outcome
	if w != nil {
		outcomes, err = j.Do(ctx, job, w, nil)
	} else {
		outcomes, err = j.Wait(ctx, job.ID)
	}
	return resultsOf(outcomes), err
}

// Later begins bulk work, for which there must be a key, and gives the job that it is.
// Get tells how far it is.
func (j *Jobs) Later(ctx context.Context, r *access.Requester, req Request) (View, error) {
	t := req.Terms
	if err := access.CheckBulkRequest(r, t.Scopes, t.Key, t.Rows); err != nil {
		return View{}, err
	}
	if t.DryRun || t.Key == "" {
		return View{}, hub.Errorf(hub.Invalid, "A dry run, and a request without an Idempotency-Key, are answered at once: do not ask for respond-async")
	}
	job, w, err := j.jobFor(ctx, r, req)
	if err != nil {
		return View{}, err
	}
	if w != nil {
		j.Start(job, w, nil) //nolint:contextcheck // the work outlives the request
	}
	return View{Job: job}, nil
}

func (j *Jobs) foresee(ctx context.Context, r *access.Requester, req Request) (results []bulk.Result, err error) {
	w, err := req.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	err = j.store.View(ctx, func(tx data.Tx) error {
		results, err = w.Foresee(ctx, tx)
		return err
	})
	return results, err
}

// jobFor makes the job of a request, with its work, or gives the one that the requester's key
// stands for, without.
func (j *Jobs) jobFor(ctx context.Context, r *access.Requester, req Request) (job hub.Job, w Work, err error) {
	t := req.Terms
	again := newRepeat(r, t.Key, t.Digest...)
	known := false
	err = j.store.View(ctx, func(tx data.Tx) error {
		job, known, err = again.former(ctx, tx)
		return err
	})
	if err != nil || known {
		return job, nil, err
	}
	if w, err = req.Plan(ctx, r); err != nil {
		return job, nil, err
	}
	kept, total := w.Task()
	task, err := json.Marshal(kept)
	if err != nil {
		return job, nil, fmt.Errorf("keep a job: %w", err)
	}
	wanted := j.newJob(r, again, t.Kind, total)
	if job, known, err = j.makeJob(ctx, r, again, t, wanted, task); hub.Is(err, hub.Conflict) && t.Key != "" {
		job, known, err = j.makeJob(ctx, r, again, t, wanted, task) // made at the same time: it is there now
	}
	if err != nil || known {
		return job, nil, err
	}
	w.Of(job)
	return job, w, nil
}

// makeJob keeps a job, with the audit entry that names it beside those of its rows.
func (j *Jobs) makeJob(ctx context.Context, r *access.Requester, again keyedRequest, t Terms, wanted hub.Job, task json.RawMessage) (job hub.Job, known bool, err error) {
	err = j.store.Update(ctx, func(tx data.Tx) error {
		if job, known, err = again.former(ctx, tx); known || err != nil {
			return err
		}
		if job, err = j.Create(ctx, tx, wanted, task); err != nil {
			return err
		}
		as := *r
		as.JobID = job.ID
		record := map[string]any{"rows": job.Total}
		maps.Copy(record, t.Record)
		return tx.AddAudit(ctx, as.Audit("job.begin", "job", job.ID, job.Kind, nil, record))
	})
	return job, known, err
}

func (j *Jobs) newJob(r *access.Requester, again keyedRequest, kind string, total int) hub.Job {
	return hub.Job{Owner: again.owner, Key: again.key, Digest: again.digest, Kind: kind, Asker: access.JSON(AskerOf(r)), Total: total}
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

// Asker says with what somebody came who asked for a job. It holds ids and hashes, no secrets.
type Asker struct {
	Kind      string `json:"kind"`
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Token     string `json:"token,omitempty"` // its hash
	Session   string `json:"session,omitempty"`
	Framed    bool   `json:"framed,omitempty"`
	Address   string `json:"address,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// AskerOf says with what r came, to be kept with the job that r asks for.
func AskerOf(r *access.Requester) Asker {
	k := Asker{Kind: r.Kind(), ID: max(r.User.ID, r.Service.ID), Name: r.Name(), Framed: r.Framed, Address: r.Address, RequestID: r.RequestID}
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
func (j *Jobs) requesterOf(ctx context.Context, job hub.Job) (*access.Requester, error) {
	if string(job.Asker) == hub.RestoredAsker {
		return &access.Requester{JobID: job.ID}, hub.Errorf(hub.Forbidden, msgRestored)
	}
	var k Asker
	if err := json.Unmarshal(job.Asker, &k); err != nil {
		return nil, fmt.Errorf("read who asked for a job: %w", err)
	}
	if k.Kind == hub.CalledOffAsker {
		return &access.Requester{JobID: job.ID}, hub.Errorf(hub.Forbidden, "Not done: %s called the rest of it off", k.Name)
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
	return r, j.StillGood(ctx, r)
}

// CalledOff tells whether somebody has called the job off.
func CalledOff(job hub.Job) bool {
	var k Asker
	return json.Unmarshal(job.Asker, &k) == nil && k.Kind == hub.CalledOffAsker
}

// StillGood brings what is known of a requester up to date: hub.Forbidden with a row's message
// where what they came with is no longer good.
func (j *Jobs) StillGood(ctx context.Context, r *access.Requester) error {
	err := j.identities.Refresh(ctx, r)
	if hub.Is(err, hub.Forbidden) {
		return hub.Errorf(hub.Forbidden, msgGone)
	}
	return err
}

// reopen implements bulk.Opener.
func (j *Jobs) reopen(ctx context.Context, job hub.Job, task json.RawMessage) (bulk.Work, error) {
	r, gone := j.requesterOf(ctx, job)
	if gone != nil && !hub.Is(gone, hub.Forbidden) {
		return nil, gone
	}
	w, err := j.open(r, job, task)
	if err != nil {
		return nil, err
	}
	w.Of(job)
	return w, gone
}
