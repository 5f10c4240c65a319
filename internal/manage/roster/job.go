package roster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/atriumhub/atrium/client"
)

// An Observer is told what became of the rows, one after the other in the file's
// order, or, where servers are waited for, as they are done; and how many are done in all, also while the hub has told of
// none yet. It is not called from two goroutines at once.
type Observer interface {
	Done(x *Item)
	Progress(rows int)
}

// Hub is the hub that people are looked after on.
type Hub struct {
	Client *client.Client
	Atrium bool // it has the bulk calls
}

// Job is a plan, ready to be run once.
type Job struct {
	Items []*Item

	batch   int // rows in a request
	workers int // requests at once
	group   func(*Item) string
	first   func(ctx context.Context, ask asker) error // before the rows are sent; it may make some of them final
	loose   bool                                       // rows are told of as they are done, in no order
	send    sender
	long    bool // many rows are a job of the hub's, which is asked how far it is
	results *Results

	// Confirmed is, where a filter stands for the rows, how many they may be: where there are more when they are sent,
	// nothing is done.
	Confirmed int
}

// sender sends a batch, and notes what became of its rows. The error is one that ends the run.
type sender = func(ctx context.Context, a attempt, batch []*Item) error

// attempt is how a batch is sent.
type attempt struct {
	key  string           // Idempotency-Key
	told func(client.Job) // hears of the job that the hub makes of it; nil where the answer is waited for
}

// asker sends a batch of a run that is under way.
type asker = func(ctx context.Context, batch []*Item, send sender) error

// longRows is from how many rows on a batch is sent as a job.
const longRows = 100

// Pace says how a job is sent. Zero fields have defaults.
type Pace struct {
	Batch   int // rows in a request
	Workers int // requests at once
}

func (p Pace) or(batch, workers int) Pace {
	if p.Batch <= 0 {
		p.Batch = batch
	}
	p.Batch = min(p.Batch, client.MaxRows)
	if p.Workers <= 0 {
		p.Workers = workers
	}
	return p
}

// long is a job that is sent in as few requests as there can be: the hub does the rows of one in turn, and tells how far
// it is.
func (p Pace) long(items []*Item) *Job {
	p = p.or(client.MaxRows, 1)
	return &Job{Items: items, batch: p.Batch, workers: p.Workers, long: true}
}

// StoppedError is that a run ended before all rows were done.
type StoppedError struct {
	Err      error        // the context's, or why the hub could not be asked further
	Left     int          // rows that are not done
	Jobs     []client.Job // with which the hub goes on by itself; their rows are StatusUnderWay
	UnderWay int          // rows besides that were asked for, so that the hub goes on with them: StatusUnderWay
}

// Error says why, and what is left.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("stopped with %d rows left: %s", e.Left, e.Err)
}

// Unwrap gives the reason.
func (e *StoppedError) Unwrap() error { return e.Err }

// Counts are the rows by status.
func (j *Job) Counts() map[string]int {
	counts := map[string]int{}
	for _, x := range j.Items {
		counts[x.Status]++
	}
	return counts
}

// Refused are the rows for which nothing can be done.
func (j *Job) Refused() []*Item {
	var refused []*Item
	for _, x := range j.Items {
		if x.Refused() {
			refused = append(refused, x)
		}
	}
	return refused
}

// Planned is how many rows are to be sent.
func (j *Job) Planned() int {
	n := 0
	for _, x := range j.Items {
		if x.send {
			n++
		}
	}
	return n
}

// grace is how long requests under way have to end after the context has.
const grace = 10 * time.Second

// Run sends the rows. When the context ends, or the hub cannot be asked further, no
// more requests go out, those under way are waited for, unless the hub goes on with them by
// itself, and the error is a *StoppedError. What is wrong with a row is in the row.
func (j *Job) Run(ctx context.Context, o Observer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(grace):
			cancel()
		case <-work.Done():
		}
	})()
	rows := work
	if j.loose { // waiting changes nothing, and need not come to its end
		var leave context.CancelFunc
		rows, leave = context.WithCancel(work)
		defer leave()
		defer context.AfterFunc(ctx, leave)()
	}
	r := &run{job: j, observer: o, parts: map[*Item]int{}}
	if j.first != nil {
		r.err = j.first(work, func(work context.Context, batch []*Item, send sender) error { return r.ask(ctx, work, batch, send) })
	}
	batches := j.batches()
	if err := j.results.begin(j.Items); err != nil {
		j.unsent()
		return err
	}
	r.final = len(j.Items) - j.Planned()
	r.tell(j.Items) // of what is final already
	var group errgroup.Group
	group.SetLimit(j.workers)
	for _, batch := range batches {
		if ctx.Err() != nil || r.failed() {
			break
		}
		group.Go(func() error {
			if !r.failed() && ctx.Err() == nil {
				r.finish(batch, r.ask(ctx, rows, batch, j.send))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are the run's
	return r.end(ctx)
}

// ask sends a batch: within work, and, once the hub has made a job of it, no longer than ctx, since nothing is lost then.
func (r *run) ask(ctx, work context.Context, batch []*Item, send sender) error {
	inner, leave := context.WithCancel(work)
	defer leave()
	a := attempt{key: batch[0].key}
	if a.key == "" {
		a.key = client.NewIdempotencyKey()
	}
	if r.job.long && len(batch) > longRows {
		stop := func() bool { return true }
		defer func() { stop() }()
		begun := false
		a.told = func(job client.Job) {
			if !begun {
				begun, stop = true, context.AfterFunc(ctx, leave)
			}
			if !r.job.loose { // where a row is waited for, it is not done yet
				r.progress(batch, job.Done)
			}
		}
	}
	err := send(inner, a, batch)
	if goes, is := errors.AsType[*client.JobError](err); is {
		r.left(batch, goes.Job)
	}
	return err
}

// batches puts rows that are to be sent together, and gives each batch a key. Rows
// that have one stay together under it.
func (j *Job) batches() [][]*Item {
	var batches [][]*Item
	open, again := map[string]int{}, map[string]int{}
	for _, x := range j.Items {
		if !x.send {
			continue
		}
		if x.key != "" {
			at, known := again[x.key]
			if !known {
				at = len(batches)
				again[x.key], batches = at, append(batches, nil)
			}
			batches[at] = append(batches[at], x)
			continue
		}
		kind := ""
		if j.group != nil {
			kind = j.group(x)
		}
		at, known := open[kind]
		if !known || len(batches[at]) >= j.batch {
			at = len(batches)
			open[kind], batches = at, append(batches, nil)
		}
		batches[at] = append(batches[at], x)
	}
	for _, batch := range batches {
		if batch[0].key != "" {
			continue
		}
		key := client.NewIdempotencyKey()
		for _, x := range batch {
			x.key = key
		}
	}
	return batches
}

// unsent gives up what is still to be sent, and says how many rows that is, and how many others nobody waits for any more.
func (j *Job) unsent() (left, underWay int) {
	for _, x := range j.Items {
		switch {
		case !x.send:
		case x.asked:
			underWay++
			x.Status, x.Message, x.send = StatusUnderWay, "it was asked for, and the hub goes on with it", false
		default:
			left++
			x.Status, x.send = StatusUnsent, false
		}
	}
	return left, underWay
}

// run is a job on its way.
type run struct {
	job      *Job
	observer Observer

	mu    sync.Mutex
	next  int           // the item whose turn it is
	final int           // rows that are done
	parts map[*Item]int // rows done of batches under way, by the first item
	jobs  []client.Job  // with which the hub goes on
	err   error
}

func (r *run) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}

// left notes that the hub goes on with a batch by itself.
func (r *run) left(batch []*Item, job client.Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs = append(r.jobs, job)
	for _, x := range batch {
		x.handOver(job)
	}
}

// progress tells how many rows of a batch are done, of which the hub has not told yet what became of them.
func (r *run) progress(batch []*Item, rows int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts[batch[0]] = rows
	r.progressLocked()
}

func (r *run) progressLocked() {
	rows := r.final
	for _, n := range r.parts {
		rows += n
	}
	r.observer.Progress(rows)
}

// finish notes what became of a batch.
func (r *run) finish(batch []*Item, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.parts, batch[0])
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return
	}
	for _, x := range batch {
		x.send = false
	}
	r.final += len(batch)
	if err := r.job.results.note(batch); err != nil && r.err == nil {
		r.err = err
	}
	r.tellLocked(batch)
}

func (r *run) tell(items []*Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tellLocked(items)
}

// tellLocked tells of the items whose turn it is, in their order, or of those that
// are done.
func (r *run) tellLocked(done []*Item) {
	defer r.progressLocked()
	if r.job.loose {
		for _, x := range done {
			if !x.send && !x.told {
				r.observer.Done(x)
				x.told = true
			}
		}
		return
	}
	items := r.job.Items
	for r.next < len(items) && !items[r.next].send {
		r.observer.Done(items[r.next])
		r.next++
	}
}

// end tells of the rest, and keeps the results.
func (r *run) end(ctx context.Context) error {
	left, underWay := r.job.unsent()
	r.tell(r.job.Items)
	if err := r.job.results.save(); err != nil {
		return err
	}
	cause := r.err
	if ctx.Err() != nil {
		cause = context.Cause(ctx)
	}
	if left == 0 && underWay == 0 && r.err == nil {
		return nil
	}
	return &StoppedError{Err: cause, Left: left, Jobs: r.jobs, UnderWay: underWay}
}
