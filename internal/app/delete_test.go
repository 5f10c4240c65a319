package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// auditTrail lists the entries of a request: actions with what was before and after.
func (f *fixture) auditTrail(requestID string) (trail []string) {
	f.t.Helper()
	for _, e := range f.audited(requestID) {
		trail = append(trail, strings.Join([]string{e.Action, e.TargetName, string(e.Before), string(e.After)}, " "))
	}
	return trail
}

// Deleting locks out first, which is in the audit log, too, and the entry of the end
// says how the person was before.
func TestDeletingIsAudited(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	admin.RequestID = "delete"
	if err := f.DeleteUser(t.Context(), admin, "alice"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`user.change alice {"admin":false,"name":"alice","suspended":false} {"admin":false,"name":"alice","suspended":true}`,
		`user.delete alice {"admin":false,"groups":[],"name":"alice","roles":["user"],"suspended":false} `,
	}
	if diff := cmp.Diff(want, f.auditTrail("delete")); diff != "" {
		t.Error(diff)
	}
}

// However often somebody asks, at whichever hub, there is one job that deletes the person; and
// nobody who does not wait for it is told of a key that there is not.
func TestDeletingAgainWaitsForTheSameJob(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	admin.RequestID = "delete"
	other, _ := f.second(f.DB)
	defer other.Close()
	for _, a := range []*app.App{f.App, f.App, other} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		own := *admin
		err := a.DeleteUser(ctx, &own, "alice")
		f.wantCode(err, hub.Unavailable)
		if strings.Contains(err.Error(), "Idempotency-Key") {
			t.Errorf("it is answered with: %v", err)
		}
	}
	done := make(chan error, 2)
	for _, a := range []*app.App{f.App, other} {
		own := *admin
		go func() { done <- a.DeleteUser(context.WithoutCancel(t.Context()), &own, "alice") }()
	}
	f.clock.Add(10 * time.Minute) // claims have run out: all are free
	if err := f.DB.View(t.Context(), func(tx data.Tx) error {
		jobs, err := tx.FreeJobs(t.Context(), 10)
		if len(jobs) != 1 {
			t.Errorf("there are %d jobs", len(jobs))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; err != nil && !hub.Is(err, hub.NotFound) { // asked for when she was gone
			t.Error(err)
		}
	}
	if n := f.auditActions("delete")["user.delete"]; n != 1 {
		t.Errorf("%d deletions are audited", n)
	}
}

// Who loses their rights while the servers of somebody whom they delete stop does not
// delete them.
func TestRevokedWhileAPersonIsDeleted(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
	admin := f.admin()
	f.create("alice")
	if _, err := f.CreateUsers(t.Context(), admin, []string{"thief"}, true); err != nil {
		t.Fatal(err)
	}
	thief := f.by(f.token("thief"))
	s := f.running(admin, "alice", "")
	done := make(chan error, 1)
	go func() { done <- f.DeleteUser(context.WithoutCancel(t.Context()), thief, "alice") }()
	for {
		v, err := f.GetUser(t.Context(), admin, "alice")
		if err != nil {
			t.Fatal(err)
		}
		if v.Suspended {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := f.Revoke(t.Context(), admin, "thief"); err != nil {
		t.Fatal(err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	f.wantCode(<-done, hub.Forbidden)
	if _, err := f.GetUser(t.Context(), admin, "alice"); err != nil {
		t.Errorf("deleted by somebody who may not any more: %v", err)
	}
}
