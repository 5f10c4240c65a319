package servers

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// A Batch is servers of many people, in one transaction: it was read at once, each row is decided on as the only one would
// be, but by what was read, and Write does what was decided in a few statements.
type Batch struct {
	sv       *Servers
	r        *access.Requester
	foreseen bool
	now      time.Time
	people   map[string]hub.User
	servers  map[int64][]hub.Server
	holds    *quota.Holds
	fresh    []hub.Server // to be made, and started
	begin    []hub.Server // to be started
	fences   []int64      // that they have now
	stop     []hub.Server
}

// ReadBatch reads the people of these normalised names, as far as there are such, and their servers. Where it is only
// foreseen what would become of rows, starts do not count as what the requester has changed.
func (sv *Servers) ReadBatch(ctx context.Context, tx data.Tx, r *access.Requester, names []string, foreseen bool) (*Batch, error) {
	b := &Batch{sv: sv, r: r, foreseen: foreseen, now: tx.Now()}
	names = slices.Clone(names)
	slices.Sort(names)
	var err error
	if b.people, err = access.UsersNamed(ctx, tx, slices.Compact(names)); err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(b.people))
	for _, u := range b.people {
		ids = append(ids, u.ID)
	}
	list, err := tx.ServersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	b.servers = ByOwner(list)
	b.holds, err = sv.quota.ReadHolds(ctx, tx, ids...)
	return b, err
}

// ByOwner are servers by the ids of their people.
func ByOwner(list []hub.Server) map[int64][]hub.Server {
	by := map[int64][]hub.Server{}
	for _, s := range list {
		by[s.UserID] = append(by[s.UserID], s)
	}
	return by
}

// UserByName implements access.Lookup by what was read.
func (b *Batch) UserByName(_ context.Context, name string) (hub.User, error) {
	u, exists := b.people[name]
	if !exists {
		return u, hub.Errorf(hub.NotFound, "Not Found")
	}
	return u, nil
}

// Server implements access.Lookup by what was read, and decided since.
func (b *Batch) Server(_ context.Context, userID int64, name string) (hub.Server, error) {
	for _, s := range b.servers[userID] {
		if s.Name == name {
			return s, nil
		}
	}
	return hub.Server{}, hub.Errorf(hub.NotFound, "Not Found")
}

// ServersOf gives likewise all servers of people; those that are yet to be made have no ID.
func (b *Batch) ServersOf(_ context.Context, userIDs []int64) (all []hub.Server, err error) {
	for _, id := range userIDs {
		all = append(all, b.servers[id]...)
	}
	return all, nil
}

// Stop decides on a server that is to stop: it is bulk.Stopped or bulk.NotRunning, or the error says why not.
func (b *Batch) Stop(ctx context.Context, row ServerRow) (bulk.Status, error) {
	u, name, err := access.FindUserAndServerName(ctx, b, b.r, row.Username, row.ServerName, "delete:servers")
	if err != nil {
		return "", err
	}
	s, err := access.FindServer(ctx, b, u, name)
	if err != nil {
		return "", err
	}
	if !s.Active() {
		return bulk.NotRunning, nil
	}
	b.stop = append(b.stop, s)
	b.put(stopping(s, b.r, b.now, hub.StopAsked))
	return bulk.Stopped, nil
}

// Start decides on a server that is to start: it is bulk.Started or bulk.Running, or the error says why not.
func (b *Batch) Start(ctx context.Context, row ServerRow) (bulk.Status, error) {
	req := StartRequest{Options: row.Options}
	wanted, err := b.sv.toStart(ctx, b, b.r, row, req, b.now)
	if err != nil {
		return "", err
	}
	s := wanted.Server
	switch s.Phase {
	case hub.Queued, hub.Starting, hub.Waiting, hub.Ready:
		return bulk.Running, nil
	case hub.Stopping:
		return "", errStillStopping(s)
	case hub.Stopped, hub.Failed:
	}
	if err := b.sv.mayStartNow(b.r); err != nil {
		return "", err
	}
	if !b.foreseen {
		if err := b.sv.own.Count(b.r, s.UserID); err != nil {
			return "", err
		}
	}
	was := s.Fence
	if s, err = described(s, req); err != nil {
		return "", err
	}
	if err := b.holds.Start(s, wanted.launch, wanted.groups); err != nil {
		return "", err
	}
	s = queued(s, b.r, b.now)
	b.put(s)
	if s.ID == 0 {
		b.fresh = append(b.fresh, s)
	} else {
		b.begin, b.fences = append(b.begin, s), append(b.fences, was)
	}
	return bulk.Started, nil
}

// put makes what is decided about a server known to the rows that follow.
func (b *Batch) put(s hub.Server) {
	list := b.servers[s.UserID]
	if at := slices.IndexFunc(list, func(x hub.Server) bool { return x.Name == s.Name }); at >= 0 {
		list[at] = s
		return
	}
	b.servers[s.UserID] = append(list, s)
}

// Write writes what was decided: the wishes that servers run, and those that they do not.
func (b *Batch) Write(ctx context.Context, tx data.Tx) error {
	if len(b.fresh)+len(b.begin) > 0 {
		if err := b.queue(ctx, tx); err != nil {
			return err
		}
	}
	if len(b.stop) == 0 {
		return nil
	}
	return StopAll(ctx, tx, b.r, hub.StopAsked, b.stop...)
}

// queue writes the wish that servers run, with their tickets, in a few statements.
func (b *Batch) queue(ctx context.Context, tx data.Tx) error {
	tickets, err := tx.NextTickets(ctx, len(b.fresh)+len(b.begin))
	if err != nil {
		return err
	}
	for i := range b.fresh {
		b.fresh[i].Ticket = tickets[i]
	}
	for i := range b.begin {
		b.begin[i].Ticket = tickets[len(b.fresh)+i]
	}
	made, err := tx.CreateServers(ctx, b.fresh)
	if err != nil {
		return err
	}
	written, err := tx.UpdateServers(ctx, b.begin, b.fences)
	if err != nil {
		return err
	}
	if len(written) != len(b.begin) {
		return hub.Errorf(hub.Conflict, "A server was changed by somebody else. Try again.")
	}
	started := slices.Concat(made, b.begin)
	if err := b.holds.Write(ctx, tx, started); err != nil {
		return err
	}
	events, entries := make([]hub.ServerEvent, len(started)), make([]hub.AuditEntry, len(started))
	for i, s := range started {
		events[i], entries[i] = requestedEvent(s, tx.Now()), b.r.Audit("server.start", "server", s.ID, s.FullName(), nil, nil)
	}
	if err := tx.AddEvents(ctx, events); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}
