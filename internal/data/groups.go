package data

import (
	"context"
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// GroupTx reads and writes groups and their members.
type GroupTx interface {
	GroupByName(ctx context.Context, name string) (hub.Group, error)
	// ListGroups is in the order of making. names nil: all of them. limit 0: no limit.
	ListGroups(ctx context.Context, names []string, offset, limit int) ([]hub.Group, int, error)
	// GroupsNamed gives those of the names that exist, in no order and without Users: what that
	// costs does not grow with their members.
	GroupsNamed(ctx context.Context, names []string) ([]hub.Group, error)
	CreateGroup(ctx context.Context, name string) (hub.Group, error)
	DeleteGroup(ctx context.Context, id int64) error
	SetGroupProperties(ctx context.Context, id int64, properties json.RawMessage) error
	// AddMembers ignores those who are in it already.
	AddMembers(ctx context.Context, groupID int64, userIDs []int64) error
	RemoveMembers(ctx context.Context, groupID int64, userIDs []int64) error
}
