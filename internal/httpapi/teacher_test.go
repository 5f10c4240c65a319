package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// teacherRow is what the teacher of a group may do, or may not, to whom. The command line and the panel are held to
// the same table, in e2e.
type teacherRow struct {
	Action  string
	Whom    string
	Allowed bool
	API     struct {
		Method, Path string
		Body         json.RawMessage
	}
}

// teacherTable is what the teacher of a group may do, and about whom the routes of the API do something for them: a member,
// all in the group, the hub, or what is their own. In a bulk request each row has its own answer.
type teacherTable struct {
	Rows   []teacherRow
	Routes map[string]string // by operation
}

func readTeacherTable(t *testing.T) (table teacherTable) {
	t.Helper()
	raw, err := os.ReadFile("../../e2e/testdata/teacher.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &table); err != nil {
		t.Fatal(err)
	}
	return table
}

// class is a hub with tess, who was made the teacher of cs101, in which are ada and an administrator. There is bob, too, and
// another group.
func class(t *testing.T) (h *httpapitest.Hub, tess httpapitest.Asker) {
	t.Helper()
	h = httpapitest.New(t)
	root, teacher := h.User("root", true), h.User("tess", false)
	ada, anton, bob := h.User("ada", false), h.User("anton", true), h.User("bob", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "cs101")
		if err != nil {
			return err
		}
		if _, err := tx.CreateGroup(ctx, "cs102"); err != nil {
			return err
		}
		for _, u := range []hub.User{ada, anton, bob} {
			if _, err := tx.CreateServer(ctx, hub.Server{UserID: u.ID, Phase: hub.Stopped}); err != nil {
				return err
			}
		}
		if _, err := tx.CreateService(ctx, hub.Service{Name: "wiki"}); err != nil {
			return err
		}
		return tx.AddMembers(ctx, g.ID, []int64{ada.ID, anton.ID})
	})
	for _, u := range []hub.User{ada, anton, bob} {
		h.Password(u, "correct horse battery")
	}
	gift := `{"user": "tess", "group": "cs101"}`
	if w := h.Do(http.MethodPost, "/hub/api/roles/teacher/users", gift, httpapitest.Bearer(h.Token(root))); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return h, httpapitest.Bearer(h.Token(teacher))
}

// refused tells whether nothing was done: all of it, or each row of a bulk request.
func refused(w *httptest.ResponseRecorder) bool {
	if w.Code == http.StatusForbidden || w.Code == http.StatusNotFound {
		return true
	}
	if w.Code == http.StatusBadRequest && strings.Contains(w.Body.String(), "does not hold them") {
		return true // the scopes of a token
	}
	var answer struct {
		Results []struct{ Status string }
	}
	if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &answer) != nil || len(answer.Results) == 0 {
		return false
	}
	for _, r := range answer.Results {
		if r.Status != "failed" && r.Status != "not_found" {
			return false
		}
	}
	return true
}

// G12: what a teacher can do by the API is what the table says, and all else in it is refused.
func TestATeacherMayWhatTheTableSays(t *testing.T) {
	for _, row := range readTeacherTable(t).Rows {
		t.Run(row.Action+", "+row.Whom, func(t *testing.T) {
			h, tess := class(t)
			w := h.Do(row.API.Method, "/hub"+row.API.Path, string(row.API.Body), tess)
			if row.Allowed && (w.Code >= 400 || refused(w)) || !row.Allowed && !refused(w) {
				t.Errorf("%s %s: %d %s", row.API.Method, row.API.Path, w.Code, w.Body)
			}
		})
	}
}

// G12: no route of the API does for a teacher what the table does not have: each is asked about a member, an
// administrator in the class, an outsider, the group and another. What it shows has no outsiders in it.
func TestNoRouteDoesMoreForATeacherThanTheTable(t *testing.T) {
	table := readTeacherTable(t)
	reach := map[string][]string{"member": {"ada"}, "group": {"ada", "anton"}, "hub": {"ada", "anton", "bob"}, "own": {"ada", "anton", "bob"}}
	h, tess := class(t)
	for _, rt := range h.Server.APIRoutes() {
		if rt.Kind == endpoint.Public || len(rt.Scopes) == 0 {
			continue
		}
		var does []string
		for _, name := range []string{"ada", "anton", "bob"} {
			group := "cs101"
			if name == "bob" {
				group = "cs102"
			}
			path := strings.NewReplacer("{name}", name, "{user}", name, "{owner}", name, "{server}", "lab", "{group}", group,
				"{service}", "wiki", "{id}", "1", "{home}", name, "{role}", "teacher").Replace(rt.Pattern)
			w := h.SendBody(rt.Method, "/hub"+path, strings.NewReader(`{}`), 2, tess)
			if !refused(w) {
				does = append(does, name)
			}
			if text := w.Body.String(); rt.Method == http.MethodGet && w.Code == http.StatusOK && (strings.Contains(text, `"bob"`) || strings.Contains(text, `"cs102"`)) {
				t.Errorf("%s shows an outsider: %s", path, text)
			}
		}
		if !slices.Equal(does, reach[table.Routes[rt.Operation]]) {
			t.Errorf("%s does something about %v, and the table says %q", rt.Operation, does, table.Routes[rt.Operation])
		}
	}
}
