package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/servers"
)

// How many people one look deletes at most, and how many one transaction does: others write, too.
const culledAtMost, culledAtOnce = 1000, 50

// CullUsers looks once for people who have not been seen for as long as the configuration says, deletes them as DeleteUser does,
// and says how many went. Nobody goes who has a server that runs, starts or stops, nor the last administrator; those who are
// suspended stay: deleted, they could come back where everybody may. It may be called by several hubs at once.
func (pe *People) CullUsers(ctx context.Context) (gone int, err error) {
	if !pe.culling.CullsUsers() {
		return 0, nil
	}
	now := pe.clock()
	unseen, _, err := pe.directory.List(ctx, hub.UserQuery{State: hub.InactiveUsers, Sort: hub.SortByLastActivity, Limit: culledAtMost},
		func(p *mirror.Person) bool { return pe.culling.UserDue(now, p.User) != "" })
	if err != nil {
		return 0, err
	}
	ids := make([]int64, len(unseen))
	for i, p := range unseen {
		ids[i] = p.ID
	}
	for part := range slices.Chunk(ids, culledAtOnce) {
		var n int
		err := pe.store.Update(ctx, func(tx data.Tx) (err error) {
			n, err = pe.cullUsers(ctx, tx, part)
			return err
		})
		if err != nil {
			return gone, err
		}
		gone += n
	}
	return gone, nil
}

func (pe *People) cullUsers(ctx context.Context, tx data.Tx, ids []int64) (int, error) {
	list, err := tx.UsersByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	theirs, err := tx.ServersOf(ctx, ids)
	if err != nil {
		return 0, err
	}
	of := servers.ByOwner(theirs)
	going := map[hub.StopReason][]hub.User{}
	var goingIDs []int64
	for _, u := range list {
		busy := func(s hub.Server) bool { return s.Active() || s.WantRunning }
		why := pe.culling.UserDue(tx.Now(), pe.activity.OfUser(u))
		if why == "" || slices.ContainsFunc(of[u.ID], busy) {
			continue
		}
		err := pe.policy.KeepAnAdmin(ctx, tx, u, goingIDs...)
		if hub.Is(err, hub.Conflict) {
			continue
		}
		if err != nil {
			return 0, err
		}
		going[why], goingIDs = append(going[why], u), append(goingIDs, u.ID)
	}
	for _, why := range []hub.StopReason{hub.StopIdle, hub.StopAged} {
		if err := pe.erase(ctx, tx, &access.Requester{}, map[string]any{"reason": why}, going[why]...); err != nil {
			return 0, err
		}
	}
	return len(goingIDs), nil
}
