package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func transactionTests() []test {
	return []test{
		{"ping", func(s *suite) {
			if err := s.store.Ping(s.ctx); err != nil {
				s.Error(err)
			}
		}},
		{"time stands still", testNow},
		{"an error rolls back and comes out as it is", testRollback},
		{"a panic rolls back", testPanic},
		{"a swallowed failure still rolls back", testSwallowed},
		{"not found does not spoil a transaction", testNotFoundGoesOn},
		{"a view cannot write", testViewIsReadOnly},
		{"a view sees one state", testSnapshot},
		{"a context that ended", testCancelled},
		{"parallel updates lose nothing", testParallelUpdates},
		{"parallel checks before writing hold", testWriteSkew},
		{"whoever works on a server alone loses nothing", testWithServer},
		{"many who work on servers of their own hold nobody up", testWithManyServers},
	}
}

func testNow(s *suite) {
	s.update(func(tx data.Tx) error {
		first := tx.Now()
		s.clock.advance(time.Hour)
		if !tx.Now().Equal(first) {
			s.Error("the time of a transaction moved")
		}
		return nil
	})
	s.update(func(tx data.Tx) error {
		s.equal("the next transaction's time", tx.Now(), s.clock.Now())
		return nil
	})
}

var errMine = errors.New("mine")

func testRollback(s *suite) {
	err := s.store.Update(s.ctx, func(tx data.Tx) error {
		if _, err := tx.CreateUsers(s.ctx, []string{"ada"}, false); err != nil {
			return err
		}
		return errMine
	})
	if err != errMine { //nolint:errorlint // the very same error
		s.Errorf("got %v", err)
	}
	absent(s, "a person rolled back", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") })
}

func testPanic(s *suite) {
	func() {
		defer func() { _ = recover() }()
		_ = s.store.Update(s.ctx, func(tx data.Tx) error {
			_, _ = tx.CreateUsers(s.ctx, []string{"ada"}, false)
			panic("on purpose")
		})
	}()
	s.user("ada") // neither there nor locked
}

func testSwallowed(s *suite) {
	s.user("ada")
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, _ = tx.CreateUsers(s.ctx, []string{"ada"}, false)
		return nil
	})
}

func testNotFoundGoesOn(s *suite) {
	s.update(func(tx data.Tx) error {
		if _, err := tx.UserByName(s.ctx, "ada"); !hub.Is(err, hub.NotFound) {
			return fmt.Errorf("got %w", err)
		}
		_, err := tx.CreateUsers(s.ctx, []string{"ada"}, false)
		return err
	})
	s.equal("made after not found", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") }).Name, "ada")
}

func testViewIsReadOnly(s *suite) {
	err := s.store.View(s.ctx, func(tx data.Tx) error { return tx.SetSetting(s.ctx, "k", "v") })
	if err == nil {
		s.Error("a view wrote")
	}
}

func testSnapshot(s *suite) {
	s.user("ada")
	err := s.store.View(s.ctx, func(tx data.Tx) error {
		_, before, err := tx.ListUsers(s.ctx, hub.UserQuery{})
		if err != nil {
			return err
		}
		s.user("bob")
		_, after, err := tx.ListUsers(s.ctx, hub.UserQuery{})
		if before != 1 || after != 1 {
			s.Errorf("saw %d, then %d people", before, after)
		}
		return err
	})
	if err != nil {
		s.Error(err)
	}
}

func testCancelled(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx)
	err := s.store.Update(ctx, func(tx data.Tx) error {
		cancel()
		_, err := tx.CreateUsers(ctx, []string{"ada"}, false)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		s.Errorf("got %v", err)
	}
	absent(s, "a person of a cancelled transaction", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") })
}

// parallel runs fn n times at once and collects the failures.
func (s *suite) parallel(n int, fn func(i int) error) {
	s.Helper()
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		s.Error(err)
	}
}

func testParallelUpdates(s *suite) {
	const n = 20
	s.update(func(tx data.Tx) error { return tx.SetSetting(s.ctx, "count", "") })
	s.parallel(n, func(int) error {
		return s.store.Update(s.ctx, func(tx data.Tx) error {
			v, err := tx.Setting(s.ctx, "count")
			if err != nil {
				return err
			}
			return tx.SetSetting(s.ctx, "count", v+"x")
		})
	})
	got := read(s, func(tx data.Tx) (string, error) { return tx.Setting(s.ctx, "count") })
	s.equal("updates kept", len(got), n)
}

// testWriteSkew: each transaction makes a server only while the person has fewer
// than three. None writes what another reads by key, so only transactions that
// behave as if run one after the other keep the limit.
func testWriteSkew(s *suite) {
	u := s.user("ada")
	const most = 3
	s.parallel(8, func(i int) error {
		return s.store.Update(s.ctx, func(tx data.Tx) error {
			list, err := tx.ServersOf(s.ctx, []int64{u.ID})
			if err != nil || len(list) >= most {
				return err
			}
			_, err = tx.CreateServer(s.ctx, hub.Server{UserID: u.ID, Name: fmt.Sprintf("s%d", i)})
			return err
		})
	})
	got := read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersOf(s.ctx, []int64{u.ID}) })
	s.equal("servers", len(got), most)
}

// Steps of one server follow each other, also beside transactions that see all servers.
func testWithServer(s *suite) {
	server := s.server(s.user("ada"), "lab", hub.Stopped)
	step := func(tx data.Tx) error {
		now, err := tx.ServerByID(s.ctx, server.ID)
		if err != nil {
			return err
		}
		was := now.Fence
		now.Fence++
		done, err := tx.UpdateServer(s.ctx, now, was)
		if err == nil && !done {
			err = fmt.Errorf("somebody else was quicker than %d", was)
		}
		return err
	}
	const n = 24
	s.parallel(n, func(i int) error {
		if i%4 == 0 {
			return s.store.Update(s.ctx, step)
		}
		return s.store.WithServer(s.ctx, server.ID, step)
	})
	s.equal("steps", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, server.ID) }).Fence, int64(n))
	err := s.store.WithServer(s.ctx, 999, func(tx data.Tx) error {
		_, err := tx.ServerByID(s.ctx, 999)
		return err
	})
	if !hub.Is(err, hub.NotFound) {
		s.Errorf("a server that is not there: %v", err)
	}
}

// Servers whose rows lie beside each other are started at once without one run twice.
func testWithManyServers(s *suite) {
	const n = 16
	servers := make([]hub.Server, n)
	for i := range servers {
		servers[i] = s.server(s.user(fmt.Sprint("u", i)), "", hub.Queued)
	}
	var runs atomic.Int64
	s.parallel(n, func(i int) error {
		return s.store.WithServer(s.ctx, servers[i].ID, func(tx data.Tx) error {
			runs.Add(1)
			now, err := tx.ServerByID(s.ctx, servers[i].ID)
			if err != nil {
				return err
			}
			now.Phase, now.Owner = hub.Starting, "replica"
			if _, err := tx.CreateToken(s.ctx, hub.Token{UserID: now.UserID, ServerID: now.ID, Hash: fmt.Sprint("hash", i)}); err != nil {
				return err
			}
			if err := tx.AddRun(s.ctx, hub.Run{ServerID: now.ID, Fence: now.Fence, Begun: tx.Now()}); err != nil {
				return err
			}
			_, err = tx.UpdateServer(s.ctx, now, now.Fence)
			return err
		})
	})
	s.equal("runs", runs.Load(), int64(n))
}
