package e2e_test

import (
	"fmt"
	"net/http"
	"os"
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

// guess tries wrong passwords for a name, each from an address of its own making, and
// prints the statuses.
const guess = `import json, os, urllib.error, urllib.request
statuses = []
for i in range(12):
    request = urllib.request.Request(%q + "/hub/api/authorizations/token", method="POST",
        data=json.dumps({"username": "victim", "password": "wrong %%d" %% i}).encode(),
        headers={"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.%%d" %% (%d + i)})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as e:
        statuses.append(e.code)
print(statuses)`

// A notebook reaches the hub by loopback, as a proxy in front of it does. What it says of
// the address that it comes from is not believed: it gets five tries, not five for each
// address that it thinks of. The proxy, which is another account's, is believed.
func TestNotebookCannotForgeItsAddress(t *testing.T) {
	t.Parallel()
	needRoot(t)
	h := startHub(t, options{Config: jupyterConfig(t) + cheapPasswords})
	admin := h.Admin()
	admin.NewUser("mallory")
	admin.NewUser("victim")
	admin.StartServer("mallory")
	kernel := admin.Notebook("mallory").StartKernel()

	if got, want := strings.TrimSpace(kernel.Run(fmt.Sprintf(guess, h.URL, 1))), "[403, 403, 403, 403, 403, 429, 429, 429, 429, 429, 429, 429]"; got != want {
		t.Errorf("a notebook's tries get %s, want %s", got, want)
	}
	proxy := func(address string) int {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, h.URL+"/hub/api/authorizations/token", strings.NewReader(`{"username": "victim", "password": "wrong"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", address)
		got, err := send(h.client(), req)
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	for i := range 12 {
		if status := proxy(fmt.Sprintf("198.51.100.%d", i)); status != http.StatusForbidden {
			t.Errorf("the try from an address of its own, by the proxy, gets %d", status)
		}
	}
	eventually(t, "the last try to be in the log", time.Minute, func() bool { return strings.Contains(h.Output.String(), `"address":"198.51.100.11"`) })
	said := h.Output.String()
	for _, want := range []string{`"address":"127.0.0.1"`, `"address":"198.51.100.11"`, `"msg":"login failed"`, `"name":"victim"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the log does not have %s", want)
		}
	}
	if strings.Contains(said, `"address":"192.0.2.1"`) {
		t.Error("the log has an address that the notebook has made up")
	}
}

// recipe is the configuration below a heading of a page of the guide.
func recipe(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/guide/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(text), heading+"\n")
	_, below, fenced := strings.Cut(below, "```yaml\n")
	block, _, closed := strings.Cut(below, "```\n")
	if !found || !fenced || !closed {
		t.Fatalf("there is no configuration below %q in %s", heading, page)
	}
	return block
}

// A teacher of one class has what the guide gives them, and does with it what the guide
// says; nothing of it reaches anybody outside of the class.
func TestTeacherOfOneClass(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + cheapPasswords + recipe(t, "roles.md", "### A teacher of one class")})
	admin := h.Teacher()
	admin.Write("class.csv", "username\nada\nben\ncleo\n")
	admin.Want(admin.Users("create", "class.csv", "--group", "cs101"), 0)
	admin.Write("others.csv", "username,admin,groups\nstranger,false,\nboss,true,cs101\n")
	admin.Want(admin.Users("create", "others.csv"), 0)
	r := admin.Run("tokens", "create", "prof")
	admin.Want(r, 0)
	prof := &teacher{admin.As(strings.TrimSpace(r.Out))}
	prof.Dir = t.TempDir()
	api := h.As(strings.TrimSpace(r.Out))

	prof.Want(prof.Users("list", "--group", "cs101"), 0, "Total users: 4", "ada", "no password yet")
	prof.Write("class.csv", "username\nada\nben\n")
	prof.Want(prof.Users("set-passwords", "class.csv", "--generate", "-o", "new.csv"), 0)
	for _, row := range prof.Table("new.csv") {
		if p := h.Browser().LogIn(row["username"], row["password"], ""); !strings.HasPrefix(p.Path, "/hub/change-password") {
			t.Errorf("%s's new password leads to %s with status %d", row["username"], p.Path, p.Status)
		}
	}
	prof.Want(prof.Run("servers", "start", "ada", "ben", "--wait"), 0, "Ready: 2")
	prof.Want(prof.Run("servers", "stop", "--group", "cs101", "--wait"), 3, "Stopped: 2", "boss may more than you")
	prof.Want(prof.Run("servers", "start", "--group", "cs101", "--wait"), 3, "Ready: 3", "boss may more than you")
	if got, err := api.Notebook("ada").Try(http.MethodGet, "api/contents/", ""); err != nil || got.Status != http.StatusOK {
		t.Errorf("ada's server: %d, %v", got.Status, err)
	}
	prof.Want(prof.Run("groups", "remove", "cs101", "cleo"), 0)
	prof.Write("late.csv", "username\ndan\n")
	prof.Want(prof.Users("create", "late.csv"), 0)
	prof.Want(prof.Users("list", "--group", "cs101"), 0, "dan")

	// What it does not give.
	for _, name := range []string{"stranger", "cleo"} {
		api.Do(http.MethodGet, "/hub/api/users/"+name, nil, http.StatusNotFound)
		prof.Write("one.csv", "username,password\n"+name+",seven brown foxes\n")
		prof.Want(prof.Users("set-passwords", "one.csv"), 3)
		prof.Want(prof.Run("groups", "add", "cs101", name), 3)
		if got, err := api.Notebook(name).Try(http.MethodGet, "api/contents/", ""); err != nil || got.Status == http.StatusOK {
			t.Errorf("%s's server: %d, %v", name, got.Status, err)
		}
	}
	prof.Write("new.csv", "username\nstranger\n")
	prof.Want(prof.Users("create", "new.csv", "--group", "cs101"), 1, "There is a stranger already whom you may not change")
	prof.Write("boss.csv", "username,password\nboss,seven brown foxes\n")
	prof.Want(prof.Users("set-passwords", "boss.csv"), 1, "boss may more than you")
	if got, err := api.Notebook("boss").Try(http.MethodGet, "api/contents/", ""); err != nil || got.Status == http.StatusOK {
		t.Errorf("the administrator's server: %d, %v", got.Status, err)
	}
	prof.Want(prof.Users("set-admin", "ada"), 1)
	prof.Write("left.csv", "username\nben\n")
	prof.Want(prof.Users("delete", "left.csv", "--yes"), 1)
	api.Do(http.MethodPatch, "/hub/api/users/ben", map[string]any{"suspended": true}, http.StatusForbidden)
}
