package httpapi

import (
	"testing"
)

func TestGroups(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const groups = "/hub/api/groups"
	h.run(t, []scenario{
		{name: "create", method: "POST", path: groups + "/Math", body: `{"users": ["ANN"]}`, as: []asker{admin}, status: 201, want: `{"kind": "group", "name": "Math", "users": ["ann"], "properties": {}, "roles": []}`},
		{name: "again", method: "POST", path: groups + "/Math", as: []asker{admin}, status: 409, message: "Group Math already exists"},
		{name: "unknown user", method: "POST", path: groups + "/art", body: `{"users": ["zed"]}`, as: []asker{admin}, status: 400, message: "No such user: zed"},
		{name: "and it was not made", method: "GET", path: groups + "/art", as: []asker{admin}, status: 404},
		{name: "properties", method: "POST", path: groups + "/art", body: `{"properties": {}}`, as: []asker{admin}, status: 400, message: "Invalid JSON keys"},
		{name: "several", method: "POST", path: groups, body: `{"groups": ["art", "a b"], "users": ["bob"]}`, as: []asker{admin}, status: 201},
		{name: "one of several there", method: "POST", path: groups, body: `{"groups": ["new", "art"]}`, as: []asker{admin}, status: 409},
		{name: "none of them made", method: "GET", path: groups + "/new", as: []asker{admin}, status: 404},
		{name: "no groups", method: "POST", path: groups, body: `{}`, as: []asker{admin}, status: 400, message: "Must specify at least one group"},
		{name: "numbers", method: "POST", path: groups, body: `{"groups": [1]}`, as: []asker{admin}, status: 400},
		{name: "empty name", method: "POST", path: groups, body: `{"groups": [""]}`, as: []asker{admin}, status: 400},
		{name: "create for a person", method: "POST", path: groups + "/x", body: `{`, as: []asker{person}, status: 403, message: "requires any of [admin:groups]"},
		{name: "create with a filter that fits", method: "POST", path: groups + "/mine", as: []asker{bearer(h.token(root, "admin:groups!group=mine"))}, status: 201},
		{name: "create with another filter", method: "POST", path: groups + "/other", as: []asker{bearer(h.token(root, "admin:groups!group=mine"))}, status: 404, message: noAccess},
		{name: "and gone again", method: "DELETE", path: groups + "/mine", as: []asker{admin}, status: 204},
		{name: "list for a person", method: "GET", path: groups, as: []asker{person}, status: 403},
		{name: "get", method: "GET", path: groups + "/a%20b", as: []asker{admin}, status: 200, want: `{"name": "a b", "users": ["bob"]}`},
		{name: "get by another spelling", method: "GET", path: groups + "/math", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "get for a person", method: "GET", path: groups + "/Math", as: []asker{person}, status: 403},
		{name: "get with another filter", method: "GET", path: groups + "/Math", as: []asker{bearer(h.token(root, "read:groups!group=art"))}, status: 404, message: noAccess},
		{name: "only the name", method: "GET", path: groups + "/Math", as: []asker{bearer(h.token(root, "read:groups:name"))}, status: 200, want: `{"kind": "group", "name": "Math"}`},
		{name: "add", method: "POST", path: groups + "/Math/users", body: `{"users": ["bob", "ann"]}`, as: []asker{admin}, status: 200, want: `{"users": ["ann", "bob"]}`},
		{name: "add nobody known", method: "POST", path: groups + "/Math/users", body: `{"users": ["zed"]}`, as: []asker{admin}, status: 400, message: "No such user"},
		{name: "add without users", method: "POST", path: groups + "/Math/users", body: `{}`, as: []asker{admin}, status: 400, message: "Must specify users to add"},
		{name: "add without a body", method: "POST", path: groups + "/Math/users", as: []asker{admin}, status: 400},
		{name: "add to no such", method: "POST", path: groups + "/none/users", body: `{`, as: []asker{admin}, status: 404},
		{name: "remove", method: "DELETE", path: groups + "/Math/users", body: `{"users": ["ann"]}`, as: []asker{admin}, status: 200, want: `{"users": ["bob"]}`},
		{name: "remove again", method: "DELETE", path: groups + "/Math/users", body: `{"users": ["ann"]}`, as: []asker{admin}, status: 200},
		{name: "remove without users", method: "DELETE", path: groups + "/Math/users", body: `{}`, as: []asker{admin}, status: 400, message: "Must specify users to delete"},
		{name: "properties", method: "PUT", path: groups + "/Math/properties", body: `{"a": {"b": [1.50]}}`, as: []asker{admin}, status: 200, want: `{"properties": {"a": {"b": [1.5]}}}`},
		{name: "no properties", method: "PUT", path: groups + "/Math/properties", body: `{}`, as: []asker{admin}, status: 200, want: `{"properties": {}}`},
		{name: "bad properties", method: "PUT", path: groups + "/Math/properties", body: `[]`, as: []asker{admin}, status: 400, message: "Must specify properties"},
		{name: "null properties", method: "PUT", path: groups + "/Math/properties", body: `null`, as: []asker{admin}, status: 400},
		{name: "delete", method: "DELETE", path: groups + "/Math", as: []asker{admin}, status: 204},
		{name: "delete again", method: "DELETE", path: groups + "/Math", as: []asker{admin}, status: 404},
	})
	list := jsonBody[[]map[string]any](t, h.do("GET", groups, "", admin))
	if len(list) != 2 || list[0]["name"] != "art" {
		t.Errorf("the list is %v", list)
	}
	w := h.do("GET", groups+"?limit=1", "", admin, header("Accept", pagedMedia))
	contains(t, w.Body.Bytes(), `{"_pagination": {"offset": 0, "limit": 1, "total": 2, "next": {"offset": 1, "limit": 1, "url": "http://example.com/hub/api/groups?limit=1&offset=1"}}}`)
}
