package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// jobHub has one job, of which one more row is done each time that it is asked.
type jobHub struct {
	t *testing.T

	mu      sync.Mutex
	key     string // of the request that made it
	prefer  string
	done    int
	rows    []string // their statuses
	waiting int      // rows that are pending for ever
	before  func(n int, w http.ResponseWriter, r *http.Request) bool
	n       int
}

func (h *jobHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n++; h.before != nil && !h.before(h.n, w, r) {
		return
	}
	state := JobRunning
	if h.done >= len(h.rows) {
		state = JobDone
	}
	head := fmt.Sprintf(`{"id":12,"kind":"delete","state":%q,"total":%d,"done":%d,"created":"2026-01-02T03:04:05Z","updated":"2026-01-02T03:04:05Z"`,
		state, len(h.rows), h.done)
	switch {
	case r.Method == http.MethodPost:
		if key := r.Header.Get("Idempotency-Key"); h.key != "" && key != h.key {
			h.t.Errorf("the key %s is not %s", key, h.key)
		} else {
			h.key, h.prefer = key, r.Header.Get("Prefer")
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, head+`,"results":[],"next":null}`)
	case r.URL.Path != "/hub/api/bulk/jobs/12":
		w.WriteHeader(http.StatusNotFound)
	case r.URL.Query().Get("limit") == "0":
		h.done = min(h.done+1, len(h.rows)-h.waiting)
		fmt.Fprint(w, head+`,"results":[],"next":null}`)
	default: // two results a page
		from, next := 0, "null"
		_, _ = fmt.Sscan(r.URL.Query().Get("from"), &from)
		var results []string
		for i := from; i < min(from+2, len(h.rows)); i++ {
			results = append(results, fmt.Sprintf(`{"row":%d,"username":"u%d","status":%q,"message":"m%d"}`, i, i, h.rows[i], i))
		}
		if from+2 < len(h.rows) {
			next = fmt.Sprint(from + 2)
		}
		fmt.Fprintf(w, `%s,"results":[%s],"next":%s}`, head, strings.Join(results, ","), next)
	}
}

func deleteAll(ctx context.Context, c *Client, h *jobHub, told func(Job)) (BulkAnswer, error) {
	names := make([]string, len(h.rows))
	for i := range names {
		names[i] = fmt.Sprintf("u%d", i)
	}
	return c.BulkDelete(ctx, BulkDeleteRequest{Usernames: names, Told: told})
}

func TestBulkWorkAsAJob(t *testing.T) {
	h := &jobHub{t: t, rows: []string{StatusDeleted, StatusNotFound, StatusDeleted, StatusFailed, StatusDeleted}}
	hub, _ := newFake(t, true, h.ServeHTTP).client(t)
	var done []int
	answer, err := deleteAll(t.Context(), hub, h, func(j Job) {
		if j.ID != 12 || j.Total != 5 || j.Created.IsZero() {
			t.Errorf("told %+v", j)
		}
		done = append(done, j.Done)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, r := range answer.Results {
		if r.Username != fmt.Sprintf("u%d", i) {
			t.Errorf("row %d is %+v", i, r)
		}
		got = append(got, r.Status)
	}
	if diff := cmp.Diff(h.rows, got); diff != "" {
		t.Error(diff)
	}
	if answer.Counts[StatusDeleted] != 3 || h.prefer != "respond-async" || !slices.IsSorted(done) || done[len(done)-1] != 5 {
		t.Errorf("counts %v, Prefer %q, told of %v", answer.Counts, h.prefer, done)
	}
}

// An answer that is lost, and a hub that is away for a while, are waited for; the key finds the job again.
func TestAJobIsFoundAgain(t *testing.T) {
	h := &jobHub{t: t, rows: []string{StatusDeleted, StatusDeleted, StatusDeleted}}
	h.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 1 || n > 3 && n < 20 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		return true
	}
	hub, _ := newFake(t, true, h.ServeHTTP).client(t)
	answer, err := deleteAll(t.Context(), hub, h, func(Job) {})
	if err != nil || answer.Counts[StatusDeleted] != 3 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// Who no longer waits is told which job goes on.
func TestAJobGoesOn(t *testing.T) {
	t.Run("the caller's end", func(t *testing.T) {
		h := &jobHub{t: t, rows: make([]string, 50)}
		hub, _ := newFake(t, true, h.ServeHTTP).client(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := deleteAll(ctx, hub, h, func(j Job) {
			if j.Done == 7 {
				cancel()
			}
		})
		goes, is := errors.AsType[*JobError](err)
		if !is || goes.Job.ID != 12 || goes.Job.Done != 7 || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the hub's", func(t *testing.T) {
		h := &jobHub{t: t, rows: make([]string, 50)}
		h.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n > 5 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n <= 5
		}
		hub, _ := newFake(t, true, h.ServeHTTP).client(t)
		_, err := deleteAll(t.Context(), hub, h, func(Job) {})
		goes, is := errors.AsType[*JobError](err)
		if _, refused := errors.AsType[*APIError](err); !is || !refused || goes.Job.Done != 3 {
			t.Errorf("%v", err)
		}
	})
}

// Rows that wait for servers to stop may do so for a day: they have not been done in time.
func TestAJobWhoseRowsWait(t *testing.T) {
	h := &jobHub{t: t, rows: []string{StatusDeleted, StatusPending, StatusDeleted}, waiting: 1}
	hub, waits := newFake(t, true, h.ServeHTTP).client(t)
	answer, err := deleteAll(t.Context(), hub, h, func(Job) {})
	if err != nil || answer.Counts[StatusDeleted] != 2 || answer.Results[1].Status != StatusFailed || answer.Results[1].Message != "m1" {
		t.Errorf("%+v, %v", answer, err)
	}
	var all, longest float64
	for _, d := range waits.all {
		all, longest = all+d.Seconds(), max(longest, d.Seconds())
	}
	if all < longestStill.Seconds() || longest > longestLook.Seconds() {
		t.Errorf("waited %v", waits.all)
	}
}

// A hub of before there were jobs answers when all is done.
func TestAHubThatKnowsNoJobs(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, `{"results":[{"username":"a","status":"created"}],"counts":{"created":1}}`))
	hub, _ := f.client(t)
	answer, err := hub.BulkUsers(t.Context(), BulkUsersRequest{Users: []BulkUser{{Username: "a"}}, Told: func(Job) { t.Error("told of a job") }})
	if err != nil || answer.Counts[StatusCreated] != 1 || len(f.requests()) != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestJobsOfAJupyterHub(t *testing.T) {
	f := newFake(t, false, says(http.StatusOK, `{}`))
	hub, _ := f.client(t)
	if _, err := hub.Job(t.Context(), 1); !errors.Is(err, ErrNotAtrium) || f.lines() != "" {
		t.Errorf("%v, asked: %s", err, f.lines())
	}
}
