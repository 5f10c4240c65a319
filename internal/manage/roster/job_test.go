package roster

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHub answers bulk calls as Atrium does, keys included.
type fakeHub struct {
	t *testing.T

	mu       sync.Mutex
	people   map[string]string // passwords by name
	answers  map[string][]byte
	requests int              // bulk ones that were not dry
	before   func(n int) bool // of the n-th request; false: it is answered 403
}

func newFakeHub(t *testing.T) (*fakeHub, Hub) {
	t.Helper()
	f := &fakeHub{t: t, people: map[string]string{}, answers: map[string][]byte{}}
	return f, Hub{Client: clientOf(t, f), Atrium: true}
}

// clientOf gives a client of a hub that answers so.
func clientOf(t *testing.T, hub http.Handler) *client.Client {
	t.Helper()
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.New(client.Options{URL: server.URL, Token: "a-token-of-tests", HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fakeHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/hub/api/" {
		fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
		return
	}
	var req struct {
		Users    []client.BulkUser
		Existing string
		DryRun   bool `json:"dry_run"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if !req.DryRun {
		f.requests++
		if f.before != nil && !f.before(f.requests) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"status":403,"message":"no more"}`)
			return
		}
		if kept := f.answers[key]; kept != nil && string(kept) == "another request" {
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"status":409,"message":"This Idempotency-Key was used for another request"}`)
			return
		} else if kept != nil {
			_, _ = w.Write(kept)
			return
		}
	}
	answer := client.BulkAnswer{}
	for _, u := range req.Users {
		answer.Results = append(answer.Results, f.row(u, req.Existing, req.DryRun, strings.HasSuffix(r.URL.Path, "/passwords")))
	}
	text, err := json.Marshal(answer)
	if err != nil {
		f.t.Error(err)
	}
	if !req.DryRun {
		f.answers[key] = text
	}
	_, _ = w.Write(text)
}

func (f *fakeHub) row(u client.BulkUser, existing string, dry, passwords bool) client.BulkResult {
	result := client.BulkResult{Username: u.Username, Status: client.StatusCreated}
	_, exists := f.people[u.Username]
	switch {
	case u.Password == "short":
		result.Status, result.Message = client.StatusFailed, "The password is too short"
	case exists && (existing == client.ExistingChange || passwords):
		result.Status = client.StatusChanged
	case passwords:
		result.Status = client.StatusNotFound
	case exists:
		result.Status = client.StatusExists
	}
	if !dry && (result.Status == client.StatusCreated || result.Status == client.StatusChanged && u.Password != "") {
		f.people[u.Username] = u.Password
	}
	return result
}

// seen collects what an observer is told.
type seen []string

func (s *seen) Done(x *Item) { *s = append(*s, x.Name+" "+x.Status) }

func (s *seen) Progress(int) {}

func rowsNamed(names ...string) []Row {
	rows := peoplefile.Named(names)
	for i := range rows {
		rows[i].Line = i + 2
	}
	return rows
}

func openResults(t *testing.T, path string) *Results {
	t.Helper()
	r, err := OpenResults(t.Context(), path, filepath.Join(t.TempDir(), "input.csv"), func() time.Time { return time.Unix(0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func readResults(t *testing.T, path string) (rows []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cells, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells[1:] {
		rows = append(rows, strings.Join(c, ","))
	}
	return rows
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCreateTellsInTheFilesOrder(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["b"] = "hers"
	rows := rowsNamed("a", "b", "c", "x/y", "d")
	rows[2].Password = "short"
	j, err := PlanCreate(t.Context(), h, rows, CreateOptions{Pace: Pace{Batch: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if refused := j.Refused(); len(refused) != 2 || refused[0].Message != "The password is too short" || refused[1].Line != 5 {
		t.Errorf("refused are %v", refused)
	}
	if f.requests != 0 || j.Planned() != 2 {
		t.Errorf("a plan of %d rows sent %d requests", j.Planned(), f.requests)
	}
	var told seen
	if err := j.Run(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	expect(t, "told", told, []string{"a created", "b exists", "c failed", "x/y failed", "d created"})
	if f.requests != 2 || f.people["b"] != "hers" {
		t.Errorf("%d requests, and b has %q", f.requests, f.people["b"])
	}
}

// Whatever a run is cut off at, the next one with the same results gives the same
// people the same passwords, once.
func TestRunsAreTakenUp(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	for cut := 1; cut <= 4; cut++ {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("request %d, done %t", cut, lost), func(t *testing.T) {
				f, h := newFakeHub(t)
				path := filepath.Join(t.TempDir(), "out.csv")
				create := func(ctx context.Context) error {
					results := openResults(t, path)
					defer results.Close()
					j, err := PlanCreate(ctx, h, rowsNamed(names...), CreateOptions{Pace: Pace{Batch: 2, Workers: 1}, Generate: true, Results: results})
					if err != nil {
						return err
					}
					return j.Run(ctx, new(seen))
				}
				f.before = func(n int) bool { return n < cut }
				if err := create(t.Context()); (err == nil) != (cut > 3) {
					t.Fatalf("the first run: %v", err)
				}
				first := readResults(t, path)
				if lost && cut <= 3 { // the hub did it, but the answer never came
					f.loseAnswers(first)
				}
				f.before = nil
				if err := create(t.Context()); err != nil {
					t.Fatal(err)
				}
				for i, row := range readResults(t, path) {
					cells, before := strings.Split(row, ","), strings.Split(first[i], ",")
					if cells[1] == "" || cells[1] != before[1] || cells[3] != client.StatusCreated || f.people[cells[0]] != cells[1] {
						t.Errorf("%s, was %s; the hub has %q", row, first[i], f.people[cells[0]])
					}
				}
			})
		}
	}
}

// loseAnswers does what the results have as pending, keeping answers by key.
func (f *fakeHub) loseAnswers(rows []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answers := map[string]*client.BulkAnswer{}
	for _, row := range rows {
		cells := strings.Split(row, ",")
		key, is := strings.CutPrefix(cells[3], pending)
		if !is {
			continue
		}
		if answers[key] == nil {
			answers[key] = &client.BulkAnswer{}
		}
		f.people[cells[0]] = cells[1]
		answers[key].Results = append(answers[key].Results, client.BulkResult{Username: cells[0], Status: client.StatusCreated})
		break // the first request alone was under way
	}
	for key, answer := range answers {
		// Its other row, as the requests have two.
		for _, row := range rows {
			cells := strings.Split(row, ",")
			if cells[3] == pending+key && cells[0] != answer.Results[0].Username {
				f.people[cells[0]] = cells[1]
				answer.Results = append(answer.Results, client.BulkResult{Username: cells[0], Status: client.StatusCreated})
			}
		}
		f.answers[key], _ = json.Marshal(answer)
	}
}

func TestResultsMerge(t *testing.T) {
	const header = "username,password,admin,status,message\n"
	for _, c := range []struct {
		name, former string
		people       []string // on the hub
		file         []string
		want         []string // names, whether there is a password, status
	}{
		{"who was made keeps row and password", header + "a,pw-a,false,created,\n", []string{"a"}, []string{"a", "b"}, []string{"a pw-a created", "b * created"}},
		{"who existed has none", "", []string{"a"}, []string{"a", "b"}, []string{"a - exists", "b * created"}},
		{"rows of others stay", header + "z,pw-z,false,created,\n", nil, []string{"a"}, []string{"z pw-z created", "a * created"}},
		{"who failed is tried again", header + "a,,false,failed,no\n", nil, []string{"a"}, []string{"a * created"}},
		{"who was deleted since is made with the same", header + "a,pw-a,false,created,\n", nil, []string{"a"}, []string{"a pw-a created"}},
		{
			"a request that cannot be sent again whole: who exists keeps what may be theirs", header + "a,pw-a,false,pending K,\nb,pw-b,false,pending K,\n",
			[]string{"a"}, []string{"a"}, []string{"a pw-a exists", "b pw-b pending K"},
		},
		{"… who doesn't exist is made with it", header + "a,pw-a,false,pending K,\nb,pw-b,false,pending K,\n", nil, []string{"a"}, []string{"a pw-a created", "b pw-b pending K"}},
		{"a file of the old script", "username,password,force_change\na,pw-a,True\n", []string{"a"}, []string{"b"}, []string{"a pw-a ", "b * created"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, h := newFakeHub(t)
			for _, name := range c.people {
				f.people[name] = "?"
			}
			path := filepath.Join(t.TempDir(), "out.csv")
			if c.former != "" {
				if err := os.WriteFile(path, []byte(c.former), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			j, err := PlanCreate(t.Context(), h, rowsNamed(c.file...), CreateOptions{Generate: true, Results: openResults(t, path)})
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Run(t.Context(), new(seen)); err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, row := range readResults(t, path) {
				cells := strings.Split(row, ",")
				shown := cells[1]
				if shown == "" {
					shown = "-"
				} else if i < len(c.want) && strings.Contains(c.want[i], " * ") {
					shown = "*"
				}
				got = append(got, cells[0]+" "+shown+" "+cells[3])
			}
			expect(t, "results", got, c.want)
		})
	}
}

// Where the file was changed since a request was cut off, the hub refuses its key:
// then people are made who are not, and who is there may have the password.
func TestChangedFileAfterACut(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["a"] = "pw-a"
	f.answers["K"] = []byte("another request")
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte("username,password,admin,status,message\na,pw-a,false,pending K,\nb,pw-b,false,pending K,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := PlanCreate(t.Context(), h, rowsNamed("a", "b"), CreateOptions{Generate: true, Results: openResults(t, path)})
	if err != nil {
		t.Fatal(err)
	}
	var told seen
	if err := j.Run(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	expect(t, "told", told, []string{"a exists", "b created"})
	rows := readResults(t, path)
	if !strings.HasPrefix(rows[0], "a,pw-a,false,exists,") || rows[1] != "b,pw-b,false,created," || f.people["b"] != "pw-b" {
		t.Errorf("results are %q", rows)
	}
}

func TestResultsAreForOneRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	r := openResults(t, path)
	if _, err := OpenResults(t.Context(), path, "input.csv", nil); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("a second run: %v", err)
	}
	r.Close()
	if err := os.WriteFile(path, []byte("username\na\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenResults(t.Context(), path, path, nil); err == nil || !strings.Contains(err.Error(), "the file that is read") {
		t.Errorf("results over the input: %v", err)
	}
	openResults(t, path).Close()
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// An end of the context leaves the rest for the next run, and says how much.
func TestInterrupt(t *testing.T) {
	f, h := newFakeHub(t)
	path := filepath.Join(t.TempDir(), "out.csv")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.before = func(n int) bool {
		if n == 2 {
			cancel()
		}
		return true
	}
	j, err := PlanCreate(ctx, h, rowsNamed("a", "b", "c", "d"), CreateOptions{Pace: Pace{Batch: 1, Workers: 1}, Generate: true, Results: openResults(t, path)})
	if err != nil {
		t.Fatal(err)
	}
	var told seen
	err = j.Run(ctx, &told)
	stopped, is := err.(*StoppedError) //nolint:errorlint // it is not wrapped
	if !is || stopped.Left != 2 || f.requests != 2 {
		t.Fatalf("%v after %d requests", err, f.requests)
	}
	expect(t, "told", told, []string{"a created", "b created", "c not_done", "d not_done"})
	for i, row := range readResults(t, path) {
		if cells := strings.Split(row, ","); cells[1] == "" || strings.HasPrefix(cells[3], pending) != (i > 1) {
			t.Errorf("the row %s", row)
		}
	}
}

func TestPasswords(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["a"], f.people["b"], f.people["c"] = "", "", ""
	rows := rowsNamed("a", "b", "c", "nobody")
	rows[0].Password = "her own word"
	rows[2].Password = "short"
	run := func(o PasswordOptions) (told seen) {
		j, err := PlanPasswords(t.Context(), h, rows, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Run(t.Context(), &told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	expect(t, "from the file", run(PasswordOptions{}), []string{"a changed", "b skipped", "c failed", "nobody skipped"})
	expect(t, "one for all", run(PasswordOptions{Generate: true, Default: "Welcome123"}), []string{"a changed", "b changed", "c failed", "nobody not_found"})
	if f.people["a"] != "her own word" || f.people["b"] != "Welcome123" || f.people["c"] != "" {
		t.Errorf("the hub has %v", f.people)
	}
}

// A run of passwords that was cut off goes on where it was; one that came to its end
// gives new ones.
func TestPasswordsAreTakenUp(t *testing.T) {
	for _, name := range []string{"out.csv", "out.xlsx"} {
		t.Run(name, func(t *testing.T) {
			f, h := newFakeHub(t)
			f.people["a"], f.people["b"], f.people["c"] = "", "", ""
			path := filepath.Join(t.TempDir(), name)
			run := func() error {
				results := openResults(t, path)
				defer results.Close()
				j, err := PlanPasswords(t.Context(), h, rowsNamed("a", "b", "c"), PasswordOptions{Pace: Pace{Batch: 1, Workers: 1}, Generate: true, Results: results})
				if err != nil {
					return err
				}
				return j.Run(t.Context(), new(seen))
			}
			f.before = func(n int) bool { return n < 2 }
			if err := run(); err == nil {
				t.Fatal("the run was not cut off")
			}
			first := f.people["a"]
			f.before = nil
			if err := run(); err != nil {
				t.Fatal(err)
			}
			results := openResults(t, path)
			for who, password := range f.people {
				if row, _ := results.former(who); row.password != password || password == "" || row.status != client.StatusChanged || row.third != "false" {
					t.Errorf("%s has %q, the results say %v", who, password, row)
				}
			}
			if f.people["a"] != first {
				t.Error("a got another password")
			}
			results.Close()
			if err := run(); err != nil {
				t.Fatal(err)
			}
			if f.people["a"] == first {
				t.Error("a run after a whole one made no new password")
			}
		})
	}
}
