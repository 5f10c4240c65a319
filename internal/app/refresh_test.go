package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/schedule"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

func when(t *testing.T, expression string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(expression, "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refreshing is a hub on which everybody begins with 100, with rules. Its clock stands at noon of a monday.
func refreshing(t *testing.T, rules ...quota.Rule) *fixture {
	t.Helper()
	f := newFixture(t, func(c *app.Config) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, MinimumToStart: 10, Default: 100, DefaultMinutes: 30, Refresh: rules}
	})
	f.clock.Add(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC).Sub(f.clock.Now()))
	f.admin()
	f.must(f.BeginRefreshing(t.Context()))
	return f
}

func (f *fixture) refresh(want ...string) {
	f.t.Helper()
	did, err := f.RefreshQuotas(f.t.Context())
	f.must(err)
	if d := cmp.Diff(want, did); d != "" {
		f.t.Error(d)
	}
}

func whole(n int64) *int64 { return &n }

// A rule gives those whom it is for what it says, at its times, each once, and up to its cap.
func TestRefresh(t *testing.T) {
	pattern, err := quota.NamePattern("an")
	if err != nil {
		t.Fatal(err)
	}
	f := refreshing(t,
		quota.Rule{Name: "members", Schedule: when(t, "30 4 * * *"), Refresh: quota.Refresh{Action: quota.Set, Amount: 50, Targets: quota.Targets{Groups: []string{"cs101"}, Above: whole(200)}}},
		quota.Rule{Name: "weekly", Schedule: when(t, "0 4 * * mon"), Refresh: quota.Refresh{Action: quota.Add, Amount: 30, Most: whole(120), Targets: quota.Targets{Pattern: pattern, Except: []string{"anton"}}}},
	)
	f.create("ann", "anna", "anton", "bob", "cy")
	f.group("cs101", "bob")
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Set, Amount: 300})
	f.changeQuota(quota.Change{Username: "cy", Action: quota.Set, Amount: 300})
	f.changeQuota(quota.Change{Username: "anna", Action: quota.Set, Amount: 130})
	f.refresh()
	f.clock.Add(17 * time.Hour)
	f.refresh("members")
	f.refresh()
	f.wantQuota("of the group", "bob", "50", "50")
	f.wantQuota("of no group", "cy", "300", "300")
	f.clock.Add(6 * 24 * time.Hour)
	f.must(f.BeginRefreshing(t.Context())) // a restart
	f.refresh("weekly", "members")
	f.wantQuota("up to the cap", "ann", "120", "120")
	f.wantQuota("beyond the cap already", "anna", "130", "130")
	f.wantQuota("excluded", "anton", "100", "100")
	s, err := f.QuotaStatement(t.Context(), f.by(adminToken), "ann", quota.StatementQuery{Limit: 1})
	f.must(err)
	if by := s.Entries[0].Actor; by != hub.System().Name {
		t.Errorf("given by %q", by)
	}
	if d := cmp.Diff([]string{"initial_grant 100 = 100", "auto_refresh 20 = 120"}, f.statement("ann")); d != "" {
		t.Error(d)
	}
	list, err := f.RefreshRules(t.Context(), f.by(adminToken))
	f.must(err)
	weekly := list[1]
	got := fmt.Sprintln(weekly.Name, weekly.Next.Format(time.RFC3339), weekly.Until.UTC().Format(time.RFC3339), weekly.Done.Updated, weekly.Done.Total, weekly.Done.Skipped)
	if want := "weekly 2026-06-15T04:00:00+02:00 2026-06-08T02:00:00Z 1 1200 1\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What was missed while no hub ran is made up for as the rule says: the last of it, all of it, or none.
func TestRefreshCatchesUp(t *testing.T) {
	daily := func(name string, c quota.CatchUp) quota.Rule {
		return quota.Rule{Name: name, Schedule: when(t, "0 4 * * *"), CatchUp: c, Refresh: quota.Refresh{Action: quota.Add, Amount: 10, Targets: quota.Targets{Users: []string{name}}}}
	}
	f := refreshing(t, daily("all", quota.CatchAll), daily("last", quota.CatchLast), daily("none", quota.CatchNone))
	f.create("all", "last", "none")
	f.clock.Add(3 * 24 * time.Hour)
	f.must(f.BeginRefreshing(t.Context()))
	f.refresh("all", "all", "all", "last")
	f.wantQuota("each", "all", "130", "130")
	f.wantQuota("the last", "last", "110", "110")
	f.wantQuota("none", "none", "100", "100")
	f.clock.Add(16*time.Hour + time.Minute)
	f.refresh("all", "last", "none")
	f.wantQuota("in time", "none", "110", "110")
}

// A rule that is new, or comes at other times than it did, or was away, begins from now on.
func TestRefreshBeginsAnew(t *testing.T) {
	rule := quota.Rule{Name: "daily", Schedule: when(t, "0 4 * * *"), Refresh: quota.Refresh{Action: quota.Add, Amount: 10}}
	f := refreshing(t, rule)
	f.create("ann")
	with := func(rules ...quota.Rule) *quota.Quota {
		c := f.QuotaRules()
		c.Refresh = rules
		q := quota.New(f.DB, c)
		f.must(q.BeginRefreshing(t.Context()))
		return q
	}
	did := func(q *quota.Quota) string {
		t.Helper()
		names, err := q.RefreshQuotas(t.Context())
		f.must(err)
		return strings.Join(names, " ")
	}
	f.clock.Add(20 * time.Hour)
	other := rule
	other.Schedule = when(t, "0 5 * * *")
	if got := did(with(other)); got != "" {
		t.Errorf("at other times: %q", got)
	}
	with()
	f.clock.Add(48 * time.Hour)
	if got := did(with(rule)); got != "" {
		t.Errorf("back again: %q", got)
	}
	f.clock.Add(24 * time.Hour)
	more := rule
	more.Amount = 7
	if got := did(with(more)); got != "daily" {
		t.Errorf("of another amount: %q", got)
	}
	f.wantQuota("in the end", "ann", "107", "107")
}

// However many hubs look at once, and whatever else is changed meanwhile, each time is done once.
func TestRefreshIsDoneOnce(t *testing.T) {
	f := refreshing(t, quota.Rule{Name: "daily", Schedule: when(t, "0 4 * * *"), CatchUp: quota.CatchAll, Refresh: quota.Refresh{Action: quota.Add, Amount: 10}})
	f.create("ann", "bob")
	s, err := f.startFor("ann", "", 5)
	f.must(err)
	f.goes(s)
	f.clock.Add(3 * 24 * time.Hour)
	admin := f.by(adminToken)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := f.RefreshQuotas(t.Context()); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := f.ChangeQuotas(t.Context(), admin, "", []quota.Change{{Username: "bob", Action: quota.Add, Amount: 1}}); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := f.Tick(t.Context(), "test"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.refresh()
	f.wantQuota("of the three days", "bob", "134", "134")
	given := 0
	for _, line := range f.statement("ann") {
		if strings.HasPrefix(line, "auto_refresh 10") {
			given++
		}
	}
	if given != 3 {
		t.Errorf("given: %q", f.statement("ann"))
	}
}

// What was used comes back when it is as old as the window, to everybody whom the rule is for, once.
func TestRefreshOfAWindow(t *testing.T) {
	f := refreshing(t, quota.Rule{Name: "week", Window: 7 * 24 * time.Hour, Refresh: quota.Refresh{Action: quota.Add, Targets: quota.Targets{Except: []string{"bob"}}}})
	f.create("ann", "bob")
	run := func(name string, d time.Duration) {
		s, err := f.startFor(name, "", 0)
		f.must(err)
		s = f.goes(s)
		f.clock.Add(d)
		f.ends(s)
	}
	run("ann", 10*time.Minute)
	run("bob", 10*time.Minute)
	f.clock.Add(24 * time.Hour)
	run("ann", 5*time.Minute+time.Second)
	f.refresh()
	f.wantQuota("used", "ann", "69 58/60", "69 58/60")
	_, err := f.startFor("ann", "", 36)
	if f.wantCode(err, hub.Forbidden); !strings.Contains(fmt.Sprint(err), "again on 2026-06-08 10:11 UTC") {
		t.Error(err)
	}
	f.clock.Add(6*24*time.Hour - 16*time.Minute)
	f.refresh()
	f.clock.Add(2 * time.Minute)
	f.refresh("week")
	f.refresh()
	f.wantQuota("of the first day", "ann", "89 58/60", "89 58/60")
	f.clock.Add(48 * time.Hour)
	f.must(f.BeginRefreshing(t.Context()))
	f.refresh("week")
	f.wantQuota("all of it", "ann", "100", "100")
	f.wantQuota("not meant", "bob", "80", "80")
	if d := cmp.Diff([]string{"initial_grant 100 = 100", "usage -20 = 80", "usage -10 2/60 = 69 58/60", "returned 20 = 89 58/60", "returned 10 2/60 = 100"}, f.statement("ann")); d != "" {
		t.Error(d)
	}
}

// What comes little by little comes to the amount exactly, however often it is given, and ends at the cap.
func TestRefreshLittleByLittle(t *testing.T) {
	f := refreshing(t, quota.Rule{Name: "steady", Per: 7 * time.Hour, Refresh: quota.Refresh{Action: quota.Add, Amount: 11, Most: whole(90)}})
	f.create("ann", "bob")
	f.changeQuota(quota.Change{Username: "ann", Action: quota.Set, Amount: 50})
	for range 42 {
		f.clock.Add(10 * time.Minute)
		f.refresh("steady")
	}
	f.wantQuota("after seven hours", "ann", "61", "61")
	f.wantQuota("beyond the cap already", "bob", "100", "100")
	_, err := f.startFor("ann", "", 36)
	if f.wantCode(err, hub.Forbidden); !strings.Contains(fmt.Sprint(err), "again on 2026-06-02 00:00 UTC") {
		t.Error(err)
	}
	f.clock.Add(14 * time.Hour)
	f.refresh("steady")
	f.wantQuota("made up for", "ann", "83", "83")
	f.clock.Add(24 * time.Hour)
	f.refresh("steady")
	f.wantQuota("up to the cap", "ann", "90", "90")
	f.clock.Add(time.Hour)
	f.refresh()
}

// By hand: dry, under a key, and for those alone whom the requester may change.
func TestRefreshNow(t *testing.T) {
	f := refreshing(t)
	f.create("ann", "bob", "tess")
	f.group("cs101", "bob")
	admin := f.by(adminToken)
	f.changeQuota(quota.Change{Username: "ann", Action: quota.Unlimited, Unlimited: true})
	less := quota.Refresh{Action: quota.Add, Amount: -90, Least: 20}
	done, err := f.RefreshNow(t.Context(), admin, "manual", "", less, true)
	f.must(err)
	want := quota.Refreshed{Updated: 3, Total: -3 * 80 * 60, Skipped: 1, Changes: []quota.Balances{{Username: "admin", Before: 6000, After: 1200}, {Username: "bob", Before: 6000, After: 1200}, {Username: "tess", Before: 6000, After: 1200}}}
	if d := cmp.Diff(want, done); d != "" {
		t.Error(d)
	}
	f.wantQuota("dry", "bob", "100", "100")
	for range 2 {
		_, err = f.RefreshNow(t.Context(), admin, "manual", "key", quota.Refresh{Action: quota.Add, Amount: 5}, false)
		f.must(err)
	}
	f.wantQuota("once", "bob", "105", "105")
	narrow, err := f.CreateToken(t.Context(), admin, "admin", tokens.TokenRequest{Scopes: []string{"admin:quota!group=cs101"}})
	f.must(err)
	tess := f.by(narrow.Secret)
	_, err = f.RefreshNow(t.Context(), tess, "manual", "", quota.Refresh{Action: quota.Set, Amount: 1}, false)
	f.must(err)
	f.wantQuota("of the group", "bob", "1", "1")
	f.wantQuota("of no group", "tess", "105", "105")
	_, err = f.RefreshNow(t.Context(), f.by(f.token("ann")), "manual", "", quota.Refresh{Action: quota.Set, Amount: 1}, false)
	f.wantCode(err, hub.Forbidden)
	for _, bad := range []quota.Refresh{{Action: quota.Set, Amount: -1}, {Action: "take", Amount: 1}, {Action: quota.Add, Amount: hub.MostCredits + 1}, {Action: quota.Add, Amount: 1, Most: whole(-1)}, {Action: quota.Add, Amount: 1, Least: -1}} {
		_, err = f.RefreshNow(t.Context(), admin, "manual", "", bad, true)
		f.wantCode(err, hub.Invalid)
	}
}

// Whoever is refused is told when there will be enough, if the rules give it.
func TestQuotaSaysWhenAgain(t *testing.T) {
	f := refreshing(t,
		quota.Rule{Name: "monthly", Schedule: when(t, "0 0 1 * *"), Refresh: quota.Refresh{Action: quota.Set, Amount: 40, Targets: quota.Targets{Groups: []string{"cs101"}}}},
		quota.Rule{Name: "weekly", Schedule: when(t, "0 4 * * mon"), Refresh: quota.Refresh{Action: quota.Add, Amount: 6, Most: whole(20)}})
	f.create("ann", "bob")
	f.group("cs101", "bob")
	for _, name := range []string{"ann", "bob"} {
		f.changeQuota(quota.Change{Username: name, Action: quota.Set})
	}
	for _, c := range []struct{ name, minutes, want string }{
		{"ann", "null", "again on 2026-06-15 04:00 CEST, or when"},
		{"ann", "11", "again when somebody"},
		{"bob", "20", "again on 2026-07-01 00:00 CEST, or"},
		{"bob", "10", "again on 2026-06-29 04:00 CEST, or"},
	} {
		_, err := f.StartServer(t.Context(), f.by(adminToken), c.name, "", servers.StartRequest{Options: json.RawMessage(`{"runtime_minutes": ` + c.minutes + `}`)})
		if f.wantCode(err, hub.Forbidden); !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func (f *fixture) group(name string, members ...string) {
	f.t.Helper()
	f.must(f.DB.Update(f.t.Context(), func(tx data.Tx) error { return makeGroup(f.t.Context(), tx, name, members) }))
	f.must(f.LoadDirectory(f.t.Context()))
}

func makeGroup(ctx context.Context, tx data.Tx, name string, members []string) error {
	g, err := tx.CreateGroup(ctx, name)
	if err != nil {
		return err
	}
	people, err := tx.UsersByName(ctx, members)
	if err != nil {
		return err
	}
	for _, u := range people {
		if err := tx.AddMembers(ctx, g.ID, []int64{u.ID}); err != nil {
			return err
		}
	}
	return nil
}
