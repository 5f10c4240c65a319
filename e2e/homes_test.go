package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The two people whose files are not to be lost.
func owners() []string { return []string{"ann", "bob"} }

// owned is what somebody's kernel sees of where it runs.
type owned struct {
	UID   int
	Home  string
	Files map[string]string // content by name, of files that anybody can see
}

const look = `import json, os, pathlib
home = pathlib.Path.home()
print(json.dumps({"uid": os.getuid(), "home": str(home), "files": {p.name: p.read_text() for p in home.iterdir() if p.is_file() and not p.name.startswith(".")}}))`

func (k *kernel) Look() (seen owned) {
	k.t.Helper()
	decode(k.t, []byte(k.Run(look)), &seen)
	return seen
}

// work starts a server for each of the two, with a running kernel that leaves a file.
func (h *hub) work() (kernels map[string]*kernel, seen map[string]owned) {
	h.t.Helper()
	kernels, seen = map[string]*kernel{}, map[string]owned{}
	for _, name := range owners() {
		h.Admin().StartServer(name)
		k := h.Admin().Notebook(name).StartKernel()
		k.Run(fmt.Sprintf("open('work', 'w').write('%s was here'); n = 42", name))
		kernels[name], seen[name] = k, k.Look()
		if want := map[string]string{"work": name + " was here"}; fmt.Sprint(seen[name].Files) != fmt.Sprint(want) {
			h.t.Fatalf("%s's files are %v", name, seen[name].Files)
		}
	}
	return kernels, seen
}

// sameAgain starts their servers, with kernels that run, and finds the files and the user
// ids that were there.
func (h *hub) sameAgain(before map[string]owned) {
	h.t.Helper()
	for _, name := range owners() {
		h.Admin().WaitRest(name)
		h.Admin().StartServer(name)
		now := h.Admin().Notebook(name).StartKernel().Look()
		if now.UID != before[name].UID || fmt.Sprint(now.Files) != fmt.Sprint(before[name].Files) {
			h.t.Errorf("%s had uid %d and %v, and has uid %d and %v", name, before[name].UID, before[name].Files, now.UID, now.Files)
		}
	}
}

// run runs a command of the hub's own machine, with its configuration.
func (h *hub) run(args ...string) string {
	h.t.Helper()
	out, err := h.tryRun(args...)
	if err != nil {
		h.t.Fatalf("atrium %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (h *hub) tryRun(args ...string) (string, error) {
	cmd := exec.CommandContext(h.t.Context(), programs.Atrium, append(args, "--config", h.configFile(), "--data-dir", h.DataDir)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "ATRIUM_SPAWNER_LOCAL_UID_REGISTRY=" + h.registry()}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// die ends a machine: the hub and everything that it has started.
func (h *hub) die() {
	h.t.Helper()
	h.Kill()
	for _, p := range h.Processes() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
	eventually(h.t, "nothing of the machine lives", startPatience, func() bool { return len(h.Processes()) == 0 })
}

// copyHomes brings the homes of one machine to another, with their owners.
func copyHomes(t *testing.T, from, to *hub) {
	t.Helper()
	if err := os.MkdirAll(to.DataDir, 0o711); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(to.DataDir, "homes")
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(from.DataDir, "homes"), target).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// A backup made while everything runs is restored on another machine, into SQLite and
// into PostgreSQL.
func TestBackupIsRestoredOnAnotherMachine(t *testing.T) {
	t.Parallel()
	needRoot(t)
	first := startHub(t, options{Config: jupyterConfig(t)})
	for _, name := range owners() {
		first.Admin().NewUser(name)
	}
	_, before := first.work()
	file := filepath.Join(first.dir, "hub.backup")
	said := first.run("backup", file)
	if !strings.Contains(said, "records of homes: 2") || !strings.Contains(said, filepath.Join(first.DataDir, "homes")) {
		t.Errorf("the backup says: %s", said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if again, err := first.tryRun("backup", file); err == nil || !strings.Contains(again, "--force") {
		t.Errorf("a second backup into the same file: %v, %s", err, again)
	}
	first.Admin().NewUser("late") // who is not in it
	first.die()

	for engine, config := range map[string]string{"sqlite": "", "postgres": "database: " + newDatabase(t) + "\n"} {
		second := newHub(t, options{Config: jupyterConfig(t) + config, NoAdmin: true})
		said := second.run("restore", file)
		if !strings.Contains(said, "files are not there yet: 2") {
			t.Errorf("%s: the restore says: %s", engine, said)
		}
		second.Start()
		// Nobody finds an empty home where their work should be.
		second.Admin().WaitRest("ann")
		second.Admin().Do("POST", "/hub/api/users/ann/server", nil, 201, 202, 500, 503)
		eventually(t, "ann's start fails, and says that her files are missing", startPatience, func() bool {
			var ann struct{ Servers map[string]server }
			second.Admin().Get("/hub/api/users/ann?include_stopped_servers=true", &ann)
			failure := ann.Servers[""].Failure
			return failure != nil && strings.Contains(*failure, "have not been brought")
		})
		second.Stop()
		if err := os.RemoveAll(filepath.Join(second.DataDir, "homes")); err != nil {
			t.Fatal(err)
		}
		copyHomes(t, first, second)
		second.Start()
		second.sameAgain(before)
		if second.Admin().Knows("late") {
			t.Errorf("%s: somebody is there who was made later", engine)
		}
		second.die()
	}
}

// WaitRest waits until somebody's server does not run any more, as the hub finds by looking.
func (a *api) WaitRest(name string) {
	a.t.Helper()
	eventually(a.t, name+"'s server is found at rest", startPatience, func() bool {
		s := a.Server(name)
		return !s.Ready && s.Pending == nil
	})
}

// Knows tells whether the hub knows of the person.
func (a *api) Knows(name string) bool {
	a.t.Helper()
	return a.Do("GET", "/hub/api/users/"+name, nil, 200, 404).Status == 200
}

// Only the folders of the homes were copied, as "cp -a homes/* …" does: the records of
// whose they are come out of the backup.
func TestRestoreBringsTheRecordsOfHomes(t *testing.T) {
	t.Parallel()
	needRoot(t)
	first := startHub(t, options{Config: trivialConfig()})
	home := func(h *hub) string {
		found, _ := filepath.Glob(filepath.Join(h.DataDir, "homes", "ann-*"))
		if len(found) != 1 {
			t.Fatalf("ann's homes are %v", found)
		}
		return found[0]
	}
	first.Admin().NewUser("ann")
	first.Admin().StartServer("ann")
	if err := os.WriteFile(filepath.Join(home(first), "work"), []byte("ann's"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(first.dir, "hub.backup")
	first.run("backup", file)
	first.die()
	second := newHub(t, options{Config: trivialConfig(), NoAdmin: true})
	copyHomes(t, first, second)
	if err := os.RemoveAll(filepath.Join(second.DataDir, "homes", ".atrium")); err != nil {
		t.Fatal(err)
	}
	if said := second.run("restore", file); !strings.Contains(said, "of them from the backup: 1") || strings.Contains(said, "not there yet") {
		t.Errorf("the restore says: %s", said)
	}
	second.Start()
	second.Admin().WaitRest("ann")
	second.Admin().StartServer("ann")
	if text, err := os.ReadFile(filepath.Join(home(second), "work")); err != nil || string(text) != "ann's" {
		t.Errorf("%q, %v", text, err)
	}
	// A backup is not poured over what is there.
	second.Stop()
	if said, err := second.tryRun("restore", file); err == nil || !strings.Contains(said, "--replace") {
		t.Errorf("over a database that is there: %v, %s", err, said)
	}
	if said := second.run("restore", file, "--replace"); !strings.Contains(said, ".before-") {
		t.Errorf("in its place: %s", said)
	}
	second.Start()
	second.Admin().WaitRest("ann")
	second.Admin().StartServer("ann")
}

// The machine died; another one works on the same PostgreSQL, with the homes.
func TestHubMovesToAnotherMachineOnTheSamePostgreSQL(t *testing.T) {
	t.Parallel()
	needRoot(t)
	database := newDatabase(t)
	config := jupyterConfig(t) + "database: " + database + "\n"
	first := startHub(t, options{Config: config})
	for _, name := range owners() {
		first.Admin().NewUser(name)
	}
	_, before := first.work()
	first.die()

	second := newHub(t, options{Config: config})
	copyHomes(t, first, second)
	second.Start()
	if said := second.Output.String(); !strings.Contains(said, "another node works on this database") {
		t.Errorf("a minute has not passed, and it says: %s", said)
	}
	node, err := os.ReadFile(filepath.Join(first.DataDir, "node-id"))
	if err != nil {
		t.Fatal(err)
	}
	gone := strings.TrimSpace(string(node))
	teacher := second.Teacher()
	if ran := teacher.Do(teacher.Command("servers", "forget", "--node", gone, "--yes")); ran.Status == 0 || !strings.Contains(ran.All, "was seen") {
		t.Errorf("a node that was seen just now is given up: %s", ran.All)
	}
	psql(t, database, fmt.Sprintf("UPDATE nodes SET last_seen = last_seen - %d WHERE id = '%s'", 5*time.Minute.Microseconds(), gone)) // so long ago
	got, err := second.Admin().Try("POST", "/hub/api/users/ann/server", nil)
	if err != nil || got.Status == 201 {
		t.Errorf("ann's server runs, says the database, and starts: %d, %v", got.Status, err)
	}
	if ran := teacher.Do(teacher.Command("servers", "forget")); !strings.Contains(ran.All, gone) {
		t.Errorf("the machines are %s", ran.All)
	}
	if ran := teacher.Do(teacher.Command("servers", "forget", "--node", gone, "--yes")); ran.Status != 0 || !strings.Contains(ran.All, "Given up: 2") {
		t.Fatalf("status %d: %s", ran.Status, ran.All)
	}
	second.sameAgain(before)
}

// The database is lost while two people work; they are made again from an export, and get
// their homes back by the administrator's word.
func TestPeopleMadeAgainFromAnExportGetTheirHomesBack(t *testing.T) {
	t.Parallel()
	needRoot(t)
	h := startHub(t, options{Config: jupyterConfig(t)})
	for _, name := range []string{"zoe", "ann", "bob"} {
		h.Admin().NewUser(name)
	}
	_, before := h.work()
	teacher := h.Teacher()
	if ran := teacher.Users("export", "people.csv"); ran.Status != 0 {
		t.Fatal(ran.All)
	}
	h.Kill()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(h.DataDir, "atrium.sqlite"+suffix)); err != nil && suffix == "" {
			t.Fatal(err)
		}
	}
	h.Start()
	said := h.Output.String()
	for _, want := range []string{
		"were another hub's until now", "atrium homes list --unowned", "2 notebook servers run here that the database does not know of", "--stop-strays",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the start does not say %q:\n%s", want, said)
		}
	}
	if len(h.Processes()) == 0 {
		t.Error("they were stopped, and it may be the wrong database")
	}
	h.Stop()
	h.opt.Args = append(h.opt.Args, "--stop-strays")
	h.Start()
	if left := h.Processes(); len(left) != 0 {
		t.Errorf("%v live after --stop-strays", left)
	}
	if ran := teacher.Users("create", "people.csv"); ran.Status != 0 || !strings.Contains(ran.All, "by themselves: 2, of ann, bob. See atrium homes list --offered") {
		t.Fatal(ran.All)
	}
	h.Admin().StartServer("ann")
	if fresh := h.Admin().Notebook("ann").StartKernel().Look(); len(fresh.Files) != 0 || fresh.UID == before["ann"].UID || fresh.UID == before["bob"].UID {
		t.Errorf("ann, made again, has %+v", fresh)
	}
	h.Admin().StopServer("ann")
	var offered []struct {
		ID        string
		LastOwner string `json:"last_owner"`
		UID       int
	}
	ran := teacher.Do(teacher.Command("homes", "list", "--offered", "--json"))
	if err := json.Unmarshal([]byte(ran.Out), &offered); err != nil || len(offered) != 2 {
		t.Fatalf("%v: %s", err, ran.All)
	}
	for _, home := range offered {
		if home.UID != before[home.LastOwner].UID {
			t.Errorf("%s's home has uid %d, and had %d", home.LastOwner, home.UID, before[home.LastOwner].UID)
		}
	}
	if ran := teacher.Do(teacher.Command("homes", "attach", "--by-name", "--yes")); ran.Status != 0 {
		t.Fatal(ran.All)
	}
	h.sameAgain(before)
}

// Two hubs on one machine, a trial beside the real one: nobody's user id is somebody
// else's.
func TestTwoHubsOnAMachineGiveDifferentUserIDs(t *testing.T) {
	t.Parallel()
	needRoot(t)
	first := newHub(t, options{Config: trivialConfig()})
	second := newHub(t, options{Config: trivialConfig(), Env: []string{"ATRIUM_SPAWNER_LOCAL_UID_REGISTRY=" + first.registry()}})
	seen := map[uint32]string{}
	for _, h := range []*hub{first, second} {
		h.Start()
		for _, name := range owners() {
			h.Admin().NewUser(name)
			h.Admin().StartServer(name)
		}
		folders, err := filepath.Glob(filepath.Join(h.DataDir, "homes", "*-*"))
		if err != nil || len(folders) != 2 {
			t.Fatalf("%v, %v", folders, err)
		}
		for _, folder := range folders {
			info, err := os.Stat(folder)
			if err != nil {
				t.Fatal(err)
			}
			stat, _ := info.Sys().(*syscall.Stat_t)
			if other, taken := seen[stat.Uid]; taken {
				t.Errorf("uid %d has %s and %s", stat.Uid, other, folder)
			}
			seen[stat.Uid] = folder
		}
	}
}

// A symbolic link leads to homes on another disk.
func TestHomesBehindASymbolicLink(t *testing.T) {
	t.Parallel()
	h := newHub(t, options{Config: trivialConfig()})
	disk := filepath.Join(h.dir, "disk")
	for _, dir := range []string{h.DataDir, disk} {
		if err := os.Mkdir(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(disk, filepath.Join(h.DataDir, "homes")); err != nil {
		t.Fatal(err)
	}
	h.Start()
	h.Admin().NewUser("ann")
	h.Admin().StartServer("ann")
	if found, _ := filepath.Glob(filepath.Join(disk, "ann-*")); len(found) != 1 {
		t.Errorf("ann's home is %v", found)
	}
	h.Admin().StopServer("ann")
	h.Stop()
	// The disk is not mounted: it says so, and takes nothing for gone.
	if err := os.Rename(disk, disk+".away"); err != nil {
		t.Fatal(err)
	}
	h.Launch()
	if said := h.Fails(); !strings.Contains(said, "symbolic link that leads nowhere") || strings.Contains(said, "panic") {
		t.Errorf("it says %s", said)
	}
	if err := os.Mkdir(disk, 0o711); err != nil {
		t.Fatal(err)
	}
	h.Launch()
	if said := h.Fails(); !strings.Contains(said, "is a disk not mounted") {
		t.Errorf("it says %s", said)
	}
}
