package extensions_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// anHour is a hub on which servers run for an hour, and for two at most.
func anHour(c *app.Config, _ *httpapi.Options) {
	c.Launch.TimeLimit, c.Launch.MaxTimeLimit = 3600, 7200
}

// The end of a server is announced to those who may open it, and to the server itself, and is extended by who may start it.
func TestEndsOfServers(t *testing.T) {
	h := httpapitest.New(t, anHour)
	ann, bob := h.User("ann", false), h.User("bob", false)
	as := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/server", "", as)
	h.Ready(h.Begin(h.ServerOf(ann, "")))
	began := h.Clock()
	at := func(d time.Duration) string { return began.Add(d).Format(time.RFC3339) }
	server := httpapitest.JSONBody[map[string]any](t, h.Do("GET", "/hub/api/users/ann/server", "", as))
	if server["ends_at"] != at(time.Hour) {
		t.Errorf("its model says that it ends at %v", server["ends_at"])
	}
	h.Advance(40 * time.Minute)
	itself := httpapitest.Bearer(h.Token(ann, "access:servers!server=ann/", "users:activity!user"))
	notices := func(as ...httpapitest.Asker) map[string]any {
		t.Helper()
		return httpapitest.JSONBody[map[string]any](t, h.Do("GET", "/hub/api/users/ann/server/notices", "", as...))
	}
	want := map[string]any{
		"user": "ann", "name": "", "now": at(40 * time.Minute), "ends_at": at(time.Hour), "latest_end": at(2 * time.Hour), "quota": nil, "announcements": []any{},
		"notices": []any{map[string]any{
			"kind": "time_limit", "minutes": 30.0, "grace": false, "ends_at": at(time.Hour),
			"message": "The server stops in 20 minutes: its time is over then. Save your work, or extend the time on the home page.",
		}},
	}
	if diff := cmp.Diff(want, notices(itself)); diff != "" {
		t.Error(diff)
	}
	first := func(m map[string]any) any { return m["notices"].([]any)[0].(map[string]any)["message"] }
	german := httpapitest.Header("Accept-Language", "de")
	if got := first(notices(as, german)); got != "Der Server wird in 20 Minuten angehalten: Dann ist seine Zeit vorbei. Sichern Sie Ihre Arbeit, oder verlängern Sie die Zeit auf der Startseite." {
		t.Errorf("in German: %s", got)
	}
	extended := func(body string, status int, as ...httpapitest.Asker) string {
		t.Helper()
		w := h.Do("POST", "/hub/api/users/ann/server/extend", body, as...)
		if w.Code != status {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
		if status != http.StatusOK {
			return ""
		}
		return httpapitest.JSONBody[map[string]string](t, w)["ends_at"]
	}
	extended(`{"minutes": 5}`, http.StatusForbidden, itself)
	extended(`{"minutes": 5}`, http.StatusNotFound, httpapitest.Bearer(h.Token(bob)))
	extended(`{"minutes": 5}`, http.StatusForbidden, h.Browser(ann), httpapitest.WithXSRF(""))
	for _, bad := range []string{``, `[]`, `{}`, `{"minutes": 0}`, `{"minutes": 1.5}`, `{"minutes": "5"}`, `{"minutes": 5, "ends_at": "2026-01-02T15:04:05Z"}`, `{"ends_at": "soon"}`, `{"hours": 1}`} {
		extended(bad, http.StatusBadRequest, as)
	}
	got := []string{extended(`{"minutes": 15}`, http.StatusOK, as), extended(`{"ends_at": "`+at(90*time.Minute)+`"}`, http.StatusOK, as), extended(`{"minutes": 600}`, http.StatusOK, as)}
	if diff := cmp.Diff([]string{at(75 * time.Minute), at(90 * time.Minute), at(2 * time.Hour)}, got); diff != "" {
		t.Error(diff)
	}
	extended(`{"minutes": 5}`, http.StatusForbidden, as)
	if got := notices(as)["notices"]; len(got.([]any)) != 0 {
		t.Errorf("with its time extended there are still notices: %v", got)
	}
	boss := httpapitest.Bearer(h.Token(h.User("boss", true)))
	if got := extended(`{"minutes": 60}`, http.StatusOK, boss); got != at(3*time.Hour) {
		t.Errorf("an administrator extends it to %s", got)
	}
	for _, c := range []struct {
		at   time.Duration
		want string
	}{
		{3*time.Hour - 59*time.Second, "The server stops within a minute: its time is over then. Save your work now."},
		{3*time.Hour + time.Second, "The server is being stopped: its time is over."},
	} {
		h.Advance(began.Add(c.at).Sub(h.Clock()))
		if got := first(notices(as)); got != c.want {
			t.Errorf("after %s: %s", c.at, got)
		}
	}
	h.End(h.ServerOf(ann, ""), hub.EventStopped, "")
	if m := notices(as); m["ends_at"] != nil || len(m["notices"].([]any)) != 0 {
		t.Errorf("of one that is stopped: %v", m)
	}
}

// What a person's credits last for is announced to who may open the server, and not to those who merely see it.
func TestNoticesOfQuota(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) {
		c.Quota = quota.Config{Enabled: true, Rate: 1, Default: 30, DefaultMinutes: 10, Grace: 2 * time.Minute}
	})
	ann := h.User("ann", false)
	as := httpapitest.Bearer(h.Token(ann))
	h.Do("POST", "/hub/api/users/ann/server", "", as)
	h.Ready(h.Begin(h.ServerOf(ann, "")))
	began := h.Clock()
	at := func(minutes int) string { return began.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
	read := func(as httpapitest.Asker) (m struct {
		Quota   map[string]any
		Notices []map[string]any
	},
	) {
		t.Helper()
		if err := json.Unmarshal(h.Do("GET", "/hub/api/users/ann/server/notices", "", as).Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := map[string]any{"unlimited": false, "balance": 30.0, "balance_exact": "30", "ends_at": at(30), "stops_at": at(32)}
	if m := read(as); len(m.Notices) != 0 || cmp.Diff(want, m.Quota) != "" {
		t.Errorf("%v %s", m.Notices, cmp.Diff(want, m.Quota))
	}
	tick := func() {
		t.Helper()
		if err := h.App.Tick(t.Context(), h.ServerOf(ann, "").Owner); err != nil {
			t.Fatal(err)
		}
	}
	said := func() map[string]any {
		t.Helper()
		m := read(as)
		if len(m.Notices) != 1 {
			t.Fatalf("notices: %v", m.Notices)
		}
		return m.Notices[0]
	}
	for _, c := range []struct {
		minute, minutes int
		grace           bool
		ends            int
		message         string
	}{
		{16, 15, false, 30, "The credits last for 14 more minutes; then the server is stopped. Save your work, or ask for more credits."},
		{26, 5, false, 30, "The credits last for 4 more minutes; then the server is stopped. Save your work, or ask for more credits."},
		{30, 0, true, 32, "The credits are used up. The server stops in 2 minutes. Save your work, or ask for more credits."},
		{31, 0, true, 32, "The credits are used up, and the server is being stopped. Save your work now."},
	} {
		h.Advance(began.Add(time.Duration(c.minute) * time.Minute).Sub(h.Clock()))
		tick()
		want := map[string]any{"kind": "quota", "minutes": float64(c.minutes), "grace": c.grace, "ends_at": at(c.ends), "message": c.message}
		if diff := cmp.Diff(want, said()); diff != "" {
			t.Errorf("after %d minutes: %s", c.minute, diff)
		}
	}
	looker := httpapitest.Bearer(h.Token(h.User("boss", true), "read:servers!user=ann"))
	if m := read(looker); m.Quota != nil || len(m.Notices) != 0 {
		t.Errorf("who merely sees the server is told of the quota: %+v", m)
	}
}
