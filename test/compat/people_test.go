package compat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// 'atrium users' works on a JupyterHub: people, administrators, groups, lists beyond a
// page, exports that restore. What such a hub cannot do is said in a sentence.
func TestPeopleOnJupyterHub(t *testing.T) {
	found := findTools(t)
	hub := startJupyterHub(t, found, declared{
		Roles: []map[string]any{}, Services: []map[string]any{}, Groups: map[string]map[string]any{}, CustomScopes: map[string]map[string]any{},
	})
	hub.awaitReady(t)
	p := hubtest.NewTeacher(t, found.Atrium, "http://"+hub.addr, adminToken)

	const count = 230 // more than a page
	var b strings.Builder
	b.WriteString("username,admin,groups\n")
	for i := range count {
		fmt.Fprintf(&b, "s%03d,%t,class %d;year\n", i, i%100 == 0, i%4)
	}
	p.Write("users.csv", b.String())
	p.Want(p.Users("create", "users.csv", "--dry-run"), 0, "To create: 230")
	p.Want(p.Users("list"), 0, "Total users: 1\n")
	p.Want(p.Users("create", "users.csv"), 0, "Created user: s000 (admin=True)", "Created: 230", "Failed: 0")
	p.Want(p.Users("create", "users.csv"), 0, "Created: 0", "Already exist: 230")
	all := p.Everybody()
	if len(all) != count+1 || !all[1].Admin || all[2].Admin || !slices.Equal(slices.Sorted(slices.Values(all[2].Groups)), []string{"class 1", "year"}) {
		t.Fatalf("%d people: %v %v …", len(all), all[1], all[2])
	}

	p.Want(p.Users("set-admin", "s001", "s002", "nobody"), 3, "Admin granted for: s001", "User not found: nobody", "Success: 2")
	p.Want(p.Users("set-admin", "--revoke", "s001", "s002"), 0, "Admin revoked for: s002")

	p.Want(p.Users("export", "backup.xlsx"), 0, "Saved 231 users to backup.xlsx")
	p.Want(p.Users("delete", "users.csv", "--yes"), 0, "Deleted: 230")
	p.Want(p.Users("delete", "users.csv", "--yes"), 0, "Not found: 230")
	p.Want(p.Users("create", "backup.xlsx"), 0, "Created: 230", "Already exist: 1")
	if got := p.Everybody(); fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("restored are\n%v, want\n%v", got, all)
	}

	p.Write("change.csv", "username,admin,groups\ns001,true,year\ns002,false,class 2;year\n")
	p.Want(p.Users("create", "change.csv", "--update"), 0, "Changed: 1", "Unchanged: 1")
	if got := p.Everybody()[2]; !got.Admin || !slices.Equal(got.Groups, []string{"year"}) {
		t.Errorf("s001 is %v", got)
	}
	p.Write("class.csv", "username\ns001\ns005\nnew\n")
	exact := []string{"create", "class.csv", "--exact", "--group", "class 1"}
	p.Want(p.Users(append(exact, "--dry-run")...), 0, "To create: new (groups=class 1)", "To add to class 1: s001", "To take out of class 1: 56")
	p.Want(p.Users(exact...), 1, "This takes out of class 1 who is not in the file, 56 users: s009, ")
	p.Want(p.Users(append(exact, "--yes")...), 0, "Created user: new", "Added to class 1: s001", "Taken out of class 1: 56", "Failed: 0")
	if got := members(p, "class 1"); got != "new s001 s005" {
		t.Errorf("class 1 is %s", got)
	}
	p.Write("class.csv", "username\ns001\n")
	p.Want(p.Users(append(exact, "--yes", "--delete")...), 0, "Deleted: 2", "Taken out of class 1: 0")
	p.Want(p.Users("create", "class.csv", "--group", "seminar"), 0, "There is no group seminar yet", "Added to seminar: s001")
	if got := members(p, "class 1") + ";" + members(p, "seminar"); got != "s001;s001" {
		t.Errorf("class 1 and seminar are %s", got)
	}
	p.Want(p.Users("list", "--group", "class 1"), 0, "Total users: 1\n", "s001", "class 1, seminar, year")
	p.Want(p.Users("list", "--without-password"), 1, "only Atrium tells")

	p.Write("bad.csv", "username\ngood\na/b\n")
	p.Want(p.Users("create", "bad.csv"), 1, "line 3", "nothing was done")
	p.Want(p.Users("create", "users.csv", "--generate"), 1, "this hub is a JupyterHub, which has no passwords of its own")
	p.Want(p.Users("set-passwords", "users.csv", "--generate"), 1, "this hub is a JupyterHub, which has no passwords of its own")
	p.Want(p.Users("list-quota"), 1, "Quotas are not")
	p = p.As("wrong")
	p.Want(p.Users("list"), 1, "Authentication failed")
}

// members are the people of a group.
func members(p *hubtest.Teacher, group string) string {
	p.T.Helper()
	var names []string
	for _, person := range p.Everybody() {
		if slices.Contains(person.Groups, group) {
			names = append(names, person.Username)
		}
	}
	return strings.Join(names, " ")
}
