package app_test

import (
	"context"
	"testing"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/tokens"
)

func (f *fixture) declare(services ...bootstrap.DeclaredService) {
	f.t.Helper()
	if err := f.ApplyConfig(f.t.Context(), bootstrap.Declared{Services: services}); err != nil {
		f.t.Fatal(err)
	}
}

// A service that loses its URL at the next start also loses its route and its OAuth
// client, with the tokens that people gave it.
func TestServiceLosesItsClient(t *testing.T) {
	f := newFixture(t, nil)
	var routed mirror.Routed
	f.OnRoutes(func(r mirror.Routed) { routed = r })
	wiki := hub.Service{Name: "wiki", URL: "http://127.0.0.1:9", ClientID: "service-wiki", RedirectURI: "/services/wiki/oauth_callback"}
	f.declare(bootstrap.DeclaredService{Service: wiki, Token: "secret-of-wiki"})
	if len(routed.Services) != 1 || routed.Services[0].Name != "wiki" {
		t.Errorf("routes %+v", routed)
	}
	ann, secret := f.User("ann", false), hub.NewToken()
	f.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{UserID: ann.ID, Hash: hub.HashSecret(secret), Scopes: []string{"read:users:name!user"}, ClientID: "service-wiki"})
		return err
	})
	if !f.works(secret) {
		t.Fatal("the token does not work")
	}
	f.declare(bootstrap.DeclaredService{Service: hub.Service{Name: "wiki"}, Token: "secret-of-wiki"})
	if len(routed.Services) != 0 {
		t.Errorf("routes %+v", routed)
	}
	if f.works(secret) || !f.works("secret-of-wiki") {
		t.Error("the wrong tokens work")
	}
	if _, err := f.OAuthClient(t.Context(), "service-wiki"); !hub.Is(err, hub.NotFound) {
		t.Errorf("its client: %v", err)
	}
	f.declare()
	if f.works("secret-of-wiki") {
		t.Error("the token of a service that is gone works")
	}
}

// A token that is somebody else's is no service's.
func TestServiceTokenIsItsOwn(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	if _, err := f.CreateService(t.Context(), admin, hub.Service{Name: "thief"}, adminToken); !hub.Is(err, hub.Conflict) {
		t.Errorf("the administrator's token: %v", err)
	}
	f.declare(bootstrap.DeclaredService{Service: hub.Service{Name: "wiki", ClientID: "service-wiki", RedirectURI: "/x"}, Token: "secret-of-wiki"})
	if _, err := f.CreateService(t.Context(), admin, hub.Service{Name: "thief", ClientID: "service-wiki", RedirectURI: "/y"}, ""); !hub.Is(err, hub.Conflict) {
		t.Errorf("another service's client: %v", err)
	}
	if _, err := f.GetService(t.Context(), admin, "thief"); !hub.Is(err, hub.NotFound) {
		t.Errorf("half of it is there: %v", err)
	}
}

// The administrator's former token may have become a service's: then it is not theirs to
// take away, and no other token that happens to have its number is.
func TestFormerAdminTokenOfAService(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	views, _, err := f.ListTokens(t.Context(), admin, "admin", 0, 0)
	if err != nil || len(views) != 1 {
		t.Fatal(views, err)
	}
	f.create("ada")
	if err := f.DeleteToken(t.Context(), admin, "admin", tokens.TokenID(views[0].Token)); err != nil {
		t.Fatal(err)
	}
	f.declare(bootstrap.DeclaredService{Service: hub.Service{Name: "wiki"}, Token: adminToken})
	f.apply(adminPassword, "another-token")
	if !f.works("another-token") || !f.works(adminToken) {
		t.Error("the wrong tokens work")
	}
}
