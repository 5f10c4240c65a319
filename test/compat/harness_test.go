// Package compat_test sends one list of requests to a real JupyterHub and to Atrium,
// and compares the answers. What differs on purpose is in differences_test.go, each
// with its reason; anything else that differs fails.
package compat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	adminName  = "admin"
	adminToken = "0123456789abcdef0123456789abcdef"
	password   = "everybody's password"

	patience = 60 * time.Second // for whatever should happen soon, on a machine that is busy
	poll     = 25 * time.Millisecond
)

// tools are the programs that the comparison starts.
type tools struct{ atrium, notebook, python, proxy string }

// findTools is what scripts/with-test-env names, and what is built here. The programs
// lie in a folder that every uid can enter: as root Atrium's servers have uids of their own.
func findTools(t *testing.T) tools {
	t.Helper()
	found := tools{python: variable(t, "HUBTEST_PYTHON"), proxy: variable(t, "HUBTEST_CHP")}
	dir := openFolder(t)
	found.atrium, found.notebook = filepath.Join(dir, "atrium"), filepath.Join(dir, "notebook")
	goBuild(t, found.notebook, "../../e2e/notebook")
	given := os.Getenv("HUBTEST_BIN")
	if given == "" {
		goBuild(t, found.atrium, "../..")
		return found
	}
	text, err := os.ReadFile(given)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(found.atrium, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return found
}

// variable is the value that scripts/with-test-env sets. Without it the test is
// skipped, or fails where nothing may be skipped.
func variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	switch {
	case value != "":
	case os.Getenv("HUBTEST_REQUIRE") == "1":
		t.Fatalf("%s is not set: run this through scripts/with-test-env, after make setup", name)
	default:
		t.Skipf("%s is not set: run this through scripts/with-test-env, after make setup", name)
	}
	return value
}

func goBuild(t *testing.T, to, from string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", from, err, out)
	}
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}

func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "hubtest-compat-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Log(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// side is one of the two hubs, with what was learnt of it so far.
type side struct {
	name   string
	addr   string // host:port
	output output
	cmd    *exec.Cmd
	exited chan struct{}

	saved    map[string]string  // placeholders: ids, tokens and codes of this hub
	tokens   map[string]string  // by credential
	sessions map[string]*cookie // by person
}

// output is a file of what a process writes. A pipe would end the process when the
// test is killed, before it has stopped what it has started.
type output string

func (o output) String() string {
	text, err := os.ReadFile(string(o))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// startBoth starts the two hubs with equal configurations.
func startBoth(t *testing.T) (jupyterhub, atrium *side) {
	t.Helper()
	found := findTools(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "service at %s\n", r.URL.Path)
	}))
	t.Cleanup(backend.Close)
	d := declare(backend.URL)
	jupyterhub, atrium = startJupyterHub(t, found, d), startAtrium(t, found, d)
	for _, s := range []*side{jupyterhub, atrium} {
		s.awaitReady(t)
	}
	return jupyterhub, atrium
}

func newSide(t *testing.T, name string) *side {
	t.Helper()
	return &side{
		name: name, addr: freeAddr(t), exited: make(chan struct{}),
		saved: map[string]string{}, tokens: map[string]string{"": adminToken}, sessions: map[string]*cookie{},
	}
}

// launch starts the process; when the test ends, it and all of its session's processes end.
func (s *side) launch(t *testing.T, dir string, env []string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(environment(), env...)
	s.output = output(filepath.Join(dir, "output"))
	file, err := os.OpenFile(string(s.output), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.cmd = cmd
	go func() {
		_ = cmd.Wait()
		close(s.exited)
	}()
	unwatch := watch(t, cmd.Process.Pid)
	t.Cleanup(func() {
		s.end(t)
		sweep(t, dir)
		unwatch()
	})
}

// watch tells the process to end, should this one be killed or run into its time limit:
// then no cleanup runs. A program of its own notices by the end of a pipe. Linux could
// send the signal itself, but does so more than once, and twice means at once to Atrium.
func watch(t *testing.T, pid int) (unwatch func()) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "/bin/sh", "-c", "read -r _ || kill -TERM "+strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, _ = io.WriteString(in, "over\n")
		_ = in.Close()
		_ = cmd.Wait()
	}
}

// end stops the hub as its operator would: both are told to stop their notebook servers too.
func (s *side) end(t *testing.T) {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(patience):
		t.Errorf("%s does not end on SIGTERM", s.name)
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.exited
	}
	if os.Getenv("HUBTEST_VERBOSE") != "" {
		t.Logf("%s's words:\n%s", s.name, s.output)
	}
}

// sweep kills what works in a hub's folder after its end: a hub that was killed, or
// that has failed, leaves its proxy and notebook servers behind.
func sweep(t *testing.T, dir string) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil || cwd != dir && !strings.HasPrefix(cwd, dir+"/") { // gone, or another's
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("left behind: process %d in %s", pid, cwd)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (s *side) awaitReady(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		if status := s.statusOf(t, "/hub/api/"); status == http.StatusOK {
			return
		}
		select {
		case <-s.exited:
			t.Fatalf("%s ended instead of being ready:\n%s", s.name, s.output)
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready after %s:\n%s", s.name, patience, s.output)
		}
	}
}

func (s *side) statusOf(t *testing.T, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

const jupyterhubConfig = `import json
c = get_config()  # noqa
declared = json.loads(%[1]s)
c.JupyterHub.log_level = 30
c.JupyterHub.bind_url = %[2]s
c.JupyterHub.hub_bind_url = %[3]s
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = %[4]s
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {%[5]s}
c.JupyterHub.load_roles = declared["roles"]
c.JupyterHub.load_groups = declared["groups"]
c.JupyterHub.custom_scopes = declared["custom_scopes"]
c.JupyterHub.services = declared["services"]
c.JupyterHub.api_tokens = {%[6]s: %[5]s}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = %[7]d
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": %[8]d, "slow_stop_timeout": %[8]d}
c.SimpleLocalProcessSpawner.home_dir_template = %[9]s
c.Spawner.cmd = %[10]s
c.Spawner.http_timeout = %[13]d
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.api_url = %[11]s
c.ConfigurableHTTPProxy.command = [%[12]s]
c.ConfigurableHTTPProxy.log_level = "warn"
`

func startJupyterHub(t *testing.T, found tools, d declared) *side {
	t.Helper()
	s, dir := newSide(t, "jupyterhub"), openFolder(t)
	config := filepath.Join(dir, "jupyterhub_config.py")
	text := fmt.Sprintf(jupyterhubConfig, quote(quote(d)), quote("http://"+s.addr), quote("http://"+freeAddr(t)), quote(password), quote(adminName),
		quote(adminToken), namedLimit, slowSeconds, quote(filepath.Join(dir, "homes", "{username}")), quote(notebookCommand(found)),
		quote("http://"+freeAddr(t)), quote(found.proxy), startSeconds)
	if err := os.MkdirAll(filepath.Join(dir, "homes"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.launch(t, dir, nil, found.python, "-m", "jupyterhub", "--config", config)
	return s
}

const atriumConfig = `admin: {username: %[1]s}
auth: {dummy: {password: %[2]s}}
servers: {named_limit: %[3]d, stop_with_hub: true}
spawner:
  slow_start_wait: %[4]ds
  slow_stop_wait: %[4]ds
  http_timeout: %[10]ds
  local: {command: %[5]s}
roles: %[6]s
groups: %[7]s
custom_scopes: %[8]s
services: %[9]s
`

func startAtrium(t *testing.T, found tools, d declared) *side {
	t.Helper()
	s, dir := newSide(t, "atrium"), openFolder(t)
	config := filepath.Join(dir, "atrium.yaml")
	text := fmt.Sprintf(atriumConfig, quote(adminName), quote(password), namedLimit, slowSeconds, quote(notebookCommand(found)),
		quote(d.Roles), quote(d.Groups), quote(d.CustomScopes), quote(d.Services), startSeconds)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ATRIUM_ADMIN_PASSWORD=" + password, "ATRIUM_ADMIN_TOKEN=" + adminToken}
	s.launch(t, dir, env, found.atrium, "serve", "--config", config, "--data-dir", filepath.Join(dir, "data"), "--listen", s.addr)
	return s
}

// notebookCommand is the small server: for one person it never gets to listen, for
// another it fails.
func notebookCommand(found tools) []string {
	return []string{found.notebook, "--slow", slowPerson, "--fail", brokenPerson}
}

// quote writes a value as JSON, which is YAML too, and for texts, numbers and lists Python.
func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // our own values
		panic(err)
	}
	return string(text)
}

// environment is the test's own without what would reach into the hubs.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "PATH", "HOME", "LANG", "TMPDIR":
			env = append(env, v)
		}
	}
	return append(env, "TZ=UTC")
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	return l.Addr().String()
}
