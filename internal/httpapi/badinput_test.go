package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/people"
)

// What a hub gets that nobody should send: it is refused, or done whole, and never our fault.
func TestBadInput(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	ann := h.user("ann", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	huge := strings.Repeat("n", 1<<20)
	h.run(t, []scenario{
		{name: "a name of 1 MB in a body", method: "POST", path: "/hub/api/users", body: `{"usernames": ["` + huge + `"]}`, as: []asker{admin}, status: 400, message: "Invalid username"},
		{name: "a name of 1 MB in a path", method: "POST", path: "/hub/api/users/" + huge, as: []asker{admin}, status: 400, message: "Invalid username"},
		{name: "a name of 1 MB to be read", method: "GET", path: "/hub/api/users/" + huge, as: []asker{admin}, status: 404},
		{name: "a name of 1 MB to be given", method: "PATCH", path: "/hub/api/users/ann", body: `{"name": "` + huge + `"}`, as: []asker{admin}, status: 400, message: "Invalid username"},
		{name: "a group of 1 MB", method: "POST", path: "/hub/api/groups/" + huge, as: []asker{admin}, status: 400, message: "Invalid group name"},
		{name: "a server of 1 MB", method: "POST", path: "/hub/api/users/ann/servers/" + huge, as: []asker{admin}, status: 400, message: "Invalid server_name"},
		{name: "a service of 1 MB", method: "POST", path: "/hub/api/services/" + huge, body: `{}`, as: []asker{admin}, status: 400},
		{name: "a note of half a MB", method: "POST", path: "/hub/api/users/ann/tokens", body: `{"note": "` + huge[:1<<19] + `"}`, as: []asker{admin}, status: 400},
		{name: "a scope of half a MB", method: "POST", path: "/hub/api/users/ann/tokens", body: `{"scopes": ["` + huge[:1<<19] + `"]}`, as: []asker{admin}, status: 400},
		{name: "a filter of 1 MB", method: "GET", path: "/hub/api/users?name_filter=" + huge, as: []asker{admin}, status: 200},
		{name: "a login of 1 MB", method: "POST", path: "/hub/api/authorizations/token", body: `{"username": "` + huge + `", "password": "x"}`, status: 413},

		{name: "what is no UTF-8", method: "POST", path: "/hub/api/users", body: "{\"usernames\": [\"\xff\"]}", as: []asker{admin}, status: 400, message: badJSON},
		{name: "half a character in an escape", method: "POST", path: "/hub/api/users", body: `{"usernames": ["\ud800"]}`, as: []asker{admin}, status: 201},
		{name: "a key given twice counts once, the last", method: "POST", path: "/hub/api/users", body: `{"usernames": ["first"], "usernames": ["second"]}`, as: []asker{admin}, status: 201},
		{name: "and so it was done", method: "GET", path: "/hub/api/users/first", as: []asker{admin}, status: 404},

		{name: "an offset below nothing", method: "GET", path: "/hub/api/users?offset=-1", as: []asker{admin}, status: 200},
		{name: "an offset beyond everybody", method: "GET", path: "/hub/api/users?offset=9223372036854775807", as: []asker{admin}, status: 200},
		{name: "an offset beyond a number", method: "GET", path: "/hub/api/users?offset=9223372036854775808", as: []asker{admin}, status: 400, message: "integers"},
		{name: "a limit below nothing", method: "GET", path: "/hub/api/users?limit=-5", as: []asker{admin}, status: 200},
		{name: "a limit beyond all", method: "GET", path: "/hub/api/users?limit=9223372036854775807", as: []asker{admin}, status: 200},
		{name: "groups likewise", method: "GET", path: "/hub/api/groups?offset=-9223372036854775807&limit=9223372036854775807", as: []asker{admin}, status: 200},
		{name: "groups beyond a number", method: "GET", path: "/hub/api/groups?offset=-9223372036854775809", as: []asker{admin}, status: 400, message: "integers"},

		{name: "a token in the URL is nobody's", method: "GET", path: "/hub/api/user?token=" + h.token(root), status: 403},
		{name: "and adds nothing to somebody's", method: "GET", path: "/hub/api/users?token=" + h.token(root), as: []asker{person}, status: 403},
	})
	if n := strings.Count(h.log.String(), strings.Repeat("n", 4096)); n > 0 {
		t.Errorf("the log repeats what was sent %d times", n)
	}
}

// 100,000 names in a request are refused with none of them done, where they are. (That they are done shows e2e.)
func TestAHundredThousandNamesRefused(t *testing.T) {
	h := newTestHub(t)
	admin := bearer(h.token(h.user("root", true)))
	names := make([]string, people.MaxNames+1)
	for i := range names {
		names[i] = fmt.Sprintf("u%06d", i)
	}
	body := func(list []string) string { return `{"usernames": ["` + strings.Join(list, `","`) + `"]}` }
	h.run(t, []scenario{
		{name: "one too many", method: "POST", path: "/hub/api/users", body: body(names), as: []asker{admin}, status: 413, message: "at most 100000"},
		{name: "none of them", method: "GET", path: "/hub/api/users/u000000", as: []asker{admin}, status: 404},
		{name: "a bad one at the end", method: "POST", path: "/hub/api/users", body: body(append(names[:people.MaxNames-1:people.MaxNames-1], "a/b")), as: []asker{admin}, status: 400, message: "a/b"},
		{name: "none of them either", method: "GET", path: "/hub/api/users/u000000", as: []asker{admin}, status: 404},
	})
}
