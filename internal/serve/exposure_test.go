package serve

import (
	"bytes"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/credentials"
)

// Notebooks that run as the hub's own account are for one person: whatever lets others
// in refuses the start.
func TestExposure(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		way    string
	}{
		"as it comes":            {func(*config.Config) {}, ""},
		"on every address":       {func(c *config.Config) { c.Listen = "0.0.0.0:8000" }, "listen: 0.0.0.0:8000"},
		"a name of this machine": {func(c *config.Config) { c.PublicURL = "http://atrium.localhost:8000" }, ""},
		"another name":           {func(c *config.Config) { c.PublicURL = "https://hub.example.org" }, "public_url: https://hub.example.org"},
		"a proxy elsewhere":      {func(c *config.Config) { c.TrustedProxies = []string{"10.0.0.0/8"} }, "trusted_proxies: 10.0.0.0/8"},
	} {
		cfg := config.Default()
		c.change(&cfg)
		if got := wayIn(cfg); got != c.way {
			t.Errorf("%s: others come in by %q, want %q", name, got, c.way)
		}
		for _, shared := range []bool{false, true} {
			cfg.Spawner.Local.SharedUID = shared
			var said bytes.Buffer
			err := checkExposure(&command.Env{Err: &said}, cfg, 1000)
			if refused := c.way != "" && !shared; (err != nil) != refused || refused && !strings.Contains(err.Error(), c.way) {
				t.Errorf("%s, shared_uid %v: %v", name, shared, err)
			}
			if err == nil && !strings.Contains(said.String(), "warning") {
				t.Errorf("%s, shared_uid %v: no warning", name, shared)
			}
			if err := checkExposure(&command.Env{Err: &said}, cfg, 0); err != nil {
				t.Errorf("%s, as root: %v", name, err)
			}
		}
	}
}

// A log is read by others: the administrator's password is for a terminal alone.
func TestFirstWords(t *testing.T) {
	c := credentials.Credentials{Username: "admin", Password: "the-password", APIToken: "atr_token"}
	words := firstWords(&bytes.Buffer{}, "/data/admin-credentials.json", c)
	if strings.Contains(words, c.Password) || strings.Contains(words, c.APIToken) || !strings.Contains(words, "/data/admin-credentials.json") {
		t.Errorf("what a log gets: %s", words)
	}
}

func testConfig(t *testing.T, yaml string) config.Config {
	t.Helper()
	cfg, _, err := config.Load("atrium.yaml", nil, func(string) ([]byte, error) { return []byte(yaml), nil })
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// A start with system_users that is not root's took no notice of the key.
func TestSystemUsersWithoutRootAreRefused(t *testing.T) {
	for shared, way := range map[bool]string{false: "", true: "0.0.0.0:80"} {
		cfg := testConfig(t, "spawner: {local: {system_users: true}}\n")
		cfg.Spawner.Local.SharedUID = shared
		if way != "" {
			cfg.Listen = way
		}
		err := checkExposure(&command.Env{Err: &bytes.Buffer{}}, cfg, 1000)
		if err == nil || !strings.Contains(err.Error(), "system_users") || !strings.Contains(err.Error(), "root") {
			t.Errorf("shared_uid %t: %v", shared, err)
		}
		if err := checkExposure(&command.Env{Err: &bytes.Buffer{}}, cfg, 0); err != nil {
			t.Errorf("as root: %v", err)
		}
	}
}
