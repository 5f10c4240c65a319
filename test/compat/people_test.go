package compat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// 'atrium users' works on a JupyterHub: people, administrators, groups, lists beyond a
// page, exports that restore. What such a hub cannot do is said in a sentence.
func TestPeopleOnJupyterHub(t *testing.T) {
	found := findTools(t)
	hub := startJupyterHub(t, found, declared{
		Roles: []map[string]any{}, Services: []map[string]any{}, Groups: map[string]map[string]any{}, CustomScopes: map[string]map[string]any{},
	})
	hub.awaitReady(t)
	p := &teacher{t: t, atrium: found.atrium, dir: t.TempDir(), url: "http://" + hub.addr}

	const count = 230 // more than a page
	var b strings.Builder
	b.WriteString("username,admin,groups\n")
	for i := range count {
		fmt.Fprintf(&b, "s%03d,%t,class %d;year\n", i, i%100 == 0, i%4)
	}
	p.write("users.csv", b.String())
	p.want(p.users("create", "users.csv", "--dry-run"), 0, "To create: 230")
	p.want(p.users("list"), 0, "Total users: 1\n")
	p.want(p.users("create", "users.csv"), 0, "Created user: s000 (admin=True)", "Created: 230", "Failed: 0")
	p.want(p.users("create", "users.csv"), 0, "Created: 0", "Already exist: 230")
	all := p.everybody()
	if len(all) != count+1 || !all[1].Admin || all[2].Admin || !slices.Equal(slices.Sorted(slices.Values(all[2].Groups)), []string{"class 1", "year"}) {
		t.Fatalf("%d people: %v %v …", len(all), all[1], all[2])
	}

	p.want(p.users("set-admin", "s001", "s002", "nobody"), 3, "Admin granted for: s001", "User not found: nobody", "Success: 2")
	p.want(p.users("set-admin", "--revoke", "s001", "s002"), 0, "Admin revoked for: s002")

	p.want(p.users("export", "backup.xlsx"), 0, "Saved 231 users to backup.xlsx")
	p.want(p.users("delete", "users.csv", "--yes"), 0, "Deleted: 230")
	p.want(p.users("delete", "users.csv", "--yes"), 0, "Not found: 230")
	p.want(p.users("create", "backup.xlsx"), 0, "Created: 230", "Already exist: 1")
	if got := p.everybody(); fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("restored are\n%v, want\n%v", got, all)
	}

	p.write("change.csv", "username,admin,groups\ns001,true,year\ns002,false,class 2;year\n")
	p.want(p.users("create", "change.csv", "--update"), 0, "Changed: 1", "Unchanged: 1")
	if got := p.everybody()[2]; !got.Admin || !slices.Equal(got.Groups, []string{"year"}) {
		t.Errorf("s001 is %v", got)
	}
	p.write("bad.csv", "username\ngood\na/b\n")
	p.want(p.users("create", "bad.csv"), 1, "line 3", "nothing was done")
	p.want(p.users("create", "users.csv", "--generate"), 1, "this hub is a JupyterHub, which has no passwords of its own")
	p.want(p.users("set-passwords", "users.csv", "--generate"), 1, "this hub is a JupyterHub, which has no passwords of its own")
	p.want(p.users("list-quota"), 1, "Quotas are not")
	p.token = "wrong"
	p.want(p.users("list"), 1, "Authentication failed")
}

// teacher is somebody at the command line.
type teacher struct {
	t                       *testing.T
	atrium, dir, url, token string
}

type ran struct {
	status   int
	out, all string
	line     string
}

func (p *teacher) users(args ...string) ran {
	p.t.Helper()
	return p.run(exec.CommandContext(p.t.Context(), p.atrium, append([]string{"users"}, args...)...))
}

func (p *teacher) run(cmd *exec.Cmd) ran {
	p.t.Helper()
	token := p.token
	if token == "" {
		token = adminToken
	}
	cmd.Dir, cmd.Env = p.dir, append(environment(), "JUPYTERHUB_URL="+p.url, "JUPYTERHUB_TOKEN="+token)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		p.t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String() + stdout.String(), strings.Join(cmd.Args[1:], " ")}
}

func (p *teacher) want(r ran, status int, texts ...string) {
	p.t.Helper()
	end := r.all[max(0, len(r.all)-2000):]
	if r.status != status {
		p.t.Fatalf("%s: status %d, want %d:\n%s", r.line, r.status, status, end)
	}
	for _, text := range texts {
		if !strings.Contains(r.all, text) {
			p.t.Errorf("%s: it does not say %q:\n%s", r.line, text, end)
		}
	}
}

func (p *teacher) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

type listed struct {
	Username string
	Admin    bool
	Groups   []string
}

func (p *teacher) everybody() []listed {
	p.t.Helper()
	r := p.users("list", "--json")
	p.want(r, 0)
	var all []listed
	if err := json.Unmarshal([]byte(r.out), &all); err != nil {
		p.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.Username, b.Username) })
	for i := range all {
		slices.Sort(all[i].Groups)
	}
	return all
}
