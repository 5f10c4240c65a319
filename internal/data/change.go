package data

import (
	"context"
	"fmt"
	"time"
)

// Change says that something changed, so that caches, routes and open
// connections follow. It holds ids and hashes only, never secrets.
type Change struct {
	Kind   ChangeKind
	ID     int64  // of the user, group, server or service
	UserID int64  // whose server, token, session or home it is; 0: nobody's, or a service's
	Key    string // the id of a session or home, a token's hash, or a group's name where it was at hand
}

// ChangeKind names what changed.
type ChangeKind string

// What can change.
const (
	UserChanged    ChangeKind = "user"    // rights, groups, suspension, name; or deleted
	GroupChanged   ChangeKind = "group"   // made, its properties or roles, or deleted; its members are noted by themselves
	ServiceChanged ChangeKind = "service" // made, changed, deleted, or given a token
	ServerChanged  ChangeKind = "server"  // phase, wish or address
	HomeChanged    ChangeKind = "home"    // whose it is, or what is to be done with it
	ServerDoubted  ChangeKind = "doubt"   // nothing, maybe: whoever drives the server shall look whether it runs
	TokenRevoked   ChangeKind = "token"   // Key is its hash
	SessionRevoked ChangeKind = "session" // Key is its id
	Resync         ChangeKind = "resync"  // changes may have been missed: forget all that is cached
)

// Position is a place among the noted changes, after the one that it is of. It can be
// compared for equality alone; how positions follow each other knows the Store.
type Position struct {
	Tx int64 // of the transaction, where the engine has several at a time; else 0
	ID int64 // of the change
}

// String is the position as errors and logs show it.
func (p Position) String() string { return fmt.Sprintf("%d-%d", p.Tx, p.ID) }

// Noted is a change as it was kept by the transaction that made it.
type Noted struct {
	Position
	At     time.Time
	Origin string // of the process that made it; see Store.Origin
	Change
	// Before and After are the names of the groups that a person was in before the
	// transaction and is in after it, sorted, or of a group its name; nil where they did
	// not change.
	Before, After []string
}

// ChangeTx reads what was noted, in a View: each change is there from the commit of what
// was changed on, for ChangesKept at least.
type ChangeTx interface {
	// ChangePosition is the place from which on to read for all that this transaction
	// does not see.
	ChangePosition(ctx context.Context) (Position, error)
	// ChangesSince gives at most limit changes after a position, in their order, in which
	// none comes later than one that was read. Where transactions last long, it goes only
	// as far as the oldest of those that write. It is hub.NotFound where some after the
	// position are kept no more.
	ChangesSince(ctx context.Context, after Position, limit int) ([]Noted, error)
	// ChangesAhead gives at most limit of the changes that are committed, and that
	// ChangesSince does not give yet, with an ID above after, by ID. Others with a lower ID
	// may come later.
	ChangesAhead(ctx context.Context, after int64, limit int) ([]Noted, error)
}

// ChangesKept is for how long the Store keeps changes.
const ChangesKept = time.Hour

// Bus carries changes to whoever keeps something in memory.
type Bus interface {
	Publish(ctx context.Context, changes ...Change)
	// Subscribe calls fn with the changes from now on, in order, all that have come since
	// the call before, from one goroutine, until ctx ends. A subscriber that falls behind
	// gets a Resync.
	Subscribe(ctx context.Context, name string, fn func([]Change))
}
