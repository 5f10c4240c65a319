package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// A notebook server that asks who a teacher is finds its owner named, where the teacher
// may use it by a group: as long as the owner is in the group and has a server, and
// whether a person's token asks or a service's.
func TestTeacherOfAGroupIsToldByNameWhoseServersAreOpen(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "teacher", Scopes: []string{"access:servers!group=class"}}})
	if err != nil {
		t.Fatal(err)
	}
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Rights = rights })
	prof, ann, bob := h.User("prof", false), h.User("ann", false), h.User("bob", false)
	h.User("carol", false)
	const service = "token-of-the-service"
	if err := h.App.ApplyConfig(t.Context(), bootstrap.Declared{
		Groups:   []bootstrap.DeclaredGroup{{Name: "class", Users: []string{"ann", "carol"}}},
		Services: []bootstrap.DeclaredService{{Service: hub.Service{Name: "grading", Info: []byte("{}")}, Token: service}},
		Roles:    []bootstrap.DeclaredRole{{Name: "teacher", Users: []string{"prof"}, Services: []string{"grading"}}},
	}); err != nil {
		t.Fatal(err)
	}
	askers := map[string]httpapitest.Asker{"a person": httpapitest.Bearer(h.Token(prof)), "a narrow token": httpapitest.Bearer(h.Token(prof, "access:servers!group=class")), "a service": httpapitest.Bearer(service)}
	want := func(when string, people ...string) {
		t.Helper()
		for name, as := range askers {
			var me struct{ Scopes []string }
			if err := json.Unmarshal(h.Do(http.MethodGet, "/hub/api/user", "", as).Body.Bytes(), &me); err != nil {
				t.Fatal(err)
			}
			var named []string
			for _, s := range me.Scopes {
				if who, ok := strings.CutPrefix(s, "access:servers!user="); ok && who != "prof" {
					named = append(named, who)
				}
			}
			if diff := cmp.Diff(people, named); diff != "" || !slices.Contains(me.Scopes, "access:servers!group=class") || !slices.IsSorted(me.Scopes) {
				t.Errorf("%s, %s is told %v: %s", when, name, me.Scopes, diff)
			}
		}
	}
	want("while nobody has a server")
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	for _, u := range []hub.User{ann, bob} {
		if w := h.Do(http.MethodPost, "/hub/api/users/"+u.Name+"/server", "", admin); w.Code != http.StatusAccepted {
			t.Fatal(w.Code, w.Body)
		}
	}
	want("while ann and bob have one", "ann")
	if w := h.Do(http.MethodPost, "/hub/api/groups/class/users", `{"users": ["bob"]}`, admin); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	want("with bob in the group", "ann", "bob")
	if w := h.Do(http.MethodDelete, "/hub/api/groups/class/users", `{"users": ["ann"]}`, admin); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	want("without ann", "bob")
}
