package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// teacherRow is what the teacher of a group can do, or not, by the command line. internal/httpapi holds the API to
// the same table, and browser/teachers.spec.ts the panel.
type teacherRow struct {
	Action  string
	Whom    string
	Allowed bool
	CLI     struct {
		Args  []string
		Shows string // what stands in the answer, or must not: lists leave out whom one may not see
	}
}

// G12: what a teacher can do by the command line is what the table says, and all else in it fails.
func TestATeachersCommandLines(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/teacher.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Rows []teacherRow }
	decode(t, raw, &table)
	h := startHub(t, options{Config: trivialConfig() + cheapPasswords})
	tess := h.classOfTess()
	for _, name := range []string{"ada", "anton", "bob", "late"} {
		tess.Write(name+".csv", "username\n"+name+"\n")
	}
	tess.Write("boss.csv", "username,admin\nboss,true\n")
	for _, row := range table.Rows {
		if row.CLI.Args == nil {
			continue
		}
		r := tess.Run(row.CLI.Args...)
		worked := r.Status == 0
		if row.CLI.Shows != "" {
			tess.Want(r, 0)
			worked = strings.Contains(r.Out, row.CLI.Shows)
		}
		if worked != row.Allowed {
			t.Errorf("%s, %s: status %d:\n%s", row.Action, row.Whom, r.Status, r.All)
		}
	}
}

// classOfTess is tess at the command line, who was made the teacher of cs101, in which are ada and an administrator.
func (h *hub) classOfTess() *teacher {
	h.t.Helper()
	admin := h.Admin()
	for _, name := range []string{"ada", "anton", "bob"} {
		admin.NewUser(name)
	}
	tess := admin.NewUser("tess")
	admin.Do(http.MethodPatch, "/hub/api/users/anton", json.RawMessage(`{"admin": true}`), http.StatusOK)
	admin.Do(http.MethodPost, "/hub/api/groups/cs102", nil, http.StatusCreated)
	admin.Do(http.MethodPost, "/hub/api/groups/cs101", map[string]any{"users": []string{"ada", "anton"}}, http.StatusCreated)
	admin.Do(http.MethodPost, "/hub/api/roles/teacher/users", map[string]any{"user": "tess", "group": "cs101"}, http.StatusNoContent)
	return &teacher{h.Teacher().As(tess.token)}
}
