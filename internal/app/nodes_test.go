package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

// onNode puts somebody's running server onto a node.
func (o *opened) onNode(name, node string) {
	o.t.Helper()
	o.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		_, err = tx.CreateServer(ctx, hub.Server{
			UserID: u.ID, Phase: hub.Ready, WantRunning: true, Node: node, Owner: node, Upstream: "http://127.0.0.1:20001",
			LeaseUntil: tx.Now().Add(time.Minute),
		})
		return err
	})
}

func statuses(results []bulk.Result) map[string]bulk.Status {
	by := map[string]bulk.Status{}
	for _, x := range results {
		by[x.Username] = x.Status
	}
	return by
}

func TestServersOfAMachineThatIsGoneAreGivenUp(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	admin := o.admin()
	admin.RequestID = "this"
	o.create("ann", "bob", "carol", "dan")
	o.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.SeeNode(ctx, hub.Node{ID: "gone", Host: "old-server"})
	})
	o.onNode("ann", "gone")
	o.onNode("bob", "gone")
	o.onNode("carol", "node")
	ctx := t.Context()
	row := func(name string) []servers.ServerRow { return []servers.ServerRow{{Username: name}} }

	_, err := o.Forget(ctx, admin, "old-server", nil)
	o.wantRefusal(err, hub.Conflict, "was seen 0 seconds ago", "stop its servers")
	results, err := o.Forget(ctx, admin, "", row("ann"))
	if err != nil || results[0].Status != bulk.Failed {
		t.Errorf("%+v, %v", results, err)
	}
	s.clock.Add(2 * time.Minute)
	_, err = o.Forget(ctx, admin, "node", nil)
	o.wantRefusal(err, hub.Conflict, "this hub's own machine")
	_, err = o.Forget(ctx, admin, "nowhere", nil)
	o.wantRefusal(err, hub.NotFound, "no node nowhere")

	results, err = o.Forget(ctx, admin, "", append(row("ann"), row("dan")...))
	want := map[string]bulk.Status{"ann": bulk.Forgotten, "dan": bulk.NotRunning}
	if diff := cmp.Diff(want, statuses(results)); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	results, err = o.Forget(ctx, admin, "old-server", nil)
	if diff := cmp.Diff(map[string]bulk.Status{"bob": bulk.Forgotten}, statuses(results)); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, name := range []string{"ann", "bob"} {
		v, err := o.GetUser(ctx, admin, name)
		if err != nil || v.Servers[0].Phase != hub.Failed || v.Servers[0].Failure == "" {
			t.Errorf("%s: %+v, %v", name, v.Servers, err)
		}
		o.works(name)
	}
	if got := o.auditActions("this")["server.forget"]; got != 2 {
		t.Errorf("%d entries of the audit log", got)
	}
	nodes, err := o.ListNodes(ctx, admin)
	if err != nil || len(nodes) != 1 || nodes[0].ID != "node" || nodes[0].Servers != 1 {
		t.Errorf("%+v, %v", nodes, err)
	}
}

// Whoever was running on a machine that is gone could be neither renamed nor deleted.
func TestPeopleOfAMachineThatIsGoneAreRenamedAndDeleted(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann", "bob")
	o.onNode("ann", "gone")
	o.onNode("bob", "gone")
	ctx, name := t.Context(), "anna"
	if _, err := o.PatchUser(ctx, admin, "ann", people.UserPatch{Name: &name}); err == nil {
		t.Error("ann was renamed while her server is on record as running")
	}
	if _, err := o.Forget(ctx, admin, "gone", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := o.PatchUser(ctx, admin, "ann", people.UserPatch{Name: &name}); err != nil {
		t.Error(err)
	}
	if err := o.DeleteUser(ctx, admin, "bob"); err != nil {
		t.Error(err)
	}
	if _, err := o.GetUser(ctx, admin, "bob"); !hub.Is(err, hub.NotFound) {
		t.Errorf("bob is there: %v", err)
	}
}

func TestWhoMayGiveServersUp(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	admin := o.admin()
	o.create("ann", "bob")
	o.onNode("ann", "gone")
	s.clock.Add(2 * time.Minute)
	v, err := o.CreateToken(t.Context(), admin, "admin", tokens.TokenRequest{Scopes: []string{"admin:servers!user=ann"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*access.Requester{{}, o.by(o.token("bob")), o.by(v.Secret)} {
		_, err := o.Forget(t.Context(), r, "gone", nil)
		o.wantCode(err, hub.Forbidden)
		if r.Known() {
			_, err = o.ListNodes(t.Context(), r)
			o.wantCode(err, hub.Forbidden)
		}
	}
	if results, err := o.Forget(t.Context(), o.by(v.Secret), "", []servers.ServerRow{{Username: "ann"}}); err != nil || results[0].Status != bulk.Forgotten {
		t.Errorf("%+v, %v", results, err)
	}
}

// A server listens on its own machine's loopback address: from another one, requests to it
// would reach somebody else.
func TestServersOfAnotherMachineAreNotRoutedHere(t *testing.T) {
	o := newSite(t).open(t, "a")
	o.admin()
	o.create("ann", "bob")
	var routed []string
	o.OnRoutes(func(r mirror.Routed) {
		routed = nil
		for _, s := range r.Servers {
			routed = append(routed, s.UserName)
		}
	})
	o.onNode("ann", "other")
	o.onNode("bob", "node")
	if err := o.LoadRoutes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bob"}, routed); diff != "" {
		t.Error(diff)
	}
}
