package httpapi

import (
	"net/http"
	"testing"
)

func TestActivityIsTakenInTheFormsThatJupyterHubTakes(t *testing.T) {
	h := newTestHub(t)
	ann := bearer(h.token(h.user("ann", false)))
	h.do(http.MethodPost, "/hub/api/users/ann/server", "", ann)
	for _, c := range [][2]string{ // later ones count
		{"2026-11-22T10:01:00+02", "2026-11-22T08:01:00Z"}, {"20261122T080200Z", "2026-11-22T08:02:00Z"},
		{"2026-11-22T08:03", "2026-11-22T08:03:00Z"}, {"2026-11-22t08:04:00z", "2026-11-22T08:04:00Z"},
	} {
		body := `{"servers": {"": {"last_activity": "` + c[0] + `"}}}`
		if w := h.do(http.MethodPost, "/hub/api/users/ann/activity", body, ann); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", c[0], w.Code, w.Body)
		}
		w := h.do(http.MethodGet, "/hub/api/users/ann/server", "", ann)
		if got := jsonBody[map[string]any](t, w)["last_activity"]; got != c[1] {
			t.Errorf("%s is recorded as %v, not %s", c[0], got, c[1])
		}
	}
}
