package homes

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

// HomePlace is the folder of this machine with people's homes. Errors that a person may
// be told are hub.Unavailable.
type HomePlace interface {
	// ID names the place, wherever it is mounted; Dir is where.
	ID() string
	Dir() string
	// Homes lists the ids of those that have a record, in no order.
	Homes() ([]string, error)
	Record(id string) (hub.HomeRecord, error)
	// Ensure makes the home of a claim where it is missing, and brings its record up to date.
	Ensure(c hub.HomeClaim) (hub.HomeRecord, error)
	// Numbered lists the folders of former versions, which Adopt gives their records.
	Numbered() ([]hub.HomeRecord, error)
	Adopt(folders []hub.HomeRecord, claims map[string]hub.HomeClaim) ([]hub.HomeRecord, error)
	// Mark is the number that SetMark noted last; 0 for none. See MarkHomes.
	Mark() (int64, error)
	SetMark(n int64) error
	// Pack puts a home away into an archive, Unpack brings it back. They may take long, and
	// may have to wait for another hub on the same disk; then they ask still, whose error
	// is theirs. The record tells how far they came, also where they failed.
	Pack(ctx context.Context, id string, still func() error) (hub.HomeRecord, error)
	Unpack(ctx context.Context, id string, still func() error) (hub.HomeRecord, error)
}

// homekeeping is what is known of this machine and its homes. Before OpenHomes it is
// nothing; without a place the machine's servers have no homes of the hub's.
type homekeeping struct {
	place atomic.Pointer[HomePlace]
	node  atomic.Pointer[hub.Node]
	wake  chan struct{}

	marked atomic.Int64 // how far the database has counted; see MarkHomes
}

// here is the place of this machine, nil for none.
func (h *homekeeping) here() HomePlace {
	if p := h.place.Load(); p != nil {
		return *p
	}
	return nil
}

// foreign tells whether a server listens on another node's own loopback address, where
// requests from here would reach somebody else.
func (h *homekeeping) foreign(s hub.Server) bool {
	node := h.node.Load()
	if node == nil || s.Node == "" || s.Node == node.ID {
		return false
	}
	at, err := url.Parse(s.Upstream)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(at.Hostname())
	return err == nil && ip.IsLoopback() || at.Hostname() == "localhost"
}

func (h *homekeeping) apply(changes []data.Change) {
	if slices.ContainsFunc(changes, func(c data.Change) bool { return c.Kind == data.HomeChanged || c.Kind == data.Resync }) {
		select {
		case h.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// RunsElsewhere tells whether a server runs on another node, through whose hub alone it can
// be reached, and what that machine calls itself.
func (hs *Homes) RunsElsewhere(ctx context.Context, s hub.Server) (host string, elsewhere bool, err error) {
	if !hs.homes.foreign(s) {
		return "", false, nil
	}
	host = s.Node
	err = hs.store.View(ctx, func(tx data.Tx) error {
		nodes, err := tx.ListNodes(ctx)
		for _, n := range nodes {
			if n.ID == s.Node && n.Host != "" {
				host = n.Host
			}
		}
		return err
	})
	return host, true, err
}

// HubID names the hub: all replicas on one database, and nobody else. It is made once.
func (hs *Homes) HubID(ctx context.Context) (string, error) {
	return data.Secret(ctx, hs.store, "hub.id")
}

// HomesHere is the id of the place of this machine's homes; empty for none.
func (hs *Homes) HomesHere() string {
	if place := hs.homes.here(); place != nil {
		return place.ID()
	}
	return ""
}

// Found is what OpenHomes has to tell.
type Found struct {
	Adopted   int // folders of a former version that got their records
	Unowned   int // homes here that are nobody's
	Elsewhere int // people whose home lies in another place
	Closed    int // people with a home who may not set their first password any more: the database went back
	Nodes     []hub.Node
}

// OpenHomes makes the place and the node known to Homes, brings what the database knows
// of the place's homes up to date, and sees to it that no number goes back that a home's
// record knows. place may be nil: the node's servers have no homes of the hub's.
//
// It is hub.Unavailable where the node had another place with people's homes until now and
// this one is empty: a disk that is not mounted looks like that. anew begins with new homes
// all the same.
func (hs *Homes) OpenHomes(ctx context.Context, place HomePlace, node hub.Node, anew bool) (found Found, err error) {
	if place != nil {
		node.Place, node.Folder = place.ID(), place.Dir()
		if err := hs.samePlace(ctx, place, node, anew); err != nil {
			return found, err
		}
		if found.Adopted, err = hs.adoptNumbered(ctx, place); err != nil {
			return found, err
		}
		if err := hs.importHomes(ctx, place); err != nil {
			return found, err
		}
		if found.Closed, err = hs.distrust(ctx, place); err != nil {
			return found, err
		}
		hs.homes.place.Store(&place)
	}
	hs.homes.node.Store(&node)
	err = hs.store.Update(ctx, func(tx data.Tx) error {
		if err := tx.SeeNode(ctx, node); err != nil {
			return err
		}
		if found.Nodes, err = tx.ListNodes(ctx); err != nil || place == nil {
			return err
		}
		found.Unowned, found.Elsewhere, err = tx.CountHomes(ctx, place.ID())
		return err
	})
	return found, err
}

// samePlace refuses an empty place where the node's people have homes in another one, or
// had some of a former version.
func (hs *Homes) samePlace(ctx context.Context, place HomePlace, node hub.Node, anew bool) error {
	ids, err := place.Homes()
	if err != nil || len(ids) > 0 || anew {
		return err
	}
	former, err := place.Numbered()
	if err != nil || len(former) > 0 {
		return err
	}
	return hs.store.View(ctx, func(tx data.Tx) error {
		nodes, err := tx.ListNodes(ctx)
		if err != nil {
			return err
		}
		first := true // of a version that knows of homes
		for _, before := range nodes {
			first = first && before.LastSeen.IsZero()
			if before.ID != node.ID || before.Place == "" || before.Place == place.ID() {
				continue
			}
			homes, err := tx.HomeIDs(ctx, before.Place)
			if err != nil || len(homes) == 0 {
				return err
			}
			return hub.Errorf(hub.Unavailable, "There are no homes in %s, but %d homes of this hub were in %s until now: is a disk not mounted, "+
				"or were they moved without the folder .atrium in them? %s", place.Dir(), len(homes), before.Folder, beginAnew)
		}
		if first {
			return formerHomes(ctx, tx, place)
		}
		return nil
	})
}

// formerHomes refuses an empty place at the first start of a version that knows of homes,
// where people had some.
func formerHomes(ctx context.Context, tx data.Tx, place HomePlace) error {
	servers, err := tx.ListServers(ctx)
	if err != nil || !slices.ContainsFunc(servers, func(s hub.Server) bool { return s.Fence > 0 }) {
		return err
	}
	return hub.Errorf(hub.Unavailable, "There are no homes in %s, but people of this hub have had servers: is a disk not mounted, "+
		"or do their homes lie elsewhere, as in the folder homes of the data directory? %s", place.Dir(), beginAnew)
}

// beginAnew is the way out where the homes are really gone.
const beginAnew = "To begin with new ones, start once with --new-homes."

// adoptNumbered gives the folders of a former version their records. A crash in between
// does no harm: importHomes finds them.
func (hs *Homes) adoptNumbered(ctx context.Context, place HomePlace) (int, error) {
	folders, err := place.Numbered()
	if err != nil || len(folders) == 0 {
		return 0, err
	}
	ids := make([]int64, len(folders))
	for i, f := range folders {
		ids[i] = f.Owner.ID
	}
	claims := map[string]hub.HomeClaim{}
	err = hs.store.View(ctx, func(tx data.Tx) error {
		people, err := tx.UsersByID(ctx, ids)
		by := map[int64]hub.User{}
		for _, u := range people {
			by[u.ID] = u
		}
		for _, f := range folders {
			if u, ok := by[f.Owner.ID]; ok {
				claims[f.HomeID] = hub.Home{ID: f.HomeID, Changed: tx.Now()}.Claim(u)
			}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	_, err = place.Adopt(folders, claims)
	return len(folders), err
}

// importHomes makes the homes known to the database that it does not know of: it went back
// to a backup, or is new. Only somebody whom a record names beyond doubt gets their home
// that way; whose the others are is for an administrator to say.
func (hs *Homes) importHomes(ctx context.Context, place HomePlace) error {
	ids, err := place.Homes()
	if err != nil {
		return err
	}
	var known []string
	err = hs.store.View(ctx, func(tx data.Tx) error {
		known, err = tx.HomeIDs(ctx, place.ID())
		return err
	})
	if err != nil {
		return err
	}
	has := make(map[string]bool, len(known))
	for _, id := range known {
		has[id] = true
	}
	var unknown []hub.HomeRecord
	for _, id := range ids {
		if has[id] {
			continue
		}
		r, err := place.Record(id)
		if err != nil { // one damaged record keeps nobody else from their home
			hs.log.ErrorContext(ctx, "a home cannot be used", "home", id, "error", err)
			continue
		}
		unknown = append(unknown, r)
	}
	for len(unknown) > 0 {
		n := min(len(unknown), homesAtOnce)
		if err := hs.importSome(ctx, place.ID(), unknown[:n]); err != nil {
			return err
		}
		unknown = unknown[n:]
	}
	return nil
}

func (hs *Homes) importSome(ctx context.Context, place string, records []hub.HomeRecord) error {
	hubID, err := hs.HubID(ctx)
	if err != nil {
		return err
	}
	return hs.store.Update(ctx, func(tx data.Tx) error {
		highest := int64(0)
		for _, r := range records {
			h := hub.Home{
				ID: r.HomeID, Place: place, Folder: r.Folder, UID: int64(r.UID), UserName: r.Owner.Name, State: hub.HomeThere,
				Archive: r.Archive, Created: tx.Now(), Changed: r.Changed, Noted: r.Changed,
			}
			if r.Archive != "" {
				h.State = hub.HomeArchived
			}
			if r.HubID == hubID {
				highest = max(highest, r.Owner.ID)
				if h.UserID, err = ownerNow(ctx, tx, r.Owner); err != nil {
					return err
				}
			}
			if err := importHome(ctx, tx, h); err != nil {
				return err
			}
		}
		if highest == 0 {
			return nil
		}
		return tx.RaiseIDs(ctx, highest, 0)
	})
}

// importHome writes down a home that the place has. One that the database knows from
// another place was moved.
func importHome(ctx context.Context, tx data.Tx, h hub.Home) error {
	before, err := tx.HomeByID(ctx, h.ID)
	switch {
	case hub.Is(err, hub.NotFound):
		return tx.CreateHomes(ctx, h)
	case err != nil:
		return err
	}
	before.Place, before.Folder, before.UID, before.Noted = h.Place, h.Folder, h.UID, h.Noted
	return tx.UpdateHome(ctx, before)
}

// ownerNow is the person whom a record of this hub names: not somebody who got the same
// number since, and not one who has a home already. 0 for none. Of what is in the home the
// database knows nothing, so it is nobody's for a first login.
func ownerNow(ctx context.Context, tx data.Tx, o hub.HomeOwner) (int64, error) {
	u, err := tx.UserByID(ctx, o.ID)
	if err == nil && !(hub.HomeOwner{ID: u.ID, Created: u.Created}).Same(o) {
		return 0, nil
	}
	if err == nil {
		if _, err = tx.HomeOf(ctx, u.ID); err == nil {
			return 0, nil
		}
		if hub.Is(err, hub.NotFound) {
			return u.ID, login.CloseClaim(ctx, tx, u)
		}
	}
	if hub.Is(err, hub.NotFound) {
		return 0, nil
	}
	return 0, err
}

// RaiseIDs sees to it that people and servers made from now on get higher ids: this
// machine knows of some that the database has forgotten.
func (hs *Homes) RaiseIDs(ctx context.Context, user, server int64) error {
	return hs.store.Update(ctx, func(tx data.Tx) error { return tx.RaiseIDs(ctx, user, server) })
}

// HomeFor is the home that a run of somebody's server gets: theirs, or a new one that is
// to be made here. Where it cannot be had, refused says why, in words for a person.
func (hs *Homes) HomeFor(ctx context.Context, tx data.Tx, userID int64) (claim *hub.HomeClaim, refused string, err error) {
	place := hs.homes.here()
	if place == nil {
		return nil, "", nil
	}
	u, err := tx.UserByID(ctx, userID)
	if err != nil {
		return nil, "", err
	}
	h, err := tx.HomeOf(ctx, u.ID)
	if hub.Is(err, hub.NotFound) {
		h = hub.Home{
			ID: hub.NewHomeID(), Place: place.ID(), UserID: u.ID, UserName: u.Name, State: hub.HomeThere,
			Created: tx.Now(), Changed: tx.Now(),
		}
		err = tx.CreateHomes(ctx, h)
	}
	if err != nil {
		return nil, "", err
	}
	if h.Place != place.ID() {
		nodes, err := tx.ListNodes(ctx)
		return nil, Elsewhere(nodes, h), err
	}
	switch h.State {
	case hub.HomeThere:
	case hub.HomeUnpacking:
		return nil, "The files of " + u.Name + " are being brought back out of an archive. Start again in a moment.", nil
	case hub.HomeArchiving, hub.HomeArchived:
		return nil, hub.FailureOf("The files of "+u.Name+" are packed away in an archive. Ask an administrator of this hub to bring them back.",
			"The files of "+u.Name+" are packed away in an archive. An administrator brings them back: atrium homes attach "+h.ID+" "+u.Name), nil
	}
	c := h.Claim(u)
	return &c, "", nil
}

// Elsewhere says where somebody's home is, if not here.
func Elsewhere(nodes []hub.Node, h hub.Home) string {
	where := "on a machine that this hub does not know any more"
	for _, n := range nodes {
		if n.Place == h.Place {
			where = fmt.Sprintf("in %s on %s, whose hub was last seen at %s", n.Folder, n.Host, n.LastSeen.Format("2006-01-02 15:04 UTC"))
		}
	}
	return hub.FailureOf("The files of "+h.UserName+" lie on another machine, and servers start only where the files are. Ask an administrator of this hub.",
		fmt.Sprintf("The files of %s lie %s, and servers start only where the files are. "+
			"Start the hub there, or an administrator gives %s another home: atrium homes list --name %s", h.UserName, where, h.UserName, h.UserName))
}

// NodeAway is how long a node has not been seen when it counts as gone.
const NodeAway = time.Minute
