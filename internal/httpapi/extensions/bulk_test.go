package extensions_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/extensions"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestBulkUsers(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	const path = "/hub/api/bulk/users"
	once := httpapitest.Header("Idempotency-Key", "once")
	post := func(name, body string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", path, body, status, as
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		post("nobody", `{"users": []}`, 403, httpapitest.Scenario{Message: httpapitest.NoCredentials}),
		post("a person", `{"users": []}`, 403, httpapitest.Scenario{Message: "admin:users"}, person),
		post("a person, not JSON", `{`, 403, httpapitest.Scenario{Message: "admin:users"}, person),
		post("not JSON", `{`, 400, httpapitest.Scenario{Message: httpapitest.BadJSON}, admin),
		post("no list", `{"users": {}}`, 400, httpapitest.Scenario{Message: "users must be a list"}, admin),
		post("an unknown key", `{"users": [], "colour": 1}`, 400, httpapitest.Scenario{Message: "colour"}, admin),
		post("an unknown key in a row", `{"users": [{"username": "a"}, {"username": "b", "Admin": true}]}`, 400, httpapitest.Scenario{Message: "users: row 2: Invalid JSON keys: 'Admin'"}, admin),
		post("a row without a name", `{"users": [{"admin": true}]}`, 400, httpapitest.Scenario{Message: "row 1: it has no username"}, admin),
		post("a row that is none", `{"users": ["a"]}`, 400, httpapitest.Scenario{Message: "row 1 must be an object"}, admin),
		post("two secrets", `{"users": [{"username": "a", "password": "x", "password_hash": "y"}]}`, 400, httpapitest.Scenario{Message: "both"}, admin),
		post("a bad key", `{"users": []}`, 400, httpapitest.Scenario{Message: "printable"}, admin, httpapitest.Header("Idempotency-Key", "\x7f")),
		post("a long key", `{"users": []}`, 400, httpapitest.Scenario{Message: "too long"}, admin, httpapitest.Header("Idempotency-Key", strings.Repeat("k", 129))),
		post("said before it is done", `{"dry_run": true, "users": [{"username": "bob", "password": "a long password"}, {"username": "cy", "password": "short"}, {"username": "ann"}]}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"created": 1, "failed": 1, "exists": 1}}`}, admin, once),
		{Name: "and not done", Method: "GET", Path: "/hub/api/users/bob", As: []httpapitest.Asker{admin}, Status: 404},
		post("none", `{"users": []}`, 200, httpapitest.Scenario{Want: `{"results": [], "counts": {}}`}, admin),
		post("some, and what becomes of each", `{"users": [{"username": " Bob "}, {"username": "bob"}, {"username": "a/b"}, {"username": "ann", "admin": true},
			{"username": "cy", "admin": true, "groups": ["x", "y"]}, {"username": "dan", "password": "short"}, {"username": "eve", "quota": 5}]}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"created": 3, "exists": 1, "failed": 3}}`}, admin, once),
		post("again under the same key", `{"users": [{"username": " Bob "}, {"username": "bob"}, {"username": "a/b"}, {"username": "ann", "admin": true},
			{"username": "cy", "admin": true, "groups": ["x", "y"]}, {"username": "dan", "password": "short"}, {"username": "eve", "quota": 5}]}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"created": 3, "exists": 1, "failed": 3}}`}, admin, once),
		post("something else under the same key", `{"users": [{"username": "zed"}]}`, 409, httpapitest.Scenario{Message: "Idempotency-Key"}, admin, once),
		{Name: "in groups that were made", Method: "GET", Path: "/hub/api/users/cy", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"admin": true, "groups": ["x", "y"], "password": "unset"}`},
		{Name: "left alone", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"admin": false}`},
		post("change", `{"existing": "change", "users": [{"username": "ann", "admin": true}, {"username": "cy", "groups": ["x"]}, {"username": "bob", "admin": false}]}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"changed": 2, "unchanged": 1}}`}, admin),
		post("change to what it is", `{"existing": "change", "users": [{"username": "ann", "admin": true}, {"username": "cy", "groups": ["x"], "admin": true}]}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"unchanged": 2}}`}, admin),
		post("no groups are made", `{"make_groups": false, "users": [{"username": "fay", "groups": ["new"]}]}`, 200,
			httpapitest.Scenario{Want: `{"results": [{"username": "fay", "status": "failed", "message": "There is no group new"}]}`}, admin),
		post("a bad word for those who exist", `{"existing": "replace", "users": []}`, 400, httpapitest.Scenario{Message: "keep or change"}, admin),
	})
	var rows []string
	for i := range access.MaxBulk + 1 {
		rows = append(rows, fmt.Sprintf(`{"username": "u%d"}`, i))
	}
	h.Run(t, []httpapitest.Scenario{
		post("too many", `{"users": [`+strings.Join(rows, ",")+`]}`, 413, httpapitest.Scenario{Message: "at most 10000"}, admin),
		post("as many as may be", `{"users": [`+strings.Join(rows[1:], ",")+`]}`, 200, httpapitest.Scenario{Want: `{"counts": {"created": 10000}}`}, admin),
	})
}

func TestBulkPasswordsAndDelete(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	h.User("bob", false)
	visit := h.Browser(ann)
	h.Run(t, []httpapitest.Scenario{
		{Name: "for a person", Method: "POST", Path: "/hub/api/bulk/users/passwords", Body: `{"users": []}`, As: []httpapitest.Asker{person}, Status: 403},
		{
			Name: "passwords", Method: "POST", Path: "/hub/api/bulk/users/passwords", As: []httpapitest.Asker{admin}, Status: 200,
			Body: `{"users": [{"username": "ANN", "password": "a long password"}, {"username": "zed", "password": "a long password"}, {"username": "bob"}]}`,
			Want: `{"results": [{"username": "ann", "status": "changed"}, {"username": "zed", "status": "not_found"},
				{"username": "bob", "status": "failed", "message": "The row gives no password"}], "counts": {"changed": 1, "not_found": 1, "failed": 1}}`,
		},
		{Name: "it has to be changed", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"password": "set", "must_change_password": true}`},
		{Name: "and the session has ended", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{visit}, Status: 403},
		{Name: "the token goes on", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{person}, Status: 200},
		{
			Name: "delete, said before it is done", Method: "POST", Path: "/hub/api/bulk/users/delete", As: []httpapitest.Asker{admin}, Status: 200,
			Body: `{"dry_run": true, "usernames": ["ann", "root", "zed"]}`, Want: `{"counts": {"deleted": 1, "failed": 1, "not_found": 1}}`,
		},
		{
			Name: "delete", Method: "POST", Path: "/hub/api/bulk/users/delete", As: []httpapitest.Asker{admin}, Status: 200,
			Body: `{"usernames": ["ann", "root", "zed", "bob", "Bob"]}`,
			Want: `{"results": [{"username": "ann", "status": "deleted"}, {"username": "root", "status": "failed", "message": "Cannot delete yourself!"},
				{"username": "zed", "status": "not_found"}, {"username": "bob", "status": "deleted"}, {"username": "bob", "status": "failed", "message": "bob is named twice in this request"}]}`,
		},
		{Name: "gone, and the token with them", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "delete what is no list of names", Method: "POST", Path: "/hub/api/bulk/users/delete", As: []httpapitest.Asker{admin}, Status: 400, Body: `{"usernames": [1]}`, Message: "item 1"},
	})
}

// G12, G15: people are suspended, let in again, or have to change their passwords, many at once;
// never whoever asks themselves.
func TestBulkChange(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	h.User("bob", false)
	h.Run(t, []httpapitest.Scenario{{
		Name: "a password", Method: "POST", Path: "/hub/api/bulk/users/passwords", As: []httpapitest.Asker{admin}, Status: 200,
		Body: `{"must_change_password": false, "users": [{"username": "ann", "password": "a long password"}]}`,
	}})
	post := func(name, body string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", "/hub/api/bulk/users/change", body, status, as
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		post("nobody", `{"usernames": []}`, 403, httpapitest.Scenario{Message: httpapitest.NoCredentials}),
		post("a person", `{"usernames": [], "suspended": true}`, 403, httpapitest.Scenario{Message: "admin:users"}, person),
		post("not JSON", `{`, 400, httpapitest.Scenario{Message: httpapitest.BadJSON}, admin),
		post("nothing to change", `{"usernames": []}`, 400, httpapitest.Scenario{Message: "what is to change"}, admin),
		post("an odd truth", `{"usernames": [], "suspended": "yes"}`, 400, httpapitest.Scenario{Message: "suspended"}, admin),
		post("force a change", `{"usernames": ["ann", "bob", "zed"], "must_change_password": true}`, 200, httpapitest.Scenario{
			Want: `{"results": [{"username": "ann", "status": "changed"}, {"username": "bob", "status": "unchanged", "warnings": ["bob has no password that could be changed"]},
				{"username": "zed", "status": "not_found"}]}`,
		}, admin),
		{Name: "it has to be changed", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"must_change_password": true}`},
		post("foreseen", `{"dry_run": true, "filter": {"everybody": true}, "suspended": true}`, 200, httpapitest.Scenario{Want: `{"counts": {"changed": 2, "failed": 1}}`}, admin),
		post("suspend", `{"usernames": ["ann", "root", "Ann"], "suspended": true}`, 200, httpapitest.Scenario{
			Want: `{"results": [{"username": "ann", "status": "changed"}, {"username": "root", "status": "failed", "message": "You cannot suspend yourself"},
				{"username": "ann", "status": "failed", "message": "ann is named twice in this request"}]}`,
		}, admin),
		{Name: "locked out", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{person}, Status: 403},
		post("let in again", `{"filter": {"account": "suspended"}, "confirmed": 1, "suspended": false}`, 200, httpapitest.Scenario{Want: `{"counts": {"changed": 1}}`}, admin),
		{Name: "let in", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"suspended": false}`},
	})
}

// G14: people join a group or leave it, many at once, by their names or by a filter.
func TestBulkMembers(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	h.User("bob", false)
	post := func(name, what, body string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", "/hub/api/bulk/groups/"+what, body, status, as
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "a group", Method: "POST", Path: "/hub/api/groups/class", As: []httpapitest.Asker{admin}, Status: 201},
		post("a person", "add", `{"group": "class", "usernames": ["ann"]}`, 403, httpapitest.Scenario{Message: "groups"}, person),
		post("no group", "add", `{"usernames": ["ann"]}`, 400, httpapitest.Scenario{Message: "name the group"}, admin),
		post("one that is not there", "add", `{"group": "none", "usernames": ["ann"]}`, 404, httpapitest.Scenario{}, admin),
		post("some", "add", `{"group": "class", "usernames": ["ann", "zed"]}`, 200,
			httpapitest.Scenario{Want: `{"results": [{"username": "ann", "status": "changed"}, {"username": "zed", "status": "not_found"}]}`}, admin),
		post("an empty filter", "add", `{"group": "class", "filter": {}, "dry_run": true}`, 400, httpapitest.Scenario{Message: "must say something"}, admin),
		post("everybody", "add", `{"group": "class", "filter": {"everybody": true}, "confirmed": 3}`, 200, httpapitest.Scenario{Want: `{"counts": {"changed": 2, "unchanged": 1}}`}, admin),
		post("all but administrators leave", "remove", `{"group": "class", "filter": {"group": "class", "admin": false}, "confirmed": 2}`, 200,
			httpapitest.Scenario{Want: `{"counts": {"changed": 2}}`}, admin),
		{Name: "who is left", Method: "GET", Path: "/hub/api/groups/class", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"users": ["root"]}`},
	})
}

func TestBulkServers(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	ann := h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	h.User("bob", false)
	start := func(name, body string, want string, as httpapitest.Asker) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "POST", Path: "/hub/api/bulk/servers/start", Body: body, As: []httpapitest.Asker{as}, Status: http.StatusOK, Want: want}
	}
	h.Run(t, []httpapitest.Scenario{
		start("said before it is done", `{"dry_run": true, "servers": [{"username": "ann"}, {"username": "zed"}]}`, `{"counts": {"started": 1, "not_found": 1}}`, admin),
		start("some", `{"servers": [{"username": "ann"}, {"username": "bob", "server_name": "gpu", "options": {"profile": "big"}}, {"username": "zed"}, {"username": "ann"},
			{"username": "bob", "server_name": "Bad Name"}]}`,
			`{"counts": {"started": 2, "not_found": 1, "failed": 2}}`, admin),
		start("again", `{"servers": [{"username": "ann"}]}`, `{"counts": {"running": 1}}`, admin),
		start("one's own, and another's", `{"servers": [{"username": "ann", "server_name": "own"}, {"username": "bob"}]}`, `{"counts": {"started": 1, "not_found": 1}}`, person),
		start("options too large", `{"servers": [{"username": "ann", "server_name": "big", "options": {"a": "`+strings.Repeat("a", 65<<10)+`"}}]}`, `{"counts": {"failed": 1}}`, admin),
		{Name: "leave no record behind", Method: "GET", Path: "/hub/api/users/ann/servers/big", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "options that are none", Method: "POST", Path: "/hub/api/bulk/servers/start", Body: `{"servers": [{"username": "ann", "options": 1}]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "row 1: options must be an object"},
		{Name: "options where there are none", Method: "POST", Path: "/hub/api/bulk/servers/stop", Body: `{"servers": [{"username": "ann", "options": {}}]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "options"},
		{
			Name: "stop", Method: "POST", Path: "/hub/api/bulk/servers/stop", As: []httpapitest.Asker{admin}, Status: 200,
			Body: `{"servers": [{"username": "ann"}, {"username": "root"}, {"username": "bob", "server_name": "none"}, {"username": "bob", "server_name": "gpu"}]}`,
			Want: `{"counts": {"stopped": 2, "not_running": 1, "not_found": 1}}`,
		},
	})
}

func TestAudit(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin := httpapitest.Bearer(h.Token(root))
	h.Run(t, []httpapitest.Scenario{
		{Name: "something to record", Method: "POST", Path: "/hub/api/bulk/users", Body: `{"users": [{"username": "u1"}, {"username": "u2"}, {"username": "u3"}]}`, As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "and more", Method: "PATCH", Path: "/hub/api/users/u1", Body: `{"admin": true}`, As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "for a person", Method: "GET", Path: "/hub/api/audit", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann))}, Status: 403, Message: "read:audit"},
		{Name: "for a person, badly asked", Method: "GET", Path: "/hub/api/audit?limit=x", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann))}, Status: 403},
		{Name: "for a token that may", Method: "GET", Path: "/hub/api/audit", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "read:audit"))}, Status: 200},
		{Name: "a bad limit", Method: "GET", Path: "/hub/api/audit?limit=0", As: []httpapitest.Asker{admin}, Status: 400, Message: "limit"},
		{Name: "a bad time", Method: "GET", Path: "/hub/api/audit?since=yesterday", As: []httpapitest.Asker{admin}, Status: 400, Message: "since"},
		{Name: "an unknown filter", Method: "GET", Path: "/hub/api/audit?who=root", As: []httpapitest.Asker{admin}, Status: 400, Message: "Unknown filter 'who'"},
		{Name: "none", Method: "GET", Path: "/hub/api/audit?actor=nobody", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"items": [], "next": null}`},
	})
	page := func(query string) extensions.AuditPage {
		t.Helper()
		return httpapitest.JSONBody[extensions.AuditPage](t, h.Do("GET", "/hub/api/audit?"+query, "", admin))
	}
	first := page("action=user.&actor=root&limit=3")
	if len(first.Items) != 3 || first.Next == nil {
		t.Fatalf("the first page is %+v", first)
	}
	change := first.Items[0]
	if change.Action != "user.change" || change.Target != (extensions.AuditName{"user", "u1"}) || string(change.After) != `{"admin":true,"name":"u1","suspended":false}` {
		t.Errorf("the newest entry is %+v", change)
	}
	second := page(fmt.Sprintf("action=user.&actor=root&limit=3&before=%d", first.Next.Before))
	if len(second.Items) != 1 || second.Next != nil || second.Items[0].Target.Name != "u1" || second.Items[0].Action != "user.create" {
		t.Errorf("the second page is %+v", second)
	}
	if diff := cmp.Diff(second.Items[0].RequestID, first.Items[1].RequestID); diff != "" {
		t.Errorf("what one request did does not go together:\n%s", diff)
	}
	csv := func(r *http.Request) { r.Header.Set("Accept", "text/csv") }
	w := h.Do("GET", "/hub/api/audit?action=user.&actor=root", "", admin, csv)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if w.Header().Get("Content-Type") != "text/csv; charset=utf-8; header=present" || len(lines) != 5 || !strings.HasPrefix(lines[0], "time,actor_kind,actor,action,") ||
		!strings.Contains(lines[1], "user,root,user.change,user,u1,") {
		t.Errorf("as a file: %v\n%s", w.Header(), w.Body)
	}
	if w := h.Do("GET", "/hub/api/audit?limit=2", "", admin, csv); strings.Count(w.Body.String(), "\n") != 3 {
		t.Errorf("two entries as a file: %s", w.Body)
	}
	if w := h.Do("GET", "/hub/api/audit", "", httpapitest.Bearer(h.Token(ann)), csv); w.Code != http.StatusForbidden {
		t.Errorf("a file for a person: %d", w.Code)
	}
}

// awaitJob looks at a job until it is done.
func awaitJob(h *httpapitest.Hub, path string, as httpapitest.Asker) (w *httptest.ResponseRecorder) {
	h.T.Helper()
	httpapitest.Eventually(h.T, "the job is done", func() bool {
		w = h.Do("GET", path, "", as)
		return httpapitest.JSONBody[extensions.JobModel](h.T, w).State == hub.JobDone
	})
	return w
}

// Work that nobody waits for is answered with its job, which its owner and administrators see.
func TestBulkWithoutWaiting(t *testing.T) {
	h := httpapitest.New(t)
	root, ann, ben := h.User("root", true), h.User("ann", false), h.User("ben", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	later := func(r *http.Request) { r.Header.Set("Prefer", "handling=strict, respond-async") }
	w := h.Do("POST", "/hub/api/bulk/servers/start", `{"servers": [{"username": "ann"}, {"username": "ben"}]}`, person, later)
	job := httpapitest.JSONBody[extensions.JobModel](t, w)
	if w.Code != http.StatusAccepted || job.Total != 2 || w.Header().Get("Location") != fmt.Sprintf("/hub/api/bulk/jobs/%d", job.ID) {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	path := w.Header().Get("Location")
	job = httpapitest.JSONBody[extensions.JobModel](t, awaitJob(h, path, person))
	h.Run(t, []httpapitest.Scenario{
		{Name: "done", Method: "GET", Path: path, As: []httpapitest.Asker{person}, Status: 200, Want: `{"kind": "start:servers", "state": "done", "total": 2, "done": 2, "next": null,
			"results": [{"row": 0, "username": "ann", "status": "started"}, {"row": 1, "username": "ben", "status": "not_found"}]}`},
		{Name: "a part", Method: "GET", Path: path + "?limit=1", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"next": 1, "results": [{"row": 0, "username": "ann", "status": "started"}]}`},
		{Name: "the rest", Method: "GET", Path: path + "?from=1", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"next": null, "results": [{"row": 1, "username": "ben", "status": "not_found"}]}`},
		{Name: "how far alone", Method: "GET", Path: path + "?limit=0", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"done": 2, "results": []}`},
		{Name: "another's", Method: "GET", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ben))}, Status: 404},
		{Name: "none", Method: "GET", Path: "/hub/api/bulk/jobs/4711", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "no number", Method: "GET", Path: "/hub/api/bulk/jobs/x", As: []httpapitest.Asker{admin}, Status: 404, Message: "There is no such job"},
		{Name: "before the first row", Method: "GET", Path: path + "?from=-1", As: []httpapitest.Asker{admin}, Status: 400, Message: "from"},
		{Name: "fewer than none", Method: "GET", Path: path + "?limit=-1", As: []httpapitest.Asker{admin}, Status: 400, Message: "limit"},
		{Name: "call off what is done", Method: "DELETE", Path: path, As: []httpapitest.Asker{person}, Status: 409, Message: "done already"},
		{Name: "call off another's", Method: "DELETE", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ben))}, Status: 404},
		{Name: "call off no number", Method: "DELETE", Path: "/hub/api/bulk/jobs/x", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "call off as nobody", Method: "DELETE", Path: path, As: []httpapitest.Asker{httpapitest.Anonymous}, Status: 403},
		{Name: "one's own", Method: "GET", Path: "/hub/api/bulk/jobs?limit=5", As: []httpapitest.Asker{person}, Status: 200, Want: `{"before": null}`},
		{Name: "those before", Method: "GET", Path: "/hub/api/bulk/jobs?before=1", As: []httpapitest.Asker{person}, Status: 200, Want: `{"jobs": []}`},
		{Name: "nobody else's", Method: "GET", Path: "/hub/api/bulk/jobs", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"jobs": []}`},
		{Name: "nobody's", Method: "GET", Path: "/hub/api/bulk/jobs", As: []httpapitest.Asker{httpapitest.Anonymous}, Status: 403},
		{Name: "an odd place", Method: "GET", Path: "/hub/api/bulk/jobs?before=-1", As: []httpapitest.Asker{admin}, Status: 400, Message: "before"},
		{Name: "an odd number", Method: "GET", Path: "/hub/api/bulk/jobs?limit=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "limit"},
		{Name: "a bad row", Method: "GET", Path: path + "?from=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "from"},
		{Name: "nobody", Method: "GET", Path: path, As: []httpapitest.Asker{httpapitest.Anonymous}, Status: 403},
		{Name: "its audit entries", Method: "GET", Path: fmt.Sprintf("/hub/api/audit?job=%d", job.ID), As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "no job", Method: "GET", Path: "/hub/api/audit?job=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "job"},
	})
	if w := h.Do("GET", "/hub/api/bulk/jobs", "", person); !strings.Contains(w.Body.String(), `"kind":"start:servers","state":"done","total":2,"done":2`) {
		t.Errorf("one's own are %s", w.Body)
	}
	page := httpapitest.JSONBody[extensions.AuditPage](t, h.Do("GET", fmt.Sprintf("/hub/api/audit?job=%d", job.ID), "", admin))
	if len(page.Items) != 2 || page.Items[1].Action != "job.begin" || string(page.Items[1].After) != `{"rows":2}` || page.Items[0].Action != "server.start" || page.Items[0].Job == nil || *page.Items[0].Job != job.ID {
		t.Errorf("the entries are %+v", page.Items)
	}
	if w := h.Do("POST", "/hub/api/bulk/servers/start", `{"dry_run": true, "servers": []}`, person, later); w.Code != http.StatusBadRequest {
		t.Errorf("a dry run that is not waited for: %d", w.Code)
	}
}

// A job that is done says what was asked for, so that whoever finds it can do it again with those who failed.
func TestJobsSayWhatWasAskedFor(t *testing.T) {
	h := httpapitest.New(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.User("ann", false)
	h.Do("POST", "/hub/api/groups/lab", "", admin)
	later := func(r *http.Request) { r.Header.Set("Prefer", "respond-async") }
	for path, c := range map[string]struct{ body, want string }{
		"groups/add":   {`{"group": "lab", "usernames": ["ann"]}`, `{"kind": "join", "group": "lab"}`},
		"users/change": {`{"suspended": true, "usernames": ["ann"]}`, `{"kind": "change", "change": {"suspended": true}}`},
		"servers/stop": {`{"servers": [{"username": "ann"}]}`, `{"kind": "delete:servers"}`},
	} {
		w := h.Do("POST", "/hub/api/bulk/"+path, c.body, admin, later)
		httpapitest.Contains(t, awaitJob(h, w.Header().Get("Location"), admin).Body.Bytes(), c.want)
	}
}

// A filter stands for the rows, with the number that was confirmed.
func TestBulkByFilter(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(h.User("ann", false)))
	h.User("student-1", false)
	h.User("student-2", false)
	del := func(name, body string, status int, rest httpapitest.Scenario, as httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", "/hub/api/bulk/users/delete", body, status, []httpapitest.Asker{as}
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		del("for a person", `{"filter": {"name": "student"}, "confirmed": 2}`, 403, httpapitest.Scenario{}, person),
		del("both", `{"filter": {"name": "student"}, "confirmed": 2, "usernames": []}`, 400, httpapitest.Scenario{Message: "one of both"}, admin),
		del("not confirmed", `{"filter": {"name": "student"}}`, 400, httpapitest.Scenario{Message: "confirmed"}, admin),
		del("confirmed without a filter", `{"usernames": [], "confirmed": 2}`, 400, httpapitest.Scenario{Message: "confirmed"}, admin),
		del("everybody", `{"filter": {}, "confirmed": 100}`, 400, httpapitest.Scenario{Message: "must say something"}, admin),
		del("an unknown key", `{"filter": {"names": "x"}, "confirmed": 2}`, 400, httpapitest.Scenario{Message: "names"}, admin),
		del("an unknown server state", `{"filter": {"server": "on"}, "confirmed": 2}`, 400, httpapitest.Scenario{Message: "server must be"}, admin),
		del("an empty group", `{"filter": {"group": "", "never_seen": true}, "confirmed": 2}`, 400, httpapitest.Scenario{Message: "group is empty"}, admin),
		del("an odd truth", `{"filter": {"admin": "maybe"}, "confirmed": 2}`, 400, httpapitest.Scenario{Message: "admin must be"}, admin),
		del("nobody was suspended", `{"filter": {"account": "suspended", "admin": false, "unseen_for": "1h"}, "confirmed": 2}`, 200, httpapitest.Scenario{}, admin),
		del("an unknown state", `{"filter": {"state": "asleep"}, "confirmed": 2}`, 400, httpapitest.Scenario{Message: "asleep"}, admin),
		del("no object", `{"filter": "all", "confirmed": 2}`, 400, httpapitest.Scenario{Message: "filter"}, admin),
		del("foreseen", `{"filter": {"name": "student"}, "dry_run": true}`, 200, httpapitest.Scenario{Want: `{"counts": {"deleted": 2}}`}, admin),
		del("more than were confirmed", `{"filter": {"name": "student"}, "confirmed": 1}`, 409, httpapitest.Scenario{Message: "There are 2 now"}, admin),
		del("as many", `{"filter": {"name": "student"}, "confirmed": 2}`, 200, httpapitest.Scenario{Want: `{"counts": {"deleted": 2}}`}, admin),
		{Name: "stop what runs", Method: "POST", Path: "/hub/api/bulk/servers/stop", Body: `{"filter": {"state": "active"}, "confirmed": 0}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"counts": {}, "results": []}`},
	})
}
