package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Leases is where replicas keep their leases: one row each, written apart from
// transactions and over a connection of its own, so that neither bulk work nor a crowd of
// requests keeps a renewal waiting.
type Leases interface {
	// RenewLease writes that the replica lives for so long from now on, by the database's
	// time, and gives all replicas, by ID.
	RenewLease(ctx context.Context, r hub.Replica, lease time.Duration) ([]hub.Replica, error)
}

// ReplicaTx knows the replicas and what they drive.
type ReplicaTx interface {
	// ListReplicas gives all of them, by ID.
	ListReplicas(ctx context.Context) ([]hub.Replica, error)
	// DeleteReplicas removes those of the node (empty: none), and those whose lease ended
	// before the time.
	DeleteReplicas(ctx context.Context, node string, before time.Time) error
	// EndLease ends the replica's lease now. It is no error where it has none.
	EndLease(ctx context.Context, id string) error
	// TakeServers makes the replica the owner of the servers of the owners given, as far as
	// it can drive them (they are on its node, or on none) and their owners' leases are
	// over, and says how many those are.
	TakeServers(ctx context.Context, by hub.Replica, owners []string) (int, error)
	// MarkDriven notes that owner drives its servers still, now, where that was noted
	// before the time. Versions before leases of replicas read this alone.
	MarkDriven(ctx context.Context, owner string, before time.Time) error
}
