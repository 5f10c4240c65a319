package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// MadeRoleTx reads and writes the roles that are made while the hub runs, and who has them. What the configuration
// says of roles is RoleTx's.
type MadeRoleTx interface {
	// MadeRoles is by name.
	MadeRoles(ctx context.Context) ([]hub.MadeRole, error)
	CreateMadeRole(ctx context.Context, r hub.MadeRole) error
	// UpdateMadeRole writes what the role of the name says.
	UpdateMadeRole(ctx context.Context, r hub.MadeRole) error
	// DeleteMadeRole takes it from everybody, too.
	DeleteMadeRole(ctx context.Context, name string) error
	// GivenRoles says who has which, by role, person and group: at most limit.
	GivenRoles(ctx context.Context, limit int) ([]hub.GivenRole, error)
	// GiveRole is hub.Conflict where they have it already.
	GiveRole(ctx context.Context, g hub.GivenRole) error
	// TakeRole is hub.NotFound where they do not have it.
	TakeRole(ctx context.Context, g hub.GivenRole) error
}
