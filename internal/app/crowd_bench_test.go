package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/testkit"
)

// BenchmarkWriteWhileEverybodyIsRead reads 100,000 people anew, and reports how long the
// longest write and the longest look at a person meanwhile took, in milliseconds.
func BenchmarkWriteWhileEverybodyIsRead(b *testing.B) {
	h, admin, _ := crowd(b, 100_000)
	ctx := b.Context()
	if err := h.LoadDirectory(ctx); err != nil {
		b.Fatal(err)
	}
	calm := longest(ctx, b, h, admin, func() { time.Sleep(time.Second) })
	var busy [2]time.Duration
	for b.Loop() {
		got := longest(ctx, b, h, admin, func() {
			if err := h.LoadDirectory(ctx); err != nil {
				b.Error(err)
			}
		})
		busy = [2]time.Duration{max(busy[0], got[0]), max(busy[1], got[1])}
	}
	for i, what := range []string{"write", "read"} {
		b.ReportMetric(calm[i].Seconds()*1e3, "ms/"+what+"-calm")
		b.ReportMetric(busy[i].Seconds()*1e3, "ms/"+what)
	}
}

// crowd is a hub with so many people, and their names.
func crowd(b *testing.B, size int) (h *testkit.Hub, admin *access.Requester, names []string) {
	b.Helper()
	h, ctx := testkit.New(b), b.Context()
	if _, err := h.ApplyAdmin(ctx, bootstrap.AdminCredentials{Username: "admin", Password: adminPassword, Token: adminToken}); err != nil {
		b.Fatal(err)
	}
	r, _ := h.Identities().ByToken(ctx, adminToken)
	for i := range size {
		names = append(names, fmt.Sprintf("p%06d", i))
	}
	for part := range slices.Chunk(names, 5000) {
		if _, err := h.CreateUsers(ctx, &r, part, false); err != nil {
			b.Fatal(err)
		}
	}
	return h, &r, names
}

// BenchmarkJoinAGroup puts 10,000 people into a group by one request.
func BenchmarkJoinAGroup(b *testing.B) {
	h, admin, names := crowd(b, 10_000)
	for i := 0; b.Loop(); i++ {
		class := fmt.Sprint("class", i)
		if _, err := h.CreateGroup(b.Context(), admin, class, nil); err != nil {
			b.Fatal(err)
		}
		if _, err := h.Bulk(b.Context(), admin, people.MembersRequest{Group: class, Usernames: names}); err != nil {
			b.Fatal(err)
		}
	}
}

// longest is how long the longest write and the longest read took while work ran.
func longest(ctx context.Context, b *testing.B, h *testkit.Hub, admin *access.Requester, work func()) (took [2]time.Duration) {
	b.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	for i := 0; ; i++ {
		select {
		case <-done:
			return took
		case <-time.After(2 * time.Millisecond):
		}
		begun := time.Now()
		suspended := i%2 == 0
		if _, err := h.PatchUser(ctx, admin, "p100000", people.UserPatch{Suspended: &suspended}); err != nil {
			b.Fatal(err)
		}
		took[0] = max(took[0], time.Since(begun))
		begun = time.Now()
		if _, err := h.GetUser(ctx, admin, "p150000"); err != nil {
			b.Fatal(err)
		}
		took[1] = max(took[1], time.Since(begun))
	}
}
