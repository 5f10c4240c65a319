package services

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Bounds on a service's own token; JupyterHub has the lower one.
const (
	minServiceToken = 8
	maxServiceToken = 256
)

// ServiceView is a service as a requester may see it.
type ServiceView struct {
	hub.Service
	Prefix string // where the proxy serves it; empty without a URL
	PID    int    // of a managed one that runs; else 0
	// What may be seen besides kind, name and admin: all; what roles it has.
	All, Roles bool
}

// ServiceView is a service as the requester may see it.
func (se *Services) ServiceView(r *access.Requester, v hub.Service) ServiceView {
	view := ServiceView{
		Service: v,
		All:     r.Scopes.AllowsService("read:services", v.Name),
		Roles:   r.Scopes.AllowsService("read:roles:services", v.Name),
	}
	if v.URL != "" {
		view.Prefix = hub.ServicePath(se.cfg.Site.Base, v.Name)
	}
	if pid := se.servicePID.Load(); pid != nil && v.Managed {
		view.PID = (*pid)(v.Name)
	}
	return view
}

// RoleNames are the names of the service's roles, as the API shows them.
func (v ServiceView) RoleNames() []string {
	roles := slices.Clone(v.Service.Roles)
	if v.Admin {
		roles = append(roles, scopes.RoleAdmin)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// OnServicePID asks fn for the process of a managed service, 0 for none.
func (se *Services) OnServicePID(fn func(name string) int) { se.servicePID.Store(&fn) }

// OnServiceUse asks fn when services were last used, by their ids.
func (se *Services) OnServiceUse(fn func() map[int64]time.Time) { se.serviceUse.Store(&fn) }

// MyService is the service whose token asks.
func (se *Services) MyService(r *access.Requester) ServiceView { return se.ServiceView(r, r.Service) }

// OpenTo are the services that the requester may use in a browser, and that are to be
// shown to people, by name. It asks memory alone.
func (se *Services) OpenTo(r *access.Requester) []hub.Service {
	list := slices.DeleteFunc(se.routes.Served(), func(v hub.Service) bool {
		return !v.Display || !r.Scopes.AllowsService("access:services", v.Name)
	})
	slices.SortFunc(list, func(x, y hub.Service) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// ListServices shows those that the requester may list.
func (se *Services) ListServices(ctx context.Context, r *access.Requester) (views []ServiceView, err error) {
	const scope = "list:services"
	if !r.Known() || !r.Scopes.HasAny(scope) {
		return nil, r.Denied(scope)
	}
	err = se.store.View(ctx, func(tx data.Tx) error {
		all, err := tx.ListServices(ctx)
		for _, v := range all {
			if r.Scopes.AllowsService(scope, v.Name) {
				views = append(views, se.ServiceView(r, v))
			}
		}
		return err
	})
	return views, err
}

// GetService shows one service.
func (se *Services) GetService(ctx context.Context, r *access.Requester, name string) (v ServiceView, err error) {
	if err := r.NeedService(name, "read:services", "read:services:name", "read:roles:services"); err != nil {
		return v, err
	}
	err = se.store.View(ctx, func(tx data.Tx) error {
		s, err := tx.ServiceByName(ctx, name)
		if hub.Is(err, hub.NotFound) {
			return hub.Errorf(hub.NotFound, "No such service: %s", hub.Truncate(name, 64))
		}
		v = se.ServiceView(r, s)
		return err
	})
	return v, err
}

// MayCreateService is nil for one who may make a service of this name, which there
// isn't yet.
func (se *Services) MayCreateService(ctx context.Context, r *access.Requester, name string) error {
	return se.store.View(ctx, func(tx data.Tx) error { return freeService(ctx, tx, r, name) })
}

func freeService(ctx context.Context, tx data.Tx, r *access.Requester, name string) error {
	if err := r.NeedService(name, "admin:services"); err != nil {
		return err
	}
	_, err := tx.ServiceByName(ctx, name)
	if err == nil {
		return hub.Errorf(hub.Conflict, "Service %s already exists", hub.Truncate(name, 64))
	}
	return hub.IgnoreNotFound(err)
}

// CreateService makes a service that somebody else runs, with its token and its OAuth
// client, if it has any. The token is its client's secret, too.
func (se *Services) CreateService(ctx context.Context, r *access.Requester, v hub.Service, token string) (view ServiceView, err error) {
	err = se.store.Update(ctx, func(tx data.Tx) error {
		if err := freeService(ctx, tx, r, v.Name); err != nil {
			return err
		}
		want, err := se.checkService(r, v, token)
		if err != nil {
			return err
		}
		made, err := tx.CreateService(ctx, want)
		if err != nil {
			return err
		}
		if token != "" {
			if err := GiveServiceToken(ctx, tx, made, token, "Requested via api"); err != nil {
				return err
			}
		}
		if err := PutServiceClient(ctx, tx, made, token); err != nil {
			return err
		}
		view = se.ServiceView(r, made)
		return tx.AddAudit(ctx, r.Audit("service.create", "service", made.ID, made.Name, nil, serviceRecord(made)))
	})
	return view, err
}

// checkService fills in what a service made over the API has by itself, and refuses
// what it cannot have.
func (se *Services) checkService(r *access.Requester, v hub.Service, token string) (hub.Service, error) {
	name, err := hub.ServiceName(v.Name)
	if err != nil {
		return v, err
	}
	v.Name, v.FromConfig, v.Managed, v.Command = name, false, false, nil
	if v.Info == nil {
		v.Info = json.RawMessage("{}")
	}
	if err := checkServiceToken(token); err != nil {
		return v, err
	}
	if v.URL != "" && !webAddress(v.URL) {
		return v, hub.Errorf(hub.Invalid, "Failed to create service %s: its url must be http(s)://HOST:PORT", name)
	}
	if v, err = se.checkServiceClient(v); err != nil {
		return v, err
	}
	return v, se.mayGiveService(r, v)
}

func checkServiceToken(token string) error {
	if token == "" {
		return nil
	}
	if len(token) < minServiceToken || len(token) > maxServiceToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return hub.Errorf(hub.Invalid, "Tokens must have %d to %d characters, without spaces", minServiceToken, maxServiceToken)
	}
	return nil
}

// webAddress tells whether s says where a service can be reached. A path after the
// host is allowed, as in JupyterHub, and not used.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && len(s) <= maxServiceURL &&
		u.RawQuery == "" && u.Fragment == ""
}

const maxServiceURL = 1024

// checkServiceClient gives an OAuth client to a service that has a URL or asks for a
// client (JupyterHub 6.1.1's oauth_available).
func (se *Services) checkServiceClient(v hub.Service) (hub.Service, error) {
	if v.URL == "" && v.ClientID == "" && v.RedirectURI == "" && !v.NoConfirm {
		return v, nil
	}
	v.ClientID = cmp.Or(v.ClientID, "service-"+v.Name)
	if v.URL != "" && v.RedirectURI == "" {
		v.RedirectURI = se.cfg.Site.ServiceURL(v.Name) + "oauth_callback"
	}
	switch {
	case !strings.HasPrefix(v.ClientID, "service-"):
		return v, hub.Errorf(hub.Invalid, "Failed to create service %s: its oauth_client_id must begin with service-", v.Name)
	case v.RedirectURI == "":
		return v, hub.Errorf(hub.Invalid, "Failed to create service %s: it needs a url or an oauth_redirect_uri to send people back to", v.Name)
	case !redirectAddress(v.RedirectURI):
		return v, hub.Errorf(hub.Invalid, "Failed to create service %s: its oauth_redirect_uri must be a path or an http(s) address", v.Name)
	}
	if _, err := hub.ServiceName(v.ClientID); err != nil { // it is the name of a cookie
		return v, hub.Errorf(hub.Invalid, "Failed to create service %s: its oauth_client_id may hold letters, digits and -._~", v.Name)
	}
	return v, nil
}

// redirectAddress tells whether people can be sent back to s: a path on this hub's
// own host, or a whole address.
func redirectAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Fragment != "" || u.User != nil || len(s) > maxServiceURL || strings.ContainsRune(s, '\\') {
		return false
	}
	if u.Scheme == "" {
		return u.Host == "" && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// mayGiveService refuses rights that go beyond the requester's, with the status that
// JupyterHub has for it. What the service may do in people's names counts as if it
// were done to everybody, since anybody may visit it.
func (se *Services) mayGiveService(r *access.Requester, v hub.Service) error {
	all := se.rights.Everything()
	if r.Scopes.Contains(all, nil) {
		return se.knownScopes(v.AllowedScopes)
	}
	if v.Admin {
		return hub.Errorf(hub.Invalid, "The service would have the admin role, which allows %s: more than you may", r.Scopes.Missing(all, nil)[0])
	}
	if err := se.knownScopes(v.AllowedScopes); err != nil {
		return err
	}
	for _, s := range v.AllowedScopes {
		if base, f, _ := se.rights.Parse(s); base == scopes.Self || base == scopes.Inherit || f.Kind == scopes.KindUser && f.Value == "" || f.Kind == scopes.KindServer && f.Value == "" {
			return hub.Errorf(hub.Invalid, "Only administrators may let a service have %s of everybody who visits it", s)
		}
	}
	wanted := se.rights.Expand(v.AllowedScopes, access.ServiceOwner(v), scopes.Client{Service: v.Name})
	if missing := r.Scopes.Missing(wanted, nil); len(missing) > 0 {
		return hub.Errorf(hub.Invalid, "The service would be allowed %s, which you are not", missing[0])
	}
	return nil
}

func (se *Services) knownScopes(list []string) error {
	for _, s := range list {
		if _, _, err := se.rights.Parse(s); err != nil {
			return hub.Errorf(hub.Invalid, "%w", err)
		}
	}
	return nil
}

func serviceRecord(v hub.Service) map[string]any {
	return map[string]any{
		"admin": v.Admin, "url": access.AddressRecord(v.URL), "oauth_client_id": v.ClientID, "oauth_redirect_uri": access.AddressRecord(v.RedirectURI),
		"oauth_client_allowed_scopes": v.AllowedScopes, "oauth_no_confirm": v.NoConfirm,
	}
}

// ErrDeclaredService is the answer to who wants to delete a service of the
// configuration.
var ErrDeclaredService = hub.Errorf(hub.Conflict, "It is declared in the configuration, which alone can remove it")

// DeleteService removes a service with its tokens, and those that people gave it.
func (se *Services) DeleteService(ctx context.Context, r *access.Requester, name string) error {
	return se.store.Update(ctx, func(tx data.Tx) error {
		if err := r.NeedService(name, "admin:services"); err != nil {
			return err
		}
		v, err := tx.ServiceByName(ctx, name)
		switch {
		case hub.Is(err, hub.NotFound):
			return hub.Errorf(hub.NotFound, "Service %s does not exist", hub.Truncate(name, 64))
		case err != nil:
			return err
		case v.FromConfig:
			return ErrDeclaredService
		}
		if err := DropService(ctx, tx, v); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("service.delete", "service", v.ID, v.Name, serviceRecord(v), nil))
	})
}
