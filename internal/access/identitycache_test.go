package access

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// The cache stays small, keeps those used last, lets go what nobody uses, and holds
// nothing twice.
func TestIdentityCache(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	i := NewIdentities(nil, DefaultRights(), func() time.Time { return now }, slog.New(slog.DiscardHandler), nil)
	i.most = 100
	put := func(n int) {
		by := credential{key: fmt.Sprint(n), session: n%2 == 0}
		id := &identity{by: by, user: hub.User{ID: int64(n % 7)}, dependsOnGroups: n%3 == 0, read: now}
		if by.session {
			id.session = &hub.Session{}
		} else {
			id.token = &hub.Token{}
		}
		i.keep(id)
	}
	owned := func() (n int) {
		for _, g := range []generation{i.young, i.old} {
			for _, all := range g.byOwner {
				n += len(all)
			}
		}
		return n
	}
	for n := range 1000 {
		put(n)
		put(n) // as two who miss at a time do
		put(1) // somebody active
		if all := i.young.size() + i.old.size(); all > 2*i.most || all != owned() {
			t.Fatalf("after %d there are %d, of owners %d", n, all, owned())
		}
		if n > 100 && (i.kept(credential{key: "1"}) == nil || i.kept(credential{key: fmt.Sprint(n - 80), session: n%2 == 0}) == nil) {
			t.Fatalf("after %d, one used lately is gone", n)
		}
	}
	i.Apply(data.Change{Kind: data.UserChanged, ID: 3})
	if len(i.young.byOwner[owner{user: 3}])+len(i.old.byOwner[owner{user: 3}]) != 0 || len(i.young.delicate)+len(i.old.delicate) != 0 {
		t.Error("a change of somebody left what is known of them")
	}
	if all := i.young.size() + i.old.size(); all == 0 || all != owned() {
		t.Errorf("left are %d, of owners %d", all, owned())
	}
	for range 2 {
		now = now.Add(generationAge)
		put(1)
	}
	if all := i.young.size() + i.old.size(); all != 1 || owned() != 1 {
		t.Errorf("long after, %d are there, of owners %d", all, owned())
	}
}
