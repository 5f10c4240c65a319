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
	h := startHub(t, options{Config: trivialConfig() + cheapPasswords + "quota: {enabled: true, default_quota: 600}\n"})
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

// G12: somebody becomes the teacher of a group by the command line, as the guide has it, and is none any more.
func TestATeacherIsMadeByTheCommandLine(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	admin, p := h.Admin(), h.Teacher()
	tess := p.As(admin.NewUser("tess").token)
	admin.Do(http.MethodPost, "/hub/api/groups/cs101", nil, http.StatusCreated)
	p.Want(p.Run("roles", "give", "teacher", "tess"), 1, "say which")
	p.Want(p.Run("roles", "give", "teacher", "zed", "--group", "cs101"), 1, "zed")
	p.Want(p.Run("roles", "give", "teacher"), 2, "ROLE USER")
	p.Want(p.Run("roles", "give", "teacher", "tess", "--group", "cs101"), 0, "Given to tess, on cs101: the role teacher")
	p.Want(p.Run("roles", "list"), 0, "teacher: Looks after the people of one group", "  tess, on cs101")
	tess.Want(tess.Run("groups", "list"), 0, "cs101")
	if r := tess.Run("roles", "list"); r.Status == 0 {
		t.Errorf("a teacher sees who teaches:\n%s", r.All)
	}
	var roles []struct {
		Name  string
		Users []struct{ User, Group string }
	}
	p.Answer(p.Run("roles", "list", "--json"), &roles)
	if len(roles) != 1 || roles[0].Name != "teacher" || len(roles[0].Users) != 1 || roles[0].Users[0].Group != "cs101" {
		t.Errorf("as JSON: %+v", roles)
	}
	p.Want(p.Run("roles", "take", "teacher", "tess", "--group", "cs101"), 0, "Taken from tess, on cs101: the role teacher")
	p.Want(p.Run("roles", "take", "teacher", "tess", "--group", "cs101"), 1, "does not have")
	p.Want(p.Run("roles", "list"), 0, "nobody has it")
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
