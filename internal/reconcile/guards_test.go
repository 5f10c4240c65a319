package reconcile_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/store/transfer"
	"github.com/atriumhub/atrium/internal/testkit"
)

// A server that answers with an error of its own is not ready yet; whatever else it says, it is.
func TestAnErrorOfTheServersIsNoAnswer(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	var asked, status atomic.Int64
	status.Store(http.StatusInternalServerError)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		asked.Add(1)
	}))
	t.Cleanup(srv.Close)
	d.upstream = srv.URL
	b.hub(d, nil)
	id := b.start("user00").ID
	for _, failing := range []int64{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable} {
		status.Store(failing)
		before := asked.Load()
		b.until("it is asked twice more", func() bool { return asked.Load() >= before+2 })
		if s := b.wait(id, hub.Waiting); s.Phase != hub.Waiting {
			t.Errorf("after the answer %d it is %s", failing, s.Phase)
		}
	}
	status.Store(http.StatusForbidden)
	b.wait(id, hub.Ready)
}

// until waits for what another goroutine does.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("did not happen: %s", what)
}

// A stop ends the start that is under way, and does not wait for the start's own end.
func TestAStopEndsAStartThatWouldGoOnForAnHour(t *testing.T) {
	for _, point := range []string{"before process", "after process"} {
		t.Run(point, func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			reached := make(chan struct{})
			d.gate = func(ctx context.Context, at string, _ spawn.Spec) error {
				if at != point {
					return nil
				}
				close(reached)
				<-ctx.Done()
				return ctx.Err()
			}
			b.hub(d, func(o *reconcile.Options) { o.Start, o.HTTP = time.Hour, time.Hour })
			s := b.start("user00")
			<-reached
			if _, err := b.app.StopServer(t.Context(), &b.admin, "user00", "", false); err != nil {
				t.Fatal(err)
			}
			b.wait(s.ID, hub.Stopped)
			if alive, _ := d.snapshot(s.ID); alive {
				t.Error("the process outlived its server")
			}
		})
	}
}

// usageRows takes the entries of usage out of a database.
type usageRows struct {
	columns []string
	rows    []map[string]any
}

func (u *usageRows) Table(name string, columns, _ []string) error {
	u.columns = nil
	if name == "server_usage" {
		u.columns = slices.Clone(columns)
	}
	return nil
}

func (u *usageRows) Row(values []any) error {
	if u.columns != nil {
		row := map[string]any{}
		for i, c := range u.columns {
			row[c] = values[i]
		}
		u.rows = append(u.rows, row)
	}
	return nil
}

func (u *usageRows) Sequence(string, int64) error { return nil }

// usage is the one entry that there is: from when to when, and up to when it is charged.
func (b *bench) usage(url string) (started, charged, ended int64) {
	b.t.Helper()
	snapshot, err := transfer.OpenSnapshot(b.t.Context(), url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = snapshot.Close() }()
	u := &usageRows{}
	if err := snapshot.Export(b.t.Context(), u); err != nil {
		b.t.Fatal(err)
	}
	if len(u.rows) != 1 {
		b.t.Fatalf("%d entries of usage, not 1: %v", len(u.rows), u.rows)
	}
	number := func(name string) int64 { n, _ := u.rows[0][name].(int64); return n }
	return number("started"), number("charged_until"), number("ended")
}

// A run has one entry of usage: opened when its process lives, charged while it does, by its
// owner, and closed at its end.
func TestARunIsChargedFromItsStartToItsEnd(t *testing.T) {
	url := testkit.NewDatabases(t).URL("hub")
	b, d := newBench(t, 1, func(o *testkit.Options) { o.URL = url }), newFakeDriver(t)
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	started, charged, ended := b.usage(url)
	if started != s.Started.UnixMicro() || charged < started || ended != 0 {
		t.Errorf("started %d (%d), charged until %d, ended %d", started, s.Started.UnixMicro(), charged, ended)
	}
	if err := b.app.Tick(t.Context(), "another hub"); err != nil {
		t.Fatal(err)
	}
	_, before, _ := b.usage(url)
	if err := b.app.Tick(t.Context(), s.Owner); err != nil {
		t.Fatal(err)
	}
	if _, after, ended := b.usage(url); after <= before || ended != 0 {
		t.Errorf("charged until %d, then %d, ended %d", before, after, ended)
	}
	if _, err := b.app.StopServer(t.Context(), &b.admin, "user00", "", false); err != nil {
		t.Fatal(err)
	}
	b.wait(s.ID, hub.Stopped)
	_, charged, ended = b.usage(url)
	if ended == 0 || charged != ended {
		t.Errorf("after its end it is charged until %d, ended %d", charged, ended)
	}
	if err := b.app.Tick(t.Context(), s.Owner); err != nil {
		t.Fatal(err)
	}
	if _, again, _ := b.usage(url); again != charged {
		t.Error("it is charged after its end")
	}
}
