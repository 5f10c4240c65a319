package engine

import (
	"testing"
	"time"
)

// Between two readings time passes as the process measures it; it never goes back, nor does
// it stand, and leases are compared with the clock as it was read last.
func TestServerClock(t *testing.T) {
	t.Parallel()
	var passed time.Duration
	c := &serverClock{elapsed: func() time.Duration { return passed }}
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	want := func(what string, now, exact time.Time) {
		t.Helper()
		if got := c.now(); !got.Equal(now) {
			t.Errorf("%s: it is %v, want %v", what, got, now)
		}
		if got := c.exact(); !got.Equal(exact) {
			t.Errorf("%s: exactly it is %v, want %v", what, got, exact)
		}
	}
	passed = time.Hour
	c.set(noon, passed-20*time.Millisecond, passed) // the answer was under way for 10 ms
	want("at first", noon.Add(10*time.Millisecond), noon.Add(10*time.Millisecond))
	passed += time.Minute
	want("a minute later", noon.Add(time.Minute+10*time.Millisecond), noon.Add(time.Minute+10*time.Millisecond))
	c.set(noon, passed, passed) // it was set back
	want("set back", noon.Add(time.Minute+10*time.Millisecond), noon)
	passed += time.Minute
	want("at half the speed", noon.Add(90*time.Second+10*time.Millisecond), noon.Add(time.Minute))
	for range 1000 {
		passed += time.Microsecond
		c.now()
	}
	want("however often it is asked", noon.Add(90*time.Second+10*time.Millisecond+500*time.Microsecond), noon.Add(time.Minute+time.Millisecond))
	passed += 2 * time.Minute
	want("it has caught up", noon.Add(3*time.Minute+time.Millisecond), noon.Add(3*time.Minute+time.Millisecond))
	c.set(noon.Add(time.Hour), passed, passed)
	want("set ahead", noon.Add(time.Hour), noon.Add(time.Hour))
}
