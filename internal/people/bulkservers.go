package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// ServersRequest is many servers to start or stop: those of the rows, or, with a filter, the
// default servers of the people whom it finds; to stop, all of theirs that run.
type ServersRequest struct {
	Key    string // chosen by the client; see access.MayBulk
	DryRun bool   // say what would become of the rows, and do nothing
	Rows   []servers.ServerRow
	Filter *Filter // instead of Rows
}

// StartServers asks for servers to run. A row is started, running (or on its way), not_found
// or failed. Nobody waits for the servers.
type StartServers ServersRequest

// StopServers asks for servers to stop, likewise: stopped, not_running, not_found or failed.
type StopServers ServersRequest

// BulkStart asks for servers to run, as Bulk does.
func (pe *People) BulkStart(ctx context.Context, r *access.Requester, req ServersRequest) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, StartServers(req))
}

// BulkStop asks for servers to stop, as Bulk does.
func (pe *People) BulkStop(ctx context.Context, r *access.Requester, req ServersRequest) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, StopServers(req))
}

func (req StartServers) terms() bulkTerms { return ServersRequest(req).terms(jobStart) }

func (req StopServers) terms() bulkTerms { return ServersRequest(req).terms(jobStop) }

// terms have the scope for a kind.
func (req ServersRequest) terms(scope string) bulkTerms {
	t := bulkTerms{
		kind: scope, scope: scope, key: req.Key, dryRun: req.DryRun, rows: len(req.Rows),
		digest: []any{scope, req.Rows},
	}
	if req.Filter != nil {
		t.digest = []any{scope, *req.Filter}
	}
	return t
}

func (req StartServers) plan(ctx context.Context, a *People, r *access.Requester) (jobWork, error) {
	rows := req.Rows
	if req.Filter != nil {
		people, err := a.matching(ctx, r, jobStart, *req.Filter, req.DryRun)
		if err != nil {
			return nil, err
		}
		for _, u := range people {
			rows = append(rows, servers.ServerRow{Username: u.Name})
		}
	}
	a.servers.LookFirst(ctx, r, rows...)
	return a.serverWork(r, rows, true), nil
}

func (req StopServers) plan(ctx context.Context, a *People, r *access.Requester) (jobWork, error) {
	rows := req.Rows
	if req.Filter != nil {
		serverList, err := a.running(ctx, r, *req.Filter, req.DryRun)
		if err != nil {
			return nil, err
		}
		for _, s := range serverList {
			rows = append(rows, servers.ServerRow{Username: s.UserName, ServerName: s.Name})
		}
	}
	return a.serverWork(r, rows, false), nil
}

// serverTask is what serverWork is kept as.
type serverTask struct {
	Checked []bulk.Result       `json:"checked"`
	Rows    []servers.ServerRow `json:"rows"`
}

// serverWork starts or stops many servers.
type serverWork struct {
	jobBase
	serverTask
	start bool
}

func (pe *People) serverWork(r *access.Requester, rows []servers.ServerRow, start bool) *serverWork {
	w := &serverWork{newJobBase(pe, r), serverTask{servers.ServerRows(rows), slices.Clone(rows)}, start}
	for i := range w.Rows {
		if w.Checked[i].Status != "" {
			w.Rows[i] = servers.ServerRow{} // nothing is done with it
		}
	}
	return w
}

func (w *serverWork) task() (any, int) { return &w.serverTask, len(w.Rows) }

// Row implements bulk.Work.
func (w *serverWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username, ServerName: w.Checked[place].ServerName}
}

// Do implements bulk.Work.
func (w *serverWork) Do(ctx context.Context, tx data.Tx, rows []int, _ []bulk.Outcome) ([]bulk.Outcome, error) {
	c := &serverChunk{serverWork: w}
	outcomes, err := c.decide(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	if w.start {
		return outcomes, c.queue(ctx, tx)
	}
	return outcomes, servers.StopAll(ctx, tx, w.r, hub.StopAsked, c.stop...)
}

func (w *serverWork) foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	c := &serverChunk{serverWork: w, foreseen: true}
	outcomes, err := c.decide(ctx, tx, allRows(len(w.Rows)))
	results := make([]bulk.Result, len(outcomes))
	for i := range outcomes {
		results[i] = outcomes[i].Result
	}
	return results, err
}

// serverChunk is some rows of bulk work on servers, in one transaction.
type serverChunk struct {
	*serverWork
	foreseen bool
	people   map[string]hub.User
	servers  map[int64][]hub.Server
	fresh    []hub.Server // to be made, and started
	begin    []hub.Server // to be started
	fences   []int64      // that they have now
	stop     []hub.Server
}

// decide says what is to become of rows.
func (c *serverChunk) decide(ctx context.Context, tx data.Tx, rows []int) (outcomes []bulk.Outcome, err error) {
	if err := c.read(ctx, tx, rows); err != nil {
		return nil, err
	}
	outcomes = make([]bulk.Outcome, len(rows))
	for i, place := range rows {
		x := &outcomes[i]
		x.Result = c.Checked[place]
		if x.Status != "" {
			continue
		}
		do := c.stopRow
		if c.start {
			do = c.startRow
		}
		x.Status, err = do(tx, c.Rows[place])
		if err := x.Fail(err); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (c *serverChunk) read(ctx context.Context, tx data.Tx, rows []int) (err error) {
	names := undone(c.Checked, rows)
	slices.Sort(names)
	if c.people, err = peopleNamed(ctx, tx, slices.Compact(names)); err != nil {
		return err
	}
	ids := make([]int64, 0, len(c.people))
	for _, u := range c.people {
		ids = append(ids, u.ID)
	}
	list, err := tx.ServersOf(ctx, ids)
	c.servers = byOwner(list)
	return err
}

// owner is access.FindUserAndServerName, by what was read of all rows.
func (c *serverChunk) owner(row servers.ServerRow, scope string) (hub.User, string, error) {
	normal, err := hub.UserName(row.Username)
	if err != nil {
		return hub.User{}, "", c.r.Denied(scope)
	}
	u, exists := c.people[normal]
	if !exists {
		if err := c.r.NeedServer(hub.User{Name: normal}, row.ServerName, scope); err != nil {
			return u, "", err
		}
		return u, "", hub.Errorf(hub.NotFound, "Not Found")
	}
	server := row.ServerName
	if name, err := hub.ServerName(server); err == nil && name != server {
		if _, exists := c.server(u, server); !exists {
			server = name
		}
	}
	return u, server, c.r.NeedServer(u, server, scope)
}

func (c *serverChunk) server(u hub.User, name string) (hub.Server, bool) {
	list := c.servers[u.ID]
	at := slices.IndexFunc(list, func(s hub.Server) bool { return s.Name == name })
	if at < 0 {
		return hub.Server{}, false
	}
	return list[at], true
}

func (c *serverChunk) stopRow(tx data.Tx, row servers.ServerRow) (bulk.Status, error) {
	u, name, err := c.owner(row, jobStop)
	if err != nil {
		return "", err
	}
	s, exists := c.server(u, name)
	switch {
	case !exists && name != "":
		return "", hub.Errorf(hub.NotFound, "Not Found")
	case !exists, !s.Active():
		return bulk.NotRunning, nil
	}
	c.stop = append(c.stop, s)
	c.put(servers.Stopping(s, c.r, tx.Now(), hub.StopAsked))
	return bulk.Stopped, nil
}

func (c *serverChunk) startRow(tx data.Tx, row servers.ServerRow) (bulk.Status, error) {
	u, named, err := c.owner(row, jobStart)
	if err != nil {
		return "", err
	}
	if err := servers.MaySpawn(u); err != nil {
		return "", err
	}
	req := servers.StartRequest{Options: row.Options}
	if _, err := servers.Described(hub.Server{}, req); err != nil {
		return "", err
	}
	s, err := c.findOrMake(tx, u, named)
	if err != nil {
		return "", err
	}
	switch s.Phase {
	case hub.Queued, hub.Starting, hub.Waiting, hub.Ready:
		return bulk.Running, nil
	case hub.Stopping:
		return "", servers.ErrStillStopping(s)
	case hub.Stopped, hub.Failed:
	}
	if err := c.svc.servers.MayStartNow(c.r); err != nil {
		return "", err
	}
	if !c.foreseen {
		if err := c.svc.own.Count(c.r, s.UserID); err != nil {
			return "", err
		}
	}
	was := s.Fence
	if s, err = servers.Described(s, req); err != nil {
		return "", err
	}
	s = servers.Queued(s, c.r, tx.Now())
	c.put(s)
	if s.ID == 0 {
		c.fresh = append(c.fresh, s)
	} else {
		c.begin, c.fences = append(c.begin, s), append(c.fences, was)
	}
	return bulk.Started, nil
}

// put makes what is decided about a server known to the rows that follow.
func (c *serverChunk) put(s hub.Server) {
	list := c.servers[s.UserID]
	if at := slices.IndexFunc(list, func(x hub.Server) bool { return x.Name == s.Name }); at >= 0 {
		list[at] = s
		return
	}
	c.servers[s.UserID] = append(list, s)
}

// findOrMake is findOrMake of package servers, by what was read of all rows. What is not there yet has no ID.
func (c *serverChunk) findOrMake(tx data.Tx, u hub.User, raw string) (hub.Server, error) {
	if raw != "" && !c.svc.servers.NamedAllowed() {
		return hub.Server{}, servers.NoNamedServers()
	}
	if s, exists := c.server(u, raw); exists {
		return s, nil
	}
	name, err := hub.ServerName(raw)
	if err != nil {
		return hub.Server{}, err
	}
	if s, exists := c.server(u, name); exists {
		return s, nil
	}
	if name != "" {
		if err := c.svc.servers.RoomAmong(u, c.servers[u.ID]); err != nil {
			return hub.Server{}, err
		}
	}
	return servers.NewServer(u, name, tx.Now()), nil
}

// queue writes the wish that servers run, with their tickets, in a few statements.
func (c *serverChunk) queue(ctx context.Context, tx data.Tx) error {
	tickets, err := tx.NextTickets(ctx, len(c.fresh)+len(c.begin))
	if err != nil {
		return err
	}
	for i := range c.fresh {
		c.fresh[i].Ticket = tickets[i]
	}
	for i := range c.begin {
		c.begin[i].Ticket = tickets[len(c.fresh)+i]
	}
	made, err := tx.CreateServers(ctx, c.fresh)
	if err != nil {
		return err
	}
	written, err := tx.UpdateServers(ctx, c.begin, c.fences)
	if err != nil {
		return err
	}
	if len(written) != len(c.begin) {
		return hub.Errorf(hub.Conflict, "A server was changed by somebody else. Try again.")
	}
	started := slices.Concat(made, c.begin)
	events, entries := make([]hub.ServerEvent, len(started)), make([]hub.AuditEntry, len(started))
	for i, s := range started {
		events[i], entries[i] = servers.RequestedEvent(s, tx.Now()), c.r.Audit("server.start", "server", s.ID, s.FullName(), nil, nil)
	}
	if err := tx.AddEvents(ctx, events); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}
