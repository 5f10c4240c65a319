package hubtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// JupyterHub is how a test wants the real one.
type JupyterHub struct {
	URL     string   // where its proxy listens, with its base URL
	Token   string   // of the administrator, admin
	Command []string // of its notebook servers
	Config  string   // Python, after what all of them have; c is there
}

const jupyterHubConfig = `c = get_config()  # noqa
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
c.Spawner.cmd = %[5]s
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.api_url = %[6]s
c.ConfigurableHTTPProxy.command = [%[7]s]
c.ConfigurableHTTPProxy.log_level = "warn"
`

// StartJupyterHub starts a stock JupyterHub and its configurable-http-proxy, which the
// environment names, with an SQLite database. It does not wait until they answer.
func StartJupyterHub(t *testing.T, j JupyterHub) *Process {
	t.Helper()
	python, proxy, dir := Variable(t, "HUBTEST_PYTHON"), Variable(t, "HUBTEST_CHP"), Folder(t)
	homes, config := filepath.Join(dir, "homes"), filepath.Join(dir, "jupyterhub_config.py")
	text := fmt.Sprintf(jupyterHubConfig, Quote(j.URL), Quote("http://"+FreeAddr(t)), Quote(j.Token), Quote(filepath.Join(homes, "{username}")),
		Quote(j.Command), Quote("http://"+FreeAddr(t)), Quote(proxy)) + j.Config
	if err := os.MkdirAll(homes, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Launch(t, "jupyterhub", dir, nil, python, "-m", "jupyterhub", "--config", config)
}

// Atrium is how a test wants Atrium's binary.
type Atrium struct {
	Program  string
	Addr     string // host:port it listens on
	Config   string // YAML
	Password string // of the administrator, admin
	Token    string // the same person's
}

// StartAtrium starts the binary with an empty data directory. It does not wait until it
// answers.
func StartAtrium(t *testing.T, a Atrium) *Process {
	t.Helper()
	dir := Folder(t)
	config := filepath.Join(dir, "atrium.yaml")
	if err := os.WriteFile(config, []byte(a.Config), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ATRIUM_ADMIN_PASSWORD=" + a.Password, "ATRIUM_ADMIN_TOKEN=" + a.Token}
	env = append(env, "ATRIUM_SPAWNER_LOCAL_UID_REGISTRY="+filepath.Join(dir, "uids"))
	return Launch(t, "atrium", dir, env, a.Program, "serve", "--config", config, "--data-dir", filepath.Join(dir, "data"), "--listen", a.Addr)
}
