package httpapi

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func TestServers(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const server, named = "/hub/api/users/ann/server", "/hub/api/users/ann/servers/"
	h.run(t, []scenario{
		{
			name: "never started", method: "GET", path: server, as: []asker{person}, status: 200,
			want: `{"name": "", "full_name": "ann/", "started": null, "pending": null, "ready": false, "stopped": true, "url": "/user/ann/",
				"user_options": null, "progress_url": "/hub/api/users/ann/server/progress", "full_url": null, "full_progress_url": null,
				"phase": "stopped", "failure": null, "queue_place": null}`,
		},
		{name: "by an empty name", method: "GET", path: named, as: []asker{person}, status: 200, want: `{"name": ""}`},
		{name: "no such", method: "GET", path: named + "x", as: []asker{person}, status: 404},
		{name: "another's", method: "GET", path: "/hub/api/users/bob/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "nobody's", method: "GET", path: "/hub/api/users/zed/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "of one who is not there", method: "GET", path: "/hub/api/users/zed/server", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "for nobody", method: "GET", path: server, status: 403, message: noCredentials},
		{name: "progress of what does not start", method: "GET", path: server + "/progress", as: []asker{person}, status: 404, message: "is not starting"},
		{name: "progress of no such", method: "GET", path: named + "x/progress", as: []asker{person}, status: 404},
		{name: "stop what does not run", method: "DELETE", path: server, as: []asker{person}, status: 204},

		{name: "start, bad JSON", method: "POST", path: server, body: `{`, as: []asker{person}, status: 400, message: badJSON},
		{name: "start, a list", method: "POST", path: server, body: `[1]`, as: []asker{person}, status: 400, message: "Body must be a JSON object"},
		{name: "start, bad options", method: "POST", path: server, body: `{"user_options": []}`, as: []asker{person}, status: 400, message: "user_options"},
		{name: "start, bad display name", method: "POST", path: named + "x", body: `{"display_name": null}`, as: []asker{person}, status: 400, message: "display_name"},
		{name: "start another's, bad JSON", method: "POST", path: "/hub/api/users/bob/server", body: `{`, as: []asker{person}, status: 404, message: noAccess},
		{name: "start for nobody", method: "POST", path: server, status: 403, message: noCredentials},
		{name: "start", method: "POST", path: server, body: `{"profile": "big", "image": 1}`, as: []asker{person}, status: 202},
		{name: "start again", method: "POST", path: server, as: []asker{person}, status: 202},
		{name: "options are kept", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"user_options": {"profile": "big", "image": 1}, "pending": "spawn", "phase": "queued", "queue_place": 1}`},
		{name: "start a named one", method: "POST", path: named + "lab-2", body: `{"display_name": "My lab", "user_options": {"a": 1}}`, as: []asker{person}, status: 202},
		{
			name: "named", method: "GET", path: named + "LAB-2", as: []asker{person}, status: 200,
			want: `{"name": "lab-2", "display_name": "My lab", "full_name": "ann/lab-2", "url": "/user/ann/lab-2/", "user_options": {"a": 1},
				"progress_url": "/hub/api/users/ann/servers/lab-2/progress", "queue_place": 2}`,
		},
		{name: "bad name", method: "POST", path: named + "a_b", as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "bad name with a slash", method: "POST", path: named + "a%2Fb", as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "a second named one", method: "POST", path: named + "two", as: []asker{person}, status: 202},
		{name: "one too many", method: "POST", path: named + "three", as: []asker{person}, status: 400, message: "already has the maximum of 2 named servers"},
		{name: "remove the default one", method: "DELETE", path: server, body: `{"remove": true}`, as: []asker{person}, status: 400, message: "Cannot delete the default server"},
		{name: "odd remove", method: "DELETE", path: server, body: `{"remove": "yes"}`, as: []asker{person}, status: 400},
		{name: "stop no such", method: "DELETE", path: named + "x", as: []asker{person}, status: 404, message: "has no server named 'x'"},
		{name: "stop another's", method: "DELETE", path: "/hub/api/users/bob/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "remove one that waits for its turn", method: "DELETE", path: named + "two", body: `{"remove": true}`, as: []asker{person}, status: 204},
		{name: "removed at once", method: "GET", path: named + "two", as: []asker{person}, status: 404},
		{name: "another one", method: "POST", path: named + "two", as: []asker{person}, status: 202},
	})
	h.begin(h.serverOf(ann, "two"))
	h.run(t, []scenario{
		{name: "stop", method: "DELETE", path: named + "two", body: `{"remove": true}`, as: []asker{person}, status: 202},
		{name: "start while it stops", method: "POST", path: named + "two", as: []asker{person}, status: 400, message: "pending stop"},
	})

	run := h.begin(h.serverOf(ann, ""))
	h.ready(run)
	h.run(t, []scenario{
		{name: "ready", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"ready": true, "stopped": false, "pending": null, "started": "2026-11-22T08:00:00Z"}`},
		{name: "start what runs", method: "POST", path: server, as: []asker{person}, status: 400, message: "ann/ is already running"},
		{name: "of the person", method: "GET", path: "/hub/api/users/ann", as: []asker{person}, status: 200, want: `{"server": "/user/ann/", "pending": null}`},
		{name: "stop it", method: "DELETE", path: server, as: []asker{person}, status: 202},
		{name: "stop it again", method: "DELETE", path: server, as: []asker{person}, status: 202},
	})
	h.end(run, hub.EventStopped, "")
	h.end(h.serverOf(ann, "two"), hub.EventStopped, "")
	h.run(t, []scenario{
		{name: "stopped", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"stopped": true, "user_options": {"profile": "big", "image": 1}}`},
		{name: "removed", method: "GET", path: named + "two", as: []asker{person}, status: 404},
	})
}

func TestServersOfAUser(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.PublicURL = "https://hub.example" })
	root, ann := h.user("root", true), h.user("ann", false)
	person, admin := bearer(h.token(ann)), bearer(h.token(root))
	h.do("POST", "/hub/api/users/ann/servers/x", "", person)
	type answer struct{ Servers map[string]map[string]any }
	names := func(query string, as asker) []string {
		got := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann"+query, "", as))
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
	got := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann", "", admin)).Servers["x"]
	if got["full_url"] != "https://hub.example/user/ann/x/" || got["full_progress_url"] != "https://hub.example/hub/api/users/ann/servers/x/progress" {
		t.Errorf("full URLs: %v, %v", got["full_url"], got["full_progress_url"])
	}
	if _, ok := got["state"]; !ok {
		t.Error("an administrator sees no state")
	}
	if _, ok := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann", "", person)).Servers["x"]["state"]; ok {
		t.Error("a person sees the state")
	}
}

func TestStartWaitsForTheServer(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.SlowStart, o.SlowStop = time.Minute, time.Minute })
	ann := h.user("ann", false)
	person := bearer(h.token(ann))
	type result struct {
		code int
		text string
	}
	request := func(method string, act func(s hub.Server)) result {
		out := make(chan result, 1)
		go func() {
			w := h.do(method, "/hub/api/users/ann/server", "", person)
			out <- result{w.Code, w.Body.String()}
		}()
		want := hub.Queued
		if method == "DELETE" {
			want = hub.Stopping
		}
		var s hub.Server
		eventually(t, "the server is "+string(want), func() bool {
			_ = h.db.View(t.Context(), func(tx data.Tx) (err error) {
				s, err = tx.Server(t.Context(), ann.ID, "")
				return err
			})
			return s.Phase == want
		})
		act(s)
		return <-out
	}
	if got := request("POST", func(s hub.Server) { h.ready(h.begin(s)) }); got.code != 201 || got.text != "" {
		t.Errorf("a start that succeeds: %+v", got)
	}
	if got := request("DELETE", func(s hub.Server) { h.end(s, hub.EventStopped, "") }); got.code != 204 {
		t.Errorf("a stop: %+v", got)
	}
	got := request("POST", func(s hub.Server) { h.end(h.begin(s), hub.EventFailed, "The disk is full.") })
	if got.code != 500 || got.text != `{"status":500,"message":"The disk is full."}` {
		t.Errorf("a start that fails: %+v", got)
	}
	w := h.do("GET", "/hub/api/users/ann/server", "", person)
	contains(t, w.Body.Bytes(), `{"phase": "failed", "failure": "The disk is full.", "stopped": true}`)
	got = request("POST", func(s hub.Server) { h.end(h.begin(s), hub.EventStopped, "") })
	if got.code != 500 || !strings.Contains(got.text, "cancelled") {
		t.Errorf("a start that is cancelled: %+v", got)
	}
}

func TestStartGivesUpWaiting(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.SlowStart = 20 * time.Millisecond })
	person := bearer(h.token(h.user("ann", false)))
	w := h.do("POST", "/hub/api/users/ann/server", "", person)
	if w.Code != 202 || w.Header().Get("Content-Type") != "text/plain" || w.Body.Len() > 0 {
		t.Errorf("%d %q %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

func TestNamedServersOff(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.NamedLimit = 0 })
	person := bearer(h.token(h.user("ann", false)))
	h.run(t, []scenario{
		{name: "start", method: "POST", path: "/hub/api/users/ann/servers/x", as: []asker{person}, status: 400, message: "Named servers are not enabled."},
		{name: "stop", method: "DELETE", path: "/hub/api/users/ann/servers/x", as: []asker{person}, status: 400, message: "Named servers are not enabled."},
		{name: "the default one", method: "POST", path: "/hub/api/users/ann/servers/", as: []asker{person}, status: 202},
	})
}
