package setup

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
)

// Flags say which configuration, and what has the last word over it.
type Flags struct {
	Config, DataDir, Listen string
	StopServers             bool
}

// Load reads the configuration, and lets the flags have the last word.
func Load(e *command.Env, f Flags) (config.Config, error) {
	cfg, warnings, _ := config.Load(f.Config, e.Environ, os.ReadFile) // Validate names what is wrong, with all else that is
	for _, w := range warnings {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	if f.DataDir != "" {
		cfg.DataDir = f.DataDir
		cfg.SetBy("data_dir", "--data-dir")
	}
	if f.Listen != "" {
		cfg.Listen = f.Listen
		cfg.SetBy("listen", "--listen")
	}
	if f.StopServers {
		cfg.Servers.StopWithHub = true
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return cfg, fmt.Errorf("find the data directory: %w", err)
	}
	cfg.DataDir = dir
	if err := cfg.Validate(); err != nil {
		return cfg, err
	}
	if cfg.Auth.Dummy.Active() {
		fmt.Fprintln(e.Err, "atrium: warning: auth.dummy is on: whoever knows its one password can be anybody. For trials only.")
	}
	for _, w := range slices.Concat(PlainWarnings(cfg), ColourWarnings(cfg), cfg.ProfileWarnings()) {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	return cfg, nil
}

// ColourWarnings says which colours of the pages are no good for text.
func ColourWarnings(cfg config.Config) (out []string) {
	if w := pages.ContrastWarning(cfg.Pages.Accent, false); w != "" {
		out = append(out, "pages.accent: "+w)
	}
	if w := pages.ContrastWarning(cfg.Pages.AccentDark, true); w != "" {
		out = append(out, "pages.accent_dark: "+w)
	}
	return out
}

// PlainWarnings says what others could read on the way, and what to do about it.
func PlainWarnings(cfg config.Config) []string {
	var out []string
	if !cfg.TLS.On() && !config.Loopback(cfg.Listen) && !strings.HasPrefix(cfg.PublicURL, "https://") {
		out = append(out, "listening beyond this machine ("+cfg.Listen+") over plain HTTP: passwords and notebooks can be read and changed on the way. "+
			"Set tls.cert_file and tls.key_file, or tls.acme; or put a proxy that speaks HTTPS in front, name its network in trusted_proxies, and set public_url to its https:// address.")
	}
	if cfg.TLS.On() && cfg.HubListen != "" && !config.Loopback(cfg.HubListen) {
		out = append(out, "hub_listen ("+cfg.HubListen+") is reachable from other machines over plain HTTP: notebook servers' tokens can be read on the way. "+
			"Let it listen on 127.0.0.1, or keep others out of its network.")
	}
	return out
}

// Launch is what servers are started with.
func Launch(cfg config.Config) hub.Launch {
	l := cfg.Spawner.Local
	return hub.Launch{
		Command: l.Command, Environment: l.Environment,
		Limits: hub.Limits{
			Memory: int64(l.Limits.Memory), CPU: l.Limits.CPU, Processes: l.Limits.Processes,
			OpenFiles: l.Limits.OpenFiles, FileSize: int64(l.Limits.FileSize),
		},
		TimeLimit: int64(cfg.TimeLimit.Default.Std().Seconds()), MaxTimeLimit: int64(cfg.TimeLimit.Maximum.Std().Seconds()),
	}
}

// LocalOptions is the configuration of the local driver.
func LocalOptions(e *command.Env, cfg config.Config, log *slog.Logger) (local.Options, error) {
	l := cfg.Spawner.Local
	self, err := os.Executable()
	if err != nil {
		return local.Options{}, err
	}
	return local.Options{
		DataDir: cfg.DataDir, Command: l.Command, UIDRange: l.UIDRange, SystemUsers: l.SystemUsers, Unnamed: !l.UserNames,
		Packages: l.Python.Packages, OwnPython: l.Python.Wanted(),
		EnvKeep: l.EnvKeep, Lookup: e.Lookup,
		InterruptTimeout: l.InterruptTimeout.Std(), TermTimeout: l.TermTimeout.Std(), KillTimeout: l.KillTimeout.Std(),
		Limits: cfg.ProfileSet().Limits(Launch(cfg).Limits), LimitMeans: limits.Means{Means: l.Limits.Means, Cgroup: l.Limits.Cgroup},
		LogMaxBytes: l.LogMaxBytes, Executable: self, Progress: e.Err, Clock: hub.SystemClock, Logger: log,
	}, nil
}

// ServicePath is the PATH of services where the hub has none.
const ServicePath = "/usr/local/bin:/usr/bin:/bin"

// ServiceToken is a service's API token, read from its file where it has one; empty for none. It fails with hub.Invalid.
func ServiceToken(s config.Service) (string, error) {
	if s.APITokenFile == "" {
		return string(s.APIToken), nil
	}
	b, err := os.ReadFile(s.APITokenFile)
	if err != nil {
		return "", hub.Wrap(hub.Invalid, err, fmt.Sprintf("services: %s: api_token_file cannot be read: %v", s.Name, err))
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 8 {
		return "", hub.Errorf(hub.Invalid, "services: %s: the token in api_token_file is too short; use at least 8 characters", s.Name)
	}
	return token, nil
}
