package config

import (
	"errors"
	"maps"
	"math"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Validate names every fault of the values, a line each, as one hub.Invalid error.
// It looks at nothing but the values: whether a port is free or a folder can be
// written shows when it is used.
func (c Config) Validate() error { return c.Told(c.Faults()) }

// maxReserve is what writing it at the first start is still quick for.
const maxReserve = 1 << 30

// Faults is every fault of the values, and of those that could not be read.
func (c Config) Faults() []Fault {
	f := faults{all: slices.Clone(c.unread), unread: map[string]bool{}}
	for _, u := range c.unread {
		f.unread[u.Key] = true
	}
	c.validatePlaces(&f)
	c.validateFrames(&f)
	c.validateTLS(&f)
	c.validateLogin(&f)
	c.validateSpans(&f)
	c.validateSpawner(&f)
	c.validateDeclared(&f)
	c.validateProfiles(&f)
	c.validatePages(&f)
	c.validateCull(&f)
	c.validateTimeLimit(&f)
	f.check(c.Servers.NamedLimit >= -1, "servers.named_limit: it must be -1 (no limit), 0 (off) or more")
	c.validateQuota(&f)
	d := c.Disk
	f.check(d.MinFreeBytes >= 0, "disk.min_free_bytes: it must be 0 (never full) or more")
	f.check(d.ReserveBytes >= 0 && d.ReserveBytes <= maxReserve, "disk.reserve_bytes: it must be 0 (none) to %d (1 GiB)", maxReserve)
	f.check(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level: %q is none of debug, info, warn, error", c.Log.Level)
	f.check(slices.Contains([]string{"auto", "text", "json"}, c.Log.Format), "log.format: %q is none of auto, text, json", c.Log.Format)
	return f.all
}

// validatePlaces checks where the hub listens, keeps its data, and is found.
func (c Config) validatePlaces(f *faults) {
	f.check(hostPort(c.Listen), "listen: %q is not HOST:PORT, as 127.0.0.1:8000", c.Listen)
	f.check(c.DataDir != "", "data_dir: it is empty")
	f.check(c.Database == "" || database(string(c.Database)), "database: it must be sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME")
	f.check(cleanPath(c.BaseURL), "base_url: %q is not a path of letters, digits and -._~, as / or /jupyter/", c.BaseURL)
	f.check(c.PublicURL == "" || origin(c.PublicOrigin()) && !strings.Contains(c.PublicOrigin(), "*"),
		"public_url: it is not scheme and host alone, as https://hub.example.org or https://*.hub.example.org")
	f.check(!c.Subdomains() || parentDomain(c.PublicOrigin()),
		"public_url: no browser shares a login between domains below that host; behind the wildcard there must be a domain of two names or more, as https://*.hub.example.org")
	f.check(!c.Subdomains() || !c.TLS.ACME.On(),
		"public_url: a domain for each person needs a certificate for the wildcard, which the hub cannot get by ACME; get it by other means and set tls.cert_file and tls.key_file")
	f.check(c.HubConnectURL == "" || origin(c.HubConnectURL), "hub_connect_url: it is not scheme, host and port alone, as http://10.0.0.5:8000")
	for _, s := range c.TrustedProxies {
		_, err := parsePrefix(s)
		f.check(err == nil, "%v", err)
	}
}

// validateLogin checks how people log in, and who is the first that can.
func (c Config) validateLogin(f *faults) {
	_, err := hub.UserName(c.Admin.Username)
	f.check(err == nil, "admin.username: %q is not a username", c.Admin.Username)
	f.check(c.Admin.Token == "" || len(c.Admin.Token) >= 8, "admin.token: it is too short; use at least 8 characters")
	f.check(!strings.ContainsFunc(string(c.Admin.Token), func(r rune) bool { return r <= ' ' || r > '~' }),
		"admin.token: it holds spaces or characters beyond ASCII, which no request can carry")
	n := c.Auth.Native
	f.check(n.ClaimDays >= 0 && n.ClaimDays <= 3650, "auth.native.claim_days: it must be 0 (never) to 3650")
	f.check(n.Password.MinLength >= 6 && n.Password.MinLength <= 19, "auth.native.password.min_length: it must be 6 to 19, the length of those that are generated")
	f.check(n.Password.Classes >= 0 && n.Password.Classes <= 4, "auth.native.password.classes: it must be 0 (any) to 4")
	a := c.Auth.Native.Argon2
	f.check(a.Iterations > 0 && a.Parallelism > 0 && a.MemoryKiB >= 8*uint32(a.Parallelism) && a.MemoryKiB <= 4<<20,
		"auth.native.argon2: iterations and parallelism must be at least 1, and memory_kib 8 for each thread up to 4194304 (4 GiB)")
	t := c.Auth.Native.Throttle
	f.check(t.PerNameFailures > 0, "auth.native.throttle.per_name_failures: it must be at least 1")
	f.check(t.PerAddressFailures > 0, "auth.native.throttle.per_address_failures: it must be at least 1")
	f.check(c.Tokens.Limit > 0 || c.Tokens.Limit == -1, "tokens.limit: it must be at least 1, or -1 for no limit")
	f.check(c.Auth.Native.Enabled || c.Auth.Dummy.Active(), "auth: nobody could log in; set auth.native.enabled: true")
}

// validateSpans checks the time spans that make no sense when they are nothing:
// whoever uses them would take nothing for "not set".
func (c Config) validateSpans(f *faults) {
	l := c.Spawner.Local
	for _, span := range []struct {
		key string
		d   Duration
	}{
		{"auth.native.throttle.per_name_window", c.Auth.Native.Throttle.PerNameWindow},
		{"auth.native.throttle.per_address_window", c.Auth.Native.Throttle.PerAddressWindow},
		{"session.max_age", c.Session.MaxAge},
		{"oauth.token_max_age", c.OAuth.TokenMaxAge},
		{"spawner.start_timeout", c.Spawner.StartTimeout},
		{"spawner.http_timeout", c.Spawner.HTTPTimeout},
		{"spawner.local.interrupt_timeout", l.InterruptTimeout},
		{"spawner.local.term_timeout", l.TermTimeout},
		{"spawner.local.kill_timeout", l.KillTimeout},
		{"retention.audit", c.Retention.Audit},
		{"retention.events", c.Retention.Events},
	} {
		f.check(span.d > 0, "%s: it must be longer than nothing", span.key)
	}
}

// validateSpawner checks what runs notebook servers, and what they are given.
func (c Config) validateSpawner(f *faults) {
	f.check(c.Spawner.Driver == "local", "spawner.driver: %q is not known; this version has local", c.Spawner.Driver)
	f.check(c.Spawner.ConcurrentStarts > 0, "spawner.concurrent_starts: it must be at least 1")
	l := c.Spawner.Local
	f.check(len(l.Command) == 0 || l.Command[0] != "", "spawner.local.command: its first word, the program, is empty")
	for _, line := range l.Python.Packages {
		bad := badPackage(line)
		f.check(bad == "", "spawner.local.python.packages: %s", bad)
	}
	f.check(len(l.Command) == 0 || !l.Python.Wanted(),
		"spawner.local.python.packages: they are for the hub's own Python environment, and spawner.local.command names another program; remove one of the two")
	f.check(l.UIDRange[0] >= 1000, "spawner.local.uid_range: user ids below 1000 belong to the system")
	// The highest number is (uid_t)-1, which asks the kernel to leave the user as it is.
	f.check(l.UIDRange[1] < math.MaxUint32, "spawner.local.uid_range: %d is no user id", l.UIDRange[1])
	f.check(l.Homes == "" || filepath.IsAbs(l.Homes), "spawner.local.homes: %q is not a whole path, beginning with a slash", l.Homes)
	f.check(filepath.IsAbs(l.UIDRegistry), "spawner.local.uid_registry: %q is not a whole path, beginning with a slash", l.UIDRegistry)
	f.check(l.LogMaxBytes > 0, "spawner.local.log_max_bytes: it must be at least 1")
	l.Limits.validate(l.LogMaxBytes, f)
	l.Devices.validate(f)
	for _, name := range slices.Sorted(maps.Keys(l.Environment)) {
		f.check(variable(name) && !strings.Contains(l.Environment[name], "\x00"), "spawner.local.environment: %q cannot be the name of a variable, or its value holds a zero byte", name)
	}
	for _, name := range l.EnvKeep {
		f.check(variable(name), "spawner.local.env_keep: %q is not the name of a variable", name)
		f.check(!strings.HasPrefix(name, "ATRIUM_"), "spawner.local.env_keep: %s stays with the hub, whose secrets have such names", name)
	}
}

// The least with which a notebook server starts.
const (
	leastMemory    = 128 << 20
	leastProcesses = 64
	leastOpenFiles = 256
	leastCPU       = 0.01 // the kernel knows no less
)

func (l Limits) validate(logMaxBytes int64, f *faults) {
	const at = "spawner.local.limits."
	f.check(l.Memory == 0 || l.Memory >= leastMemory, at+"memory: with less than %v no notebook server starts; 0 sets no limit", Size(leastMemory))
	f.check(l.CPU == 0 || l.CPU >= leastCPU && l.CPU <= 1<<20, at+"cpu: it is a number of cores, as 1 or 0.5; 0 sets no limit")
	f.check(l.Processes == 0 || l.Processes >= leastProcesses && l.Processes <= 1<<22, at+"processes: threads count too, so with less than %d no notebook server works; 0 sets no limit", leastProcesses)
	f.check(l.OpenFiles == 0 || l.OpenFiles >= leastOpenFiles && l.OpenFiles <= 1<<30, at+"open_files: with less than %d no notebook server works; 0 sets no limit", leastOpenFiles)
	f.check(l.FileSize == 0 || int64(l.FileSize) >= 2*logMaxBytes, at+"file_size: a server's log is a file, too, so it must be at least twice log_max_bytes; 0 sets no limit")
	f.check(slices.Contains([]string{"auto", "cgroup", "rlimit"}, l.Means), at+"means: %q is not known; write auto, cgroup or rlimit", l.Means)
	f.check(l.Cgroup == "" || filepath.IsAbs(l.Cgroup), at+"cgroup: %q is not a whole path, beginning with a slash", l.Cgroup)
	f.check(l.Cgroup == "" || l.Means != "rlimit", at+"cgroup: it is not used with means: rlimit; remove one of the two")
}

func variable(name string) bool { return name != "" && !strings.ContainsAny(name, "=\x00") }

// hostPort tells whether s is an address to listen on; port 0 is any free one.
func hostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && portNumber(port)
}

func portNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// database tells whether s names a database; what lies there, its package says.
func database(s string) bool {
	for _, scheme := range []string{"sqlite:///", "postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok {
			return rest != ""
		}
	}
	return false
}

// cleanPath tells whether p is a path that needs no escaping anywhere: paths are
// compared escaped, and the same one stands in the cookies' Path.
func cleanPath(p string) bool {
	return p == "/" || regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/$`).MatchString(p)
}

// origin tells whether s is scheme://host[:port] and nothing else.
func origin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.Path == "" && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && (u.Port() == "" || portNumber(u.Port()))
}

// maxParentDomain leaves room for a label and its dot in a name of 253 bytes.
const maxParentDomain = 253 - 64

// parentDomain tells whether cookies can be set for the origin's host and all below it.
func parentDomain(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || strings.Contains(origin, "*") {
		return true // said already
	}
	host := u.Hostname()
	return domain(host) && strings.Contains(host, ".") && len(host) <= maxParentDomain
}

// parsePrefix reads a network; a single address is a network of one.
func parsePrefix(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return netip.Prefix{}, errors.New("trusted_proxies: " + strconv.Quote(s) + " is not a network; write 10.0.0.0/8 or 10.1.2.3")
	}
	ip = ip.Unmap()
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}
