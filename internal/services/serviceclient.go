package services

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// DropService deletes a service and ends what its tokens opened.
func DropService(ctx context.Context, tx data.Tx, v hub.Service) error {
	_, err := tx.DeleteService(ctx, v.ID)
	return err
}

// GiveServiceToken makes a token by which a service may do all that it may.
func GiveServiceToken(ctx context.Context, tx data.Tx, v hub.Service, secret, note string) error {
	// Looked up first: a failed statement would lose the transaction.
	if _, err := tx.TokenByHash(ctx, hub.HashSecret(secret)); err == nil {
		return hub.Errorf(hub.Conflict, "The token of the service %s is somebody else's already. Give each its own.", v.Name)
	} else if !hub.Is(err, hub.NotFound) {
		return err
	}
	_, err := tx.CreateToken(ctx, hub.Token{
		ServiceID: v.ID, Hash: hub.HashSecret(secret), Note: note, Scopes: []string{scopes.Inherit},
	})
	return err
}

// PutServiceClient keeps the OAuth client of a service that has one; its secret is
// the service's token, as in JupyterHub. Without a token, the client's secret stays.
func PutServiceClient(ctx context.Context, tx data.Tx, v hub.Service, secret string) error {
	if v.ClientID == "" {
		return nil
	}
	c, err := tx.OAuthClient(ctx, v.ClientID)
	switch {
	case err != nil && !hub.Is(err, hub.NotFound):
		return err
	case err == nil && c.ServiceID != v.ID:
		return hub.Errorf(hub.Conflict, "The OAuth client %s is somebody else's already. Give the service %s another oauth_client_id.", v.ClientID, v.Name)
	}
	if secret != "" {
		c.SecretHash = hub.HashSecret(secret)
	}
	c.ID, c.ServiceID, c.RedirectURI, c.AllowedScopes = v.ClientID, v.ID, v.RedirectURI, v.AllowedScopes
	c.Description = "Service " + v.Name
	return tx.PutOAuthClient(ctx, c)
}
