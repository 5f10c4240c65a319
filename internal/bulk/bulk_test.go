package bulk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// work does rows as the test says, and counts how often each was done for good.
type work struct {
	row     func(place int, was bulk.Outcome) (bulk.Outcome, error)
	check   func() error
	await   func(ctx context.Context) error
	biggest atomic.Int64
}

func (w *work) Check(context.Context) error {
	if w.check != nil {
		return w.check()
	}
	return nil
}

func (w *work) Row(place int) bulk.Result { return bulk.Result{Username: fmt.Sprint(place)} }

func (w *work) GiveUp(_ context.Context, _ data.Tx, pending []bulk.Outcome) (said []string, err error) {
	for _, was := range pending {
		said = append(said, "It had begun: "+was.Message)
	}
	return said, nil
}

func (w *work) Await(ctx context.Context, _ []bulk.Outcome) error {
	if w.await != nil {
		return w.await(ctx)
	}
	return nil
}

func (w *work) Do(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, error) {
	w.biggest.Store(max(w.biggest.Load(), int64(len(rows))))
	outcomes := make([]bulk.Outcome, len(rows))
	var entries []hub.AuditEntry
	for i, place := range rows {
		o, err := w.row(place, was[i])
		if err != nil {
			return nil, err
		}
		outcomes[i] = o
		if o.Final() {
			entries = append(entries, hub.AuditEntry{Action: "done", TargetName: fmt.Sprint(place)})
		}
	}
	return outcomes, tx.AddAudit(ctx, entries...)
}

func done(place int) bulk.Outcome {
	return bulk.Outcome{Result: bulk.Result{Username: fmt.Sprint(place), Status: bulk.Changed}}
}

type fixture struct {
	t *testing.T
	*testkit.Hub
}

func (f *fixture) runner(open bulk.Opener) *bulk.Runner {
	r := bulk.New(bulk.Options{Store: f.DB, Open: open, Logger: slog.New(slog.DiscardHandler), Patience: 10 * time.Millisecond, ChunkTime: 50 * time.Millisecond})
	f.t.Cleanup(r.Close)
	return r
}

func (f *fixture) create(r *bulk.Runner, key string, total int) (job hub.Job) {
	f.t.Helper()
	f.Update(func(ctx context.Context, tx data.Tx) (err error) {
		job, err = r.Create(ctx, tx, hub.Job{Owner: "user:1", Key: key, Kind: "test", Total: total}, json.RawMessage(`{}`))
		return err
	})
	return job
}

// times is how often each row was done.
func (f *fixture) times() map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		entries, err := tx.ListAudit(ctx, hub.AuditQuery{Action: "done"})
		for _, e := range entries {
			counts[e.TargetName]++
		}
		return err
	})
	return counts
}

// A row that cannot be done fails alone, whichever rows it shares a transaction with.
func TestARowThatCannotBeDoneFailsAlone(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	r := f.runner(nil)
	w := &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) {
		if place == 7 || place == 90 {
			return bulk.Outcome{}, errors.New("a row that breaks the transaction")
		}
		return done(place), nil
	}}
	outcomes, err := r.Do(t.Context(), f.create(r, "", 120), w, nil)
	if err != nil {
		t.Fatal(err)
	}
	times := f.times()
	for place, o := range outcomes {
		want, n := bulk.Changed, 1
		if place == 7 || place == 90 {
			want, n = bulk.Failed, 0
		}
		if o.Status != want || o.Username != fmt.Sprint(place) || times[o.Username] != n {
			t.Errorf("row %d is %v, done %d times", place, o.Result, times[o.Username])
		}
	}
}

// A row that makes the hub panic fails alone, too, and the hub goes on; so do the rows of a job of
// which all else panics.
func TestARowThatPanicsFailsAlone(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	r := f.runner(nil)
	w := &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) {
		if place == 7 {
			panic("a fault of the hub")
		}
		return done(place), nil
	}}
	outcomes, err := r.Do(t.Context(), f.create(r, "", 60), w, nil)
	if err != nil {
		t.Fatal(err)
	}
	for place, o := range outcomes {
		if failed := o.Status == bulk.Failed; failed != (place == 7) || o.Username != fmt.Sprint(place) {
			t.Errorf("row %d is %v", place, o.Result)
		}
	}
	pending := func(place int, _ bulk.Outcome) (bulk.Outcome, error) {
		return bulk.Outcome{Result: bulk.Result{Username: fmt.Sprint(place), Status: bulk.Pending}}, nil
	}
	for what, w := range map[string]*work{
		"check": {row: pending, check: func() error { panic("a fault of the hub") }},
		"await": {row: pending, await: func(context.Context) error { panic("a fault of the hub") }},
	} {
		outcomes, err := r.Do(t.Context(), f.create(r, "", 1), w, nil)
		if err != nil || slices.ContainsFunc(outcomes, func(o bulk.Outcome) bool { return o.Status != bulk.Failed }) {
			t.Errorf("%s: %v, %v", what, outcomes, err)
		}
	}
}

// While the database does not take a transaction, the job waits, and each row is done once.
func TestAJobWaitsForTheDatabase(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	r := f.runner(nil)
	away := 2
	w := &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) {
		if place == 60 && away > 0 {
			away--
			return bulk.Outcome{}, hub.Errorf(hub.Unavailable, "the database is busy")
		}
		return done(place), nil
	}}
	outcomes, err := r.Do(t.Context(), f.create(r, "", 100), w, nil)
	if err != nil || slices.ContainsFunc(outcomes, func(o bulk.Outcome) bool { return o.Status != bulk.Changed }) {
		t.Errorf("%v, %v", outcomes, err)
	}
	for row, n := range f.times() {
		if n != 1 {
			t.Errorf("row %s was done %d times", row, n)
		}
	}
}

// A job that is called off while its rows wait for something is not taken back by its worker: what
// was to be done to them is not done, and they say that it had begun.
func TestAJobIsCalledOffWhileItWaits(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	var w *work
	r := f.runner(func(context.Context, hub.Job, json.RawMessage) (bulk.Work, error) {
		return w, hub.Errorf(hub.Forbidden, "root called it off")
	})
	job := f.create(r, "k", 1)
	w = &work{
		row: func(place int, was bulk.Outcome) (bulk.Outcome, error) {
			if was.Status == "" {
				return bulk.Outcome{Result: bulk.Result{Username: fmt.Sprint(place), Status: bulk.Pending, Message: "the servers stop"}}, nil
			}
			return done(place), nil
		},
		await: func(ctx context.Context) error {
			f.Update(func(ctx context.Context, tx data.Tx) error {
				_, err := tx.CallOffJob(ctx, job.ID, json.RawMessage(`{}`))
				return err
			})
			return errors.New("they still stop")
		},
	}
	outcomes, err := r.Do(t.Context(), job, w, nil)
	for err == nil && len(outcomes) == 1 && outcomes[0].Status == bulk.Pending {
		outcomes, err = r.Wait(t.Context(), job.ID)
	}
	if err != nil || len(outcomes) != 1 || outcomes[0].Status != bulk.Failed || outcomes[0].Message != "root called it off. It had begun: the servers stop" {
		t.Errorf("%v, %v", outcomes, err)
	}
	if n := f.times()["0"]; n != 0 {
		t.Errorf("it was done %d times", n)
	}
}

// Rows that wait are told of after a while, and are done when they can be: also where nobody
// asks any more.
func TestRowsThatWait(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	r := f.runner(nil)
	var ready atomic.Bool
	happened := make(chan struct{})
	w := &work{
		row: func(place int, was bulk.Outcome) (bulk.Outcome, error) {
			switch {
			case place%2 == 0:
				return done(place), nil
			case was.Status == "":
				return bulk.Outcome{Result: bulk.Result{Username: fmt.Sprint(place), Status: bulk.Pending}, Note: json.RawMessage(`"waits"`)}, nil
			case string(was.Note) != `"waits"`:
				return bulk.Outcome{}, errors.New("the note is lost")
			case !ready.Load():
				return was, nil
			}
			return done(place), nil
		},
		await: func(ctx context.Context) error {
			select {
			case <-happened:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
	job := f.create(r, "k", 120)
	outcomes, err := r.Do(t.Context(), job, w, nil)
	if err != nil || outcomes[0].Status != bulk.Changed || outcomes[1].Status != bulk.Pending {
		t.Fatalf("%v, %v", outcomes, err)
	}
	ready.Store(true)
	close(happened)
	for range 1000 {
		if outcomes, err = r.Wait(t.Context(), job.ID); err != nil || outcomes[1].Status != bulk.Pending {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for place, o := range outcomes {
		if o.Status != bulk.Changed || f.times()[o.Username] != 1 {
			t.Fatalf("row %d is %v", place, o.Result)
		}
	}
}

// Whoever asks where a job was worked on, and waits still, learns what another one has made of it since.
func TestAJobThatWasDoneElsewhere(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	waits := bulk.Outcome{Result: bulk.Result{Username: "0", Status: bulk.Pending}}
	r := f.runner(nil)
	job := f.create(r, "k", 1)
	w := &work{
		row: func(int, bulk.Outcome) (bulk.Outcome, error) { return waits, nil },
		await: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	}
	if outcomes, err := r.Do(t.Context(), job, w, nil); err != nil || outcomes[0].Status != bulk.Pending {
		t.Fatalf("%v, %v", outcomes, err)
	}
	f.Update(func(ctx context.Context, tx data.Tx) error { // which ends the claim
		_, err := tx.CallOffJob(ctx, job.ID, json.RawMessage(`{}`))
		return err
	})
	other := f.runner(func(context.Context, hub.Job, json.RawMessage) (bulk.Work, error) {
		return &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) { return done(place), nil }}, nil
	})
	if err := other.TakeUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 0; f.times()["0"] == 0; i++ {
		if i == 1000 {
			t.Fatal("it is not done")
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, asked := range []*bulk.Runner{other, r} {
		if outcomes, err := asked.Wait(t.Context(), job.ID); err != nil || outcomes[0].Status != bulk.Changed {
			t.Errorf("%v, %v", outcomes, err)
		}
	}
}

// Somebody whose claim was taken over does nothing more.
func TestALostClaimEndsTheWork(t *testing.T) {
	clock := testkit.NewClock()
	f := &fixture{t, testkit.New(t, func(o *testkit.Options) { o.Clock = clock.Now })}
	r := f.runner(nil)
	job := f.create(r, "k", 120)
	steps := 0
	w := &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) { return done(place), nil }}
	w.check = func() error {
		if steps++; steps == 2 { // it has slept so long that another one took the job
			clock.Add(time.Minute)
			f.Update(func(ctx context.Context, tx data.Tx) error {
				ok, err := tx.ClaimJob(ctx, job.ID, "another", tx.Now().Add(time.Hour))
				if !ok {
					err = errors.Join(err, errors.New("the claim has not run out"))
				}
				return err
			})
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if outcomes, err := r.Do(ctx, job, w, nil); !hub.Is(err, hub.Unavailable) {
		t.Errorf("%v, %v", outcomes, err)
	}
	if n := len(f.times()); n == 0 || n == 120 || steps != 2 {
		t.Errorf("%d rows were done in %d steps", n, steps)
	}
}

// Whoever asks under the key of a job that was made a moment ago may begin it before the one
// who made it: both get the same answer, and the work is done once.
func TestAJobThatSomebodyElseBegan(t *testing.T) {
	f := &fixture{t, testkit.New(t)}
	opened, goOn := make(chan struct{}), make(chan struct{})
	r := f.runner(func(context.Context, hub.Job, json.RawMessage) (bulk.Work, error) {
		close(opened)
		<-goOn
		return &work{row: func(place int, _ bulk.Outcome) (bulk.Outcome, error) { return done(place), nil }}, nil
	})
	job := f.create(r, "key", 3)
	type answer struct {
		outcomes []bulk.Outcome
		err      error
	}
	waits := make(chan answer, 1)
	go func() {
		outcomes, err := r.Wait(t.Context(), job.ID)
		waits <- answer{outcomes, err}
	}()
	<-opened
	time.AfterFunc(10*time.Millisecond, func() { close(goOn) })
	outcomes, err := r.Do(t.Context(), job, &work{}, nil)
	other := <-waits
	for _, a := range []answer{{outcomes, err}, other} {
		if a.err != nil || len(a.outcomes) != 3 || a.outcomes[2].Result.Status != bulk.Changed {
			t.Errorf("%v, %v", a.outcomes, a.err)
		}
	}
	for row, n := range f.times() {
		if n != 1 {
			t.Errorf("row %s was done %d times", row, n)
		}
	}
}
