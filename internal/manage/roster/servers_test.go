package roster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
)

// Who leaves while servers are waited for leaves none of them undone: what was asked for goes on at the hub.
func TestServersGoOnAfterAnInterrupt(t *testing.T) {
	for name, c := range map[string]struct {
		rows   int
		atrium bool
		plan   func(Hub, []Row, ServersOptions) *Job
	}{
		"a job":        {longRows + 20, true, PlanStart},
		"a few":        {20, true, PlanStart},
		"stops":        {longRows + 20, true, PlanStop},
		"a JupyterHub": {4, false, PlanStart},
	} {
		t.Run(name, func(t *testing.T) {
			f := &longHub{t: t}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			waiting := make(chan struct{}, c.rows)
			h := Hub{Atrium: c.atrium, Client: clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/progress"), r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/hub/api/users/"):
					waiting <- struct{}{}
					<-r.Context().Done()
				case strings.HasSuffix(r.URL.Path, "/server"):
					w.WriteHeader(http.StatusAccepted)
				default:
					f.ServeHTTP(w, r)
				}
			}))}
			j := c.plan(h, rowsNamed(numbered(c.rows)...), ServersOptions{Wait: true})
			go func() {
				for range 4 { // of those that are waited for at once
					<-waiting
				}
				cancel()
			}()
			var w watch
			err := j.Run(ctx, &w)
			stopped, is := errors.AsType[*StoppedError](err)
			if !is || stopped.Left != 0 || stopped.UnderWay != c.rows || len(stopped.Jobs) != 0 || !errors.Is(err, context.Canceled) {
				t.Fatalf("%+v", err)
			}
			if counts := j.Counts(); counts[StatusUnderWay] != c.rows || len(w.seen) != c.rows {
				t.Errorf("%v, told of %d", counts, len(w.seen))
			}
		})
	}
}

// A row that nobody has asked for is none that the hub goes on with.
func TestServersThatWereNotAskedFor(t *testing.T) {
	h := Hub{Atrium: true, Client: clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hub/api/" {
			fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	}))}
	j := PlanStart(h, rowsNamed("ann", "ben"), ServersOptions{Wait: true})
	err := j.Run(t.Context(), new(seen))
	stopped, is := errors.AsType[*StoppedError](err)
	if !is || stopped.Left != 2 || stopped.UnderWay != 0 || !client.IsForbidden(err) {
		t.Errorf("%+v", err)
	}
}
