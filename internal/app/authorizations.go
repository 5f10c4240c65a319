package app

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// passwordTokenNote is JupyterHub's note of a token that was got for a password.
const passwordTokenNote = "Requested via deprecated api" //nolint:gosec // a note, no secret

// TokenByPassword gives a token for a name and password, as JupyterHub before 2.0
// did; hub.NotFound where that is turned off. No session is opened. The token may do
// what its owner may, for as long as the configuration says.
func (a *App) TokenByPassword(ctx context.Context, name, password string, from Browser) (TokenView, UserView, error) {
	if !a.cfg.PasswordTokens {
		return TokenView{}, UserView{}, hub.Errorf(hub.NotFound,
			"Tokens for passwords are turned off here. Use POST /hub/api/users/{name}/tokens, or make a token at /hub/token.")
	}
	r, err := a.passwordRequester(ctx, name, password, from, true)
	if err != nil {
		return TokenView{}, UserView{}, err
	}
	token, err := a.CreateToken(ctx, &r, r.User.Name, TokenRequest{
		Note: passwordTokenNote, ExpiresIn: a.cfg.PasswordTokenAge, byPassword: true,
	})
	if err != nil {
		return TokenView{}, UserView{}, err
	}
	v, err := a.viewOf(ctx, &r, r.User.ID)
	return token, v, err
}

// TokenOwner is whose a token is, as JupyterHub's deprecated
// GET /authorizations/token/{token} tells whoever has a token themselves: the owner's
// name and groups at least. One of the two is set.
func (a *App) TokenOwner(ctx context.Context, r *Requester, secret string) (*UserView, *ServiceView, error) {
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
		v := a.serviceView(r, owner.Service)
		return nil, &v, nil
	}
	v, err := a.viewOf(ctx, r, owner.User.ID)
	v.Fields.Name, v.Fields.Groups = true, true
	return &v, nil, err
}

// CookieOwner is whose login a cookie is, as JupyterHub's deprecated
// GET /authorizations/cookie tells whoever has a token: as much as they may read.
func (a *App) CookieOwner(ctx context.Context, r *Requester, value string) (v UserView, err error) {
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
		v = a.view(r, a.activity.ofUser(u), servers)
		if err == nil && (u.Suspended || !v.Fields.Any()) {
			return hub.Errorf(hub.NotFound, "Not Found")
		}
		return err
	})
	return v, err
}

// AdminAccess is JupyterHub's deprecated right to enter others' servers, which
// access:servers has taken the place of: nobody has it.
func (a *App) AdminAccess(ctx context.Context, r *Requester, name string) error {
	if err := a.MayUser(ctx, r, name, "servers"); err != nil {
		return err
	}
	return hub.Errorf(hub.Forbidden, "admin access to user servers disabled")
}

// Shutdown records that the requester ends the hub.
func (a *App) Shutdown(ctx context.Context, r *Requester, stopServers *bool) error {
	if err := r.need("shutdown"); err != nil {
		return err
	}
	detail := map[string]any{}
	if stopServers != nil {
		detail["servers"] = *stopServers
	}
	return a.store.Update(ctx, func(tx data.Tx) error {
		return tx.AddAudit(ctx, r.audit("hub.shutdown", "hub", 0, "atrium", nil, detail))
	})
}
