package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// HomeTx reads and writes what is known of people's homes.
type HomeTx interface {
	HomeByID(ctx context.Context, id string) (hub.Home, error)
	// HomeOf is the home of a person; hub.NotFound for somebody who has none yet.
	HomeOf(ctx context.Context, userID int64) (hub.Home, error)
	// ListHomes gives those that the query asks for, by ID.
	ListHomes(ctx context.Context, q hub.HomeQuery) ([]hub.Home, error)
	// HomeIDs gives the ids of all homes of a place, in no order.
	HomeIDs(ctx context.Context, place string) ([]string, error)
	// DueHomes gives at most limit homes of a place that it has not noted as they are now,
	// longest first: those to pack or unpack, or the others.
	DueHomes(ctx context.Context, place string, packing bool, limit int) ([]hub.Home, error)
	// CountHomes counts the homes of a place that are nobody's, and people whose home lies
	// elsewhere.
	CountHomes(ctx context.Context, place string) (unowned, elsewhere int, err error)
	// CreateHomes is hub.Conflict where one exists, or a person has one.
	CreateHomes(ctx context.Context, homes ...hub.Home) error
	// LeaveHomes makes the homes of people nobody's.
	LeaveHomes(ctx context.Context, userIDs []int64) error
	// UpdateHome writes all of a home but ID and Created. It is hub.Conflict where
	// its person has another one.
	UpdateHome(ctx context.Context, h hub.Home) error
}
