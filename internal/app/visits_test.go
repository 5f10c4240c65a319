package app_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sharing"
)

// comes is a request with the token to a server of somebody's, by way of a hub.
func (f *fixture) comes(by *app.App, token string, s hub.Server) {
	f.t.Helper()
	c, err := by.Identities().Token(f.t.Context(), token)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := by.Enter(f.t.Context(), c, s.UserID, s.ID, func() string { return "192.0.2.7" }); err != nil {
		f.t.Fatal(err)
	}
}

// visitors are who is in somebody's default server, as the requester sees it at a hub.
func (f *fixture) visitors(at *app.App, r *access.Requester, name string) (names []string) {
	f.t.Helper()
	v, err := at.GetUser(f.t.Context(), r, name)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, s := range v.Servers {
		for _, x := range v.Visitors[s.ID] {
			names = append(names, x.UserName+x.Since.Format(" 15:04"))
		}
	}
	return names
}

// G30: an administrator in somebody's server is in the audit log once, and its owner sees it while it lasts, at each hub.
func TestG30VisitsAreTakenDownOnceAndShown(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "friend")
	s := f.running(admin, "alice", "")
	other, _ := f.second(f.DB)
	defer other.Close()
	if err := other.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	alice, friend := f.by(f.token("alice")), f.token("friend")
	if _, err := f.GrantShare(t.Context(), admin, "alice", "", sharing.ShareRequest{To: sharing.Recipient{User: "friend"}}); err != nil {
		t.Fatal(err)
	}
	f.comes(f.App, friend, s)
	if got := f.visitors(f.App, alice, "alice"); got != nil {
		t.Errorf("with a guest of hers alice sees %v", got)
	}

	began := f.clock.Now().Format(" 15:04")
	var wg sync.WaitGroup
	for range 20 { // as JupyterLab does
		wg.Go(func() { f.comes(f.App, adminToken, s) })
	}
	wg.Wait()
	for range 10 { // for half an hour, with something every three minutes
		f.clock.Add(3 * time.Minute)
		f.comes(f.App, adminToken, s)
		if err := f.FlushActivity(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	f.comes(other, adminToken, s)
	if diff := cmp.Diff([]string{"admin" + began}, f.visitors(f.App, alice, "alice")); diff != "" {
		t.Errorf("alice sees (-want +got):\n%s", diff)
	}
	f.until("the other hub shows it", func() bool {
		return cmp.Equal(f.visitors(other, alice, "alice"), []string{"admin" + began})
	})
	if me, err := f.Me(t.Context(), alice); err != nil || len(me.Visitors) != 0 {
		t.Errorf("her server, which keeps answers, learns of %v, %v", me.Visitors, err)
	}

	f.clock.Add(6 * time.Minute)
	if got := f.visitors(f.App, alice, "alice"); got != nil {
		t.Errorf("some minutes later alice sees %v", got)
	}
	f.comes(other, adminToken, s)
	if n := f.auditActions("")["server.visit"]; n != 2 {
		t.Errorf("of two visits the audit log has %d entries", n)
	}
	for _, e := range f.audited("") {
		if e.Action == "server.visit" && (e.Actor.Name != "admin" || e.TargetName != "alice/" || e.Address != "192.0.2.7") {
			t.Errorf("the audit log has %+v", e)
		}
	}
}

// G30: while nothing can be written down nobody new comes in, and who is there stays.
func TestG30NobodyEntersUnseen(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "bob")
	here, there := f.running(admin, "alice", ""), f.running(admin, "bob", "")
	for _, name := range []string{"alice", "bob"} { // whose first login has nothing to do with it
		f.Password(name, "wonderland")
	}
	db := &unwritable{Store: f.DB}
	other, _ := f.second(db)
	defer other.Close()
	if err := other.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.comes(other, adminToken, here)
	db.broken = true
	f.comes(other, adminToken, here)
	c, err := other.Identities().Token(t.Context(), adminToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Enter(t.Context(), c, there.UserID, there.ID, func() string { return "" }); err == nil {
		t.Error("somebody entered without being taken down")
	}
	db.broken = false
	f.comes(other, adminToken, there)
	if err := f.Enter(t.Context(), c, there.UserID, 4711, func() string { return "" }); err != nil {
		t.Errorf("to a server that is gone, where the proxy has no way any more: %v", err)
	}
}
