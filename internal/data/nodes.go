package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// NodeTx knows the machines that run servers.
type NodeTx interface {
	// SeeNode notes that a node lives, now.
	SeeNode(ctx context.Context, n hub.Node) error
	// ListNodes is all of them, by ID, also those that are known from their servers alone.
	ListNodes(ctx context.Context) ([]hub.Node, error)
	// ServersOn lists the servers on record as being on a node, by ID.
	ServersOn(ctx context.Context, node string) ([]hub.Server, error)
	DeleteNode(ctx context.Context, id string) error
	// RaiseIDs sees to it that people and servers made from now on get higher ids.
	RaiseIDs(ctx context.Context, user, server int64) error
}
