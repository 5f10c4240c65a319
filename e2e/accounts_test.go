package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A class is made without passwords, and its servers are started before the lesson by the
// command line. Then each sets a password by the first login, and finds the server there.
// Only whose server somebody has entered meanwhile needs a password from the teacher.
func TestWarmedUpClassLogsInForTheFirstTime(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	admin, teacher := h.Admin(), h.Teacher()
	class := []string{"ann", "ben", "cleo"}
	teacher.Write("class.csv", "username\n"+strings.Join(class, "\n")+"\n")
	teacher.Want(teacher.Users("create", "class.csv", "--group", "cs101"), 0, "Created: 3")
	teacher.Want(teacher.Run("servers", "start", "--group", "cs101", "--wait"), 0, "Ready: 3")

	started := map[string]time.Time{}
	for _, name := range class {
		started[name] = *admin.Server(name).Started
		eventually(t, name+"'s server has reported itself", startPatience, func() bool {
			var u struct {
				LastActivity *time.Time `json:"last_activity"`
			}
			admin.Get("/hub/api/users/"+name, &u)
			return u.LastActivity != nil
		})
	}
	list := []string{"list", "--group", "cs101", "--without-password"}
	if said := teacher.Users(list...); strings.Count(said.Out, "no password yet") != len(class) {
		t.Errorf("before the lesson the list is\n%s", said.All)
	}
	if got, err := admin.Notebook("cleo").Try(http.MethodGet, "api/contents/", ""); err != nil || got.Status != http.StatusOK {
		t.Fatalf("the administrator looks into cleo's files: %d, %v", got.Status, err)
	}
	if said := teacher.Users(list...); strings.Count(said.Out, "no password yet") != len(class)-1 {
		t.Errorf("once cleo's server was entered the list is\n%s", said.All)
	}

	const chosen = "seven brown foxes"
	for _, name := range class {
		b := h.Browser()
		if name == "cleo" {
			if p := b.LogIn(name, chosen, ""); p.Status != http.StatusForbidden || claimField.Match(p.Body) {
				t.Errorf("a first login to a server that was entered: %d %s", p.Status, shorten(p.Body))
			}
			continue
		}
		if p := b.Claim(name, chosen, "/user/"+name+"/lab"); p.Path != "/user/"+name+"/lab" || p.Status != http.StatusOK {
			t.Errorf("%s's first login leads to %s with status %d", name, p.Path, p.Status)
		}
		if got := strings.TrimSpace(b.Notebook(name).StartKernel().Run("print(6 * 7)")); got != "42" {
			t.Errorf("%s's kernel says %q", name, got)
		}
		if now := admin.Server(name).Started; now == nil || !now.Equal(started[name]) {
			t.Errorf("%s's server was started at %s, and runs since %v", name, started[name], now)
		}
	}
}
