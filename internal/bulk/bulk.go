package bulk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Work is what a use case does with the rows of one job. Its methods are called by one
// goroutine at a time.
type Work interface {
	// Check brings up to date what the one who asked may do. hub.Forbidden: nothing any more;
	// the rows that are left fail with its text.
	Check(ctx context.Context) error
	// Row gives the result of a row as it is before anything is done: whom it is about.
	Row(place int) Result
	// Do does rows in a transaction, and gives an outcome for each: was says what became of
	// them so far. It may be called again for the same rows where the transaction was not
	// committed. An error takes all of it back.
	Do(ctx context.Context, tx data.Tx, rows []int, was []Outcome) ([]Outcome, error)
	// GiveUp says of pending rows what was begun with them, and what is left of it. They fail, because whoever asked may not
	// go on, or has called the job off. It is in the transaction that writes this.
	GiveUp(ctx context.Context, tx data.Tx, pending []Outcome) ([]string, error)
	// Await waits until what the pending rows wait for has happened, or ctx ends.
	Await(ctx context.Context, pending []Outcome) error
}

// Opener makes the Work of a job that another process began, of its task. hub.Forbidden where
// the one who asked may nothing any more; the Work then only names its rows.
type Opener func(ctx context.Context, job hub.Job, task json.RawMessage) (Work, error)

// Options are what a Runner works with.
type Options struct {
	Store  data.Store
	Open   Opener
	Logger *slog.Logger
	// Patience is how long a job waits for what its pending rows wait for before it tells.
	Patience time.Duration
	// ChunkTime is how long a transaction of a job is to take. Where one writes at a time,
	// others wait so long.
	ChunkTime time.Duration
}

const (
	// claimFor is how long a worker that says nothing keeps its job.
	claimFor = 15 * time.Second
	// lookEvery is how often a worker looks for jobs that nobody works on.
	lookEvery = 5 * time.Second
	// pollEvery is how often one who waits for another replica's work asks how far it is.
	pollEvery = 250 * time.Millisecond
	// releaseTime is how long the claim on a job may take to give up.
	releaseTime = 2 * time.Second
	// atOnce bounds the transactions of jobs that run side by side.
	atOnce = 4
	// leftAtOnce is how many jobs of others are taken up in one look.
	leftAtOnce = 4
)

// Runner works off jobs. Make it with New; Close ends its work.
type Runner struct {
	store    data.Store
	open     Opener
	log      *slog.Logger
	patience time.Duration

	chunkTime time.Duration

	worker string
	turns  chan struct{}

	life context.Context //nolint:containedctx // work outlives the requests that ask for it, and ends with the Runner
	end  context.CancelFunc

	mu     sync.Mutex
	closed bool
	runs   map[int64]*run
	group  sync.WaitGroup
}

// New makes a Runner that nothing is to do for yet.
func New(o Options) *Runner {
	life, end := context.WithCancel(context.Background())
	return &Runner{
		store: o.Store, open: o.Open, log: o.Logger, patience: o.Patience, chunkTime: o.ChunkTime, worker: rand.Text(), turns: make(chan struct{}, atOnce),
		life: life, end: end, runs: map[int64]*run{},
	}
}

// Close ends the work on all jobs, which others may take up at once, and waits until it has
// ended.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.end()
	r.group.Wait()
}

// Run takes up jobs that nobody works on, now and every few seconds, until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := r.TakeUp(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "cannot look for bulk jobs that were left; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// TakeUp begins to work on some of the jobs that nobody works on.
func (r *Runner) TakeUp(ctx context.Context) error {
	var free []hub.Job
	err := r.store.View(ctx, func(tx data.Tx) (err error) {
		free, err = tx.FreeJobs(ctx, leftAtOnce)
		return err
	})
	for _, job := range free {
		r.log.InfoContext(ctx, "going on with a bulk job that was left", "job", job.ID, "kind", job.Kind, "rows", job.Total, "next", job.Next)
		r.resume(job.ID)
	}
	return err
}

// Create keeps a job in tx, claimed by this Runner; Start has to follow once it is committed.
func (r *Runner) Create(ctx context.Context, tx data.Tx, job hub.Job, task json.RawMessage) (hub.Job, error) {
	job.State, job.Worker, job.ClaimUntil = hub.JobRunning, r.worker, tx.Now().Add(claimFor)
	return tx.CreateJob(ctx, job, task)
}

// Start works on a job that was just created. outcomes says what is known of its rows before
// anything is done, and must be kept in the database already where it is not empty.
func (r *Runner) Start(job hub.Job, w Work, outcomes []Outcome) {
	if r.start(job, w, outcomes) == nil && r.isClosed() {
		r.release(job.ID)
	}
}

// Do works on a job as Start does, and waits for it as Wait does.
func (r *Runner) Do(ctx context.Context, job hub.Job, w Work, outcomes []Outcome) ([]Outcome, error) {
	u := r.start(job, w, outcomes)
	switch {
	case u != nil:
	case r.isClosed():
		r.release(job.ID) //nolint:contextcheck // whether or not somebody waits for it
		return nil, errClosed
	default: // who asked for it under the same key was quicker, and has it worked on already
		return r.Wait(ctx, job.ID)
	}
	outcomes, err := u.wait(ctx)
	if errors.Is(err, errLost) {
		outcomes, err = r.Wait(ctx, job.ID)
	}
	if hub.Is(err, hub.NotFound) { // done elsewhere, and without a key nobody can ask for what became of it
		err = hub.Errorf(hub.Unavailable, "It is not known what became of the request. Look before you send it again.")
	}
	return outcomes, err
}

func (r *Runner) start(job hub.Job, w Work, outcomes []Outcome) *run {
	if outcomes == nil {
		outcomes = make([]Outcome, job.Total)
	}
	return r.begin(job.ID, func(ctx context.Context, u *run) error {
		u.set(job, w, outcomes)
		return u.goOn(ctx)
	})
}

// errClosed is the answer while the process ends: the job is kept, and another one does it.
var errClosed = &hub.Error{Code: hub.Unavailable, Msg: "The hub is being shut down. Try again when it is back.", RetryAfter: claimFor}

// resume works on a job if nobody else does.
func (r *Runner) resume(id int64) {
	r.begin(id, func(ctx context.Context, u *run) error { return u.takeUp(ctx) })
}

// begin runs fn in a goroutine of the Runner's, unless the job is worked on here.
func (r *Runner) begin(id int64, fn func(context.Context, *run) error) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.runs[id] != nil {
		return nil
	}
	u := &run{Runner: r, id: id, changed: make(chan struct{}), done: make(chan struct{})}
	r.runs[id] = u
	r.group.Go(func() {
		err := fn(r.life, u)
		r.mu.Lock()
		delete(r.runs, id)
		r.mu.Unlock()
		u.finish(err)
	})
	return u
}

func (r *Runner) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// release lets others take the job up at once.
func (r *Runner) release(id int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.life), releaseTime)
	defer cancel()
	err := r.store.Update(ctx, func(tx data.Tx) error {
		_, err := tx.ClaimJob(ctx, id, r.worker, time.Time{})
		return err
	})
	if err != nil {
		r.log.DebugContext(ctx, "a bulk job keeps its claim until it runs out", "job", id, "error", err)
	}
}

func (r *Runner) running(id int64) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs[id]
}

// Wait waits until a job is done, or has told what became of each row but those that go on
// waiting, and gives the outcomes. Where nobody works on the job, this Runner does. When ctx
// ends, the job goes on.
func (r *Runner) Wait(ctx context.Context, id int64) ([]Outcome, error) {
	for {
		if u := r.running(id); u != nil {
			outcomes, err := u.wait(ctx)
			switch {
			case err != nil && !errors.Is(err, errLost):
				return nil, err
			case err == nil && !slices.ContainsFunc(outcomes, open):
				return outcomes, nil
			} // else the database may know more: what was written a moment ago, or elsewhere
		}
		job, outcomes, err := r.read(ctx, id)
		if err != nil || settled(job) {
			return outcomes, err
		}
		r.resume(id) // if its claim has run out
		if hub.Sleep(ctx, pollEvery) != nil {
			return nil, errGoesOn(ctx)
		}
	}
}

// open tells whether a row goes on.
func open(o Outcome) bool { return !o.Final() }

// settled tells whether there is something to tell those who wait for a job.
func settled(j hub.Job) bool { return j.State == hub.JobDone || j.Pass > 1 }

// read gives a job with its outcomes; those are read only where it is settled.
func (r *Runner) read(ctx context.Context, id int64) (job hub.Job, outcomes []Outcome, err error) {
	err = r.store.View(ctx, func(tx data.Tx) error {
		if job, err = tx.JobByID(ctx, id); err != nil || !settled(job) {
			return err
		}
		outcomes, err = Outcomes(ctx, tx, job)
		return err
	})
	return job, outcomes, err
}

// Outcomes reads what is known of all rows of a job.
func Outcomes(ctx context.Context, tx data.Tx, job hub.Job) ([]Outcome, error) {
	list, err := tx.JobResults(ctx, job.ID, 0, 0)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, job.Total)
	for _, x := range list {
		if x.Place < 0 || x.Place >= len(outcomes) {
			continue
		}
		if err := json.Unmarshal(x.Result, &outcomes[x.Place]); err != nil {
			return nil, fmt.Errorf("read a row's result: %w", err)
		}
	}
	return outcomes, nil
}

// Keep writes outcomes of rows into the database.
func Keep(ctx context.Context, tx data.Tx, id int64, rows []int, outcomes []Outcome) error {
	list := make([]hub.JobResult, len(rows))
	for i, place := range rows {
		text, err := json.Marshal(outcomes[i])
		if err != nil {
			return fmt.Errorf("keep a row's result: %w", err)
		}
		list[i] = hub.JobResult{Place: place, Result: text, Final: outcomes[i].Final()}
	}
	return tx.PutJobResults(ctx, id, list)
}

// errGoesOn is the answer for those who do not wait any longer.
func errGoesOn(ctx context.Context) error {
	e := hub.Wrap(hub.Unavailable, ctx.Err(), "This takes longer, and goes on. Send the same request under the same Idempotency-Key to learn what became of it.")
	e.RetryAfter = lookEvery
	return e
}
