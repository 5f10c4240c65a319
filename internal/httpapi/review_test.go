package httpapi

import (
	"testing"

	"github.com/atriumhub/atrium/internal/servers"
)

// What a driver says of a start reaches who waits for it.
func TestReviewProgressOfTheDriverIsStreamed(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	person := bearer(h.token(ann))
	h.do("POST", "/hub/api/users/ann/server", "", person)
	run := h.begin(h.serverOf(ann, ""))
	next := h.follow(t, "/hub/api/users/ann/server/progress", person)
	expect(t, next, requested)
	expect(t, next, map[string]any{"progress": 20.0, "message": "Starting the server"})
	err := h.app.Progressed(t.Context(), servers.Lease{Owner: "test", Node: "node"}, []servers.Progress{{
		ServerID: run.ID, Fence: run.Fence, Percent: 50, Message: "Pulling the image",
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.ready(run)
	for event, more := next(); more; event, more = next() {
		if event["message"] == "Pulling the image" {
			return
		}
	}
	t.Error("nobody who waits is told what the driver says")
}
