package e2e_test

import (
	"fmt"
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
