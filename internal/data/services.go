package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// ServiceTx reads and writes services.
type ServiceTx interface {
	ServiceByID(ctx context.Context, id int64) (hub.Service, error)
	ServiceByName(ctx context.Context, name string) (hub.Service, error)
	// ListServices is in the order of making.
	ListServices(ctx context.Context) ([]hub.Service, error)
	// CreateService fills in ID.
	CreateService(ctx context.Context, s hub.Service) (hub.Service, error)
	// UpdateService writes all of s but its roles.
	UpdateService(ctx context.Context, s hub.Service) error
	// DeleteService takes its tokens and its OAuth client with it, and gives the
	// hashes of the tokens, people's too.
	DeleteService(ctx context.Context, id int64) ([]string, error)
	// TokensOfService lists a service's own tokens by ID.
	TokensOfService(ctx context.Context, serviceID int64) ([]hub.Token, error)
	DeleteServiceToken(ctx context.Context, hash string) error
	DeleteTokensOfService(ctx context.Context, serviceID int64) ([]string, error)
}
