package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

// Whatever is done by use cases, the directory in memory lists the same people in
// the same order as the database does.
func TestDirectoryIsTheDatabase(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	random := rand.New(rand.NewPCG(1, 2))
	name := func() string { return fmt.Sprintf("%c%d", "abc"[random.IntN(3)], random.IntN(12)) }
	if _, err := f.CreateGroups(t.Context(), admin, []string{"g0", "g1"}, nil); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	steps := []func() error{
		func() error {
			_, err := f.CreateUsers(ctx, admin, []string{name(), name(), name()}, false)
			return err
		},
		func() error {
			soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond) // nothing stops the servers here
			defer cancel()
			return f.DeleteUser(soon, admin, name())
		},
		func() error {
			to := name()
			_, err := f.PatchUser(ctx, admin, name(), people.UserPatch{Name: &to})
			return err
		},
		func() error {
			_, err := f.ChangeMembers(ctx, admin, fmt.Sprintf("g%d", random.IntN(2)), []string{name()}, random.IntN(3) > 0, false)
			return err
		},
		func() error {
			_, err := f.StartServer(ctx, admin, name(), []string{"", "lab"}[random.IntN(2)], servers.StartRequest{})
			return err
		},
		func() error {
			_, err := f.StopServer(ctx, admin, name(), "", false)
			return err
		},
		func() error {
			at := time.Date(2026, 11, 1+random.IntN(20), 0, 0, 0, 0, time.UTC)
			return f.ReportActivity(ctx, admin, name(), servers.ActivityReport{User: at})
		},
		func() error { return f.FlushActivity(ctx) },
	}
	for i := range 400 {
		err := steps[random.IntN(len(steps))]()
		if err != nil && hub.ErrorCode(err) == hub.Internal {
			t.Fatal(err)
		}
		if i%4 == 0 {
			f.sameList(admin, randomQuery(random))
		}
	}
}

func randomQuery(random *rand.Rand) hub.UserQuery {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	q := hub.UserQuery{
		State:      hub.UserState(pick("", "", "active", "ready", "inactive")),
		NameFilter: pick("", "", "a", "B", "1", "_", "%"),
		Sort:       hub.UserSort(pick("id", "name", "last_activity")),
		Descending: random.IntN(2) == 0, Offset: random.IntN(8), Limit: random.IntN(6),
	}
	return q
}

// sameList compares what the directory and the database say to a query. A deletion under way
// goes on in between, and is in the database a moment before it is in memory: they must agree
// in the end.
func (f *fixture) sameList(admin *access.Requester, q hub.UserQuery) {
	f.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		views, total, err := f.ListUsers(f.t.Context(), admin, q, filter.Filter{})
		if err != nil {
			f.t.Fatal(err)
		}
		got := make([]hub.User, len(views))
		for i, v := range views {
			got[i] = v.User
		}
		want, wantTotal := f.listed(q)
		diff := cmp.Diff(want, got)
		if total == wantTotal && diff == "" {
			return
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("%+v: %d in all, want %d (-database +directory):\n%s", q, total, wantTotal, diff)
		}
	}
}

// listed is what the database says to a query.
func (f *fixture) listed(q hub.UserQuery) (list []hub.User, total int) {
	f.t.Helper()
	if err := f.DB.View(f.t.Context(), func(tx data.Tx) (err error) {
		list, total, err = tx.ListUsers(f.t.Context(), q)
		return err
	}); err != nil {
		f.t.Fatal(err)
	}
	return list, total
}
