package local

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// limitsOf reads /proc/PID/limits: the soft and the hard limit by name.
func limitsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	found := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, rest, ok := strings.Cut(lines.Text(), "  ")
		if fields := strings.Fields(rest); ok && len(fields) >= 2 {
			found[name] = fields[0] + " " + fields[1]
		}
	}
	return found
}

func wantLimits(t *testing.T, text string, want map[string]string) {
	t.Helper()
	found := limitsOf(t, text)
	for name, value := range want {
		if found[name] != value {
			t.Errorf("%s: %s, want %s", name, found[name], value)
		}
	}
}

func someLimits(o *Options) {
	o.Limits = hub.Limits{Memory: 512 << 20, CPU: 2, Processes: 100, OpenFiles: 300, FileSize: 64 << 20}
	o.LimitMeans.Means = limits.MeansRlimit
}

// What the configuration says is what the server's processes have, those that it starts
// later too, and a restart of the hub changes nothing.
func TestLimitsReachEveryProcessOfAServer(t *testing.T) {
	needRoot(t)
	f := newFixture(t, someLimits)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	want := map[string]string{
		"Max data size": "536870912 536870912", "Max processes": "100 100", "Max open files": "300 300", "Max file size": "67108864 67108864",
	}
	read := func() string {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", n.PID))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	wantLimits(t, read(), want)
	wantLimits(t, shell(t, n, "cat /proc/self/limits"), want)
	if core := limitsOf(t, read())["Max core file size"]; !strings.HasPrefix(core, "0 ") {
		t.Errorf("core dumps: %s", core)
	}

	f.opt.Limits = hub.Limits{}
	d := f.Reopen(t)
	wantLimits(t, shell(t, spawntest.Ask(t, d, spawntest.Spec(1, 1)), "cat /proc/self/limits"), want)
	said, err := f.driver.Limits(1)
	if err != nil {
		t.Fatal(err)
	}
	wantSaid := []string{
		"memory 512 MiB for each process", "100 processes and threads in all servers of the person", "300 open files in each process", "files up to 64 MiB",
	}
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Error(diff)
	}
	log, err := d.Logs(t.Context(), 1, 5000)
	if err != nil || !strings.HasPrefix(log, "Limits of this server: memory 512 MiB for each process; ") {
		t.Errorf("%v: %s", err, log)
	}
	next := spawntest.Start(t, d, spawntest.Spec(1, 2))
	if text := shell(t, next, "cat /proc/self/limits"); limitsOf(t, text)["Max open files"] == want["Max open files"] {
		t.Errorf("a start without limits: %s", text)
	}
}

func TestServersAreToldOfTheirLimitsAsByJupyterHub(t *testing.T) {
	f := newFixture(t, someLimits)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	var env []string
	if err := json.Unmarshal([]byte(spawntest.Get(t, n.URL+"env")), &env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MEM_LIMIT=536870912", "CPU_LIMIT=2.0"} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %v", want, env)
		}
	}
}

// A server that asks for more gets an error, and goes on.
func TestWhoTakesMoreThanTheLimitIsRefused(t *testing.T) {
	needRoot(t)
	f := newFixture(t, someLimits)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	for name, tc := range map[string]struct{ run, want string }{
		"memory":              {"dd if=/dev/zero of=/dev/null bs=600M count=1", "memory exhausted"},
		"within the memory":   {"dd if=/dev/zero of=/dev/null bs=50M count=1 && echo fine", "fine"},
		"a higher limit":      {"ulimit -n 4000", "imit"},
		"open files":          {"exec 3</dev/null; ulimit -n", "300"},
		"a large file":        {"trap '' XFSZ; head -c 70M /dev/zero >big; ls -l big | cut -d' ' -f5", "67108864"},
		"a file that may be":  {"head -c 60M /dev/zero >small && echo fine", "fine"},
		"another one's limit": {"prlimit --pid 1 --nofile=10 2>&1", "Operation not permitted"},
	} {
		if said := shell(t, n, tc.run); !strings.Contains(said, tc.want) {
			t.Errorf("%s: %q, want %q", name, said, tc.want)
		}
	}
	if said := shell(t, n, "for i in $(seq 200); do sleep 1000 >/dev/null 2>&1 & done"); !strings.Contains(said, "annot fork") {
		t.Errorf("200 processes: %q", said)
	}
	if err := f.driver.Start(t.Context(), f.launched(hisServer(2, 1))); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "as many processes as you may") {
		t.Errorf("a further server of somebody who has no process left: %v", err)
	}
	if said := shell(t, spawntest.Start(t, f.driver, f.spec(3, 1)), "sleep 0 && echo fine"); said != "fine" {
		t.Errorf("somebody else's server: %s", said)
	}
	if err := f.driver.Stop(t.Context(), 1, 1, false); err != nil {
		t.Fatal(err)
	}
	fence := int64(1)
	spawntest.Until(t, "with the processes gone, it starts", func() bool {
		fence++
		return f.driver.Start(t.Context(), f.launched(hisServer(2, fence))) == nil
	})
}
