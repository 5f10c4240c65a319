package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/rest"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// followStart opens a stream over a real connection and gives its events one by one;
// false when it has ended.
func followStart(t *testing.T, h *httpapitest.Hub, path string, as httpapitest.Asker) (next func() (map[string]any, bool)) {
	t.Helper()
	front := httptest.NewServer(h.Server)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, front.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	as(r)
	resp, err := front.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
		front.Close()
	})
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() (map[string]any, bool) {
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				if lines.Text() != "" {
					t.Errorf("odd line %q", lines.Text())
				}
				continue
			}
			var event map[string]any
			if err := json.Unmarshal([]byte(data), &event); err != nil {
				t.Fatal(err)
			}
			return event, true
		}
		return nil, false
	}
}

func expect(t *testing.T, next func() (map[string]any, bool), want map[string]any) {
	t.Helper()
	got, ok := next()
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Fatalf("event (-want +got):\n%s", diff)
	}
}

func expectEnd(t *testing.T, next func() (map[string]any, bool)) {
	t.Helper()
	if got, more := next(); more {
		t.Errorf("goes on with %v", got)
	}
}

var requested = map[string]any{"progress": 0.0, "message": "Server requested"}

func TestProgressOfAStart(t *testing.T) {
	h := httpapitest.New(t)
	ann, bob := h.User("ann", false), h.User("bob", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/bob/server", "", httpapitest.Bearer(h.Token(bob)))
	h.Do("POST", "/hub/api/users/ann/server", "", person)

	next := followStart(t, h, "/hub/api/users/ann/server/progress", person)
	expect(t, next, requested)
	expect(t, next, map[string]any{"progress": 5.0, "message": "Waiting in queue: 2nd"})
	h.Begin(h.ServerOf(bob, ""))
	expect(t, next, map[string]any{"progress": 5.0, "message": "Waiting in queue: 1st"})
	run := h.Begin(h.ServerOf(ann, ""))
	expect(t, next, map[string]any{"progress": 20.0, "message": "Starting the server"})
	h.Ready(run)
	ready := map[string]any{
		"progress": 100.0, "ready": true, "message": "Server ready at /user/ann/", "url": "/user/ann/",
		"html_message": `Server ready at <a href="/user/ann/">/user/ann/</a>`,
	}
	event, more := next()
	if more && event["message"] == "Started" { // it may be ready before anybody hears of that
		event, _ = next()
	}
	if diff := cmp.Diff(ready, event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	expectEnd(t, next)

	next = followStart(t, h, "/hub/api/users/ann/servers//progress", person)
	expect(t, next, ready) // and nothing of how it came to be
	expectEnd(t, next)
}

func TestProgressOfAFailure(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/servers/lab", "", person)
	next := followStart(t, h, "/hub/api/users/ann/servers/lab/progress", person)
	expect(t, next, requested)
	h.End(h.Begin(h.ServerOf(ann, "lab")), hub.EventFailed, "The disk is full.")
	failed := map[string]any{"progress": 100.0, "failed": true, "message": "Spawn failed: The disk is full."}
	var last map[string]any
	for event, more := next(); more; event, more = next() {
		last = event
	}
	if diff := cmp.Diff(failed, last); diff != "" {
		t.Errorf("last event (-want +got):\n%s", diff)
	}
	next = followStart(t, h, "/hub/api/users/ann/servers/lab/progress", person)
	expect(t, next, failed) // and nothing of how it came to be
	expectEnd(t, next)
}

func TestProgressOfACancelledStart(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/server", "", person)
	next := followStart(t, h, "/hub/api/users/ann/server/progress", person)
	expect(t, next, requested)
	h.Do("DELETE", "/hub/api/users/ann/server", "", person)
	var last map[string]any
	for event, more := next(); more; event, more = next() {
		last = event
	}
	if last["failed"] != true || last["message"] != "Spawn cancelled" {
		t.Errorf("last event %v", last)
	}
}

// A script that started a class's servers follows all of them, by one token.
func TestAScriptFollowsTheStartsOfAClass(t *testing.T) {
	h := httpapitest.New(t)
	teacher := httpapitest.Bearer(h.Token(h.User("root", true)))
	const class = 3 * rest.MaxStreams
	var follow []func() (map[string]any, bool)
	for i := range class {
		name := fmt.Sprintf("student%d", i)
		h.User(name, false)
		h.Do("POST", "/hub/api/users/"+name+"/server", "", teacher)
		next := followStart(t, h, "/hub/api/users/"+name+"/server/progress", teacher)
		expect(t, next, requested)
		expect(t, next, map[string]any{"progress": 5.0, "message": "Waiting in queue: " + rest.Ordinal(i+1)})
		follow = append(follow, next)
	}
	last := h.ServerOf(h.UserNamed(fmt.Sprintf("student%d", class-1)), "")
	h.Ready(h.Begin(last))
	for event, more := follow[class-1](); more; event, more = follow[class-1]() {
		if event["ready"] == true {
			return
		}
	}
	t.Error("the last one's stream does not say that it is ready")
}

// Of one start a requester has a bounded number of streams, and closing one makes room.
func TestProgressStreamsAreBounded(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/server", "", person)
	const path = "/hub/api/users/ann/server/progress"
	for range rest.MaxStreams {
		expect(t, followStart(t, h, path, person), requested)
	}
	w := h.Do("GET", path, "", person)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more stream: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	h.Do("DELETE", "/hub/api/users/ann/server", "", person)
	h.End(h.ServerOf(ann, ""), hub.EventFailed, "")
	httpapitest.Eventually(t, "room for another stream", func() bool { return h.Do("GET", path, "", person).Code != http.StatusTooManyRequests })
}

// A client that goes away ends the stream's goroutines; goleak looks.
func TestProgressEndsWithTheClient(t *testing.T) {
	h := httpapitest.New(t)
	person := httpapitest.Bearer(h.Token(h.User("ann", false)))
	h.Do("POST", "/hub/api/users/ann/server", "", person)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/hub/api/users/ann/server/progress", nil)
		person(r)
		h.Server.ServeHTTP(httptest.NewRecorder(), r)
	}()
	cancel()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the stream goes on without a client")
	}
}

func TestReadyEventEscapes(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Base = "/" })
	got := rest.ReadyEvent(h.Server.Env(), hub.Server{UserName: `<b>"&`})["html_message"].(string)
	if strings.Contains(got, "<b>") || strings.Contains(got, `"&`) {
		t.Errorf("not escaped: %s", got)
	}
}

// What a driver says of a start reaches who waits for it.
func TestProgressOfTheDriverIsStreamed(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/server", "", person)
	run := h.Begin(h.ServerOf(ann, ""))
	next := followStart(t, h, "/hub/api/users/ann/server/progress", person)
	expect(t, next, requested)
	expect(t, next, map[string]any{"progress": 20.0, "message": "Starting the server"})
	err := h.App.Progressed(t.Context(), servers.Lease{Owner: "test", Node: "node"}, []servers.Progress{{
		ServerID: run.ID, Fence: run.Fence, Percent: 50, Message: "Pulling the image",
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.Ready(run)
	for event, more := next(); more; event, more = next() {
		if event["message"] == "Pulling the image" {
			return
		}
	}
	t.Error("nobody who waits is told what the driver says")
}

// Who waits for devices reads for which, and at which place among those who wait for the same.
func TestProgressOfAStartThatWaitsForDevices(t *testing.T) {
	set, faults := profiles.New([]profiles.Profile{{Slug: "none"}, {Slug: "card", Sets: profiles.Settings{Devices: map[string]int{"gpu": 1}}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Profiles = set })
	ann, bob := h.User("ann", false), h.User("bob", false)
	person := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/bob/server", `{"profile": "none"}`, httpapitest.Bearer(h.Token(bob)))
	h.Do("POST", "/hub/api/users/ann/server", `{"profile": "card"}`, person)
	next := followStart(t, h, "/hub/api/users/ann/server/progress", person)
	expect(t, next, requested)
	expect(t, next, map[string]any{"progress": 5.0, "message": "Waiting for 1 gpu: 1st"})
	type models struct {
		Servers map[string]struct {
			QueuePlace int            `json:"queue_place"`
			WaitsFor   map[string]int `json:"waits_for"`
		}
	}
	if got := httpapitest.JSONBody[models](t, h.Do("GET", "/hub/api/users/ann", "", person)).Servers[""]; got.QueuePlace != 1 || got.WaitsFor["gpu"] != 1 {
		t.Errorf("%+v", got)
	}
}
