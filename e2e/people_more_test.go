package e2e_test

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

// Groups are made, filled, emptied, exported, restored and deleted by the command.
func TestGroupsFromTheCommandLine(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", "username\nada\nben\ncleo\n")
	p.Want(p.Users("create", "users.csv"), 0)

	p.Want(p.Run("groups", "list"), 0, "No groups found")
	p.Want(p.Run("groups", "create", "class 5a", "a;b"), 0, "Created group: class 5a", "✅ Created: 2", "Failed: 0")
	p.Want(p.Run("groups", "create", "class 5a"), 0, "⚠️  Group already exists: class 5a", "Created: 0", "Already exist: 1")
	p.Want(p.Run("groups", "create", "lab", "class 5a", "--users", "ada,ben"), 0, "Created group: lab", "Added to lab: ada", "✅ Added: 2")
	p.Want(p.Run("groups", "create", "a/b", "choir"), 3, "Created group: choir", "❌ Failed to create group a/b", "slash")
	p.Want(p.Run("groups", "create", "more", "--users", "a/b"), 1, "1 bad row: nothing was done. Correct it first.")
	p.Want(p.Run("groups", "create"), 2, "required: NAME")

	p.Want(p.Run("groups", "add", "class 5a", "ada", "nobody", "cleo"), 3, "Added to class 5a: ada", "Added to class 5a: cleo", "Failed to add nobody", "Failed: 1")
	p.Want(p.Run("groups", "add", "class 5a", "-f", "users.csv"), 0, "Already in class 5a: ada", "Added to class 5a: ben", "Added: 1", "Unchanged: 2")
	p.Want(p.Run("groups", "add", "none", "ada"), 3, "there is no group none")
	p.Want(p.Run("groups", "add", "lab"), 2, "name people")
	p.Want(p.Run("groups", "remove", "class 5a", "ben", "ben"), 0, "Removed from class 5a: ben", "Removed: 1")
	p.Want(p.Run("groups", "remove", "class 5a", "ben"), 0, "Not in class 5a: ben", "Unchanged: 1")
	h.Admin().Do("PUT", "/hub/api/groups/lab/properties", map[string]any{"room": "0.12"}, 200)

	r := p.Run("groups", "list")
	p.Want(r, 0, "Total groups: 4", "ada, cleo")
	if !strings.HasPrefix(r.Err, "✅ Connected") || strings.Contains(r.Out, "Connected") {
		t.Errorf("talk and answers are mixed:\n%s", r.All)
	}
	before := p.groups()
	p.Want(p.Run("groups", "export", "groups.xlsx"), 0, "Saved 4 groups to groups.xlsx")
	p.Want(p.Run("groups", "export", "groups.csv"), 0, "Saved 4 groups to groups.csv")
	if row := p.Table("groups.csv")[0]; row["group"] == "" {
		t.Errorf("the first row is %v", row)
	}
	p.Want(p.Run("groups", "rename", "choir", "lab"), 1, "Group lab already exists")
	p.Want(p.Run("groups", "rename", "choir"), 2, "GROUP NEW")
	p.Want(p.Run("groups", "rename", "choir", "<b>choir"), 0, "Renamed group: choir is <b>choir now")
	p.Want(p.Run("groups", "rename", "<b>choir", "choir"), 0, "Renamed group")
	refused := p.Command("groups", "delete", "lab", "choir")
	refused.Stdin = strings.NewReader("no\n")
	p.Want(p.Do(refused), 1, "This deletes the group lab, choir", "delete 2 groups? (yes/no)", "Operation cancelled")
	p.Want(p.Run("groups", "delete", "lab", "choir"), 1, "use --yes to delete")
	p.Want(p.Run("groups", "delete", "lab", "choir", "class 5a", "a;b", "none", "--yes"), 0, "Deleted group: lab", "Group not found: none", "Deleted: 4", "Not found: 1")
	p.Want(p.Run("groups", "add", "-f", "groups.xlsx"), 0, "Created group: lab", "Created: 4", "Failed: 0")
	if after := p.groups(); after != before {
		t.Errorf("restored are %s, want %s", after, before)
	}
	p.Want(p.Run("groups", "add", "-f", "groups.csv"), 0, "Created: 0", "Added: 0", "Failed: 0")
	p.Want(p.Run("groups", "add", "-f", "users.csv"), 1, "'group' column")
	p.Want(p.Run("groups", "fold"), 2)
	p.Want(p.Run("groups", "list", "--token", "wrong"), 1, "Authentication failed")
}

// groups is what 'groups list --json' answers.
func (p *teacher) groups() string {
	p.T.Helper()
	r := p.Run("groups", "list", "--json", "--quiet")
	p.Want(r, 0)
	if r.Err != "" {
		p.T.Errorf("it is not quiet: %s", r.Err)
	}
	var all []struct {
		Name       string         `json:"name"`
		Users      []string       `json:"users"`
		Properties map[string]any `json:"properties"`
	}
	p.Answer(r, &all)
	text, err := json.Marshal(all)
	if err != nil {
		p.T.Fatal(err)
	}
	return string(text)
}

// Servers are started, listed and stopped: by name, group, file, and all.
func TestServersFromTheCommandLine(t *testing.T) {
	h := startHub(t, options{Config: trivialConfig() + cheapPasswords})
	p := h.Teacher()
	p.Write("users.csv", "username,groups\nada,class\nben,class\ncleo,\n")
	p.Want(p.Users("create", "users.csv"), 0)

	p.Want(p.Run("servers", "list", "--active"), 0, "No servers found")
	p.Want(p.Run("servers", "list"), 0, "Total servers: 4", "stopped")
	p.Want(p.Run("servers", "start", "ada", "ada", "nobody", "--wait", "--option", "color=red", "--profile", "small"), 3,
		"✅ Ready: ada", "❌ User not found: nobody", "✅ Ready: 1", "Failed: 1")
	var made struct {
		Servers map[string]struct {
			Options map[string]string `json:"user_options"`
		}
	}
	h.Admin().Get("/hub/api/users/ada", &made)
	if o := made.Servers[""].Options; o["color"] != "red" || o["profile"] != "small" {
		t.Errorf("it was started with %v", o)
	}
	p.Want(p.Run("servers", "start", "--group", "class", "--wait"), 0, "✅ Ready: ada", "✅ Ready: ben", "✅ Ready: 2", "Failed: 0")
	p.Want(p.Run("servers", "start", "ada"), 0, "✅ Already running: ada", "Started: 0", "Already running: 1")
	p.Want(p.Run("servers", "start", "--group", "none"), 1, "there is no group none")
	p.Want(p.Run("servers", "start"), 2, "say which servers")
	p.Want(p.Run("servers", "start", "ada", "--all"), 2, "say which servers")
	p.Want(p.Run("servers", "start", "ada", "--option", "color"), 2, "key=value")
	p.Want(p.Run("servers", "start", "a/b/c"), 1, "NAME or NAME/SERVER", "nothing was done")

	r := p.Run("servers", "list", "--active")
	p.Want(r, 0, "Total servers: 2", "ready")
	var all []struct {
		User    string `json:"username"`
		State   string
		Started string
	}
	r = p.Run("servers", "list", "--json")
	p.Want(r, 0)
	p.Answer(r, &all)
	if len(all) != 4 || all[1].User != "ada" || all[1].State != "ready" || all[1].Started == "" || all[3].State != "stopped" {
		t.Errorf("servers are %v", all)
	}

	p.Want(p.Run("servers", "stop", "--all"), 1, "This stops 2 servers: ada, ben", "stop 2 servers? (yes/no)", "use --yes")
	p.Want(p.Run("servers", "stop", "-f", "users.csv", "--wait"), 0, "✅ Stopped: ada", "✅ Not running: cleo", "Stopped: 2", "Not running: 1", "Failed: 0")
	p.Want(p.Run("servers", "list", "--active"), 0, "No servers found")
	p.Want(p.Run("servers", "start", "--all", "--yes", "--wait"), 0, "✅ Ready: cleo", "✅ Ready: 4")
	p.Want(p.Run("servers", "stop", "--all", "--yes", "--wait"), 0, "Stopped: 4", "Failed: 0")
	r = p.Run("servers", "stop", "ada", "nobody", "ada/gpu", "--json", "--quiet")
	p.Want(r, 3)
	var report struct {
		Results []struct {
			User   string  `json:"username"`
			Server *string `json:"server_name"`
			Status string
		}
	}
	p.Answer(r, &report)
	if x := report.Results; len(x) != 3 || x[0].Status != "not_running" || x[1].Status != "not_found" || x[0].Server == nil || *x[2].Server != "gpu" {
		t.Errorf("the report is %s", r.Out)
	}
}

// Who waits for a server that takes long can stop waiting; the start goes on.
func TestWaitingIsInterrupted(t *testing.T) {
	h := startHub(t, options{Config: trivialConfig("--slow", "admin") + cheapPasswords})
	p := h.Teacher()
	cmd := p.Command("servers", "start", "admin", "--wait")
	said := &output{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it waits", startPatience, func() bool { return strings.Contains(said.String(), "⏳ admin: 50%") })
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 1 || !strings.Contains(said.String(), "The hub goes on with 1 of 1 rows") {
		t.Errorf("status %d:\n%s", status, said)
	}
	p.Want(p.Run("servers", "list", "--active"), 0, "starting")
}

// A start that fails is named, with the reason.
func TestServersStartSaysWhyItFailed(t *testing.T) {
	h := startHub(t, options{Config: commandConfig("/bin/false") + cheapPasswords})
	p := h.Teacher()
	p.Want(p.Run("servers", "start", "admin", "--wait"), 3, "❌ Failed to start admin: The notebook server ended by itself with exit status 1.", "Failed: 1")
	eventually(t, "the list shows it", startPatience, func() bool {
		return strings.Contains(p.Run("servers", "list").Out, "failed")
	})
}

// The token alone is on standard output, so that a shell can take it; it works until
// it is revoked.
func TestTokensFromTheCommandLine(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", "username\nada\n")
	p.Want(p.Users("create", "users.csv"), 0)

	r := p.Run("tokens", "create", "--note", "for a script", "--expires-in", "30d")
	p.Want(r, 0, "🔑 Made the token", "for admin, good until 20")
	secret := strings.TrimSpace(r.Out)
	if strings.ContainsAny(secret, " \n") || secret == "" || strings.Contains(r.Err, secret) {
		t.Fatalf("standard output has %q, standard error %q", r.Out, r.Err)
	}
	other := p.As(secret)
	other.Want(other.Users("list"), 0, "Total users: 2")

	r = p.Run("tokens", "create", "ada", "--scope", "read:users!user=ada", "--json", "-q")
	p.Want(r, 0)
	var made struct {
		ID, Token string
		User      string `json:"username"`
		Scopes    []string
		Expires   string `json:"expires_at"`
	}
	p.Answer(r, &made)
	if made.Token == "" || made.User != "ada" || len(made.Scopes) == 0 || made.Expires != "" || r.Err != "" {
		t.Errorf("the answer is %s%s", r.Out, r.Err)
	}
	hers := p.As(made.Token)
	hers.Want(hers.Run("groups", "list"), 1, "Not allowed")
	hers.Want(hers.Run("tokens", "create"), 1, "Not allowed")

	p.Want(p.Run("tokens", "list"), 0, "Tokens of admin: ", "for a script")
	p.Want(p.Run("tokens", "list", "ada"), 0, "Tokens of ada: 1", made.ID)
	p.Want(p.Run("tokens", "list", "nobody"), 1, "❌")
	p.Want(p.Run("tokens", "create", "--expires-in", "soon"), 2, "30d, 12h or 90m")
	p.Want(p.Run("tokens", "create", "ada", "ben"), 2, "unrecognized arguments: ben")
	p.Want(p.Run("tokens", "create", "--scope", "admin:everything"), 1, "❌")
	p.Want(p.Run("tokens", "revoke", "--user", "ada", made.ID, "a999999"), 3, "Revoked the token "+made.ID+" of ada", "ada has no token a999999")
	hers.Want(hers.Run("tokens", "list", "ada"), 1, "Authentication failed")
	p.Want(p.Run("tokens", "list", "ada"), 0, "ada has no tokens")
}

// The record of changes is read by filters, beyond a page.
func TestAuditFromTheCommandLine(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, 450))
	p.Want(p.Users("create", "users.csv"), 0)
	p.Want(p.Users("set-admin", "s00007"), 0)

	r := p.Run("audit", "--limit", "1")
	p.Want(r, 0, "Time", "Who", "admin", "s00007", "--limit 10, or --limit 0 for all")
	if strings.Contains(r.Out, "s00450") || strings.Contains(r.Out, "limit") {
		t.Errorf("one entry is\n%s", r.Out)
	}
	type entry struct {
		ID     int64
		Action string
		Actor  struct{ Kind, Name string }
		Target struct{ Kind, Name string }
	}
	read := func(args ...string) (all []entry) {
		t.Helper()
		r := p.Run(append([]string{"audit", "--json", "--quiet"}, args...)...)
		p.Want(r, 0)
		p.Answer(r, &all)
		return all
	}
	all := read("--action", "user.create", "--target-kind", "user", "--since", "1h", "--actor", "admin", "--limit", "0")
	if len(all) != 450 || all[0].ID <= all[449].ID || all[0].Actor.Name != "admin" {
		t.Errorf("%d entries, the first is %v", len(all), all[:min(1, len(all))])
	}
	if got := read("--target", "s00003", "--limit", "300"); len(got) != 1 || got[0].Target.Name != "s00003" {
		t.Errorf("of s00003 there are %v", got)
	}
	if got := read("--limit", "210", "--action", "user.create"); len(got) != 210 {
		t.Errorf("%d entries, want 210", len(got))
	}
	if got := read("--until", "2020-01-01"); got == nil || len(got) != 0 {
		t.Errorf("before all began there are %v", got)
	}
	p.Want(p.Run("audit", "--until", "2020-01-01"), 0, "No entries found")
	p.Want(p.Run("audit", "--since", "yesterday"), 2, "--since must be a day")
	p.Want(p.Run("audit", "--limit=-1"), 2, "--limit must not be negative")
	r = p.Run("tokens", "create", "--scope", "read:users")
	p.Want(r, 0)
	p.Env = []string{"JUPYTERHUB_URL=" + h.URL, "JUPYTERHUB_TOKEN=" + strings.TrimSpace(r.Out)}
	p.Want(p.Run("audit"), 1, "Not allowed")
}
