package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Validate names every fault of the values, a line each, as one hub.Invalid error.
func (c Config) Validate() error {
	var faults []string
	check := func(good bool, format string, args ...any) {
		if !good {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	_, _, err := net.SplitHostPort(c.Listen)
	check(err == nil, "listen: %q is not HOST:PORT, as 127.0.0.1:8000", c.Listen)
	check(c.DataDir != "", "data_dir: it is empty")
	db := string(c.Database)
	check(db == "" || strings.HasPrefix(db, "sqlite:///") || strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://"),
		"database: it must begin with sqlite:/// or postgres://")
	check(cleanPath(c.BaseURL), "base_url: %q is not a path, as / or /jupyter/", c.BaseURL)
	check(c.PublicURL == "" || origin(c.PublicURL), "public_url: %q is not scheme and host, as https://hub.example.org", c.PublicURL)
	check(c.HubConnectURL == "" || origin(c.HubConnectURL), "hub_connect_url: %q is not scheme, host and port, as http://10.0.0.5:8000", c.HubConnectURL)
	if _, err := c.TrustedPrefixes(); err != nil {
		faults = append(faults, err.Error())
	}
	_, err = hub.UserName(c.Admin.Username)
	check(err == nil, "admin.username: %q is not a username", c.Admin.Username)
	check(c.Admin.Token == "" || len(c.Admin.Token) >= 8, "admin.token: it is too short; use at least 8 characters")
	a := c.Auth.Native.Argon2
	check(a.Iterations > 0 && a.Parallelism > 0 && a.MemoryKiB >= 8*uint32(a.Parallelism) && a.MemoryKiB <= 4<<20,
		"auth.native.argon2: iterations and parallelism must be at least 1, and memory_kib 8 for each thread up to 4194304 (4 GiB)")
	check(c.Auth.Native.Enabled || c.Auth.Dummy.Active(), "auth: nobody could log in; enable auth.native")
	check(c.Session.MaxAge > 0, "session.max_age: it must be longer than nothing")
	check(c.OAuth.TokenMaxAge > 0, "oauth.token_max_age: it must be longer than nothing")
	check(c.Spawner.Driver == "local", "spawner.driver: %q is not known; this version has local", c.Spawner.Driver)
	check(c.Spawner.ConcurrentStarts > 0, "spawner.concurrent_starts: it must be at least 1")
	check(c.Spawner.StartTimeout > 0, "spawner.start_timeout: it must be longer than nothing")
	check(c.Spawner.HTTPTimeout > 0, "spawner.http_timeout: it must be longer than nothing")
	check(c.Spawner.Local.UIDRange[0] >= 1000, "spawner.local.uid_range: user ids below 1000 belong to the system")
	check(c.Servers.NamedLimit >= -1, "servers.named_limit: it must be -1 (no limit), 0 (off) or more")
	check(c.Retention.Audit > 0, "retention.audit: it must be longer than nothing")
	check(c.Retention.Events > 0, "retention.events: it must be longer than nothing")
	check(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level: %q is none of debug, info, warn, error", c.Log.Level)
	check(slices.Contains([]string{"auto", "text", "json"}, c.Log.Format), "log.format: %q is none of auto, text, json", c.Log.Format)
	if len(faults) > 0 {
		return hub.Errorf(hub.Invalid, "%s", strings.Join(faults, "\n"))
	}
	return nil
}

func cleanPath(p string) bool {
	u, err := url.Parse(p)
	return err == nil && u.Path == p && u.Host == "" && strings.HasPrefix(p, "/") && !strings.Contains(p, "//") && !strings.Contains(p, "/.")
}

// origin tells whether s is scheme://host[:port] and nothing else.
func origin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}
