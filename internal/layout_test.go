// Package internal_test holds the rules of the layout: which package may know which.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/atriumhub/atrium"

// A layer is a folder with everything below it that has no layer of its own.
type layer struct {
	folder string   // below the module
	may    []string // layers that it may import besides itself; "*" is any
	std    bool     // it imports the standard library only, besides may
	why    string
}

// What every adapter may know: the domain, the use cases that it serves, and contracts and leaves that know nothing else.
var domain = []string{
	"internal/hub",
	"internal/hub/scopes",
	"internal/data",
	"internal/devices",
	"internal/bulk",
	"internal/mirror",
	"internal/access",
	"internal/filter",
	"internal/jobs",
	"internal/events",
	"internal/login",
	"internal/tokens",
	"internal/homes",
	"internal/profiles",
	"internal/schedule",
	"internal/quota",
	"internal/notices",
	"internal/servers",
	"internal/sharing",
	"internal/accounts",
	"internal/groups",
	"internal/people",
	"internal/announcements",
	"internal/roles",
	"internal/upload",
	"internal/views",
	"internal/usage",
	"internal/visits",
	"internal/culling",
	"internal/services",
	"internal/bootstrap",
	"internal/app",
	"internal/spawn",
	"internal/obs",
	"internal/sheet",
	"internal/peoplefile",
	"internal/forwarded",
	"internal/secfetch",
}

const adapterWhy = "adapters know the domain and the use cases, never each other: declare a small interface where you need it, " +
	"and let internal/serve hand in the concrete type"

const handlerWhy = "handlers know what all of them share, never each other: what two kinds need goes to internal/httpapi/endpoint"

// rooms are the packages of use cases, from the bottom to the top: each may know those before it.
var rooms = []string{
	"internal/hub", "internal/hub/scopes", "internal/data", "internal/devices", "internal/bulk", "internal/mirror", "internal/access",
	"internal/filter", "internal/jobs", "internal/login", "internal/homes", "internal/profiles", "internal/schedule", "internal/quota", "internal/servers",
}

const roomWhy = "a room of use cases knows those below it, never one above or beside it: what two need goes below both"

// below are the rooms up to and with the one named; all of them for one that stands on top.
func below(room string) []string {
	if at := slices.Index(rooms, room); at >= 0 {
		return slices.Clone(rooms[:at+1])
	}
	return slices.Clone(rooms)
}

// subjects are what there are commands for that look after a hub.
var subjects = []string{
	"internal/manage/users", "internal/manage/groups", "internal/manage/servers", "internal/manage/homes", "internal/manage/tokens",
	"internal/manage/jobs", "internal/manage/audit", "internal/manage/usage", "internal/manage/roles",
}

// layers is the layout. A package that does not exist yet may have its line here already; one without a line is an error,
// so that nobody adds a package without saying where it stands.
var layers = []layer{
	{folder: "", may: []string{"internal/cli"}, why: "main only starts the command line"},
	{folder: "api", std: true, why: "the API's description stands alone"},
	{folder: "jupyterlab", std: true, why: "the wheel is embedded files, and knows no code of the hub"},
	{folder: "web", std: true, why: "the pages are embedded files and know no code of the hub"},
	{folder: "client", why: "the client is public, and speaks to JupyterHub too: it knows the hub by HTTP alone"},
	{folder: "e2e", may: []string{"client", "internal/testkit"}, why: "these tests look at the binary from outside"},
	{folder: "test/compat", may: []string{"client", "internal/testkit"}, why: "it compares the binary with JupyterHub from outside"},
	{folder: "bench", may: []string{"client", "internal/testkit"}, why: "it measures the binary from outside"},

	{folder: "internal/hub", std: true, why: "the domain depends on nothing, so that everything can depend on it"},
	{folder: "internal/hub/scopes", may: []string{"internal/hub"}, std: true, why: "permissions are pure functions of the domain"},
	{folder: "internal/data", may: []string{"internal/hub"}, std: true, why: "what the use cases need of the database, as interfaces: whoever reads or writes knows these and no engine"},
	{folder: "internal/devices", may: []string{"internal/hub", "internal/data"}, std: true, why: "who gets which device is decided here, whoever asks: of the database it knows who has what"},
	{folder: "internal/mirror", may: []string{"internal/hub", "internal/data", "internal/devices"}, why: "what lies in memory follows the feed of changes, and decides nothing"},
	{
		folder: "internal/access", may: []string{"internal/hub", "internal/hub/scopes", "internal/data", "internal/mirror"},
		why: "who asks and what they may is below everything that somebody may be refused",
	},
	{folder: "internal/filter", may: below("internal/access"), why: roomWhy},
	{folder: "internal/jobs", may: below("internal/access"), why: roomWhy},
	{folder: "internal/events", may: below("internal/access"), why: roomWhy},
	{folder: "internal/login", may: below("internal/access"), why: roomWhy},
	{folder: "internal/tokens", may: below("internal/login"), why: roomWhy},
	{folder: "internal/homes", may: below("internal/login"), why: roomWhy},
	{folder: "internal/profiles", may: []string{"internal/hub"}, std: true, why: "what somebody may start is decided by pure functions, whoever asks"},
	{folder: "internal/schedule", why: "when something comes again is a pure function of the time"},
	{folder: "internal/quota", may: append(below("internal/access"), "internal/profiles", "internal/schedule", "internal/config/units"), why: roomWhy},
	{folder: "internal/notices", may: below("internal/quota"), why: roomWhy},
	{folder: "internal/servers", may: append(below("internal/quota"), "internal/runenv"), why: roomWhy},
	{folder: "internal/sharing", may: below("internal/access"), why: roomWhy},
	{folder: "internal/accounts", may: below("internal/servers"), why: roomWhy},
	{folder: "internal/groups", may: below("internal/access"), why: roomWhy},
	{folder: "internal/people", may: append(below("internal/servers"), "internal/accounts", "internal/groups", "internal/visits", "internal/culling"), why: roomWhy},
	{folder: "internal/views", may: below("internal/access"), why: roomWhy},
	{folder: "internal/upload", may: append(below("internal/access"), "internal/peoplefile", "internal/sheet"), why: roomWhy},
	{folder: "internal/services", may: below("internal/access"), why: roomWhy},
	{folder: "internal/usage", may: below("internal/access"), why: roomWhy},
	{folder: "internal/visits", may: below("internal/access"), why: roomWhy},
	{folder: "internal/culling", may: below("internal/servers"), why: roomWhy},
	{folder: "internal/announcements", may: below("internal/access"), why: roomWhy},
	{folder: "internal/roles", may: below("internal/access"), why: roomWhy},
	{folder: "internal/bootstrap", may: append(below("internal/servers"), "internal/people", "internal/services", "internal/tokens"), why: roomWhy},
	{
		folder: "internal/app", may: append(below("internal/bootstrap"), "internal/bootstrap", "internal/groups", "internal/people", "internal/services", "internal/sharing", "internal/tokens", "internal/announcements", "internal/roles", "internal/events", "internal/upload", "internal/usage", "internal/views", "internal/visits", "internal/culling", "internal/notices"),
		why: "the use cases under one roof: it puts the rooms together, and has only what crosses them",
	},
	{folder: "internal/bulk", may: []string{"internal/hub", "internal/data"}, std: true, why: "how bulk jobs are worked off, whatever they do: use cases hand in what is done with a row"},
	{folder: "internal/runenv", may: []string{"internal/hub"}, std: true, why: "what servers are told of the hub, as pure functions"},
	{folder: "internal/spawn", may: []string{"internal/hub"}, why: "the drivers' contract: drivers and their callers both import it"},
	{folder: "internal/obs", may: []string{"internal/hub"}, why: "a leaf that every adapter may use must know none of them"},
	{
		folder: "internal/sheet", may: []string{"internal/sheet/grid", "internal/sheet/container", "internal/sheet/commas", "internal/sheet/excel", "internal/sheet/opendocument"},
		why: "tables of text: a leaf that knows nothing of what they say",
	},
	{folder: "internal/peoplefile", may: []string{"internal/hub", "internal/sheet"}, why: "what a table of people means, whoever reads it: the command line and the hub both do"},
	{folder: "internal/sheet/grid", why: "what all formats of tables have in common knows none of them"},
	{folder: "internal/sheet/container", may: []string{"internal/sheet/grid"}, why: "the ZIP files and the XML of formats, whatever they say"},
	{folder: "internal/sheet/numfmt", may: []string{"internal/sheet/grid"}, why: "numbers as spreadsheets show them, as pure functions"},
	{folder: "internal/sheet/*", may: []string{"internal/sheet/grid", "internal/sheet/container", "internal/sheet/numfmt"}, why: "a format knows what all have in common, and no other format"},
	{folder: "internal/forwarded", std: true, why: "what a request says of the proxies before it, as pure functions"},
	{folder: "internal/secfetch", std: true, why: "what a browser says it will do with a response, as pure functions"},
	{folder: "internal/peer", std: true, why: "what the machine knows of a connection's other end: a leaf"},
	{folder: "internal/account", std: true, why: "what the machine knows of its accounts: a leaf that those who run processes share"},
	{folder: "internal/disk", may: []string{"internal/hub"}, why: "how the hub's own files and folders are made: a leaf that whoever keeps some may use"},
	{folder: "internal/backup", may: []string{"internal/hub"}, why: "the form of backups, which knows neither databases nor disks"},
	{folder: "internal/subdomain", may: []string{"internal/hub"}, why: "the names of domains, as pure functions"},
	{folder: "internal/testkit", may: []string{"*"}, why: "it helps tests, and only tests import it"},
	{folder: "internal/testkit/postgrestest", why: "it makes room on a server and knows nothing of what is put there"},
	{folder: "internal/cli", may: []string{"internal/hub", "internal/command", "internal/serve", "internal/manage", "internal/spawn/local"}, why: "the tree of commands knows those who have them, and no part of the hub but the child that becomes a notebook server"},
	{folder: "internal/command", may: []string{"internal/hub"}, why: "what all commands share knows none of them"},
	{folder: "internal/credentials", may: []string{"internal/hub", "internal/disk"}, why: "a file that the hub writes and commands read: both import it"},
	{folder: "internal/serve", may: []string{"*"}, why: "the one place where concrete types meet"},
	{
		folder: "internal/serve/setup", may: append([]string{"internal/command", "internal/config", "internal/httpapi/pages", "internal/spawn/local", "internal/spawn/local/gpus", "internal/spawn/local/limits"}, domain...),
		why: "what commands on the hub's machine take from a configuration: it knows none of them, and opens no database",
	},
	{
		folder: "internal/serve/*", may: append([]string{
			"jupyterlab", "internal/spawn/local/pyenv", "internal/serve/setup", "internal/command", "internal/config", "internal/account", "internal/backup", "internal/disk", "internal/homedir",
			"internal/spawn/local", "internal/store", "internal/supervisor",
			"internal/store/engine", "internal/store/transfer",
		}, domain...),
		why: "commands on the data directory that run no hub know what they look at, and nothing of how a hub is put together",
	},
	{
		folder: "internal/manage", may: append([]string{"internal/command"}, subjects...),
		why: "it puts the commands that look after a hub together, and has none of its own",
	},
	{folder: "internal/manage/roster", may: []string{"internal/hub", "internal/peoplefile", "internal/sheet", "client"}, why: "what is done with a file of people goes over HTTP, so that it works on any hub"},
	{
		folder: "internal/manage/talk", may: []string{"internal/manage/roster", "internal/command", "internal/config", "internal/credentials", "internal/hub", "internal/sheet", "client"},
		why: "what these commands share: how they talk to people and to a hub. It knows none of them",
	},
	{
		folder: "internal/manage/jobs", may: []string{"internal/manage/talk", "internal/manage/roster", "internal/command", "internal/hub", "internal/peoplefile", "client"},
		why: "how work on many rows is run and told of, whatever is done with a row",
	},
	{
		folder: "internal/manage/*", may: []string{"internal/manage/talk", "internal/manage/jobs", "internal/manage/roster", "internal/command", "internal/hub", "internal/peoplefile", "internal/sheet", "client"},
		why: "commands of one subject go through the client, over HTTP, so that they work on any hub; they know what all share, never those of another subject",
	},

	{folder: "internal/store", may: append([]string{"internal/store/engine", "internal/store/feed", "internal/store/credits", "internal/store/ledger", "internal/store/migrations"}, domain...), why: adapterWhy},
	{folder: "internal/store/engine", may: []string{"internal/hub"}, why: "databases, transactions and statements, whatever the tables: it knows neither them nor the use cases"},
	{folder: "internal/store/migrations", may: []string{"internal/hub", "internal/store/engine"}, why: "the schema stands on the engine alone: whoever opens a database brings it up to date by this"},
	{folder: "internal/store/feed", may: []string{"internal/hub", "internal/data", "internal/store/engine"}, why: "one table, by which others hear of changes: it knows no other"},
	{folder: "internal/store/ledger", may: append([]string{"internal/store/engine"}, domain...), why: "tables that nobody keeps in memory: it notes no change, and knows no table of the store's"},
	{folder: "internal/store/credits", may: append([]string{"internal/store/engine"}, domain...), why: "the tables of quotas: they note no change, and know no others but what they refer to"},
	{folder: "internal/store/transfer", may: []string{"internal/hub", "internal/store/engine", "internal/store/migrations"}, why: "rows go out and in as they are: what they mean is the store's"},
	{folder: "internal/kernels", may: []string{"internal/hub"}, why: "it speaks to a notebook server, and knows nothing of what the answer is for"},
	{folder: "internal/bus", may: domain, why: adapterWhy},
	{folder: "internal/auth", may: domain, why: adapterWhy},
	{folder: "internal/auth/*", may: append([]string{"internal/auth"}, domain...), why: adapterWhy},
	{folder: "internal/oauth", may: domain, why: adapterWhy},
	{folder: "internal/homedir", may: append([]string{"internal/disk"}, domain...), why: adapterWhy},
	{
		folder: "internal/spawn/local",
		may: append([]string{"internal/disk", "internal/spawn/local/accounts", "internal/spawn/local/cgroup", "internal/spawn/local/limits", "internal/spawn/local/output", "internal/spawn/local/ports",
			"internal/spawn/local/procs", "internal/spawn/local/pyenv", "internal/spawn/local/uservenv"}, domain...),
		why: adapterWhy,
	},
	{folder: "internal/spawn/local/procs", may: []string{"internal/hub", "internal/disk"}, why: "processes as the machine has them: what a server is, the driver knows"},
	{folder: "internal/spawn/local/ports", std: true, why: "ports as the machine has them: what a server is, the driver knows"},
	{folder: "internal/spawn/local/output", may: []string{"internal/hub", "internal/disk", "internal/spawn/local/procs"}, why: "what is printed goes into files, whatever prints it"},
	{folder: "internal/spawn/local/cgroup", may: []string{"internal/hub"}, why: "control groups as the kernel has them"},
	{folder: "internal/spawn/local/gpus", may: []string{"internal/hub"}, why: "graphics cards as the machine has them: whose they are, the hub knows"},
	{folder: "internal/spawn/local/limits", may: []string{"internal/hub", "internal/spawn/local/cgroup"}, why: "how limits are held on this machine: whose they are, the driver knows"},
	{folder: "internal/spawn/local/accounts", may: []string{"internal/hub", "internal/account", "internal/spawn/local/procs"}, why: "who a process is to the machine: whose server it is, the driver knows"},
	{folder: "internal/spawn/local/pyenv", may: []string{"internal/hub", "jupyterlab"}, why: "the managed environment is also made from outside of the hub that runs on it: it knows no driver"},
	{folder: "internal/spawn/local/uservenv", may: []string{"internal/spawn/local/pyenv"}, why: "it stands on the managed environment alone, and is made by the child that becomes a notebook server"},
	{folder: "internal/spawn/*", may: append([]string{"internal/account", "internal/disk"}, domain...), why: adapterWhy},
	{folder: "internal/reconcile", may: domain, why: adapterWhy},
	{folder: "internal/replica", may: domain, why: adapterWhy},
	{folder: "internal/proxy", may: append([]string{"internal/proxy/silent"}, domain...), why: adapterWhy},
	{folder: "internal/proxy/silent", std: true, why: "which requests pages make by themselves is a function of the request alone"},
	{
		folder: "internal/httpapi", may: append([]string{"internal/httpapi/endpoint", "internal/httpapi/rest", "internal/httpapi/extensions", "internal/httpapi/quotas", "internal/httpapi/site", "internal/httpapi/pages"}, domain...),
		why: "it puts the handlers together, and is an adapter: " + adapterWhy,
	},
	{folder: "internal/httpapi/language", std: true, why: "a catalogue knows nothing of what says its texts"},
	{folder: "internal/httpapi/endpoint", may: append([]string{"internal/httpapi/language"}, domain...), why: "what all handlers share knows no handler, no page and no template"},
	{folder: "internal/httpapi/rest", may: append([]string{"internal/httpapi/endpoint", "internal/httpapi/language"}, domain...), why: handlerWhy},
	{folder: "internal/httpapi/extensions", may: append([]string{"internal/httpapi/endpoint", "internal/httpapi/language"}, domain...), why: handlerWhy},
	{folder: "internal/httpapi/quotas", may: append([]string{"internal/httpapi/endpoint", "internal/httpapi/language"}, domain...), why: handlerWhy},
	{folder: "internal/httpapi/site", may: append([]string{"internal/httpapi/endpoint", "internal/httpapi/language", "internal/httpapi/pages"}, domain...), why: handlerWhy},
	{folder: "internal/httpapi/pages", may: []string{"internal/hub", "internal/httpapi/language"}, why: "templates are filled in with what they show, and know no use case"},
	{folder: "internal/config", may: append([]string{"internal/config/slips", "internal/config/slug", "internal/config/units", "internal/config/yamldoc"}, domain...), why: adapterWhy},
	{folder: "internal/config/slips", std: true, why: "words are compared, whatever they mean"},
	{folder: "internal/config/slug", why: "names of profiles as a program writes them: a pure function"},
	{folder: "internal/config/units", std: true, why: "how people write spans and sizes, whatever they are of"},
	{folder: "internal/config/yamldoc", why: "trees of YAML, whatever they say"},
	{folder: "internal/tlsfront", may: domain, why: adapterWhy},
	{folder: "internal/supervisor", may: append([]string{"internal/account"}, domain...), why: adapterWhy},
	{folder: "internal/telemetry", may: domain, why: adapterWhy},
}

// confined are imports that have one home: whoever replaces them replaces that home alone.
var confined = []struct {
	imports []string // with everything below
	homes   []string // layers
	why     string
}{
	{[]string{"k8s.io", "sigs.k8s.io"}, []string{"internal/spawn/kube"}, "Kubernetes is known to its driver alone"},
	{
		[]string{"github.com/docker", "github.com/moby"},
		[]string{"internal/spawn/docker"}, "Docker is known to its driver alone",
	},
	{
		[]string{"database/sql", "github.com/jackc/pgx", "modernc.org/sqlite"},
		[]string{"internal/store", "internal/store/engine", "internal/store/migrations", "internal/store/transfer", "internal/bus", "internal/testkit/postgrestest"},
		"SQL and what speaks it stay in the store (and in the bus: LISTEN/NOTIFY)",
	},
	{[]string{"github.com/caddyserver", "go.uber.org/zap"}, []string{"internal/tlsfront"}, "who issues certificates is known to the TLS front alone"},
	{[]string{"github.com/prometheus"}, []string{"internal/telemetry"}, "whoever measures declares what it tells; internal/telemetry has the methods"},
	{[]string{"github.com/pressly/goose"}, []string{"internal/store/migrations"}, "what brings a schema from version to version is known to the migrations alone"},
	{[]string{"github.com/netresearch/go-cron"}, []string{"internal/schedule"}, "how a schedule is written is known in one place"},
	{[]string{"github.com/xuri"}, []string{"internal/sheet/excel"}, "files of Excel are read and written in one place"},
	{[]string{"github.com/spf13"}, append([]string{"internal/cli", "internal/command", "internal/serve", "internal/serve/backups", "internal/serve/python", "internal/serve/settings", "internal/manage", "internal/manage/talk"}, subjects...), "flags are the command line's: hand on values"},
	{[]string{module + "/internal/testkit", "testing"}, []string{"internal/testkit", "e2e"}, "what helps tests is no part of the binary"},
}

// Names that say nothing about what is inside.
var emptyNames = []string{"base", "common", "helper", "helpers", "lib", "manager", "misc", "shared", "types", "util", "utils"}

// A goPackage is what go list tells of a package. Tests may import what they like.
type goPackage struct {
	ImportPath string
	Name       string
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
}

func (p goPackage) folder() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// testOnly is true for conformance suites: packages that exist for tests, as their names say.
func (p goPackage) testOnly() bool { return strings.HasSuffix(p.Name, "test") || p.Name == "testkit" }

func TestPackagesKnowOnlyWhatTheyMay(t *testing.T) {
	for _, p := range packages(t) {
		from, ok := layerOf(p.folder())
		if !ok {
			t.Errorf("%s has no place in the layout: add a line for it in internal/layout_test.go that says what it may import", p.folder())
			continue
		}
		for _, imported := range p.Imports {
			if problem := judge(from, p.folder(), imported); problem != "" {
				t.Error(problem)
			}
		}
	}
}

func TestDependenciesStayWhereTheyLive(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := layerOf(p.folder())
		for _, rule := range confined {
			if slices.Contains(rule.homes, from.folder) || p.testOnly() {
				continue
			}
			for _, imported := range p.Imports {
				if slices.ContainsFunc(rule.imports, func(home string) bool { return within(imported, home) }) {
					t.Errorf("%s imports %s: %s (%s)", p.ImportPath, imported, rule.why, strings.Join(rule.homes, ", "))
				}
			}
		}
	}
}

func TestPackagesHaveNamesThatSaySomething(t *testing.T) {
	taken := standardNames(t)
	for _, p := range packages(t) {
		for _, name := range slices.Compact([]string{p.Name, path.Base(p.folder())}) {
			if slices.Contains(emptyNames, name) {
				t.Errorf("%s: the name %q says nothing of what is inside: name it after what it provides", p.ImportPath, name)
			}
			if std := taken[name]; std != "" && name != "main" {
				t.Errorf("%s: the name %q hides the standard library's %s where both are needed", p.ImportPath, name, std)
			}
		}
	}
}

// The judge itself must not let anything through.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		folder, imported string
		allowed          bool
	}{
		{"internal/hub", "strings", true},
		{"internal/hub", "golang.org/x/text/cases", false},
		{"internal/hub", module + "/internal/hub/scopes", false},
		{"internal/hub/scopes", module + "/internal/hub", true},
		{"internal/app", module + "/internal/store", false},
		{"internal/app", "golang.org/x/sync/errgroup", true},
		{"internal/store", module + "/internal/store/migrations", true},
		{"internal/store/storetest", module + "/internal/store", true},
		{"internal/store", module + "/internal/bus", false},
		{"internal/store/engine", module + "/internal/store/feed", false},
		{"internal/store/transfer", module + "/internal/store", false},
		{"internal/bus", module + "/internal/store/engine", false},
		{"internal/spawn/local", module + "/internal/spawn", true},
		{"internal/spawn/local", module + "/internal/spawn/kube", false},
		{"internal/spawn/local/exec", module + "/internal/spawn/local", true},
		{"internal/spawn/local", module + "/internal/spawn/local/procs", true},
		{"internal/spawn/local/procs", module + "/internal/spawn/local", false},
		{"internal/spawn/local/limits", module + "/internal/spawn/local/procs", false},
		{"internal/spawn/kube", module + "/internal/spawn/local/procs", false},
		{"internal/auth/oidc", module + "/internal/auth/native", false},
		{"internal/auth/oidc", module + "/internal/auth", true},
		{"internal/httpapi/pages", module + "/internal/app", false},
		{"internal/httpapi", module + "/internal/httpapi/rest", true},
		{"internal/httpapi/site", module + "/internal/httpapi/pages", true},
		{"internal/httpapi/rest", module + "/internal/httpapi/endpoint", true},
		{"internal/httpapi/rest", module + "/internal/httpapi/site", false},
		{"internal/httpapi/site", module + "/internal/httpapi/rest", false},
		{"internal/httpapi/endpoint", module + "/internal/httpapi/pages", false},
		{"internal/httpapi/endpoint", module + "/internal/httpapi", false},
		{"internal/proxy", module + "/internal/httpapi", false},
		{"internal/serve", module + "/internal/proxy", true},
		{"internal/serve", module + "/internal/serve/backups", true},
		{"internal/serve/backups", module + "/internal/store", true},
		{"internal/serve/backups", module + "/internal/serve", false},
		{"internal/serve/backups", module + "/internal/proxy", false},
		{"internal/serve/setup", module + "/internal/store", false},
		{"internal/cli", module + "/internal/proxy", false},
		{"internal/sheet", module + "/internal/sheet/excel", true},
		{"internal/sheet/excel", module + "/internal/sheet/container", true},
		{"internal/sheet/excel", module + "/internal/sheet/commas", false},
		{"internal/manage/users", module + "/internal/sheet/excel", false},
		{"internal/manage", module + "/internal/app", false},
		{"internal/manage", module + "/internal/manage/users", true},
		{"internal/manage/roster", module + "/client", true},
		{"internal/manage/roster", module + "/internal/manage/talk", false},
		{"internal/manage/talk", module + "/internal/manage/users", false},
		{"internal/manage/users", module + "/internal/manage/jobs", true},
		{"internal/manage/users", module + "/internal/manage/homes", false},
		{"internal/manage/users", module + "/internal/app", false},
		{"internal/manage/users", module + "/client", true},
		{"client", module + "/internal/hub", false},
		{"", module + "/internal/cli", true},
		{"", module + "/internal/store", false},
	} {
		from, ok := layerOf(c.folder)
		if !ok {
			t.Fatalf("%q has no layer", c.folder)
		}
		if problem := judge(from, c.folder, c.imported); (problem == "") != c.allowed {
			t.Errorf("%s imports %s: allowed %t, want %t (%s)", c.folder, c.imported, problem == "", c.allowed, problem)
		}
	}
	if l, ok := layerOf("internal/elsewhere"); ok {
		t.Errorf("internal/elsewhere belongs to %q, want no layer", l.folder)
	}
}

// judge says what is wrong with a package of the layer importing that, or nothing.
func judge(from layer, folder, imported string) string {
	if !within(imported, module) {
		if from.std && !isStandard(imported) {
			return fmt.Sprintf("%s imports %s, but only the standard library is allowed there: %s", folder, imported, from.why)
		}
		return ""
	}
	target := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
	to, ok := layerOf(target)
	if !ok || to.folder == from.folder || slices.Contains(from.may, to.folder) || slices.Contains(from.may, "*") {
		return "" // one without a layer is named by its own line
	}
	if len(from.may) == 0 {
		return fmt.Sprintf("%s imports %s, but may import no package of this module: %s", folder, target, from.why)
	}
	return fmt.Sprintf("%s imports %s, but may import only %s: %s", folder, target, strings.Join(from.may, ", "), from.why)
}

// layerOf finds the longest line that covers the folder. The name of a line that ends in * is filled in, so that two
// drivers are two layers. The root covers itself alone.
func layerOf(folder string) (layer, bool) {
	var best layer
	length := -1
	for _, l := range layers {
		name := l.folder
		if parent, ok := strings.CutSuffix(name, "/*"); ok {
			rest, below := strings.CutPrefix(folder, parent+"/")
			if !below {
				continue
			}
			child, _, _ := strings.Cut(rest, "/")
			name = parent + "/" + child
		}
		if (name == "" && folder != "") || !within(folder, name) || len(name) <= length {
			continue
		}
		length, best = len(name), l
		best.folder = name
	}
	return best, length >= 0
}

// within is true for the path itself and everything below it.
func within(p, parent string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

// isStandard is true for import paths without a dot in their first segment.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// packages lists the module's packages that are not tests alone, with what they import on Linux and on macOS together.
func packages(t *testing.T) []goPackage {
	t.Helper()
	var all []goPackage
	index := map[string]int{}
	for _, goos := range []string{"linux", "darwin"} {
		out := goList(t, goos, "-e", "-json=ImportPath,Name,GoFiles,CgoFiles,Imports", "./...")
		for decoder := json.NewDecoder(strings.NewReader(out)); ; {
			var p goPackage
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if len(p.GoFiles)+len(p.CgoFiles) == 0 || strings.Contains(p.ImportPath, "/node_modules/") {
				continue
			}
			i, known := index[p.ImportPath]
			if !known {
				i, index[p.ImportPath] = len(all), len(all)
				all = append(all, goPackage{ImportPath: p.ImportPath, Name: p.Name})
			}
			all[i].Imports = slices.Compact(slices.Sorted(slices.Values(append(all[i].Imports, p.Imports...))))
		}
	}
	if len(all) == 0 {
		t.Fatal("go list found no package")
	}
	return all
}

// standardNames maps the last segment of the standard library's public import paths to the path.
func standardNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, imported := range strings.Fields(goList(t, "linux", "std")) {
		if segments := strings.Split(imported, "/"); !slices.Contains(segments, "internal") && segments[0] != "vendor" {
			names[path.Base(imported)] = imported
		}
	}
	return names
}

func goList(t *testing.T, goos string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = ".." // the module's root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// mostLines is how large a package may be, in lines without its tests: more than somebody reads in
// a morning has more than one reason to exist.
const mostLines = 3000

// TestPackagesAreOfASizeToBeRead leaves alone what only tests use.
func TestPackagesAreOfASizeToBeRead(t *testing.T) {
	lines := map[string]int{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"node_modules", "testkit", "storetest", "spawntest", "bench", "e2e", "test", ".git"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path.Join("..", file))
		lines[path.Dir(file)] += bytes.Count(text, []byte("\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, n := range lines {
		if n > mostLines {
			t.Errorf("%s has %d lines without its tests, more than %d: which of its reasons is a package of its own?", folder, n, mostLines)
		}
	}
	if len(lines) < 50 {
		t.Errorf("only %d packages were found", len(lines))
	}
}
