// Package schedule says when something comes again that is given as cron has it, in a time zone: also on the days on which clocks
// are put forward or back.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netresearch/go-cron"
)

// searchYears is how far a time may lie ahead: February 29th is eight years away where a century has none.
const searchYears = 9

// slack is by how much clocks are put back at most, and a bit.
const slack = 3 * time.Hour

// Schedule is times that come again and again. The zero Schedule has none. Make it with Parse.
type Schedule struct {
	expression string
	zone       *time.Location
	wall       cron.Schedule // of what clocks show, as if it were UTC
}

// Parse reads five fields, minute, hour, day of the month, month and day of the week, or @daily and its like.
func Parse(expression, zone string) (Schedule, error) {
	s := Schedule{expression: expression}
	var err error
	if s.zone, err = time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return Schedule{}, fmt.Errorf("%q is no time zone, as Europe/Berlin", zone)
	}
	if strings.Contains(expression, "TZ=") || strings.HasPrefix(expression, "@every") {
		return Schedule{}, fmt.Errorf("%q is none of cron's five fields, as 0 4 * * mon", expression)
	}
	p := cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).WithMaxSearchYears(searchYears)
	if s.wall, err = p.Parse("TZ=UTC " + expression); err != nil {
		return Schedule{}, fmt.Errorf("%q is none of cron's five fields, as 0 4 * * mon: %w", expression, err)
	}
	if s.wall.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, errors.New("there is no such day: it never comes")
	}
	return s, nil
}

// String is the schedule as it was written.
func (s Schedule) String() string { return s.expression }

// Zone is where it counts.
func (s Schedule) Zone() *time.Location { return s.zone }

// Next is the first time after one; zero where there is none. What clocks skip when they are put forward comes when they
// are, and what they show twice comes the first time.
func (s Schedule) Next(after time.Time) time.Time {
	if s.wall == nil {
		return time.Time{}
	}
	for wall := s.wall.Next(asUTC(after.In(s.zone)).Add(-slack)); !wall.IsZero(); wall = s.wall.Next(wall) {
		if at := s.instant(wall); at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// asUTC is what a clock shows, as if it were UTC.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is when clocks show this.
func (s Schedule) instant(wall time.Time) time.Time {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(s.zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := wall.Add(-offset(wall.Add(-24*time.Hour))), wall.Add(-offset(wall.Add(24*time.Hour)))
	for _, at := range []time.Time{before, after} {
		if asUTC(at.In(s.zone)).Equal(wall) {
			return at.In(s.zone)
		}
	}
	skippedTo, _ := before.In(s.zone).ZoneBounds()
	return skippedTo.In(s.zone)
}
