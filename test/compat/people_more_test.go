package compat_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// The commands about groups, servers and tokens say and do the same on a JupyterHub as
// on Atrium. The record of changes only Atrium has, and that is said.
func TestCommandsOnBothHubs(t *testing.T) {
	found := findTools(t)
	nothing := declared{
		Roles: []map[string]any{}, Services: []map[string]any{}, Groups: map[string]map[string]any{}, CustomScopes: map[string]map[string]any{},
	}
	for name, start := range map[string]func(*testing.T, tools, declared) *side{"jupyterhub": startJupyterHub, "atrium": startAtrium} {
		t.Run(name, func(t *testing.T) {
			hub := start(t, found, nothing)
			hub.awaitReady(t)
			p := &teacher{t: t, atrium: found.atrium, dir: t.TempDir(), url: "http://" + hub.addr}
			p.write("users.csv", "username\nada\nben\ncleo\n"+brokenPerson+"\n")
			p.want(p.users("create", "users.csv"), 0, "Created: 4")
			p.groupCommands()
			p.serverCommands()
			p.tokenCommands()
			if name == "jupyterhub" {
				p.want(p.command("audit"), 1, "only Atrium has one")
			} else {
				p.want(p.command("audit", "--limit", "5", "--target-kind", "server"), 0, "server.start")
			}
		})
	}
}

// command is a command of Atrium's beside 'users'.
func (p *teacher) command(args ...string) ran {
	p.t.Helper()
	return p.run(exec.CommandContext(p.t.Context(), p.atrium, args...))
}

func (p *teacher) groupCommands() {
	p.t.Helper()
	p.want(p.command("groups", "create", "class 5a", "lab", "--users", "ada,ben"), 0, "Created group: class 5a", "Added to lab: ada", "✅ Added: 4")
	p.want(p.command("groups", "create", "lab"), 0, "Group already exists: lab")
	p.want(p.command("groups", "create", "more", "--users", "ada,nobody"), 3, "Failed to add nobody", "✅ Added: 1")
	p.want(p.command("groups", "add", "lab", "-f", "users.csv"), 0, "Already in lab: ada", "Added to lab: cleo", "Added: 2")
	p.want(p.command("groups", "remove", "lab", "ada", "nobody"), 0, "Removed from lab: ada", "Not in lab: nobody")
	p.want(p.command("groups", "add", "none", "ada"), 3, "there is no group none")
	before := p.command("groups", "list", "--json")
	p.want(before, 0)
	p.want(p.command("groups", "export", "groups.csv"), 0, "Saved 3 groups")
	p.want(p.command("groups", "delete", "lab", "class 5a", "more", "none", "-y"), 0, "Deleted: 3", "Not found: 1")
	p.want(p.command("groups", "add", "-f", "groups.csv"), 0, "Created: 3", "Failed: 0")
	if after := p.command("groups", "list", "--json"); after.out != before.out {
		p.t.Errorf("restored are %s, want %s", after.out, before.out)
	}
}

func (p *teacher) serverCommands() {
	p.t.Helper()
	p.want(p.command("servers", "start", brokenPerson, "--wait"), 3, "Failed to start "+brokenPerson, "Failed: 1")
	for deadline := time.Now().Add(patience); p.command("servers", "list", "--active").out != "No servers found\n"; time.Sleep(poll) {
		if time.Now().After(deadline) {
			p.t.Fatal("the server that failed does not end")
		}
	}
	p.want(p.command("servers", "start", "ada", "ada/gpu", "nobody", "--wait"), 3,
		"✅ Ready: ada\n", "✅ Ready: ada/gpu", "User not found: nobody", "✅ Ready: 2", "Failed: 1")
	p.want(p.command("servers", "start", "ada"), 0, "Already running: ada")
	p.want(p.command("servers", "start", "--group", "class 5a", "--wait", "--option", "a=b"), 0, "✅ Ready: 2")
	p.want(p.command("servers", "list", "--active"), 0, "Total servers: 3", "ada/gpu")
	p.want(p.command("servers", "stop", "cleo", "ben", "nobody", "ben/none", "--wait"), 3,
		"Not running: cleo", "Stopped: ben", "User not found: nobody", "Server not found: ben/none", "Stopped: 1", "Failed: 2")
	p.want(p.command("servers", "stop", "--all"), 1, "This stops 2 servers: ada, ada/gpu", "use --yes")
	p.want(p.command("servers", "stop", "--all", "--yes", "--wait"), 0, "Stopped: 2", "Failed: 0")
	p.want(p.command("servers", "list", "--active"), 0, "No servers found")
}

func (p *teacher) tokenCommands() {
	p.t.Helper()
	made := p.command("tokens", "create", "ada", "--note", "a note", "--expires-in", "1d", "--scope", "read:users!user=ada")
	p.want(made, 0, "for ada, good until 20")
	hers := *p
	hers.token = strings.TrimSpace(made.out)
	hers.want(hers.command("groups", "list"), 1, "Not allowed")
	r := p.command("tokens", "list", "ada")
	p.want(r, 0, "a note")
	lines := strings.Split(r.out, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "a note") })
	id := strings.Fields(lines[at])[0]
	p.want(p.command("tokens", "revoke", "--user", "ada", id, "a99999"), 3, "Revoked the token "+id, "ada has no token a99999")
	hers.want(hers.command("groups", "list"), 1, "Authentication failed")
	p.want(p.command("tokens", "create", "nobody"), 1, "❌")
}
