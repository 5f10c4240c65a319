// Package storetest is the conformance suite of data.Store: what every engine must
// do alike. A new engine, or a new method, is done when this passes.
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Run tests a store. open makes an empty one that takes its time from clock, and
// sees to it that it is closed and removed when its test ends.
func Run(t *testing.T, open func(t *testing.T, clock hub.Clock) data.Store) {
	t.Helper()
	for subject, tests := range map[string][]test{
		"transaction":  transactionTests(),
		"user":         userTests(),
		"list":         userListTests(),
		"group":        groupTests(),
		"role":         roleTests(),
		"service":      serviceTests(),
		"token":        tokenTests(),
		"session":      sessionTests(),
		"oauth":        oauthTests(),
		"server":       serverTests(),
		"home":         homeTests(),
		"node":         nodeTests(),
		"replica":      replicaTests(),
		"share":        shareTests(),
		"record":       recordTests(),
		"usage":        usageTests(),
		"identity":     identityTests(),
		"job":          jobTests(),
		"many":         manyTests(),
		"setting":      settingTests(),
		"count":        countTests(),
		"change":       changeTests(),
		"throttle":     throttleTests(),
		"announcement": announcementTests(),
		"view":         viewTests(),
		"visit":        visitTests(),
		"idleness":     idlenessTests(),
		"deadlines":    deadlineTests(),
		"devices":      deviceTests(),
		"made role":    madeRoleTests(),
		"quota":        quotaTests(),
	} {
		for _, test := range tests {
			t.Run(subject+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				clock := &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 890123000, time.UTC)}
				test.run(&suite{T: t, ctx: t.Context(), store: open(t, clock.Now), clock: clock})
			})
		}
	}
}

// test is one test of the suite.
type test struct {
	name string
	run  func(*suite)
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// suite is one test's store.
type suite struct {
	*testing.T
	ctx   context.Context
	store data.Store
	clock *clock
}

// update runs fn and ends the test where it fails.
func (s *suite) update(fn func(data.Tx) error) {
	s.Helper()
	if err := s.store.Update(s.ctx, fn); err != nil {
		s.Fatal(err)
	}
}

// touch writes when something was last active, and ends the test where that fails.
func (s *suite) touch(seen data.Seen) {
	s.Helper()
	if err := s.store.Touch(s.ctx, func(data.Tx) (data.Seen, error) { return seen, nil }); err != nil {
		s.Fatal(err)
	}
}

// view runs fn in a view and ends the test where it fails.
func (s *suite) view(fn func(data.Tx) error) {
	s.Helper()
	if err := s.store.View(s.ctx, fn); err != nil {
		s.Fatal(err)
	}
}

// refuse runs fn in a transaction that must fail with the code.
func (s *suite) refuse(code hub.Code, fn func(data.Tx) error) {
	s.Helper()
	if err := s.store.Update(s.ctx, fn); !hub.Is(err, code) {
		s.Errorf("got %v (%s), want %s", err, hub.ErrorCode(err), code)
	}
}

// equal compares what is kept with what should be.
func (s *suite) equal(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// read runs fn in a view and ends the test where it fails.
func read[T any](s *suite, fn func(data.Tx) (T, error)) (v T) {
	s.Helper()
	err := s.store.View(s.ctx, func(tx data.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// write runs fn in a transaction and ends the test where it fails.
func write[T any](s *suite, fn func(data.Tx) (T, error)) (v T) {
	s.Helper()
	s.update(func(tx data.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}

// absent checks that fn finds nothing.
func absent[T any](s *suite, what string, fn func(data.Tx) (T, error)) {
	s.Helper()
	err := s.store.View(s.ctx, func(tx data.Tx) error {
		_, err := fn(tx)
		return err
	})
	if !hub.Is(err, hub.NotFound) {
		s.Errorf("%s: got %v, want notfound", what, err)
	}
}

// user makes a person.
func (s *suite) user(name string) hub.User {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.User, error) {
		us, err := tx.CreateUsers(s.ctx, []string{name}, false)
		if err != nil {
			return hub.User{}, err
		}
		return us[0], nil
	})
}

// users makes people, in order.
func (s *suite) users(names ...string) []hub.User {
	s.Helper()
	return write(s, func(tx data.Tx) ([]hub.User, error) { return tx.CreateUsers(s.ctx, names, false) })
}

// group makes a group with members.
func (s *suite) group(name string, members ...hub.User) hub.Group {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.Group, error) {
		g, err := tx.CreateGroup(s.ctx, name)
		return g, errors.Join(err, tx.AddMembers(s.ctx, g.ID, userIDs(members)))
	})
}

// server makes a server in a phase.
func (s *suite) server(u hub.User, name string, phase hub.Phase) hub.Server {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.Server, error) {
		return tx.CreateServer(s.ctx, hub.Server{UserID: u.ID, Name: name, Phase: phase, WantRunning: phase == hub.Ready})
	})
}

// token makes a token.
func (s *suite) token(t hub.Token) hub.Token {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.Token, error) { return tx.CreateToken(s.ctx, t) })
}

// session makes a session with the ID.
func (s *suite) session(u hub.User, id string) hub.Session {
	s.Helper()
	v := hub.Session{ID: id, LoginHash: "login-" + id, UserID: u.ID, Created: s.clock.Now(), Expires: s.clock.Now().Add(time.Hour)}
	s.update(func(tx data.Tx) error { return tx.CreateSession(s.ctx, v) })
	return v
}

// client makes an OAuth client with the ID.
func (s *suite) client(c hub.OAuthClient) hub.OAuthClient {
	s.Helper()
	s.update(func(tx data.Tx) error { return tx.PutOAuthClient(s.ctx, c) })
	return c
}

func userIDs(us []hub.User) []int64 {
	ids := make([]int64, len(us))
	for i, u := range us {
		ids[i] = u.ID
	}
	return ids
}

func userNames(us []hub.User) []string {
	names := make([]string, len(us))
	for i, u := range us {
		names[i] = u.Name
	}
	return names
}
