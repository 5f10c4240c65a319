package roster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/atriumhub/atrium/client"
)

// An Observer is told what became of the rows, one after the other in the file's
// order, or, where servers are waited for, as they are done. It is not called from two goroutines at once.
type Observer interface {
	Done(x *Item)
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
	first   func(ctx context.Context) error // before the rows are sent; it may make some of them final
	loose   bool                            // rows are told of as they are done, in no order
	send    func(ctx context.Context, key string, items []*Item) error
	results *Results
}

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

// StoppedError is that a run ended before all rows were done.
type StoppedError struct {
	Err  error // the context's, or why the hub could not be asked further
	Left int   // rows that are not done
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
// more requests go out, those under way are waited for, and the error is a
// *StoppedError. What is wrong with a row is in the row.
func (j *Job) Run(ctx context.Context, o Observer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if j.loose { // waiting changes nothing, and need not come to its end
			cancel()
		}
		select {
		case <-time.After(grace):
			cancel()
		case <-work.Done():
		}
	})
	defer stop()
	r := &run{job: j, observer: o}
	if j.first != nil {
		r.err = j.first(work)
	}
	batches := j.batches()
	if err := j.results.begin(j.Items); err != nil {
		j.unsent()
		return err
	}
	r.tell(j.Items) // of what is final already
	var group errgroup.Group
	group.SetLimit(j.workers)
	for _, batch := range batches {
		if ctx.Err() != nil || r.failed() {
			break
		}
		group.Go(func() error {
			if !r.failed() && ctx.Err() == nil {
				r.finish(batch, j.send(work, batch[0].key, batch))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are the run's
	return r.end(ctx)
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

// unsent gives up what is still to be sent, and says how many rows that is.
func (j *Job) unsent() (left int) {
	for _, x := range j.Items {
		if x.send {
			left++
			x.Status, x.send = StatusUnsent, false
		}
	}
	return left
}

// run is a job on its way.
type run struct {
	job      *Job
	observer Observer

	mu   sync.Mutex
	next int // the item whose turn it is
	err  error
}

func (r *run) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}

// finish notes what became of a batch.
func (r *run) finish(batch []*Item, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return
	}
	for _, x := range batch {
		x.send = false
	}
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
	left := r.job.unsent()
	r.tell(r.job.Items)
	if err := r.job.results.save(); err != nil {
		return err
	}
	cause := r.err
	if ctx.Err() != nil {
		cause = context.Cause(ctx)
	}
	if left == 0 && r.err == nil {
		return nil
	}
	return &StoppedError{Err: cause, Left: left}
}
