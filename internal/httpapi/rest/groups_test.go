package rest_test

import (
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/rest"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestGroups(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	h.User("bob", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	const groups = "/hub/api/groups"
	h.Run(t, []httpapitest.Scenario{
		{Name: "create", Method: "POST", Path: groups + "/Math", Body: `{"users": ["ANN"]}`, As: []httpapitest.Asker{admin}, Status: 201, Want: `{"kind": "group", "name": "Math", "users": ["ann"], "properties": {}, "roles": []}`},
		{Name: "again", Method: "POST", Path: groups + "/Math", As: []httpapitest.Asker{admin}, Status: 409, Message: "Group Math already exists"},
		{Name: "unknown user", Method: "POST", Path: groups + "/art", Body: `{"users": ["zed"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "No such user: zed"},
		{Name: "and it was not made", Method: "GET", Path: groups + "/art", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "properties", Method: "POST", Path: groups + "/art", Body: `{"properties": {}}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid JSON keys"},
		{Name: "several", Method: "POST", Path: groups, Body: `{"groups": ["art", "a b"], "users": ["bob"]}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "one of several there", Method: "POST", Path: groups, Body: `{"groups": ["new", "art"]}`, As: []httpapitest.Asker{admin}, Status: 409},
		{Name: "none of them made", Method: "GET", Path: groups + "/new", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "no groups", Method: "POST", Path: groups, Body: `{}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify at least one group"},
		{Name: "numbers", Method: "POST", Path: groups, Body: `{"groups": [1]}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "empty name", Method: "POST", Path: groups, Body: `{"groups": [""]}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "create for a person", Method: "POST", Path: groups + "/x", Body: `{`, As: []httpapitest.Asker{person}, Status: 403, Message: "requires any of [admin:groups]"},
		{Name: "create with a filter that fits", Method: "POST", Path: groups + "/mine", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:groups!group=mine"))}, Status: 201},
		{Name: "create with another filter", Method: "POST", Path: groups + "/other", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:groups!group=mine"))}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "and gone again", Method: "DELETE", Path: groups + "/mine", As: []httpapitest.Asker{admin}, Status: 204},
		{Name: "list for a person", Method: "GET", Path: groups, As: []httpapitest.Asker{person}, Status: 403},
		{Name: "get", Method: "GET", Path: groups + "/a%20b", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "a b", "users": ["bob"]}`},
		{Name: "get by another spelling", Method: "GET", Path: groups + "/math", As: []httpapitest.Asker{admin}, Status: 404, Message: "Not Found"},
		{Name: "get for a person", Method: "GET", Path: groups + "/Math", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "get with another filter", Method: "GET", Path: groups + "/Math", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "read:groups!group=art"))}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "only the name", Method: "GET", Path: groups + "/Math", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "read:groups:name"))}, Status: 200, Want: `{"kind": "group", "name": "Math"}`},
		{Name: "add", Method: "POST", Path: groups + "/Math/users", Body: `{"users": ["bob", "ann"]}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"users": ["ann", "bob"]}`},
		{Name: "add nobody known", Method: "POST", Path: groups + "/Math/users", Body: `{"users": ["zed"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "No such user"},
		{Name: "add without users", Method: "POST", Path: groups + "/Math/users", Body: `{}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify users to add"},
		{Name: "add without a body", Method: "POST", Path: groups + "/Math/users", As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "add to no such", Method: "POST", Path: groups + "/none/users", Body: `{`, As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "remove", Method: "DELETE", Path: groups + "/Math/users", Body: `{"users": ["ann"]}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"users": ["bob"]}`},
		{Name: "remove again", Method: "DELETE", Path: groups + "/Math/users", Body: `{"users": ["ann"]}`, As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "remove without users", Method: "DELETE", Path: groups + "/Math/users", Body: `{}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify users to delete"},
		{Name: "properties", Method: "PUT", Path: groups + "/Math/properties", Body: `{"a": {"b": [1.50]}}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"properties": {"a": {"b": [1.5]}}}`},
		{Name: "no properties", Method: "PUT", Path: groups + "/Math/properties", Body: `{}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"properties": {}}`},
		{Name: "bad properties", Method: "PUT", Path: groups + "/Math/properties", Body: `[]`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify properties"},
		{Name: "null properties", Method: "PUT", Path: groups + "/Math/properties", Body: `null`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "delete", Method: "DELETE", Path: groups + "/Math", As: []httpapitest.Asker{admin}, Status: 204},
		{Name: "delete again", Method: "DELETE", Path: groups + "/Math", As: []httpapitest.Asker{admin}, Status: 404},
	})
	list := httpapitest.JSONBody[[]map[string]any](t, h.Do("GET", groups, "", admin))
	if len(list) != 2 || list[0]["name"] != "art" {
		t.Errorf("the list is %v", list)
	}
	w := h.Do("GET", groups+"?limit=1", "", admin, httpapitest.Header("Accept", rest.PagedMedia))
	httpapitest.Contains(t, w.Body.Bytes(), `{"_pagination": {"offset": 0, "limit": 1, "total": 2, "next": {"offset": 1, "limit": 1, "url": "http://example.com/hub/api/groups?limit=1&offset=1"}}}`)
}

// G15: pages ask for groups without their members, found and sorted, by part.
func TestG15GroupsForPages(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin, namer := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(root, "list:groups"))
	const groups, body = "/hub/api/groups", `{"users": ["root"]}`
	h.Run(t, []httpapitest.Scenario{
		{Name: "make one", Method: "POST", Path: groups + "/%3Cb%3Elab", Body: body, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "and another", Method: "POST", Path: groups + "/Art", As: []httpapitest.Asker{admin}, Status: 201},
		{
			Name: "one of them", Method: "GET", Path: groups + "/%3Cb%3Elab?members=count", As: []httpapitest.Asker{admin}, Status: 200,
			Want: `{"kind": "group", "name": "<b>lab", "member_count": 1, "roles": [], "properties": {}, "source": "hub", "locked": []}`,
		},
		{Name: "counted otherwise", Method: "GET", Path: groups + "/Art?members=all", As: []httpapitest.Asker{admin}, Status: 400, Message: "members must be 'count'"},
		{Name: "a list counted otherwise", Method: "GET", Path: groups + "?members=", As: []httpapitest.Asker{admin}, Status: 400, Message: "members must be 'count'"},
		{Name: "a bad order", Method: "GET", Path: groups + "?sort=properties", As: []httpapitest.Asker{admin}, Status: 400, Message: "sort must be"},
		{Name: "a filter that is no text", Method: "GET", Path: groups + "?name_filter=%FF", As: []httpapitest.Asker{admin}, Status: 400, Message: "not text"},
		{Name: "an order that tells too much", Method: "GET", Path: groups + "?sort=-members", As: []httpapitest.Asker{namer}, Status: 403, Message: "read:groups"},
		{Name: "add, counted", Method: "POST", Path: groups + "/Art/users?members=count", Body: body, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "Art", "member_count": 1}`},
		{Name: "add, counted otherwise", Method: "POST", Path: groups + "/Art/users?members=x", Body: body, As: []httpapitest.Asker{admin}, Status: 400, Message: "members must be"},
		{Name: "properties, counted", Method: "PUT", Path: groups + "/Art/properties?members=count", Body: `{"a": 1}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"member_count": 1, "properties": {"a": 1}}`},
		{Name: "rename", Method: "PATCH", Path: groups + "/Art?members=count", Body: `{"name": "art"}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "art", "member_count": 1}`},
		{Name: "rename what was renamed", Method: "PATCH", Path: groups + "/Art", Body: `{"name": "x"}`, As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "rename to another's", Method: "PATCH", Path: groups + "/art", Body: `{"name": "<b>lab"}`, As: []httpapitest.Asker{admin}, Status: 409, Message: "already exists"},
		{Name: "rename to nothing", Method: "PATCH", Path: groups + "/art", Body: `{}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify the new name"},
		{Name: "rename by more than a name", Method: "PATCH", Path: groups + "/art", Body: `{"name": "a", "users": []}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "rename for whom it is not", Method: "PATCH", Path: groups + "/art", Body: `{"name": "a"}`, As: []httpapitest.Asker{namer}, Status: 403},
		{Name: "rename, badly, for whom it is not", Method: "PATCH", Path: groups + "/art", Body: `{`, As: []httpapitest.Asker{namer}, Status: 403},
	})
	w := h.Do("GET", groups+"?members=count&sort=-name&name_filter=A&limit=1", "", admin, httpapitest.Header("Accept", rest.PagedMedia))
	httpapitest.Contains(t, w.Body.Bytes(), `{"_pagination": {"offset": 0, "limit": 1, "total": 2, "next": {"offset": 1, "limit": 1,
		"url": "http://example.com/hub/api/groups?limit=1&members=count&name_filter=A&offset=1&sort=-name"}}}`)
	list := httpapitest.JSONBody[[]map[string]any](t, h.Do("GET", groups+"?members=count&sort=name", "", namer))
	if len(list) != 2 || list[0]["name"] != "<b>lab" || list[0]["source"] != "hub" {
		t.Errorf("the list is %v", list)
	}
	for _, key := range []string{"users", "member_count", "properties", "roles"} {
		if _, shown := list[0][key]; shown {
			t.Errorf("who may not see it is shown %s: %v", key, list[0])
		}
	}
}
