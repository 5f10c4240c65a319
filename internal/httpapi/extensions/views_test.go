package extensions_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// G14: a view that is saved under a name follows its person, and is nobody else's.
func TestViews(t *testing.T) {
	h := httpapitest.New(t)
	root, other := h.User("root", true), h.User("other", true)
	admin, second := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(other))
	person := httpapitest.Bearer(h.Token(h.User("ann", false)))
	const path = "/hub/api/user/views"
	term := path + "/" + url.PathEscape("end of term")
	scenario := func(name, method, path, body string, status int, want string, as ...httpapitest.Asker) httpapitest.Scenario {
		x := httpapitest.Scenario{Name: name, Method: method, Path: path, Body: body, Status: status, As: as}
		if status < 300 {
			x.Want = want
		} else {
			x.Message = want
		}
		return x
	}
	h.Run(t, []httpapitest.Scenario{
		scenario("nobody", "GET", path, "", 403, httpapitest.NoCredentials),
		scenario("without a list of people", "GET", path, "", 403, "list:users", person),
		scenario("without one, not JSON", "PUT", term, "{", 403, "list:users", person),
		scenario("not JSON", "PUT", term, "{", 400, httpapitest.BadJSON, admin),
		scenario("no query", "PUT", term, "{}", 400, "must say the query", admin),
		scenario("an unknown key", "PUT", term, `{"query": "", "colour": 1}`, 400, "colour", admin),
		scenario("no text", "PUT", term, `{"query": 1}`, 400, "query", admin),
		scenario("a long query", "PUT", term, `{"query": "`+strings.Repeat("x", hub.MaxViewQuery+1)+`"}`, 400, "at most 2000 characters", admin),
		scenario("a line break", "PUT", term, `{"query": "a\nb"}`, 400, "can be seen", admin),
		scenario("a long name", "PUT", path+"/"+strings.Repeat("x", hub.MaxViewName+1), `{"query": ""}`, 400, "1 to 64 characters", admin),
		scenario("kept", "PUT", term, `{"query": "q=active:>180d&sort=-last_activity"}`, 200, `{"name": "end of term", "query": "q=active:>180d&sort=-last_activity"}`, admin),
		scenario("kept anew", "PUT", term, `{"query": "q=never"}`, 200, `{"query": "q=never"}`, admin),
		scenario("another's", "DELETE", term, "", 404, "", second),
		scenario("nobody else's", "GET", path, "", 200, `{"views": []}`, second),
	})
	if w := h.Do("GET", path, "", admin); !strings.Contains(w.Body.String(), `"name":"end of term","query":"q=never"`) {
		t.Errorf("they are %s", w.Body)
	}
	for i := range hub.MaxViews - 1 {
		if w := h.Do("PUT", fmt.Sprintf("%s/%d", path, i), `{"query": ""}`, admin); w.Code != 200 {
			t.Fatalf("view %d: %d %s", i, w.Code, w.Body)
		}
	}
	h.Run(t, []httpapitest.Scenario{
		scenario("one too many", "PUT", path+"/more", `{"query": ""}`, 429, "Delete one first", admin),
		scenario("one that there is", "PUT", term, `{"query": ""}`, 200, `{}`, admin),
		scenario("deleted", "DELETE", term, "", 204, "", admin),
		scenario("and gone", "DELETE", term, "", 404, "", admin),
	})
}
