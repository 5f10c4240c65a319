package reconcile_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/telemetry"
)

// counted tells whether the metrics have the line.
func counted(t *testing.T, m *telemetry.Metrics, line string) bool {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	return strings.Contains(w.Body.String(), "\n"+line+"\n")
}

func expect(t *testing.T, m *telemetry.Metrics, lines ...string) {
	t.Helper()
	for _, line := range lines {
		eventually(t, line, func() bool { return counted(t, m, line) })
	}
}

const (
	spawned = "jupyterhub_server_spawn_duration_seconds_count"
	stopped = "jupyterhub_server_stop_seconds_count"
)

func TestStartAndStopAreCounted(t *testing.T) {
	b, d, m := newBench(t, 2), newFakeDriver(t), telemetry.New(telemetry.Options{})
	b.hub(d, func(o *reconcile.Options) { o.Observer = m })
	s := b.wait(b.start("user00").ID, hub.Ready)
	expect(t, m, spawned+`{reason="",status="success"} 1`, "atrium_start_queue_wait_seconds_count 1")
	eventually(t, "a look at the server", func() bool {
		return !counted(t, m, `jupyterhub_server_poll_duration_seconds_count{status="running"} 0`)
	})
	b.stop("user00")
	b.wait(s.ID, hub.Stopped)
	expect(t, m, stopped+`{status="success"} 1`, stopped+`{status="failure"} 0`)

	// One that ends by itself is no start that failed, and nobody stopped it.
	s = b.wait(b.start("user01").ID, hub.Ready)
	d.die(s.ID, "It fell.")
	b.wait(s.ID, hub.Failed)
	expect(t, m, spawned+`{reason="",status="success"} 2`, spawned+`{reason="",status="error"} 0`,
		`jupyterhub_server_poll_duration_seconds_count{status="stopped"} 1`, stopped+`{status="success"} 1`)
}

func TestFailedStartsAreCounted(t *testing.T) {
	for _, c := range []struct {
		name, line string
		gate       func(d *fakeDriver) func(context.Context, string, spawn.Spec) error
		limit      time.Duration
	}{
		{"refused", spawned + `{reason="",status="failure"} 1`, func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
			return func(context.Context, string, spawn.Spec) error {
				return hub.Errorf(hub.Invalid, "There is no such profile.")
			}
		}, 0},
		{"broken", spawned + `{reason="",status="error"} 1`, func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
			return func(context.Context, string, spawn.Spec) error { return errors.New("no disk") }
		}, 0},
		{"too slow", spawned + `{reason="timeout",status="error"} 1`, func(*fakeDriver) func(context.Context, string, spawn.Spec) error {
			return func(ctx context.Context, _ string, _ spawn.Spec) error { <-ctx.Done(); return ctx.Err() }
		}, 50 * time.Millisecond},
		{"exited", spawned + `{reason="exited",status="error"} 1`, func(d *fakeDriver) func(context.Context, string, spawn.Spec) error {
			return func(_ context.Context, at string, spec spawn.Spec) error {
				if at == "after process" {
					d.die(spec.ServerID, "It fell.")
				}
				return nil
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, d, m := newBench(t, 1), newFakeDriver(t), telemetry.New(telemetry.Options{})
			d.gate = c.gate(d)
			b.hub(d, func(o *reconcile.Options) {
				o.Observer = m
				if c.limit > 0 {
					o.Start = c.limit
				}
			})
			b.wait(b.start("user00").ID, hub.Failed)
			expect(t, m, c.line, spawned+`{reason="",status="success"} 0`,
				stopped+`{status="success"} 0`, stopped+`{status="failure"} 0`)
		})
	}
}
