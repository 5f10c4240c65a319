package rest_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Whoever sees a server sees when it stops by itself, and what is known of its use; a list does not.
func TestServersSayWhenTheyStop(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) {
		c.Culling = culling.Rules{Enabled: true, DefaultServers: true, Limits: culling.Limits{Timeout: time.Hour}}
	})
	ann := h.User("ann", false)
	as := httpapitest.Bearer(h.Token(ann))
	idle := func(path string) any {
		t.Helper()
		var got struct {
			Servers map[string]map[string]any `json:"servers"`
		}
		if err := json.Unmarshal(h.Do("GET", path, "", as).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		return got.Servers[""]["idle"]
	}
	h.Do("POST", "/hub/api/users/ann/server", "", as)
	if got := idle("/hub/api/users/ann"); got != nil {
		t.Errorf("of one that waits: %v", got)
	}
	h.Ready(h.Begin(h.ServerOf(ann, "")))
	now := h.Clock()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	want := map[string]any{"since": at(0), "stops_at": at(time.Hour), "reason": "idle", "spared": false, "kernels": nil}
	if diff := cmp.Diff(want, idle("/hub/api/users/ann")); diff != "" {
		t.Error(diff)
	}
	id := h.ServerOf(ann, "").ID
	h.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.NoteKernels(ctx, id, hub.Kernels{Asked: now, Total: 2, Busy: 1, Connections: 3, LastUsed: now.Add(time.Minute)})
	})
	want = map[string]any{
		"since": at(time.Minute), "stops_at": at(61 * time.Minute), "reason": "idle", "spared": false,
		"kernels": map[string]any{"asked": at(0), "total": 2.0, "busy": 1.0, "connections": 3.0},
	}
	if diff := cmp.Diff(want, idle("/hub/api/users/ann")); diff != "" {
		t.Error(diff)
	}
	if got := idle("/hub/api/user"); got != nil {
		t.Errorf("/user is asked with each request to a server, and reads nothing of this: %v", got)
	}
}
