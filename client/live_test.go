package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/client"
)

const (
	liveToken = "0123456789abcdef0123456789abcdef"
	patience  = time.Minute
)

// variable is the value that scripts/with-test-env sets. Without it the test is skipped, or fails where nothing may be.
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

// folder is one that other uids can enter: as root, notebook servers have uids of their own.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "hubtest-client-")
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

func build(t *testing.T, from, to string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", from, err, out)
	}
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // our own values
		panic(err)
	}
	return string(text)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// words collects what a process writes.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

const liveConfig = `c = get_config()  # noqa
c.JupyterHub.log_level = 30
c.JupyterHub.bind_url = %[1]s
c.JupyterHub.hub_bind_url = %[2]s
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"admin"}
c.JupyterHub.api_tokens = {%[3]s: "admin"}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = %[4]s
c.Spawner.cmd = [%[5]s]
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.api_url = %[6]s
c.ConfigurableHTTPProxy.command = [%[7]s]
c.ConfigurableHTTPProxy.log_level = "warn"
`

// startJupyterHub starts a stock JupyterHub, with a base URL, and gives its address.
func startJupyterHub(t *testing.T) string {
	t.Helper()
	python, proxy, dir := variable(t, "HUBTEST_PYTHON"), variable(t, "HUBTEST_CHP"), folder(t)
	notebook := build(t, "../e2e/notebook", filepath.Join(dir, "notebook"))
	url, config := "http://"+freeAddr(t)+"/base", filepath.Join(dir, "jupyterhub_config.py")
	text := fmt.Sprintf(liveConfig, quote(url), quote("http://"+freeAddr(t)), quote(liveToken), quote(filepath.Join(dir, "homes", "{username}")),
		quote(notebook), quote("http://"+freeAddr(t)), quote(proxy))
	if err := os.MkdirAll(filepath.Join(dir, "homes"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, dir, nil, python, "-m", "jupyterhub", "--config", config)
	return url
}

// startAtrium starts the binary that is built, or named, and gives its address.
func startAtrium(t *testing.T) string {
	t.Helper()
	variable(t, "HUBTEST_PYTHON") // without what the tests use, no hub is started at all
	dir := folder(t)
	notebook := build(t, "../e2e/notebook", filepath.Join(dir, "notebook"))
	binary := filepath.Join(dir, "atrium")
	if given := os.Getenv("HUBTEST_BIN"); given == "" {
		build(t, "..", binary)
	} else if text, err := os.ReadFile(given); err != nil {
		t.Fatal(err)
	} else if err := os.WriteFile(binary, text, 0o755); err != nil {
		t.Fatal(err)
	}
	addr, config := freeAddr(t), filepath.Join(dir, "atrium.yaml")
	text := fmt.Sprintf("admin: {username: admin}\nauth: {dummy: {password: secret}}\nservers: {named_limit: 5, stop_with_hub: true}\n"+
		"spawner: {local: {command: [%s]}}\n", quote(notebook))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ATRIUM_ADMIN_PASSWORD=secret of the administrator", "ATRIUM_ADMIN_TOKEN=" + liveToken}
	launch(t, dir, env, binary, "serve", "--config", config, "--data-dir", filepath.Join(dir, "data"), "--listen", addr)
	return "http://" + addr
}

// launch starts a hub; when the test ends, it is told to end.
func launch(t *testing.T, dir string, env []string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...)
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "PATH", "HOME", "LANG", "TMPDIR":
			cmd.Env = append(cmd.Env, v)
		}
	}
	said := &words{}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(append(cmd.Env, "TZ=UTC"), env...), said, said
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(patience):
			t.Error("the hub does not end on SIGTERM")
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-exited
		}
		if t.Failed() {
			t.Logf("the hub's words:\n%s", said)
		}
	})
}

// connect gives a client of the hub once that answers: its proxy may be up before it.
func connect(t *testing.T, url string) *client.Client {
	t.Helper()
	hub, err := client.New(client.Options{URL: url, Token: liveToken})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, err := hub.Hub(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return hub
}
