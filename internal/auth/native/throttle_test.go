package native

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

// fake is a clock that stands until it is moved.
type fake struct{ now time.Time }

func newFake() *fake                    { return &fake{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }
func (f *fake) clock() time.Time        { return f.now }
func (f *fake) forward(d time.Duration) { f.now = f.now.Add(d) }

func newTestThrottle() (*Throttle, *fake) {
	f := newFake()
	return NewThrottle(ThrottleOptions{Clock: f.clock}), f
}

// try is one login; it gives the wait, or 0 where the password was looked at.
func try(t testing.TB, th *Throttle, name, address string, right bool) time.Duration {
	t.Helper()
	if err := th.Check(t.Context(), name, address); err != nil {
		e, ok := errors.AsType[*hub.Error](err)
		if !ok || e.Code != hub.Limit || e.RetryAfter < time.Second || e.RetryAfter%time.Second != 0 {
			t.Fatalf("Check = %#v, want hub.Limit with whole seconds", err)
		}
		return e.RetryAfter
	}
	if right {
		th.Succeeded(t.Context(), name, address)
	} else {
		th.Failed(t.Context(), name, address)
	}
	return 0
}

// fail makes wrong attempts until the throttle refuses, waiting where it must, until
// so many were looked at.
func fail(t testing.TB, th *Throttle, f *fake, name, address string, times int) {
	t.Helper()
	for done := 0; done < times; {
		if wait := try(t, th, name, address, false); wait > 0 {
			f.forward(wait)
			continue
		}
		done++
	}
}

func TestLectureHall(t *testing.T) {
	th, f := newTestThrottle()
	const hall = "192.0.2.7"
	for i := range 500 {
		name := "student" + strconv.Itoa(i)
		if i%10 == 0 {
			if wait := try(t, th, name, hall, false); wait > 0 {
				t.Fatalf("%s, mistyped: refused for %v", name, wait)
			}
		}
		if wait := try(t, th, name, hall, true); wait > 0 {
			t.Fatalf("%s: refused for %v", name, wait)
		}
		f.forward(time.Minute / 500)
	}
}

func TestLectureHallAllAtOnce(t *testing.T) {
	th, _ := newTestThrottle()
	const hall = "192.0.2.7"
	check := func(i int) {
		t.Helper()
		if err := th.Check(t.Context(), "student"+strconv.Itoa(i), hall); err != nil {
			t.Fatalf("student %d: %v", i, err)
		}
	}
	for i := range 500 {
		check(i)
	}
	for i := 0; i < 500; i += 10 { // mistyped, and tried again while the others still wait
		th.Failed(t.Context(), "student"+strconv.Itoa(i), hall)
		check(i)
	}
	for i := range 500 {
		th.Succeeded(t.Context(), "student"+strconv.Itoa(i), hall)
	}
	if n := th.addresses.get(keyOf("address", hall)).flight; n.current != 0 || n.last != 0 {
		t.Errorf("still under way at the end: %+v", n)
	}
}

func TestThousandWrongOnesForOneName(t *testing.T) {
	for name, address := range map[string]func(i int) string{
		"from one address":       func(int) string { return "192.0.2.7" },
		"from as many addresses": func(i int) string { return fmt.Sprintf("10.0.%d.%d", i/250, i%250) },
		"from one network":       func(i int) string { return fmt.Sprintf("2001:db8::%x", i) },
	} {
		t.Run(name, func(t *testing.T) {
			th, f := newTestThrottle()
			looked := 0
			for i := range 1000 {
				if try(t, th, "ada", address(i), false) == 0 {
					looked++
				}
				f.forward(10 * time.Millisecond)
			}
			if most := elsewhere*DefaultPerNameFailures + 5; looked > most {
				t.Errorf("%d of 1000 in 10 s were looked at, want at most %d", looked, most)
			}
			if try(t, th, "bob", "198.51.100.1", true) > 0 {
				t.Error("somebody else, elsewhere, was refused")
			}
		})
	}
}

func TestManyAtOnceGetNoFurther(t *testing.T) {
	th, _ := newTestThrottle()
	var let sync.Map
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if th.Check(t.Context(), "ada", "192.0.2.7") == nil {
				let.Store(i, true)
			}
		})
	}
	wg.Wait()
	n := 0
	let.Range(func(any, any) bool { n++; return true })
	if n != DefaultPerNameFailures {
		t.Errorf("%d attempts went ahead together, want %d", n, DefaultPerNameFailures)
	}
}

func TestWaitsGrowAndEnd(t *testing.T) {
	th, f := newTestThrottle()
	var waits []time.Duration
	for range DefaultPerNameFailures + 8 {
		if wait := try(t, th, "ada", "192.0.2.7", false); wait > 0 {
			waits = append(waits, wait)
			f.forward(wait)
			if again := try(t, th, "ada", "192.0.2.7", false); again > 0 {
				t.Fatalf("still refused after the %v it named: %v", wait, again)
			}
		}
	}
	want := []time.Duration{2, 4, 8, 16, 32, 64, 120, 120}
	for i, w := range want {
		if waits[i] != w*time.Second {
			t.Errorf("wait %d is %v, want %v", i, waits[i], w*time.Second)
		}
	}
	f.forward(maxPairWait + DefaultPerNameWindow)
	for range DefaultPerNameFailures {
		if wait := try(t, th, "ada", "192.0.2.7", false); wait > 0 {
			t.Fatalf("refused for %v, although all was long ago", wait)
		}
	}
}

func TestSuccessForgets(t *testing.T) {
	th, _ := newTestThrottle()
	for range 20 {
		for range DefaultPerNameFailures - 1 {
			if wait := try(t, th, "ada", "192.0.2.7", false); wait > 0 {
				t.Fatalf("refused for %v", wait)
			}
		}
		if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
			t.Fatalf("the right password was refused for %v", wait)
		}
	}
}

func TestOutsiderLocksNobodyOut(t *testing.T) {
	th, f := newTestThrottle()
	try(t, th, "ada", "192.0.2.7", true)
	for i := range 300 { // from everywhere, until the name must wait
		try(t, th, "ada", fmt.Sprintf("10.0.%d.%d", i/250, i%250), false)
	}
	if try(t, th, "ada", "198.51.100.9", true) == 0 {
		t.Error("the name need not wait, whoever asks")
	}
	if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
		t.Errorf("refused for %v where ada has logged in before", wait)
	}
	f.forward(maxNameWait)
	if wait := try(t, th, "ada", "198.51.100.9", true); wait > 0 {
		t.Errorf("refused for %v elsewhere, half a minute after the attack", wait)
	}
}

func TestAddressIsSlowedNotBlocked(t *testing.T) {
	th, f := newTestThrottle()
	looked := 0
	for i := range 10_000 { // 100 names a second, for 100 s
		wait := try(t, th, "name"+strconv.Itoa(i), "192.0.2.7", false)
		if wait > maxAddressWait {
			t.Fatalf("refused for %v, want at most %v", wait, maxAddressWait)
		}
		if wait == 0 {
			looked++
		}
		f.forward(10 * time.Millisecond)
	}
	if most := 100 + 100*100/60 + 10; looked > most {
		t.Errorf("%d were looked at, want at most %d", looked, most)
	}
	f.forward(maxAddressWait)
	if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
		t.Errorf("refused for %v after the longest wait", wait)
	}
	if wait := try(t, th, "ada", "198.51.100.9", true); wait > 0 {
		t.Errorf("another address was refused for %v", wait)
	}
}

func TestAddressManyAtOnce(t *testing.T) {
	th, f := newTestThrottle()
	looked := 0
	for range 60 { // every second all that the throttle lets through at once
		var names []string
		for i := range 2000 {
			name := fmt.Sprintf("name%d-%d", f.now.Unix(), i)
			if th.Check(t.Context(), name, "192.0.2.7") == nil {
				names = append(names, name)
			}
		}
		for _, name := range names {
			th.Failed(t.Context(), name, "192.0.2.7")
		}
		looked += len(names)
		f.forward(time.Second)
	}
	if looked > 100*rightPerWrong+20*20 {
		t.Errorf("%d guesses in a minute", looked)
	}
}

func TestAttemptThatNeverEnds(t *testing.T) {
	th, f := newTestThrottle()
	for range DefaultPerNameFailures {
		if err := th.Check(t.Context(), "ada", "192.0.2.7"); err != nil {
			t.Fatal(err)
		}
	}
	if th.Check(t.Context(), "ada", "192.0.2.7") == nil {
		t.Error("one more goes ahead than may fail")
	}
	f.forward(2 * flightPeriod)
	if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
		t.Errorf("refused for %v", wait)
	}
}

func TestClockSetBack(t *testing.T) {
	th, f := newTestThrottle()
	fail(t, th, f, "ada", "192.0.2.7", DefaultPerNameFailures+10)
	f.forward(-24 * time.Hour)
	if wait := try(t, th, "ada", "192.0.2.7", true); wait == 0 || wait > maxPairWait {
		t.Errorf("wait %v, want up to %v", wait, maxPairWait)
	}
	f.forward(maxPairWait)
	if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
		t.Errorf("refused for %v more", wait)
	}
}

// However far ahead the clock was, an address waits no longer than it may.
func TestClockSetBackFreesAnAddress(t *testing.T) {
	th, f := newTestThrottle()
	origin := th.address(keyOf("address", "192.0.2.7"))
	origin.full = f.now.Add(100 * 365 * 24 * time.Hour) // as it was read from the database
	if wait := try(t, th, "ada", "192.0.2.7", true); wait != maxAddressWait {
		t.Errorf("wait %v, want %v", wait, maxAddressWait)
	}
	f.forward(maxAddressWait)
	if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
		t.Errorf("refused for %v more", wait)
	}
}

func TestMessage(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		time.Millisecond:         "Too many failed attempts. Try again in 1 second.",
		19500 * time.Millisecond: "Too many failed attempts. Try again in 20 seconds.",
		2 * time.Minute:          "Too many failed attempts. Try again in 2 minutes.",
	} {
		if got := limit(wait).Msg; got != want {
			t.Errorf("%v: %q, want %q", wait, got, want)
		}
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9":      "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
		"no address":           "no address",
	} {
		if got := network(in); got != want {
			t.Errorf("network(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFloodOfNamesIsBounded(t *testing.T) {
	f := newFake()
	th := NewThrottle(ThrottleOptions{Clock: f.clock, MaxEntries: 400})
	fail(t, th, f, "ada", "192.0.2.7", DefaultPerNameFailures+3)
	try(t, th, "bob", "192.0.2.8", true)
	for i := range 20_000 {
		from := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		if try(t, th, "name"+strconv.Itoa(i), from, false) > 0 {
			t.Fatal("a name of its own from an address of its own was refused")
		}
		if i%20 == 0 && try(t, th, "ada", "192.0.2.7", false) == 0 {
			t.Fatal("the flood made the throttle forget who is being attacked")
		}
	}
	if n := len(th.failures.entries) + len(th.flights.entries) + len(th.addresses.entries) + len(th.known.entries); n > 400 {
		t.Errorf("%d entries are kept, want at most 400", n)
	}
	if th.known.get(attemptOf("bob", "192.0.2.8").pair) == nil {
		t.Error("failures displaced what is known of a success")
	}
}

// Whatever happens, waits have their bounds, and who waits as told and has the right
// password gets in, unless others try meanwhile.
func TestThrottleProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFake()
		th := NewThrottle(ThrottleOptions{
			Clock: f.clock, MaxEntries: rapid.IntRange(1, 200).Draw(rt, "entries"),
			PerNameFailures: rapid.IntRange(1, 6).Draw(rt, "per name"), PerAddressFailures: rapid.IntRange(1, 30).Draw(rt, "per address"),
			PerAddressWindow: time.Duration(rapid.IntRange(1, 1000).Draw(rt, "window")) * time.Second,
		})
		names := rapid.SampledFrom([]string{"ada", "bob", "eve"})
		addresses := rapid.SampledFrom([]string{"192.0.2.7", "192.0.2.8", "2001:db8::1", ""})
		for range rapid.IntRange(0, 150).Draw(rt, "steps") {
			name, address := names.Draw(rt, "name"), addresses.Draw(rt, "address")
			if wait := try(t, th, name, address, rapid.IntRange(0, 5).Draw(rt, "right") == 0); wait > maxPairWait {
				rt.Fatalf("a wait of %v", wait)
			}
			f.forward(time.Duration(rapid.IntRange(0, 5000).Draw(rt, "later")) * time.Millisecond)
		}
		if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
			f.forward(wait)
			if wait := try(t, th, "ada", "192.0.2.7", true); wait > 0 {
				rt.Fatalf("refused for %v more, after the wait it named", wait)
			}
		}
	})
}

// BenchmarkThrottleMemory prints what a full throttle holds.
func BenchmarkThrottleMemory(b *testing.B) {
	f := newFake()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	th := NewThrottle(ThrottleOptions{Clock: f.clock})
	for i := range 60_000 {
		from := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		try(b, th, "name"+strconv.Itoa(i), from, i%2 == 0)
		_ = th.Check(b.Context(), "other"+strconv.Itoa(i), from)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	n := len(th.failures.entries) + len(th.flights.entries) + len(th.addresses.entries) + len(th.known.entries)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/entry")
	b.ReportMetric(float64(n), "entries")
	runtime.KeepAlive(th)
}
