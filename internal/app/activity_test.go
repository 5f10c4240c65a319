package app_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Whatever is written, read again and asked for at the same time, nobody who was there
// is shown as never seen, and nobody's time goes back.
func TestWhoWasThereIsNeverShownAsAbsent(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	const howMany = 12
	secrets := make([]string, howMany)
	for i := range secrets {
		name := fmt.Sprintf("p%d", i)
		if _, err := f.CreateUser(t.Context(), admin, name, false); err != nil {
			t.Fatal(err)
		}
		v, err := f.CreateToken(t.Context(), admin, name, tokens.TokenRequest{})
		if err != nil {
			t.Fatal(err)
		}
		secrets[i] = v.Secret
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	again := func(do func() error) {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := do(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	again(func() error { return f.FlushActivity(t.Context()) })
	again(func() error { return f.LoadDirectory(t.Context()) })
	again(func() error {
		_, _, err := f.ListUsers(t.Context(), admin, hub.UserQuery{Sort: hub.SortByLastActivity}, filter.Filter{})
		return err
	})
	var visitors sync.WaitGroup
	for _, token := range secrets {
		visitors.Go(func() {
			var last access.UserView
			for range 40 {
				v, err := f.Me(t.Context(), f.by(token))
				if err != nil || v.LastActivity.IsZero() || v.LastActivity.Before(last.LastActivity) {
					t.Errorf("%s was there at %v, before at %v, %v", v.Name, v.LastActivity, last.LastActivity, err)
				}
				last = v
				f.clock.Add(1)
			}
		})
	}
	visitors.Wait()
	close(stop)
	others.Wait()
}
