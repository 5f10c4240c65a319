package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
)

// withLab is a hub on which a course's members may start a machine of their own, and everybody a small one.
func withLab(t *testing.T) *fixture {
	t.Helper()
	big := int64(8 << 30)
	set, faults := profiles.New([]profiles.Profile{
		{Slug: "small"},
		{Slug: "lab", Default: true, For: profiles.Audience{Groups: []string{"cs101"}}, Sets: profiles.Settings{Limits: profiles.Limits{Memory: &big}}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return newFixture(t, func(c *app.Config) {
		c.Profiles, c.Launch = set, hub.Launch{Command: []string{"lab"}, Limits: hub.Limits{Memory: 1 << 30, Processes: 100}}
	})
}

// Who is in a group counts at once: when a start is asked for, and again when the run begins.
func TestMembershipCountsWhenARunBegins(t *testing.T) {
	f := withLab(t)
	admin := f.admin()
	f.create("alice")
	begin := func(s hub.Server) servers.Run {
		t.Helper()
		run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
		f.must(err)
		return run
	}
	ask := func(options string) (hub.Server, error) {
		return f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{Options: json.RawMessage(options)})
	}
	_, err := ask(`{"profile": "lab"}`)
	f.wantCode(err, hub.Forbidden)
	f.joins("alice", "cs101")
	s, err := ask(`{"profile": "lab"}`)
	f.must(err)
	f.deleteGroup("cs101")
	run := begin(s)
	if !strings.Contains(run.Refused, "The profile lab is not for alice.") {
		t.Errorf("the run begins all the same, or fails without saying why: %q", run.Refused)
	}
	f.must(f.EndRun(t.Context(), s.ID, run.Server.Fence, hub.EventFailed, run.Refused, ""))
	_, err = f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{}) // with what was saved
	f.wantCode(err, hub.Forbidden)

	f.joins("alice", "cs101")
	if s, err = ask(`{}`); err != nil || s.Profile != "lab" {
		t.Fatalf("the default of a member is %q: %v", s.Profile, err)
	}
	f.deleteGroup("cs101")
	if run = begin(s); run.Refused != "" || run.Server.Profile != "small" {
		t.Errorf("where nothing is named, what is theirs when it begins counts: %q, %q", run.Server.Profile, run.Refused)
	}
	if d := cmp.Diff(hub.Launch{Profile: "small", Command: []string{"lab"}, Limits: hub.Limits{Memory: 1 << 30, Processes: 100}, Environment: map[string]string{}}, run.Launch); d != "" {
		t.Error(d)
	}
}

// What a run was started as is kept with the run, and by the server, whoever changes what meanwhile.
func TestARunKeepsItsProfile(t *testing.T) {
	f := withLab(t)
	admin := f.admin()
	f.create("alice")
	f.joins("alice", "cs101")
	run := f.run(admin, "alice", "")
	if run.Launch.Profile != "lab" || run.Launch.Limits != (hub.Limits{Memory: 8 << 30, Processes: 100}) {
		t.Errorf("%+v", run.Launch)
	}
	f.deleteGroup("cs101")
	v, err := f.ShowServer(t.Context(), admin, "alice", "")
	f.must(err)
	if v.Servers[0].Profile != "lab" || v.Launch.Profile != "lab" {
		t.Errorf("%q, %q", v.Servers[0].Profile, v.Launch.Profile)
	}
}
