package hub

import "time"

// Day is the time that a day of UTC has.
const Day = 24 * time.Hour

// Usage is the time of one run of a server. It is open while Ended is zero.
type Usage struct {
	ID           int64
	ServerID     int64
	UserID       int64
	Fence        int64
	Started      time.Time
	ChargedUntil time.Time
	Ended        time.Time
}

// Start is how one start of a server went. It is written when it has come to an end.
type Start struct {
	ServerID int64
	UserID   int64
	Fence    int64
	Asked    time.Time
	Ended    time.Time
	Outcome  StartOutcome
	Cause    FailureCause // of one that failed; or of a server that was ready, and later ended by itself
}

// StartOutcome is what became of a start.
type StartOutcome string

// The outcomes.
const (
	StartReady     StartOutcome = "ready"
	StartFailed    StartOutcome = "failed"
	StartCancelled StartOutcome = "cancelled" // it was told to stop before it was ready
)

// FailureCause is the kind of what went wrong with a run, few enough to count.
type FailureCause string

// The causes.
const (
	CauseError   FailureCause = "error"   // something in the hub, or of the machine
	CauseRefused FailureCause = "refused" // with a reason for the person: no room, no home
	CauseExited  FailureCause = "exited"  // its process ended before it answered
	CauseTimeout FailureCause = "timeout" // it did not answer in time
	CauseDied    FailureCause = "died"    // it ended by itself after it had been ready
	CauseLost    FailureCause = "lost"    // with its machine, or while no hub was there to see
)

// Causes are all of them, in the order in which they are shown.
func Causes() []FailureCause {
	return []FailureCause{CauseTimeout, CauseExited, CauseRefused, CauseError, CauseDied, CauseLost}
}

// UsageQuery says of which days, and of which people, usage or starts are asked for.
type UsageQuery struct {
	From, To time.Time // midnights of UTC; To is the first that is left out
	UserID   int64     // of this person alone; 0: of all
	Group    string    // of those who are members of it now; empty: of all
	Limit    int       // how many rows; 0: all

	// Restricted narrows it to the people named and the members of the groups named.
	Restricted bool
	OnlyUsers  []string
	OnlyGroups []string
}

// UsedDay is for how long servers ran on a day, all together, and of how many people.
type UsedDay struct {
	Day    time.Time
	Used   time.Duration
	People int
}

// UsedBy is for how long the servers of a person, or of a group's members, ran.
type UsedBy struct {
	Name   string
	Used   time.Duration
	People int // of the group, who ran any
}

// StartCount is how many starts of a day had an outcome and a cause, and took about as long.
type StartCount struct {
	Day     time.Time
	Outcome StartOutcome
	Cause   FailureCause
	Band    int // see StartBand
	Count   int
	Took    time.Duration // all together
	Longest time.Duration
	Queued  time.Duration // all together, for their turn
}

// StartBounds are the bounds by which starts are sorted into short and long ones. Records have been
// written by them: others would need a step of the schema.
func StartBounds() []time.Duration {
	return []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}
}

// StartBand is how many of the bounds a start took longer than.
func StartBand(took time.Duration) (band int) {
	for _, bound := range StartBounds() {
		if took > bound {
			band++
		}
	}
	return band
}
