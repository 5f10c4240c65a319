package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// A class comes into its group while people log in and the notebook servers of others tell
// that they are used: PostgreSQL sends back what is decided by what others change, and
// nothing is decided by when somebody was last there.
func TestBulkOnPostgreSQLWhilePeopleWork(t *testing.T) {
	const rows, running, rounds = 1000, 200, 3
	url := postgrestest.Schema(t)
	f := &fixture{t: t, Hub: testkit.New(t, func(o *testkit.Options) { o.URL = url })}
	admin := f.admin()
	names := make([]string, rows)
	for i := range names {
		names[i] = fmt.Sprintf("p%04d", i)
	}
	f.create(names...)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		people, err := tx.UsersByName(ctx, names[:running])
		for _, u := range people {
			if err == nil {
				_, err = tx.CreateServer(ctx, hub.Server{UserID: u.ID, Phase: hub.Ready, WantRunning: true})
			}
		}
		return err
	})
	for _, name := range names[:10] {
		f.Password(name, chosen)
	}

	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	meanwhile := func(pause time.Duration, do func(i int) error) {
		work.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := do(i); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		})
	}
	meanwhile(5*time.Millisecond, func(i int) error {
		_, err := f.Login(ctx, names[i%10], chosen, login.Browser{Address: "192.0.2.1"})
		return err
	})
	meanwhile(2*time.Millisecond, func(i int) error {
		now := time.Now()
		own := *admin
		return f.ReportActivity(ctx, &own, names[i%running], servers.ActivityReport{User: now, Servers: map[string]time.Time{"": now}})
	})
	meanwhile(20*time.Millisecond, func(int) error { return f.FlushActivity(ctx) })
	for round := range rounds {
		groups := []string{fmt.Sprintf("class-%d", round)}
		req := people.Request{Change: true, MakeGroups: true, Rows: make([]people.UserRow, rows)}
		for i, name := range names {
			req.Rows[i] = people.UserRow{Username: name, Groups: &groups}
		}
		results, err := f.BulkUsers(t.Context(), admin, req)
		if err != nil {
			t.Errorf("round %d: %v", round, err)
		} else if got := bulk.Tally(results)[bulk.Changed]; got != rows {
			t.Errorf("round %d: %v", round, bulk.Tally(results))
		}
	}
	stop()
	work.Wait()
}
