package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit"
)

func TestCounts(t *testing.T) {
	clock := testkit.NewClock()
	h := testkit.New(t, func(o *testkit.Options) { o.Clock = clock.Now })
	const day = 24 * time.Hour
	for name, ago := range map[string]time.Duration{"now": 0, "yesterday": day, "week": 6 * day, "month": 30 * day, "before": 31 * day} {
		u := h.User(name, false)
		h.Update(func(ctx context.Context, tx data.Tx) error {
			_, err := tx.CreateServer(ctx, hub.Server{UserID: u.ID, Phase: hub.Ready, WantRunning: true})
			return err
		})
		seen := data.Seen{Users: map[int64]time.Time{u.ID: clock.Now().Add(-ago)}}
		if err := h.DB.Touch(t.Context(), func(data.Tx) (data.Seen, error) { return seen, nil }); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := app.Counts{Users: 5, Active24h: 2, Active7d: 3, Active30d: 4, Servers: map[hub.Phase]int{hub.Ready: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestIdentityCounts(t *testing.T) {
	h := testkit.New(t)
	u := h.User("ann", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: hub.HashSecret("secret"), Scopes: []string{"inherit"}, ClientID: hub.APIClient})
		return err
	})
	for _, secret := range []string{"secret", "secret", "secret", "wrong"} {
		h.Identities().ByToken(t.Context(), secret)
	}
	h.Identities().ByCookies(t.Context(), hub.NewSecret(), "login")
	want := access.IdentityCounts{Tokens: 1, TokenHits: 2, TokenMisses: 2, SessionMisses: 1}
	if diff := cmp.Diff(want, h.Identities().Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}
