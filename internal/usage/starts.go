package usage

import (
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Starts is how starts went.
type Starts struct {
	Days   []StartDay
	Causes []CauseCount // those that there were
	Waits  []WaitCount  // of those that went well, for each bound; the last has none
}

// StartDay is how the starts of a day went.
type StartDay struct {
	Day                      time.Time
	Ready, Failed, Cancelled int
	Longest                  time.Duration // until one was ready
	took, queued             time.Duration // of those that went well, all together
}

// Mean is how long those that went well took, and Queued how much of that was waiting for their turn.
func (d StartDay) Mean() time.Duration { return share(d.took, d.Ready) }

// Queued is the part of Mean that they waited for their turn.
func (d StartDay) Queued() time.Duration { return share(d.queued, d.Ready) }

func share(sum time.Duration, n int) time.Duration { return sum / time.Duration(max(n, 1)) }

// CauseCount is how often something went wrong for a cause.
type CauseCount struct {
	Cause hub.FailureCause
	Count int
}

// WaitCount is how many starts took no longer than UpTo, and longer than the one before; 0 is no bound.
type WaitCount struct {
	UpTo  time.Duration
	Count int
}

// summed sorts what was counted by day, by cause and by how long it took.
func summed(counts []hub.StartCount) (s Starts) {
	causes := map[hub.FailureCause]int{}
	for _, bound := range append(hub.StartBounds(), 0) {
		s.Waits = append(s.Waits, WaitCount{UpTo: bound})
	}
	for _, c := range counts {
		if n := len(s.Days); n == 0 || !s.Days[n-1].Day.Equal(c.Day) {
			s.Days = append(s.Days, StartDay{Day: c.Day})
		}
		s.Days[len(s.Days)-1].add(c)
		causes[c.Cause] += c.Count
		if c.Outcome == hub.StartReady && c.Band < len(s.Waits) {
			s.Waits[c.Band].Count += c.Count
		}
	}
	for _, cause := range hub.Causes() {
		if causes[cause] > 0 {
			s.Causes = append(s.Causes, CauseCount{cause, causes[cause]})
		}
	}
	return s
}

func (d *StartDay) add(c hub.StartCount) {
	switch c.Outcome {
	case hub.StartReady:
		d.Ready += c.Count
		d.took, d.queued, d.Longest = d.took+c.Took, d.queued+c.Queued, max(d.Longest, c.Longest)
	case hub.StartFailed:
		d.Failed += c.Count
	case hub.StartCancelled:
		d.Cancelled += c.Count
	}
}
