package httpapi

import (
	"net/http"
	"testing"
	"time"
)

// What JupyterHub takes for a time in ISO 8601 is one here, and means the same.
func TestTimesThatClientsWrite(t *testing.T) {
	at := func(clock string) string { return "2022-03-07T" + clock + "Z" }
	for text, want := range map[string]string{
		"2022-03-07T10:00:00Z":           at("10:00:00"),
		"2022-03-07t10:00:00z":           at("10:00:00"),
		"2022-03-07T10:00:00+02":         at("08:00:00"),
		"2022-03-07T10:00:00-02":         at("12:00:00"),
		"2022-03-07T10:00:00+00":         at("10:00:00"),
		"2022-03-07T10:00:00+0200":       at("08:00:00"),
		"2022-03-07T10:00:00+05:30":      at("04:30:00"),
		"2022-03-07 10:00:00 +0200":      at("08:00:00"),
		"2022-03-07 10:00:00":            at("10:00:00"),
		"2022-03-07T10:00":               at("10:00:00"),
		"2022-03-07T10:00Z":              at("10:00:00"),
		"2022-03-07T10:00+02":            at("08:00:00"),
		"2022-03-07T10":                  at("10:00:00"),
		"2022-03-07":                     at("00:00:00"),
		"20220307T100000Z":               at("10:00:00"),
		"20220307T100000.123456Z":        at("10:00:00.123456"),
		"20220307T1000":                  at("10:00:00"),
		"20220307T1000+0200":             at("08:00:00"),
		"20220307T10":                    at("10:00:00"),
		"20220307":                       at("00:00:00"),
		"2022-03-07T10:00:00.123456789Z": at("10:00:00.123456"),
		"2022-03-07T10:00:00,5Z":         at("10:00:00.5"),
		"2022-03-07T10:00:00 UTC":        at("10:00:00"),
		"2022-03-07T10:00:00gmt":         at("10:00:00"),
		"  2022-03-07T10:00:00Z ":        at("10:00:00"),
		"Mon, 07 Mar 2022 10:00:00 GMT":  at("10:00:00"),
		"Mon Mar  7 10:00:00 2022":       at("10:00:00"),
	} {
		got, ok := parseTime(text)
		if !ok || got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %v %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "soon", "+02", "10:00", "2022", "2022-03", "2022-066", "2022-W10-1", "2022-0307", "202203-07", "1646647200",
		"2022-03-07Z", "2022-03-07T", "2022-03-07T10:00:00.Z", "2022-03-07T24:00:00", "2022-03-07T10:60", "2022-03-07T10:00:60Z",
		"2022-02-30T10:00:00Z", "2022-13-01", "2022-03-07T10:00:00+25:00", "2022-03-07T10:00:00+02:00:30", "2022-03-07T10:00:00Z+02:00",
		"2022-03-07T10:00.5", "2022-03-07T10.5", "2022-03-07_10:00", "٢٠٢٢-03-07", "2022-03-07T10:00:00Zx",
	} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

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
		if got := jsonBody[model](t, w)["last_activity"]; got != c[1] {
			t.Errorf("%s is recorded as %v, not %s", c[0], got, c[1])
		}
	}
}
