package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
)

// people are the names of all who are there.
func (f *fixture) people() (names []string) {
	f.t.Helper()
	all := read(f, func(ctx context.Context, tx data.Tx) ([]hub.User, error) {
		list, _, err := tx.ListUsers(ctx, hub.UserQuery{})
		return list, err
	})
	for _, u := range all {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return names
}

// People whom nobody has seen for long are deleted where the configuration says so: none who has a server or was seen, is suspended,
// or is in a group with other limits, and never the last administrator.
func TestPeopleWhomNobodyHasSeenAreDeleted(t *testing.T) {
	f := newFixture(t, hourly(func(r *culling.Rules) {
		r.Users, r.Admins = true, true
		r.Groups = map[string]culling.Limits{"staff": {}}
	}))
	admin := f.admin()
	f.create("busy", "gone", "member", "seen", "suspended")
	f.joins("member", "staff")
	running := f.running(admin, "busy", "")
	f.patch("suspended", people.UserPatch{Suspended: new(true)})
	cull := func(want int, left ...string) {
		t.Helper()
		n, err := f.CullUsers(t.Context())
		if err != nil || n != want {
			t.Errorf("%d are deleted, %v; want %d", n, err, want)
		}
		if got := f.people(); !slices.Equal(got, left) {
			t.Errorf("left are %v, want %v", got, left)
		}
	}
	all := []string{"admin", "busy", "gone", "member", "seen", "suspended"}
	f.clock.Add(59 * time.Minute)
	cull(0, all...)
	f.by(f.token("seen"))
	f.clock.Add(time.Minute)
	cull(1, "admin", "busy", "member", "seen", "suspended")
	entries := read(f, func(ctx context.Context, tx data.Tx) ([]hub.AuditEntry, error) {
		return tx.ListAudit(ctx, hub.AuditQuery{Action: "user.delete"})
	})
	if len(entries) != 1 || entries[0].Actor != hub.System() || entries[0].TargetName != "gone" || string(entries[0].After) != `{"reason":"idle"}` {
		t.Errorf("audit: %+v", entries)
	}
	f.ends(running)
	f.clock.Add(time.Hour)
	cull(2, "admin", "member", "suspended")
}

// The audit log tells those who were not seen from those whose time is over.
func TestPeopleAreDeletedByAge(t *testing.T) {
	f := newFixture(t, hourly(func(r *culling.Rules) {
		r.Users, r.Limits = true, culling.Limits{Timeout: 2 * time.Hour, MaxAge: 3 * time.Hour}
	}))
	f.admin()
	f.create("seen")
	f.clock.Add(2 * time.Hour)
	f.by(f.token("seen"))
	f.clock.Add(time.Hour)
	if n, err := f.CullUsers(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	entries := read(f, func(ctx context.Context, tx data.Tx) ([]hub.AuditEntry, error) {
		return tx.ListAudit(ctx, hub.AuditQuery{Action: "user.delete"})
	})
	if len(entries) != 1 || string(entries[0].After) != `{"reason":"max_age"}` {
		t.Errorf("audit: %+v", entries)
	}
}

// By default nobody is deleted.
func TestNobodyIsDeletedWhereItIsNotSaid(t *testing.T) {
	f := newFixture(t, hourly(nil))
	f.admin()
	f.create("alice")
	f.clock.Add(1000 * time.Hour)
	if n, err := f.CullUsers(t.Context()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
