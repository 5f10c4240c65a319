package extensions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/schedule"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

const quotasPath = "/hub/admin/api/quota"

// newQuotaPages is a hub with quotas, asked as pages of the Learning Cloud ask.
func newQuotaPages(t *testing.T) *cloudPages {
	t.Helper()
	return newCloudPages(t, func(c *app.Config, _ *httpapi.Options) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, Rates: map[string]int64{"phx": 3}, MinimumToStart: 10, Default: 100, DefaultMinutes: 60}
	})
}

// answers asks, and wants all that is given of the answer.
func (c *cloudPages) answers(t *testing.T, method, path, body string, status int, want string, more ...httpapitest.Asker) {
	t.Helper()
	w := c.call(t, method, path, body, status, more...)
	var wanted, got any
	if err := errors.Join(json.Unmarshal([]byte(want), &wanted), json.Unmarshal(w.Body.Bytes(), &got)); err != nil {
		t.Fatal(err)
	}
	if !within(wanted, got) {
		t.Errorf("%s %s: %s, want %s", method, path, w.Body, want)
	}
}

// within tells whether a JSON value has all that another has: more keys of objects are let be.
func within(want, got any) bool {
	switch want := want.(type) {
	case map[string]any:
		o, _ := got.(map[string]any)
		for key, value := range want {
			if _, there := o[key]; !there || !within(value, o[key]) {
				return false
			}
		}
		return o != nil
	case []any:
		list, _ := got.([]any)
		for i := range want {
			if i >= len(list) || !within(want[i], list[i]) {
				return false
			}
		}
		return len(list) == len(want)
	}
	return want == got
}

// G8, G20: what pages and scripts ask about quotas, and what they get (§3).
func TestCloudQuotas(t *testing.T) {
	c := newQuotaPages(t)
	c.answers(t, "GET", "/hub/api/quota/rates", "", http.StatusOK, `{"enabled": true, "rates": {"cpu": 2, "phx": 3}, "minimum_to_start": 10, "default_quota": 100}`)
	c.answers(t, "GET", "/hub/api/quota/me", "", http.StatusOK, `{"username": "root", "balance": 100, "unlimited": false, "rates": {"cpu": 2}, "enabled": true}`)
	c.answers(t, "POST", quotasPath+"/AUP01", `{"action": "set", "amount": 70}`, http.StatusOK, `{"username": "aup01", "balance": 70, "action": "set", "amount": 70}`)
	c.answers(t, "POST", quotasPath+"/aup01", `{"amount": 80, "description": "more"}`, http.StatusOK, `{"balance": 80, "action": "set"}`)
	c.answers(t, "POST", quotasPath+"/aup01", `{"action": "add", "amount": -20}`, http.StatusOK, `{"balance": 60, "action": "add", "amount": -20}`)
	c.answers(t, "POST", quotasPath+"/aup01", `{"action": "deduct", "amount": 10}`, http.StatusOK, `{"balance": 50, "exact": "50", "available": 50}`)
	c.answers(t, "POST", quotasPath+"/aup02", `{"action": "set_unlimited", "unlimited": true}`, http.StatusOK, `{"username": "aup02", "unlimited": true, "balance": 100, "action": "set_unlimited"}`)
	c.answers(t, "GET", quotasPath, "", http.StatusOK, `{"users": [{"username": "ann"}, {"username": "aup01", "balance": 50, "unlimited": false},
		{"username": "aup02", "balance": 100, "unlimited": true}, {"username": "github:octo", "balance": 100}, {"username": "root", "balance": 100}]}`)
	c.answers(t, "GET", quotasPath+"?limit=1&after=aup01", "", http.StatusOK, `{"users": [{"username": "aup02"}]}`)
	c.answers(t, "GET", quotasPath+"?username=root&username=aup01", "", http.StatusOK, `{"users": [{"username": "aup01"}, {"username": "root"}]}`)
	c.answers(t, "GET", quotasPath+"/aup01?limit=2&why", "", http.StatusOK, `{"username": "aup01", "balance": 50, "recent_transactions": [
		{"transaction_type": "deduct", "amount": -10, "balance_after": 50, "created_by": "root"}, {"transaction_type": "deduct", "amount": -20, "balance_after": 60}],
		"running": [], "why": [{"of": "deduct", "exact": "-30", "entries": 2}, {"of": "initial_grant", "exact": "100", "entries": 1},
		{"of": "set", "exact": "-20", "entries": 2}, {"of": "running", "exact": "0", "entries": 0}, {"of": "held", "exact": "0", "entries": 0}]}`)
	type page struct {
		Next *int64 `json:"next_before"`
	}
	next := httpapitest.JSONBody[page](t, c.call(t, "GET", quotasPath+"/aup01?limit=4", "", http.StatusOK)).Next
	if next == nil {
		t.Fatal("that is not all")
	}
	c.answers(t, "GET", quotasPath+"/github:octo?why", "", http.StatusOK, `{"balance": 100, "recent_transactions": [], "next_before": null,
		"why": [{"of": "initial_grant", "exact": "100", "entries": 0}, {"of": "running"}, {"of": "held"}]}`)
}

// What profiles and their choices cost is said with them, and held at a start.
func TestCloudQuotaByProfile(t *testing.T) {
	c := newCloudPages(t, httpapitest.Classroom(t), func(c *app.Config, _ *httpapi.Options) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, Rates: map[string]int64{"phx": 4}, Default: 100, DefaultMinutes: 10}
	})
	c.call(t, "POST", "/hub/api/groups/cs101/users", `{"users": ["aup01"]}`, http.StatusOK)
	c.answers(t, "GET", "/hub/api/profiles?user=aup01", "", http.StatusOK, `{"profiles": [
		{"slug": "small", "accelerator": "", "quota_rate": null, "rate": 2}, {"slug": "lab", "accelerator": "phx", "quota_rate": null, "rate": 3}]}`)
	c.call(t, "POST", "/hub/api/users/aup01/server", `{"profile": "lab", "runtime_minutes": 20}`, http.StatusAccepted)
	c.answers(t, "GET", quotasPath+"/aup01", "", http.StatusOK, `{"available": 40, "running": [{"held": "60", "rate": 3}]}`)
}

// G13: many at once; names with a colon among them, and those that cannot be done hold up nobody.
func TestCloudQuotaBatch(t *testing.T) {
	c := newQuotaPages(t)
	const body = `{"users": [{"username": "aup01", "amount": 5}, {"username": "GitHub:octo", "amount": 0}, {"username": "nobody", "amount": 5},
		{"username": "aup02", "unlimited": true}, {"username": "root", "amount": -3}, {"username": "root", "amount": 99999999999999}]}`
	for range 2 {
		c.answers(t, "POST", quotasPath+"/batch", body, http.StatusOK, `{"success": 3, "failed": 3, "details": [
			{"username": "aup01", "status": "success", "balance": 5}, {"username": "github:octo", "status": "success", "balance": 0},
			{"username": "nobody", "status": "failed", "error": "Not Found"}, {"username": "aup02", "status": "success", "balance": 100},
			{"username": "root", "status": "failed", "error": "A quota cannot be set below 0"},
			{"username": "root", "status": "failed", "error": "The amount must be within ±10000000 credits"}]}`)
	}
	c.answers(t, "POST", quotasPath+"/batch", `{"action": "add", "users": [{"username": "aup02", "amount": 5, "unlimited": false}]}`, http.StatusOK,
		`{"success": 1, "failed": 0, "details": [{"balance": 105}]}`)
	again := httpapitest.Header("Idempotency-Key", "once")
	for range 2 {
		c.answers(t, "POST", quotasPath+"/batch", `{"action": "add", "users": [{"username": "aup01", "amount": 5}]}`, http.StatusOK, `{"details": [{"balance": 10}]}`, again)
	}
}

// Refreshes by hand, in the Learning Cloud's shape; rules are listed, and done by their names.
func TestCloudQuotaRefresh(t *testing.T) {
	monday, err := schedule.Parse("0 4 * * mon", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := newCloudPages(t, func(c *app.Config, _ *httpapi.Options) {
		c.Quota = quota.Config{Enabled: true, Rate: 2, Default: 100, Refresh: []quota.Rule{
			{Name: "weekly", Schedule: monday, CatchUp: quota.CatchLast, Refresh: quota.Refresh{Action: quota.Set, Amount: 60, Targets: quota.Targets{Users: []string{"aup01"}}}},
		}}
	})
	const path = quotasPath + "/refresh"
	c.answers(t, "GET", "/hub/api/quota/refresh", "", http.StatusOK, `{"rules": [{"name": "weekly", "schedule": "0 4 * * mon", "time_zone": "Europe/Berlin", "catch_up": "last",
		"action": "set", "amount": 60, "max_balance": null, "min_balance": 0, "last": null,
		"targets": {"includeUsers": ["aup01"], "excludeUsers": [], "groups": [], "usernamePattern": null, "balanceBelow": null, "balanceAbove": null, "includeUnlimited": false}}]}`)
	c.answers(t, "POST", path, `{"rule_name": "weekly", "dry_run": true}`, http.StatusOK, `{"users_updated": 1, "total_change": -40, "skipped": 0, "action": "set", "rule_name": "weekly", "dry_run": true,
		"changes": [{"username": "aup01", "before": 100, "after": 60, "exact_before": "100", "exact_after": "60"}]}`)
	c.answers(t, "POST", path, `{"rule_name": "weekly"}`, http.StatusOK, `{"users_updated": 1, "total_change": -40, "dry_run": false}`)
	c.answers(t, "POST", path, `{"amount": 50, "max_balance": 120, "min_balance": null, "targets": {"includeUsers": ["AUP01", "aup02"], "balanceBelow": 101, "usernamePattern": "AUP", "excludeUsers": ["ann"]}}`,
		http.StatusOK, `{"users_updated": 2, "total_change": 70, "exact_change": "70", "skipped": 0, "action": "add", "rule_name": "manual"}`)
	c.answers(t, "GET", quotasPath+"/aup01?limit=1", "", http.StatusOK, `{"balance": 110, "recent_transactions": [{"transaction_type": "auto_refresh", "amount": 50, "description": "manual", "created_by": "root"}]}`)
	for _, body := range []string{
		``, `[]`, `{}`, `{"amount": 1.5}`, `{"amount": -1, "action": "set"}`, `{"amount": 1, "action": "deduct"}`, `{"amount": 99999999}`, `{"amount": 1, "max_balance": -1}`,
		`{"amount": 1, "min_balance": "0"}`, `{"amount": 1, "targets": []}`, `{"amount": 1, "targets": {"who": 1}}`, `{"amount": 1, "targets": {"includeUsers": ["a/b"]}}`,
		`{"amount": 1, "targets": {"usernamePattern": "(?=x)"}}`, `{"amount": 1, "targets": {"usernamePattern": "` + strings.Repeat("x", 501) + `"}}`,
		`{"rule_name": "weekly", "targets": {}}`, `{"rule_name": "other"}`, `{"rule_name": "` + strings.Repeat("x", 101) + `", "amount": 1}`,
	} {
		cloudMessage(t, c.call(t, "POST", path, body, http.StatusBadRequest))
	}
	one := httpapitest.Bearer(c.Token(c.UserNamed("aup01")))
	for _, x := range [][2]string{{"GET", "/hub/api/quota/refresh"}, {"POST", path}} {
		if w := c.Do(x[0], x[1], `{"amount": 1}`, one); w.Code != http.StatusForbidden {
			t.Errorf("%s by a person: %d", x[0], w.Code)
		}
	}
}

// A mistake is taken back by its entry's id.
func TestCloudQuotaCorrection(t *testing.T) {
	c := newQuotaPages(t)
	c.answers(t, "POST", quotasPath+"/aup01", `{"action": "add", "amount": 900}`, http.StatusOK, `{"balance": 1000}`)
	type page struct {
		Entries []struct{ ID int64 } `json:"recent_transactions"`
	}
	id := httpapitest.JSONBody[page](t, c.call(t, "GET", quotasPath+"/aup01", "", http.StatusOK)).Entries[0].ID
	body := fmt.Sprintf(`{"action": "correct", "entry": %d, "description": "a zero too many"}`, id)
	c.answers(t, "POST", quotasPath+"/aup01", body, http.StatusOK, `{"balance": 100, "action": "correct"}`)
	cloudMessage(t, c.call(t, "POST", quotasPath+"/aup01", body, http.StatusConflict))
	c.answers(t, "GET", quotasPath+"/aup01?limit=1", "", http.StatusOK, `{"recent_transactions": [{"transaction_type": "correction", "amount": -900, "description": "a zero too many"}]}`)
	for _, bad := range []string{`{"action": "correct"}`, `{"action": "correct", "entry": "x"}`, `{"action": "correct", "entry": 0}`, `{"action": "add", "amount": 1, "entry": 1}`} {
		cloudMessage(t, c.call(t, "POST", quotasPath+"/aup01", bad, http.StatusBadRequest))
	}
	cloudMessage(t, c.call(t, "POST", quotasPath+"/aup02", body, http.StatusNotFound))
}

// What cannot be read is 400, with error and message; who may not is refused before.
func TestCloudQuotaRefusals(t *testing.T) {
	c := newQuotaPages(t)
	for path, bodies := range map[string][]string{
		"/aup01": {
			``, `[]`, `{}`, `{"amount": 1.5}`, `{"amount": "5"}`, `{"amount": 1e99}`, `{"amount": null}`, `{"amount": -1}`, `{"action": "take", "amount": 1}`,
			`{"action": 5, "amount": 1}`, `{"action": "deduct", "amount": 0}`, `{"action": "deduct", "amount": 101}`, `{"amount": 5, "more": 1}`,
			`{"action": "set_unlimited", "unlimited": 1}`, `{"amount": 1, "description": "` + strings.Repeat("x", 501) + `"}`,
		},
		"/batch": {`{}`, `{"users": []}`, `{"users": {}}`, `{"users": [5]}`, `{"users": [{"username": "aup01"}]}`, `{"users": [{"username": 5, "amount": 1}]}`},
	} {
		for _, body := range bodies {
			cloudMessage(t, c.call(t, "POST", quotasPath+path, body, http.StatusBadRequest))
		}
	}
	cloudMessage(t, c.call(t, "POST", quotasPath+"/nobody", `{"amount": 5}`, http.StatusNotFound))
	cloudMessage(t, c.call(t, "GET", quotasPath+"/nobody", "", http.StatusNotFound))
	cloudMessage(t, c.call(t, "GET", quotasPath+"/aup01?limit=0", "", http.StatusBadRequest))
	one := httpapitest.Bearer(c.Token(c.UserNamed("aup01")))
	for path, status := range map[string]int{"": 403, "/aup01": 200, "/aup02": 403, "/nobody": 403} {
		if w := c.Do("GET", quotasPath+path, "", one); w.Code != status {
			t.Errorf("%q of a person: %d %s", path, w.Code, w.Body)
		}
	}
	if w := c.Do("POST", quotasPath+"/aup01", `{"amount": 5000}`, one); w.Code != http.StatusForbidden {
		t.Errorf("a person sets their own: %d", w.Code)
	}
}

// A start that costs too much is refused by every way, in words for programs and people.
func TestCloudQuotaAtAStart(t *testing.T) {
	c := newQuotaPages(t)
	w := c.call(t, "POST", "/hub/api/users/aup01/server", `{"runtime_minutes": 51}`, http.StatusForbidden)
	httpapitest.Contains(t, w.Body.Bytes(), `{"message": "Cannot start: aup01 has 100 credits left, and 51 minutes cost 102: ask for 50 minutes or fewer. It is possible again when somebody who may has added to the quota."}`)
	c.call(t, "POST", "/hub/api/users/aup01/server", `{"runtime_minutes": 50}`, http.StatusAccepted)
	c.answers(t, "GET", quotasPath+"/aup01", "", http.StatusOK, `{"balance": 100, "available": 0, "running": [{"server_name": "", "spent": "0", "held": "100", "rate": 2}]}`)
}

// Who is made with a quota has it; a column of a file sets that of who is there.
func TestCloudQuotaOfThoseWhoAreMade(t *testing.T) {
	c := newQuotaPages(t)
	c.answers(t, "POST", "/hub/admin/api/provision-users", `{"users": [{"username": "new1"}], "admin": false, "force_change": true, "quota": {"amount": 7}}`, http.StatusOK,
		`{"results": [{"username": "new1", "status": "success", "quota_set": true}]}`)
	c.answers(t, "GET", quotasPath+"/new1", "", http.StatusOK, `{"balance": 7}`)
	c.answers(t, "POST", "/hub/admin/api/provision-users", `{"users": [{"username": "new2"}], "quota": {"unlimited": true}}`, http.StatusOK, `{"results": [{"quota_set": true}]}`)
	c.answers(t, "GET", quotasPath+"/new2", "", http.StatusOK, `{"unlimited": true}`)
	c.answers(t, "POST", "/hub/api/bulk/users", `{"existing": "change", "users": [{"username": "new1", "quota": 9}, {"username": "aup01", "quota": 8}, {"username": "new3", "quota": -1}]}`, http.StatusOK,
		`{"results": [{"status": "changed"}, {"status": "changed"}, {"status": "created", "warnings": ["Their quota stays as it is: A quota cannot be set below 0"]}]}`)
	c.answers(t, "GET", quotasPath+"?username=new1&username=aup01&username=new3", "", http.StatusOK, `{"users": [{"balance": 8}, {"balance": 9}, {"balance": 100}]}`)
	c.call(t, "POST", "/hub/api/bulk/users", `{"users": [{"username": "new4", "quota": "many"}]}`, http.StatusBadRequest)
}
