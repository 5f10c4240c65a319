package app_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/testkit"
)

// quotaCrowd is a hub with quotas and so many people, of whom each has a server that runs and is charged.
func quotaCrowd(b *testing.B, size int, running, enabled bool) (*testkit.Hub, *testkit.Clock, *access.Requester) {
	b.Helper()
	clock := testkit.NewClock()
	h := testkit.New(b, func(o *testkit.Options) {
		o.Clock = clock.Now
		o.Config.Quota = quota.Config{Enabled: enabled, Rate: 2, Default: hub.MostCredits, DefaultMinutes: 10}
	})
	ctx := b.Context()
	if _, err := h.ApplyAdmin(ctx, bootstrap.AdminCredentials{Username: "admin", Password: adminPassword, Token: adminToken}); err != nil {
		b.Fatal(err)
	}
	names := make([]string, size)
	for i := range names {
		names[i] = fmt.Sprintf("person%06d", i)
	}
	h.Update(func(ctx context.Context, tx data.Tx) error {
		people, err := tx.CreateUsers(ctx, names, false)
		if err != nil {
			return err
		}
		ids := make([]int64, size)
		list := make([]hub.Server, size)
		for i, u := range people {
			ids[i] = u.ID
			list[i] = hub.Server{UserID: u.ID, UserName: u.Name, Phase: hub.Ready, Owner: "test", WantRunning: true, Fence: 1}
		}
		if err := tx.OpenQuotas(ctx, ids); err != nil || !running {
			return err
		}
		if list, err = tx.CreateServers(ctx, list); err != nil {
			return err
		}
		return meterAll(ctx, tx, ids, list)
	})
	r, _ := h.Identities().ByToken(ctx, adminToken)
	return h, clock, &r
}

// meterAll gives people credits, and begins to charge their servers.
func meterAll(ctx context.Context, tx data.Tx, ids []int64, list []hub.Server) error {
	accounts, err := tx.QuotasOf(ctx, ids)
	if err != nil {
		return err
	}
	runs, entries := make([]hub.QuotaRun, len(list)), make([]hub.QuotaEntry, len(list))
	for i, a := range accounts {
		runs[i] = hub.QuotaRun{ServerID: list[i].ID, AccountID: a.ID, Rate: 2}
		entries[i] = hub.QuotaEntry{AccountID: a.ID, Kind: hub.QuotaInitial, Amount: hub.MostCredits * hub.CreditParts}
	}
	if err := tx.AddQuotaEntries(ctx, entries...); err != nil {
		return err
	}
	if err := tx.PutQuotaRuns(ctx, runs); err != nil {
		return err
	}
	for _, s := range list {
		if err := tx.MeterQuotaRun(ctx, s.ID, tx.Now()); err != nil {
			return err
		}
		if err := tx.OpenUsage(ctx, hub.Usage{ServerID: s.ID, UserID: s.UserID, Fence: 1, Started: tx.Now(), ChargedUntil: tx.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// processor is how long this process has computed.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What 2,000 running servers take of a processor to be metered every ten seconds: with quotas, and without.
func BenchmarkQuotaTick(b *testing.B) {
	for _, enabled := range []bool{true, false} {
		b.Run(fmt.Sprintf("quotas=%v", enabled), func(b *testing.B) {
			h, clock, _ := quotaCrowd(b, 2000, true, enabled)
			before, n := processor(b), 0
			for b.Loop() {
				clock.Add(10 * time.Second)
				if err := h.Tick(b.Context(), "test"); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric((processor(b)-before).Seconds()/float64(n)/10*100, "%processor")
		})
	}
}

// The first page of a statement of 100,000 entries.
func BenchmarkQuotaStatement(b *testing.B) {
	h, _, admin := quotaCrowd(b, 2, false, true)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "person000001")
		if err != nil {
			return err
		}
		a, err := tx.QuotasOf(ctx, []int64{u.ID})
		if err != nil {
			return err
		}
		entries := make([]hub.QuotaEntry, 10_000)
		for i := range entries {
			entries[i] = hub.QuotaEntry{AccountID: a[0].ID, Kind: hub.QuotaAdd, Amount: 60, Actor: "admin"}
		}
		for range 10 {
			if err := tx.AddQuotaEntries(ctx, entries...); err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		s, err := h.QuotaStatement(b.Context(), admin, "person000001", quota.StatementQuery{Limit: 20})
		if err != nil || len(s.Entries) != 20 {
			b.Fatal(len(s.Entries), err)
		}
	}
}

// 10,000 people who are given something by a rule: the first time, and again.
func BenchmarkQuotaRefresh(b *testing.B) {
	h, _, admin := quotaCrowd(b, 10_000, false, true)
	for b.Loop() {
		done, err := h.RefreshNow(b.Context(), admin, "bench", "", quota.Refresh{Action: quota.Add, Amount: 1}, false)
		if err != nil || done.Updated < 10_000 {
			b.Fatal(done.Updated, err)
		}
	}
}
