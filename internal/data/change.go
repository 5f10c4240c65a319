package data

import (
	"context"
)

// Change says that something changed, so that caches, routes and open
// connections follow. It holds ids and hashes only, never secrets.
type Change struct {
	Kind   ChangeKind
	ID     int64  // of the user, server or service
	UserID int64  // whose server, token or session it is
	Key    string // a session's id, or a token's hash
	Told   bool   // this process's App knows it already; it does not travel
}

// ChangeKind names what changed.
type ChangeKind string

// What can change.
const (
	UserChanged    ChangeKind = "user"    // rights, groups, suspension, name; or deleted
	ServiceChanged ChangeKind = "service" // made, changed or deleted
	ServerChanged  ChangeKind = "server"  // phase, wish or address
	HomeChanged    ChangeKind = "home"    // whose it is, or what is to be done with it
	ServerDoubted  ChangeKind = "doubt"   // nothing, maybe: whoever drives the server shall look whether it runs
	TokenRevoked   ChangeKind = "token"   // Key is its hash
	SessionRevoked ChangeKind = "session" // Key is its id
	Resync         ChangeKind = "resync"  // changes may have been missed: forget all that is cached
)

// Bus carries changes to whoever keeps something in memory.
type Bus interface {
	Publish(ctx context.Context, changes ...Change)
	// Subscribe calls fn with every change from now on, in order, from one
	// goroutine, until ctx ends. A subscriber that falls behind gets a Resync.
	Subscribe(ctx context.Context, name string, fn func(Change))
}
