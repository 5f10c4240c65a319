package app_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/testkit"
)

// guesses makes a guess a second for ten minutes, at the throttles in turn, and tells which
// ones were let through.
func guesses(t *testing.T, clock *testkit.Clock, throttles []*native.Throttle, who func(i int) (name, address string)) (through []int) {
	t.Helper()
	for i := range 600 {
		name, address := who(i)
		th := throttles[i%len(throttles)]
		switch err := th.Check(t.Context(), name, address); {
		case err == nil:
			through = append(through, i)
			th.Failed(t.Context(), name, address)
		case !hub.Is(err, hub.Limit):
			t.Fatal(err)
		}
		clock.Add(time.Second)
	}
	return through
}

// Who spreads guesses over the hubs of a database gets no more of them through than at one.
func TestGuessesSpreadOverTwoHubsAreLimitedAsAtOne(t *testing.T) {
	for what, who := range map[string]func(i int) (name, address string){
		"a name from an address":     func(int) (string, string) { return "ann", "192.0.2.1" },
		"a name from everywhere":     func(i int) (string, string) { return "ann", fmt.Sprintf("192.0.2.%d", i%200) },
		"everybody from one address": func(i int) (string, string) { return fmt.Sprintf("student%d", i), "2001:db8::1" },
	} {
		t.Run(what, func(t *testing.T) {
			options := native.ThrottleOptions{PerAddressFailures: 10}
			alone := testkit.NewClock()
			options.Clock = alone.Now
			want := guesses(t, alone, []*native.Throttle{native.NewThrottle(options)}, who)
			if len(want) < 5 || len(want) > 500 {
				t.Fatalf("%d guesses get through at one hub: that shows nothing", len(want))
			}

			f := newFixture(t, nil)
			options.Clock, options.Shared = f.clock.Now, f.DB
			got := guesses(t, f.clock, []*native.Throttle{native.NewThrottle(options), native.NewThrottle(options)}, who)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("which get through (-at one +at two):\n%s", diff)
			}
		})
	}
}

// twoHubs are two on one database, which count failed logins there.
func twoHubs(f *fixture) (one, other *app.App) {
	hubOn := func() *app.App {
		return app.New(app.Deps{
			Config: f.Config(), Store: f.DB, Relay: &mirror.Relay{}, Hasher: f.Hasher, Clock: f.clock.Now, Logger: discard(),
			Throttle: native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now, Shared: f.DB}),
		})
	}
	return hubOn(), hubOn()
}

func loginAt(t *testing.T, a *app.App, password, address string) error {
	t.Helper()
	_, err := a.Login(t.Context(), "ann", password, login.Browser{Address: address})
	return err
}

func TestFailuresAreForgottenAtAllHubsByALogin(t *testing.T) {
	f := newFixture(t, nil)
	f.User("ann", false)
	f.Password("ann", "wonderland 7")
	one, other := twoHubs(f)
	for range native.DefaultPerNameFailures {
		f.wantCode(loginAt(t, one, "wrong", "192.0.2.1"), hub.Unauthenticated)
	}
	f.wantCode(loginAt(t, other, "wonderland 7", "192.0.2.1"), hub.Limit)
	f.wantCode(loginAt(t, newHubAgain(f), "wonderland 7", "192.0.2.1"), hub.Limit) // nor does a restart forget
	f.clock.Add(time.Minute)
	if err := loginAt(t, other, "wonderland 7", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	f.wantCode(loginAt(t, one, "wrong", "192.0.2.1"), hub.Unauthenticated)
	if err := loginAt(t, one, "wonderland 7", "192.0.2.1"); err != nil {
		t.Errorf("one failure after the login at the other hub: %v", err)
	}
}

func newHubAgain(f *fixture) *app.App {
	again, _ := twoHubs(f)
	return again
}

// Whoever is logged in from an address is not locked out there by those who guess elsewhere,
// whichever hub they come to.
func TestWhoIsLoggedInAtOneHubIsKnownAtTheOther(t *testing.T) {
	f := newFixture(t, nil)
	f.User("ann", false)
	f.Password("ann", "wonderland 7")
	one, other := twoHubs(f)
	if err := loginAt(t, one, "wonderland 7", "2001:db8::1"); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		_ = loginAt(t, one, "wrong", fmt.Sprintf("192.0.2.%d", i))
	}
	f.wantCode(loginAt(t, other, "wonderland 7", "198.51.100.1"), hub.Limit)
	if err := loginAt(t, other, "wonderland 7", "2001:db8::2"); err != nil {
		t.Errorf("from the network where she is logged in: %v", err)
	}
}

func TestCountsOfFailedLoginsAreSwept(t *testing.T) {
	f := newFixture(t, nil)
	one, _ := twoHubs(f)
	f.wantCode(loginAt(t, one, "wrong", "192.0.2.1"), hub.Unauthenticated)
	f.clock.Add(time.Hour)
	if n, err := one.Sweep(t.Context()); n != 3 || err != nil {
		t.Errorf("%d rows swept, %v", n, err)
	}
}

// A failure counts although whoever sent it does not wait for the answer.
func TestAGuessThatIsNotWaitedForCounts(t *testing.T) {
	f := newFixture(t, nil)
	th := native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now, Shared: f.DB})
	ctx, cancel := context.WithCancel(t.Context())
	if err := th.Check(ctx, "ann", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	cancel()
	th.Failed(ctx, "ann", "192.0.2.1")
	f.Update(func(_ context.Context, tx data.Tx) error {
		if n, err := tx.DeleteExpired(t.Context(), 10); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		return nil
	})
	f.clock.Add(time.Hour)
	if n, err := f.Sweep(t.Context()); n != 3 || err != nil {
		t.Errorf("%d rows are there of 3, %v", n, err)
	}
}

// What a clock that was far ahead left behind in the database keeps nobody waiting longer than
// they may, and costs no time.
func TestNobodyWaitsForAClockThatWasAhead(t *testing.T) {
	f := newFixture(t, nil)
	options := native.ThrottleOptions{PerAddressFailures: 1, Clock: f.clock.Now, Shared: f.DB}
	const century = 100 * 365 * 24 * time.Hour
	f.clock.Add(century)
	ahead := native.NewThrottle(options)
	for range native.DefaultPerNameFailures {
		ahead.Failed(t.Context(), "ann", "192.0.2.1")
	}
	f.clock.Add(-century)
	th := native.NewThrottle(options)
	for _, who := range []struct {
		name    string
		longest time.Duration
	}{{"bob", 5 * time.Second}, {"ann", 2 * time.Minute}} {
		f.wantCode(th.Check(t.Context(), who.name, "192.0.2.1"), hub.Limit)
		f.clock.Add(who.longest)
		if err := th.Check(t.Context(), who.name, "192.0.2.1"); err != nil {
			t.Errorf("%s, after %v: %v", who.name, who.longest, err)
		}
	}
}

// unwritable is a database that can be read, but not written while broken.
type unwritable struct {
	data.Store
	broken bool
}

func (u *unwritable) Update(ctx context.Context, do func(data.Tx) error) error {
	return u.Store.Update(ctx, func(tx data.Tx) error {
		if err := do(tx); err != nil || !u.broken {
			return err
		}
		return hub.Errorf(hub.Unavailable, "The database is read-only.")
	})
}

// Who guesses while the database cannot be written has no more guesses, and they count for all
// hubs once it can.
func TestGuessesCountWhileTheDatabaseCannotBeWritten(t *testing.T) {
	f := newFixture(t, nil)
	store := &unwritable{Store: f.DB, broken: true}
	options := native.ThrottleOptions{PerAddressFailures: 10, Clock: f.clock.Now, Shared: store}
	one, other := native.NewThrottle(options), native.NewThrottle(options)
	try := func(name string) error {
		err := one.Check(t.Context(), name, "192.0.2.1")
		if err == nil {
			one.Failed(t.Context(), name, "192.0.2.1")
		}
		return err
	}
	for range native.DefaultPerNameFailures {
		if err := try("ann"); err != nil {
			t.Fatal(err)
		}
	}
	f.wantCode(try("ann"), hub.Limit)
	for i := range 10 - native.DefaultPerNameFailures {
		if err := try(fmt.Sprintf("student%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	f.wantCode(try("bob"), hub.Limit)

	f.clock.Add(10 * time.Second)
	store.broken = false
	if err := try("ann"); err != nil {
		t.Fatal(err)
	}
	f.wantCode(other.Check(t.Context(), "ann", "192.0.2.1"), hub.Limit)
}

// counted is a database that counts those who read it, and keeps them waiting while held.
type counted struct {
	data.Store
	reads, now atomic.Int64
	tooMany    atomic.Bool // more than four at a time
	held       atomic.Pointer[chan struct{}]
}

func (c *counted) View(ctx context.Context, do func(data.Tx) error) error {
	c.reads.Add(1)
	if now := c.now.Add(1); now > 4 {
		c.tooMany.Store(true)
	}
	defer c.now.Add(-1)
	if held := c.held.Load(); held != nil {
		select {
		case <-*held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return c.Store.View(ctx, do)
}

func failedFive(t *testing.T, th *native.Throttle) {
	t.Helper()
	for range native.DefaultPerNameFailures {
		if err := th.Check(t.Context(), "ann", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		th.Failed(t.Context(), "ann", "192.0.2.1")
	}
}

// Who goes on trying while refused is refused without the database, but for once a second.
func TestARefusalIsRemembered(t *testing.T) {
	f := newFixture(t, nil)
	store := &counted{Store: f.DB}
	th := native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now, Shared: store})
	failedFive(t, th)
	before := store.reads.Load()
	for range 100 {
		f.wantCode(th.Check(t.Context(), "ann", "192.0.2.1"), hub.Limit)
	}
	if n := store.reads.Load() - before; n != 1 {
		t.Errorf("%d transactions for 100 refusals", n)
	}
	f.clock.Add(time.Second)
	f.wantCode(th.Check(t.Context(), "ann", "192.0.2.1"), hub.Limit)
	if n := store.reads.Load() - before; n != 2 {
		t.Errorf("%d transactions, a second later", n)
	}
}

// However many try, few ask the database at a time; who must wait anyway does not wait for them.
func TestFewAttemptsAskTheDatabaseAtATime(t *testing.T) {
	f := newFixture(t, nil)
	store := &counted{Store: f.DB}
	th := native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now, Shared: store})
	failedFive(t, th)
	held := make(chan struct{})
	store.held.Store(&held)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := th.Check(ctx, fmt.Sprintf("student%d", i), "192.0.2.2"); err != nil {
				t.Error(err)
			}
		})
	}
	for store.now.Load() < 4 && ctx.Err() == nil {
		runtime.Gosched()
	}
	f.wantCode(th.Check(ctx, "ann", "192.0.2.1"), hub.Limit)
	close(held)
	all.Wait()
	if store.tooMany.Load() {
		t.Error("more than four asked at a time")
	}
}
