// Package replica is a running process of the hub as the others on the same database see
// it: an id of its own, and a lease that says until when it may drive servers.
//
// The lease is one small row, renewed apart from everything else. The database's clock says
// whether it holds, so that the replicas' own clocks decide nothing. The replica itself
// counts from before its last renewal was sent, and stops acting a margin before the others
// may act in its place. Its servers stay its own until somebody takes them.
package replica

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// SharedLease is how long a replica that is gone keeps its servers, where others share
	// its database: so long may it stay silent before it is taken for gone.
	SharedLease = 4 * time.Second
	// AloneLease is the same where no other process can have the database: there is nobody
	// to take over, and the row is written once a minute.
	AloneLease = 10 * time.Minute
	// keptFor is how long a replica is remembered that is gone: servers on its node are
	// given up by when it was last there.
	keptFor = 24 * time.Hour
	// joinPatience is how long a hub that starts waits for its first lease.
	joinPatience = 15 * time.Second
	// late is how long after the end of a lease it is looked who is gone: this replica's
	// measure of the database's time is not exact.
	late = 20 * time.Millisecond
)

// Options make a Lease.
type Options struct {
	Store   data.Store
	Node    string // of the driver; empty where any replica can drive servers
	Version string
	Alone   bool          // no other process can have the database, so that whoever had it before is dead
	Lease   time.Duration // 0: SharedLease or AloneLease
	Every   time.Duration // how often it is renewed. 0: a quarter of Lease, or a tenth with Alone
	Elapsed hub.Elapsed   // nil counts from New
	Logger  *slog.Logger
}

// Lease is this process's right to drive servers. It implements reconcile.Lease and is safe
// for concurrent use.
type Lease struct {
	Options
	self   hub.Replica
	looked bool
	former map[string]time.Time // ends of the leases of the node's former replicas, as Look found them

	mu     sync.Mutex
	until  time.Duration // by Elapsed, when this replica stops acting
	term   context.Context
	cancel context.CancelFunc // ends term; nil: there is none
	lapse  *time.Timer        // at until
	peers  map[string]peer
	gone   func()
	ran    bool // it held before, so that people are told when it does again
}

// peer is another replica as it was last seen.
type peer struct {
	hub.Replica
	seen  time.Duration // when LeaseUntil was first seen as it is
	until time.Duration // when that will be
}

// dead tells whether its lease is over, and was not renewed for a while.
func (p peer) dead(now, silence time.Duration) bool { return now >= p.until && now-p.seen >= silence }

// New makes a Lease that does not hold yet, with a random id.
func New(o Options) *Lease {
	if o.Lease <= 0 {
		o.Lease = SharedLease
		if o.Alone {
			o.Lease = AloneLease
		}
	}
	if o.Every <= 0 {
		o.Every = o.Lease / 4
		if o.Alone {
			o.Every = o.Lease / 10
		}
	}
	if o.Elapsed == nil {
		o.Elapsed = hub.NewElapsed()
	}
	return &Lease{Options: o, gone: func() {}, self: hub.Replica{ID: rand.Text(), Node: o.Node, Version: o.Version}, peers: map[string]peer{}}
}

// ID is the id of this replica.
func (l *Lease) ID() string { return l.self.ID }

// Look makes sure that no other hub with this node-id lives. A hub that starts calls it before
// it writes anything: one that is refused must have changed nothing for the one that lives.
// This process has the lock of the data directory, but that may be a copy: where the lease of a
// former replica of the node holds, it is looked for twice Options.Every whether it is renewed.
// If so, the error is a hub.Conflict.
func (l *Lease) Look(ctx context.Context) (err error) {
	l.looked = true
	if l.former, err = l.liveOnes(ctx); err != nil || len(l.former) == 0 {
		return err
	}
	l.Logger.InfoContext(ctx, "looking whether another hub with this node-id lives", "for", 2*l.Every)
	if err := hub.Sleep(ctx, 2*l.Every); err != nil {
		return err
	}
	return l.Store.View(ctx, func(tx data.Tx) error { return l.refuseTwin(ctx, tx) })
}

// Join takes the lease for the first time, after Look, which it calls where nobody has. Former
// replicas of the same node are dead then: their servers can be taken at once. Where another
// hub with this node-id has begun since Look, the error is a hub.Conflict as well.
func (l *Lease) Join(ctx context.Context) error {
	if !l.looked {
		if err := l.Look(ctx); err != nil {
			return err
		}
	}
	if err := l.Store.Update(ctx, func(tx data.Tx) error {
		if err := l.refuseTwin(ctx, tx); err != nil {
			return err
		}
		l.self.Started = tx.Now()
		gone := tx.Now().Add(-keptFor)
		if l.Alone {
			gone = tx.Now().Add(keptFor) // all
		}
		return tx.DeleteReplicas(ctx, l.Node, gone)
	}); err != nil {
		return err
	}
	return l.renew(ctx, joinPatience)
}

// liveOnes gives the ends of the leases of the node's replicas that may live, by their ids:
// none where no other process can have the database.
func (l *Lease) liveOnes(ctx context.Context) (ends map[string]time.Time, err error) {
	if l.Alone || l.Node == "" {
		return nil, nil
	}
	return ends, l.Store.View(ctx, func(tx data.Tx) error {
		ends, err = l.sameNode(ctx, tx)
		return err
	})
}

func (l *Lease) sameNode(ctx context.Context, tx data.Tx) (map[string]time.Time, error) {
	all, err := tx.ListReplicas(ctx)
	if err != nil {
		return nil, err
	}
	ends := map[string]time.Time{}
	for _, r := range all {
		if r.Node == l.Node && r.Alive {
			ends[r.ID] = r.LeaseUntil
		}
	}
	return ends, nil
}

// refuseTwin returns an error where a replica of the same node has renewed its lease since
// Look read them, or has come since.
func (l *Lease) refuseTwin(ctx context.Context, tx data.Tx) error {
	if l.Alone || l.Node == "" {
		return nil
	}
	now, err := l.sameNode(ctx, tx)
	if err != nil {
		return err
	}
	for id, until := range now {
		if !until.Equal(l.former[id]) {
			return hub.Errorf(hub.Conflict, "Another hub with the same node-id (%s) runs on this database: one data directory is a copy of the other. "+
				"Delete the file node-id in the copy, which then gets a fresh one at its next start.", l.Node)
		}
	}
	return nil
}

// Run renews the lease until ctx ends, and then lets go of what it holds.
func (l *Lease) Run(ctx context.Context) {
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	defer l.drop()
	for {
		end := time.NewTimer(l.nextEnd())
		select {
		case <-ctx.Done():
			end.Stop()
			return
		case <-end.C:
			l.tellGone()
			continue
		case <-tick.C:
			end.Stop()
		}
		if err := l.renew(ctx, l.Lease/3); err != nil && ctx.Err() == nil {
			l.Logger.WarnContext(ctx, "cannot renew this hub's lease on its servers", "error", err)
		}
	}
}

// OnGone calls fn when the lease of another replica is over.
func (l *Lease) OnGone(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = fn
}

func (l *Lease) tellGone() {
	l.mu.Lock()
	fn := l.gone
	l.mu.Unlock()
	fn()
}

// nextEnd is how long it is until the lease of a replica ends that is not renewed, or the
// next renewal.
func (l *Lease) nextEnd() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, now := 2*l.Every, l.Elapsed()
	for _, p := range l.peers {
		if left := p.until + late - now; left > 0 {
			next = min(next, left)
		}
	}
	return next
}

// Leave ends the lease, so that others need not wait for its end. Nothing may be done under
// it any more.
func (l *Lease) Leave(ctx context.Context) error {
	l.drop()
	return l.Store.Update(ctx, func(tx data.Tx) error { return tx.EndLease(ctx, l.self.ID) })
}

// Term is a context that ends when the lease does, and whether it holds now.
func (l *Lease) Term() (context.Context, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term, l.cancel != nil && l.Elapsed() < l.until
}

// Lives tells whether another replica lives, or may: its lease holds, or was renewed a
// moment ago. The database's clock alone is not believed, since it may have been set.
func (l *Lease) Lives(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.peers[id]
	return ok && !p.dead(l.Elapsed(), 2*l.Every)
}

// NodeLives tells whether another replica on the node lives, or may.
func (l *Lease) NodeLives(node string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.peers {
		if p.Node == node && !p.dead(l.Elapsed(), 2*l.Every) {
			return true
		}
	}
	return false
}

// renew renews the lease and looks who else is there.
func (l *Lease) renew(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sent := l.Elapsed()
	all, err := l.Store.RenewLease(ctx, l.self, l.Lease)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.meet(all, sent)
	l.hold(sent + l.Lease - l.margin())
	return nil
}

// margin is how long before the end of the lease this replica stops acting: what it has
// begun must be over when another one begins.
func (l *Lease) margin() time.Duration { return l.Lease / 4 }

// meet notes the other replicas. l.mu is held.
func (l *Lease) meet(all []hub.Replica, sent time.Duration) {
	before, now := l.peers, l.Elapsed()
	if l.cancel == nil {
		before = nil // whether they were silent meanwhile, this replica cannot tell
	}
	l.peers = make(map[string]peer, len(all))
	at := slices.IndexFunc(all, func(r hub.Replica) bool { return r.ID == l.self.ID })
	for i, r := range all {
		if i == at {
			continue
		}
		p := peer{r, now, now}
		if at >= 0 && r.Alive { // its lease ends as much earlier than this one's
			p.until = sent + l.Lease - all[at].LeaseUntil.Sub(r.LeaseUntil)
		}
		if old, ok := before[r.ID]; ok && old.LeaseUntil.Equal(r.LeaseUntil) {
			p.seen = old.seen
		}
		l.peers[r.ID] = p
	}
}

// hold moves the end of the term, or begins one where the last has ended. l.mu is held.
func (l *Lease) hold(until time.Duration) {
	left := until - l.Elapsed()
	if left <= 0 {
		return // it took too long to come back
	}
	l.until = until
	if l.cancel == nil {
		l.term, l.cancel = context.WithCancel(context.Background())
		l.lapse = time.AfterFunc(left, l.expire)
		if l.ran {
			l.Logger.Info("this hub has its lease on servers again")
		}
		l.ran = true
		return
	}
	l.lapse.Reset(left)
}

// expire ends the term when its time is over.
func (l *Lease) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel == nil {
		return
	}
	if left := l.until - l.Elapsed(); left > 0 { // it was renewed meanwhile
		l.lapse.Reset(left)
		return
	}
	l.cancel()
	l.cancel = nil
	l.Logger.Warn("this hub's lease on its servers has run out, since it could not be renewed: nothing is done for them until it can be")
}

// drop ends the term.
func (l *Lease) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		l.lapse.Stop()
		l.cancel()
		l.cancel = nil
	}
}
