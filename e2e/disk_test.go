package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/smalldisk"
)

// A student fills the disk that homes and database share, and takes every byte that is
// given back. Others log in all the same, servers are stopped and deleted, people too;
// nothing starts, and who asks is told why. When there is room again all is as before.
func TestAStudentFillsTheDisk(t *testing.T) {
	h := newHub(t, options{Config: trivialConfig() +
		"disk:\n  min_free_bytes: 6000000\n  reserve_bytes: 4194304\nauth:\n  native:\n    argon2: {memory_kib: 64, iterations: 1}\n"})
	smalldisk.Mount(t, h.DataDir, 64<<20, 0o711)
	h.Start()
	admin := h.Admin()
	for _, name := range []string{"ann", "ben", "cleo", "mallory"} {
		admin.Do(http.MethodPost, "/hub/api/users/"+name, nil, http.StatusCreated)
	}
	setPassword(h, "ann", "a password of ann's")
	for _, path := range []string{"ann/server", "ann/servers/lab", "ben/server", "mallory/server"} {
		admin.Do(http.MethodPost, "/hub/api/users/"+path, nil, http.StatusCreated, http.StatusAccepted)
	}
	for _, name := range []string{"ann", "ben", "mallory"} {
		admin.WaitReady(name)
	}
	h.ready(http.StatusOK)

	greed := fillForEver(t, admin, "mallory")
	eventually(t, "the hub has seen that the disk is full", startPatience, func() bool {
		return strings.Contains(h.Output.String(), "the disk is full") && free(t, h.DataDir) == 0
	})
	if said := string(h.ready(http.StatusServiceUnavailable)); !strings.Contains(said, "The disk is full") {
		t.Errorf("the probe reads %s", said)
	}
	h.As("").Do(http.MethodGet, "/hub/health", nil, http.StatusOK)

	browser := h.Browser()
	if home := browser.LogIn("ann", "a password of ann's", "/hub/home"); home.Status != http.StatusOK {
		t.Errorf("ann logs in: status %d: %s", home.Status, shorten(home.Body))
	}
	admin.StopServer("ann")
	admin.StopServer("ben")
	admin.Do(http.MethodDelete, "/hub/api/users/ann/servers/lab", map[string]bool{"remove": true}, http.StatusNoContent, http.StatusAccepted)
	eventually(t, "ann's lab is deleted", startPatience, func() bool {
		var user struct{ Servers map[string]server }
		admin.Get("/hub/api/users/ann", &user)
		_, there := user.Servers["lab"]
		return !there
	})
	admin.Do(http.MethodDelete, "/hub/api/users/ben", nil, http.StatusNoContent)
	admin.Do(http.MethodDelete, "/hub/api/users/cleo", nil, http.StatusNoContent)

	refused := string(admin.Do(http.MethodPost, "/hub/api/users/ann/server", nil, http.StatusServiceUnavailable).Body)
	for _, word := range []string{"The disk of " + h.DataDir + " is full", "MB are free", "Make room"} {
		if !strings.Contains(refused, word) {
			t.Errorf("an administrator does not read %q: %s", word, refused)
		}
	}
	page := browser.Send(http.MethodPost, "/hub/spawn", url.Values{"_xsrf": {browser.Cookie("/hub/", "_xsrf")}}, nil)
	if said := string(page.Body); !strings.Contains(said, "disk is full") || !strings.Contains(said, "Ask an administrator") || strings.Contains(said, h.DataDir) {
		t.Errorf("ann's page reads (status %d) %s", page.Status, said)
	}
	metrics := string(admin.Do(http.MethodGet, "/hub/metrics", nil, http.StatusOK).Body)
	for _, line := range []string{fmt.Sprintf("atrium_disk_full{path=%q} 1", h.DataDir), fmt.Sprintf("atrium_disk_free_bytes{path=%q} ", h.DataDir)} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}

	greed.end()
	eventually(t, "there is room again", startPatience, func() bool {
		got, err := h.As("").Try(http.MethodGet, "/hub/health/ready", nil)
		return err == nil && got.Status == http.StatusOK
	})
	if !strings.Contains(h.Output.String(), "there is room on the disk again") {
		t.Error("the log does not say so")
	}
	admin.StartServer("ann")
}

func (h *hub) ready(want int) []byte {
	h.t.Helper()
	return h.As("").Do(http.MethodGet, "/hub/health/ready", nil, want).Body
}

func setPassword(h *hub, name, password string) {
	h.t.Helper()
	if page := h.Browser().Claim(name, password, "/hub/home"); page.Status != http.StatusOK {
		h.t.Fatalf("%s's first login: status %d: %s", name, page.Status, shorten(page.Body))
	}
}

func free(t *testing.T, folder string) int64 {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * int64(st.Bsize) //nolint:unconvert // another type elsewhere
}

// greed is a program of somebody's that writes as much as there is room for, again and
// again.
type greed struct {
	t    *testing.T
	stop context.CancelFunc
	done chan struct{}
	file string
}

// fillForEver starts it as the person, in their home.
func fillForEver(t *testing.T, admin *api, name string) *greed {
	t.Helper()
	var who struct {
		UID  uint32
		GID  uint32
		Home string
	}
	admin.Get("/user/"+name+"/whoami", &who)
	ctx, stop := context.WithCancel(t.Context())
	g := &greed{t: t, stop: stop, done: make(chan struct{}), file: filepath.Join(who.Home, "greed")}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `while :; do head -c 1M /dev/zero; head -c 4096 /dev/zero; head -c 1 /dev/zero; done >>"$1" 2>/dev/null`, "sh", g.file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.UID, Gid: who.GID}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(g.done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() { stop(); <-g.done })
	return g
}

// end ends the program, and deletes what it wrote.
func (g *greed) end() {
	g.t.Helper()
	g.stop()
	<-g.done
	if err := os.Remove(g.file); err != nil {
		g.t.Fatal(err)
	}
}

// A server prints 100 MB at once, and more while the hub is killed and started again: its
// log stays as small as is configured, and the server comes to life.
func TestAServerThatPrintsWithoutEnd(t *testing.T) {
	t.Parallel()
	const most = 1_000_000
	config := commandConfig("/bin/sh", "-c", `head -c 100000000 /dev/zero | tr '\0' x; echo; echo all is printed; exec "$0"`, programs.Notebook)
	config = strings.Replace(config, "slow_start_wait: 30s", "slow_start_wait: 0s", 1)
	h := startHub(t, options{Config: config + fmt.Sprintf("    log_max_bytes: %d\n", most)})
	admin := h.Admin()
	admin.NewUser("ann")
	admin.Do(http.MethodPost, "/hub/api/users/ann/server", nil, http.StatusCreated, http.StatusAccepted)
	log := filepath.Join(h.DataDir, "servers", "1.log")
	size := func() int64 {
		info, err := os.Stat(log)
		if err != nil {
			return 0
		}
		if info.Size() > most {
			t.Errorf("the log has %d bytes, and may have %d", info.Size(), most)
		}
		return info.Size()
	}
	eventually(t, "it prints", startPatience, func() bool { return size() > most/4 })
	if s := admin.Server("ann"); s.Ready {
		t.Error("it has printed all before the hub is killed: this shows less than it should")
	}
	h.Kill()
	h.Start()
	eventually(t, "ann's server is ready", startPatience, func() bool { size(); return admin.Server("ann").Ready })
	eventually(t, "the log has the end of it", startPatience, func() bool { // what is in the pipe is read by and by
		size()
		text, err := os.ReadFile(log)
		return err == nil && strings.HasSuffix(string(text), "all is printed\n")
	})
}
