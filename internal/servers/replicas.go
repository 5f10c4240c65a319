package servers

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// markAfter is after what time it is noted again, in a server's row, that its owner drives
// it: less often than a version before leases of replicas takes a host for gone.
const markAfter = 5 * time.Minute

// TakeOver makes the servers of owners that are gone by's, as far as it can drive them, and
// says how many those are. An owner that lives keeps its servers.
func (sv *Servers) TakeOver(ctx context.Context, by Lease, owners []string) (n int, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		n, err = tx.TakeServers(ctx, hub.Replica{ID: by.Owner, Node: by.Node}, owners)
		return err
	})
	return n, err
}

// StopOwn asks the servers that by drives, or that live on its node, to stop, for a hub that
// takes them along, and says how many of them there are. A start that nobody has begun is
// left to another replica where one lives that can make it. From then on this hub begins
// none.
func (sv *Servers) StopOwn(ctx context.Context, r *access.Requester, by Lease) (n int, err error) {
	sv.closing.Store(true)
	own, err := sv.OwnServers(ctx, by)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(own, stopAtOnce) {
		stopped := 0
		err := sv.store.Update(ctx, func(tx data.Tx) error {
			ids := make([]int64, len(part))
			for i, s := range part {
				ids[i] = s.ID
			}
			whole, err := tx.ServersByID(ctx, ids) // live ones are listed without their options
			if err != nil {
				return err
			}
			whole = slices.DeleteFunc(whole, func(s hub.Server) bool { return s.Owner != "" && !isOf(s, by) }) // taken over meanwhile
			stopped = len(whole)
			return StopAll(ctx, tx, r, hub.StopHubEnds, whole...)
		})
		n += stopped
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// stopAtOnce is how many servers of a hub that ends are told to stop in one transaction: few, so that
// starts at another hub send none back for long.
const stopAtOnce = 50

// isOf tells whether a replica drives a server, or it lives on its node.
func isOf(s hub.Server, by Lease) bool {
	return s.Owner == by.Owner || s.Node != "" && s.Node == by.Node
}

// Closing tells whether this hub begins no more starts: it ends, and its servers with it.
func (sv *Servers) Closing() bool { return sv.closing.Load() }

// OwnServers lists what runs or is about to, and would end with the replica: see StopOwn.
func (sv *Servers) OwnServers(ctx context.Context, by Lease) (own []hub.Server, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		own, err = ownServers(ctx, tx, by)
		return err
	})
	return own, err
}

func ownServers(ctx context.Context, tx data.Tx, by Lease) ([]hub.Server, error) {
	live, err := tx.LiveServers(ctx)
	if err != nil {
		return nil, err
	}
	others, err := otherPlaces(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(live, func(s hub.Server) bool {
		if s.Owner == "" && s.Node == "" { // it was never begun
			return s.Phase == hub.Queued && canStart(others, s)
		}
		return !isOf(s, by)
	}), nil
}

// otherPlaces is where the homes lie that the replicas have which live beside by; empty for
// one without homes.
func otherPlaces(ctx context.Context, tx data.Tx, by Lease) (map[string]bool, error) {
	replicas, err := tx.ListReplicas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := tx.ListNodes(ctx)
	if err != nil {
		return nil, err
	}
	place := map[string]string{}
	for _, n := range nodes {
		place[n.ID] = n.Place
	}
	found := map[string]bool{}
	for _, r := range replicas {
		if r.Alive && r.ID != by.Owner {
			found[place[r.Node]] = true
		}
	}
	return found, nil
}

// canStart tells whether a replica with homes in one of the places can start a server that waits.
func canStart(places map[string]bool, s hub.Server) bool {
	if s.Place == "" {
		return len(places) > 0
	}
	return places[s.Place]
}
