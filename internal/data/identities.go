package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// IdentityTx keeps who people are to the providers that log them in.
type IdentityTx interface {
	// Identity finds what a provider's subject is bound to.
	Identity(ctx context.Context, provider, subject string) (hub.Identity, error)
	// IdentitiesOf lists a person's, by provider and subject.
	IdentitiesOf(ctx context.Context, userID int64) ([]hub.Identity, error)
	// BindIdentity is hub.Conflict where the provider's subject is bound already.
	BindIdentity(ctx context.Context, i hub.Identity) error
	// RenameIdentity keeps the name that the provider says now.
	RenameIdentity(ctx context.Context, provider, subject, name string) error
}
