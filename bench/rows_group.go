package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	groupLogins    = 20   // a second
	groupPasswords = 100  // people who log in, by turns
	groupServers   = 2000 // whose activity is reported
	groupReports   = 7    // a second: each server reports every five minutes, unless it is told otherwise
	mostGroupTime  = 5.0  // seconds
	mostLoginWait  = 0.3  // seconds
)

// databaseRetries is how often PostgreSQL sent a transaction back, since others came first.
// Whether that is often decides how long the bulk request takes, and logins.
const databaseRetries = "atrium_database_retries_total"

// classroom is a hub in which people log in and work.
type classroom struct {
	b    *bench
	h    *hub
	form form
}

// measureGroup is how long it takes to put everybody into a group by one bulk request on
// PostgreSQL, while people log in and notebook servers report that they are used; and how
// long a login takes meanwhile.
func (b *bench) measureGroup(ctx context.Context) error {
	return b.onPostgreSQL(ctx, rowGroup, func(database string) error {
		h, err := b.newAtrium(ctx, "atrium-group", "ATRIUM_DATABASE="+database, "ATRIUM_AUTH_NATIVE_ENABLED=true", "ATRIUM_AUTH_DUMMY_PASSWORD=")
		if err != nil {
			return err
		}
		defer h.kill()
		c, err := b.openClassroom(ctx, h)
		if err != nil {
			return err
		}
		// As PostgreSQL does by itself within a minute: whether that has passed must not decide.
		if err := psql(ctx, database, "analyze"); err != nil {
			return err
		}
		if err := c.measure(ctx); err != nil {
			return err
		}
		return h.stop()
	})
}

// openClassroom fills a hub. A server's first report makes its record, so that none has to
// run: what a report takes is the same.
func (b *bench) openClassroom(ctx context.Context, h *hub) (*classroom, error) {
	if _, err := h.begin(ctx); err != nil {
		return nil, err
	}
	b.say("%s: %d people, %d of them with a password, and %d servers", h.name, b.opt.bulkRows(), groupPasswords, b.groupServers())
	if err := givePasswords(ctx, h, groupPasswords); err != nil {
		return nil, err
	}
	if err := h.client.createUsers(ctx, b.opt.bulkRows()); err != nil {
		return nil, err
	}
	c := &classroom{b: b, h: h}
	if err := each(b.groupServers(), connections, func(i int) error { return c.report(ctx, i) }); err != nil {
		return nil, err
	}
	var err error
	c.form, err = openForm(ctx, h.public)
	return c, err
}

func (b *bench) groupServers() int { return min(groupServers, b.opt.bulkRows()) }

// measure takes the rounds: everybody comes into a group that is new, and is deleted after.
func (c *classroom) measure(ctx context.Context) error {
	people := c.b.opt.bulkRows()
	_, calm, err := meanwhile(ctx, func(ctx context.Context) error { return pause(ctx, c.b.opt.length) }, c.works(ctx))
	if err != nil {
		return err
	}
	body := bulkPeople(userNames(0, people), "class")
	var took, slowest, again []float64
	logins := 0
	for range c.b.opt.rounds {
		before, err := c.h.metric(ctx, databaseRetries)
		if err != nil {
			return err
		}
		t, found, err := meanwhile(ctx, func(ctx context.Context) error {
			_, err := c.h.client.bulk(ctx, "users", body, people, "changed")
			return err
		}, c.works(ctx))
		if err != nil {
			return err
		}
		if _, err := c.h.client.call(ctx, http.MethodDelete, "/hub/api/groups/class", nil, http.StatusNoContent); err != nil {
			return err
		}
		after, err := c.h.metric(ctx, databaseRetries)
		if err != nil {
			return err
		}
		c.b.say("%d people into a group in %.2f s, %.0f transactions sent back; of %d logins the slowest %.0f ms, the middle one %.0f ms",
			people, t.Seconds(), after-before, len(found), largest(found)*1e3, median(found)*1e3)
		again = append(again, after-before)
		took, slowest, logins = append(took, t.Seconds()), append(slowest, largest(found)), logins+len(found)
	}
	c.b.report.fact(fact{
		Row: rowGroup, Work: fmt.Sprintf("%s people into a group by one bulk request, on PostgreSQL, beside %d logins and %d reports of %s servers a second",
			thousands(people), groupLogins, groupReports, thousands(c.b.groupServers())),
		Value: median(took), Unit: seconds, AtMost: mostGroupTime,
		Note: fmt.Sprintf("at most %.1f s; transactions sent back by PostgreSQL: %.0f, at most %.0f", largest(took), median(again), largest(again)),
	})
	c.b.report.fact(fact{
		Row: rowGroup, Work: "the same: the slowest login meanwhile", Value: median(slowest), Unit: milliseconds, AtMost: mostLoginWait,
		Note: fmt.Sprintf("of %d in all rounds the slowest %.0f ms; %.0f ms of %d while nobody changes a group", logins, largest(slowest)*1e3, largest(calm)*1e3, len(calm)),
	})
	return nil
}

// works lets people log in and servers report until its context ends, and gives how long the
// logins took. What is under way then still counts, so each has the whole run's context.
func (c *classroom) works(whole context.Context) func(context.Context) ([]float64, error) {
	return func(until context.Context) (logins []float64, err error) {
		var failed error
		var all sync.WaitGroup
		all.Go(func() {
			_, failed = paced(until, groupReports, func(i int) error { return c.report(whole, i%c.b.groupServers()) })
		})
		logins, err = paced(until, groupLogins, func(i int) error { return c.login(whole, i%groupPasswords) })
		all.Wait()
		return logins, errors.Join(err, failed)
	}
}

// report tells that somebody's server was used just now, as that server does.
func (c *classroom) report(ctx context.Context, i int) error {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	_, err := c.h.client.call(ctx, http.MethodPost, "/hub/api/users/"+userName(i)+"/activity",
		map[string]any{"last_activity": now, "servers": map[string]any{"": map[string]any{"last_activity": now}}}, http.StatusOK)
	return err
}

func (c *classroom) login(ctx context.Context, i int) error {
	e := c.form.filled(c.h.public, userName(i), passwordOf(i))
	return e.once(ctx, c.h.public)
}
