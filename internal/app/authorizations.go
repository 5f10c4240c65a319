package app

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/services"
	"github.com/atriumhub/atrium/internal/tokens"
)

// passwordTokenNote is JupyterHub's note of a token that was got for a password.
const passwordTokenNote = "Requested via deprecated api" //nolint:gosec // a note, no secret

// TokenByPassword gives a token for a name and password, as JupyterHub before 2.0
// did; hub.NotFound where that is turned off. No session is opened. The token may do
// what its owner may, for as long as the configuration says.
func (a *App) TokenByPassword(ctx context.Context, name, password string, from login.Browser) (tokens.TokenView, access.UserView, error) {
	if !a.cfg.PasswordTokens {
		return tokens.TokenView{}, access.UserView{}, hub.Errorf(hub.NotFound,
			"Tokens for passwords are turned off here. Use POST /hub/api/users/{name}/tokens, or make a token at /hub/token.")
	}
	r, err := a.RequesterByPassword(ctx, name, password, from, true)
	if err != nil {
		return tokens.TokenView{}, access.UserView{}, err
	}
	token, err := a.CreateToken(ctx, &r, r.User.Name, tokens.TokenRequest{
		Note: passwordTokenNote, ExpiresIn: a.cfg.PasswordTokenAge, ByPassword: true,
	})
	if err != nil {
		return tokens.TokenView{}, access.UserView{}, err
	}
	v, err := a.ViewOf(ctx, &r, r.User.ID)
	return token, v, err
}

// TokenOwner is whose a token is, as JupyterHub's deprecated
// GET /authorizations/token/{token} tells whoever has a token themselves: the owner's
// name and groups at least. One of the two is set.
func (a *App) TokenOwner(ctx context.Context, r *access.Requester, secret string) (*access.UserView, *services.ServiceView, error) {
	if r.Token == nil {
		return nil, nil, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	owner, err := a.identities.TokenRequester(ctx, secret)
	switch {
	case hub.Is(err, hub.Unauthenticated):
		return nil, nil, hub.Errorf(hub.NotFound, "Not Found")
	case err != nil:
		return nil, nil, err
	}
	if owner.IsService() {
		v := a.ServiceView(r, owner.Service)
		return nil, &v, nil
	}
	v, err := a.ViewOf(ctx, r, owner.User.ID)
	v.Fields.Name, v.Fields.Groups = true, true
	return &v, nil, err
}

// CookieOwner is whose login a cookie is, as JupyterHub's deprecated
// GET /authorizations/cookie tells whoever has a token: as much as they may read.
func (a *App) CookieOwner(ctx context.Context, r *access.Requester, value string) (v access.UserView, err error) {
	if r.Token == nil {
		return v, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	err = a.store.View(ctx, func(tx data.Tx) error {
		s, err := tx.SessionByLogin(ctx, hub.HashSecret(value))
		if err != nil {
			return err
		}
		if !tx.Now().Before(s.Expires) {
			return hub.Errorf(hub.NotFound, "Not Found")
		}
		u, err := tx.UserByID(ctx, s.UserID)
		if err != nil {
			return err
		}
		servers, err := tx.ServersOf(ctx, []int64{u.ID})
		v = a.View(r, a.activity.OfUser(u), servers)
		if err == nil && (u.Suspended || !v.Fields.Any()) {
			return hub.Errorf(hub.NotFound, "Not Found")
		}
		return err
	})
	return v, err
}

// AdminAccess is JupyterHub's deprecated right to enter others' servers, which
// access:servers has taken the place of: nobody has it.
func (a *App) AdminAccess(ctx context.Context, r *access.Requester, name string) error {
	if err := a.MayUser(ctx, r, name, "servers"); err != nil {
		return err
	}
	return hub.Errorf(hub.Forbidden, "admin access to user servers disabled")
}

// Shutdown records that the requester ends the hub.
func (a *App) Shutdown(ctx context.Context, r *access.Requester, stopServers *bool) error {
	if err := r.Need("shutdown"); err != nil {
		return err
	}
	detail := map[string]any{}
	if stopServers != nil {
		detail["servers"] = *stopServers
	}
	return a.store.Update(ctx, func(tx data.Tx) error {
		return tx.AddAudit(ctx, r.Audit("hub.shutdown", "hub", 0, "atrium", nil, detail))
	})
}
