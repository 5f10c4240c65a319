package hub

import (
	"math"
	"time"
)

// Notice is what is announced of a running server that comes to an end.
type Notice struct {
	Kind    StopReason
	Ends    time.Time
	Minutes int  // that were left when it was to be announced: each is announced once
	Grace   bool // what it announced before has come, and the server goes on until Ends
}

// TimeNotice is what there is to announce of a server's time limit: 30, 15 and 5 minutes before it is over, and of a shorter
// one from the start on, what is left.
func TimeNotice(s Server, now time.Time) (n Notice, near bool) {
	if s.EndsAt.IsZero() {
		return n, false
	}
	n = Notice{Kind: StopTime, Ends: s.EndsAt}
	n.Minutes = lately(s.EndsAt.Sub(now), s.EndsAt.Sub(s.ReadyAt), 5, 15, 30)
	return n, n.Minutes > 0
}

// QuotaNotice is what there is to announce of a quota: 15 and 5 minutes before nothing is left, and from then on until the
// server is stopped, of which Grace tells.
func QuotaNotice(o QuotaOutlook, now time.Time) (n Notice, near bool) {
	if o.Empty.IsZero() {
		return n, false
	}
	if !now.Before(o.Empty) {
		return Notice{Kind: StopQuota, Ends: o.Stops, Grace: true}, true
	}
	n = Notice{Kind: StopQuota, Ends: o.Empty, Minutes: lately(o.Empty.Sub(now), math.MaxInt64, 5, 15)}
	return n, n.Minutes > 0
}

// lately is the least of the minutes, which grow, that more than what is left is not: 0 is none. One that is no less than the
// whole is not announced, but for the first.
func lately(left, whole time.Duration, minutes ...int) int {
	for i, m := range minutes {
		span := time.Duration(m) * time.Minute
		if left <= span {
			if i > 0 && span >= whole {
				return 0
			}
			return m
		}
	}
	return 0
}

// MinutesLeft is how many minutes there are until a time, as they are announced: begun ones count.
func MinutesLeft(now, end time.Time) int {
	return max(0, int(math.Ceil(end.Sub(now).Minutes())))
}
