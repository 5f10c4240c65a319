package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// OAuthTx reads and writes OAuth clients and codes.
type OAuthTx interface {
	OAuthClient(ctx context.Context, id string) (hub.OAuthClient, error)
	// PutOAuthClient makes or replaces a client by its ID: hub.Conflict for one of
	// another server or service.
	PutOAuthClient(ctx context.Context, c hub.OAuthClient) error
	// DeleteOAuthClient also deletes its codes and tokens, and gives the tokens' hashes.
	DeleteOAuthClient(ctx context.Context, id string) ([]string, error)
	CreateOAuthCode(ctx context.Context, c hub.OAuthCode) error
	// TrimOAuthCodes deletes a person's codes, used ones too, but those keep that are good
	// for longest.
	TrimOAuthCodes(ctx context.Context, userID int64, keep int) error
	// OAuthCode finds a code, used ones too.
	OAuthCode(ctx context.Context, hash string) (hub.OAuthCode, error)
	// UseOAuthCode marks a code as exchanged for the token; false when it had been
	// already.
	UseOAuthCode(ctx context.Context, hash string, tokenID int64) (bool, error)
}
