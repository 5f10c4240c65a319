// Package config is Atrium's configuration: what can be set, where it comes from
// (defaults, then a YAML file, then the environment), and what is wrong with it.
package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Config is everything that can be set. The tag `doc` is what the reference says of
// a key; the name of its environment variable follows from its place.
type Config struct {
	Listen         string   `yaml:"listen" doc:"Host and port to listen on. Beyond loopback, set tls, or put a proxy in front that ends TLS."`
	HubListen      string   `yaml:"hub_listen" doc:"With tls, where notebook servers on this machine reach the hub's API, in plain HTTP: host and port, of loopback. Keep it the same across restarts: running servers remember it."`
	DataDir        string   `yaml:"data_dir" doc:"Folder for the database, homes and logs. Default: /var/lib/atrium as root, else ~/.local/share/atrium."`
	Database       Secret   `yaml:"database" doc:"sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME. Default: atrium.sqlite in data_dir."`
	BaseURL        string   `yaml:"base_url" doc:"Path that everything is served under."`
	PublicURL      string   `yaml:"public_url" doc:"Where people find the hub: scheme and host, as https://hub.example.org. With a wildcard, as https://*.hub.example.org, the hub is at https://hub.example.org and each person's servers at a domain below it: the safe way to keep people's notebooks apart. It needs a DNS record and a certificate for *.hub.example.org."`
	FrameAncestors []string `yaml:"frame_ancestors" doc:"Sites that may show the hub and notebook servers in a frame, as learning platforms do: a list of origins, as https://moodle.example.org. It needs a public_url with https:// and a wildcard. See docs/guide/frames.md."`
	HubConnectURL  string   `yaml:"hub_connect_url" doc:"Where notebook servers find the hub: scheme, host and port. Default: the address listened on, with tls that of hub_listen."`
	TrustedProxies []string `yaml:"trusted_proxies" doc:"Networks whose X-Forwarded-For, -Proto and -Host are believed, but for notebooks on the hub's own machine."`
	DrainTimeout   Duration `yaml:"drain_timeout" doc:"How long the end of the hub waits for open requests."`

	TLS       TLS       `yaml:"tls"`
	Admin     Admin     `yaml:"admin"`
	Auth      Auth      `yaml:"auth"`
	Session   Session   `yaml:"session"`
	OAuth     OAuth     `yaml:"oauth"`
	Tokens    Tokens    `yaml:"tokens"`
	Spawner   Spawner   `yaml:"spawner"`
	Servers   Servers   `yaml:"servers"`
	Cull      Cull      `yaml:"cull"`
	TimeLimit TimeLimit `yaml:"time_limit"`
	Quota     Quota     `yaml:"quota"`
	Disk      Disk      `yaml:"disk"`
	Retention Retention `yaml:"retention"`
	Log       Log       `yaml:"log"`
	Metrics   Metrics   `yaml:"metrics"`
	Pages     Pages     `yaml:"pages"`

	Profiles Profiles `yaml:"profiles" doc:"What people may start, each with its settings and options, and for whom it is: a list of slug, display_name, description, icon, default, groups, users, roles, command, args, environment, default_url, notebook_dir, mem_limit, cpu_limit, time_limit, max_time_limit, accelerator, quota_rate, profile_options, kubespawner_override, successor. KubeSpawner's profile_list and the profiles of ApplicationHub's config.yml are read as they are. Empty: a server is a server. See docs/guide/profiles.md."`

	Accelerators map[string]Accelerator `yaml:"accelerators" doc:"What servers may compute with beside processors, by name: quota_rate, the credits that a minute with it costs, display_name and description, which GET /hub/api/accelerators tells. Profiles and choices name them as accelerator. See docs/guide/quota.md."`

	Roles    []Role                 `yaml:"roles" doc:"Who may do what, in JupyterHub's form: a list of name, description, scopes, users, groups, services."`
	Scopes   map[string]CustomScope `yaml:"custom_scopes" doc:"Scopes that services understand, by name (custom:…): description, subscopes."`
	Groups   map[string]Group       `yaml:"groups" doc:"Groups that are there at every start, by name: users, who are added, and properties, which replace what was."`
	Services []Service              `yaml:"services" doc:"Programs beside the hub, in JupyterHub's form: a list of name, url, api_token (or api_token_file), admin, command, environment, cwd, user, display, info, oauth_client_id, oauth_redirect_uri, oauth_no_confirm, oauth_client_allowed_scopes."`

	from   map[string]place // where what is set was set, by key
	unread []Fault          // what could not be read
}

// Admin is the first administrator.
type Admin struct {
	Username string `yaml:"username" doc:"Name of the administrator who is set up."`
	Password Secret `yaml:"password" doc:"Their password; applied at the first start, and again when it differs from the one applied last. Made and written to admin-credentials.json where neither password nor token is given. Also read from JUPYTERHUB_ADMIN_PASSWORD."`
	Token    Secret `yaml:"token" doc:"An API token of theirs, applied likewise. Also read from JUPYTERHUB_API_TOKEN."`
}

// Auth is how people log in.
type Auth struct {
	Native         Native         `yaml:"native"`
	Dummy          Dummy          `yaml:"dummy"`
	PasswordTokens PasswordTokens `yaml:"password_tokens"`
}

// PasswordTokens is GET and POST /hub/api/authorizations/token.
type PasswordTokens struct {
	Enabled bool     `yaml:"enabled" doc:"Whether programs get an API token for a name and password at /hub/api/authorizations/token."`
	MaxAge  Duration `yaml:"max_age" doc:"How long such a token is good; 0s: for ever."`
}

// Native is passwords kept by the hub.
type Native struct {
	Enabled   bool     `yaml:"enabled" doc:"Whether people log in with a password that the hub keeps."`
	ClaimDays int      `yaml:"claim_days" doc:"For how many days after they were made people without a password, and without any rights beyond the default ones, may set it by their first login; 0: never."`
	Password  Password `yaml:"password"`
	Argon2    Argon2   `yaml:"argon2"`
	Throttle  Throttle `yaml:"throttle"`
}

// Password is what a password must be.
type Password struct {
	MinLength int `yaml:"min_length" doc:"The least length of a password, in characters."`
	Classes   int `yaml:"classes" doc:"How many of the four kinds small letters, capitals, digits and other characters a password must hold; 0 asks for none."`
}

// Argon2 is the cost of hashing a password.
type Argon2 struct {
	MemoryKiB   uint32 `yaml:"memory_kib" doc:"Memory for one hash, KiB."`
	Iterations  uint32 `yaml:"iterations" doc:"Passes over that memory."`
	Parallelism uint8  `yaml:"parallelism" doc:"Threads for one hash."`
}

// Throttle is when failed logins slow down further ones.
type Throttle struct {
	PerNameFailures    int      `yaml:"per_name_failures" doc:"Failures for one name before it has to wait."`
	PerNameWindow      Duration `yaml:"per_name_window" doc:"The time in which they count."`
	PerAddressFailures int      `yaml:"per_address_failures" doc:"Failures from one address before it is slowed down. Wide, since a lecture hall may be behind one address."`
	PerAddressWindow   Duration `yaml:"per_address_window" doc:"The time in which they count."`
}

// Dummy is one password for everybody, for trials.
type Dummy struct {
	Password Secret `yaml:"password" doc:"Lets anybody in, under any name, who knows this one password. For trials only; empty is off."`
}

// Active tells whether it is on.
func (d Dummy) Active() bool { return d.Password != "" }

// Session is browser logins.
type Session struct {
	MaxAge Duration `yaml:"max_age" doc:"How long a login lasts."`
}

// OAuth is what notebook servers get.
type OAuth struct {
	TokenMaxAge Duration `yaml:"token_max_age" doc:"How long a notebook server may use a login before it asks again."`
}

// Tokens is what people's programs come with.
type Tokens struct {
	Limit int `yaml:"limit" doc:"API tokens that a person may have; -1 sets no limit. Those of their notebook servers do not count, nor expired ones. Logins of a person's to one application count by themselves; beyond as many, the one that was not used for longest ends, and so do tokens that were got for a password."`
}

// Spawner is how notebook servers start.
type Spawner struct {
	Driver           string   `yaml:"driver" doc:"What runs notebook servers: local."`
	ConcurrentStarts int      `yaml:"concurrent_starts" doc:"How many may be starting at once; the others wait in a queue."`
	StartTimeout     Duration `yaml:"start_timeout" doc:"How long making the process may take."`
	HTTPTimeout      Duration `yaml:"http_timeout" doc:"How long a started server may take to answer."`
	SlowStartWait    Duration `yaml:"slow_start_wait" doc:"How long a request to start one waits before it answers 202."`
	SlowStopWait     Duration `yaml:"slow_stop_wait" doc:"How long a request to stop one waits before it answers 202."`
	// As JupyterHub's Spawner.oauth_client_allowed_scopes and Spawner.server_token_scopes.
	ClientScopes []string `yaml:"oauth_client_allowed_scopes" doc:"What a notebook server may do in the name of whoever opens it, besides knowing who that is: a list of scopes, cut by what the person holds. People are asked before a server of somebody else gets it. Used from a server's next start."`
	TokenScopes  []string `yaml:"server_token_scopes" doc:"What a notebook server's own token (JUPYTERHUB_API_TOKEN) may do: a list of scopes, cut by what its owner holds at the start. Empty: what the role server says. Reporting activity is always among them."`
	Local        Local    `yaml:"local"`
}

// Local is notebook servers as processes of this machine.
type Local struct {
	Command          []string          `yaml:"command" doc:"The notebook server's command, a list. Default: jupyterhub-singleuser from PATH, else one that the hub installs in data_dir."`
	Python           Python            `yaml:"python"`
	Homes            string            `yaml:"homes" doc:"Folder with people's homes, which may lie on another disk; hubs with the same database may share it. Default: homes in data_dir."`
	UIDRange         UIDRange          `yaml:"uid_range" doc:"First and last user id for people's homes, as root. A home keeps the one that it got."`
	UIDRegistry      string            `yaml:"uid_registry" doc:"Folder of this machine in which hubs that run as root note the user ids of their homes, so that no two give out the same. It is no part of the data: leave it as it is, the same for all."`
	UserNames        bool              `yaml:"user_names" doc:"As root with uid_range, let each person's servers know their user id by their name: in a view of the file system of their own, where /etc/passwd and /etc/group have a line more. Where the hub may not mount, ids stay numbers."`
	SystemUsers      bool              `yaml:"system_users" doc:"Use the machine's own account of the same name, as root."`
	SharedUID        bool              `yaml:"shared_uid" doc:"Not as root, all servers run as the hub's account; say true to be reachable from other machines all the same (by listen, public_url or trusted_proxies)."`
	Environment      map[string]string `yaml:"environment" doc:"Variables for every notebook server; these win. They are kept in the database with each run, and anybody can read those of their own server: no place for secrets of the hub."`
	EnvKeep          []string          `yaml:"env_keep" doc:"Variables that notebook servers get from the hub's own environment."`
	InterruptTimeout Duration          `yaml:"interrupt_timeout" doc:"How long a server may take to end after SIGINT."`
	TermTimeout      Duration          `yaml:"term_timeout" doc:"And then after SIGTERM, before SIGKILL."`
	KillTimeout      Duration          `yaml:"kill_timeout" doc:"And after that, before the stop counts as failed."`
	LogMaxBytes      int64             `yaml:"log_max_bytes" doc:"How large a server's log may grow."`
	Limits           Limits            `yaml:"limits"`
	Devices          Devices           `yaml:"devices" doc:"Devices of this machine of which each server that asks for some has its own, by their kinds, as gpu: auto (those of NVIDIA and AMD that are found), gpu: 4 (0 to 3), or gpu: [GPU-…, GPU-…] (ids as the maker's tools name them); with maker: gpu: {ids: 4, maker: amd}. Profiles ask for them by devices: {gpu: 1}. See docs/guide/profiles.md."`
}

// Limits is what one notebook server may take.
type Limits struct {
	Memory    Size    `yaml:"memory" doc:"Memory, as 2G. By a cgroup it counts for all processes of a server together, by rlimits for each process by itself. Servers find it in MEM_LIMIT. 0: no limit; so below."`
	CPU       float64 `yaml:"cpu" doc:"Processor cores, as 1.5, of a server's processes together. Needs a cgroup. Servers find it in CPU_LIMIT."`
	Processes int64   `yaml:"processes" doc:"Processes, threads among them: by a cgroup those of a server, by rlimits those of all servers of a person, which needs a user id for each."`
	OpenFiles int64   `yaml:"open_files" doc:"Files that one process may have open at a time."`
	FileSize  Size    `yaml:"file_size" doc:"How large a file may grow, as 10G."`
	Means     string  `yaml:"means" doc:"What holds the first three. auto: a cgroup (version 2) of each server's own where the hub may make some, else rlimits. cgroup: the hub starts no servers without. rlimit: never a cgroup."`
	Cgroup    string  `yaml:"cgroup" doc:"Folder of the cgroup in which the hub may make those of servers. Default: the one that the hub was started in, where it was delegated to it."`
}

// Python is the Python environment that the hub installs for notebook servers.
type Python struct {
	Packages Packages `yaml:"packages" doc:"What notebooks find in the hub's own Python environment besides JupyterLab: a list, each item as pip takes it, or the path of a requirements file. Installed once, beside the running hub; 'atrium python upgrade' brings newer versions. A list other than the default makes the hub use its own environment even where PATH has a jupyterhub-singleuser."`
}

// teaching is what a first lesson needs.
func teaching() Packages { return Packages{"numpy", "pandas", "matplotlib", "ipywidgets"} }

// Wanted tells whether somebody asks for packages, other than by leaving the default.
func (p Python) Wanted() bool { return len(p.Packages) > 0 && !slices.Equal(p.Packages, teaching()) }

// Servers is what people may have.
type Servers struct {
	NamedLimit  int  `yaml:"named_limit" doc:"Named servers a person; 0 switches them off, -1 sets no limit."`
	StopWithHub bool `yaml:"stop_with_hub" doc:"Stop the notebook servers of this hub when it ends."`
}

// Disk is the room that the hub keeps for itself.
type Disk struct {
	MinFreeBytes int64 `yaml:"min_free_bytes" doc:"With less free on the disk of data_dir, of the database or of people's homes it counts as full: no server starts, and the hub is not ready. 0 is never."`
	ReserveBytes int64 `yaml:"reserve_bytes" doc:"Room that an SQLite database keeps for itself, twice: in its file and in its log of writes. On a full disk people can log in, and stop and delete, by it. 0 keeps none."`
}

// Retention is how long records are kept.
type Retention struct {
	Audit  Duration `yaml:"audit" doc:"The audit log."`
	Events Duration `yaml:"events" doc:"The servers' events."`
}

// Log is what the hub says on standard error.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error."`
	Format string `yaml:"format" doc:"text, json, or auto: text on a terminal, json elsewhere."`
}

// Metrics is what Prometheus reads at /hub/metrics.
type Metrics struct {
	Authenticate bool `yaml:"authenticate" doc:"Whether reading /hub/metrics needs a token, or a login, with the scope read:metrics; false lets anybody."`
}

// Pages is whose hub it is, as people see it.
type Pages struct {
	Title      string     `yaml:"title" doc:"The hub's own name, as CS101 hub: on the login page, in the header of every page and in the browser's tab."`
	Help       string     `yaml:"help" doc:"What people should know before they log in, on the login page. Plain text; an empty line begins a paragraph, and addresses that begin with https:// or http:// become links."`
	HelpURL    string     `yaml:"help_url" doc:"Where people find help, in the header of every page: https://…, http://… or mailto:…"`
	LogoFile   string     `yaml:"logo_file" doc:"Whole path of a picture in place of Atrium's own: PNG, JPEG, WebP or SVG, at most 512 KiB. It is on the login page, in the header of every page, and at /hub/logo, where services with JupyterHub's templates find it. Read when the hub starts."`
	Accent     string     `yaml:"accent" doc:"The colour of buttons and links, as #1c5d99. Where text in it could not be read, links have the nearest colour that can be, and the hub warns of it at its start."`
	AccentDark string     `yaml:"accent_dark" doc:"The same for browsers that are dark. Default: accent, made lighter where it has to be."`
	Links      []PageLink `yaml:"links" doc:"Links at the foot of every page, as to an imprint: a list of title and url, at most eight."`
}

// PageLink is one of pages.links.
type PageLink struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
}

const day = Duration(24 * time.Hour)

// Default is the configuration of somebody who set nothing. DataDir is left empty;
// see DataDir.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8000", HubListen: "127.0.0.1:8081", BaseURL: "/", DrainTimeout: Duration(10 * time.Second),
		FrameAncestors: []string{},
		TrustedProxies: []string{"127.0.0.0/8", "::1/128"},
		TLS:            TLS{ACME: ACME{Domains: []string{}, DirectoryURL: letsEncrypt}},
		Admin:          Admin{Username: "admin"},
		Auth: Auth{PasswordTokens: PasswordTokens{Enabled: true, MaxAge: 90 * day}, Native: Native{
			Enabled: true, ClaimDays: 14, Password: Password{MinLength: 8},
			Argon2: Argon2{MemoryKiB: 19456, Iterations: 2, Parallelism: 1},
			Throttle: Throttle{
				PerNameFailures: 5, PerNameWindow: Duration(15 * time.Minute),
				PerAddressFailures: 100, PerAddressWindow: Duration(time.Minute),
			},
		}},
		Session: Session{MaxAge: 14 * day},
		OAuth:   OAuth{TokenMaxAge: 14 * day},
		Tokens:  Tokens{Limit: 1000},
		Spawner: Spawner{
			Driver: "local", ConcurrentStarts: 10,
			StartTimeout: Duration(time.Minute), HTTPTimeout: Duration(time.Minute),
			SlowStartWait: Duration(10 * time.Second), SlowStopWait: Duration(10 * time.Second),
			ClientScopes: []string{}, TokenScopes: []string{},
			Local: Local{
				Python:    Python{Packages: teaching()},
				UserNames: true,
				UIDRange:  UIDRange{1_900_000_000, 1_999_999_999}, UIDRegistry: "/var/lib/atrium-uids",
				EnvKeep:          []string{"CONDA_DEFAULT_ENV", "CONDA_ROOT", "JUPYTERHUB_SINGLEUSER_APP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ", "VIRTUAL_ENV"},
				InterruptTimeout: Duration(30 * time.Second), TermTimeout: Duration(30 * time.Second),
				KillTimeout: Duration(5 * time.Second), LogMaxBytes: 10 << 20,
				Limits: Limits{Means: "auto"},
			},
		},
		Servers:   Servers{NamedLimit: 10},
		Cull:      defaultCull(),
		Quota:     Quota{ChargeFrom: "ready", CPURate: 1, MinimumToStart: 10, DefaultMinutes: 60},
		Disk:      Disk{MinFreeBytes: 64 << 20, ReserveBytes: 16 << 20},
		Retention: Retention{Audit: 400 * day, Events: 90 * day},
		Log:       Log{Level: "info", Format: "auto"},
		Metrics:   Metrics{Authenticate: true},
	}
}

// DataDir is where the data lies when nobody says, always an absolute path: that of
// the system for root, and for accounts without a home, else the account's own.
func DataDir(uid int, getenv func(string) string) string {
	const system = "/var/lib/atrium"
	if uid == 0 {
		return system
	}
	// A relative path is none, says the XDG Base Directory Specification.
	if base := getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "atrium")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "atrium")
	}
	return system
}

// Loopback tells whether an address to listen on can be reached from this machine
// only.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Subdomains tells whether people and services have domains of their own, below that
// of the hub.
func (c Config) Subdomains() bool { return strings.Contains(c.PublicURL, wildcard) }

// PublicOrigin is scheme://host[:port] of the hub itself; empty when not configured.
func (c Config) PublicOrigin() string { return strings.Replace(c.PublicURL, wildcard, "://", 1) }

const wildcard = "://*."

// TrustedPrefixes is trusted_proxies read; a single address is a network of one.
func (c Config) TrustedPrefixes() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, s := range c.TrustedProxies {
		p, err := parsePrefix(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
