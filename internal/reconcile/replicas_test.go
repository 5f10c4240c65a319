package reconcile_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/replica"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/testkit"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// view is one hub's way to the processes that all hubs see: it notes what this hub does.
type view struct {
	*fakeDriver

	mu    sync.Mutex
	calls map[int64]int // of Start and Stop, by server
	hold  func(ctx context.Context) error
}

func (d *fakeDriver) by() *view { return &view{fakeDriver: d, calls: map[int64]int{}} }

func (v *view) note(id int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls[id]++
}

// called is how often the hub acted on a server; 0 asks for all of them.
func (v *view) called(id int64) (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k, c := range v.calls {
		if id == 0 || k == id {
			n += c
		}
	}
	return n
}

func (v *view) Start(ctx context.Context, spec spawn.Spec) error {
	v.note(spec.ServerID)
	if v.hold != nil {
		if err := v.hold(ctx); err != nil {
			return err
		}
	}
	return v.fakeDriver.Start(ctx, spec)
}

func (v *view) Stop(ctx context.Context, id, fence int64, gentle bool) error {
	v.note(id)
	return v.fakeDriver.Stop(ctx, id, fence, gentle)
}

// anywhere is a driver whose servers any hub can drive.
func anywhere(t *testing.T) *fakeDriver {
	t.Helper()
	d := newFakeDriver(t)
	d.node = ""
	return d
}

// pairs gives two hubs' benches on one database: in one process on SQLite, and with two
// stores on PostgreSQL.
func pairs() map[string]func(t *testing.T, people int) (a, b *bench) {
	return map[string]func(t *testing.T, people int) (a, b *bench){
		"one store": func(t *testing.T, people int) (a, b *bench) {
			t.Helper()
			a = newBench(t, people)
			return a, a
		},
		"postgres": func(t *testing.T, people int) (a, b *bench) {
			t.Helper()
			url := postgrestest.Schema(t)
			on := func(o *testkit.Options) { o.URL = url }
			a = newBench(t, people, on)
			b = benchOn(t, on)
			b.asAdmin()
			return a, b
		},
	}
}

// onPairs runs a test on each of them, with short leases.
func onPairs(t *testing.T, people int, fn func(t *testing.T, a, b *bench)) {
	t.Helper()
	for name, pair := range pairs() {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, people)
			a.lease, b.lease = 2*time.Second, 2*time.Second
			fn(t, a, b)
		})
	}
}

// One of two hubs is killed in the middle of 200 starts, and comes back: all servers get
// ready, each with the one process that was made for it.
func TestAHubIsKilledAmongStarts(t *testing.T) {
	const servers = 200
	onPairs(t, servers, func(t *testing.T, a, b *bench) {
		d := anywhere(t)
		many := func(o *reconcile.Options) { o.Starts = 10 }
		var mu sync.Mutex
		made, reached, killed := 0, make(chan struct{}), make(chan struct{})
		once := sync.OnceFunc(func() { close(reached) })
		d.gate = func(ctx context.Context, point string, _ spawn.Spec) error {
			mu.Lock()
			made++
			n := made
			mu.Unlock()
			if n >= servers/2 { // the others wait for what is about to happen
				once()
				select {
				case <-killed:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return hub.Sleep(ctx, time.Duration(n%5)*10*time.Millisecond)
		}
		first, second := d.by(), d.by()
		kill := a.hub(first, many)
		b.hub(second, many)
		var ids []int64
		for i := range servers {
			ids = append(ids, b.startPatiently(fmt.Sprintf("user%02d", i)).ID)
		}
		<-reached
		kill()
		close(killed)
		took := second.called(0)
		third := d.by()
		a.hub(third, many)
		for _, id := range ids {
			s := b.wait(id, hub.Ready)
			r := d.run(id)
			if !r.alive || r.started != 1 || r.doubles > 0 || r.fence != s.Fence {
				t.Errorf("server %d: alive %v, %d processes, %d doubles, fence %d of %d", id, r.alive, r.started, r.doubles, r.fence, s.Fence)
			}
		}
		if first.called(0) == 0 || took == 0 || third.called(0) == 0 {
			t.Errorf("the hubs made %d, %d and %d starts: not all of them took part", first.called(0), second.called(0), third.called(0))
		}
	})
}

// startPatiently asks again where the database is busy, as clients do.
func (b *bench) startPatiently(user string) hub.Server {
	b.t.Helper()
	for {
		s, err := b.app.StartServer(b.t.Context(), &b.admin, user, "", servers.StartRequest{})
		if err == nil {
			return s
		}
		if !hub.Is(err, hub.Unavailable) {
			b.t.Fatal(err)
		}
	}
}

// run is a copy of what the driver knows of a server.
func (d *fakeDriver) run(id int64) (r fakeRun) {
	d.tell(func() {
		if d.runs[id] != nil {
			r = *d.runs[id]
		}
	})
	return r
}

// leaseOf reads a replica's lease.
func (b *bench) leaseOf(id string) (r hub.Replica) {
	b.t.Helper()
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		all, err := tx.ListReplicas(ctx)
		for _, one := range all {
			if one.ID == id {
				r = one
			}
		}
		return err
	})
	return r
}

// A hub leaves alone what another one drives, for as long as that one renews its lease.
func TestTheLeaseOfAnotherIsRespected(t *testing.T) {
	onPairs(t, 4, func(t *testing.T, a, b *bench) {
		d := anywhere(t)
		first, second := d.by(), d.by()
		stop := a.hub(first, nil)
		s := a.wait(a.start("user00").ID, hub.Ready)
		b.hub(second, nil)
		began := a.leaseOf(s.Owner)
		if s.Owner == "" || !began.Alive {
			t.Fatalf("driven by %q, whose lease: %+v", s.Owner, began)
		}
		eventually(t, "it was renewed for longer than a lease", func() bool {
			return a.leaseOf(s.Owner).LeaseUntil.Sub(began.LeaseUntil) > 2*a.lease
		})
		if got := b.read(s.ID); got.Owner != s.Owner || second.called(s.ID) != 0 {
			t.Errorf("the other hub drives it (%v), and acted on it %d times", got.Owner != s.Owner, second.called(s.ID))
		}
		d.die(s.ID, "It was killed.")
		if got := a.wait(s.ID, hub.Failed); got.Failure != "It was killed." || second.called(s.ID) != 0 {
			t.Errorf("%q, and the other hub acted on it %d times", got.Failure, second.called(s.ID))
		}
		stop()
		next := b.start("user01")
		b.wait(next.ID, hub.Ready)
	})
}

// A hub that cannot renew its lease stops in the middle of what it does, begins nothing, and
// leaves alone what another one has taken meanwhile, also when it is back.
func TestAJobThatLostItsLeaseGoesNoFurther(t *testing.T) {
	onPairs(t, 4, func(t *testing.T, a, b *bench) {
		d := anywhere(t)
		first, second := d.by(), d.by()
		entered, ended := make(chan struct{}), make(chan struct{})
		once := sync.OnceFunc(func() { close(entered) })
		over := sync.OnceFunc(func() { close(ended) })
		first.hold = func(ctx context.Context) error {
			once()
			<-ctx.Done()
			over()
			return ctx.Err()
		}
		lease := a.joined("")
		a.drive(first, lease, nil)
		s := a.start("user00")
		<-entered // and nobody renews it
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatal("the lease ran out, and the start goes on")
		}
		before := first.called(0)
		later := a.start("user01")
		b.hub(second, nil)
		b.wait(s.ID, hub.Ready)
		b.wait(later.ID, hub.Ready)
		ctx, cancel := context.WithCancel(t.Context())
		renewed := make(chan struct{})
		go func() { defer close(renewed); lease.Run(ctx) }()
		defer func() { cancel(); <-renewed }()
		eventually(t, "it has a lease again", func() bool { _, held := lease.Term(); return held })
		third := b.start("user02") // whoever begins it
		eventually(t, "it was begun", func() bool { return b.read(third.ID).Phase != hub.Queued })
		if n := first.called(s.ID) + first.called(later.ID); n != before {
			t.Errorf("without a lease it acted %d times", n-before)
		}
		if got := b.read(s.ID); got.Owner == lease.ID() || d.run(s.ID).started != 1 {
			t.Errorf("it drives the server again (%v), of which %d processes were made", got.Owner == lease.ID(), d.run(s.ID).started)
		}
	})
}

// A database that is silent for long makes nobody act: each hub goes on with its own servers
// afterwards, none is given up, and starts go on.
func TestTheDatabaseIsSilentForLong(t *testing.T) {
	way, through := tcptest.ForURL(t, postgrestest.Schema(t))
	on := func(o *testkit.Options) { o.URL = through }
	a := newBench(t, 6, on)
	b := benchOn(t, on)
	b.asAdmin()
	a.lease, b.lease = time.Second, time.Second
	here, there := newFakeDriver(t), newFakeDriver(t)
	there.node = "there"
	first, second := here.by(), there.by()
	impatient := func(o *reconcile.Options) { o.Abandon = 2 * time.Second }
	stop := a.hub(first, impatient)
	mine := []hub.Server{a.wait(a.start("user00").ID, hub.Ready), a.wait(a.start("user01").ID, hub.Ready)}
	stop()
	b.hub(second, impatient)
	theirs := b.wait(b.start("user02").ID, hub.Ready)
	lease := a.joined("node")
	ctx, cancel := context.WithCancel(t.Context())
	renewed := make(chan struct{})
	go func() { defer close(renewed); lease.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-renewed })
	a.drive(first, lease, impatient)
	eventually(t, "the hub that came back drives its servers", func() bool {
		return a.read(mine[0].ID).Owner == lease.ID() && a.read(mine[1].ID).Owner == lease.ID()
	})

	before := first.called(0) + second.called(0)
	speak := way.Silence()
	term, _ := lease.Term()
	<-term.Done()
	time.Sleep(4 * time.Second) // longer than any lease, and than hosts are waited for
	speak()
	eventually(t, "it has a lease again", func() bool { _, held := lease.Term(); return held })
	for i, hub := range []*bench{a, b} {
		started := hub.start(fmt.Sprintf("user%02d", 3+i))
		eventually(t, "a start goes on", func() bool { return hub.read(started.ID).Phase == "ready" })
	}
	for _, s := range append(mine, theirs) {
		if got := a.read(s.ID); got.Phase != hub.Ready || got.Fence != s.Fence || got.Node != s.Node {
			t.Errorf("%s: it is %s (%s)", s.FullName(), got.Phase, got.Failure)
		}
	}
	if n := first.called(0) + second.called(0) - before; n != 2 {
		t.Errorf("the drivers were called %d times, for two starts", n)
	}
}

// The clocks of two machines are ten minutes apart: neither takes the other for dead, and
// one that is dead is found out.
func TestClocksThatAreOff(t *testing.T) {
	url := postgrestest.Schema(t)
	off := func(by time.Duration) func(*testkit.Options) {
		return func(o *testkit.Options) {
			o.URL, o.Machine = url, func() time.Time { return hub.SystemClock().Add(by) }
		}
	}
	for name, by := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			url = postgrestest.Schema(t)
			a := newBench(t, 2, off(0))
			b := benchOn(t, off(by))
			b.asAdmin()
			a.lease, b.lease = 2*time.Second, 2*time.Second
			d := anywhere(t)
			first, second := d.by(), d.by()
			kill := a.hub(first, nil)
			s := a.wait(a.start("user00").ID, hub.Ready)
			b.hub(second, nil)
			began := a.leaseOf(s.Owner)
			eventually(t, "it was renewed for longer than a lease", func() bool {
				return b.leaseOf(s.Owner).LeaseUntil.Sub(began.LeaseUntil) > 2*a.lease
			})
			if got := b.read(s.ID); got.Owner != s.Owner || !b.leaseOf(s.Owner).Alive {
				t.Fatal("a hub that lives lost its server to one whose clock is off")
			}
			kill()
			eventually(t, "the server of the dead is taken over", func() bool { return b.read(s.ID).Owner != s.Owner })
			d.die(s.ID, "It was killed.")
			b.wait(s.ID, hub.Failed)
		})
	}
}

// A hub that ends in order gives its servers back: nobody waits for the end of its lease.
func TestAHubThatLeavesIsFollowedAtOnce(t *testing.T) {
	onPairs(t, 1, func(t *testing.T, a, b *bench) {
		a.lease, b.lease = time.Hour, time.Hour // which is not waited for
		d := anywhere(t)
		lease := replica.New(replica.Options{Store: a.kit.DB, Lease: a.lease, Logger: a.log})
		if err := lease.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop := a.drive(d.by(), lease, nil)
		s := a.wait(a.start("user00").ID, hub.Ready)
		b.hub(d.by(), nil)
		stop()
		if err := lease.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "its server is taken over", func() bool { return b.read(s.ID).Owner != s.Owner })
	})
}

// A hub that ends with its servers begins no start that it left to another one.
func TestAHubThatEndsBeginsNoStarts(t *testing.T) {
	b, d := newBench(t, 2), anywhere(t)
	first := d.by()
	stop := b.hub(first, nil)
	mine := b.wait(b.start("user00").ID, hub.Ready)
	b.joined("") // the other one
	if _, err := b.app.StopOwn(t.Context(), &b.admin, servers.Lease{Owner: mine.Owner}); err != nil {
		t.Fatal(err)
	}
	b.wait(mine.ID, hub.Stopped)
	var left hub.Server
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "user01")
		if err == nil {
			left, err = tx.CreateServer(ctx, hub.Server{UserID: u.ID, Phase: hub.Queued, WantRunning: true})
		}
		return err
	})
	looks := 0
	d.die(mine.ID, "") // no pass has anything else to do
	for range 3 {      // passes, each of which would begin it
		eventually(t, "a pass is over", func() bool { looks++; return looks%40 == 0 })
	}
	if got := b.read(left.ID); got.Phase != hub.Queued || first.called(left.ID) != 0 {
		t.Errorf("a start that was left to another hub is %s", got.Phase)
	}
	stop()
}
