package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/testkit"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/tokens"
)

// followingHubs are two hubs on one PostgreSQL, with an administrator. Their clock stands, so
// that nothing is read again for its age.
func followingHubs(t *testing.T) (one, other *fixture, url string) {
	t.Helper()
	url = postgrestest.Schema(t)
	clock := testkit.NewClock()
	open := func() *fixture {
		return &fixture{t: t, clock: clock, Hub: testkit.New(t, func(o *testkit.Options) { o.URL, o.Follow, o.Clock = url, true, clock.Now })}
	}
	one = open()
	one.admin()
	return one, open(), url
}

// soon waits until something holds.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.After(30 * time.Second); !holds(); {
		select {
		case <-deadline:
			t.Fatalf("waited too long for %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

// Behind a bulk of ten thousand people a token that is revoked at one hub dies at the other,
// which for all that does not have to read everybody anew.
func TestATokenRevokedBehindABulkIsDeadAtTheOtherHub(t *testing.T) {
	const rows = 10_000
	one, other, _ := followingHubs(t)
	names := make([]string, rows)
	for i := range names {
		names[i] = fmt.Sprintf("p%05d", i)
	}
	one.create("alice")
	token := one.token("alice")
	one.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateUsers(ctx, names, false)
		return err
	})
	soon(t, "everybody at the other hub", func() bool {
		_, total, err := other.ListUsers(t.Context(), other.by(adminToken), hub.UserQuery{Limit: 1}, filter.Filter{})
		return err == nil && total == rows+2 && other.works(token)
	})
	var resyncs atomic.Int64
	other.Bus.Subscribe(t.Context(), "test", func(changes []data.Change) {
		if slices.Contains(changes, data.Change{Kind: data.Resync}) {
			resyncs.Add(1)
		}
	})

	one.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "class")
		if err != nil {
			return err
		}
		people, err := tx.UsersByName(ctx, names)
		ids := make([]int64, len(people))
		for i, u := range people {
			ids[i] = u.ID
		}
		if err != nil {
			return err
		}
		return tx.AddMembers(ctx, g.ID, ids)
	})
	began := time.Now()
	one.must(one.DeleteToken(t.Context(), one.by(adminToken), "alice", tokens.TokenID(*one.by(token).Token)))
	soon(t, "the end of the token", func() bool { return !other.works(token) })
	t.Logf("dead at the other hub after %s", time.Since(began))
	soon(t, "the class at the other hub", func() bool {
		_, total, err := other.ListUsers(t.Context(), other.by(adminToken), hub.UserQuery{Restricted: true, OnlyGroups: []string{"class"}, Limit: 1}, filter.Filter{})
		return err == nil && total == rows
	})
	if n := resyncs.Load(); n != 0 {
		t.Errorf("the other hub had to begin anew %d times", n)
	}
}

func TestAGroupDeletedAtOneHubGivesNothingAtTheOther(t *testing.T) {
	one, other, _ := followingHubs(t)
	one.create("alice", "bob")
	_, err := one.CreateGroup(t.Context(), one.by(adminToken), "staff", []string{"alice"})
	one.must(err)
	one.must(one.ApplyConfig(t.Context(), bootstrap.Declared{Roles: []bootstrap.DeclaredRole{{Name: "teacher", Groups: []string{"staff"}}}}))
	token := one.token("alice")
	roles := func() []hub.GroupRole { return other.by(token).User.GroupRoles }
	soon(t, "the role at the other hub", func() bool { return slices.Equal(roles(), []hub.GroupRole{{Group: "staff", Role: "teacher"}}) })
	one.deleteGroup("staff")
	soon(t, "the end of the role there", func() bool { return len(roles()) == 0 })
}

// deleteGroup deletes a group whatever the configuration says of it.
func (f *fixture) deleteGroup(name string) {
	f.t.Helper()
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.GroupByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.DeleteGroup(ctx, g.ID)
	})
}

// A process that commits and is killed before it tells anybody has told the others all the same.
func TestWhatAHubChangedThatWasKilledIsKnownAtTheOther(t *testing.T) {
	one, other, url := followingHubs(t)
	one.create("alice")
	token := one.token("alice")
	if !other.works(token) {
		t.Fatal("the token does not work")
	}
	killed, err := store.Open(t.Context(), store.Options{URL: url})
	one.must(err)
	one.must(killed.Update(t.Context(), func(tx data.Tx) error {
		_, err := tx.DeleteToken(t.Context(), one.by(token).Token.ID)
		return err
	}))
	one.must(killed.Close())
	soon(t, "the end of the token", func() bool { return !other.works(token) && !one.works(token) })
}

// While a transaction lasts that began before, what others change is known everywhere, and
// what that one changed is once it ends.
func TestALongTransactionKeepsNoRevocation(t *testing.T) {
	one, other, url := followingHubs(t)
	one.create("alice", "bob")
	token, bobs := one.token("alice"), one.token("bob")
	bob := one.by(bobs)
	if !other.works(token) || !other.works(bobs) {
		t.Fatal("the tokens do not work")
	}
	third, err := store.Open(t.Context(), store.Options{URL: url})
	one.must(err)
	defer func() { one.must(third.Close()) }()
	writing, end, ended := make(chan struct{}, 1), make(chan struct{}), make(chan error)
	go func() {
		ended <- third.Update(t.Context(), func(tx data.Tx) error {
			if _, err := tx.DeleteToken(t.Context(), bob.Token.ID); err != nil {
				return err
			}
			select {
			case writing <- struct{}{}:
			default: // it is run again
			}
			<-end
			return nil
		})
	}()
	<-writing
	one.must(one.DeleteToken(t.Context(), one.by(adminToken), "alice", tokens.TokenID(*one.by(token).Token)))
	soon(t, "the end of the token while the transaction lasts", func() bool { return !other.works(token) })
	if !other.works(bobs) {
		t.Error("what is not committed is known")
	}
	close(end)
	one.must(<-ended)
	soon(t, "the end of the other token", func() bool { return !other.works(bobs) })
}

func TestSweepDeletesWhatEverybodyHasRead(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	var from data.Position
	position := func(tx data.Tx) (err error) {
		from, err = tx.ChangePosition(t.Context())
		return err
	}
	f.must(f.DB.View(t.Context(), position))
	f.create("alice")
	f.create("bob")
	since := func() error {
		return f.DB.View(t.Context(), func(tx data.Tx) error {
			_, err := tx.ChangesSince(t.Context(), from, 0)
			return err
		})
	}
	sweep := func() {
		_, err := f.Sweep(t.Context())
		f.must(err)
	}
	f.clock.Add(data.ChangesKept - time.Minute)
	sweep()
	if err := since(); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	f.clock.Add(2 * time.Minute)
	// On PostgreSQL nothing goes that a transaction of somebody else's, begun before it, may have
	// to come before.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		sweep()
		err := since()
		if hub.Is(err, hub.NotFound) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after it got %v, want that they are gone", err)
		}
	}
}
