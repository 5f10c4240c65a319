package bulk

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// firstChunk is how many rows the first one has; nobody knows yet what a row costs.
	firstChunk = 50
	maxChunk   = 1000

	// tries is how often a transaction is tried while the database does not take it, with
	// pauses that begin with firstPause.
	tries      = 6
	firstPause = 100 * time.Millisecond
	maxPause   = 3 * time.Second

	// maxRest bounds the pause after each transaction, in which others get their turn.
	maxRest = 20 * time.Millisecond
	// laterPatience is how long one waits at a time for rows that were told of already.
	laterPatience = 30 * time.Second
)

// errLost is that somebody else works on the job.
var errLost = errors.New("somebody else works on this job")

// errPanic is that Work panicked: a fault of the hub.
var errPanic = errors.New("panic")

// guarded calls Work. A panic is an error that tells where it was: it would end the process, and
// then each other one that takes the job up.
func guarded[T any](call func() (T, error)) (x T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	return call()
}

// run is a job that this process works on.
type run struct {
	*Runner
	id   int64
	done chan struct{}

	// Of the one goroutine that works.
	work    Work
	size    int   // rows of the next chunk
	refused error // why the rows that are left fail

	mu       sync.Mutex
	job      hub.Job
	outcomes []Outcome
	changed  chan struct{} // closed at the next step
	err      error
}

func (u *run) set(job hub.Job, w Work, outcomes []Outcome) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.job, u.work, u.outcomes, u.size = job, w, outcomes, firstChunk
}

// takeUp goes on with a job that another worker left, if its claim has run out.
func (u *run) takeUp(ctx context.Context) error {
	var job hub.Job
	var outcomes []Outcome
	var task []byte
	err := u.store.Update(ctx, func(tx data.Tx) (err error) {
		ok, err := tx.ClaimJob(ctx, u.id, u.worker, tx.Now().Add(claimFor))
		if err != nil {
			return err
		}
		if !ok {
			return errLost
		}
		if job, err = tx.JobByID(ctx, u.id); err != nil {
			return err
		}
		if task, err = tx.JobTask(ctx, u.id); err != nil {
			return err
		}
		outcomes, err = Outcomes(ctx, tx, job)
		return err
	})
	if err != nil {
		return err
	}
	w, err := guarded(func() (Work, error) { return u.open(ctx, job, task) })
	if err != nil && !hub.Is(err, hub.Forbidden) {
		return err
	}
	u.refused = err
	u.set(job, w, outcomes)
	return u.goOn(ctx)
}

// goOn works until the job is done, or cannot be worked on here.
func (u *run) goOn(ctx context.Context) error {
	failed, wait := 0, firstPause
	for u.job.State == hub.JobRunning {
		err := u.step(ctx)
		switch {
		case err == nil:
			failed, wait = 0, firstPause
			continue
		case ctx.Err() != nil:
			u.release(u.id) //nolint:contextcheck // that of the work has ended
			return errClosed
		case errors.Is(err, errLost):
			return err
		case !hub.Is(err, hub.Unavailable):
			if err := u.single(ctx, err); err != nil {
				return err
			}
			continue
		}
		if failed++; failed == tries {
			u.log.WarnContext(ctx, "a bulk job has to wait for the database", "job", u.id, "kind", u.job.Kind, "error", err)
			return err
		}
		u.size = max(1, u.size/2)
		if hub.Sleep(ctx, wait) != nil {
			continue
		}
		wait = min(2*wait, maxPause)
	}
	return nil
}

// single finds the row that a transaction failed with: alone, it fails.
func (u *run) single(ctx context.Context, err error) error {
	rows := u.due(u.size)
	if len(rows) > 1 {
		u.size = 1
		return nil
	}
	u.log.ErrorContext(ctx, "a row of a bulk job failed", "job", u.id, "kind", u.job.Kind, "row", rows, "error", err)
	return u.write(ctx, rows, func(data.Tx) ([]Outcome, error) {
		return u.failing(rows, "The hub could not do this row, and its log says why"), nil
	})
}

// step does the next chunk of rows, after waiting for what they wait for.
func (u *run) step(ctx context.Context) error {
	if u.job.Pass > 0 && u.job.Next == 0 && u.refused == nil {
		if err := u.await(ctx); err != nil {
			return err
		}
	}
	if err := u.check(ctx); err != nil {
		return err
	}
	select {
	case u.turns <- struct{}{}:
		defer func() { <-u.turns }()
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // it ends the work
	}
	rows, elapsed := u.due(u.size), hub.NewElapsed()
	err := u.write(ctx, rows, func(tx data.Tx) ([]Outcome, error) {
		elapsed = hub.NewElapsed() // waiting for the turn to write is no work
		if u.refused != nil {
			return u.giveUp(ctx, tx, rows)
		}
		was := make([]Outcome, len(rows))
		for i, place := range rows {
			was[i] = u.outcomes[place]
		}
		return guarded(func() ([]Outcome, error) { return u.work.Do(ctx, tx, rows, was) })
	})
	if err == nil {
		u.pace(ctx, elapsed())
	}
	return err
}

// check asks again what the one who asked may do.
func (u *run) check(ctx context.Context) error {
	if u.refused != nil {
		return nil //nolint:nilerr // the rows tell it
	}
	_, err := guarded(func() (struct{}, error) { return struct{}{}, u.work.Check(ctx) })
	if hub.Is(err, hub.Forbidden) {
		u.refused, err = err, nil
	}
	return err
}

// pace makes the next chunk of a size that takes about as long as it is to take, and rests.
func (u *run) pace(ctx context.Context, took time.Duration) {
	wanted := float64(u.size) * float64(u.chunkTime) / float64(max(took, time.Millisecond))
	u.size = min(max(int(wanted), u.size/4, 1), 2*u.size, maxChunk)
	if u.job.State == hub.JobRunning {
		_ = hub.Sleep(ctx, min(took/4, maxRest)) // the next chunk sees that ctx has ended
	}
}

// due are the next rows of this pass, at most so many.
func (u *run) due(most int) []int {
	var rows []int
	for place := u.job.Next; place < len(u.outcomes) && len(rows) < most; place++ {
		if open(u.outcomes[place]) {
			rows = append(rows, place)
		}
	}
	return rows
}

// failing are outcomes that say why rows are not done.
func (u *run) failing(rows []int, why string) []Outcome {
	outcomes := make([]Outcome, len(rows))
	for i, place := range rows {
		outcomes[i].Result, _ = guarded(func() (Result, error) { return u.work.Row(place), nil })
		outcomes[i].Status, outcomes[i].Message = Failed, why
		if was := u.outcomes[place]; was.Status == Pending {
			outcomes[i].Message += ". It had begun: " + was.Message
		}
	}
	return outcomes
}

// giveUp fails rows for which whoever asked may not go on.
func (u *run) giveUp(ctx context.Context, tx data.Tx, rows []int) ([]Outcome, error) {
	outcomes := u.failing(rows, u.refused.Error())
	var pending []Outcome
	var places []int
	for i, place := range rows {
		if was := u.outcomes[place]; was.Status == Pending {
			outcomes[i].Message = u.refused.Error()
			pending, places = append(pending, was), append(places, i)
		}
	}
	if len(pending) == 0 {
		return outcomes, nil
	}
	said, err := guarded(func() ([]string, error) { return u.work.GiveUp(ctx, tx, pending) })
	for i, text := range said {
		if text != "" {
			outcomes[places[i]].Message += ". " + text
		}
	}
	return outcomes, err
}

// write does rows in a transaction together with how far the job is then.
func (u *run) write(ctx context.Context, rows []int, do func(data.Tx) ([]Outcome, error)) error {
	var after hub.Job
	var outcomes []Outcome
	err := u.store.Update(ctx, func(tx data.Tx) (err error) {
		if outcomes, err = do(tx); err != nil {
			return err
		}
		after = u.after(rows, outcomes)
		after.ClaimUntil = tx.Now().Add(claimFor)
		ok, err := tx.AdvanceJob(ctx, after, u.job.Pass, u.job.Next)
		if err != nil {
			return err
		}
		if !ok {
			return errLost
		}
		if after.State == hub.JobDone && after.Key == "" {
			return tx.DeleteJob(ctx, u.id) // nobody asks for it any more
		}
		return Keep(ctx, tx, u.id, rows, outcomes)
	})
	if err != nil {
		return err
	}
	u.note(after, rows, outcomes)
	return nil
}

// after is the job as it is once the rows have these outcomes.
func (u *run) after(rows []int, outcomes []Outcome) hub.Job {
	job := u.job
	last := job.Next - 1
	if len(rows) > 0 {
		last = rows[len(rows)-1]
	}
	pending := slices.ContainsFunc(u.outcomes[:job.Next], open) || slices.ContainsFunc(outcomes, open)
	switch {
	case slices.ContainsFunc(u.outcomes[last+1:], open):
		job.Next = last + 1
	case pending:
		job.Pass, job.Next = job.Pass+1, 0
	default:
		job.State = hub.JobDone
	}
	return job
}

// note remembers what was written, and tells those who wait.
func (u *run) note(after hub.Job, rows []int, outcomes []Outcome) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.job = after
	for i, place := range rows {
		u.outcomes[place] = outcomes[i]
	}
	close(u.changed)
	u.changed = make(chan struct{})
}

// await waits for what the pending rows wait for, holding the claim.
func (u *run) await(ctx context.Context) error {
	var pending []Outcome
	for _, o := range u.outcomes {
		if open(o) {
			pending = append(pending, o)
		}
	}
	most, elapsed := u.patience, hub.NewElapsed()
	if u.job.Pass > 1 {
		most = laterPatience
	}
	for {
		left := most - elapsed()
		if left <= 0 {
			return nil
		}
		slice, cancel := context.WithTimeout(ctx, min(left, claimFor/3))
		_, err := guarded(func() (struct{}, error) { return struct{}{}, u.work.Await(slice, pending) })
		cancel()
		if err == nil || ctx.Err() != nil {
			return ctx.Err() //nolint:wrapcheck // it ends the work
		}
		if errors.Is(err, errPanic) {
			return err
		}
		if err := u.renew(ctx); err != nil {
			return err
		}
	}
}

// renew moves the claim on, as long as nobody has ended it: a job that is called off is not to be taken back.
func (u *run) renew(ctx context.Context) error {
	return u.store.Update(ctx, func(tx data.Tx) error {
		ok, err := tx.KeepJob(ctx, u.id, u.worker, tx.Now().Add(claimFor))
		if err == nil && !ok {
			err = errLost
		}
		return err
	})
}

func (u *run) finish(err error) {
	u.mu.Lock()
	u.err = err
	u.mu.Unlock()
	close(u.done)
}

// wait waits as Runner.Wait does.
func (u *run) wait(ctx context.Context) ([]Outcome, error) {
	for {
		u.mu.Lock()
		job, changed := u.job, u.changed
		if settled(job) {
			defer u.mu.Unlock()
			return slices.Clone(u.outcomes), nil
		}
		u.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, errGoesOn(ctx)
		case <-changed:
		case <-u.done:
			u.mu.Lock()
			err := u.err
			u.mu.Unlock()
			if err != nil {
				return nil, err
			}
		}
	}
}
