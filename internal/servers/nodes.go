package servers

import (
	"context"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
)

// forgottenAtOnce is how many servers of a machine that is gone one transaction gives up: few, so that nobody waits for it.
const forgottenAtOnce = 500

// forgotten is what people are told of a server that was given up.
const forgotten = "The server was given up, since the machine that it ran on is gone. Start it again."

// KnownServers tells which of the ids are servers that run, as far as the database knows.
func (sv *Servers) KnownServers(ctx context.Context, ids []int64) (map[int64]bool, error) {
	known := map[int64]bool{}
	err := sv.store.View(ctx, func(tx data.Tx) error {
		list, err := tx.ServersByID(ctx, ids)
		for _, s := range list {
			if s.Active() {
				known[s.ID] = true
			}
		}
		return err
	})
	return known, err
}

// ListNodes shows the machines that run servers, or did, by ID. It needs read:hub.
func (sv *Servers) ListNodes(ctx context.Context, r *access.Requester) (nodes []hub.Node, err error) {
	if err := r.Need("read:hub"); err != nil {
		return nil, err
	}
	err = sv.store.View(ctx, func(tx data.Tx) error {
		nodes, err = tx.ListNodes(ctx)
		return err
	})
	return nodes, err
}

// Forget gives up servers whose machine is gone: all of a node, by its id or its host's
// name, or those of the rows. Nobody can stop what may still run there. It is hub.Conflict
// for a node that lives. It needs admin:servers.
func (sv *Servers) Forget(ctx context.Context, r *access.Requester, node string, rows []ServerRow) ([]bulk.Result, error) {
	if err := access.CheckBulkRequest(r, []string{"admin:servers"}, "", len(rows)); err != nil {
		return nil, err
	}
	if node == "" {
		return sv.forgetRows(ctx, r, rows)
	}
	if err := r.Need("admin:servers"); err != nil {
		return nil, err
	}
	return sv.forgetNode(ctx, r, node)
}

func (sv *Servers) forgetNode(ctx context.Context, r *access.Requester, name string) (results []bulk.Result, err error) {
	for {
		var part []bulk.Result
		err := sv.store.Update(ctx, func(tx data.Tx) (err error) {
			part, err = sv.forgetSome(ctx, tx, r, name)
			return err
		})
		if hub.Is(err, hub.NotFound) && len(results) > 0 { // it was known from its servers alone
			return results, nil
		}
		results = append(results, part...)
		if err != nil || len(part) < forgottenAtOnce {
			return results, err
		}
	}
}

// forgetSome gives up at most a forgottenAtOnce of a node's servers. A node that nothing is known
// of but its servers goes with the last of them.
func (sv *Servers) forgetSome(ctx context.Context, tx data.Tx, r *access.Requester, name string) (results []bulk.Result, err error) {
	n, err := nodeNamed(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	if err := sv.nodeGone(tx, n); err != nil {
		return nil, err
	}
	servers, err := tx.ServersOn(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range servers[:min(len(servers), forgottenAtOnce)] {
		if err := sv.forget(ctx, tx, r, s); err != nil {
			return nil, err
		}
		results = append(results, bulk.Result{Username: s.UserName, ServerName: s.Name, Status: bulk.Forgotten})
	}
	if len(servers) < forgottenAtOnce && n.Place == "" {
		return results, tx.DeleteNode(ctx, n.ID)
	}
	return results, nil
}

// nodeNamed finds a node by its id, or by the name of its host where only one has it.
func nodeNamed(ctx context.Context, tx data.Tx, name string) (found hub.Node, err error) {
	nodes, err := tx.ListNodes(ctx)
	if err != nil {
		return found, err
	}
	same := 0
	for _, n := range nodes {
		if n.ID == name {
			return n, nil
		}
		if n.Host == name {
			found, same = n, same+1
		}
	}
	switch same {
	case 0:
		return found, hub.Errorf(hub.NotFound, "There is no node %s", hub.Clip(name))
	case 1:
		return found, nil
	}
	return found, hub.Errorf(hub.Conflict, "%d nodes are called %s; give the id of the one that is meant", same, hub.Clip(name))
}

// nodeGone refuses a node that lives: its servers can be stopped.
func (sv *Servers) nodeGone(tx data.Tx, n hub.Node) error {
	if here := sv.homes.Node(); here != nil && here.ID == n.ID {
		return hub.Errorf(hub.Conflict, "%s is this hub's own machine: stop its servers instead", nodeName(n))
	}
	if age := tx.Now().Sub(n.LastSeen); age < homes.NodeAway {
		return hub.Errorf(hub.Conflict, "%s was seen %d seconds ago: stop its servers instead, or wait a minute if it is gone", nodeName(n), max(0, int(age.Seconds())))
	}
	return nil
}

func nodeName(n hub.Node) string {
	if n.Host == "" {
		return "the node " + n.ID
	}
	return n.Host + " (node " + n.ID + ")"
}

func (sv *Servers) forgetRows(ctx context.Context, r *access.Requester, rows []ServerRow) (results []bulk.Result, err error) {
	checked := ServerRows(rows)
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		results = append([]bulk.Result(nil), checked...)
		nodes, err := tx.ListNodes(ctx)
		if err != nil {
			return err
		}
		by := make(map[string]hub.Node, len(nodes))
		for _, n := range nodes {
			by[n.ID] = n
		}
		for i, row := range rows {
			if x := &results[i]; x.Status == "" {
				if err := x.Fail(sv.forgetRow(ctx, tx, r, row, by, x)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return results, err
}

func (sv *Servers) forgetRow(ctx context.Context, tx data.Tx, r *access.Requester, row ServerRow, nodes map[string]hub.Node, x *bulk.Result) error {
	u, named, err := access.FindUserAndServerName(ctx, tx, r, row.Username, row.ServerName, "admin:servers")
	if err != nil {
		return err
	}
	s, err := access.FindServer(ctx, tx, u, named)
	switch {
	case err != nil:
		return err
	case !s.Active():
		x.Status = bulk.NotRunning
		return nil
	case s.Node == "":
		return hub.Errorf(hub.Conflict, "%s runs on no machine of its own: stop it instead", s.FullName())
	}
	n, ok := nodes[s.Node]
	if !ok {
		n = hub.Node{ID: s.Node}
	}
	if err := sv.nodeGone(tx, n); err != nil {
		return err
	}
	x.Status = bulk.Forgotten
	return sv.forget(ctx, tx, r, s)
}

func (sv *Servers) forget(ctx context.Context, tx data.Tx, r *access.Requester, s hub.Server) error {
	if err := sv.endRun(ctx, tx, s, hub.EventLost, forgotten, ""); err != nil {
		return err
	}
	return tx.AddAudit(ctx, r.Audit("server.forget", "server", s.ID, s.FullName(), map[string]any{"node": s.Node}, nil))
}

// Stranded says, in words for the person, what keeps a queued server from starting: its
// home is in a place that no living node has, or this node has too few devices, and no other lives. Empty where one lives,
// which will start it.
func (sv *Servers) Stranded(ctx context.Context, s hub.Server) (why string, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		if why, err = sv.noneHas(ctx, tx, s); err != nil || why != "" {
			return err
		}
		h, err := tx.HomeOf(ctx, s.UserID)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		nodes, err := tx.ListNodes(ctx)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.Place == h.Place && tx.Now().Sub(n.LastSeen) < homes.NodeAway {
				return nil
			}
		}
		why = homes.Elsewhere(nodes, h)
		return nil
	})
	return why, err
}

// ServerRows are the results to fill in; a server named twice fails its second row.
func ServerRows(rows []ServerRow) []bulk.Result {
	results := make([]bulk.Result, len(rows))
	type server struct{ user, name string }
	seen := map[server]bool{}
	for i, row := range rows {
		x := &results[i]
		x.Username, x.ServerName = ShownName(row.Username), ShownName(row.ServerName)
		if name, err := hub.UserName(row.Username); err == nil {
			x.Username = name
		}
		this := server{x.Username, row.ServerName}
		if seen[this] {
			x.Status, x.Message = bulk.Failed, "This server is named twice in this request"
		}
		seen[this] = true
	}
	return results
}

// ShownName is a name as it came, as an answer repeats it: names may be as long as requests.
func ShownName(name string) string {
	return strings.ToValidUTF8(hub.Truncate(name, hub.MaxUserName), "\ufffd")
}
