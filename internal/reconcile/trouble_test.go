package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/spawn"
)

// stopwatch is an hub.Elapsed that the test moves.
type stopwatch struct {
	mu  sync.Mutex
	now time.Duration
}

func (w *stopwatch) elapsed() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *stopwatch) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now += d
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not seen in time: %s", what)
}

func (b *bench) read(id int64) hub.Server {
	b.t.Helper()
	s, err := b.app.WaitServer(b.t.Context(), id, func(hub.Server) bool { return true })
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) stop(user string) {
	b.t.Helper()
	if _, err := b.app.StopServer(b.t.Context(), &b.admin, user, "", false); err != nil {
		b.t.Fatal(err)
	}
}

// exercise lets the reconciler pass over the servers many times.
func (b *bench) exercise(user string) {
	b.t.Helper()
	for range 5 {
		s := b.start(user)
		b.wait(s.ID, hub.Ready)
		b.stop(user)
		b.wait(s.ID, hub.Stopped)
	}
}

func (d *fakeDriver) stick(id int64, stuck bool) {
	d.tell(func() {
		d.stuck = nil
		if stuck {
			d.stuck = func(of int64) error {
				if of == id {
					return errors.New("1 processes of the server cannot be killed")
				}
				return nil
			}
		}
	})
}

func refuse(user, why string) func(context.Context, string, spawn.Spec) error {
	return func(_ context.Context, at string, s spawn.Spec) error {
		if s.UserName == user && at == "after process" {
			return hub.Errorf(hub.Unavailable, "%s", why)
		}
		return nil
	}
}

// A server that failed and cannot be killed keeps nobody else from starting, and its
// reason is known although it has not ended.
func TestUnkillableServerFreesItsTurn(t *testing.T) {
	b, d := newBench(t, 2), newFakeDriver(t)
	d.gate = refuse("user00", "There is no home.")
	first := b.start("user00")
	d.stick(first.ID, true)
	stop := b.hub(d, func(o *reconcile.Options) { o.Starts = 1 })
	b.wait(b.start("user01").ID, hub.Ready)
	got := b.wait(first.ID, hub.Stopping)
	if got.WantRunning || got.Failure != "There is no home." || !got.Failing() {
		t.Errorf("while it cannot be killed: %+v", got)
	}
	// The reason outlives a hub that is killed between the stop and its record.
	stop()
	d.stick(first.ID, false)
	b.hub(d, nil)
	got = b.wait(first.ID, hub.Failed)
	if got.Failure != "There is no home." || got.FailureLog != "last words" {
		t.Errorf("failed with %q and the log %q", got.Failure, got.FailureLog)
	}
}

// A driver that only errs does not keep a start going for ever.
func TestStartOfABrokenDriverEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(d *fakeDriver, id int64)
		want  string
	}{
		"while it starts": {func(d *fakeDriver, id int64) {
			d.gate = func(_ context.Context, _ string, s spawn.Spec) error {
				if s.ServerID == id {
					return spawn.ErrFenced
				}
				return nil
			}
		}, "The server could not be started within 100ms."},
		"while it is waited for": {func(d *fakeDriver, id int64) {
			d.blind = func(of int64) error {
				if of == id {
					return errors.New("no answer")
				}
				return nil
			}
		}, "The server started but did not answer within 100ms. Its log may say why."},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := newBench(t, 2), newFakeDriver(t)
			first := b.start("user00")
			tc.spoil(d, first.ID)
			d.stick(first.ID, true)
			b.hub(d, func(o *reconcile.Options) { o.Starts, o.Start, o.HTTP = 1, 100*time.Millisecond, 100*time.Millisecond })
			if got := b.wait(first.ID, hub.Stopping); got.Failure != tc.want {
				t.Errorf("it says %q, want %q", got.Failure, tc.want)
			}
			eventually(t, "the next one's turn", func() bool { // within limits this tight it may fail, too
				s := b.start("user01")
				got, err := b.app.WaitServer(t.Context(), s.ID, func(s hub.Server) bool { return s.Running() || !s.Active() })
				return err == nil && got.Running()
			})
			d.tell(func() { d.blind = nil })
			d.stick(first.ID, false)
			b.wait(first.ID, hub.Failed)
		})
	}
}

// A step that fails is tried again after a pause that grows, however much happens
// meanwhile, and people are told when it goes on.
func TestFailingStepsBackOff(t *testing.T) {
	b, d, w := newBench(t, 2), newFakeDriver(t), &stopwatch{}
	b.hub(d, func(o *reconcile.Options) { o.Elapsed = w.elapsed })
	first := b.wait(b.start("user00").ID, hub.Ready)
	d.stick(first.ID, true)
	stops := func() (n int) {
		d.tell(func() { n = d.stops[first.ID] })
		return n
	}
	b.stop("user00")
	for want := 1; want <= 4; want++ {
		eventually(t, fmt.Sprintf("attempt %d", want), func() bool { return stops() >= want })
		b.exercise("user01")
		if got := stops(); got != want {
			t.Fatalf("stopped %d times, want %d: the pause was not kept", got, want)
		}
		w.add(time.Second << (want - 1))
	}
	if got := b.read(first.ID); got.Failure != "" {
		t.Errorf("too early: %q", got.Failure)
	}
	w.add(2 * time.Minute)
	eventually(t, "people are told", func() bool { return b.read(first.ID).Failure == hub.StuckStopping })
	d.stick(first.ID, false)
	eventually(t, "an attempt after the pause", func() bool { // which may begin only now
		w.add(time.Minute)
		return b.read(first.ID).Phase == hub.Stopped
	})
	if got := b.read(first.ID); got.Failure != "" {
		t.Errorf("stopped in the end, and says %q", got.Failure)
	}
}

// A new wish does not wait for the pause of the last one.
func TestNewWishEndsThePause(t *testing.T) {
	b, d, w := newBench(t, 1), newFakeDriver(t), &stopwatch{}
	b.hub(d, func(o *reconcile.Options) { o.Elapsed = w.elapsed })
	first := b.wait(b.start("user00").ID, hub.Ready)
	before := 0
	d.tell(func() {
		before = d.looks
		d.blind = func(int64) error { return errors.New("no answer") }
	})
	asked := 0
	eventually(t, "a failed look", func() bool { // the next one waits
		if asked++; asked%100 == 1 { // the first may come before the look is planned
			w.add(time.Minute)
		}
		var n int
		d.tell(func() { n = d.looks })
		return n > before
	})
	d.tell(func() { d.blind = nil })
	b.stop("user00")
	b.wait(first.ID, hub.Stopped)
}

// After a restart not all servers are looked at in one instant, and never too many at once.
func TestFirstChecksAreSpread(t *testing.T) {
	const many = 60
	b, d, w := newBench(t, many+1), newFakeDriver(t), &stopwatch{}
	stop := b.hub(d, func(o *reconcile.Options) { o.Starts = many })
	old := map[int64]bool{}
	for i := range many {
		old[b.start(fmt.Sprintf("user%02d", i)).ID] = true
	}
	eventually(t, "all are ready", func() bool {
		live, err := b.app.LiveServers(t.Context())
		ready := 0
		for _, s := range live {
			if s.Phase == hub.Ready {
				ready++
			}
		}
		return err == nil && ready == many
	})
	stop()
	gate := make(chan struct{})
	looking := func() (n int) {
		d.tell(func() { n = d.looking })
		return n
	}
	d.tell(func() {
		d.crowd = 0
		d.blind = func(id int64) error {
			if old[id] {
				<-gate
			}
			return nil
		}
	})
	b.hub(d, func(o *reconcile.Options) { o.Elapsed, o.Poll = w.elapsed, time.Hour })
	b.exercise(fmt.Sprintf("user%02d", many)) // it has seen them all by then
	if n := looking(); n > 1 {
		t.Errorf("%d of %d were looked at in one instant", n, many)
	}
	// Of 60 spread at random over an hour, none is due within 12 minutes once in
	// 600,000 runs, and half of them are rarer still.
	w.add(12 * time.Minute)
	eventually(t, "the first looks", func() bool { return looking() > 0 })
	if n := looking(); n > many/2 {
		t.Errorf("%d of %d were looked at within a fifth of the time", n, many)
	}
	w.add(time.Hour)
	eventually(t, "as many as there may be", func() bool { return looking() == 32 })
	close(gate)
	eventually(t, "all were looked at", func() bool {
		var n int
		d.tell(func() { n = d.crowd })
		return looking() == 0 && n == 32
	})
}

// A server whose host is gone for good is written off, without asking this host's driver.
func TestServerOfALostHostIsWrittenOff(t *testing.T) {
	b, d, w := newBench(t, 1), newFakeDriver(t), &stopwatch{}
	b.lease = 300 * time.Millisecond
	stop := b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	stop()
	b.lease = time.Minute
	other := newFakeDriver(t)
	other.node = "another"
	var said logged
	b.hub(other, func(o *reconcile.Options) {
		o.Elapsed, o.Abandon, o.Logger = w.elapsed, 20*time.Millisecond, said.logger()
	})
	b.stop("user00")
	time.Sleep(time.Second) // until the lease is over by the clock, which alone proves nothing
	if got := b.read(s.ID); got.Phase != hub.Stopping {
		t.Fatalf("it is %s before this hub has looked on for long", got.Phase)
	}
	eventually(t, "it is written off", func() bool { w.add(time.Minute); return b.read(s.ID).Phase == hub.Failed })
	got := b.read(s.ID)
	if got.Node != "" || got.Owner != "" || !strings.Contains(got.Failure, "host") {
		t.Errorf("written off: %+v", got)
	}
	if n := other.stops[s.ID] + other.looks; n != 0 {
		t.Errorf("the driver of another host was called %d times", n)
	}
	eventually(t, "the log says it", func() bool { return strings.Contains(said.String(), "written off") })
	b.wait(b.start("user00").ID, hub.Ready)
}

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// After the database went back to a backup, ids and fences are given out again. Nobody
// gets the process of somebody else, and none of them lives on.
func TestRunsThatTheDatabaseDoesNotKnow(t *testing.T) {
	for _, fence := range []int64{1, 5} {
		t.Run(fmt.Sprintf("start below run %d", fence), func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			s := b.start("user00")
			d.runs[s.ID] = &fakeRun{fence: fence, id: "somebody else's", alive: true, started: 1}
			b.hub(d, nil)
			got := b.wait(s.ID, hub.Ready)
			if _, n := d.snapshot(s.ID); n != 2 || got.Fence != fence+1 || d.runs[s.ID].id == "somebody else's" {
				t.Errorf("run %d after %d starts: %+v", got.Fence, n, d.runs[s.ID])
			}
		})
		t.Run(fmt.Sprintf("stop below run %d", fence+1), func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			stop := b.hub(d, nil)
			s := b.wait(b.start("user00").ID, hub.Ready)
			stop()
			d.runs[s.ID] = &fakeRun{fence: fence + 1, id: "somebody else's", alive: true}
			b.stop("user00")
			b.hub(d, nil)
			b.wait(s.ID, hub.Stopped)
			if alive, _ := d.snapshot(s.ID); alive {
				t.Error("it lives on")
			}
		})
	}
	t.Run("ready under the same fence", func(t *testing.T) {
		b, d := newBench(t, 1), newFakeDriver(t)
		stop := b.hub(d, nil)
		s := b.wait(b.start("user00").ID, hub.Ready)
		stop()
		d.runs[s.ID].id = "somebody else's"
		b.hub(d, nil)
		if got := b.wait(s.ID, hub.Failed); got.FailureLog != "" {
			t.Errorf("shows somebody else's log: %q", got.FailureLog)
		}
		if alive, _ := d.snapshot(s.ID); alive {
			t.Error("it lives on")
		}
	})
	t.Run("starting under the same fence", func(t *testing.T) {
		b, d := newBench(t, 1), newFakeDriver(t)
		died := d.dieOnce("after process")
		s := b.start("user00")
		stop := b.hub(d, nil)
		<-died
		stop()
		d.runs[s.ID].id = "somebody else's"
		b.hub(d, nil)
		if got := b.wait(s.ID, hub.Ready); got.Fence != s.Fence+1 {
			t.Errorf("run %d was taken over", got.Fence)
		}
	})
}

// dieOnce lets nothing happen after the point of the first start, until the hub ends.
func (d *fakeDriver) dieOnce(point string) <-chan struct{} {
	died, once := make(chan struct{}), false
	d.gate = func(ctx context.Context, at string, _ spawn.Spec) error {
		if at != point || once {
			return nil
		}
		once = true
		close(died)
		<-ctx.Done()
		return ctx.Err()
	}
	return died
}

// A process that is just coming to life is waited for, not replaced.
func TestResumeGoesOnWithAPendingRun(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	died := d.dieOnce("after process")
	s := b.start("user00")
	stop := b.hub(d, nil)
	<-died
	stop()
	d.runs[s.ID].pending = true
	b.hub(d, nil)
	b.wait(s.ID, hub.Waiting)
	d.tell(func() { d.runs[s.ID].pending = false })
	got := b.wait(s.ID, hub.Ready)
	if _, n := d.snapshot(s.ID); n != 1 || got.Fence != s.Fence {
		t.Errorf("%d processes, run %d instead of %d", n, got.Fence, s.Fence)
	}
}

// A run ends once: whoever comes later changes neither phase nor reason.
func TestEndOfARunIsWrittenOnce(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	d.gate = refuse("user00", "There is no home.")
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Failed)
	if err := b.app.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	if got := b.read(s.ID); got.Phase != hub.Failed || got.Failure != s.Failure || got.FailureLog != s.FailureLog {
		t.Errorf("after a second end it is %s with %q", got.Phase, got.Failure)
	}
}

// Somebody sets the machine's clock: back, and a dead server is found all the same;
// forward, and a start keeps its time.
func TestStepsOfTheClock(t *testing.T) {
	var mu sync.Mutex
	var step time.Duration
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return hub.SystemClock().Add(step)
	}
	jump := func(by time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		step = by
	}
	b, d := newBench(t, 2), newFakeDriver(t)
	b.hub(d, func(o *reconcile.Options) { o.Clock = clock })
	s := b.wait(b.start("user00").ID, hub.Ready)
	jump(-time.Hour)
	d.die(s.ID, "It was killed.")
	b.wait(s.ID, hub.Failed)

	jump(0)
	answering := d.upstream
	d.tell(func() { d.upstream = "http://127.0.0.1:1" })
	s = b.wait(b.start("user01").ID, hub.Waiting)
	looks := 0
	d.tell(func() { looks = d.looks })
	eventually(t, "it is being asked", func() bool {
		var n int
		d.tell(func() { n = d.looks })
		return n > looks
	})
	jump(time.Hour)
	d.tell(func() { looks = d.looks })
	eventually(t, "it is still being asked", func() bool {
		var n int
		d.tell(func() { n = d.looks })
		return n > looks+1
	})
	d.tell(func() { d.upstream = answering })
	b.wait(s.ID, hub.Ready)
}

// What went wrong inside is for the log; people get the request to ask about.
func TestInternalErrorsStayInTheLog(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	d.gate = func(context.Context, string, spawn.Spec) error { return errors.New("open /srv/secret: no such file") }
	var said logged
	b.hub(d, func(o *reconcile.Options) { o.Logger = said.logger() })
	s := b.wait(b.start("user00").ID, hub.Failed)
	if strings.Contains(s.Failure, "secret") || !strings.Contains(s.Failure, "request-1") {
		t.Errorf("people are told %q", s.Failure)
	}
	if !strings.Contains(said.String(), "/srv/secret") || !strings.Contains(said.String(), "request-1") {
		t.Errorf("the log does not say why: %s", said.String())
	}
}

// The log of a run that goes on is read where its process lives, and no other run's.
func TestLogOfARunThatGoesOn(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	log := func() string {
		t.Helper()
		text, err := b.app.ServerLog(t.Context(), &b.admin, "user00", "")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if got := log(); got != "last words" {
		t.Errorf("it reads %q", got)
	}
	d.mu.Lock()
	id := d.runs[s.ID].id
	d.runs[s.ID].id = "somebody else's"
	d.mu.Unlock()
	if got := log(); got != "" {
		t.Errorf("reads somebody else's: %q", got)
	}
	d.mu.Lock()
	d.runs[s.ID].id = id
	d.mu.Unlock()
}
