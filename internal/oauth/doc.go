// Package oauth is the protocol of the OAuth2 provider that notebook servers log
// people in through: the authorization code grant of RFC 6749 with PKCE (RFC 7636),
// as JupyterHub 6.1.1 speaks it. It checks and words requests and answers; what is
// granted is decided by the use cases behind [Grants].
package oauth

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Grants is what the provider asks the use cases for.
type Grants interface {
	// Rights says what scopes and roles there are.
	Rights() *access.Rights
	// OAuthClient is hub.NotFound for a client that is unknown.
	OAuthClient(ctx context.Context, id string) (hub.OAuthClient, error)
	// OAuthGrant is what the client would get; asked empty is all that it may have. It
	// fails with tokens.ErrInvalidScope for more than that.
	OAuthGrant(ctx context.Context, r *access.Requester, c hub.OAuthClient, asked []string) (tokens.Grant, error)
	IssueCode(ctx context.Context, r *access.Requester, g tokens.Grant, req tokens.CodeRequest) (string, error)
	// ExchangeCode fails with tokens.ErrInvalidClient and tokens.ErrInvalidGrant.
	ExchangeCode(ctx context.Context, x tokens.Exchange) (tokens.Exchanged, error)
}

// Provider answers the two endpoints. It keeps nothing; make it with New.
type Provider struct{ grants Grants }

// New makes a provider.
func New(g Grants) *Provider { return &Provider{grants: g} }
