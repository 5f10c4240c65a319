package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

func TestBulkUsers(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const path = "/hub/api/bulk/users"
	once := header("Idempotency-Key", "once")
	post := func(name, body string, status int, rest scenario, as ...asker) scenario {
		rest.name, rest.method, rest.path, rest.body, rest.status, rest.as = name, "POST", path, body, status, as
		return rest
	}
	h.run(t, []scenario{
		post("nobody", `{"users": []}`, 403, scenario{message: noCredentials}),
		post("a person", `{"users": []}`, 403, scenario{message: "admin:users"}, person),
		post("a person, not JSON", `{`, 403, scenario{message: "admin:users"}, person),
		post("not JSON", `{`, 400, scenario{message: badJSON}, admin),
		post("no list", `{"users": {}}`, 400, scenario{message: "users must be a list"}, admin),
		post("an unknown key", `{"users": [], "colour": 1}`, 400, scenario{message: "colour"}, admin),
		post("an unknown key in a row", `{"users": [{"username": "a"}, {"username": "b", "Admin": true}]}`, 400, scenario{message: "users: row 2: Invalid JSON keys: 'Admin'"}, admin),
		post("a row without a name", `{"users": [{"admin": true}]}`, 400, scenario{message: "row 1: it has no username"}, admin),
		post("a row that is none", `{"users": ["a"]}`, 400, scenario{message: "row 1 must be an object"}, admin),
		post("two secrets", `{"users": [{"username": "a", "password": "x", "password_hash": "y"}]}`, 400, scenario{message: "both"}, admin),
		post("a bad key", `{"users": []}`, 400, scenario{message: "printable"}, admin, header("Idempotency-Key", "\x7f")),
		post("a long key", `{"users": []}`, 400, scenario{message: "too long"}, admin, header("Idempotency-Key", strings.Repeat("k", 129))),
		post("said before it is done", `{"dry_run": true, "users": [{"username": "bob", "password": "a long password"}, {"username": "cy", "password": "short"}, {"username": "ann"}]}`, 200,
			scenario{want: `{"counts": {"created": 1, "failed": 1, "exists": 1}}`}, admin, once),
		{name: "and not done", method: "GET", path: "/hub/api/users/bob", as: []asker{admin}, status: 404},
		post("none", `{"users": []}`, 200, scenario{want: `{"results": [], "counts": {}}`}, admin),
		post("some, and what becomes of each", `{"users": [{"username": " Bob "}, {"username": "bob"}, {"username": "a/b"}, {"username": "ann", "admin": true},
			{"username": "cy", "admin": true, "groups": ["x", "y"]}, {"username": "dan", "password": "short"}, {"username": "eve", "quota": 5}]}`, 200,
			scenario{want: `{"counts": {"created": 3, "exists": 1, "failed": 3}}`}, admin, once),
		post("again under the same key", `{"users": [{"username": " Bob "}, {"username": "bob"}, {"username": "a/b"}, {"username": "ann", "admin": true},
			{"username": "cy", "admin": true, "groups": ["x", "y"]}, {"username": "dan", "password": "short"}, {"username": "eve", "quota": 5}]}`, 200,
			scenario{want: `{"counts": {"created": 3, "exists": 1, "failed": 3}}`}, admin, once),
		post("something else under the same key", `{"users": [{"username": "zed"}]}`, 409, scenario{message: "Idempotency-Key"}, admin, once),
		{name: "in groups that were made", method: "GET", path: "/hub/api/users/cy", as: []asker{admin}, status: 200, want: `{"admin": true, "groups": ["x", "y"], "password": "unset"}`},
		{name: "left alone", method: "GET", path: "/hub/api/users/ann", as: []asker{admin}, status: 200, want: `{"admin": false}`},
		post("change", `{"existing": "change", "users": [{"username": "ann", "admin": true}, {"username": "cy", "groups": ["x"]}, {"username": "bob", "admin": false}]}`, 200,
			scenario{want: `{"counts": {"changed": 2, "unchanged": 1}}`}, admin),
		post("change to what it is", `{"existing": "change", "users": [{"username": "ann", "admin": true}, {"username": "cy", "groups": ["x"], "admin": true}]}`, 200,
			scenario{want: `{"counts": {"unchanged": 2}}`}, admin),
		post("no groups are made", `{"make_groups": false, "users": [{"username": "fay", "groups": ["new"]}]}`, 200,
			scenario{want: `{"results": [{"username": "fay", "status": "failed", "message": "There is no group new"}]}`}, admin),
		post("a bad word for those who exist", `{"existing": "replace", "users": []}`, 400, scenario{message: "keep or change"}, admin),
	})
	var rows []string
	for i := range access.MaxBulk + 1 {
		rows = append(rows, fmt.Sprintf(`{"username": "u%d"}`, i))
	}
	h.run(t, []scenario{
		post("too many", `{"users": [`+strings.Join(rows, ",")+`]}`, 413, scenario{message: "at most 10000"}, admin),
		post("as many as may be", `{"users": [`+strings.Join(rows[1:], ",")+`]}`, 200, scenario{want: `{"counts": {"created": 10000}}`}, admin),
	})
}

func TestBulkPasswordsAndDelete(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	h.user("bob", false)
	visit := h.browser(ann)
	h.run(t, []scenario{
		{name: "for a person", method: "POST", path: "/hub/api/bulk/users/passwords", body: `{"users": []}`, as: []asker{person}, status: 403},
		{
			name: "passwords", method: "POST", path: "/hub/api/bulk/users/passwords", as: []asker{admin}, status: 200,
			body: `{"users": [{"username": "ANN", "password": "a long password"}, {"username": "zed", "password": "a long password"}, {"username": "bob"}]}`,
			want: `{"results": [{"username": "ann", "status": "changed"}, {"username": "zed", "status": "not_found"},
				{"username": "bob", "status": "failed", "message": "The row gives no password"}], "counts": {"changed": 1, "not_found": 1, "failed": 1}}`,
		},
		{name: "it has to be changed", method: "GET", path: "/hub/api/users/ann", as: []asker{admin}, status: 200, want: `{"password": "set", "must_change_password": true}`},
		{name: "and the session has ended", method: "GET", path: "/hub/api/user", as: []asker{visit}, status: 403},
		{name: "the token goes on", method: "GET", path: "/hub/api/user", as: []asker{person}, status: 200},
		{
			name: "delete, said before it is done", method: "POST", path: "/hub/api/bulk/users/delete", as: []asker{admin}, status: 200,
			body: `{"dry_run": true, "usernames": ["ann", "root", "zed"]}`, want: `{"counts": {"deleted": 1, "failed": 1, "not_found": 1}}`,
		},
		{
			name: "delete", method: "POST", path: "/hub/api/bulk/users/delete", as: []asker{admin}, status: 200,
			body: `{"usernames": ["ann", "root", "zed", "bob", "Bob"]}`,
			want: `{"results": [{"username": "ann", "status": "deleted"}, {"username": "root", "status": "failed", "message": "Cannot delete yourself!"},
				{"username": "zed", "status": "not_found"}, {"username": "bob", "status": "deleted"}, {"username": "bob", "status": "failed", "message": "bob is named twice in this request"}]}`,
		},
		{name: "gone, and the token with them", method: "GET", path: "/hub/api/user", as: []asker{person}, status: 403},
		{name: "delete what is no list of names", method: "POST", path: "/hub/api/bulk/users/delete", as: []asker{admin}, status: 400, body: `{"usernames": [1]}`, message: "item 1"},
	})
}

func TestBulkServers(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	ann := h.user("ann", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	h.user("bob", false)
	start := func(name, body string, want string, as asker) scenario {
		return scenario{name: name, method: "POST", path: "/hub/api/bulk/servers/start", body: body, as: []asker{as}, status: http.StatusOK, want: want}
	}
	h.run(t, []scenario{
		start("said before it is done", `{"dry_run": true, "servers": [{"username": "ann"}, {"username": "zed"}]}`, `{"counts": {"started": 1, "not_found": 1}}`, admin),
		start("some", `{"servers": [{"username": "ann"}, {"username": "bob", "server_name": "gpu", "options": {"profile": "big"}}, {"username": "zed"}, {"username": "ann"},
			{"username": "bob", "server_name": "Bad Name"}]}`,
			`{"counts": {"started": 2, "not_found": 1, "failed": 2}}`, admin),
		start("again", `{"servers": [{"username": "ann"}]}`, `{"counts": {"running": 1}}`, admin),
		start("one's own, and another's", `{"servers": [{"username": "ann", "server_name": "own"}, {"username": "bob"}]}`, `{"counts": {"started": 1, "not_found": 1}}`, person),
		start("options too large", `{"servers": [{"username": "ann", "server_name": "big", "options": {"a": "`+strings.Repeat("a", 65<<10)+`"}}]}`, `{"counts": {"failed": 1}}`, admin),
		{name: "leave no record behind", method: "GET", path: "/hub/api/users/ann/servers/big", as: []asker{admin}, status: 404},
		{name: "options that are none", method: "POST", path: "/hub/api/bulk/servers/start", body: `{"servers": [{"username": "ann", "options": 1}]}`, as: []asker{admin}, status: 400, message: "row 1: options must be an object"},
		{name: "options where there are none", method: "POST", path: "/hub/api/bulk/servers/stop", body: `{"servers": [{"username": "ann", "options": {}}]}`, as: []asker{admin}, status: 400, message: "options"},
		{
			name: "stop", method: "POST", path: "/hub/api/bulk/servers/stop", as: []asker{admin}, status: 200,
			body: `{"servers": [{"username": "ann"}, {"username": "root"}, {"username": "bob", "server_name": "none"}, {"username": "bob", "server_name": "gpu"}]}`,
			want: `{"counts": {"stopped": 2, "not_running": 1, "not_found": 1}}`,
		},
	})
}

func TestAudit(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	admin := bearer(h.token(root))
	h.run(t, []scenario{
		{name: "something to record", method: "POST", path: "/hub/api/bulk/users", body: `{"users": [{"username": "u1"}, {"username": "u2"}, {"username": "u3"}]}`, as: []asker{admin}, status: 200},
		{name: "and more", method: "PATCH", path: "/hub/api/users/u1", body: `{"admin": true}`, as: []asker{admin}, status: 200},
		{name: "for a person", method: "GET", path: "/hub/api/audit", as: []asker{bearer(h.token(ann))}, status: 403, message: "read:audit"},
		{name: "for a person, badly asked", method: "GET", path: "/hub/api/audit?limit=x", as: []asker{bearer(h.token(ann))}, status: 403},
		{name: "for a token that may", method: "GET", path: "/hub/api/audit", as: []asker{bearer(h.token(root, "read:audit"))}, status: 200},
		{name: "a bad limit", method: "GET", path: "/hub/api/audit?limit=0", as: []asker{admin}, status: 400, message: "limit"},
		{name: "a bad time", method: "GET", path: "/hub/api/audit?since=yesterday", as: []asker{admin}, status: 400, message: "since"},
		{name: "an unknown filter", method: "GET", path: "/hub/api/audit?who=root", as: []asker{admin}, status: 400, message: "Unknown filter 'who'"},
		{name: "none", method: "GET", path: "/hub/api/audit?actor=nobody", as: []asker{admin}, status: 200, want: `{"items": [], "next": null}`},
	})
	page := func(query string) auditPage {
		t.Helper()
		return jsonBody[auditPage](t, h.do("GET", "/hub/api/audit?"+query, "", admin))
	}
	first := page("action=user.&actor=root&limit=3")
	if len(first.Items) != 3 || first.Next == nil {
		t.Fatalf("the first page is %+v", first)
	}
	change := first.Items[0]
	if change.Action != "user.change" || change.Target != (auditName{"user", "u1"}) || string(change.After) != `{"admin":true,"name":"u1","suspended":false}` {
		t.Errorf("the newest entry is %+v", change)
	}
	second := page(fmt.Sprintf("action=user.&actor=root&limit=3&before=%d", first.Next.Before))
	if len(second.Items) != 1 || second.Next != nil || second.Items[0].Target.Name != "u1" || second.Items[0].Action != "user.create" {
		t.Errorf("the second page is %+v", second)
	}
	if diff := cmp.Diff(second.Items[0].RequestID, first.Items[1].RequestID); diff != "" {
		t.Errorf("what one request did does not go together:\n%s", diff)
	}
}

// Work that nobody waits for is answered with its job, which its owner and administrators see.
func TestBulkWithoutWaiting(t *testing.T) {
	h := newTestHub(t)
	root, ann, ben := h.user("root", true), h.user("ann", false), h.user("ben", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	later := func(r *http.Request) { r.Header.Set("Prefer", "handling=strict, respond-async") }
	w := h.do("POST", "/hub/api/bulk/servers/start", `{"servers": [{"username": "ann"}, {"username": "ben"}]}`, person, later)
	job := jsonBody[jobModel](t, w)
	if w.Code != http.StatusAccepted || job.Total != 2 || w.Header().Get("Location") != fmt.Sprintf("/hub/api/bulk/jobs/%d", job.ID) {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for deadline := 1000; job.State != hub.JobDone; deadline-- {
		if deadline == 0 {
			t.Fatal("it is not done within 10 s")
		}
		time.Sleep(10 * time.Millisecond)
		job = jsonBody[jobModel](t, h.do("GET", w.Header().Get("Location"), "", person))
	}
	path := w.Header().Get("Location")
	h.run(t, []scenario{
		{name: "done", method: "GET", path: path, as: []asker{person}, status: 200, want: `{"kind": "start:servers", "state": "done", "total": 2, "done": 2, "next": null,
			"results": [{"row": 0, "username": "ann", "status": "started"}, {"row": 1, "username": "ben", "status": "not_found"}]}`},
		{name: "a part", method: "GET", path: path + "?limit=1", as: []asker{admin}, status: 200, want: `{"next": 1, "results": [{"row": 0, "username": "ann", "status": "started"}]}`},
		{name: "the rest", method: "GET", path: path + "?from=1", as: []asker{admin}, status: 200, want: `{"next": null, "results": [{"row": 1, "username": "ben", "status": "not_found"}]}`},
		{name: "how far alone", method: "GET", path: path + "?limit=0", as: []asker{admin}, status: 200, want: `{"done": 2, "results": []}`},
		{name: "another's", method: "GET", path: path, as: []asker{bearer(h.token(ben))}, status: 404},
		{name: "none", method: "GET", path: "/hub/api/bulk/jobs/4711", as: []asker{admin}, status: 404},
		{name: "no number", method: "GET", path: "/hub/api/bulk/jobs/x", as: []asker{admin}, status: 404},
		{name: "a bad row", method: "GET", path: path + "?from=x", as: []asker{admin}, status: 400, message: "from"},
		{name: "nobody", method: "GET", path: path, as: []asker{anonymous}, status: 403},
		{name: "its audit entries", method: "GET", path: fmt.Sprintf("/hub/api/audit?job=%d", job.ID), as: []asker{admin}, status: 200},
		{name: "no job", method: "GET", path: "/hub/api/audit?job=x", as: []asker{admin}, status: 400, message: "job"},
	})
	page := jsonBody[auditPage](t, h.do("GET", fmt.Sprintf("/hub/api/audit?job=%d", job.ID), "", admin))
	if len(page.Items) != 1 || page.Items[0].Action != "server.start" || page.Items[0].Job == nil || *page.Items[0].Job != job.ID {
		t.Errorf("the entries are %+v", page.Items)
	}
	if w := h.do("POST", "/hub/api/bulk/servers/start", `{"dry_run": true, "servers": []}`, person, later); w.Code != http.StatusBadRequest {
		t.Errorf("a dry run that is not waited for: %d", w.Code)
	}
}

// A filter stands for the rows, with the number that was confirmed.
func TestBulkByFilter(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	admin, person := bearer(h.token(root)), bearer(h.token(h.user("ann", false)))
	h.user("student-1", false)
	h.user("student-2", false)
	del := func(name, body string, status int, rest scenario, as asker) scenario {
		rest.name, rest.method, rest.path, rest.body, rest.status, rest.as = name, "POST", "/hub/api/bulk/users/delete", body, status, []asker{as}
		return rest
	}
	h.run(t, []scenario{
		del("for a person", `{"filter": {"name": "student"}, "confirmed": 2}`, 403, scenario{}, person),
		del("both", `{"filter": {"name": "student"}, "confirmed": 2, "usernames": []}`, 400, scenario{message: "one of both"}, admin),
		del("not confirmed", `{"filter": {"name": "student"}}`, 400, scenario{message: "confirmed"}, admin),
		del("confirmed without a filter", `{"usernames": [], "confirmed": 2}`, 400, scenario{message: "confirmed"}, admin),
		del("everybody", `{"filter": {}, "confirmed": 100}`, 400, scenario{message: "must say something"}, admin),
		del("an unknown key", `{"filter": {"names": "x"}, "confirmed": 2}`, 400, scenario{message: "names"}, admin),
		del("an unknown state", `{"filter": {"state": "asleep"}, "confirmed": 2}`, 400, scenario{message: "asleep"}, admin),
		del("no object", `{"filter": "all", "confirmed": 2}`, 400, scenario{message: "filter"}, admin),
		del("foreseen", `{"filter": {"name": "student"}, "dry_run": true}`, 200, scenario{want: `{"counts": {"deleted": 2}}`}, admin),
		del("more than were confirmed", `{"filter": {"name": "student"}, "confirmed": 1}`, 409, scenario{message: "There are 2 now"}, admin),
		del("as many", `{"filter": {"name": "student"}, "confirmed": 2}`, 200, scenario{want: `{"counts": {"deleted": 2}}`}, admin),
		{name: "stop what runs", method: "POST", path: "/hub/api/bulk/servers/stop", body: `{"filter": {"state": "active"}, "confirmed": 0}`, as: []asker{admin}, status: 200, want: `{"counts": {}, "results": []}`},
	})
}
