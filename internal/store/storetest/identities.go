package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func identityTests() []test {
	return []test{{"bound, found, renamed, and gone with the person", testIdentities}}
}

func testIdentities(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	get := func(provider, subject string) func(data.Tx) (hub.Identity, error) {
		return func(tx data.Tx) (hub.Identity, error) { return tx.Identity(s.ctx, provider, subject) }
	}
	absent(s, "identity", get("uni", "17"))
	want := hub.Identity{Provider: "uni", Subject: "17", Name: "ada", UserID: ada.ID, Bound: s.clock.Now().Add(-time.Hour)}
	other := hub.Identity{Provider: "github", Subject: "17", Name: "countess", UserID: ada.ID, Bound: s.clock.Now()}
	s.update(func(tx data.Tx) error { return tx.BindIdentity(s.ctx, want) })
	s.update(func(tx data.Tx) error { return tx.BindIdentity(s.ctx, other) })
	s.update(func(tx data.Tx) error {
		return tx.BindIdentity(s.ctx, hub.Identity{Provider: "uni", Subject: "AbC", Name: "bob", UserID: bob.ID})
	})
	s.equal("found", read(s, get("uni", "17")), want)
	s.equal("a zero time is now", read(s, get("uni", "AbC")).Bound, s.clock.Now())
	absent(s, "in other letters", get("uni", "aBc"))
	absent(s, "of another provider", get("github", "AbC"))
	s.equal("all of a person's", read(s, func(tx data.Tx) ([]hub.Identity, error) { return tx.IdentitiesOf(s.ctx, ada.ID) }),
		[]hub.Identity{other, want})
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		return tx.BindIdentity(s.ctx, hub.Identity{Provider: "uni", Subject: "17", UserID: bob.ID})
	})
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		return tx.BindIdentity(s.ctx, hub.Identity{Provider: "uni", Subject: "18", UserID: 999})
	})
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.RenameIdentity(s.ctx, "uni", "18", "x") })
	s.update(func(tx data.Tx) error { return tx.RenameIdentity(s.ctx, "uni", "17", "countess") })
	want.Name = "countess"
	s.equal("renamed", read(s, get("uni", "17")), want)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{ada.ID}) })
	absent(s, "of somebody who is gone", get("uni", "17"))
}
