package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
	"github.com/atriumhub/atrium/internal/testkit/wheeltest"
)

// installPatience is for what is fetched from a package index.
const installPatience = 15 * time.Minute

// terminal is an open terminal of somebody's JupyterLab.
type terminal struct {
	t    *testing.T
	conn *websocket.Conn
	said strings.Builder
}

// Terminal opens one.
func (n *notebook) Terminal() *terminal {
	n.t.Helper()
	got, err := n.Try(http.MethodPost, "api/terminals", "")
	if err != nil || got.Status != http.StatusOK {
		n.t.Fatalf("open a terminal: %v, status %d: %s", err, got.Status, shorten(got.Body))
	}
	var made struct{ Name string }
	decode(n.t, got.Body, &made)
	client := *n.client
	client.Timeout = 0
	//nolint:bodyclose // the library has taken or closed it
	conn, _, err := websocket.Dial(n.t.Context(), n.base+n.prefix+"terminals/websocket/"+made.Name, &websocket.DialOptions{
		HTTPClient: &client, HTTPHeader: n.header,
	})
	if err != nil {
		n.t.Fatalf("connect to the terminal: %v", err)
	}
	conn.SetReadLimit(16 << 20)
	n.t.Cleanup(func() { _ = conn.CloseNow() })
	return &terminal{t: n.t, conn: conn}
}

// Type enters a line and gives what the terminal shows until the line's end mark.
func (c *terminal) Type(line string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), startPatience)
	defer cancel()
	const mark = "=-=done=-="
	text, err := json.Marshal([]string{"stdin", "clear; " + line + "; echo =-=done''=-=\r"})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.Write(ctx, websocket.MessageText, text); err != nil {
		c.t.Fatal(err)
	}
	c.said.Reset()
	for !strings.Contains(c.said.String(), mark) {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			c.t.Fatalf("%s: %v after %q", line, err, c.said.String())
		}
		var m []any
		if json.Unmarshal(text, &m) == nil && len(m) == 2 && m[0] == "stdout" {
			c.said.WriteString(m[1].(string))
		}
	}
	return c.said.String()
}

// A machine that has no more than Python: the hub makes an environment, and it is one to
// teach in. Packages are there that every course needs; what somebody installs works at
// once; terminals have the same Python; nobody is asked about news.
func TestTeachInTheHubsOwnPython(t *testing.T) {
	t.Parallel()
	wheels := hubtest.Folder(t)
	if err := os.Chmod(wheels, 0o755); err != nil {
		t.Fatal(err)
	}
	wheeltest.Write(t, wheels, "mine", "1.0", "mine", nil)
	env := []string{"PATH=/usr/bin:/bin"}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "PIP_") { // how this machine reaches a package index
			env = append(env, v)
		}
	}
	if found, err := exec.LookPath("/usr/bin/jupyterhub-singleuser"); err == nil {
		t.Skip("this machine has a notebook server of its own: ", found)
	}
	h := newHub(t, options{Env: env, Config: "spawner:\n  slow_start_wait: 60s\n  http_timeout: 120s\n  local:\n    environment: {PIP_NO_INDEX: \"1\", PIP_FIND_LINKS: " + wheels + "}\n"})
	h.StartWithin(installPatience)
	for _, words := range []string{"Making a Python environment", "a minute or two", "installing", "done"} {
		if !strings.Contains(h.Output.String(), words) {
			t.Errorf("the start does not say %q:\n%s", words, h.Output)
		}
	}
	alice := h.Admin().NewUser("alice")
	alice.StartServer("alice")
	notebook := alice.Notebook("alice")
	kernel := notebook.StartKernel()
	eventually(t, "the packages are installed", installPatience, func() bool {
		return strings.Contains(h.Output.String(), "packages for notebooks are installed")
	})
	if got := kernel.Run("import numpy, pandas, matplotlib.pyplot, ipywidgets; print(numpy.arange(3).sum(), end='')"); got != "3" {
		t.Errorf("a notebook that was open before says %q", got)
	}

	if got := kernel.Run("%pip install mine"); !strings.Contains(got, "Successfully installed mine-1.0") {
		t.Errorf("%%pip install says %s", got)
	}
	if got := kernel.Run("import mine; print(mine.__version__, end='')"); got != "1.0" {
		t.Errorf("and then there is %q", got)
	}
	if got := kernel.Run("!mine; pip --version | grep -c home"); !strings.HasPrefix(got, "mine 1.0") {
		t.Errorf("its program says %q", got)
	}

	shown := notebook.Terminal().Type("command -v python pip jupyter ipython; mine; ipython -c 'import mine, numpy; print(7 * 6)'; whoami; shopt -q login_shell || echo hub''s own shell")
	for _, want := range []string{"hubs own shell", "/.local/share/atrium/python/bin/python", "/bin/pip", "/bin/jupyter", "/bin/ipython", "mine 1.0", "42"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the terminal does not show %q:\n%s", want, shown)
		}
	}
	if os.Geteuid() == 0 && (!strings.Contains(shown, "alice") || strings.Contains(shown, "no name")) {
		t.Errorf("the terminal does not know who it is:\n%s", shown)
	}

	// It would install where nobody but the hub can write.
	if log, err := os.ReadFile(filepath.Join(h.DataDir, "servers", "1.log")); err != nil || !strings.Contains(string(log), "Extension Manager is 'readonly'") {
		t.Errorf("JupyterLab offers to install extensions, %v", err)
	}
	got, err := notebook.Try(http.MethodGet, "lab/api/settings/@jupyterlab/apputils-extension:notification", "")
	if err != nil || got.Status != http.StatusOK {
		t.Fatalf("JupyterLab's settings: %v, status %d: %s", err, got.Status, shorten(got.Body))
	}
	var settings struct {
		Schema struct {
			Properties map[string]struct{ Default any }
		}
	}
	decode(t, got.Body, &settings)
	if p := settings.Schema.Properties; p["fetchNews"].Default != "false" || p["checkForUpdates"].Default != false {
		t.Errorf("news are fetched: %v, updates looked for: %v", p["fetchNews"].Default, p["checkForUpdates"].Default)
	}

	for command, want := range map[string][]string{
		"status":  {"numpy, pandas, matplotlib, ipywidgets: installed", "1 server in env-1", "numpy="},
		"install": {"Nothing was missing", "atrium python upgrade"},
	} {
		cmd := exec.CommandContext(t.Context(), programs.Atrium, "python", command, "--config", h.configFile(), "--data-dir", h.DataDir)
		cmd.Env = append(hubtest.Environment(), env...)
		out, err := cmd.CombinedOutput()
		for _, words := range want {
			if err != nil || !strings.Contains(string(out), words) {
				t.Errorf("atrium python %s, %v, does not say %q:\n%s", command, err, words, out)
			}
		}
	}
}
