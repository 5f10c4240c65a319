package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
)

// meddled is a database in which something else happens between the parts in which
// everybody is read.
type meddled struct {
	data.Store
	between func() // nil: nothing
}

func (s *meddled) View(ctx context.Context, fn func(data.Tx) error) error {
	return s.Store.View(ctx, func(tx data.Tx) error { return fn(meddledTx{tx, s}) })
}

type meddledTx struct {
	data.Tx
	of *meddled
}

func (t meddledTx) UsersAfter(ctx context.Context, id int64, limit int) ([]hub.User, error) {
	if t.of.between != nil {
		t.of.between()
	}
	list, err := t.Tx.UsersAfter(ctx, id, limit)
	if t.of.between != nil {
		t.of.between()
	}
	return list, err
}

// meddledFixture is a hub with so many people, "p0000" and on, on a meddled database.
func meddledFixture(t *testing.T, people int) (*fixture, *meddled, *access.Requester) {
	t.Helper()
	db := &meddled{}
	clock := testkit.NewClock()
	f := &fixture{t: t, clock: clock, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock = clock.Now
		o.Config.OwnChanges = 1 << 30
		o.Wrap = func(s data.Store) data.Store {
			db.Store = s
			return db
		}
	})}
	admin := f.admin()
	names := make([]string, people)
	for i := range names {
		names[i] = fmt.Sprintf("p%04d", i)
	}
	f.create(names...)
	if err := f.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f, db, admin
}

// Whatever happens while everybody is read again, and whenever in it, is shown afterwards.
func TestWhatChangesWhileEverybodyIsReadIsShown(t *testing.T) {
	const people = 2300
	f, db, admin := meddledFixture(t, people)
	if _, err := f.CreateGroups(t.Context(), admin, []string{"g0", "g1"}, nil); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	steps := directorySteps(f, admin, random, people)
	for round := range 6 {
		db.between = func() {
			for range random.IntN(4) {
				if err := steps[random.IntN(len(steps))](); err != nil && hub.ErrorCode(err) == hub.Internal {
					t.Fatal(err)
				}
			}
		}
		if err := f.LoadDirectory(t.Context()); err != nil {
			t.Fatal(err)
		}
		db.between = nil
		f.flush()
		for _, sort := range []hub.UserSort{hub.SortByID, hub.SortByName, hub.SortByLastActivity} {
			f.sameList(admin, hub.UserQuery{Sort: sort, Descending: round%2 == 0})
		}
		f.sameList(admin, hub.UserQuery{State: hub.ActiveUsers})
	}
}

func directorySteps(f *fixture, admin *access.Requester, random *rand.Rand, persons int) []func() error {
	ctx := f.t.Context()
	name := func() string { return fmt.Sprintf("p%04d", random.IntN(persons)) }
	some := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = name()
		}
		return list
	}
	at := f.clock.Now()
	return []func() error{
		func() error {
			_, err := f.CreateUsers(ctx, admin, []string{name(), fmt.Sprintf("q%04d", random.IntN(persons))}, false)
			return err
		},
		func() error {
			soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond) // nothing stops the servers here
			defer cancel()
			return f.DeleteUser(soon, admin, name())
		},
		func() error { // two people change their names for each other's
			a, b, free := name(), name(), "free"
			for _, change := range [][2]string{{a, free}, {b, a}, {free, b}} {
				if _, err := f.PatchUser(ctx, admin, change[0], people.UserPatch{Name: &change[1]}); err != nil {
					return err
				}
			}
			return nil
		},
		func() error {
			_, err := f.ChangeMembers(ctx, admin, fmt.Sprintf("g%d", random.IntN(2)), some(1), random.IntN(3) > 0, false)
			return err
		},
		func() error { // more than are read again at the end
			_, err := f.ChangeMembers(ctx, admin, "g1", some(200), true, false)
			return err
		},
		func() error {
			_, err := f.StartServer(ctx, admin, name(), "", servers.StartRequest{})
			return err
		},
		func() error {
			at = at.Add(time.Second)
			return f.ReportActivity(ctx, admin, name(), servers.ActivityReport{User: at})
		},
	}
}

// What nobody told of is shown once everybody was read again.
func TestReadingEverybodyRepairsWhatNobodyToldOf(t *testing.T) {
	f, _, admin := meddledFixture(t, 3)
	other := f.over(f.DB, app.Config{Base: "/"}) // is told of nothing
	if err := other.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.create("untold")
	if _, err := other.GetUser(t.Context(), admin, "untold"); !hub.Is(err, hub.NotFound) {
		t.Fatalf("shown without having been told of: %v", err)
	}
	if err := other.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.GetUser(t.Context(), admin, "untold"); err != nil {
		t.Error(err)
	}
}

// flush writes what lies in memory of people's activity.
func (f *fixture) flush() {
	f.t.Helper()
	if err := f.FlushActivity(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

// Neither who writes nor who reads waits while everybody is read again.
func TestNobodyWaitsWhileEverybodyIsRead(t *testing.T) {
	f, db, admin := meddledFixture(t, 3)
	begun, written := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(begun) })
	db.between = func() {
		first()
		<-written
	}
	loaded := make(chan error, 1)
	go func() { loaded <- f.LoadDirectory(t.Context()) }()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := f.CreateUser(ctx, admin, "meanwhile", false)
		if err == nil {
			_, err = f.GetUser(ctx, admin, "meanwhile")
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("a write waits until everybody was read")
	}
	close(written)
	if err := <-loaded; err != nil {
		t.Error(err)
	}
	f.flush()
	f.sameList(admin, hub.UserQuery{})
}

// Options of any size are shown of a server, and none is lost when the hub stops all.
func TestLargeOptionsAreShown(t *testing.T) {
	f, _, admin := meddledFixture(t, 2)
	large := json.RawMessage(`{"text":"` + strings.Repeat("x", 5000) + `"}`)
	for name, options := range map[string]json.RawMessage{"p0000": large, "p0001": json.RawMessage(`{"a":1}`)} {
		if _, err := f.StartServer(t.Context(), admin, name, "", servers.StartRequest{Options: options}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.StopOwn(t.Context(), admin, servers.Lease{Owner: "me"}); err != nil {
		t.Fatal(err)
	}
	views, _, err := f.ListUsers(t.Context(), admin, hub.UserQuery{NameFilter: "p000", Sort: hub.SortByName}, filter.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	one, err := f.GetUser(t.Context(), admin, "p0000")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range append(views, one) {
		want := []string{string(large), `{"a":1}`, string(large)}[i]
		if diff := cmp.Diff(want, string(v.Servers[0].Options)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.Name, diff)
		}
	}
}

// Who is active while everybody is read is shown so at once, before it is written.
func TestActivityWhileEverybodyIsReadIsShown(t *testing.T) {
	f, db, admin := meddledFixture(t, 1500)
	at := f.clock.Now().Add(time.Minute)
	calls := 0
	db.between = func() {
		if calls++; calls == 3 { // the part with the first people has been read
			if err := f.ReportActivity(t.Context(), admin, "p0000", servers.ActivityReport{User: at}); err != nil {
				t.Error(err)
			}
		}
	}
	if err := f.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := f.GetUser(t.Context(), admin, "p0000"); err != nil || !v.LastActivity.Equal(at) {
		t.Errorf("last active at %v, want %v: %v", v.LastActivity, at, err)
	}
}
