package roster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/client"
)

// longHub makes a job of what asks for one, and does some rows of it each time that it is asked.
type longHub struct {
	t *testing.T

	mu       sync.Mutex
	people   []string // who can be found
	jobs     []*longJob
	requests int // bulk ones that were not dry
	asked    func(job *longJob)
	filters  []client.PeopleFilter
}

type longJob struct {
	key, path string
	rows      []string
	done      int
}

// step is how many rows are done at a time.
const step = 50

func (f *longHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var id int
	switch n, _ := fmt.Sscanf(r.URL.Path, "/hub/api/bulk/jobs/%d", &id); {
	case r.URL.Path == "/hub/api/":
		fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
	case n == 1:
		job := f.jobs[id-1]
		if f.asked != nil {
			f.asked(job)
		}
		job.done = min(job.done+step, len(job.rows))
		f.answer(w, id, r.URL.Query().Get("limit") != "0")
	default:
		f.work(w, r)
	}
}

// work does bulk work, as a job where that is asked for.
func (f *longHub) work(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Users     []client.BulkUser
		Usernames []string
		Servers   []client.BulkServer
		Filter    *client.PeopleFilter
		Confirmed *int
		DryRun    bool `json:"dry_run"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		f.t.Error(err)
	}
	rows := req.Usernames
	for _, u := range req.Users {
		rows = append(rows, u.Username)
	}
	for _, s := range req.Servers {
		rows = append(rows, s.Username)
	}
	if req.Filter != nil {
		f.filters = append(f.filters, *req.Filter)
		rows = slices.Clone(f.people)
	}
	if !req.DryRun {
		f.requests++
	}
	if !req.DryRun && req.Filter != nil && (req.Confirmed == nil || len(rows) > *req.Confirmed) {
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, `{"status":409,"message":"There are %d now"}`, len(rows))
		return
	}
	if r.Header.Get("Prefer") != "respond-async" {
		_ = json.NewEncoder(w).Encode(client.BulkAnswer{Results: f.results(r.URL.Path, rows)})
		return
	}
	key := r.Header.Get("Idempotency-Key")
	at := slices.IndexFunc(f.jobs, func(j *longJob) bool { return j.key == key })
	if at < 0 {
		at, f.jobs = len(f.jobs), append(f.jobs, &longJob{key: key, path: r.URL.Path, rows: rows})
	}
	w.WriteHeader(http.StatusAccepted)
	f.answer(w, at+1, false)
}

func (f *longHub) results(path string, rows []string) []client.BulkResult {
	status := map[string]string{
		"/hub/api/bulk/users": client.StatusCreated, "/hub/api/bulk/users/delete": client.StatusDeleted,
		"/hub/api/bulk/servers/start": client.StatusStarted, "/hub/api/bulk/servers/stop": client.StatusStopped,
	}[path]
	results := make([]client.BulkResult, len(rows))
	for i, name := range rows {
		results[i] = client.BulkResult{Username: name, Status: status}
	}
	return results
}

func (f *longHub) answer(w http.ResponseWriter, id int, results bool) {
	job := f.jobs[id-1]
	said := struct {
		client.Job
		Results []client.JobResult `json:"results"`
	}{Job: client.Job{ID: int64(id), State: client.JobRunning, Total: len(job.rows), Done: job.done}}
	if job.done == len(job.rows) {
		said.State = client.JobDone
	}
	if results {
		for i, r := range f.results(job.path, job.rows) {
			said.Results = append(said.Results, client.JobResult{Row: i, BulkResult: r})
		}
	}
	_ = json.NewEncoder(w).Encode(said)
}

func newLongHub(t *testing.T, people ...string) (*longHub, Hub) {
	t.Helper()
	f := &longHub{t: t, people: people}
	return f, Hub{Client: clientOf(t, f), Atrium: true}
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("u%05d", i)
	}
	return names
}

// watch collects how far a run is.
type watch struct {
	seen
	progress []int
}

func (w *watch) Progress(rows int) { w.progress = append(w.progress, rows) }

// Many rows are one job, which tells how far it is; few are one request.
func TestManyRowsAreAJob(t *testing.T) {
	for _, c := range []struct{ rows, jobs int }{{longRows, 0}, {longRows + 1, 1}, {client.MaxRows + 1, 1}} {
		f, h := newLongHub(t)
		j, err := PlanDelete(t.Context(), h, rowsNamed(numbered(c.rows)...), Pace{})
		if err != nil {
			t.Fatal(err)
		}
		if c.rows > client.MaxRows { // all at once, for the test
			f.asked = func(job *longJob) { job.done = len(job.rows) }
		}
		var w watch
		if err := j.Run(t.Context(), &w); err != nil {
			t.Fatal(err)
		}
		if len(f.jobs) != c.jobs || len(w.seen) != c.rows || j.Counts()[client.StatusDeleted] != c.rows {
			t.Errorf("%d rows are %d jobs, told of %d: %v", c.rows, len(f.jobs), len(w.seen), j.Counts())
		}
		if c.rows == longRows+1 && (!slices.IsSorted(w.progress) || !slices.Contains(w.progress, step)) {
			t.Errorf("it told of %v", w.progress)
		}
	}
}

// An end of the context does not end the job: its rows are under way, and the error names it.
func TestAJobGoesOnAfterAnInterrupt(t *testing.T) {
	f, h := newLongHub(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.asked = func(job *longJob) {
		if job.done >= step {
			cancel()
		}
	}
	j, err := PlanCreate(ctx, h, rowsNamed(numbered(1000)...), CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	err = j.Run(ctx, new(watch))
	stopped, is := errors.AsType[*StoppedError](err)
	if !is || stopped.Left != 0 || len(stopped.Jobs) != 1 || stopped.Jobs[0].ID != 1 || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if x := j.Items[7]; x.Status != StatusUnderWay || x.Message != "job 1 goes on at the hub" || j.Counts()[StatusUnderWay] != 1000 {
		t.Errorf("the row is %+v of %v", x, j.Counts())
	}
}

// The next run with the same results finds the job by the key that they have.
func TestAJobIsFoundByTheResults(t *testing.T) {
	f, h := newLongHub(t)
	path := t.TempDir() + "/out.csv"
	for turn := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		if f.asked = nil; turn == 0 {
			f.asked = func(*longJob) { cancel() }
		}
		results := openResults(t, path)
		j, err := PlanCreate(ctx, h, rowsNamed(numbered(200)...), CreateOptions{Results: results})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Run(ctx, new(watch)); (err == nil) != (turn == 1) {
			t.Errorf("run %d: %v", turn, err)
		}
		results.Close()
		cancel()
	}
	if len(f.jobs) != 1 || f.requests != 2 {
		t.Errorf("%d jobs of %d requests", len(f.jobs), f.requests)
	}
}
