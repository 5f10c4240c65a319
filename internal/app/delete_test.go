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

// However often somebody asks, at whichever hub, there is one job that deletes the person.
func TestDeletingAgainMakesNoOtherJob(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	admin.RequestID = "delete"
	other, _ := f.second(f.DB)
	defer other.Close()
	for _, a := range []*app.App{f.App, f.App, other} {
		f.wantCode(a.DeleteUser(t.Context(), admin, "alice"), hub.Unavailable)
	}
	var jobs []hub.Job
	f.until("the claims have run out", func() bool {
		f.clock.Add(time.Minute)
		err := f.DB.View(t.Context(), func(tx data.Tx) (err error) {
			jobs, err = tx.FreeJobs(t.Context(), 10)
			return err
		})
		return err == nil && len(jobs) > 0
	})
	if len(jobs) != 1 {
		t.Errorf("there are %d jobs", len(jobs))
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	f.until("she is gone", func() bool {
		_, err := f.GetUser(t.Context(), admin, "alice")
		return hub.Is(err, hub.NotFound)
	})
	if n := f.auditActions("delete")["user.delete"]; n != 1 {
		t.Errorf("%d deletions are audited", n)
	}
}

// Who asks again, at another hub, waits for the deletion that goes on. Nobody who does not wait
// is told of a key that the request does not have.
func TestDeletingAgainWaits(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	other, _ := f.second(f.DB)
	defer other.Close()
	done := make(chan error, 2)
	del := func(a *app.App, ctx context.Context) {
		own := *admin
		done <- a.DeleteUser(ctx, &own, "alice")
	}
	impatient, cancel := context.WithCancel(t.Context())
	defer cancel()
	go del(f.App, impatient)
	f.until("she is locked out", func() bool {
		v, err := f.GetUser(t.Context(), admin, "alice")
		return err == nil && v.Suspended
	})
	time.AfterFunc(10*time.Millisecond, cancel)
	err := <-done
	f.wantCode(err, hub.Unavailable)
	if strings.Contains(err.Error(), "Idempotency-Key") {
		t.Errorf("it is answered with: %v", err)
	}
	for _, a := range []*app.App{f.App, other} {
		go del(a, context.WithoutCancel(t.Context()))
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; err != nil && !hub.Is(err, hub.NotFound) { // asked for when she was gone
			t.Error(err)
		}
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
