package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// What a hub gets that nobody should send: it is refused, or done whole, and never our fault.
func TestBadInput(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	ann := h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	huge := strings.Repeat("n", 1<<20)
	h.Run(t, []httpapitest.Scenario{
		{Name: "a name of 1 MB in a body", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["` + huge + `"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username"},
		{Name: "a name of 1 MB in a path", Method: "POST", Path: "/hub/api/users/" + huge, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username"},
		{Name: "a name of 1 MB to be read", Method: "GET", Path: "/hub/api/users/" + huge, As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "a name of 1 MB to be given", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{"name": "` + huge + `"}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username"},
		{Name: "a group of 1 MB", Method: "POST", Path: "/hub/api/groups/" + huge, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid group name"},
		{Name: "a server of 1 MB", Method: "POST", Path: "/hub/api/users/ann/servers/" + huge, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid server_name"},
		{Name: "a service of 1 MB", Method: "POST", Path: "/hub/api/services/" + huge, Body: `{}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "a note of half a MB", Method: "POST", Path: "/hub/api/users/ann/tokens", Body: `{"note": "` + huge[:1<<19] + `"}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "a scope of half a MB", Method: "POST", Path: "/hub/api/users/ann/tokens", Body: `{"scopes": ["` + huge[:1<<19] + `"]}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "a filter of 1 MB", Method: "GET", Path: "/hub/api/users?name_filter=" + huge, As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "a login of 1 MB", Method: "POST", Path: "/hub/api/authorizations/token", Body: `{"username": "` + huge + `", "password": "x"}`, Status: 413},

		{Name: "what is no UTF-8", Method: "POST", Path: "/hub/api/users", Body: "{\"usernames\": [\"\xff\"]}", As: []httpapitest.Asker{admin}, Status: 400, Message: httpapitest.BadJSON},
		{Name: "half a character in an escape", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["\ud800"]}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "a key given twice counts once, the last", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["first"], "usernames": ["second"]}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "and so it was done", Method: "GET", Path: "/hub/api/users/first", As: []httpapitest.Asker{admin}, Status: 404},

		{Name: "an offset below nothing", Method: "GET", Path: "/hub/api/users?offset=-1", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "an offset beyond everybody", Method: "GET", Path: "/hub/api/users?offset=9223372036854775807", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "an offset beyond a number", Method: "GET", Path: "/hub/api/users?offset=9223372036854775808", As: []httpapitest.Asker{admin}, Status: 400, Message: "integers"},
		{Name: "a limit below nothing", Method: "GET", Path: "/hub/api/users?limit=-5", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "a limit beyond all", Method: "GET", Path: "/hub/api/users?limit=9223372036854775807", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "groups likewise", Method: "GET", Path: "/hub/api/groups?offset=-9223372036854775807&limit=9223372036854775807", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "groups beyond a number", Method: "GET", Path: "/hub/api/groups?offset=-9223372036854775809", As: []httpapitest.Asker{admin}, Status: 400, Message: "integers"},

		{Name: "a token in the URL is nobody's", Method: "GET", Path: "/hub/api/user?token=" + h.Token(root), Status: 403},
		{Name: "and adds nothing to somebody's", Method: "GET", Path: "/hub/api/users?token=" + h.Token(root), As: []httpapitest.Asker{person}, Status: 403},
	})
	if n := strings.Count(h.Log.String(), strings.Repeat("n", 4096)); n > 0 {
		t.Errorf("the log repeats what was sent %d times", n)
	}
}

// 100,000 names in a request are refused with none of them done, where they are. (That they are done shows e2e.)
func TestAHundredThousandNamesRefused(t *testing.T) {
	h := httpapitest.New(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	names := make([]string, access.MaxNames+1)
	for i := range names {
		names[i] = fmt.Sprintf("u%06d", i)
	}
	body := func(list []string) string { return `{"usernames": ["` + strings.Join(list, `","`) + `"]}` }
	h.Run(t, []httpapitest.Scenario{
		{Name: "one too many", Method: "POST", Path: "/hub/api/users", Body: body(names), As: []httpapitest.Asker{admin}, Status: 413, Message: "at most 100000"},
		{Name: "none of them", Method: "GET", Path: "/hub/api/users/u000000", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "a bad one at the end", Method: "POST", Path: "/hub/api/users", Body: body(append(names[:access.MaxNames-1:access.MaxNames-1], "a/b")), As: []httpapitest.Asker{admin}, Status: 400, Message: "a/b"},
		{Name: "none of them either", Method: "GET", Path: "/hub/api/users/u000000", As: []httpapitest.Asker{admin}, Status: 404},
	})
}
