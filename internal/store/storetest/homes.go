package storetest

import (
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func homeTests() []test {
	return []test{
		{"made and read", homeMadeAndRead},
		{"one a person", homeOneAPerson},
		{"outlives its person", homeOutlivesItsPerson},
		{"left", homesLeft},
		{"listed", homesListed},
		{"due", homesDue},
		{"of queued servers", homesOfQueued},
		{"close claims", homesCloseClaims},
	}
}

// home is a home of somebody, or of nobody.
func (s *suite) home(id string, u hub.User) hub.Home {
	s.Helper()
	h := hub.Home{
		ID: id, Place: "here", UserID: u.ID, UserName: u.Name, State: hub.HomeThere,
		Created: s.clock.Now(), Changed: s.clock.Now(),
	}
	s.update(func(tx data.Tx) error { return tx.CreateHomes(s.ctx, h) })
	return h
}

func homeMadeAndRead(s *suite) {
	ada := s.user("ada")
	h := s.home("h1", ada)
	byID := func(tx data.Tx) (hub.Home, error) { return tx.HomeByID(s.ctx, "h1") }
	s.equal("made", read(s, byID), h)
	s.equal("hers", read(s, func(tx data.Tx) (hub.Home, error) { return tx.HomeOf(s.ctx, ada.ID) }), h)
	s.clock.advance(time.Minute)
	h.Folder, h.UID, h.State, h.Archive, h.Attached, h.Problem = "ada-h1", 1_900_000_007, hub.HomeArchived, "ada-h1.tar.gz", true, "the disk is full"
	h.Changed, h.Noted, h.UserName, h.Place = s.clock.Now(), s.clock.Now(), "adele", "there"
	s.update(func(tx data.Tx) error { return tx.UpdateHome(s.ctx, h) })
	s.equal("changed", read(s, byID), h)
	absent(s, "an unknown home", func(tx data.Tx) (hub.Home, error) { return tx.HomeByID(s.ctx, "h2") })
	absent(s, "nobody's home", func(tx data.Tx) (hub.Home, error) { return tx.HomeOf(s.ctx, ada.ID+1) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.UpdateHome(s.ctx, hub.Home{ID: "h2"}) })
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.CreateHomes(s.ctx, hub.Home{ID: "h1"}) })
}

func homeOneAPerson(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	s.home("h1", ada)
	other := s.home("h2", bob)
	s.home("h3", hub.User{Name: "carol"})
	s.home("h4", hub.User{Name: "carol"}) // nobody has as many as one likes
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.CreateHomes(s.ctx, hub.Home{ID: "h5", UserID: ada.ID}) })
	other.UserID = ada.ID
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.UpdateHome(s.ctx, other) })
}

func homeOutlivesItsPerson(s *suite) {
	ada := s.user("ada")
	h := s.home("h1", ada)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{ada.ID}) })
	h.UserID = 0
	s.equal("left", read(s, func(tx data.Tx) (hub.Home, error) { return tx.HomeByID(s.ctx, "h1") }), h)
	again := s.user("ada")
	absent(s, "hers, made again", func(tx data.Tx) (hub.Home, error) { return tx.HomeOf(s.ctx, again.ID) })
}

func homesLeft(s *suite) {
	ada, bob, carol := s.user("ada"), s.user("bob"), s.user("carol")
	first, second, third := s.home("h1", ada), s.home("h2", bob), s.home("h3", carol)
	s.update(func(tx data.Tx) error { return tx.LeaveHomes(s.ctx, []int64{ada.ID}) })
	s.clock.advance(time.Minute)
	s.update(func(tx data.Tx) error { return tx.LeaveHomes(s.ctx, []int64{bob.ID, 999}) })
	first.UserID, first.Changed = 0, first.Changed.Add(time.Microsecond)
	second.UserID, second.Changed = 0, s.clock.Now()
	s.equal("homes", read(s, func(tx data.Tx) ([]hub.Home, error) { return tx.ListHomes(s.ctx, hub.HomeQuery{}) }), []hub.Home{first, second, third})
}

func homesListed(s *suite) {
	ada, gone := s.user("ada"), s.user("gone")
	s.home("c", ada)
	s.home("a", gone)
	s.home("b", hub.User{Name: "elsewhere"})
	s.update(func(tx data.Tx) error {
		if err := tx.DeleteUsers(s.ctx, []int64{gone.ID}); err != nil {
			return err
		}
		return tx.CreateHomes(s.ctx, hub.Home{ID: "d", Place: "there", UserName: "ada", State: hub.HomeThere})
	})
	for what, c := range map[string]struct {
		q    hub.HomeQuery
		want []string
	}{
		"all":          {hub.HomeQuery{}, []string{"a", "b", "c", "d"}},
		"a page":       {hub.HomeQuery{After: "a", Limit: 2}, []string{"b", "c"}},
		"by name":      {hub.HomeQuery{Name: "ada"}, []string{"c", "d"}},
		"nobody's":     {hub.HomeQuery{Unowned: true}, []string{"a", "b", "d"}},
		"of a place":   {hub.HomeQuery{Place: "here"}, []string{"a", "b", "c"}},
		"offered":      {hub.HomeQuery{Offered: true}, []string{"d"}},
		"none of them": {hub.HomeQuery{Name: "ada", Place: "here", Unowned: true}, []string{}},
	} {
		list := read(s, func(tx data.Tx) ([]hub.Home, error) { return tx.ListHomes(s.ctx, c.q) })
		got := []string{}
		for _, h := range list {
			got = append(got, h.ID)
		}
		s.equal(what, got, c.want)
	}
	ids := read(s, func(tx data.Tx) ([]string, error) { return tx.HomeIDs(s.ctx, "there") })
	s.equal("ids of a place", ids, []string{"d"})
}

func homesDue(s *suite) {
	first := s.home("b", s.user("ada"))
	s.clock.advance(time.Second)
	s.home("a", s.user("bob"))
	due := func(n int) (got []string) {
		for _, h := range read(s, func(tx data.Tx) ([]hub.Home, error) { return tx.DueHomes(s.ctx, "here", false, n) }) {
			got = append(got, h.ID)
		}
		return got
	}
	s.equal("longest first", due(10), []string{"b", "a"})
	s.equal("one", due(1), []string{"b"})
	first.Noted = first.Changed
	s.update(func(tx data.Tx) error { return tx.UpdateHome(s.ctx, first) })
	s.equal("noted", due(10), []string{"a"})
	first.Changed, first.State = s.clock.Now(), hub.HomeArchiving
	s.update(func(tx data.Tx) error { return tx.UpdateHome(s.ctx, first) })
	s.equal("beside one to pack", due(10), []string{"a"})
	pack := read(s, func(tx data.Tx) ([]hub.Home, error) { return tx.DueHomes(s.ctx, "here", true, 10) })
	s.equal("to pack", pack, []hub.Home{first})
	for place, want := range map[string][2]int{"here": {0, 0}, "there": {0, 2}} {
		got := read(s, func(tx data.Tx) (n [2]int, err error) {
			n[0], n[1], err = tx.CountHomes(s.ctx, place)
			return n, err
		})
		s.equal("counted from "+place, got, want)
	}
}

// Who has a home starts only where it is.
func homesOfQueued(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	s.home("h1", ada)
	queued, ready := s.server(ada, "", hub.Queued), s.server(ada, "lab", hub.Ready)
	homeless := s.server(bob, "", hub.Queued)
	places := map[int64]string{}
	for _, v := range read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.LiveServers(s.ctx) }) {
		places[v.ID] = v.Place
	}
	s.equal("places", places, map[int64]string{queued.ID: "here", ready.ID: "", homeless.ID: ""})
}

func nodeTests() []test {
	return []test{
		{"seen", nodesSeen},
		{"of servers", nodesOfServers},
		{"higher ids", higherIDs},
	}
}

func nodesSeen(s *suite) {
	n := hub.Node{ID: "n1", Host: "moon", Place: "p", Folder: "/srv/homes"}
	s.update(func(tx data.Tx) error { return tx.SeeNode(s.ctx, n) })
	s.clock.advance(time.Minute)
	n.Host = "sun"
	s.update(func(tx data.Tx) error { return tx.SeeNode(s.ctx, n) })
	n.LastSeen = s.clock.Now()
	nodes := func(tx data.Tx) ([]hub.Node, error) { return tx.ListNodes(s.ctx) }
	s.equal("seen twice", read(s, nodes), []hub.Node{n})
	s.update(func(tx data.Tx) error { return tx.DeleteNode(s.ctx, "n1") })
	s.update(func(tx data.Tx) error { return tx.DeleteNode(s.ctx, "n1") })
	s.equal("deleted", read(s, nodes), []hub.Node{})
}

func nodesOfServers(s *suite) {
	ada := s.user("ada")
	running, resting := s.server(ada, "", hub.Ready), s.server(ada, "lab", hub.Stopped)
	s.update(func(tx data.Tx) error {
		for _, v := range []hub.Server{running, resting} {
			v.Node = "gone"
			if _, err := tx.UpdateServer(s.ctx, v, v.Fence); err != nil {
				return err
			}
		}
		return tx.SeeNode(s.ctx, hub.Node{ID: "here"})
	})
	nodes := read(s, func(tx data.Tx) ([]hub.Node, error) { return tx.ListNodes(s.ctx) })
	s.equal("nodes", nodes, []hub.Node{{ID: "gone", Servers: 1}, {ID: "here", LastSeen: s.clock.Now()}})
	on := read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersOn(s.ctx, "gone") })
	if len(on) != 1 || on[0].ID != running.ID {
		s.Errorf("%d servers on the node, want the running one", len(on))
	}
}

func higherIDs(s *suite) {
	ada := s.user("ada")
	s.update(func(tx data.Tx) error { return tx.RaiseIDs(s.ctx, ada.ID+100, 50) })
	bob := s.user("bob")
	if bob.ID <= ada.ID+100 {
		s.Errorf("after raising the ids above %d somebody got %d", ada.ID+100, bob.ID)
	}
	if v := s.server(bob, "", hub.Stopped); v.ID <= 50 {
		s.Errorf("a server got id %d", v.ID)
	}
	s.update(func(tx data.Tx) error { return tx.RaiseIDs(s.ctx, 1, 0) }) // never lowers
	if carol := s.user("carol"); carol.ID <= bob.ID {
		s.Errorf("id %d was given out after %d", carol.ID, bob.ID)
	}
}

func homesCloseClaims(s *suite) {
	closed := func() (names []string) {
		for _, u := range read(s, func(tx data.Tx) ([]hub.User, error) {
			return tx.UsersByName(s.ctx, []string{"ada", "bob", "cy", "dan", "eve"})
		}) {
			if u.ClaimClosed {
				names = append(names, u.Name)
			}
		}
		slices.Sort(names)
		return names
	}
	ada, bob, dan := s.user("ada"), s.user("bob"), s.user("dan")
	s.user("cy") // who has no home
	eve := s.user("eve")
	for _, u := range []hub.User{ada, bob, dan} {
		s.home("home-of-"+u.Name, u)
	}
	elsewhere := s.home("home-of-eve", eve)
	elsewhere.Place = "there"
	s.update(func(tx data.Tx) error { return tx.UpdateHome(s.ctx, elsewhere) })
	s.home("nobodys", hub.User{Name: "frank"})
	s.update(func(tx data.Tx) error { return tx.SetPassword(s.ctx, bob.ID, hub.Password{Hash: "h"}) })
	closing := func(place string) []int64 {
		ids := write(s, func(tx data.Tx) ([]int64, error) { return tx.CloseClaims(s.ctx, place) })
		slices.Sort(ids)
		return ids
	}
	s.equal("in the place", closing("here"), []int64{ada.ID, dan.ID})
	s.equal("closed", closed(), []string{"ada", "dan"})
	s.equal("again", closing("here"), []int64{})
	s.equal("in any place", closing(""), []int64{eve.ID})
	s.equal("closed then", closed(), []string{"ada", "dan", "eve"})
}
