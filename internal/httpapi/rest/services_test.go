package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/rest"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestServicesOverTheAPI(t *testing.T) {
	h := httpapitest.New(t)
	h.DeclareService(hub.Service{Name: "culler", Managed: true, Command: []string{"cull", "-v"}, Display: true})
	h.App.OnServicePID(func(name string) int { return len(name) })
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))

	w := h.Do(http.MethodPost, "/hub/api/services/wiki", `{"url":"http://127.0.0.1:9/x","api_token":"secret-of-wiki","info":{"a":1},"oauth_client_allowed_scopes":["read:users!user"]}`, admin)
	if w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	wiki := map[string]any{
		"kind": "service", "name": "wiki", "admin": false, "roles": []any{}, "url": "http://127.0.0.1:9/x",
		"prefix": "/services/wiki/", "command": []any{}, "pid": 0., "info": map[string]any{"a": 1.}, "display": true,
		"from_config": false,
	}
	if diff := cmp.Diff(wiki, httpapitest.JSONBody[map[string]any](t, w)); diff != "" {
		t.Error(diff)
	}
	culler := map[string]any{
		"kind": "service", "name": "culler", "admin": false, "roles": []any{}, "url": "", "prefix": "",
		"command": []any{"cull", "-v"}, "pid": 6., "info": map[string]any{}, "display": true,
		"from_config": true,
	}
	all := httpapitest.JSONBody[map[string]any](t, h.Do(http.MethodGet, "/hub/api/services", "", admin))
	if diff := cmp.Diff(map[string]any{"wiki": wiki, "culler": culler}, all); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(any(culler), any(httpapitest.JSONBody[map[string]any](t, h.Do(http.MethodGet, "/hub/api/services/culler", "", admin)))); diff != "" {
		t.Error(diff)
	}

	c, err := h.App.OAuthClient(t.Context(), "service-wiki")
	if err != nil || c.RedirectURI != "/services/wiki/oauth_callback" || c.SecretHash != hub.HashSecret("secret-of-wiki") {
		t.Errorf("%+v, %v", c, err)
	}
	self := httpapitest.JSONBody[map[string]any](t, h.Do(http.MethodGet, "/hub/api/user", "", httpapitest.Bearer("secret-of-wiki")))
	delete(self, "token_id")
	if diff := cmp.Diff(map[string]any{
		"kind": "service", "name": "wiki", "admin": false, "session_id": nil,
		"scopes": []any{},
	}, self); diff != "" {
		t.Error(diff)
	}

	for path, want := range map[string]int{"wiki": http.StatusOK, "culler": http.StatusMethodNotAllowed, "none": http.StatusNotFound} {
		if w := h.Do(http.MethodDelete, "/hub/api/services/"+path, "", admin); w.Code != want {
			t.Errorf("delete %s: %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
	if w := h.Do(http.MethodGet, "/hub/api/user", "", httpapitest.Bearer("secret-of-wiki")); w.Code != http.StatusForbidden {
		t.Errorf("the token of a service that is gone: %d", w.Code)
	}
	if _, err := h.App.OAuthClient(t.Context(), "service-wiki"); !hub.Is(err, hub.NotFound) {
		t.Errorf("its OAuth client: %v", err)
	}
}

// A person's token for a service dies with it.
func TestDeletedServiceTakesPeoplesTokens(t *testing.T) {
	h := httpapitest.New(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.Do(http.MethodPost, "/hub/api/services/wiki", `{"url":"http://127.0.0.1:9","api_token":"secret-of-wiki"}`, admin)
	ann, secret := h.User("ann", false), hub.NewToken()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{UserID: ann.ID, Hash: hub.HashSecret(secret), Scopes: []string{"read:users:name!user"}, ClientID: "service-wiki"})
		return err
	})
	if w := h.Do(http.MethodGet, "/hub/api/user", "", httpapitest.Bearer(secret)); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	h.Do(http.MethodDelete, "/hub/api/services/wiki", "", admin)
	if w := h.Do(http.MethodGet, "/hub/api/user", "", httpapitest.Bearer(secret)); w.Code != http.StatusForbidden {
		t.Error(w.Code, w.Body)
	}
}

func TestServiceRefusals(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	some := httpapitest.Bearer(h.Token(root, "admin:services", "read:users!user=ann"))
	h.DeclareService(hub.Service{Name: "taken"})
	for _, c := range []struct {
		name, path, body string
		as               httpapitest.Asker
		want             int
	}{
		{"exists", "taken", `{"url":1}`, admin, http.StatusConflict},
		{"empty", "x", ``, admin, http.StatusBadRequest},
		{"nothing in it", "x", `{}`, admin, http.StatusBadRequest},
		{"a list", "x", `[]`, admin, http.StatusBadRequest},
		{"unknown key", "x", `{"colour":"red"}`, admin, http.StatusBadRequest},
		{"a command", "x", `{"command":["sh"]}`, admin, http.StatusBadRequest},
		{"a number for a text", "x", `{"url":5}`, admin, http.StatusBadRequest},
		{"scheme", "x", `{"url":"ftp://h:1"}`, admin, http.StatusBadRequest},
		{"client's name", "x", `{"url":"http://h:1","oauth_client_id":"jupyterhub-user-root"}`, admin, http.StatusBadRequest},
		{"client without a way back", "x", `{"oauth_client_id":"service-x"}`, admin, http.StatusBadRequest},
		{"way back is a script", "x", `{"oauth_redirect_uri":"javascript:alert(1)"}`, admin, http.StatusBadRequest},
		{"way back is elsewhere", "x", `{"oauth_redirect_uri":"//evil"}`, admin, http.StatusBadRequest},
		{"short token", "x", `{"api_token":"short"}`, admin, http.StatusBadRequest},
		{"unknown scope", "x", `{"url":"http://h:1","oauth_client_allowed_scopes":["no"]}`, admin, http.StatusBadRequest},
		{"bad name", "a%20b", `{"display":true}`, admin, http.StatusBadRequest},
		{"admin beyond the token", "x", `{"admin":true}`, some, http.StatusBadRequest},
		{"scopes beyond the token", "x", `{"url":"http://h:1","oauth_client_allowed_scopes":["read:users"]}`, some, http.StatusBadRequest},
		{"everybody's own", "x", `{"url":"http://h:1","oauth_client_allowed_scopes":["self"]}`, some, http.StatusBadRequest},
		{"all of everybody's", "x", `{"url":"http://h:1","oauth_client_allowed_scopes":["inherit"]}`, some, http.StatusBadRequest},
		{"of every visitor", "x", `{"url":"http://h:1","oauth_client_allowed_scopes":["servers!user"]}`, some, http.StatusBadRequest},
		{"within the token", "y", `{"url":"http://h:1","oauth_client_allowed_scopes":["read:users!user=ann"]}`, some, http.StatusCreated},
		{"without the scope", "x", `{"display":true}`, httpapitest.Bearer(h.Token(root, "read:services")), http.StatusForbidden},
		{"another service's", "x", `{"display":true}`, httpapitest.Bearer(h.Token(root, "admin:services!service=z")), http.StatusNotFound},
		{"nobody", "x", `{"display":true}`, httpapitest.Anonymous, http.StatusForbidden},
	} {
		if w := h.Do(http.MethodPost, "/hub/api/services/"+c.path, c.body, c.as); w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
}

// What a requester sees of services depends on their scopes.
func TestServiceFieldsByScope(t *testing.T) {
	h := httpapitest.New(t)
	h.DeclareService(hub.Service{Name: "a", Admin: true, Display: true})
	root := h.User("root", true)
	h.Do(http.MethodPost, "/hub/api/services/b", `{"display":false}`, httpapitest.Bearer(h.Token(root)))
	for _, c := range []struct {
		scope, path string
		want        string
	}{
		{"list:services", "", `{"a":{"admin":true,"kind":"service","name":"a"},"b":{"admin":false,"kind":"service","name":"b"}}`},
		{"list:services!service=b", "", `{"b":{"admin":false,"kind":"service","name":"b"}}`},
		{"read:services:name", "/a", `{"admin":true,"kind":"service","name":"a"}`},
		{"read:roles:services", "/a", `{"admin":true,"kind":"service","name":"a","roles":["admin"]}`},
	} {
		w := h.Do(http.MethodGet, "/hub/api/services"+c.path, "", httpapitest.Bearer(h.Token(root, c.scope)))
		if got := strings.TrimSpace(w.Body.String()); got != c.want {
			t.Errorf("%s: %d %s, want %s", c.scope, w.Code, got, c.want)
		}
	}
	for scope, want := range map[string]int{"list:services": http.StatusOK, "read:services!service=b": http.StatusNotFound, "self": http.StatusForbidden} {
		if w := h.Do(http.MethodGet, "/hub/api/services/a", "", httpapitest.Bearer(h.Token(root, scope))); w.Code != want {
			t.Errorf("%s: %d, want %d", scope, w.Code, want)
		}
	}
	if w := h.Do(http.MethodGet, "/hub/api/services", "", httpapitest.Bearer(h.Token(root, "self"))); w.Code != http.StatusForbidden {
		t.Errorf("without the scope: %d", w.Code)
	}
}

func TestProxyOverTheAPI(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	h.DeclareService(hub.Service{Name: "wiki", URL: "http://127.0.0.1:9/x"})
	h.Do(http.MethodPost, "/hub/api/users/root/server", "", admin)
	h.Ready(h.Begin(h.ServerOf(root, "")))
	got := httpapitest.JSONBody[map[string]any](t, h.Do(http.MethodGet, "/hub/api/proxy", "", admin))
	for path, route := range got {
		if at := route.(map[string]any)["data"].(map[string]any)["last_activity"]; at == nil && path != "/services/wiki/" {
			t.Errorf("no activity of %s", path)
		}
		delete(route.(map[string]any)["data"].(map[string]any), "last_activity")
	}
	line := func(path, target string, data map[string]any) map[string]any {
		return map[string]any{"routespec": path, "target": target, "data": data}
	}
	if diff := cmp.Diff(map[string]any{
		"/":               line("/", h.App.Config().ConnectURL, map[string]any{"hub": true}),
		"/user/root/":     line("/user/root/", "http://127.0.0.1:1", map[string]any{"user": "root", "server_name": ""}),
		"/services/wiki/": line("/services/wiki/", "http://127.0.0.1:9", map[string]any{"service": "wiki"}),
	}, got); diff != "" {
		t.Error(diff)
	}
	page := httpapitest.JSONBody[map[string]any](t, h.Do(http.MethodGet, "/hub/api/proxy?offset=1&limit=1", "", admin, httpapitest.Header("Accept", rest.PagedMedia)))
	if items := page["items"].(map[string]any); len(items) != 1 || items["/services/wiki/"] == nil {
		t.Errorf("%v", page)
	}
	for _, c := range []struct {
		method, body string
		as           httpapitest.Asker
		want         int
	}{
		{http.MethodPost, "", admin, http.StatusOK},
		{http.MethodPatch, `{"api_url":"http://127.0.0.1:1","auth_token":"x"}`, admin, http.StatusOK},
		{http.MethodPatch, `{}`, admin, http.StatusOK},
		{http.MethodPatch, ``, admin, http.StatusBadRequest},
		{http.MethodPatch, `[]`, admin, http.StatusBadRequest},
		{http.MethodPatch, `{"api_url":1}`, admin, http.StatusBadRequest},
		{http.MethodPatch, `{`, admin, http.StatusBadRequest},
		{http.MethodPatch, `{`, httpapitest.Bearer(h.Token(root, "self")), http.StatusForbidden},
		{http.MethodPost, ``, httpapitest.Bearer(h.Token(root, "self")), http.StatusForbidden},
		{http.MethodGet, ``, httpapitest.Bearer(h.Token(root, "self")), http.StatusForbidden},
	} {
		if w := h.Do(c.method, "/hub/api/proxy", c.body, c.as); w.Code != c.want {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.body, w.Code, w.Body, c.want)
		}
	}
}
