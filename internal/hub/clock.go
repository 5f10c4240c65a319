package hub

import "time"

// Clock tells the time. Code takes one rather than calling time.Now, so that
// tests decide what time it is.
type Clock func() time.Time

// SystemClock is the machine's clock in the form in which times are kept.
func SystemClock() time.Time {
	return Micro(time.Now()) //nolint:forbidigo // the one place that may ask
}

// Micro brings a time into the form in which times are kept: UTC, microseconds.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Elapsed tells how much time has passed since some moment. Unlike a Clock it never
// jumps when somebody sets the machine's time, so waits and limits within a process
// are counted with it.
type Elapsed func() time.Duration

// NewElapsed counts from now on.
func NewElapsed() Elapsed {
	began := time.Now()                                      //nolint:forbidigo // the other place that may ask
	return func() time.Duration { return time.Since(began) } //nolint:forbidigo // likewise
}
