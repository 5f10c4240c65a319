package reconcile_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn"
)

// fakeDriver keeps "processes" in memory under the rules of the contract: it
// outlives the hubs of a test, as real processes do.
type fakeDriver struct {
	mu       sync.Mutex
	runs     map[int64]*fakeRun
	order    []int64
	most     int // servers being started at once, at most
	starting int
	upstream string
	node     string
	limits   []string
	stops    map[int64]int        // calls of Stop
	looks    int                  // calls of Inspect
	looking  int                  // of them, under way
	crowd    int                  // looking, at most
	stuck    func(id int64) error // of each Stop
	blind    func(id int64) error // of each Inspect

	gate func(ctx context.Context, point string, spec spawn.Spec) error // called at each point of a start
}

type fakeRun struct {
	fence   int64 // the highest seen, living or not
	id      string
	alive   bool
	pending bool // it is about to be alive
	reason  string
	ousted  bool // another process had its port
	started int  // how often a process was made
	doubles int  // of them, beside one that lived
}

func newFakeDriver(t *testing.T) *fakeDriver {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(srv.Close)
	return &fakeDriver{runs: map[int64]*fakeRun{}, stops: map[int64]int{}, upstream: srv.URL, node: "node"}
}

func (d *fakeDriver) Name() string                { return "fake" }
func (d *fakeDriver) Node() string                { return d.node }
func (d *fakeDriver) Check(context.Context) error { return nil }
func (d *fakeDriver) Close() error                { return nil }

func (d *fakeDriver) Limits(int64) ([]string, error) { return d.limits, nil }

func (d *fakeDriver) point(ctx context.Context, name string, spec spawn.Spec) error {
	if d.gate == nil {
		return nil
	}
	return d.gate(ctx, name, spec)
}

func (d *fakeDriver) Start(ctx context.Context, spec spawn.Spec) error {
	d.mu.Lock()
	d.starting++
	d.most = max(d.most, d.starting)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.starting--
		d.mu.Unlock()
	}()
	if err := d.point(ctx, "before process", spec); err != nil {
		return err
	}
	if err := d.make(spec); err != nil {
		return err
	}
	return d.point(ctx, "after process", spec)
}

func (d *fakeDriver) make(spec spawn.Spec) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.runs[spec.ServerID]
	if r == nil {
		r = &fakeRun{}
		d.runs[spec.ServerID] = r
	}
	if r.fence > spec.Fence {
		return spawn.ErrFenced
	}
	if r.fence == spec.Fence && (!r.alive || r.id != spec.RunID) && r.reason == "" {
		return spawn.ErrFenced
	}
	if r.fence == spec.Fence {
		return nil
	}
	if r.alive {
		r.doubles++
	}
	r.fence, r.id, r.alive, r.reason, r.ousted = spec.Fence, spec.RunID, true, "", false
	r.started++
	d.order = append(d.order, spec.ServerID)
	return nil
}

func (d *fakeDriver) Inspect(_ context.Context, id int64) (spawn.Status, error) {
	d.mu.Lock()
	d.looks++
	d.looking++
	d.crowd = max(d.crowd, d.looking)
	blind := d.blind
	d.mu.Unlock()
	var err error
	if blind != nil {
		err = blind(id)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looking--
	if err != nil {
		return spawn.Status{}, err
	}
	r := d.runs[id]
	switch {
	case r == nil:
		return spawn.Status{State: spawn.Absent}, nil
	case r.pending:
		return spawn.Status{State: spawn.Pending, Fence: r.fence, RunID: r.id}, nil
	case r.alive:
		return spawn.Status{State: spawn.Alive, Fence: r.fence, RunID: r.id, Upstream: d.upstream}, nil
	case r.reason != "":
		return spawn.Status{State: spawn.Exited, Fence: r.fence, RunID: r.id, Reason: r.reason, PortTaken: r.ousted}, nil
	}
	return spawn.Status{State: spawn.Absent, Fence: r.fence}, nil
}

func (d *fakeDriver) Stop(_ context.Context, id, fence int64, _ bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stops[id]++
	if d.stuck != nil {
		if err := d.stuck(id); err != nil {
			return err
		}
	}
	r := d.runs[id]
	if r == nil {
		r = &fakeRun{}
		d.runs[id] = r
	}
	if r.fence <= fence {
		r.fence, r.alive, r.reason = fence, false, ""
	}
	return nil
}

func (d *fakeDriver) Logs(context.Context, int64, int) (string, error) { return "last words", nil }

func (d *fakeDriver) die(id int64, reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs[id].alive, d.runs[id].reason = false, reason
}

// oust ends a run whose port another process has.
func (d *fakeDriver) oust(id int64) {
	d.die(id, "The port was taken.")
	d.tell(func() { d.runs[id].ousted = true })
}

// tell reads what the driver has counted.
func (d *fakeDriver) tell(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

func (d *fakeDriver) snapshot(id int64) (alive bool, started int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.runs[id]
	if r == nil {
		return false, 0
	}
	return r.alive, r.started
}
