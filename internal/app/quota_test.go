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

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

// quotas is a hub on which a minute costs 2 credits, and everybody begins with 100.
func quotas(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, func(c *app.Config) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, MinimumToStart: 10, Default: 100, DefaultMinutes: 30, Grace: 5 * time.Minute}
	})
}

func (f *fixture) quotaOf(name string) hub.QuotaAccount {
	f.t.Helper()
	s, err := f.QuotaStatement(f.t.Context(), f.by(adminToken), name, quota.StatementQuery{Limit: 1})
	f.must(err)
	return s.Account
}

func (f *fixture) wantQuota(what, name, balance, available string) {
	f.t.Helper()
	a := f.quotaOf(name)
	if got := hub.ExactCredits(a.Balance()) + ", " + hub.ExactCredits(a.Available()); got != balance+", "+available {
		f.t.Errorf("%s: %s has %s available, want %s, %s", what, name, got, balance, available)
	}
}

func (f *fixture) changeQuota(c quota.Change) quota.Changed {
	f.t.Helper()
	done, err := f.ChangeQuotas(f.t.Context(), f.by(adminToken), "", []quota.Change{c})
	f.must(err)
	return done[0]
}

// start asks for a server for so many minutes; 0 names no time.
func (f *fixture) startFor(name, server string, minutes int) (hub.Server, error) {
	f.t.Helper()
	options := json.RawMessage(`{}`)
	if minutes != 0 {
		options = json.RawMessage(fmt.Sprintf(`{"runtime_minutes": %d}`, minutes))
	}
	return f.StartServer(f.t.Context(), f.by(adminToken), name, server, servers.StartRequest{Options: options})
}

// goes brings a server that was asked for to where it is ready.
func (f *fixture) goes(s hub.Server) hub.Server {
	f.t.Helper()
	run, err := f.BeginRun(f.t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
	f.must(err)
	_, _, err = f.Started(f.t.Context(), run.Server, "Started", nil)
	f.must(err)
	_, err = f.Answering(f.t.Context(), run.Server, "http://127.0.0.1:1")
	f.must(err)
	return run.Server
}

func (f *fixture) ends(s hub.Server) {
	f.t.Helper()
	f.must(f.EndRun(f.t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
}

// statement is somebody's, a line an entry, oldest first.
func (f *fixture) statement(name string) (lines []string) {
	f.t.Helper()
	s, err := f.QuotaStatement(f.t.Context(), f.by(adminToken), name, quota.StatementQuery{Limit: 1000})
	f.must(err)
	for _, e := range s.Entries {
		lines = append([]string{fmt.Sprintf("%s %s = %s", e.Kind, hub.ExactCredits(e.Amount), hub.ExactCredits(e.Balance))}, lines...)
	}
	return lines
}

// A start holds what it costs, what runs is charged from when it is ready, by the second, and becomes an entry at its end.
func TestQuotaOfARun(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann")
	f.wantQuota("at the beginning", "ann", "100", "100")
	s, err := f.startFor("ann", "", 20)
	f.must(err)
	f.wantQuota("held", "ann", "100", "60")
	f.clock.Add(time.Minute) // it waits, and that is free
	s = f.goes(s)
	f.clock.Add(90 * time.Second)
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("after a tick", "ann", "97", "60")
	f.must(f.Tick(t.Context(), "another"))
	f.clock.Add(1100 * time.Millisecond)
	f.ends(s)
	f.wantQuota("after its end", "ann", "96 58/60", "96 58/60")
	if diff := cmp.Diff([]string{"initial_grant 100 = 100", "usage -3 2/60 = 96 58/60"}, f.statement("ann")); diff != "" {
		t.Error(diff)
	}
	f.clock.Add(time.Hour)
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("later", "ann", "96 58/60", "96 58/60")
}

// rated is a hub with profiles whose minutes cost 2, 3, 5 and 7 credits.
func rated(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, func(c *app.Config) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, Rates: map[string]int64{"phx": 3}, MinimumToStart: 4, Default: 100, DefaultMinutes: 10}
		set, faults := profiles.New([]profiles.Profile{
			{Slug: "small"},
			{Slug: "phx", Sets: profiles.Settings{Accelerator: "phx"}},
			{Slug: "dear", Sets: profiles.Settings{Accelerator: "phx", Rate: 5}, Options: []profiles.Option{
				{Key: "size", Choices: []profiles.Choice{{Key: "one"}, {Key: "two", Sets: profiles.Settings{Rate: 7}}}},
			}},
			{Slug: "other", Sets: profiles.Settings{Accelerator: "npu"}},
		})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		c.Profiles = set
	})
}

// A run costs what it was started as: what its choice says, its profile, its accelerator, or what all cost.
func TestQuotaByProfile(t *testing.T) {
	f := rated(t)
	f.admin()
	for options, want := range map[string]struct {
		rate          int64
		held, balance string
	}{
		`{"profile": "small"}`:                {2, "80", "97 58/60"},
		`{"profile": "phx"}`:                  {3, "70", "96 57/60"},
		`{"profile": "dear"}`:                 {5, "50", "94 55/60"},
		`{"profile": "dear", "size": "two"}`:  {7, "30", "92 53/60"},
		`{"profile": "other"}`:                {2, "80", "97 58/60"},
		`{"resource_type": "phx"}`:            {3, "70", "96 57/60"},
		`{"profile": "phx", "quota_rate": 1}`: {3, "70", "96 57/60"},
	} {
		f.create("ann")
		s, err := f.StartServer(t.Context(), f.by(adminToken), "ann", "", servers.StartRequest{Options: json.RawMessage(options)})
		f.must(err)
		f.wantQuota(options, "ann", "100", want.held)
		s = f.goes(s)
		run := read(f, func(ctx context.Context, tx data.Tx) (hub.Run, error) { return tx.Run(ctx, s.ID, s.Fence) })
		if run.Launch.Rate != want.rate {
			t.Errorf("%s is started at %d", options, run.Launch.Rate)
		}
		f.clock.Add(61 * time.Second)
		f.ends(s)
		f.wantQuota(options, "ann", want.balance, want.balance)
		f.must(f.DeleteUser(t.Context(), f.by(adminToken), "ann"))
	}
	f.create("bob")
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Set, Amount: 6})
	_, err := f.StartServer(t.Context(), f.by(adminToken), "bob", "", servers.StartRequest{Options: json.RawMessage(`{"profile": "dear", "size": "two"}`)})
	if f.wantCode(err, hub.Forbidden); !strings.Contains(fmt.Sprint(err), "6 credits left, and a start takes 7; a minute costs 7") {
		t.Error(err)
	}
	_, err = f.StartServer(t.Context(), f.by(adminToken), "bob", "", servers.StartRequest{Options: json.RawMessage(`{"profile": "phx"}`)})
	f.must(err)
}

// A run that waited is charged by what it begins as.
func TestQuotaOfARunThatWaited(t *testing.T) {
	f := rated(t)
	f.admin()
	f.create("ann")
	s, err := f.StartServer(t.Context(), f.by(adminToken), "ann", "", servers.StartRequest{Options: json.RawMessage(`{"profile": "phx"}`)})
	f.must(err)
	f.must(f.DB.Update(t.Context(), func(tx data.Tx) error { return tx.PriceQuotaRun(t.Context(), s.ID, 9) }))
	s = f.goes(s)
	f.must(f.DB.Update(t.Context(), func(tx data.Tx) error { return tx.PriceQuotaRun(t.Context(), s.ID, 9) })) // too late
	f.clock.Add(time.Minute)
	f.ends(s)
	f.wantQuota("at its end", "ann", "97", "97")
}

// What was held comes back where nothing comes of the start.
func TestQuotaOfStartsThatComeToNothing(t *testing.T) {
	f := quotas(t)
	admin := f.admin()
	f.create("ann")
	_, err := f.startFor("ann", "", 20)
	f.must(err)
	_, err = f.StopServer(t.Context(), admin, "ann", "", false)
	f.must(err)
	f.wantQuota("called off in the queue", "ann", "100", "100")
	s, err := f.startFor("ann", "", 20)
	f.must(err)
	run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test"})
	f.must(err)
	f.clock.Add(time.Minute)
	f.must(f.GiveUp(t.Context(), run.Server, hub.CauseTimeout, "It did not answer", ""))
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
	f.wantQuota("failed", "ann", "100", "100")
	if _, err = f.startFor("ann", "lab", 20); err != nil {
		t.Fatal(err)
	}
	_, err = f.StopServer(t.Context(), admin, "ann", "lab", true)
	f.must(err)
	f.wantQuota("deleted in the queue", "ann", "100", "100")
	if got := f.statement("ann"); len(got) != 1 {
		t.Errorf("entries: %q", got)
	}
}

// Who has not enough is told what there is, however the server is started; a time that nobody asked for is cut to it.
func TestQuotaRefusesStarts(t *testing.T) {
	f := quotas(t)
	admin := f.admin()
	f.create("ann", "bob")
	for minutes, want := range map[int]hub.Code{51: hub.Forbidden, -5: hub.Invalid, 99999999: hub.Invalid} {
		_, err := f.startFor("ann", "", minutes)
		f.wantCode(err, want)
	}
	for _, bad := range []string{`{"runtime_minutes": 1.5}`, `{"runtime_minutes": "soon"}`, `{"runtime_minutes": []}`, `{"runtime_minutes": 1e99}`} {
		_, err := f.StartServer(t.Context(), admin, "ann", "", servers.StartRequest{Options: json.RawMessage(bad)})
		f.wantCode(err, hub.Invalid)
	}
	_, err := f.startFor("ann", "", 51)
	if !strings.Contains(fmt.Sprint(err), "100 credits left, and 51 minutes cost 102: ask for 50 minutes or fewer") {
		t.Error(err)
	}
	_, err = f.startFor("ann", "lab", 46)
	f.must(err)
	_, err = f.startFor("ann", "", 0)
	if f.wantCode(err, hub.Forbidden); !strings.Contains(fmt.Sprint(err), "8 credits left, and a start takes 10; a minute costs 2. 92 more are held") {
		t.Error(err)
	}
	f.changeQuota(quota.Change{Username: "ann", Action: quota.Add, Amount: 4})
	_, err = f.startFor("ann", "", 0)
	f.must(err)
	f.wantQuota("all is held", "ann", "104", "0")
	results, err := f.BulkStart(t.Context(), admin, people.ServersRequest{Rows: []servers.ServerRow{
		{Username: "bob", Options: json.RawMessage(`{"runtime_minutes": 40}`)}, {Username: "bob", ServerName: "lab", Options: json.RawMessage(`{"runtime_minutes": 40}`)},
		{Username: "ann", ServerName: "more"},
	}})
	f.must(err)
	var got []string
	for _, x := range results {
		got = append(got, string(x.Status))
	}
	if diff := cmp.Diff([]string{"started", "failed", "failed"}, got); diff != "" {
		t.Errorf("%s %+v", diff, results)
	}
	f.wantQuota("by bulk", "bob", "100", "20")
}

// At zero nothing is charged any more; after the grace the server stops, and says why. Two servers of one person take
// nobody below zero by more than what they cost a second, however late the tick comes.
func TestQuotaIsUsedUp(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann", "bob")
	first, err := f.startFor("ann", "", 25)
	f.must(err)
	second, err := f.startFor("ann", "lab", 25)
	f.must(err)
	first, second = f.goes(first), f.goes(second)
	f.clock.Add(time.Hour)
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("used up", "ann", "0", "0")
	phase := func(s hub.Server) string {
		now := read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, s.ID) })
		return string(now.Phase) + " " + string(now.StopReason)
	}
	f.clock.Add(4 * time.Minute)
	f.must(f.Tick(t.Context(), "test"))
	if got := phase(first); got != "ready " {
		t.Errorf("in the grace: %q", got)
	}
	f.clock.Add(time.Minute)
	f.must(f.Tick(t.Context(), "test"))
	if got := []string{phase(first), phase(second)}; !cmp.Equal(got, []string{"stopping quota", "stopping quota"}) {
		t.Errorf("after it: %q", got)
	}
	f.ends(first)
	f.ends(second)
	f.wantQuota("at the end", "ann", "0", "0")

	third, err := f.startFor("bob", "", 0)
	f.must(err)
	third = f.goes(third)
	f.clock.Add(time.Hour)
	f.must(f.Tick(t.Context(), "test"))
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Add, Amount: 50}) // in time
	f.clock.Add(10 * time.Minute)
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("given more", "bob", "30", "30")
	if got := phase(third); got != "ready " {
		t.Errorf("given more: %q", got)
	}
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Unlimited, Unlimited: true})
	f.clock.Add(5 * time.Hour)
	f.must(f.Tick(t.Context(), "test"))
	f.ends(third)
	f.wantQuota("unlimited", "bob", "30", "30")
}

// A run that is found gone after the hub was away is charged to when it was seen last.
func TestQuotaOfLostRuns(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann")
	s, err := f.startFor("ann", "", 0)
	f.must(err)
	s = f.goes(s)
	f.clock.Add(time.Minute)
	f.must(f.Tick(t.Context(), "test"))
	f.clock.Add(time.Hour)
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventLost, "It is gone", ""))
	f.wantQuota("lost", "ann", "98", "98")
}

// Changes are audited, say why they cannot be made, and are made once under a key.
func TestQuotaChanges(t *testing.T) {
	f := quotas(t)
	admin := f.admin()
	f.create("ann", "bob")
	admin.RequestID = "quotas"
	all := []quota.Change{
		{Username: " ANN ", Action: quota.Set, Amount: 70, Note: "for the exam"}, {Username: "nobody", Action: quota.Set, Amount: 1},
		{Username: "ann", Action: quota.Add, Amount: -5}, {Username: "bob", Action: quota.Deduct, Amount: 200}, {Username: "bob", Action: quota.Set, Amount: -1},
		{Username: "bob", Action: quota.Add, Amount: hub.MostCredits + 1}, {Username: "bob", Action: "multiply", Amount: 1},
		{Username: "bob", Action: quota.Unlimited, Unlimited: true}, {Username: "bob", Action: quota.Add, Amount: 1},
	}
	want := []string{"65", "notfound", "65", "invalid", "invalid", "invalid", "invalid", "101", "101"}
	for range 2 {
		done, err := f.ChangeQuotas(t.Context(), admin, "key", all)
		f.must(err)
		var got []string
		for _, x := range done {
			if x.Err != nil {
				got = append(got, string(hub.ErrorCode(x.Err)))
			} else {
				got = append(got, hub.ExactCredits(f.quotaOf(x.Username).Balance()))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"initial_grant 100 = 100", "set -30 = 70", "deduct -5 = 65"}, f.statement("ann")); diff != "" {
		t.Error(diff)
	}
	if got := f.auditActions("quotas"); !cmp.Equal(got, map[string]int{"quota.set": 1, "quota.add": 2, "quota.set_unlimited": 1}) {
		t.Errorf("audited: %v", got)
	}
	if !f.quotaOf("bob").Unlimited {
		t.Error("bob is not unlimited")
	}
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Set, Amount: 3, Limited: true})
	if a := f.quotaOf("bob"); a.Unlimited || a.Balance() != 180 {
		t.Errorf("bob: %+v", a)
	}
}

// An entry is taken back by another, once, whoever asks and under whatever key; what was taken back does not come back once more.
func TestQuotaCorrections(t *testing.T) {
	f := refreshing(t, quota.Rule{Name: "week", Window: 7 * 24 * time.Hour, Refresh: quota.Refresh{Action: quota.Add}})
	f.create("ann", "bob")
	for _, minutes := range []time.Duration{10, 5} {
		s, err := f.startFor("ann", "", 0)
		f.must(err)
		s = f.goes(s)
		f.clock.Add(minutes * time.Minute)
		f.ends(s)
	}
	s, err := f.QuotaStatement(t.Context(), f.by(adminToken), "ann", quota.StatementQuery{Limit: 10})
	f.must(err)
	first := s.Entries[1].ID
	for _, c := range []struct {
		change quota.Change
		want   hub.Code
	}{
		{quota.Change{Username: "ann", Action: quota.Correct, Entry: first, Note: "the machine was broken"}, ""},
		{quota.Change{Username: "ann", Action: quota.Correct, Entry: first}, hub.Conflict},
		{quota.Change{Username: "bob", Action: quota.Correct, Entry: first}, hub.NotFound},
		{quota.Change{Username: "ann", Action: quota.Correct, Entry: 99999}, hub.NotFound},
		{quota.Change{Username: "ann", Action: quota.Correct, Entry: -1}, hub.Invalid},
	} {
		done, err := f.ChangeQuotas(t.Context(), f.by(adminToken), "", []quota.Change{c.change})
		f.must(err)
		if done[0].Err == nil && c.want != "" || done[0].Err != nil && hub.ErrorCode(done[0].Err) != c.want {
			t.Errorf("%+v: %v", c.change, done[0].Err)
		}
	}
	done, err := f.ChangeQuotas(t.Context(), f.by(adminToken), "key", []quota.Change{{Username: "ann", Action: quota.Correct, Entry: s.Entries[0].ID}, {Username: "ann", Action: quota.Correct, Entry: s.Entries[0].ID}})
	f.must(err)
	if done[0].Err != nil || !hub.Is(done[1].Err, hub.Conflict) {
		t.Errorf("twice in one request: %+v", done)
	}
	f.clock.Add(8 * 24 * time.Hour)
	f.refresh()
	f.wantQuota("a week later", "ann", "100", "100")
	if d := cmp.Diff([]string{"initial_grant 100 = 100", "usage -20 = 80", "usage -10 = 70", "correction 20 = 90", "correction 10 = 100"}, f.statement("ann")); d != "" {
		t.Error(d)
	}
}

// Where the configuration says so, what a start takes is charged, whatever comes of it.
func TestQuotaFromTheStart(t *testing.T) {
	f := newFixture(t, func(c *app.Config) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, Default: 100, DefaultMinutes: 30, FromStart: true}
	})
	f.admin()
	f.create("ann")
	s, err := f.startFor("ann", "", 0)
	f.must(err)
	f.clock.Add(time.Minute) // its turn has not come
	run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test"})
	f.must(err)
	f.clock.Add(time.Minute)
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("while it starts", "ann", "98", "40")
	_, _, err = f.Started(t.Context(), run.Server, "Started", nil)
	f.must(err)
	_, err = f.Answering(t.Context(), run.Server, "http://127.0.0.1:1")
	f.must(err)
	f.clock.Add(time.Minute)
	f.ends(run.Server)
	f.wantQuota("at its end", "ann", "96", "96")
}

// Renaming keeps a quota; who is made again under an old name inherits none.
func TestQuotasHangOnPeople(t *testing.T) {
	f := quotas(t)
	admin := f.admin()
	f.create("ann")
	f.changeQuota(quota.Change{Username: "ann", Action: quota.Set, Amount: 7})
	name := "anna"
	_, err := f.PatchUser(t.Context(), admin, "ann", people.UserPatch{Name: &name})
	f.must(err)
	f.wantQuota("renamed", "anna", "7", "7")
	f.must(f.DeleteUser(t.Context(), admin, "anna"))
	f.create("anna")
	f.wantQuota("made again", "anna", "100", "100")
}

// Who sees what: oneself, and who holds the scopes on one.
func TestQuotaScopes(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann", "bob")
	ann := f.by(f.token("ann"))
	_, err := f.QuotaStatement(t.Context(), ann, "ann", quota.StatementQuery{Limit: 1})
	f.must(err)
	_, err = f.QuotaStatement(t.Context(), ann, "bob", quota.StatementQuery{Limit: 1})
	f.wantCode(err, hub.Forbidden)
	_, err = f.ListQuotas(t.Context(), ann, hub.QuotaQuery{})
	f.wantCode(err, hub.Forbidden)
	_, err = f.ChangeQuotas(t.Context(), ann, "", []quota.Change{{Username: "ann", Action: quota.Set, Amount: 1000}})
	f.wantCode(err, hub.Forbidden)
	list, err := f.ListQuotas(t.Context(), f.by(adminToken), hub.QuotaQuery{After: "admin", Limit: 1})
	if err != nil || len(list) != 1 || list[0].UserName != "ann" || list[0].Balance() != 6000 {
		t.Errorf("%+v %v", list, err)
	}
}

// G8: the list of people says what they have and sorts by it, for who may know it, and says nothing to others.
func TestQuotasInTheListOfPeople(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann", "bob", "cem", "dora")
	f.changeQuota(quota.Change{Username: "ann", Action: quota.Set, Amount: 500})
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Add, Amount: -105})
	f.changeQuota(quota.Change{Username: "cem", Action: quota.Unlimited, Unlimited: true})
	for _, tc := range []struct {
		descending bool
		want       string
	}{{false, "bob dora ann cem"}, {true, "cem ann dora bob"}} {
		q := hub.UserQuery{Sort: hub.SortByQuota, Descending: tc.descending}
		if got := f.names(f.by(adminToken), q, filter.Filter{}); got != tc.want {
			t.Errorf("descending %v: %s, want %s", tc.descending, got, tc.want)
		}
	}
	said := func(r *access.Requester, q hub.UserQuery) (list []string) {
		q.Sort = hub.SortByName
		views, _, err := f.ListUsers(t.Context(), r, q, filter.Filter{})
		f.must(err)
		for _, v := range views {
			if v.Quota != nil {
				list = append(list, fmt.Sprintf("%s %s %v", v.Name, hub.ExactCredits(v.Quota.Balance()), v.Quota.Unlimited))
			}
		}
		return list
	}
	may := func(scopes ...string) *access.Requester {
		v, err := f.CreateToken(t.Context(), f.by(adminToken), "admin", tokens.TokenRequest{Scopes: scopes})
		f.must(err)
		return f.by(v.Secret)
	}
	want := []string{"admin 100 false", "ann 500 false", "bob -5 false", "cem 100 true", "dora 100 false"}
	if diff := cmp.Diff(want, said(f.by(adminToken), hub.UserQuery{Quotas: true})); diff != "" {
		t.Error(diff)
	}
	if list := said(f.by(adminToken), hub.UserQuery{}); list != nil {
		t.Errorf("not asked for: %v", list)
	}
	_, err := f.CreateGroup(t.Context(), f.by(adminToken), "cs", []string{"ann", "bob"})
	f.must(err)
	some := may("list:users", "read:users", "read:quota!group=cs")
	if diff := cmp.Diff([]string{"ann 500 false", "bob -5 false"}, said(some, hub.UserQuery{Quotas: true})); diff != "" {
		t.Error(diff)
	}
	if got, want := f.names(some, hub.UserQuery{Sort: hub.SortByQuota}, filter.Filter{}), "cem dora bob ann"; got != want {
		t.Errorf("sorted for one who may not know all: %s, want %s", got, want)
	}
	none := may("list:users", "read:users")
	if list := said(none, hub.UserQuery{Quotas: true}); list != nil {
		t.Errorf("not to be known: %v", list)
	}
	_, _, err = f.ListUsers(t.Context(), none, hub.UserQuery{Sort: hub.SortByQuota}, filter.Filter{})
	f.wantCode(err, hub.Forbidden)
}

// G13: what many have is changed as a job. A dry run says who would have less; what fails says why, and is tried again alone.
func TestQuotasOfMany(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann", "bob", "cem")
	f.changeQuota(quota.Change{Username: "bob", Action: quota.Set, Amount: 500})
	f.changeQuota(quota.Change{Username: "cem", Action: quota.Unlimited, Unlimited: true})
	admin, names := f.by(adminToken), []string{"ann", "bob", "cem", "nobody"}
	bulkOf := func(r *access.Requester, c quota.Change, dry bool) string {
		key := ""
		if !dry {
			key = "once"
		}
		results, err := f.Bulk(t.Context(), r, people.QuotasRequest{Key: key, DryRun: dry, Usernames: names, Change: c})
		f.must(err)
		lines := make([]string, len(results))
		for i, x := range results {
			lines[i] = strings.TrimSpace(fmt.Sprint(x.Username, " ", x.Status, " ", x.Message, strings.Join(x.Warnings, "; ")))
		}
		return strings.Join(lines, "\n")
	}
	set := quota.Change{Action: quota.Set, Amount: 100, Limited: true}
	want := `ann unchanged
bob changed has 500 credits now, and would have 100
cem changed is unlimited now, and would have 100 credits
nobody not_found`
	if diff := cmp.Diff(want, bulkOf(admin, set, true)); diff != "" {
		t.Error(diff)
	}
	f.wantQuota("foreseen", "bob", "500", "500")
	take := quota.Change{Action: quota.Add, Amount: -200}
	want = `ann changed would have -100 credits, which is below zero
bob changed
cem changed is unlimited, and stays so
nobody not_found`
	if diff := cmp.Diff(want, bulkOf(admin, take, true)); diff != "" {
		t.Error(diff)
	}
	add := quota.Change{Action: quota.Add, Amount: 7}
	want = "ann changed\nbob changed\ncem changed\nnobody not_found"
	for range 2 { // the second time is the same request
		if diff := cmp.Diff(want, bulkOf(admin, add, false)); diff != "" {
			t.Error(diff)
		}
	}
	f.wantQuota("added once", "ann", "107", "107")
	f.wantQuota("added once", "bob", "507", "507")
	_, err := f.Bulk(t.Context(), f.by(f.token("ann")), people.QuotasRequest{Usernames: names, Change: add})
	f.wantCode(err, hub.Forbidden)
	_, err = f.Bulk(t.Context(), admin, people.QuotasRequest{Usernames: names, Change: quota.Change{Action: quota.Set, Amount: -1}})
	f.wantCode(err, hub.Invalid)
	some := people.QuotasRequest{Change: add, Filter: &filter.Filter{Name: "an", Confirmed: 1}}
	results, err := f.Bulk(t.Context(), admin, some)
	if err != nil || len(results) != 1 || results[0].Status != bulk.Changed {
		t.Errorf("%+v %v", results, err)
	}
}

// Two administrators, and a server, change one quota at once: nothing is lost.
func TestQuotaIsChangedAtOnce(t *testing.T) {
	f := quotas(t)
	f.admin()
	f.create("ann")
	s, err := f.startFor("ann", "", 0)
	f.must(err)
	f.goes(s)
	admin := f.by(adminToken)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := f.ChangeQuotas(t.Context(), admin, "", []quota.Change{{Username: "ann", Action: quota.Add, Amount: 10}}); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			f.clock.Add(time.Second)
			if err := f.Tick(t.Context(), "test"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.must(f.Tick(t.Context(), "test"))
	f.wantQuota("after all", "ann", "179 44/60", "120")
}
