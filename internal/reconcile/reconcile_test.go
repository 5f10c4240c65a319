package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/replica"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a database with people in it; hubs come and go on it.
type bench struct {
	t     *testing.T
	kit   *testkit.Hub
	app   *app.App
	admin access.Requester
	log   *slog.Logger
	lease time.Duration // of hubs that are made from now on
	quiet bool          // hubs that are made from now on hear of changes alone
}

func newBench(t *testing.T, people int, change ...func(*testkit.Options)) *bench {
	t.Helper()
	b := benchOn(t, change...)
	kit, admin := b.kit, b.kit.User("admin", true)
	kit.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{UserID: admin.ID, Hash: hub.HashSecret("secret"), Scopes: []string{"inherit"}, ClientID: hub.APIClient})
		return err
	})
	for i := range people {
		kit.User(fmt.Sprintf("user%02d", i), false)
	}
	b.asAdmin()
	return b
}

// benchOn is a database as it is.
func benchOn(t *testing.T, change ...func(*testkit.Options)) *bench {
	t.Helper()
	kit := testkit.New(t, append(change, func(o *testkit.Options) { o.Config.NamedLimit = -1 })...)
	return &bench{t: t, kit: kit, app: kit.App, log: slog.New(slog.DiscardHandler), lease: time.Minute}
}

func (b *bench) asAdmin() {
	b.t.Helper()
	var ok bool
	if b.admin, ok = b.app.Identities().ByToken(b.t.Context(), "secret"); !ok {
		b.t.Fatal("the administrator's token does not work")
	}
	b.admin.RequestID = "request-1"
}

// joined is a new replica with a lease, which is not renewed.
func (b *bench) joined(node string) *replica.Lease {
	b.t.Helper()
	l := replica.New(replica.Options{Store: b.kit.DB, Node: node, Lease: b.lease, Every: min(b.lease/4, 250*time.Millisecond), Logger: b.log})
	if err := l.Join(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return l
}

// hub runs a reconciler, with a lease of its own, until stop is called. Nothing is given
// back then, as when it is killed.
func (b *bench) hub(d spawn.Driver, change func(*reconcile.Options)) (stop func()) {
	b.t.Helper()
	lease := b.joined(d.Node())
	ctx, cancel := context.WithCancel(context.Background())
	renewed := make(chan struct{})
	go func() { defer close(renewed); lease.Run(ctx) }()
	ended := b.drive(d, lease, change)
	stop = func() {
		ended()
		cancel()
		<-renewed
	}
	b.t.Cleanup(stop)
	return stop
}

// drive runs a reconciler under a lease until stop is called.
func (b *bench) drive(d spawn.Driver, lease reconcile.Lease, change func(*reconcile.Options)) (stop func()) {
	b.t.Helper()
	o := reconcile.Options{
		App: b.app, Driver: d, Lease: lease, Starts: 4, Start: 20 * time.Second, HTTP: 20 * time.Second,
		Poll: 20 * time.Millisecond, Clock: hub.SystemClock, Logger: b.log,
	}
	if change != nil {
		change(&o)
	}
	r := reconcile.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	b.app.OnLook(r.Look)
	b.app.OnLogs(r.Log)
	b.kit.Bus.Subscribe(ctx, "reconciler", func(changes []data.Change) { r.Apply(changes...) })
	feed := make(chan struct{})
	go func() { // wake it as the bus would
		defer close(feed)
		if b.quiet {
			return
		}
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				r.Apply(data.Change{Kind: data.ServerChanged})
			}
		}
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-feed
		if err := <-done; err != nil {
			b.t.Errorf("the reconciler ended with %v", err)
		}
	}
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) start(user string) hub.Server {
	b.t.Helper()
	s, err := b.app.StartServer(b.t.Context(), &b.admin, user, "", servers.StartRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) wait(id int64, phase hub.Phase) hub.Server {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	s, err := b.app.WaitServer(ctx, id, func(s hub.Server) bool { return s.Phase == phase })
	if err != nil {
		b.t.Fatalf("waiting for %s: it is %s (%s): %v", phase, s.Phase, s.Failure, err)
	}
	return s
}

func TestStartAndStop(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	if s.Upstream != d.upstream || s.Started.IsZero() || s.ReadyAt.IsZero() || s.LastActivity.IsZero() {
		t.Errorf("a ready server lacks its address or its times: %+v", s)
	}
	if _, err := b.app.StopServer(t.Context(), &b.admin, "user00", "", false); err != nil {
		t.Fatal(err)
	}
	b.wait(s.ID, hub.Stopped)
	if alive, _ := d.snapshot(s.ID); alive {
		t.Error("the process outlived its server")
	}
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		tokens, err := tx.TokensOf(ctx, s.UserID)
		if len(tokens) != 0 {
			t.Errorf("the server's token outlived it: %+v", tokens)
		}
		return err
	})
}

// Who starts a server reads what it may take.
func TestStartSaysTheLimits(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	d.limits = []string{"memory 2 GiB for each process", "200 processes and threads"}
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		events, err := tx.EventsOf(ctx, s.ID, s.Fence, 0)
		at := slices.IndexFunc(events, func(e hub.ServerEvent) bool { return e.Kind == hub.EventStarted })
		if at < 0 {
			t.Fatalf("%+v", events)
		}
		const message = "Server process started, waiting for Jupyter to answer. Its limits: memory 2 GiB for each process; 200 processes and threads"
		const detail = `{"limits":["memory 2 GiB for each process","200 processes and threads"]}`
		if e := events[at]; e.Message != message || string(e.Detail) != detail {
			t.Errorf("%q, %s", e.Message, e.Detail)
		}
		return err
	})
}

// Fifty servers asked for at once: all ready, in the order of asking, none twice,
// never more starting than allowed.
func TestFiftyInOrder(t *testing.T) {
	b, d := newBench(t, 50), newFakeDriver(t)
	var ids []int64
	for i := range 50 {
		ids = append(ids, b.start(fmt.Sprintf("user%02d", i)).ID)
	}
	b.hub(d, func(o *reconcile.Options) { o.Starts = 1 })
	for _, id := range ids {
		b.wait(id, hub.Ready)
		if _, n := d.snapshot(id); n != 1 {
			t.Errorf("server %d was started %d times", id, n)
		}
	}
	if !slices.Equal(d.order, ids) {
		t.Errorf("started in the order %v, asked for in %v", d.order, ids)
	}
	if d.most > 1 {
		t.Errorf("%d were starting at once, 1 is allowed", d.most)
	}
}

func TestLimitsWhatStartsAtOnce(t *testing.T) {
	b, d := newBench(t, 20), newFakeDriver(t)
	var ids []int64
	for i := range 20 {
		ids = append(ids, b.start(fmt.Sprintf("user%02d", i)).ID)
	}
	b.hub(d, func(o *reconcile.Options) { o.Starts = 3 })
	for _, id := range ids {
		b.wait(id, hub.Ready)
	}
	if d.most > 3 {
		t.Errorf("%d were starting at once, 3 are allowed", d.most)
	}
}

// What another host has under way counts for as long as that host lives.
func TestStartsOfADeadHostKeepNobodyWaiting(t *testing.T) {
	b, d := newBench(t, 5), newFakeDriver(t)
	stop := b.hub(d, nil)
	running := b.wait(b.start("user04").ID, hub.Ready)
	stop()
	b.lease = time.Hour
	another := b.joined("another")
	var others []hub.Server
	for i, phase := range []hub.Phase{hub.Starting, hub.Waiting, hub.Waiting} {
		others = append(others, b.start(fmt.Sprintf("user%02d", i)))
		others[i].Phase, others[i].Node, others[i].Owner = phase, "another", another.ID()
	}
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		for _, s := range others {
			if _, err := tx.UpdateServer(ctx, s, s.Fence); err != nil {
				return err
			}
		}
		return nil
	})
	b.hub(d, func(o *reconcile.Options) { o.Starts = 3 })
	mine := b.start("user03")
	b.stop("user04") // which a pass after mine was asked for begins
	b.wait(running.ID, hub.Stopped)
	if got := b.read(mine.ID); got.Phase != hub.Queued {
		t.Errorf("beside three starts of a host that lives it is %s", got.Phase)
	}
	if err := another.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wait(mine.ID, hub.Ready)
}

// The hub dies at each point between asking and ready. After it comes back there
// is one live server, never two, none orphaned.
func TestHubDiesWhileStarting(t *testing.T) {
	for _, point := range []string{"before process", "after process"} {
		t.Run(point, func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			reached := make(chan struct{})
			once := false
			d.gate = func(ctx context.Context, at string, _ spawn.Spec) error {
				if at != point || once {
					return nil
				}
				once = true
				close(reached)
				<-ctx.Done() // nothing after this point happens: the hub is dead
				return ctx.Err()
			}
			s := b.start("user00")
			stop := b.hub(d, nil)
			<-reached
			stop()
			if got := b.wait(s.ID, hub.Starting); !got.WantRunning {
				t.Fatal("the wish was lost")
			}
			b.hub(d, nil)
			s = b.wait(s.ID, hub.Ready)
			alive, started := d.snapshot(s.ID)
			if want := 1; !alive || started != want {
				t.Errorf("alive %v, made %d processes, want %d", alive, started, want)
			}
		})
	}
}

// A start that goes on under a higher fence after the hub's death is not taken for
// somebody else's by the reconciler that made it so.
func TestResumedStartIsLeftAlone(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	starts, died := 0, make(chan struct{})
	d.gate = func(ctx context.Context, at string, _ spawn.Spec) error {
		if at != "before process" {
			return nil
		}
		starts++
		if starts == 1 {
			close(died)
			<-ctx.Done()
			return ctx.Err()
		}
		select { // long enough for the reconciler to look at the server many times
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(300 * time.Millisecond):
			return nil
		}
	}
	s := b.start("user00")
	stop := b.hub(d, nil)
	<-died
	stop()
	b.hub(d, nil)
	got := b.wait(s.ID, hub.Ready)
	if starts != 2 || got.Fence != s.Fence+1 {
		t.Errorf("it took %d starts and %d fences to go on", starts, got.Fence-s.Fence)
	}
}

// A hub that comes back finds servers that run, and one that died meanwhile.
func TestFindsRunningServersAgain(t *testing.T) {
	b, d := newBench(t, 2), newFakeDriver(t)
	stop := b.hub(d, nil)
	lives, dies := b.wait(b.start("user00").ID, hub.Ready), b.wait(b.start("user01").ID, hub.Ready)
	stop()
	d.die(dies.ID, "It was killed for using too much memory.")
	b.hub(d, nil)
	got := b.wait(dies.ID, hub.Failed)
	if got.Failure != "It was killed for using too much memory." || got.FailureLog != "last words" {
		t.Errorf("a dead server says %q with the log %q", got.Failure, got.FailureLog)
	}
	if got := b.wait(lives.ID, hub.Ready); got.Fence != lives.Fence {
		t.Error("a running server was started anew")
	}
	if _, n := d.snapshot(lives.ID); n != 1 {
		t.Errorf("a running server was started %d times", n)
	}
}

func TestFailures(t *testing.T) {
	for _, tc := range []struct {
		name   string
		gate   func(d *fakeDriver) func(context.Context, string, spawn.Spec) error
		change func(*reconcile.Options)
		want   string
	}{
		{
			name: "driver says why",
			gate: func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
				return func(context.Context, string, spawn.Spec) error {
					return hub.Errorf(hub.Unavailable, "There is no account for user00.")
				}
			},
			want: "There is no account for user00.",
		},
		{
			name: "driver fails",
			gate: func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
				return func(context.Context, string, spawn.Spec) error { return errors.New("no such file") }
			},
			want: "The server could not be started because of an error in the hub. Its administrators find the cause in the hub's log, under the request request-1.",
		},
		{
			name: "driver takes too long",
			gate: func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
				return func(ctx context.Context, _ string, _ spawn.Spec) error { <-ctx.Done(); return ctx.Err() }
			},
			change: func(o *reconcile.Options) { o.Start = 30 * time.Millisecond },
			want:   "The server could not be started within 30ms.",
		},
		{
			name: "never answers",
			gate: func(d *fakeDriver) func(context.Context, string, spawn.Spec) error {
				d.upstream = "http://127.0.0.1:1"
				return nil
			},
			change: func(o *reconcile.Options) { o.HTTP = 60 * time.Millisecond },
			want:   "The server started but did not answer within 60ms. Its log may say why.",
		},
		{
			name: "ends before it answers",
			gate: func(d *fakeDriver) func(context.Context, string, spawn.Spec) error {
				d.upstream = "http://127.0.0.1:1"
				return func(_ context.Context, at string, s spawn.Spec) error {
					if at == "after process" {
						d.die(s.ServerID, "It ended with status 3.")
					}
					return nil
				}
			},
			want: "It ended with status 3.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			d.gate = tc.gate(d)
			b.hub(d, tc.change)
			s := b.wait(b.start("user00").ID, hub.Failed)
			if s.Failure != tc.want {
				t.Errorf("it says %q, want %q", s.Failure, tc.want)
			}
			if alive, _ := d.snapshot(s.ID); alive {
				t.Error("a failed start left a process")
			}
			if s.WantRunning {
				t.Error("a failed server is still wanted: it would start in a loop")
			}
		})
	}
}

// Stopping a server that is being started ends the start.
func TestStopWhileStarting(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	reached := make(chan struct{})
	d.gate = func(ctx context.Context, at string, _ spawn.Spec) error {
		if at == "after process" {
			close(reached)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	b.hub(d, nil)
	s := b.start("user00")
	<-reached
	if _, err := b.app.StopServer(t.Context(), &b.admin, "user00", "", false); err != nil {
		t.Fatal(err)
	}
	b.wait(s.ID, hub.Stopped)
	if alive, _ := d.snapshot(s.ID); alive {
		t.Error("the process outlived its server")
	}
}

// Turns are fair: everybody's first server comes before anybody's second.
func TestQueueIsFair(t *testing.T) {
	queued := func(id, user int64) hub.Server {
		return hub.Server{ID: id, UserID: user, Phase: hub.Queued, WantRunning: true, Ticket: id}
	}
	live := []hub.Server{
		queued(1, 1), queued(2, 1), queued(3, 1), queued(4, 2), queued(5, 3),
		{ID: 6, UserID: 3, Phase: hub.Waiting, WantRunning: true},
	}
	var got []int64
	for _, s := range mirror.Queue(live) {
		got = append(got, s.ID)
	}
	if want := []int64{1, 4, 2, 5, 3}; !slices.Equal(got, want) {
		t.Errorf("turns %v, want %v", got, want)
	}
}
