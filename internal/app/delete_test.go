package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
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
