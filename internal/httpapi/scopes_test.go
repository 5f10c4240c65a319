package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// withoutScopes are the operations of the API that need no scope, with the reason. Every other
// one names its scopes in the table.
func withoutScopes() map[string]string {
	return map[string]string{
		"get-self":                        "everybody may know who they are; what they see of it goes by their scopes",
		"get-events":                      "everybody may listen; what they hear goes by their scopes",
		"get-check-force-password-change": "it is about the requester alone",
		"get-accelerators":                "everybody may know what servers compute with",
		"get-quota-rates":                 "everybody may know what servers cost",
		"get-quota":                       "everybody may see their own; of others it asks for read:quota on them",
		"get-quota-me":                    "it is about the requester alone",
		"get-authorizations-token-owner":  "the token in the path is the credential, and who asks must be somebody",
		"get-authorizations-cookie":       "the cookie in the path is the credential, and who asks must be somebody",
		"get-authorizations-cookie-body":  "the cookie in the body is the credential, and who asks must be somebody",
	}
}

// lacking are all scopes of an administrator that include none of the given.
func lacking(t *testing.T, given []string) (left []string) {
	t.Helper()
	owner := scopes.Owner{Kind: "user", Name: "root"}
	all, _ := (*scopes.Catalog)(nil).Expand(scopes.DefaultRoles()[scopes.RoleAdmin].Scopes, owner, scopes.Client{})
	for _, base := range all.Bases() {
		set, _ := (*scopes.Catalog)(nil).Expand([]string{base}, owner, scopes.Client{})
		if !slices.ContainsFunc(given, set.HasAny) {
			left = append(left, base)
		}
	}
	if len(left) < 10 {
		t.Fatalf("only %v are left without %v", left, given)
	}
	slices.Sort(left)
	return left
}

// Each route of the API, asked with a token that may do all but what the route is for, and with
// none: it is refused, although the thing that it is about is there. Of who is known not a byte
// of the body is read before; of nobody no more than a form has, which may hold credentials. A
// new route is asked as well, and either names its scopes or stands in withoutScopes.
func TestEveryRouteRefusesWhoLacksItsScopes(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		if _, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Name: "lab", Phase: hub.Stopped}); err != nil {
			return err
		}
		if _, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Phase: hub.Stopped}); err != nil {
			return err
		}
		g, err := tx.CreateGroup(ctx, "class")
		if err != nil {
			return err
		}
		_, err = tx.CreateService(ctx, hub.Service{Name: "wiki"})
		return errors.Join(err, tx.AddMembers(ctx, g.ID, []int64{ann.ID}))
	})
	fill := strings.NewReplacer("{name}", "ann", "{user}", "ann", "{owner}", "ann", "{server}", "lab", "{group}", "class", "{service}", "wiki", "{id}", "a1")
	free, seen := withoutScopes(), map[string]bool{}
	for _, rt := range h.Server.APIRoutes() {
		if rt.Kind == endpoint.Public {
			continue
		}
		if len(rt.Scopes) == 0 {
			seen[rt.Operation] = true
			if free[rt.Operation] == "" {
				t.Errorf("%s names no scopes, and withoutScopes does not say why", rt.Operation)
			}
		}
		ask := func(who string, as httpapitest.Asker, read int64, want ...int) {
			t.Helper()
			b := &httpapitest.Watched{Reader: strings.NewReader(`{"users": ["ann"], "username": "ann", "password": "correct horse"}`)}
			w := h.SendBody(rt.Method, "/hub"+fill.Replace(rt.Pattern), b, 60, as)
			if !slices.Contains(want, w.Code) || int64(b.Bytes) > read {
				t.Errorf("%s by %s: %d %s, %d bytes were read", rt.Operation, who, w.Code, w.Body, b.Bytes)
			}
		}
		if len(rt.Scopes) > 0 {
			left := lacking(t, rt.Scopes)
			ask("one with all but its scopes", httpapitest.Bearer(h.Token(root, left...)), 0, http.StatusForbidden, http.StatusNotFound)
		}
		nothing := []int{http.StatusForbidden}
		if rt.Kind == endpoint.Mixed { // a page, which tells nobody that it is there
			nothing = append(nothing, http.StatusNotFound)
		}
		ask("nobody", httpapitest.Anonymous, endpoint.MaxAnonymousBody, nothing...)
		ask("an unknown token", httpapitest.Bearer("unknown"), endpoint.MaxAnonymousBody, nothing...)
	}
	for op := range free {
		if !seen[op] {
			t.Errorf("%s stands in withoutScopes, and is no operation without scopes", op)
		}
	}
}
