package storetest

import (
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func viewTests() []test { return []test{{"kept by name, and gone with their person", testViews}} }

func testViews(s *suite) {
	ann, ben := s.user("ann"), s.user("ben")
	put := func(u hub.User, name, query string) {
		s.update(func(tx data.Tx) error {
			return tx.PutView(s.ctx, &hub.SavedView{UserID: u.ID, Name: name, Query: query})
		})
	}
	of := func(u hub.User) []hub.SavedView {
		return read(s, func(tx data.Tx) ([]hub.SavedView, error) { return tx.ViewsOf(s.ctx, u.ID) })
	}
	put(ann, "term", "q=a")
	put(ann, "again", "q=b")
	put(ann, "term", "q=c")
	put(ben, "term", "")
	now := s.clock.Now()
	s.equal("by name", of(ann), []hub.SavedView{{UserID: ann.ID, Name: "again", Query: "q=b", Changed: now}, {UserID: ann.ID, Name: "term", Query: "q=c", Changed: now}})
	s.update(func(tx data.Tx) error { return tx.DeleteView(s.ctx, ann.ID, "again") })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteView(s.ctx, ann.ID, "again") })
	s.equal("one left", len(of(ann)), 1)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{ann.ID}) })
	s.equal("gone with her", len(of(ann)), 0)
	s.equal("the other's", len(of(ben)), 1)
}
