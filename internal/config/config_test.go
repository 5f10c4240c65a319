package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

var update = flag.Bool("update", false, "write the reference anew")

func load(t *testing.T, yaml string, env ...string) (Config, []Warning, error) {
	t.Helper()
	return Load("atrium.yaml", env, func(path string) ([]byte, error) {
		switch path {
		case "atrium.yaml":
			return []byte(yaml), nil
		case "/run/secret":
			return []byte("from a file\n"), nil
		}
		return nil, &os.PathError{Op: "open", Path: path, Err: errors.New("no such file or directory")}
	})
}

func TestDefaultsAreValid(t *testing.T) {
	c, warnings, err := Load("", nil, os.ReadFile)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestLayers(t *testing.T) {
	c, _, err := load(t, `
listen: 0.0.0.0:9000
base_url: jupyter
database: postgres://hub:pw@db/hub
spawner:
  concurrent_starts: 3
  start_timeout: 2m
  local:
    command: [jupyter, labhub]
    uid_range: 200000-299999
    environment: {A: "1"}
retention: {audit: 10d}
`, "ATRIUM_SPAWNER_CONCURRENT_STARTS=7", "ATRIUM_ADMIN_PASSWORD_FILE=/run/secret", "JUPYTERHUB_API_TOKEN=tokentoken",
		"ATRIUM_TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1", "ATRIUM_SERVERS_STOP_WITH_HUB=true")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.DataDir = c.DataDir
	want.Listen, want.BaseURL, want.Database = "0.0.0.0:9000", "/jupyter/", "postgres://hub:pw@db/hub"
	want.Spawner.ConcurrentStarts, want.Spawner.StartTimeout = 7, Duration(2*time.Minute)
	want.Spawner.Local.Command = []string{"jupyter", "labhub"}
	want.Spawner.Local.UIDRange = UIDRange{200000, 299999}
	want.Spawner.Local.Environment = map[string]string{"A": "1"}
	want.Retention.Audit = 10 * day
	want.Admin.Password, want.Admin.Token = "from a file", "tokentoken"
	want.TrustedProxies = []string{"10.0.0.0/8", "192.0.2.1"}
	want.Servers.StopWithHub = true
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
}

func TestOwnVariableWinsOverJupyterHubs(t *testing.T) {
	c, _, err := load(t, "", "JUPYTERHUB_ADMIN_PASSWORD=theirs", "ATRIUM_ADMIN_PASSWORD=ours")
	if err != nil || c.Admin.Password != "ours" {
		t.Errorf("%q, %v", string(c.Admin.Password), err)
	}
}

// Faults name line and key, all of them at once.
func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name, yaml string
		env        []string
		want       []string
	}{
		{"unknown key", "listen: :1\nlisten_on: x\n", nil, []string{"line 2: unknown key listen_on; did you mean listen?"}},
		{
			"two, one deep", "a: 1\nspawner:\n  local:\n    comand: [x]\n", nil,
			[]string{"line 1: unknown key a", "line 4: unknown key spawner.local.comand; did you mean spawner.local.command?"},
		},
		{"wrong type", "listen: 127.0.0.1:1\nspawner:\n  concurrent_starts: many\n", nil, []string{"line 3", "many"}},
		{"wrong span", "session:\n  max_age: soon\n", nil, []string{"soon"}},
		{"not YAML", "listen: [\n", nil, []string{"atrium.yaml: line"}},
		{"bad variable", "", []string{"ATRIUM_SPAWNER_CONCURRENT_STARTS=x", "ATRIUM_SESSION_MAX_AGE=x"}, []string{"ATRIUM_SPAWNER_CONCURRENT_STARTS: \"x\" is not a whole number", "ATRIUM_SESSION_MAX_AGE"}},
		{"missing secret", "", []string{"ATRIUM_ADMIN_TOKEN_FILE=/nowhere"}, []string{"ATRIUM_ADMIN_TOKEN_FILE: /nowhere cannot be read: no such file or directory"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, tc.yaml, tc.env...)
			if !hub.Is(err, hub.Invalid) {
				t.Fatalf("got %v", err)
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	_, warnings, err := load(t, "", "ATRIUM_LISTN=x", "ATRIUM_PORT=tcp://10.0.0.1:80", "ATRIUM_PORT_80_TCP=x", "ATRIUM_SERVICE_HOST=x", "ATRIUM_LISTEN=:1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Warning{"unknown environment variable ATRIUM_LISTN; did you mean ATRIUM_LISTEN?"}, warnings); d != "" {
		t.Error(d)
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	c := Default()
	c.Listen, c.PublicURL, c.Spawner.Driver, c.TrustedProxies = "8000", "hub.example.org", "docker", []string{"x"}
	err := c.Validate()
	for _, w := range []string{"listen:", "data_dir:", "public_url:", "spawner.driver:", "trusted_proxies:"} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%v does not name %s", err, w)
		}
	}
	c.Database = "postgres://u:hunter2@h/d"
	if strings.Contains(c.Validate().Error(), "hunter2") {
		t.Error("a fault shows a secret")
	}
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, "127.9.9.9:1": true,
		"0.0.0.0:1": false, ":1": false, "[::]:1": false, "hub:1": false, "10.0.0.1:1": false, "x": false,
	} {
		if Loopback(addr) != want {
			t.Errorf("Loopback(%q) = %v", addr, !want)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c := Default()
	c.Admin.Password = "hunter2"
	for _, s := range []string{c.Admin.Password.String(), c.Admin.Password.GoString()} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("shown: %s", s)
		}
	}
}

// The reference is the file in docs, and a configuration that changes nothing.
func TestReference(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "reference", "config.yaml")
	if *update {
		if err := os.WriteFile(path, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(b), Reference()); d != "" {
		t.Errorf("docs/reference/config.yaml is not what it says; run go test ./internal/config -update\n%s", d)
	}
	c, _, err := load(t, Reference())
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	c.DataDir = ""
	c.Spawner.Local.Command, c.Spawner.Local.Environment = nil, nil
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	for _, k := range keys(&c) {
		if k.doc == "" {
			t.Errorf("%s has no word about it", k.path)
		}
		if last := k.path[strings.LastIndex(k.path, ".")+1:]; last == "port" || last == "service" {
			t.Errorf("%s: Kubernetes makes variables of that name", k.path)
		}
	}
}

func FuzzYAML(f *testing.F) {
	f.Add("listen: :1\nspawner: {local: {command: [a]}}")
	f.Add("spawner: 1")
	f.Add("? [a]\n: b")
	f.Fuzz(func(_ *testing.T, s string) {
		c, _, err := Load("x", nil, func(string) ([]byte, error) { return []byte(s), nil })
		if err == nil {
			_ = c.Validate()
		}
	})
}
