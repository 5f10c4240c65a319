package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// As root, from a notebook's process: the database, the credentials, another
// person's home and another server's environment cannot be read; it is not root.
func TestNotebookCannotReadWhatIsOthers(t *testing.T) {
	t.Parallel()
	needRoot(t)
	h := startHub(t, options{Config: jupyterConfig(t), NoAdmin: true})
	admin := h.As(h.credentials().APIToken)
	alice := admin.NewUser("alice")
	admin.NewUser("bob")
	admin.StartServer("bob")
	alice.StartServer("alice")

	var bob process
	for _, p := range h.Processes() {
		if p.user == "bob" {
			bob = p
		}
	}
	homes, err := filepath.Glob(filepath.Join(h.DataDir, "homes", "*"))
	if err != nil || len(homes) < 2 || bob.pid == 0 {
		t.Fatalf("homes %v (%v), bob's process %+v", homes, err, bob)
	}
	kernel := alice.Notebook("alice").StartKernel()
	var me struct {
		UID, EUID, GID int
		Groups         []int
		Home           string
	}
	decode(t, []byte(kernel.Run(`import json, os
print(json.dumps({"uid": os.getuid(), "euid": os.geteuid(), "gid": os.getgid(), "groups": os.getgroups(), "home": os.path.expanduser("~")}))`)), &me)
	if me.UID == 0 || me.EUID == 0 || me.GID == 0 {
		t.Errorf("the notebook runs as %+v", me)
	}
	for _, group := range me.Groups {
		if group == 0 {
			t.Errorf("the notebook is in root's group: %+v", me)
		}
	}
	paths := []string{
		h.DataDir, filepath.Join(h.DataDir, "homes"), filepath.Join(h.DataDir, "servers"),
		filepath.Join(h.DataDir, "atrium.sqlite"), filepath.Join(h.DataDir, "atrium.sqlite-wal"),
		filepath.Join(h.DataDir, "admin-credentials.json"), filepath.Join(h.DataDir, "hub.lock"),
		fmt.Sprintf("/proc/%d/environ", h.cmd.Process.Pid), fmt.Sprintf("/proc/%d/environ", bob.pid),
		fmt.Sprintf("/proc/%d/cwd", bob.pid), fmt.Sprintf("/proc/%d/mem", bob.pid),
	}
	for _, home := range homes {
		if home != me.Home {
			paths = append(paths, home)
		}
	}
	records, _ := filepath.Glob(filepath.Join(h.DataDir, "servers", "*"))
	paths = append(paths, records...)
	checkUnreadable(t, kernel, paths)
	if got := kernel.Run(fmt.Sprintf("import os, signal\ntry:\n  os.kill(%d, 0)\n  print('reached', end='')\nexcept PermissionError:\n  print('refused', end='')", bob.pid)); got != "refused" {
		t.Errorf("a signal to bob's server: %s", got)
	}
	if got := kernel.Run("open(os.path.expanduser('~/mine'), 'w').write('x')"); got != "1" {
		t.Errorf("writing to one's own home: %s", got)
	}
}

func checkUnreadable(t *testing.T, kernel *kernel, paths []string) {
	t.Helper()
	list, err := json.Marshal(paths)
	if err != nil {
		t.Fatal(err)
	}
	var outcome map[string]string
	decode(t, []byte(kernel.Run(`
def attempt(path):
    found = []
    for what in (lambda: os.listdir(path), lambda: open(path, "rb").read(1), lambda: open(path, "ab").close()):
        try:
            what()
            found.append("done")
        except PermissionError:
            pass
        except (IsADirectoryError, NotADirectoryError):
            pass
        except FileNotFoundError:
            found.append("missing")
        except OSError as e:
            found.append(type(e).__name__)
    return ",".join(found)
print(json.dumps({p: attempt(p) for p in `+string(list)+`}))`)), &outcome)
	if len(outcome) != len(paths) {
		t.Errorf("%d paths tried, want %d", len(outcome), len(paths))
	}
	for path, what := range outcome {
		// SQLite deletes its log when nobody needs it.
		if what != "" && !(strings.HasSuffix(path, "-wal") && !strings.Contains(what, "done")) {
			t.Errorf("%s: %s", path, what)
		}
	}
}

// Not as root everybody's servers share the hub's account: the start says so, and
// refuses to listen beyond this machine unless that is wanted.
func TestSharedAccount(t *testing.T) {
	t.Parallel()
	uid := 0
	if os.Geteuid() == 0 {
		uid = 65534
	}
	t.Run("on loopback", func(t *testing.T) {
		h := startHub(t, options{Config: trivialConfig(), UID: uid})
		h.Admin().NewUser("alice")
		h.Admin().StartServer("alice")
		if said := h.Output.String(); !strings.Contains(said, "account") {
			t.Errorf("the start doesn't say that all share one account:\n%s", said)
		}
		h.Admin().StopServer("alice")
	})
	beyond := func(t *testing.T, config string) *hub {
		h := newHub(t, options{Config: config, UID: uid})
		_, port, _ := strings.Cut(h.Addr, ":")
		h.Addr = "0.0.0.0:" + port
		return h
	}
	t.Run("beyond", func(t *testing.T) {
		h := beyond(t, trivialConfig())
		h.Launch()
		if said := h.Fails(); !strings.Contains(said, "spawner.local.shared_uid") {
			t.Errorf("the refusal doesn't name spawner.local.shared_uid:\n%s", said)
		}
	})
	t.Run("beyond, wanted", func(t *testing.T) {
		beyond(t, trivialConfig()+"    shared_uid: true\n").Start()
	})
}
