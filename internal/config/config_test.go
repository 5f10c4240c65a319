package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/atriumhub/atrium/internal/quota"
)

func load(t *testing.T, yaml string, env ...string) (Config, []Warning, error) {
	t.Helper()
	return Load("atrium.yaml", env, func(path string) ([]byte, error) {
		switch path {
		case "atrium.yaml":
			return []byte(yaml), nil
		case "/run/secret":
			return []byte("from a file\n"), nil
		case "/run/empty":
			return []byte("\n"), nil
		case "/run/large":
			return make([]byte, maxSecret+1), nil
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
	if d := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Error(d)
	}
}

// A file that says nothing leaves everything as it is.
func TestEmptyFiles(t *testing.T) {
	want, _, err := Load("", nil, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, yaml := range []string{"", "\n", "# nothing yet\n", "---\n", "null\n", "spawner:\nlisten:\n", "---\n# one\n---\n# two\n"} {
		got, _, err := load(t, yaml)
		if err != nil {
			t.Errorf("%q: %v", yaml, err)
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); d != "" {
			t.Errorf("%q: %s", yaml, d)
		}
	}
}

func TestEnvironment(t *testing.T) {
	type check func(Config) bool
	for _, tc := range []struct {
		env  []string
		yaml string
		want check
	}{
		{[]string{"ATRIUM_TRUSTED_PROXIES=[\"10.0.0.0/8\"]"}, "", func(c Config) bool { return cmp.Equal(c.TrustedProxies, []string{"10.0.0.0/8"}) }},
		{[]string{"ATRIUM_SPAWNER_LOCAL_COMMAND=a, b ,"}, "", func(c Config) bool { return cmp.Equal(c.Spawner.Local.Command, []string{"a", "b"}) }},
		{[]string{`ATRIUM_SPAWNER_LOCAL_ENVIRONMENT={"A":"b=c"}`}, "", func(c Config) bool { return c.Spawner.Local.Environment["A"] == "b=c" }},
		// Nothing at all is not the default: the driver takes nil for "not set".
		{[]string{"ATRIUM_SPAWNER_LOCAL_ENV_KEEP="}, "", func(c Config) bool {
			return c.Spawner.Local.EnvKeep != nil && len(c.Spawner.Local.EnvKeep) == 0
		}},
		{[]string{"ATRIUM_SESSION_MAX_AGE=1d12h"}, "session: {max_age: 1h}", func(c Config) bool { return c.Session.MaxAge == Duration(36*time.Hour) }},
		{[]string{"ATRIUM_SPAWNER_LOCAL_UID_RANGE=2000-3000"}, "", func(c Config) bool { return c.Spawner.Local.UIDRange == UIDRange{2000, 3000} }},
		{[]string{"ATRIUM_DATABASE=a=b"}, "", func(c Config) bool { return c.Database == "a=b" }},
		{[]string{"ATRIUM_DATABASE_FILE=/run/secret"}, "database: x", func(c Config) bool { return c.Database == "from a file" }},
		{[]string{"ATRIUM_ADMIN_PASSWORD=", "ATRIUM_ADMIN_PASSWORD_FILE=/run/secret"}, "", func(c Config) bool { return c.Admin.Password == "from a file" }},
		{[]string{"JUPYTERHUB_ADMIN_PASSWORD=theirs"}, "admin: {password: file}", func(c Config) bool { return c.Admin.Password == "theirs" }},
		{[]string{"JUPYTERHUB_ADMIN_PASSWORD=theirs", "ATRIUM_ADMIN_PASSWORD=ours"}, "", func(c Config) bool { return c.Admin.Password == "ours" }},
		{[]string{"JUPYTERHUB_API_TOKEN=theirs", "ATRIUM_ADMIN_TOKEN_FILE=/run/secret"}, "", func(c Config) bool { return c.Admin.Token == "from a file" }},
		{[]string{"ATRIUM_DATA_DIR=", "XDG_DATA_HOME=/x"}, "", func(c Config) bool { return filepath.IsAbs(c.DataDir) }},
		{[]string{"ATRIUM_PUBLIC_URL=HTTPS://Hub.example.org/"}, "", func(c Config) bool { return c.PublicURL == "https://hub.example.org" }},
	} {
		c, warnings, err := load(t, tc.yaml, tc.env...)
		if err != nil || len(warnings) > 0 || !tc.want(c) {
			t.Errorf("%q over %q: %+v, warnings %q, error %v", tc.env, tc.yaml, c, warnings, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	_, warnings, err := load(t, "", "ATRIUM_LISTN=x", "ATRIUM_PORT=tcp://10.0.0.1:80", "ATRIUM_PORT_80_TCP=x", "ATRIUM_SERVICE_HOST=x", "ATRIUM_LISTEN=:1",
		"ATRIUM_ADMIN_TOKEN=tokentoken", "ATRIUM_ADMIN_TOKEN_FILE=/run/secret", "ATRIUM_DATA_DIR_FILE=/x", "ATRIUM_ANYTHING_ELSE_THAT_NOBODY_KNOWS_AT_ALL=x", "OTHER=x")
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{
		"ATRIUM_ADMIN_TOKEN and ATRIUM_ADMIN_TOKEN_FILE are both set; the former is used",
		"unknown environment variable ATRIUM_ANYTHING_ELSE_THAT_NOBODY_KNOWS_AT_ALL",
		"unknown environment variable ATRIUM_DATA_DIR_FILE; did you mean ATRIUM_DATABASE_FILE?",
		"unknown environment variable ATRIUM_LISTN; did you mean ATRIUM_LISTEN?",
	}
	if d := cmp.Diff(want, warnings); d != "" {
		t.Error(d)
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	c := Default()
	c.Listen, c.PublicURL, c.Spawner.Driver, c.TrustedProxies = "8000", "hub.example.org", "docker", []string{"x", "y"}
	err := c.Validate()
	for _, w := range []string{"listen:", "data_dir:", "public_url:", "spawner.driver:", `trusted_proxies: "x"`, `trusted_proxies: "y"`} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%v does not name %s", err, w)
		}
	}
}

// Each fault on its own, and what is no fault.
func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		key    string // named by the fault; empty: good
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"", func(c *Config) { c.Listen = "[::1]:0" }},
		{"", func(c *Config) { c.Listen = ":8000" }},
		{"listen", func(c *Config) { c.Listen = "127.0.0.1:99999" }},
		{"listen", func(c *Config) { c.Listen = "127.0.0.1" }},
		{"", func(c *Config) { c.Database = "sqlite:////srv/a.sqlite" }},
		{"", func(c *Config) { c.Database = "postgresql://u:p@h/d?sslmode=disable" }},
		{"database", func(c *Config) { c.Database = "sqlite:///" }},
		{"database", func(c *Config) { c.Database = "mysql://u:hunter2@h/d" }},
		{"", func(c *Config) { c.BaseURL = "/jupyter/a_b~c.d/" }},
		{"base_url", func(c *Config) { c.BaseURL = "/a/../b/" }},
		{"base_url", func(c *Config) { c.BaseURL = "/a b/" }},
		{"base_url", func(c *Config) { c.BaseURL = "/a;b/" }},
		{"base_url", func(c *Config) { c.BaseURL = "//host/" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://u:hunter2@h" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://h/path" }},
		{"", func(c *Config) { c.PublicURL = "https://*.hub.example.org" }},
		{"", func(c *Config) { c.PublicURL = "http://*.hub.localhost:8000" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://*.localhost" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://*.10.0.0.1" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://*.*.example.org" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://hub.*.example.org" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://*.hub_x.example.org" }},
		{"public_url", func(c *Config) { c.PublicURL = "https://*." + strings.Repeat("a.", 100) + "org" }},
		{"public_url", func(c *Config) {
			c.PublicURL = "https://*.hub.example.org"
			c.TLS.ACME.Email, c.TLS.ACME.Domains = "ops@example.org", []string{"hub.example.org"}
		}},
		{"", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://moodle.example.org", "https://canvas.example.com:8443", "https://10.0.0.1"}
		}},
		{"frame_ancestors", func(c *Config) { c.FrameAncestors = []string{"https://moodle.example.org"} }},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://hub.example.org", []string{"https://moodle.example.org"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "http://*.hub.example.org", []string{"https://moodle.example.org"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://mallory.hub.example.org"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://hub.example.org:8443"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"http://moodle.example.org"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://moodle.example.org/course"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://*.example.com"}
		}},
		{"frame_ancestors", func(c *Config) {
			c.PublicURL, c.FrameAncestors = "https://*.hub.example.org", []string{"https://a;script-src"}
		}},
		{"hub_connect_url", func(c *Config) { c.HubConnectURL = "http://h:99999" }},
		{"trusted_proxies", func(c *Config) { c.TrustedProxies = []string{"fe80::1%eth0"} }},
		{"admin.username", func(c *Config) { c.Admin.Username = "" }},
		{"admin.token", func(c *Config) { c.Admin.Token = "hunter2" }},
		{"admin.token", func(c *Config) { c.Admin.Token = "hunter2 hunter2" }},
		{"auth.native.argon2", func(c *Config) { c.Auth.Native.Argon2.Parallelism = 0 }},
		{"auth.native.claim_days", func(c *Config) { c.Auth.Native.ClaimDays = -1 }},
		{"", func(c *Config) { c.Auth.Native.ClaimDays = 0 }},
		{"auth.native.password.min_length", func(c *Config) { c.Auth.Native.Password.MinLength = 5 }},
		{"auth.native.password.min_length", func(c *Config) { c.Auth.Native.Password.MinLength = 20 }},
		{"auth.native.password.classes", func(c *Config) { c.Auth.Native.Password.Classes = 5 }},
		{"auth.native.throttle.per_name_failures", func(c *Config) { c.Auth.Native.Throttle.PerNameFailures = 0 }},
		{"auth", func(c *Config) { c.Auth.Native.Enabled = false }},
		{"", func(c *Config) { c.Auth.Native.Enabled, c.Auth.Dummy.Password = false, "hunter2" }},
		{"spawner.local.kill_timeout", func(c *Config) { c.Spawner.Local.KillTimeout = 0 }},
		{"", func(c *Config) { c.Spawner.SlowStartWait, c.DrainTimeout = 0, 0 }},
		{"spawner.local.command", func(c *Config) { c.Spawner.Local.Command = []string{""} }},
		{"spawner.local.uid_range", func(c *Config) { c.Spawner.Local.UIDRange = UIDRange{0, 5000} }},
		{"spawner.local.uid_range", func(c *Config) { c.Spawner.Local.UIDRange[1] = 1<<32 - 1 }},
		{"spawner.local.log_max_bytes", func(c *Config) { c.Spawner.Local.LogMaxBytes = 0 }},
		{"", func(c *Config) {
			c.Spawner.Local.Limits = Limits{Memory: 2 << 30, CPU: 0.5, Processes: 200, OpenFiles: 1024, FileSize: 1 << 30, Means: "cgroup", Cgroup: "/c"}
		}},
		{"spawner.local.limits.memory", func(c *Config) { c.Spawner.Local.Limits.Memory = 1 << 20 }},
		{"spawner.local.limits.cpu", func(c *Config) { c.Spawner.Local.Limits.CPU = -1 }},
		{"spawner.local.limits.processes", func(c *Config) { c.Spawner.Local.Limits.Processes = 3 }},
		{"spawner.local.limits.open_files", func(c *Config) { c.Spawner.Local.Limits.OpenFiles = 3 }},
		{"spawner.local.limits.file_size", func(c *Config) { c.Spawner.Local.Limits.FileSize = 10 << 20 }},
		{"spawner.local.limits.means", func(c *Config) { c.Spawner.Local.Limits.Means = "ulimit" }},
		{"spawner.local.limits.cgroup", func(c *Config) { c.Spawner.Local.Limits.Cgroup = "atrium.service" }},
		{"spawner.local.limits.cgroup", func(c *Config) { c.Spawner.Local.Limits.Means, c.Spawner.Local.Limits.Cgroup = "rlimit", "/c" }},
		{"spawner.local.environment", func(c *Config) { c.Spawner.Local.Environment = map[string]string{"A=B": ""} }},
		{"spawner.local.env_keep", func(c *Config) { c.Spawner.Local.EnvKeep = []string{"ATRIUM_ADMIN_PASSWORD"} }},
		{"", func(c *Config) { c.Servers.NamedLimit = -1 }},
		{"disk.min_free_bytes", func(c *Config) { c.Disk.MinFreeBytes = -1 }},
		{"disk.reserve_bytes", func(c *Config) { c.Disk.ReserveBytes = -1 }},
		{"disk.reserve_bytes", func(c *Config) { c.Disk.ReserveBytes = 2 << 30 }},
		{"", func(c *Config) { c.Disk = Disk{} }},
		{"servers.named_limit", func(c *Config) { c.Servers.NamedLimit = -2 }},
		{"log.level", func(c *Config) { c.Log.Level = "loud" }},
	} {
		c := Default()
		c.DataDir = "/data"
		tc.change(&c)
		err := c.Validate()
		if tc.key == "" {
			if err != nil {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), tc.key+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one fault of %s, got %v", tc.key, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a fault shows a secret: %v", err)
		}
	}
}

func TestDataDir(t *testing.T) {
	for _, tc := range []struct {
		uid            int
		xdg, home, dir string
	}{
		{0, "/x", "/h", "/var/lib/atrium"},
		{1000, "/x", "/h", "/x/atrium"},
		{1000, "", "/h", "/h/.local/share/atrium"},
		{1000, "relative", "/h", "/h/.local/share/atrium"},
		{1000, "", "", "/var/lib/atrium"},
	} {
		env := map[string]string{"XDG_DATA_HOME": tc.xdg, "HOME": tc.home}
		if got := DataDir(tc.uid, func(name string) string { return env[name] }); got != tc.dir {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"90s": "1m30s", "14d": "14d", "1d12h": "36h", "0": "0s", "1h30m": "1h30m", "24h": "1d",
		"": "", "d": "", "-1d": "", "-5s": "", "3600": "", "soon": "", "100001d": "", "100000d2562047h": "", "1w": "",
	} {
		var d Duration
		err := d.UnmarshalText([]byte(text))
		if (err != nil) != (want == "") || (err == nil && d.String() != want) {
			t.Errorf("%q: %s, %v", text, d, err)
		}
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

func TestSizesAreReadAsJupyterHubs(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "1000": 1000, "512M": 512 << 20, "2G": 2 << 30, "1.5G": 3 << 29, "1T": 1 << 40, "3K": 3 << 10} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %d, %v; want %d", text, s, err, want)
		}
		var again Size
		if err := again.UnmarshalText([]byte(want.String())); err != nil || again != want {
			t.Errorf("%s was written as %s, which is %d, %v", text, want, again, err)
		}
	}
	for _, text := range []string{"", "-1", "2g", "2GB", "G", "1e3", "9999999T", "0x10", "1.G"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, s)
		}
	}
}

// Rules of quota.refresh are refused with the line; those of the Learning Cloud are read as they are.
func TestRefreshRules(t *testing.T) {
	rule := func(lines ...string) string {
		return "quota:\n  refreshRules:\n    weekly:\n      " + strings.Join(lines, "\n      ")
	}
	good := []string{"schedule: 0 4 * * mon", "amount: 10"}
	c, _, err := load(t, rule(append(good, "timeZone: Europe/Berlin", "maxBalance: 50", "targets: {usernamePattern: aup, balanceBelow: 20, includeUsers: [AUP01]}")...))
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := quota.Rules(c.Quota.Refresh)[0]; r.Name != "weekly" || r.Schedule.Zone().String() != "Europe/Berlin" || *r.Most != 50 || *r.Targets.Below != 20 || r.Targets.Above != nil || r.Targets.Users[0] != "aup01" || r.CatchUp != "last" {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct{ name, yaml, want string }{
		{"one that never comes", rule("amount: 10", "schedule: 0 0 31 2 *"), "line 5: quota.refresh: weekly: schedule: there is no such day: it never comes"},
		{"none of cron's", rule("schedule: monday", "amount: 10"), `line 4: quota.refresh: weekly: schedule: "monday" is none of cron's five fields`},
		{"no schedule", rule("amount: 10"), "line 3: quota.refresh: weekly: schedule: "},
		{"a window and a schedule", rule(append(good, "window: 7d")...), "quota.refresh: weekly: schedule, per and window exclude each other"},
		{"a window that gives", rule("window: 7d", "amount: 5"), "line 4: quota.refresh: weekly: window: what was used comes back"},
		{"a window of no time", rule("window: 7"), `line 4: quota.refresh: weekly: window: "7" is no time span of an hour to 366d`},
		{"little by little without an end", rule("per: 1d", "amount: 5"), "line 4: quota.refresh: weekly: per: what comes little by little is an amount of 1 or more, and goes up to a max_balance"},
		{"no zone", rule(append(good, "time_zone: Berlin")...), `line 6: quota.refresh: weekly: time_zone: "Berlin" is no time zone`},
		{"no zone, as it is called elsewhere", rule(append(good, "timeZone: Berlin")...), `line 6: quota.refresh: weekly: time_zone: "Berlin" is no time zone`},
		{"no amount", rule("schedule: 0 4 * * mon"), "line 3: quota.refresh: weekly: amount: it is missing"},
		{"nothing", rule("schedule: 0 4 * * mon", "amount: 0"), "line 5: quota.refresh: weekly: amount: adding 0 does nothing"},
		{"half a credit", rule("schedule: 0 4 * * mon", "amount: 0.5"), "line 5: quota.refreshRules.weekly.amount: "},
		{"huge", rule("schedule: 0 4 * * mon", "amount: 99999999"), "quota.refresh: weekly: The amount must be within"},
		{"below zero", rule("schedule: 0 4 * * mon", "amount: -1", "action: set"), "quota.refresh: weekly: A quota cannot be set below 0"},
		{"another action", rule(append(good, "action: take")...), `quota.refresh: weekly: The action must be set or add, not "take"`},
		{"caught up otherwise", rule(append(good, "catch_up: some")...), `line 6: quota.refresh: weekly: catch_up: "some" is none of last, all, none`},
		{"no pattern", rule(append(good, "targets:", "  username_pattern: (?=x)")...), "line 7: quota.refresh: weekly: targets.username_pattern: the pattern is not understood"},
		{"no names", rule(append(good, "targets: {include_users: [a/b]}")...), `quota.refresh: weekly: "a/b" is not a username`},
		{"an unknown key", rule(append(good, "amont: 10")...), "line 6: unknown key quota.refreshRules.weekly.amont; did you mean quota.refreshRules.weekly.amount?"},
		{"twice", rule(append(good, "amount: 10")...), "line 6: quota.refreshRules.weekly.amount: it is given on line 5 already"},
	} {
		read, _, err := load(t, c.yaml)
		if err == nil {
			err = read.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

// quota.* is also read as the AUP Learning Cloud spells it; what makes no sense is refused with its key.
func TestQuotaKeys(t *testing.T) {
	c := Default()
	for _, f := range readYAML(&c, "f.yaml", []byte("quota: {enabled: true, cpuRate: 3, minimumToStart: 0, default_quota: 50, grace: 2m}")) {
		t.Error(f.Text)
	}
	want := Quota{Enabled: true, ChargeFrom: "ready", CPURate: 3, DefaultQuota: 50, DefaultMinutes: 60, Grace: Duration(2 * time.Minute)}
	if d := cmp.Diff(want, c.Quota); d != "" {
		t.Error(d)
	}
	for key, change := range map[string]func(*Quota){
		"quota.cpu_rate":                func(q *Quota) { q.CPURate = 0 },
		"quota.minimum_to_start":        func(q *Quota) { q.MinimumToStart = -1 },
		"quota.default_quota":           func(q *Quota) { q.DefaultQuota = 10_000_001 },
		"quota.default_runtime_minutes": func(q *Quota) { q.DefaultMinutes = 0 },
		"quota.charge_from":             func(q *Quota) { q.ChargeFrom = "asked" },
		"quota.grace":                   func(q *Quota) { q.Grace = -1 },
	} {
		c := Default()
		c.DataDir = "/x"
		change(&c.Quota)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}
