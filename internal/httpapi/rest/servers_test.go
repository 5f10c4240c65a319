package rest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestServers(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	h.User("bob", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	const server, named = "/hub/api/users/ann/server", "/hub/api/users/ann/servers/"
	h.Run(t, []httpapitest.Scenario{
		{
			Name: "never started", Method: "GET", Path: server, As: []httpapitest.Asker{person}, Status: 200,
			Want: `{"name": "", "full_name": "ann/", "started": null, "pending": null, "ready": false, "stopped": true, "url": "/user/ann/",
				"user_options": null, "progress_url": "/hub/api/users/ann/server/progress", "full_url": null, "full_progress_url": null,
				"phase": "stopped", "failure": null, "queue_place": null}`,
		},
		{Name: "by an empty name", Method: "GET", Path: named, As: []httpapitest.Asker{person}, Status: 200, Want: `{"name": ""}`},
		{Name: "no such", Method: "GET", Path: named + "x", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "another's", Method: "GET", Path: "/hub/api/users/bob/server", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "nobody's", Method: "GET", Path: "/hub/api/users/zed/server", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "of one who is not there", Method: "GET", Path: "/hub/api/users/zed/server", As: []httpapitest.Asker{admin}, Status: 404, Message: "Not Found"},
		{Name: "for nobody", Method: "GET", Path: server, Status: 403, Message: httpapitest.NoCredentials},
		{Name: "progress of what does not start", Method: "GET", Path: server + "/progress", As: []httpapitest.Asker{person}, Status: 404, Message: "is not starting"},
		{Name: "progress of no such", Method: "GET", Path: named + "x/progress", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "stop what does not run", Method: "DELETE", Path: server, As: []httpapitest.Asker{person}, Status: 204},

		{Name: "start, bad JSON", Method: "POST", Path: server, Body: `{`, As: []httpapitest.Asker{person}, Status: 400, Message: httpapitest.BadJSON},
		{Name: "start, a list", Method: "POST", Path: server, Body: `[1]`, As: []httpapitest.Asker{person}, Status: 400, Message: "Body must be a JSON object"},
		{Name: "start, bad options", Method: "POST", Path: server, Body: `{"user_options": []}`, As: []httpapitest.Asker{person}, Status: 400, Message: "user_options"},
		{Name: "start, bad display name", Method: "POST", Path: named + "x", Body: `{"display_name": null}`, As: []httpapitest.Asker{person}, Status: 400, Message: "display_name"},
		{Name: "start another's, bad JSON", Method: "POST", Path: "/hub/api/users/bob/server", Body: `{`, As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "start for nobody", Method: "POST", Path: server, Status: 403, Message: httpapitest.NoCredentials},
		{Name: "start", Method: "POST", Path: server, Body: `{"profile": "big", "image": 1}`, As: []httpapitest.Asker{person}, Status: 202},
		{Name: "start again", Method: "POST", Path: server, As: []httpapitest.Asker{person}, Status: 202},
		{Name: "options are kept", Method: "GET", Path: server, As: []httpapitest.Asker{person}, Status: 200, Want: `{"user_options": {"profile": "big", "image": 1}, "pending": "spawn", "phase": "queued", "queue_place": 1}`},
		{Name: "start a named one", Method: "POST", Path: named + "lab-2", Body: `{"display_name": "My lab", "user_options": {"a": 1}}`, As: []httpapitest.Asker{person}, Status: 202},
		{
			Name: "named", Method: "GET", Path: named + "LAB-2", As: []httpapitest.Asker{person}, Status: 200,
			Want: `{"name": "lab-2", "display_name": "My lab", "full_name": "ann/lab-2", "url": "/user/ann/lab-2/", "user_options": {"a": 1},
				"progress_url": "/hub/api/users/ann/servers/lab-2/progress", "queue_place": 2}`,
		},
		{Name: "bad name", Method: "POST", Path: named + "a_b", As: []httpapitest.Asker{person}, Status: 400, Message: "Invalid server_name"},
		{Name: "bad name with a slash", Method: "POST", Path: named + "a%2Fb", As: []httpapitest.Asker{person}, Status: 400, Message: "Invalid server_name"},
		{Name: "a second named one", Method: "POST", Path: named + "two", As: []httpapitest.Asker{person}, Status: 202},
		{Name: "one too many", Method: "POST", Path: named + "three", As: []httpapitest.Asker{person}, Status: 400, Message: "already has the maximum of 2 named servers"},
		{Name: "remove the default one", Method: "DELETE", Path: server, Body: `{"remove": true}`, As: []httpapitest.Asker{person}, Status: 400, Message: "Cannot delete the default server"},
		{Name: "odd remove", Method: "DELETE", Path: server, Body: `{"remove": "yes"}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "stop no such", Method: "DELETE", Path: named + "x", As: []httpapitest.Asker{person}, Status: 404, Message: "has no server named 'x'"},
		{Name: "stop another's", Method: "DELETE", Path: "/hub/api/users/bob/server", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "remove one that waits for its turn", Method: "DELETE", Path: named + "two", Body: `{"remove": true}`, As: []httpapitest.Asker{person}, Status: 204},
		{Name: "removed at once", Method: "GET", Path: named + "two", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "another one", Method: "POST", Path: named + "two", As: []httpapitest.Asker{person}, Status: 202},
	})
	h.Begin(h.ServerOf(ann, "two"))
	h.Run(t, []httpapitest.Scenario{
		{Name: "stop", Method: "DELETE", Path: named + "two", Body: `{"remove": true}`, As: []httpapitest.Asker{person}, Status: 202},
		{Name: "start while it stops", Method: "POST", Path: named + "two", As: []httpapitest.Asker{person}, Status: 400, Message: "pending stop"},
	})

	run := h.Begin(h.ServerOf(ann, ""))
	h.Ready(run)
	h.Run(t, []httpapitest.Scenario{
		{Name: "ready", Method: "GET", Path: server, As: []httpapitest.Asker{person}, Status: 200, Want: `{"ready": true, "stopped": false, "pending": null, "started": "2026-11-22T08:00:00Z"}`},
		{Name: "start what runs", Method: "POST", Path: server, As: []httpapitest.Asker{person}, Status: 400, Message: "ann/ is already running"},
		{Name: "of the person", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{person}, Status: 200, Want: `{"server": "/user/ann/", "pending": null}`},
		{Name: "stop it", Method: "DELETE", Path: server, As: []httpapitest.Asker{person}, Status: 202},
		{Name: "stop it again", Method: "DELETE", Path: server, As: []httpapitest.Asker{person}, Status: 202},
	})
	h.End(run, hub.EventStopped, "")
	h.End(h.ServerOf(ann, "two"), hub.EventStopped, "")
	h.Run(t, []httpapitest.Scenario{
		{Name: "stopped", Method: "GET", Path: server, As: []httpapitest.Asker{person}, Status: 200, Want: `{"stopped": true, "user_options": {"profile": "big", "image": 1}}`},
		{Name: "removed", Method: "GET", Path: named + "two", As: []httpapitest.Asker{person}, Status: 404},
	})
}

func TestServersOfAUser(t *testing.T) {
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) { o.PublicURL = "https://hub.example" })
	root, ann := h.User("root", true), h.User("ann", false)
	person, admin := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(h.Token(root))
	h.Do("POST", "/hub/api/users/ann/servers/x", "", person)
	type answer struct{ Servers map[string]map[string]any }
	names := func(query string, as httpapitest.Asker) []string {
		got := httpapitest.JSONBody[answer](t, h.Do("GET", "/hub/api/users/ann"+query, "", as))
		return slices.Sorted(maps.Keys(got.Servers))
	}
	for query, want := range map[string][]string{
		"": {"x"}, "?include_stopped_servers=0": {"x"}, "?include_stopped_servers=False": {"x"},
		"?include_stopped_servers": {"", "x"}, "?include_stopped_servers=1": {"", "x"},
	} {
		if got := names(query, person); !slices.Equal(got, want) {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
	}
	got := httpapitest.JSONBody[answer](t, h.Do("GET", "/hub/api/users/ann", "", admin)).Servers["x"]
	if got["full_url"] != "https://hub.example/user/ann/x/" || got["full_progress_url"] != "https://hub.example/hub/api/users/ann/servers/x/progress" {
		t.Errorf("full URLs: %v, %v", got["full_url"], got["full_progress_url"])
	}
	if _, ok := got["state"]; !ok {
		t.Error("an administrator sees no state")
	}
	if _, ok := httpapitest.JSONBody[answer](t, h.Do("GET", "/hub/api/users/ann", "", person)).Servers["x"]["state"]; ok {
		t.Error("a person sees the state")
	}
}

func TestStartWaitsForTheServer(t *testing.T) {
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) { o.SlowStart, o.SlowStop = time.Minute, time.Minute })
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	type result struct {
		code int
		text string
	}
	request := func(method string, act func(s hub.Server)) result {
		out := make(chan result, 1)
		go func() {
			w := h.Do(method, "/hub/api/users/ann/server", "", person)
			out <- result{w.Code, w.Body.String()}
		}()
		want := hub.Queued
		if method == "DELETE" {
			want = hub.Stopping
		}
		var s hub.Server
		httpapitest.Eventually(t, "the server is "+string(want), func() bool {
			_ = h.DB.View(t.Context(), func(tx data.Tx) (err error) {
				s, err = tx.Server(t.Context(), ann.ID, "")
				return err
			})
			return s.Phase == want
		})
		act(s)
		return <-out
	}
	if got := request("POST", func(s hub.Server) { h.Ready(h.Begin(s)) }); got.code != 201 || got.text != "" {
		t.Errorf("a start that succeeds: %+v", got)
	}
	if got := request("DELETE", func(s hub.Server) { h.End(s, hub.EventStopped, "") }); got.code != 204 {
		t.Errorf("a stop: %+v", got)
	}
	got := request("POST", func(s hub.Server) { h.End(h.Begin(s), hub.EventFailed, "The disk is full.") })
	if got.code != 500 || got.text != `{"status":500,"message":"The disk is full."}` {
		t.Errorf("a start that fails: %+v", got)
	}
	w := h.Do("GET", "/hub/api/users/ann/server", "", person)
	httpapitest.Contains(t, w.Body.Bytes(), `{"phase": "failed", "failure": "The disk is full.", "stopped": true}`)
	got = request("POST", func(s hub.Server) { h.End(h.Begin(s), hub.EventStopped, "") })
	if got.code != 500 || !strings.Contains(got.text, "cancelled") {
		t.Errorf("a start that is cancelled: %+v", got)
	}
}

func TestStartGivesUpWaiting(t *testing.T) {
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) { o.SlowStart = 20 * time.Millisecond })
	person := httpapitest.Bearer(h.Token(h.User("ann", false)))
	w := h.Do("POST", "/hub/api/users/ann/server", "", person)
	if w.Code != 202 || w.Header().Get("Content-Type") != "text/plain" || w.Body.Len() > 0 {
		t.Errorf("%d %q %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

func TestNamedServersOff(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.NamedLimit = 0 })
	person := httpapitest.Bearer(h.Token(h.User("ann", false)))
	h.Run(t, []httpapitest.Scenario{
		{Name: "start", Method: "POST", Path: "/hub/api/users/ann/servers/x", As: []httpapitest.Asker{person}, Status: 400, Message: "Named servers are not enabled."},
		{Name: "stop", Method: "DELETE", Path: "/hub/api/users/ann/servers/x", As: []httpapitest.Asker{person}, Status: 400, Message: "Named servers are not enabled."},
		{Name: "the default one", Method: "POST", Path: "/hub/api/users/ann/servers/", As: []httpapitest.Asker{person}, Status: 202},
	})
}

// What became of a server is told to those who may see it, newest first, a page at a time.
func TestServerEvents(t *testing.T) {
	h := httpapitest.New(t)
	root, ann, eve := h.User("root", true), h.User("ann", false), h.User("eve", false)
	admin := httpapitest.Bearer(h.Token(root))
	const path = "/hub/api/users/ann/server/events"
	h.Run(t, []httpapitest.Scenario{
		{Name: "nothing yet", Method: "GET", Path: path, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"items": [], "next": null}`},
		{Name: "nobody", Method: "GET", Path: path, Status: 403, Message: httpapitest.NoCredentials},
		{Name: "somebody else", Method: "GET", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(eve))}, Status: 404},
		{Name: "no such server", Method: "GET", Path: "/hub/api/users/ann/servers/lab/events", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "bad before", Method: "GET", Path: path + "?before=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "before must be the id of an event"},
		{Name: "bad limit", Method: "GET", Path: path + "?limit=0", As: []httpapitest.Asker{admin}, Status: 400, Message: "limit must be a positive number"},
		{Name: "bad limit, of somebody else", Method: "GET", Path: path + "?limit=0", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(eve))}, Status: 404},
	})
	h.Update(func(ctx context.Context, tx data.Tx) error {
		s, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Phase: hub.Stopped})
		if err != nil {
			return err
		}
		for fence, message := range []string{"one", "two", "three"} {
			s.Fence = int64(fence)
			if _, err := tx.AddEvent(ctx, s.Event(tx.Now(), hub.EventStopped, 100, message)); err != nil {
				return err
			}
		}
		return nil
	})
	type page struct {
		Items []struct{ Message string }
		Next  *struct{ Before int64 }
	}
	own := httpapitest.Bearer(h.Token(ann))
	first := httpapitest.JSONBody[page](t, h.Do("GET", path+"?limit=2", "", own))
	if len(first.Items) != 2 || first.Items[0].Message != "three" || first.Next == nil {
		t.Fatalf("the first page is %+v", first)
	}
	last := httpapitest.JSONBody[page](t, h.Do("GET", fmt.Sprintf("%s?limit=2&before=%d", path, first.Next.Before), "", own))
	if len(last.Items) != 1 || last.Items[0].Message != "one" || last.Next != nil {
		t.Errorf("the last page is %+v", last)
	}
}
