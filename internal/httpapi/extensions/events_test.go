package extensions_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// heard is an event as it comes, with its id.
type heard struct {
	id   string
	data map[string]any
}

// listen opens a stream over a real connection and gives its events one by one; false when it
// has ended.
func listen(t *testing.T, h *httpapitest.Hub, query string, as ...httpapitest.Asker) (next func() (heard, bool)) {
	t.Helper()
	front := httptest.NewServer(h.Server)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, front.URL+"/hub/api/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range as {
		by(r)
	}
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
	return func() (e heard, ok bool) {
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "data":
				if err := json.Unmarshal([]byte(value), &e.data); err != nil {
					t.Fatal(err)
				}
			case "id":
				e.id = value
			case "retry":
			case "":
				if e.data != nil {
					return e, true
				}
			default:
				t.Errorf("odd line %q", lines.Text())
			}
		}
		return e, false
	}
}

func wantData(t *testing.T, next func() (heard, bool), want map[string]any) (id string) {
	t.Helper()
	e, ok := next()
	if diff := cmp.Diff(want, e.data); diff != "" || !ok {
		t.Fatalf("%t (-want +got):\n%s", ok, diff)
	}
	return e.id
}

func TestEventsOverHTTP(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin := httpapitest.Bearer(h.Token(root))
	browser := h.Browser(root)
	next := listen(t, h, "?kind=server&kind=group&name=ann&_xsrf="+url.QueryEscape(h.XSRFOf(browser)), browser)
	wantData(t, next, map[string]any{"kind": "open"})
	if w := h.Do("POST", "/hub/api/users/ann/servers/lab", "", admin); w.Code != http.StatusAccepted && w.Code != http.StatusCreated {
		t.Fatal(w.Code)
	}
	h.Ready(h.Begin(h.ServerOf(ann, "lab")))
	phase := func() string {
		e, ok := next()
		server, _ := e.data["server"].(map[string]any)
		text, _ := server["phase"].(string)
		if !ok || e.data["kind"] != "server" || e.data["name"] != "ann" || server["name"] != "lab" {
			t.Fatalf("%t, %v", ok, e.data)
		}
		if text == "ready" {
			delete(server, "started")
			if diff := cmp.Diff(map[string]any{
				"name": "lab", "display_name": "lab", "phase": "ready", "pending": nil, "ready": true, "stopped": false, "url": "/user/ann/lab/", "failure": nil,
			}, server); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		return text
	}
	for at := phase(); at != "ready"; at = phase() {
		if at == "stopped" {
			t.Fatal("it has stopped")
		}
	}
	if w := h.Do("POST", "/hub/api/groups/cs101", "", admin); w.Code != http.StatusCreated {
		t.Fatal(w.Code)
	}
	id := wantData(t, next, map[string]any{"kind": "group", "name": "cs101"})
	if w := h.Do("PATCH", "/hub/api/users/ann", `{"admin": true}`, admin); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	again := listen(t, h, "", admin, httpapitest.Header("Last-Event-ID", id))
	wantData(t, again, map[string]any{"kind": "open"})
	wantData(t, again, map[string]any{"kind": "user", "name": "ann"})
	byQuery := listen(t, h, "?last_event_id=elsewhere-1", admin)
	wantData(t, byQuery, map[string]any{"kind": "open"})
	wantData(t, byQuery, map[string]any{"kind": "reset"})
	h.App.EndEvents()
	if e, ok := next(); ok {
		t.Errorf("after the end: %v", e)
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "of a hub that ends", Method: "GET", Path: "/hub/api/events", As: []httpapitest.Asker{admin}, Status: 503, Message: "about to end"},
		{Name: "a kind that there is not", Method: "GET", Path: "/hub/api/events?kind=secret", As: []httpapitest.Asker{admin}, Status: 400, Message: "user, server or group"},
		{Name: "a filter that there is not", Method: "GET", Path: "/hub/api/events?who=ann", As: []httpapitest.Asker{admin}, Status: 400, Message: "Unknown filter"},
		{Name: "more people than there may be", Method: "GET", Path: "/hub/api/events?name=a" + strings.Repeat("&name=a", 200), As: []httpapitest.Asker{admin}, Status: 400, Message: "at most 200"},
		{Name: "a filter by nobody", Method: "GET", Path: "/hub/api/events?who=ann", Status: 403},
		{Name: "from another site", Method: "GET", Path: "/hub/api/events", As: []httpapitest.Asker{browser, httpapitest.Fetch("cors", "cross-site", "empty")}, Status: 403, Message: "_xsrf"},
	})
}

// A stream ends with its session within 5 seconds, whoever ended it.
func TestAnEventStreamEndsWithItsSession(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	browser := h.Browser(ann)
	next := listen(t, h, "?_xsrf="+url.QueryEscape(h.XSRFOf(browser)), browser)
	wantData(t, next, map[string]any{"kind": "open"})
	var ended []string
	h.Update(func(ctx context.Context, tx data.Tx) (err error) {
		ended, err = tx.DeleteSessionsOf(ctx, ann.ID, "")
		return err
	})
	if e, ok := next(); ok || len(ended) == 0 {
		t.Errorf("after the end of %d sessions: %v", len(ended), e)
	}
}
