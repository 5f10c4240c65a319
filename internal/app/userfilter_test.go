package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
)

// class are some people of whom each filter finds others: ann runs a server, ben's start waits,
// cem's failed, dan administers, eve is suspended, fay must change her password, gus has none and
// may set it, hal was not seen for a year.
func class(t *testing.T) (*fixture, *access.Requester) {
	t.Helper()
	f := newFixture(t, func(c *app.Config) {
		c.ClaimAge = 2 * 365 * 24 * time.Hour
		c.Logins = login.Methods{login.NativeMethod()}
	})
	admin := f.admin()
	f.create("hal")
	seen := map[string]time.Duration{"hal": 0}
	f.clock.Add(400 * 24 * time.Hour)
	f.create("ann", "ben", "cem", "dan", "eve", "fay", "gus")
	f.running(admin, "ann", "")
	failed := f.run(admin, "cem", "").Server
	f.must(f.EndRun(t.Context(), failed.ID, failed.Fence, hub.EventFailed, "It fell.", ""))
	f.run(admin, "ben", "lab")
	yes := true
	f.patch("dan", people.UserPatch{Admin: &yes})
	f.patch("eve", people.UserPatch{Suspended: &yes})
	f.must(f.SetPassword(t.Context(), admin, "fay", "a good long password", true))
	f.must(f.SetPassword(t.Context(), admin, "hal", "a good long password", false))
	_, err := f.CreateGroup(t.Context(), admin, "lab", []string{"ann", "hal"})
	f.must(err)
	_, err = f.CreateGroup(t.Context(), admin, "cs", []string{"ann", "ben"})
	f.must(err)
	seen["dan"] = 400*24*time.Hour - time.Hour
	f.must(f.DB.Touch(t.Context(), func(tx data.Tx) (data.Seen, error) {
		at := map[int64]time.Time{}
		for name, after := range seen {
			u, err := tx.UserByName(t.Context(), name)
			if err != nil {
				return data.Seen{}, err
			}
			at[u.ID] = tx.Now().Add(after - 400*24*time.Hour)
		}
		return data.Seen{Users: at}, nil
	}))
	f.must(f.LoadDirectory(t.Context()))
	return f, f.by(adminToken)
}

func (f *fixture) names(r *access.Requester, q hub.UserQuery, filter filter.Filter) string {
	f.t.Helper()
	views, total, err := f.ListUsers(f.t.Context(), r, q, filter)
	f.must(err)
	var names []string
	for _, v := range views {
		if v.Name != "admin" {
			names = append(names, v.Name)
		}
	}
	if q.Limit == 0 && total != len(views) {
		f.t.Errorf("%d people, and a total of %d", len(views), total)
	}
	return strings.Join(names, " ")
}

// Lists and bulk work find the same people by the same filter.
func TestFiltersFindPeople(t *testing.T) {
	f, admin := class(t)
	yes, no := true, false
	for name, tc := range map[string]struct {
		filter filter.Filter
		want   string
	}{
		"a group":         {filter.Filter{Group: "cs"}, "ann ben"},
		"running":         {filter.Filter{Server: filter.ServerRunning}, "ann"},
		"pending":         {filter.Filter{Server: filter.ServerPending}, "ben"},
		"failed":          {filter.Filter{Server: filter.ServerFailed}, "cem"},
		"stopped":         {filter.Filter{Server: filter.ServerStopped}, "cem dan eve fay gus hal"},
		"administrators":  {filter.Filter{Admin: &yes}, "dan"},
		"the others":      {filter.Filter{Admin: &no, Group: "lab"}, "ann hal"},
		"suspended":       {filter.Filter{Account: filter.AccountSuspended}, "eve"},
		"must change":     {filter.Filter{Account: filter.AccountMustChange}, "fay"},
		"unclaimed":       {filter.Filter{Account: filter.AccountUnclaimed}, "ann ben cem gus"},
		"dormant":         {filter.Filter{Account: filter.AccountDormant}, "hal"},
		"seen this day":   {filter.Filter{SeenWithin: 24 * time.Hour, Server: filter.ServerStopped}, "dan"},
		"not for a month": {filter.Filter{UnseenFor: 30 * 24 * time.Hour}, "ben cem eve fay gus hal"},
		"never":           {filter.Filter{NeverSeen: true}, "ben cem eve fay gus"},
		"all of it":       {filter.Filter{Group: "cs", Server: filter.ServerPending, Admin: &no}, "ben"},
	} {
		if got := f.names(admin, hub.UserQuery{Sort: hub.SortByName}, tc.filter); got != tc.want {
			t.Errorf("%s: the list has %q, want %q", name, got, tc.want)
		}
		tc.filter.Confirmed = 100
		results, err := f.Bulk(t.Context(), admin, people.DeleteRequest{Filter: &tc.filter, DryRun: true})
		f.must(err)
		var names []string
		for _, r := range results {
			if r.Username != "admin" {
				names = append(names, r.Username)
			}
		}
		if got := strings.Join(names, " "); got != tc.want {
			t.Errorf("%s: bulk work has %q, want %q", name, got, tc.want)
		}
	}
	_, _, err := f.ListUsers(t.Context(), admin, hub.UserQuery{}, filter.Filter{Server: "on"})
	f.wantCode(err, hub.Invalid)
	_, err = f.Bulk(t.Context(), admin, people.DeleteRequest{Filter: &filter.Filter{Account: "tired"}, DryRun: true})
	f.wantCode(err, hub.Invalid)
}

// Whom a filter finds among very many is read in parts; how many it may stand for is of those whom it finds, and not of
// those among whom.
func TestAFilterFindsAFewAmongVeryMany(t *testing.T) {
	f, admin := class(t)
	finder := filter.Finder{Store: f.DB, Unclaimed: func(hub.User) bool { return false }, Most: 2, Part: 3}
	find := func(filter filter.Filter) ([]string, error) {
		found, err := finder.Find(t.Context(), admin, "list:users", filter)
		var names []string
		for _, u := range found {
			names = append(names, u.Name)
		}
		return names, err
	}
	for name, tc := range map[string]struct {
		filter filter.Filter
		want   []string
	}{
		"one of each part":       {filter.Filter{Group: "lab"}, []string{"ann", "hal"}},
		"the first and the last": {filter.Filter{Account: filter.AccountDormant}, []string{"admin", "hal"}},
		"by their servers":       {filter.Filter{Server: filter.ServerFailed}, []string{"cem"}},
	} {
		got, err := find(tc.filter)
		f.must(err)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err := find(filter.Filter{Server: filter.ServerStopped})
	f.wantCode(err, hub.TooLarge)
}

// By what somebody may not see of people they find nobody: the answer would tell them.
func TestFiltersTellNothingThatIsNotSeen(t *testing.T) {
	f, _ := class(t)
	var token string
	f.must(f.DB.Update(t.Context(), func(tx data.Tx) error {
		u, err := tx.UserByName(t.Context(), "dan")
		if err != nil {
			return err
		}
		token = "a-token-with-few-scopes"
		_, err = tx.CreateToken(t.Context(), hub.Token{
			UserID: u.ID, Hash: hub.HashSecret(token), ClientID: hub.APIClient,
			Scopes: []string{"list:users", "read:users:name", "read:users:groups!group=cs", "delete:users"},
		})
		return err
	}))
	few := f.by(token)
	yes := true
	for name, filter := range map[string]filter.Filter{
		"servers": {Server: filter.ServerRunning}, "suspended": {Account: filter.AccountSuspended},
		"passwords": {Account: filter.AccountMustChange}, "unclaimed": {Account: filter.AccountUnclaimed},
		"activity": {NeverSeen: true}, "dormant": {Account: filter.AccountDormant},
	} {
		if got := f.names(few, hub.UserQuery{Sort: hub.SortByName, NameFilter: filter.Name}, filter); got != "" {
			t.Errorf("%s: found %s", name, got)
		}
		results, err := f.Bulk(t.Context(), few, people.DeleteRequest{Filter: &filter, DryRun: true})
		if err != nil || len(results) > 0 {
			t.Errorf("%s: bulk work found %v, %v", name, results, err)
		}
	}
	if got := f.names(few, hub.UserQuery{NameFilter: "hal"}, filter.Filter{Group: "lab"}); got != "" {
		t.Errorf("the group of somebody whose groups they do not see: found %s", got)
	}
	for want, filter := range map[string]filter.Filter{"ann ben": {Group: "cs"}, "dan": {Admin: &yes}} {
		if got := f.names(few, hub.UserQuery{Sort: hub.SortByName}, filter); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// Every column of the list has an order, in both directions, and pages of it fit together.
func TestEveryColumnHasAnOrder(t *testing.T) {
	f, admin := class(t)
	for name, tc := range map[string]struct {
		sort     hub.UserSort
		up, down string
	}{
		"admin":  {hub.SortByAdmin, "dan ann ben cem eve fay gus hal", "ann ben cem eve fay gus hal dan"},
		"server": {hub.SortByServer, "ann ben cem dan eve fay gus hal", "dan eve fay gus hal cem ben ann"},
		"groups": {hub.SortByGroups, "ben ann hal cem dan eve fay gus", "cem dan eve fay gus hal ann ben"},
	} {
		for descending, want := range map[bool]string{false: tc.up, true: tc.down} {
			q := hub.UserQuery{Sort: tc.sort, Descending: descending}
			if got := f.names(admin, q, filter.Filter{}); got != want {
				t.Errorf("%s, descending %v: %s, want %s", name, descending, got, want)
			}
			var pages []string
			for q.Limit = 4; q.Offset < 9; q.Offset += 4 {
				pages = append(pages, f.names(admin, q, filter.Filter{}))
			}
			joined := strings.Join(slices.DeleteFunc(pages, func(s string) bool { return s == "" }), " ")
			if diff := cmp.Diff(want, joined); diff != "" {
				t.Errorf("%s in pages: %s", name, diff)
			}
		}
	}
}
