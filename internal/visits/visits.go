package visits

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/mirror"
)

const (
	// gap is how long after the last request a visit is over: JupyterLab asks its server for something every few seconds,
	// a notebook that only computes may be silent for longer.
	gap = 5 * time.Minute
	// stride is how much later a visit has to end before that is written.
	stride = time.Minute
	// patience bounds how long the first request of a visit waits until that is written.
	patience = 5 * time.Second
)

// Visits takes down who is in somebody else's server. Make it with New.
type Visits struct {
	store     data.Store
	directory *mirror.Directory
	clock     hub.Clock
	going     sync.Map // of *visit by whose: what was entered by way of this hub
	shown     shown
}

// whose is a visitor in a server.
type whose struct{ visitorID, serverID int64 }

// visit is one that began, or goes on, by way of this hub.
type visit struct {
	turn    chan struct{} // holds a token while nobody writes it
	last    atomic.Int64  // the last request, in microseconds; 0: it was not written yet
	written atomic.Int64  // the last request of which the database knows
}

// New makes Visits.
func New(store data.Store, directory *mirror.Directory, clock hub.Clock) *Visits {
	v := &Visits{store: store, directory: directory, clock: clock}
	v.shown = shown{store: store, clock: clock, elapsed: hub.NewElapsed()}
	return v
}

// Enter is told of a request to a server of the owner's by somebody else who may use it, before it is sent there. If it
// fails, it must not be sent: nobody enters without being taken down. Services are no visitors.
func (v *Visits) Enter(ctx context.Context, c access.Credential, ownerID, serverID int64, from func() string) error {
	if c.UserID == 0 {
		return nil
	}
	key, now := whose{c.UserID, serverID}, v.clock().UnixMicro()
	if known, ok := v.going.Load(key); ok && known.(*visit).goesOn(now) {
		return nil
	}
	s, invited, err := v.look(ctx, c, ownerID, serverID)
	if err != nil || invited {
		return hub.IgnoreNotFound(err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fresh := &visit{turn: make(chan struct{}, 1)}
	fresh.turn <- struct{}{}
	known, _ := v.going.LoadOrStore(key, fresh)
	at := known.(*visit)
	select { // a page asks for many things at once
	case <-at.turn:
		defer func() { at.turn <- struct{}{} }()
	case <-ctx.Done():
		return hub.Wrap(hub.Unavailable, ctx.Err(), "Your visit cannot be written down right now. Try again in a moment.")
	}
	if at.goesOn(now) {
		return nil
	}
	if err := v.begin(ctx, c, s, from); err != nil {
		v.going.CompareAndDelete(key, at)
		return hub.IgnoreNotFound(err)
	}
	at.written.Store(now)
	at.last.Store(now)
	v.shown.forget()
	return nil
}

// goesOn notes a request; false where the visit has to be written first.
func (at *visit) goesOn(now int64) bool {
	last := at.last.Load()
	if last == 0 || now-last >= gap.Microseconds() {
		return false
	}
	at.last.Store(now)
	return true
}

// look finds the server, and whether its owner has shared it with the visitor. It reads memory.
func (v *Visits) look(ctx context.Context, c access.Credential, ownerID, serverID int64) (s hub.Server, invited bool, err error) {
	owner, err := v.directory.ByID(ctx, ownerID)
	if err != nil {
		return s, false, err
	}
	at := slices.IndexFunc(owner.Servers, func(s hub.Server) bool { return s.ID == serverID })
	if at < 0 {
		return s, false, hub.Errorf(hub.NotFound, "Not Found")
	}
	s = owner.Servers[at]
	visitor, err := v.directory.ByID(ctx, c.UserID)
	if err != nil {
		return s, false, err
	}
	shared := string(scopes.Of(access.ServersScope, scopes.Server(owner.Name, s.Name)))
	return s, slices.Contains(visitor.Shared, shared), nil
}

// begin writes down that somebody is there, and if they were not before, that they came.
func (v *Visits) begin(ctx context.Context, c access.Credential, s hub.Server, from func() string) error {
	return v.store.Update(ctx, func(tx data.Tx) error {
		now := tx.Now()
		began, err := tx.EnterServer(ctx, hub.Visit{ServerID: s.ID, UserID: c.UserID, Since: now, Expires: now.Add(gap)})
		if err != nil || !began {
			return err
		}
		r := c.Requester()
		r.Address = from()
		return tx.AddAudit(ctx, r.Audit("server.visit", "server", s.ID, s.FullName(), nil, nil))
	})
}

// FlushVisits writes which visits still go on, and forgets those that are over.
func (v *Visits) FlushVisits(ctx context.Context) error {
	now := v.clock().UnixMicro()
	var later []hub.Visit
	var moved []*visit
	v.going.Range(func(k, x any) bool {
		key, at := k.(whose), x.(*visit)
		last := at.last.Load()
		switch {
		case last != 0 && now-last >= gap.Microseconds():
			v.going.Delete(key)
		case last-at.written.Load() >= stride.Microseconds():
			later = append(later, hub.Visit{ServerID: key.serverID, UserID: key.visitorID, Expires: time.UnixMicro(last).Add(gap)})
			moved = append(moved, at)
		}
		return true
	})
	if len(later) == 0 {
		return nil
	}
	err := v.store.Update(ctx, func(tx data.Tx) error { return tx.ExtendVisits(ctx, later) })
	if err == nil {
		for i, at := range moved {
			at.written.Store(later[i].Expires.Add(-gap).UnixMicro())
		}
	}
	return err
}
