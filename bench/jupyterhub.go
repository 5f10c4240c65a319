package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// jupyterhubConfig is the other side's configuration: as it comes, but for what makes
// the two alike, and for what lets a restart find its notebook servers.
const jupyterhubConfig = `c = get_config()  # noqa
c.JupyterHub.log_level = 30
c.JupyterHub.bind_url = %[1]s
c.JupyterHub.hub_bind_url = %[2]s
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = %[3]s
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {%[4]s}
c.JupyterHub.api_tokens = {%[5]s: %[4]s}
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = %[6]s
c.Spawner.cmd = [%[7]s]
c.JupyterHub.concurrent_spawn_limit = 100
c.JupyterHub.cleanup_servers = False
c.ConfigurableHTTPProxy.api_url = %[8]s
c.ConfigurableHTTPProxy.command = [%[9]s]
c.ConfigurableHTTPProxy.log_level = "warn"
`

// chpName is what the command line of the proxy has in it.
const chpName = "configurable-http-proxy"

// newJupyterHub prepares a JupyterHub with its proxy, over a folder of its own.
func (b *bench) newJupyterHub(ctx context.Context) (*hub, error) {
	const name = "jupyterhub"
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Join(dir, "homes"), 0o755); err != nil {
		return nil, err
	}
	var addrs [3]string // public, hub, the proxy's own
	for i := range addrs {
		var err error
		if addrs[i], err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "jupyterhub_config.py")
	text := fmt.Sprintf(jupyterhubConfig, py("http://"+addrs[0]), py("http://"+addrs[1]), py(password), py(adminName),
		py(adminToken), py(filepath.Join(dir, "homes", "{username}")), py(b.tools.notebook), py("http://"+addrs[2]), py(b.tools.chp))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	h := newHub(name, addrs[1], addrs[0])
	h.launch = func() (*program, error) {
		return launch(name, dir, environment(), b.tools.python, "-m", "jupyterhub", "--config", config)
	}
	h.pids = func(pid int) []int { return append([]int{pid}, children(pid, chpName)...) }
	b.hubs = append(b.hubs, h)
	return h, nil
}

// py writes a text as Python does; JSON's escapes are also Python's.
func py(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil { // texts always have a JSON form
		return `""`
	}
	return string(quoted)
}

// findPython is the interpreter of the environment in which JupyterHub is installed.
func findPython() (string, error) {
	if given := os.Getenv("HUBTEST_PYTHON"); given != "" {
		return given, nil
	}
	if single := os.Getenv("HUBTEST_JUPYTER"); single != "" {
		path := filepath.Join(filepath.Dir(single), "python")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", missing("JupyterHub", "HUBTEST_PYTHON (the python of an environment with jupyterhub), or HUBTEST_JUPYTER", "make setup")
}

// findCHP is the configurable-http-proxy that the environment names, or the one in PATH.
func findCHP() (string, error) {
	if given := os.Getenv("HUBTEST_CHP"); given != "" {
		return given, nil
	}
	if found := inPath(chpName); found != "" {
		return found, nil
	}
	return "", missing(chpName, "HUBTEST_CHP, or PATH", "make setup")
}

func missing(what, where, cure string) error {
	return fmt.Errorf("%s is not found by %s; cure: %s", what, where, cure)
}

// chpVersion reads what configurable-http-proxy says of itself.
func chpVersion(ctx context.Context, chp string) string {
	return strings.TrimSpace(says(ctx, chp, "--version"))
}
