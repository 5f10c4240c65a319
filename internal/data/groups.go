package data

import (
	"context"
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// GroupTx reads and writes groups and their members.
type GroupTx interface {
	GroupByName(ctx context.Context, name string) (hub.Group, error)
	// ListGroups gives the part of the list that the query asks for, and how many groups the
	// whole has.
	ListGroups(ctx context.Context, q hub.GroupQuery) ([]hub.Group, int, error)
	// GroupsNamed gives those of the names that exist, in no order and without Users: what that
	// costs does not grow with their members.
	GroupsNamed(ctx context.Context, names []string) ([]hub.Group, error)
	// GroupInBrief is of one of them what GroupsNamed gives; hub.NotFound where it is gone.
	GroupInBrief(ctx context.Context, id int64) (hub.Group, error)
	CreateGroup(ctx context.Context, name string) (hub.Group, error)
	// RenameGroup is hub.Conflict where another group has the name. What hangs on the group
	// stays; scopes that name it do not follow.
	RenameGroup(ctx context.Context, id int64, name string) error
	// GroupInScopes tells whether a token, a role made here, a client of OAuth or a service is limited to the
	// group by its name.
	GroupInScopes(ctx context.Context, name string) (bool, error)
	DeleteGroup(ctx context.Context, id int64) error
	SetGroupProperties(ctx context.Context, id int64, properties json.RawMessage) error
	// AddMembers ignores those who are in it already.
	AddMembers(ctx context.Context, groupID int64, userIDs []int64) error
	RemoveMembers(ctx context.Context, groupID int64, userIDs []int64) error
}
