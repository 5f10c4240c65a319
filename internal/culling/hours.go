package culling

import (
	"slices"
	"time"
)

// Hours are a time of some days of the week in which nobody's servers are stopped.
type Hours struct {
	Days     []time.Weekday
	From, To time.Duration // since midnight by the clock on the wall; To is at or before From where it is of the next day
	Zone     *time.Location
	Groups   []string // whose members they are for; none: everybody
}

// after is at, or the end of the hours that at lies in.
func (h Hours) after(at time.Time) time.Time {
	local := at.In(h.Zone)
	for _, back := range []int{0, -1} { // those that began the day before may not be over
		day := time.Date(local.Year(), local.Month(), local.Day()+back, 12, 0, 0, 0, h.Zone)
		if !slices.Contains(h.Days, day.Weekday()) {
			continue
		}
		end := h.To
		if h.To <= h.From {
			end += 24 * time.Hour
		}
		if until := onDay(day, end); !at.Before(onDay(day, h.From)) && at.Before(until) {
			return until.UTC()
		}
	}
	return at
}

// onDay is when the clock on the wall shows a time, whether or not clocks are changed on that day.
func onDay(day time.Time, clock time.Duration) time.Time {
	minutes := int(clock / time.Minute)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
}
