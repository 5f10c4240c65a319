package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// UserTx reads and writes people.
type UserTx interface {
	UserByID(ctx context.Context, id int64) (hub.User, error)
	// UserByName takes a normalised name.
	UserByName(ctx context.Context, name string) (hub.User, error)
	// UsersByID gives those of the ids that exist, in no order.
	UsersByID(ctx context.Context, ids []int64) ([]hub.User, error)
	// UsersByName gives those of the names that exist, in no order.
	UsersByName(ctx context.Context, names []string) ([]hub.User, error)
	// UsersAfter gives those with the next ids above the one given, in their order, at most
	// as many as said.
	UsersAfter(ctx context.Context, id int64, limit int) ([]hub.User, error)
	// ListUsers gives one part of the list, and how many people the whole has.
	ListUsers(ctx context.Context, q hub.UserQuery) ([]hub.User, int, error)
	// CreateUsers makes people with the names, all or none: hub.Conflict when one
	// exists. It fills in ID and Created, in the order of the names.
	CreateUsers(ctx context.Context, names []string, admin bool) ([]hub.User, error)
	// UpdateUser writes Name, Admin, Suspended and ClaimClosed.
	UpdateUser(ctx context.Context, u hub.User) error
	// OtherAdmin tells whether anybody but these is an administrator who is not suspended
	// and can get in: with a password, a token that may do all, or an identity of one of the
	// providers; or anyway.
	OtherAdmin(ctx context.Context, but []int64, anyway bool, providers []string) (bool, error)
	// CloseClaims sets ClaimClosed of everybody without a password who has a home in the
	// place, or in any where it is empty, and gives the ids of those of whom it was not set.
	CloseClaims(ctx context.Context, place string) ([]int64, error)
	// SuspendUsers sets Suspended.
	SuspendUsers(ctx context.Context, ids []int64) error
	// SetMustChange says of the people's passwords whether they have to be changed; who has none
	// is left out.
	SetMustChange(ctx context.Context, ids []int64, must bool) error
	// EndAttempts moves ChangedAt of the people's passwords on, so that logins which are being
	// checked right now are refused.
	EndAttempts(ctx context.Context, ids []int64) error
	// DeleteUsers removes those of the ids that exist, with all that hangs on them.
	DeleteUsers(ctx context.Context, ids []int64) error
	// Password is hub.NotFound for somebody without one.
	Password(ctx context.Context, userID int64) (hub.Password, error)
	SetPassword(ctx context.Context, userID int64, p hub.Password) error
	// SetPasswords is hub.NotFound where one of the people is gone.
	SetPasswords(ctx context.Context, by map[int64]hub.Password) error
}
