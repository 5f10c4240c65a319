package extensions_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// usedHub has ann and bob, who ran servers, ann as a member of cs101; what they did is of the test's own today.
func usedHub(t *testing.T) (h *httpapitest.Hub, ann, bob hub.User, today string) {
	t.Helper()
	h = httpapitest.New(t)
	ann, bob = h.User("ann", false), h.User("bob", false)
	h.Advance(h.Clock().Truncate(hub.Day).Add(hub.Day + 12*time.Hour).Sub(h.Clock())) // noon: no midnight comes between
	run := func(u hub.User, hours time.Duration) {
		t.Helper()
		if w := h.Do("POST", "/hub/api/users/"+u.Name+"/server", "", httpapitest.Bearer(h.Token(u))); w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.Advance(20 * time.Second)
		h.Ready(h.Begin(h.ServerOf(u, "")))
		h.Advance(hours * time.Hour)
		h.End(h.ServerOf(u, ""), hub.EventStopped, "")
	}
	run(ann, 2)
	run(bob, 3)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "cs101")
		if err != nil {
			return err
		}
		return tx.AddMembers(ctx, g.ID, []int64{ann.ID})
	})
	return h, ann, bob, h.Clock().UTC().Format(time.DateOnly)
}

// Dashboard: hours by day, by person and by group, and how starts went; each sees those whose servers they may read.
func TestUsage(t *testing.T) {
	h, ann, bob, today := usedHub(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	teacher := httpapitest.Bearer(h.Token(root, "read:servers!group=cs101"))
	own, none := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(h.Token(bob, "read:users:name"))
	get := func(name, path string, as httpapitest.Asker, status int, want, message string) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "GET", Path: "/hub/api/" + path, As: []httpapitest.Asker{as}, Status: status, Want: want, Message: message}
	}
	day := func(seconds, people string) string {
		return `{"items": [{"day": "` + today + `", "seconds": ` + seconds + `, "people": ` + people + `}]}`
	}
	scenarios := []httpapitest.Scenario{
		get("by day", "usage/days", admin, 200, day("18000", "2"), ""),
		get("by day, of a group", "usage/days?group=cs101", admin, 200, day("7200", "1"), ""),
		get("by day, for a teacher", "usage/days", teacher, 200, day("7200", "1"), ""),
		get("by day, of another's group", "usage/days?group=other", teacher, 404, "", ""),
		get("by day, for a person", "usage/days", own, 200, day("7200", "1"), ""),
		get("by person", "usage/users", admin, 200, `{"items": [{"name": "bob", "seconds": 10800}, {"name": "ann", "seconds": 7200}]}`, ""),
		get("the first", "usage/users?limit=1", admin, 200, `{"items": [{"name": "bob", "seconds": 10800}]}`, ""),
		get("by person, for a teacher", "usage/users", teacher, 200, `{"items": [{"name": "ann", "seconds": 7200}]}`, ""),
		get("by group", "usage/groups", admin, 200, `{"items": [{"name": "cs101", "seconds": 7200, "people": 1}]}`, ""),
		get("by group, for a person", "usage/groups", own, 200, `{"items": []}`, ""),
		get("one's own", "users/ann/usage", own, 200, day("7200", "1"), ""),
		get("another's", "users/bob/usage", own, 404, "", ""),
		get("another's, for an administrator", "users/bob/usage", admin, 200, day("10800", "1"), ""),
		get("long ago", "usage/days?from=2020-01-01&to=2020-12-31", admin, 200, `{"from": "2020-01-01", "to": "2020-12-31", "items": []}`, ""),
		get("starts", "usage/starts", admin, 200, `{"causes": [], "days": [{"day": "`+today+`", "ready": 2, "failed": 0, "cancelled": 0,
			"mean_seconds": 20, "queued_seconds": 20, "longest_seconds": 20}]}`, ""),
		get("starts, for a teacher", "usage/starts", teacher, 200, `{"days": [{"day": "`+today+`", "ready": 1, "failed": 0, "cancelled": 0,
			"mean_seconds": 20, "queued_seconds": 20, "longest_seconds": 20}]}`, ""),
		get("now", "usage/now", admin, 200, `{"servers": {"running": 0, "waiting": 0, "stopping": 0, "failed": 0}, "people": {"total": 3, "active_24h": 3, "active_7d": 3}}`, ""),
		get("now, for a teacher", "usage/now", teacher, 200, `{"people": {"total": 1, "active_24h": 0, "active_7d": 0}}`, ""),
	}
	for _, path := range []string{"usage/now", "usage/days", "usage/users", "usage/groups", "usage/starts", "users/bob/usage"} {
		scenarios = append(scenarios, get(path+" for nobody", path, httpapitest.Anonymous, 403, "", ""),
			get(path+" without the scope", path, none, 403, "", "read:servers"))
		if path == "usage/now" {
			continue
		}
		scenarios = append(scenarios,
			get(path+" badly asked, without the scope", path+"?from=x", none, 403, "", "read:servers"),
			get(path+" from no day", path+"?from=yesterday", admin, 400, "", "from must be a day"),
			get(path+" backwards", path+"?from=2026-02-01&to=2026-01-01", admin, 400, "", "from must not be after to"),
			get(path+" of too many days", path+"?from=2020-01-01&to=2026-01-01", admin, 400, "", "within 400 days"),
			get(path+" by what there is not", path+"?who=ann", admin, 400, "", "Unknown parameter 'who'"))
	}
	scenarios = append(scenarios,
		get("no rows", "usage/users?limit=0", admin, 400, "", "limit"), get("all rows", "usage/groups?limit=10001", admin, 400, "", "limit"),
		get("no table", "usage/starts?table=x", admin, 400, "", "table"), get("a group of all characters", "usage/days?group="+strings.Repeat("x", 300), admin, 400, "", ""))
	h.Run(t, scenarios)
}

// Dashboard: each table as a file.
func TestUsageAsFiles(t *testing.T) {
	h, _, _, today := usedHub(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	csv := func(r *http.Request) { r.Header.Set("Accept", "text/csv") }
	for path, want := range map[string]string{
		"usage/days":                "day,hours,people\n" + today + ",5.00,2\n",
		"usage/users":               "user,hours\nbob,3.00\nann,2.00\n",
		"usage/groups":              "group,hours,people\ncs101,2.00,1\n",
		"usage/starts":              "day,ready,failed,cancelled,mean_seconds,queued_seconds,longest_seconds\n" + today + ",2,0,0,20.0,20.0,20.0\n",
		"usage/starts?table=causes": "cause,count\n",
		"usage/starts?table=waits":  "up_to_seconds,count\n10,0\n30,2\n60,0\n120,0\n300,0\n,0\n",
		"users/ann/usage":           "day,hours,people\n" + today + ",2.00,1\n",
	} {
		if w := h.Do("GET", "/hub/api/"+path, "", admin, csv); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, w.Body, want)
		}
	}
}

// Dashboard: what runs, waits and has failed now.
func TestUsageNow(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	ask := func(u hub.User) hub.Server {
		t.Helper()
		if w := h.Do("POST", "/hub/api/users/"+u.Name+"/server", "", admin); w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return h.ServerOf(u, "")
	}
	h.Ready(h.Begin(ask(h.User("ann", false))))
	ask(h.User("bob", false))
	h.End(h.Begin(ask(h.User("eve", false))), hub.EventFailed, "It fell.")
	h.Run(t, []httpapitest.Scenario{{
		Name: "now", Method: "GET", Path: "/hub/api/usage/now", As: []httpapitest.Asker{admin}, Status: 200,
		Want: `{"servers": {"running": 1, "waiting": 1, "stopping": 0, "failed": 1}, "people": {"total": 4, "active_24h": 2, "active_7d": 2}}`,
	}, {
		Name: "to who may read servers alone", Method: "GET", Path: "/hub/api/usage/now", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "read:servers"))}, Status: 200,
		Want: `{"servers": {"running": 1, "waiting": 1, "stopping": 0, "failed": 1}, "people": {"total": 4, "active_24h": 0, "active_7d": 0}}`,
	}, {
		Name: "how the failed start went", Method: "GET", Path: "/hub/api/usage/starts", As: []httpapitest.Asker{admin}, Status: 200,
		Want: `{"causes": [{"cause": "error", "count": 1}]}`,
	}}) // It is counted once for all who look within two seconds, and then again.
	ask(h.User("zoe", false))
	running := func(want string) {
		t.Helper()
		if w := h.Do("GET", "/hub/api/usage/now", "", admin); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s has no %s", w.Body, want)
		}
	}
	running(`"waiting":1`)
	h.Advance(3 * time.Second)
	running(`"waiting":2`)
}

// Dashboard: how many servers run as which profile.
func TestUsageNowByProfile(t *testing.T) {
	h := httpapitest.New(t, httpapitest.Classroom(t))
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	for name, profile := range map[string]string{"ann": "small", "bob": "small", "guest": "lab"} {
		u := h.User(name, false)
		if w := h.Do("POST", "/hub/api/users/"+name+"/server", `{"profile": "`+profile+`"}`, admin); w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if name != "bob" {
			h.Ready(h.Begin(h.ServerOf(u, "")))
		}
	}
	h.Run(t, []httpapitest.Scenario{{
		Name: "now", Method: "GET", Path: "/hub/api/usage/now", As: []httpapitest.Asker{admin}, Status: 200,
		Want: `{"profiles": [{"profile": "lab", "running": 1}, {"profile": "small", "running": 1}]}`,
	}})
}

// Dashboard: those who may read some people's servers are told of each of these once, and what they are told is counted
// once for all who see the same within two seconds.
func TestUsageNowOfSome(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	people := map[string]hub.User{}
	for _, name := range []string{"ann", "bob", "eve", "zoe"} {
		people[name] = h.User(name, false)
	}
	h.Update(func(ctx context.Context, tx data.Tx) error {
		for group, members := range map[string][]string{"cs101": {"ann", "bob"}, "cs102": {"bob", "eve"}} {
			g, err := tx.CreateGroup(ctx, group)
			if err != nil {
				return err
			}
			for _, name := range members {
				if err := tx.AddMembers(ctx, g.ID, []int64{people[name].ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	sees := func(what, waiting, total string, filters ...string) {
		t.Helper()
		var held []string
		for _, f := range filters {
			held = append(held, "read:servers!"+f)
		}
		w := h.Do("GET", "/hub/api/usage/now", "", httpapitest.Bearer(h.Token(root, held...)))
		if body := w.Body.String(); !strings.Contains(body, `"waiting":`+waiting) || !strings.Contains(body, `"total":`+total) {
			t.Errorf("%s: %s, not %s waiting of %s", what, body, waiting, total)
		}
	}
	start := func(name string) {
		t.Helper()
		if w := h.Do("POST", "/hub/api/users/"+name+"/server", "", admin); w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	start("bob")
	h.Advance(3 * time.Second)
	sees("a group", "1", "2", "group=cs101")
	sees("two groups", "1", "3", "group=cs101", "group=cs102")
	sees("a group and some of it", "1", "3", "group=cs101", "user=bob", "user=zoe", "user=nobody")
	sees("one who is alone", "0", "1", "user=zoe")
	sees("a group that is not", "0", "0", "group=none")
	start("ann")
	sees("a group, at once", "1", "2", "group=cs101")
	sees("another who is in it, at once", "1", "3", "group=cs102", "user=ann")
	h.Advance(3 * time.Second)
	sees("a group, later", "2", "2", "group=cs101")
}
