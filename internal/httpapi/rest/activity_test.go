package rest_test

import (
	"net/http"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestActivityIsTakenInTheFormsThatJupyterHubTakes(t *testing.T) {
	h := httpapitest.New(t)
	ann := httpapitest.Bearer(h.Token(h.User("ann", false)))
	h.Do(http.MethodPost, "/hub/api/users/ann/server", "", ann)
	for _, c := range [][2]string{ // later ones count
		{"2026-11-22T10:01:00+02", "2026-11-22T08:01:00Z"}, {"20261122T080200Z", "2026-11-22T08:02:00Z"},
		{"2026-11-22T08:03", "2026-11-22T08:03:00Z"}, {"2026-11-22t08:04:00z", "2026-11-22T08:04:00Z"},
	} {
		body := `{"servers": {"": {"last_activity": "` + c[0] + `"}}}`
		if w := h.Do(http.MethodPost, "/hub/api/users/ann/activity", body, ann); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", c[0], w.Code, w.Body)
		}
		w := h.Do(http.MethodGet, "/hub/api/users/ann/server", "", ann)
		if got := httpapitest.JSONBody[map[string]any](t, w)["last_activity"]; got != c[1] {
			t.Errorf("%s is recorded as %v, not %s", c[0], got, c[1])
		}
	}
}
