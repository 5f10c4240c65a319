package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/internal/command"
)

// atrium is a hub with people whom any filter finds, and a job for whoever does not wait.
type atrium struct {
	mu      sync.Mutex
	found   int // people that a filter finds
	comes   int // how many more there are when they are deleted
	done    int // rows of the job
	bodies  []string
	stopped context.CancelFunc // what the first look at the job calls
	status  string             // of rows; deleted if empty
	waited  context.CancelFunc // what the first look at how a start gets on calls
	groups  []string           // that there are
	homes   []string           // whose nobody's homes were
}

func (a *atrium) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/progress") && a.waited != nil {
		a.waited()
		<-r.Context().Done()
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch path := strings.TrimPrefix(r.URL.Path, "/hub/api"); {
	case path == "/":
		fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
	case path == "/user":
		fmt.Fprint(w, `{"kind":"user","name":"admin","admin":true,"scopes":[]}`)
	case path == "/bulk/jobs":
		fmt.Fprint(w, `{"jobs":[`)
		a.job(w, false)
		fmt.Fprint(w, `],"before":null}`)
	case r.Method == http.MethodDelete && a.done == a.found:
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"message":"Job 12 is done already: there is nothing to call off"}`)
	case r.Method == http.MethodDelete:
		a.job(w, false)
	case strings.HasPrefix(path, "/bulk/jobs/12"):
		if a.stopped != nil {
			a.stopped()
		}
		a.done = a.found
		a.job(w, r.URL.Query().Get("limit") != "0")
	case slices.Contains(a.groups, strings.TrimPrefix(path, "/groups/")):
		fmt.Fprint(w, `{"kind":"group","users":[]}`)
	case path == "/homes":
		homes := make([]string, len(a.homes))
		for i, name := range a.homes {
			homes[i] = fmt.Sprintf(`{"id":"h%d","owner":null,"last_owner":%q}`, i, name)
		}
		fmt.Fprintf(w, `{"items":[%s],"next":null}`, strings.Join(homes, ","))
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		a.work(w, string(body), r.Header.Get("Prefer") != "")
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"There is none"}`)
	}
}

func (a *atrium) work(w http.ResponseWriter, body string, later bool) {
	a.bodies = append(a.bodies, strings.TrimSpace(body))
	if !strings.Contains(body, "dry_run") {
		a.found += a.comes
		if want := fmt.Sprintf(`"confirmed":%d`, a.found); !strings.Contains(body, want) && a.comes > 0 {
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, `{"message":"There are %d now: nothing was done."}`, a.found)
			return
		}
	}
	if later {
		w.WriteHeader(http.StatusAccepted)
		a.job(w, false)
		return
	}
	fmt.Fprintf(w, `{"results":[%s]}`, a.results(""))
}

func (a *atrium) job(w io.Writer, results bool) {
	state, rows := "running", ""
	if a.done == a.found {
		state = "done"
	}
	if results {
		rows = a.results(`"row":%d,`)
	}
	fmt.Fprintf(w, `{"id":12,"kind":"delete","state":%q,"total":%d,"done":%d,"created":"2026-01-02T03:04:05Z","updated":"2026-01-02T03:04:06Z","results":[%s],"next":null}`,
		state, a.found, a.done, rows)
}

func (a *atrium) results(place string) string {
	rows := make([]string, a.found)
	for i := range rows {
		at := place
		if at != "" {
			at = fmt.Sprintf(place, i)
		}
		rows[i] = fmt.Sprintf(`{%s"username":"guest-%d","status":%q}`, at, i, cmp.Or(a.status, "deleted"))
	}
	return strings.Join(rows, ",")
}

// call runs a command against the hub.
func (a *atrium) call(ctx context.Context, t *testing.T, input string, args ...string) (status int, out, talk string) {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	var stdout, stderr bytes.Buffer
	e := &command.Env{In: strings.NewReader(input), Out: &stdout, Err: &stderr, Environ: []string{
		"JUPYTERHUB_URL=" + server.URL, "JUPYTERHUB_TOKEN=a-token-of-tests", "HOME=" + t.TempDir(),
	}}
	status = exitStatus(ctx, run(ctx, newRoot(e), args), "atrium", &stderr)
	return status, stdout.String(), stderr.String()
}

// One's own jobs are listed, and called off unless they are done.
func TestJobsAreListedAndCalledOff(t *testing.T) {
	for name, c := range map[string]struct {
		hub    *atrium
		args   []string
		status int
		says   string
	}{
		"list":    {&atrium{found: 7, done: 3}, []string{"list"}, 0, "under way"},
		"cancel":  {&atrium{found: 7, done: 3}, []string{"cancel", "12"}, 0, "Called off job 12: 3 of 7 rows were done"},
		"is done": {&atrium{found: 7, done: 7}, []string{"cancel", "12"}, 1, "done already"},
		"no id":   {&atrium{}, []string{"cancel", "x"}, 2, "the id of a job is a number"},
	} {
		status, out, talk := c.hub.call(t.Context(), t, "", append([]string{"jobs"}, c.args...)...)
		if status != c.status || !strings.Contains(out+talk, c.says) {
			t.Errorf("%s: %d, %s%s", name, status, out, talk)
		}
	}
}

// Whom a filter finds is asked for, confirmed by their number, and refused where there are more by then.
func TestDeleteByAFilter(t *testing.T) {
	const dry = `{"filter":{"group":"lab","name":"guest-"},"dry_run":true}`
	sent := func(n int) string { return fmt.Sprintf(`{"filter":{"group":"lab","name":"guest-"},"confirmed":%d}`, n) }
	for name, c := range map[string]struct {
		hub    *atrium
		input  string
		args   []string
		status int
		bodies []string
		says   []string
	}{
		"yes":          {&atrium{found: 7}, "yes\n", nil, 0, []string{dry, dry, sent(7)}, []string{"Found 7 users: guest-0, guest-1", "and 2 more", "delete 7 users? (yes/no)", "Deleted: 7"}},
		"no":           {&atrium{found: 7}, "no\n", nil, 1, []string{dry}, []string{"Operation cancelled"}},
		"nobody there": {&atrium{found: 7}, "", nil, 1, []string{dry}, []string{"use --yes"}},
		"not asked":    {&atrium{found: 7}, "", []string{"--yes"}, 0, []string{dry, dry, sent(7)}, []string{"Deleted: 7"}},
		"only planned": {&atrium{found: 7}, "", []string{"--dry-run"}, 0, []string{dry}, []string{"Found 7 users"}},
		"nobody":       {&atrium{groups: []string{"lab"}}, "", nil, 0, []string{dry}, []string{"Found nobody to whom this applies: nothing was done"}},
		"no group":     {&atrium{}, "", []string{"--yes"}, 1, []string{dry}, []string{"Error: there is no group lab"}},
		"more come":    {&atrium{found: 7, comes: 1}, "", []string{"-y"}, 1, []string{dry, dry, sent(7)}, []string{"There are 8 now: nothing was done.", "Not done: 7"}},
		"confirmed":    {&atrium{found: 7, comes: 1}, "", []string{"--confirmed", "8"}, 0, []string{dry, dry, sent(8)}, []string{"Deleted: 8"}},
		"too many":     {&atrium{found: 7}, "", []string{"--confirmed", "6"}, 1, []string{dry}, []string{"7 users found, and 6 were confirmed: nothing was done"}},
		"many":         {&atrium{found: 1240}, "", []string{"--yes"}, 0, []string{dry, dry, sent(1240)}, []string{"Deleted: 1240"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, talk := c.hub.call(t.Context(), t, c.input, append([]string{"users", "delete", "--group", "lab", "--name", "guest-"}, c.args...)...)
			if status != c.status || strings.Join(c.hub.bodies, "\n") != strings.Join(c.bodies, "\n") {
				t.Errorf("status %d, sent %q:\n%s", status, c.hub.bodies, talk)
			}
			for _, text := range c.says {
				if !strings.Contains(talk, text) {
					t.Errorf("it does not say %q:\n%s", text, talk)
				}
			}
			if strings.Contains(talk, "Deleting 0") {
				t.Errorf("it says\n%s", talk)
			}
		})
	}
}

// Who says nobody is told of both ways to say whom.
func TestDeleteOfNobodyNamed(t *testing.T) {
	status, _, talk := (&atrium{}).call(t.Context(), t, "", "users", "delete")
	for _, text := range []string{"FILE", "--group", "--name", "--state"} {
		if status != command.ExitUsage || !strings.Contains(talk, text) {
			t.Errorf("status %d, no %s: %s", status, text, talk)
		}
	}
}

// Of homes of earlier people those alone are told of whose namesakes are in the file.
func TestHomesOfNamesakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "z.csv")
	if err := os.WriteFile(file, []byte("username\nguest-0\nGuest-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		homes []string
		says  string
	}{
		{[]string{"ann"}, ""},
		{[]string{"ann", "guest-1", "guest-1", "guest-0"}, "nobody gets by themselves: 3, of guest-0, guest-1. See atrium homes list --offered\n"},
	} {
		status, _, talk := (&atrium{found: 2, status: "created", homes: c.homes}).call(t.Context(), t, "", "users", "create", file)
		if status != 0 || !strings.HasSuffix(talk, c.says) || strings.Contains(talk, "earlier people") != (c.says != "") {
			t.Errorf("status %d:\n%s", status, talk)
		}
	}
}

// A group that there is not is an error, however servers are found; nobody found is none.
func TestNobodyFound(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no group":           {[]string{"servers", "start", "--group", "nope", "--state", "inactive"}, 1, "❌ Error: there is no group nope\n"},
		"no group, confirm":  {[]string{"servers", "stop", "--group", "nope", "--confirmed", "3"}, 1, "❌ Error: there is no group nope\n"},
		"no group, planned":  {[]string{"users", "delete", "--group", "nope", "--dry-run"}, 1, "❌ Error: there is no group nope\n"},
		"no group, planned ": {[]string{"servers", "stop", "--group", "nope", "--name", "a", "--dry-run"}, 1, "❌ Error: there is no group nope\n"},
		"nobody":             {[]string{"servers", "start", "--name", "a", "--yes"}, 0, "🔍 Found nobody to whom this applies: nothing was done\n"},
		"nobody in a group":  {[]string{"servers", "stop", "--group", "lab", "--name", "a"}, 0, "🔍 Found nobody to whom this applies: nothing was done\n"},
		"an empty group":     {[]string{"servers", "start", "--group", "lab"}, 0, "🔍 Found nobody to whom this applies: nothing was done\n"},
		"planned":            {[]string{"users", "delete", "--name", "a", "--dry-run"}, 0, "🔍 Found nobody to whom this applies: nothing was done\n"},
	} {
		status, _, talk := (&atrium{groups: []string{"lab"}}).call(t.Context(), t, "", c.args...)
		if status != c.status || !strings.HasSuffix(talk, c.says) || strings.Contains(talk, " 0 ") {
			t.Errorf("%s: status %d:\n%s", name, status, talk)
		}
	}
	for _, args := range [][]string{{"users", "delete"}, {"servers", "start"}} {
		status, out, talk := (&atrium{}).call(t.Context(), t, "", append(args, "--name", "a", "--json")...)
		if status != 0 || !strings.Contains(out, `"results": []`) {
			t.Errorf("%s: status %d: %s%s", args, status, out, talk)
		}
	}
}

func TestFiltersThatAreNone(t *testing.T) {
	for _, args := range [][]string{
		{"users", "delete"}, {"users", "delete", "a.csv", "--group", "lab"}, {"users", "delete", "--state", "asleep"}, {"users", "delete", "a.csv", "--confirmed", "3"},
		{"users", "delete", "--group", "lab", "--sheet", "one"}, {"users", "delete", "--name", "a", "--confirmed", "-2"},
		{"servers", "stop", "ann", "--name", "a"}, {"servers", "stop", "--all", "--state", "ready"}, {"servers", "start", "--state", "asleep"}, {"servers", "stop", "--confirmed", "3"},
		{"jobs", "show"}, {"jobs", "show", "twelve"}, {"jobs", "show", "0"},
	} {
		if status, _, talk := called(t, nil, args...); status != command.ExitUsage {
			t.Errorf("%s: status %d: %s", args, status, talk)
		}
	}
}

// Who interrupts a command is told that the job goes on, and how to see it.
func TestInterruptedJob(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hub := &atrium{found: 1240, stopped: cancel}
	status, out, talk := hub.call(ctx, t, "", "users", "delete", "--name", "guest-", "--yes", "--json")
	if status != command.ExitNotStart || !strings.Contains(talk, "Job 12 goes on at the hub: ") || !strings.Contains(talk, " of 1,240 rows were done. To see how far it is:  atrium jobs show 12 --wait") {
		t.Errorf("status %d:\n%s", status, talk)
	}
	if strings.Contains(talk, "Run the same command again") || !strings.Contains(out, `"under_way": 1240`) {
		t.Errorf("%s\n%.300s", talk, out)
	}
}

// Who interrupts the command that waits for servers is told that the hub goes on, and how to see them: nothing is left to do.
func TestInterruptedWait(t *testing.T) {
	for _, found := range []int{3, 160} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		hub := &atrium{found: found, status: "started", waited: cancel}
		status, out, talk := hub.call(ctx, t, "", "servers", "start", "--name", "guest-", "--yes", "--wait", "--json")
		last := fmt.Sprintf("The hub goes on with %d of %d rows, which were asked for. To see how far they are:  atrium servers list --active\n", found, found)
		if status != command.ExitNotStart || !strings.HasSuffix(talk, last) || strings.Contains(talk, "Run the same command again") {
			t.Errorf("status %d:\n%s", status, talk)
		}
		if !strings.Contains(out, fmt.Sprintf(`"under_way": %d`, found)) || strings.Contains(out, "not_done") {
			t.Errorf("%.300s", out)
		}
	}
}

func TestJobsShow(t *testing.T) {
	for _, args := range [][]string{{"jobs", "show", "12"}, {"jobs", "show", "12", "--wait"}} {
		status, out, talk := (&atrium{found: 3}).call(t.Context(), t, "", args...)
		if status != 0 || !strings.Contains(out, "Job 12: delete people, done") || !strings.Contains(out, "Rows done: 3 of 3") || !strings.Contains(out, "deleted: 3") {
			t.Errorf("%s: status %d: %s%s", args, status, out, talk)
		}
	}
	var said struct {
		Job     struct{ Total int }
		Results []struct {
			Row      int
			Username string
		}
	}
	_, out, _ := (&atrium{found: 3}).call(t.Context(), t, "", "jobs", "show", "12", "--json")
	if err := json.Unmarshal([]byte(out), &said); err != nil || said.Job.Total != 3 || len(said.Results) != 3 || said.Results[2].Row != 2 {
		t.Errorf("%v in %s", err, out)
	}
	if status, _, talk := (&atrium{}).call(t.Context(), t, "", "jobs", "show", "13"); status != command.ExitNotStart || !strings.Contains(talk, "There is none") {
		t.Errorf("status %d: %s", status, talk)
	}
	if status, _, talk := called(t, nil, "jobs", "show", "12"); status != command.ExitNotStart || !strings.Contains(talk, "which knows no jobs") {
		t.Errorf("status %d: %s", status, talk)
	}
}

// What would be started or stopped is listed, and nothing is done.
func TestServersDryRun(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		args   []string
		out    []string
	}{
		"start by name":     {"started", []string{"start", "guest-0", "guest-1"}, []string{"To start: guest-0\n", "To start: 2", "nothing was changed"}},
		"start, and wait":   {"started", []string{"start", "guest-0", "guest-1", "--wait"}, []string{"To start: guest-1\n"}},
		"start by a filter": {"running", []string{"start", "--name", "guest-", "--state", "active"}, []string{"Already running: guest-0\n", "Already running: 2"}},
		"stop by a filter":  {"stopped", []string{"stop", "--name", "guest-", "--confirmed", "1"}, []string{"To stop: guest-0\n", "To stop: 2"}},
		"stop by name":      {"not_running", []string{"stop", "guest-0", "guest-1/gpu"}, []string{"Not running: guest-1/gpu\n", "Not running: 2"}},
		"of nobody":         {"not_found", []string{"stop", "guest-0", "guest-1"}, []string{"Not found: guest-0\n"}},
		"for programs":      {"stopped", []string{"stop", "guest-0", "guest-1", "--json"}, []string{`"dry_run": true`, `"server_name": ""`, `"stopped": 2`}},
	} {
		t.Run(name, func(t *testing.T) {
			hub := &atrium{found: 2, status: c.status}
			status, out, talk := hub.call(t.Context(), t, "", append(append([]string{"servers"}, c.args...), "--dry-run")...)
			for _, body := range hub.bodies {
				if !strings.Contains(body, `"dry_run":true`) {
					t.Errorf("it sent %s", body)
				}
			}
			if status != 0 || len(hub.bodies) == 0 || strings.Contains(talk, "ing 2 servers...") {
				t.Errorf("status %d, sent %q:\n%s", status, hub.bodies, talk)
			}
			for _, text := range c.out {
				if !strings.Contains(out, text) {
					t.Errorf("it does not say %q:\n%s%s", text, out, talk)
				}
			}
		})
	}
	users := map[string]string{"GET /users": `[{"name":"ann","servers":{"":{"ready":true},"gpu":{"pending":null}}},{"name":"ben","servers":{}}]`}
	for verb, want := range map[string][]string{
		"start": {"Already running: ann\n", "To start: ann/gpu\n", "To start: ben\n", "Not found: eve\n"},
		"stop":  {"To stop: ann\n", "Not running: ann/gpu\n", "Not running: ben\n", "Not found: eve\n"},
	} {
		status, out, talk := called(t, users, "servers", verb, "--dry-run", "ann", "ann/gpu", "ben", "eve")
		for _, text := range want {
			if status != 0 || !strings.Contains(out, text) {
				t.Errorf("status %d, no %q:\n%s%s", status, text, out, talk)
			}
		}
	}
}

// Servers are found by the same flags as people.
func TestServersByAFilter(t *testing.T) {
	hub := &atrium{found: 2}
	status, _, talk := hub.call(t.Context(), t, "yes\n", "servers", "stop", "--group", "lab", "--state", "ready")
	want := `{"filter":{"group":"lab","state":"ready"},"dry_run":true}` + "\n" + `{"filter":{"group":"lab","state":"ready"},"confirmed":2}`
	if got := strings.Join(hub.bodies, "\n"); got != want || !strings.Contains(talk, "Found 2 servers: guest-0, guest-1") || !strings.Contains(talk, "stop 2 servers? (yes/no)") {
		t.Errorf("status %d, sent %s:\n%s", status, got, talk)
	}
}
