package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

const (
	adminPassword = "correct horse battery"
	adminToken    = "token-of-the-tests-administrator"

	startPatience = 60 * time.Second // for whatever should happen soon, on a machine that is busy
	poll          = 25 * time.Millisecond
)

// options are what a test wants of its hub.
type options struct {
	Config  string   // YAML, besides listen and data_dir; {addr} stands for the host and port
	Base    string   // the configuration's base_url, without a slash at the end; empty is the root
	Args    []string // further arguments of serve
	Env     []string // further variables
	NoAdmin bool     // no credentials in the environment
	UID     int      // whose process it is; 0 is the test's own
	Domain  string   // the hub's, with one for each person below it; empty: all share an address
}

// hub is a hub process, which can be ended and started again over the same data.
type hub struct {
	t       *testing.T
	opt     options
	dir     string // the folder of all that is the test's
	root    string // where the process is shut up, if anywhere; the folder of its binary
	DataDir string
	Addr    string // host:port
	URL     string // without a slash at the end

	cmd    *exec.Cmd
	exited chan struct{}
	err    error // how it ended, once exited is closed
	Output *output
}

// output collects what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	gone bool // the next that is written finds nobody who reads
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone {
		return 0, io.ErrClosedPipe // so the process's pipe is closed
	}
	return o.text.Write(p)
}

func (o *output) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gone = true
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// newHub prepares a hub without starting it. When the test ends, it and all that it
// has started end too.
func newHub(t *testing.T, opt options) *hub {
	t.Helper()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("these tests find processes in Linux's /proc")
	}
	dir, err := hubtest.MakeFolder("hubtest-")
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{t: t, opt: opt, dir: dir, DataDir: filepath.Join(dir, "data"), Addr: hubtest.FreeAddr(t), Output: &output{}}
	h.URL = "http://" + h.Addr + opt.Base
	if opt.Domain != "" {
		_, port, _ := net.SplitHostPort(h.Addr)
		h.URL = "http://" + opt.Domain + ":" + port + opt.Base
		h.opt.Config += "public_url: \"http://*." + opt.Domain + ":" + port + "\"\n"
	}
	h.opt.Config = strings.ReplaceAll(h.opt.Config, "{addr}", h.Addr)
	t.Cleanup(h.cleanUp)
	if opt.UID != 0 {
		if err := os.Chown(dir, opt.UID, opt.UID); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(h.configFile(), []byte(h.opt.Config), 0o644); err != nil {
		t.Fatal(err)
	}
	return h
}

// startHub starts a hub and waits until it is ready.
func startHub(t *testing.T, opt options) *hub {
	t.Helper()
	h := newHub(t, opt)
	h.Start()
	return h
}

// registry is where the test's hubs note which user ids their homes have: not the machine's own.
func (h *hub) registry() string { return filepath.Join(h.dir, "uids") }

func (h *hub) configFile() string { return filepath.Join(h.dir, "atrium.yaml") }

// Launch starts the process and doesn't wait.
func (h *hub) Launch() {
	h.t.Helper()
	seen := func(path string) string { return strings.TrimPrefix(path, h.root) }
	args := append([]string{"serve", "--config", seen(h.configFile()), "--data-dir", seen(h.DataDir), "--listen", h.Addr}, h.opt.Args...)
	program := programs.Atrium
	if h.root != "" {
		program = "/atrium"
	}
	h.cmd = exec.Command(program, args...)
	h.cmd.Env = append(hubtest.Environment(), "ATRIUM_SPAWNER_LOCAL_UID_REGISTRY="+seen(h.registry()))
	h.cmd.Env = append(h.cmd.Env, h.opt.Env...)
	if !h.opt.NoAdmin {
		h.cmd.Env = append(h.cmd.Env, "ATRIUM_ADMIN_PASSWORD="+adminPassword, "ATRIUM_ADMIN_TOKEN="+adminToken)
	}
	h.Output = &output{}
	h.cmd.Stdout, h.cmd.Stderr = h.Output, h.Output
	h.cmd.Dir = "/"
	h.cmd.WaitDelay = time.Second // a notebook server must not hold the pipe open for ever
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Chroot: h.root}
	if h.opt.UID != 0 {
		id := uint32(h.opt.UID)
		h.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: id, Gid: id, NoSetGroups: false}
	}
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	exited := make(chan struct{})
	h.exited = exited
	cmd := h.cmd
	go func() {
		h.err = cmd.Wait()
		close(exited)
	}()
}

// Start starts the process and waits until it says that it is ready.
func (h *hub) Start() {
	h.t.Helper()
	h.StartWithin(startPatience)
}

// StartWithin is Start for a hub that has much to do before it is ready.
func (h *hub) StartWithin(patience time.Duration) {
	h.t.Helper()
	h.Launch()
	deadline := time.Now().Add(patience)
	for !strings.Contains(h.Output.String(), "Atrium is ready at "+h.URL) {
		select {
		case <-h.exited:
			h.t.Fatalf("the hub ended (%v) instead of being ready:\n%s", h.err, h.Output)
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the hub is not ready after %s:\n%s", patience, h.Output)
		}
	}
}

// Kill ends the hub as a crash would.
func (h *hub) Kill() { h.end(syscall.SIGKILL) }

// Stop ends the hub as its operator would, and gives all that it wrote.
func (h *hub) Stop() string {
	h.t.Helper()
	h.end(syscall.SIGTERM)
	if h.err != nil {
		h.t.Errorf("the hub ended with %v after SIGTERM:\n%s", h.err, h.Output)
	}
	return h.Output.String()
}

func (h *hub) end(signal syscall.Signal) {
	h.t.Helper()
	if h.cmd == nil {
		return
	}
	if err := h.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	select {
	case <-h.exited:
	case <-time.After(startPatience):
		_ = h.cmd.Process.Kill()
		h.t.Fatalf("the hub does not end on %s:\n%s", signal, h.Output)
	}
}

// Fails waits for the process to end with status 1, and gives what it wrote.
func (h *hub) Fails() string {
	h.t.Helper()
	select {
	case <-h.exited:
	case <-time.After(startPatience):
		h.t.Fatalf("the hub goes on instead of failing:\n%s", h.Output)
	}
	if code := h.cmd.ProcessState.ExitCode(); code != 1 {
		h.t.Errorf("exit status %d, want 1", code)
	}
	return h.Output.String()
}

func (h *hub) cleanUp() {
	if h.cmd != nil && h.exited != nil {
		_ = h.cmd.Process.Kill()
		<-h.exited
	}
	for _, p := range h.Processes() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
	if h.t.Failed() {
		h.t.Logf("the hub's words:\n%s", h.Output)
		h.showLogs()
	}
	if err := os.RemoveAll(h.dir); err != nil {
		h.t.Log(err)
	}
}

func (h *hub) showLogs() {
	logs, _ := filepath.Glob(filepath.Join(h.DataDir, "servers", "*.log"))
	for _, path := range logs[:min(len(logs), 3)] {
		text, _ := os.ReadFile(path)
		h.t.Logf("%s:\n%s", path, text[max(0, len(text)-4000):])
	}
}

// eventually asks until the answer is yes, and fails the test when it never is.
func eventually(t *testing.T, what string, within time.Duration, ask func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ask() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(poll)
	}
}

// trivialConfig is a configuration whose servers are the small program.
func trivialConfig(flags ...string) string { return commandConfig(programs.Notebook, flags...) }

func commandConfig(program string, flags ...string) string {
	command := fmt.Sprintf("%q", program)
	for _, flag := range flags {
		command += fmt.Sprintf(", %q", flag)
	}
	return "spawner:\n  slow_start_wait: 30s\n  slow_stop_wait: 30s\n  local:\n    command: [" + command + "]\n"
}

// jupyterConfig is a configuration whose servers are JupyterLab.
func jupyterConfig(t *testing.T) string {
	t.Helper()
	return "spawner:\n  slow_start_wait: 60s\n  slow_stop_wait: 60s\n  http_timeout: 60s\n  local:\n    command: [" +
		fmt.Sprintf("%q", hubtest.Variable(t, "HUBTEST_JUPYTER")) + "]\n"
}
