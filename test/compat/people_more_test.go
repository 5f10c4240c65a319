package compat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
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
			p := hubtest.NewTeacher(t, found.Atrium, "http://"+hub.addr, adminToken)
			p.Write("users.csv", "username\nada\nben\ncleo\n"+brokenPerson+"\n")
			p.Want(p.Users("create", "users.csv"), 0, "Created: 4")
			groupCommands(p)
			serverCommands(p)
			tokenCommands(p)
			if name == "jupyterhub" {
				p.Want(p.Run("audit"), 1, "only Atrium has one")
			} else {
				p.Want(p.Run("audit", "--limit", "5", "--target-kind", "server"), 0, "server.start")
			}
		})
	}
}

func groupCommands(p *hubtest.Teacher) {
	p.T.Helper()
	p.Want(p.Run("groups", "create", "class 5a", "lab", "--users", "ada,ben"), 0, "Created group: class 5a", "Added to lab: ada", "✅ Added: 4")
	p.Want(p.Run("groups", "create", "lab"), 0, "Group already exists: lab")
	p.Want(p.Run("groups", "create", "more", "--users", "ada,nobody"), 3, "Failed to add nobody", "✅ Added: 1")
	p.Want(p.Run("groups", "add", "lab", "-f", "users.csv"), 0, "Already in lab: ada", "Added to lab: cleo", "Added: 2")
	p.Want(p.Run("groups", "remove", "lab", "ada", "nobody"), 0, "Removed from lab: ada", "Not in lab: nobody")
	p.Want(p.Run("groups", "add", "none", "ada"), 3, "there is no group none")
	before := p.Run("groups", "list", "--json")
	p.Want(before, 0)
	p.Want(p.Run("groups", "export", "groups.csv"), 0, "Saved 3 groups")
	p.Want(p.Run("groups", "delete", "lab", "class 5a", "more", "none", "-y"), 0, "Deleted: 3", "Not found: 1")
	p.Want(p.Run("groups", "add", "-f", "groups.csv"), 0, "Created: 3", "Failed: 0")
	if after := p.Run("groups", "list", "--json"); after.Out != before.Out {
		p.T.Errorf("restored are %s, want %s", after.Out, before.Out)
	}
}

func serverCommands(p *hubtest.Teacher) {
	p.T.Helper()
	p.Want(p.Run("servers", "start", brokenPerson, "--wait"), 3, "Failed to start "+brokenPerson, "Failed: 1")
	for deadline := time.Now().Add(patience); p.Run("servers", "list", "--active").Out != "No servers found\n"; time.Sleep(poll) {
		if time.Now().After(deadline) {
			p.T.Fatal("the server that failed does not end")
		}
	}
	p.Want(p.Run("servers", "start", "ada", "ada/gpu", "nobody", "--wait"), 3,
		"✅ Ready: ada\n", "✅ Ready: ada/gpu", "User not found: nobody", "✅ Ready: 2", "Failed: 1")
	p.Want(p.Run("servers", "start", "ada"), 0, "Already running: ada")
	p.Want(p.Run("servers", "start", "--group", "class 5a", "--wait", "--option", "a=b"), 0, "✅ Ready: 2")
	p.Want(p.Run("servers", "list", "--active"), 0, "Total servers: 3", "ada/gpu")
	p.Want(p.Run("servers", "stop", "cleo", "ben", "nobody", "ben/none", "--wait"), 3,
		"Not running: cleo", "Stopped: ben", "User not found: nobody", "Server not found: ben/none", "Stopped: 1", "Failed: 2")
	p.Want(p.Run("servers", "stop", "--all"), 1, "This stops 2 servers: ada, ada/gpu", "use --yes")
	p.Want(p.Run("servers", "stop", "--all", "--yes", "--wait"), 0, "Stopped: 2", "Failed: 0")
	p.Want(p.Run("servers", "list", "--active"), 0, "No servers found")
}

func tokenCommands(p *hubtest.Teacher) {
	p.T.Helper()
	made := p.Run("tokens", "create", "ada", "--note", "a note", "--expires-in", "1d", "--scope", "read:users!user=ada")
	p.Want(made, 0, "for ada, good until 20")
	hers := p.As(strings.TrimSpace(made.Out))
	hers.Want(hers.Run("groups", "list"), 1, "Not allowed")
	r := p.Run("tokens", "list", "ada")
	p.Want(r, 0, "a note")
	lines := strings.Split(r.Out, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "a note") })
	id := strings.Fields(lines[at])[0]
	p.Want(p.Run("tokens", "revoke", "--user", "ada", id, "a99999"), 3, "Revoked the token "+id, "ada has no token a99999")
	hers.Want(hers.Run("groups", "list"), 1, "Authentication failed")
	p.Want(p.Run("tokens", "create", "nobody"), 1, "❌")
}
