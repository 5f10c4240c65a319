package store

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectService = `SELECT v.id, v.name, v.admin, v.url, v.display, v.info, v.from_config, v.managed, v.command,
		v.client_id, v.redirect_uri, v.allowed_scopes, v.no_confirm FROM services v `

func scanService(s engine.Scanner) (v hub.Service, err error) {
	err = s.Scan(&v.ID, &v.Name, &v.Admin, &v.URL, &v.Display, engine.Raw(&v.Info), &v.FromConfig, &v.Managed, engine.List(&v.Command),
		&v.ClientID, &v.RedirectURI, engine.List(&v.AllowedScopes), &v.NoConfirm)
	return v, err
}

// ServiceByID finds a service.
func (t *tx) ServiceByID(ctx context.Context, id int64) (hub.Service, error) {
	return t.service(ctx, "WHERE v.id = $1", id)
}

// ServiceByName finds a service.
func (t *tx) ServiceByName(ctx context.Context, name string) (hub.Service, error) {
	return t.service(ctx, "WHERE v.name = $1", name)
}

func (t *tx) service(ctx context.Context, where string, arg any) (hub.Service, error) {
	v, err := engine.One(ctx, t.Tx, "read service", scanService, selectService+where, arg)
	if err != nil {
		return hub.Service{}, err
	}
	vs := []hub.Service{v}
	err = t.fillServiceRoles(ctx, vs)
	return vs[0], err
}

// ListServices lists all services in the order of making.
func (t *tx) ListServices(ctx context.Context) ([]hub.Service, error) {
	vs, err := engine.Many(ctx, t.Tx, "list services", scanService, selectService+"ORDER BY v.id")
	if err != nil {
		return nil, err
	}
	return vs, t.fillServiceRoles(ctx, vs)
}

func (t *tx) fillServiceRoles(ctx context.Context, vs []hub.Service) error {
	place := make(map[int64]int, len(vs))
	ids := make([]int64, len(vs))
	for i, v := range vs {
		ids[i], place[v.ID] = v.ID, i
	}
	held, err := engine.Many(ctx, t.Tx, "read services' roles", scanMembership,
		"SELECT r.service_id, r.role FROM role_members r WHERE r.service_id IN "+t.Dialect.IDs(), engine.Numbers(ids))
	if err != nil {
		return err
	}
	for _, m := range held {
		v := &vs[place[m.id]]
		v.Roles = append(v.Roles, m.name)
	}
	for i := range vs {
		slices.Sort(vs[i].Roles)
	}
	return nil
}

// serviceState is what CreateService and UpdateService write.
func serviceState(v hub.Service) []any {
	return []any{
		v.Name, v.Admin, v.URL, v.Display, engine.Object(v.Info), v.FromConfig, v.Managed, scopeList(v.Command),
		v.ClientID, v.RedirectURI, scopeList(v.AllowedScopes), v.NoConfirm,
	}
}

// CreateService fills in ID; hub.Conflict where the name is taken.
func (t *tx) CreateService(ctx context.Context, v hub.Service) (hub.Service, error) {
	id, err := engine.One(ctx, t.Tx, "create service", engine.Value[int64], `INSERT INTO services (name, admin, url, display, info, from_config,
		managed, command, client_id, redirect_uri, allowed_scopes, no_confirm)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`, serviceState(v)...)
	if err != nil {
		return hub.Service{}, err
	}
	t.note(serviceChange(id))
	return t.ServiceByID(ctx, id)
}

func serviceChange(id int64) data.Change { return data.Change{Kind: data.ServiceChanged, ID: id} }

// UpdateService writes all of v but its roles.
func (t *tx) UpdateService(ctx context.Context, v hub.Service) error {
	return t.execNoted(ctx, "update service", serviceChange(v.ID), `UPDATE services SET name = $1, admin = $2, url = $3, display = $4, info = $5,
		from_config = $6, managed = $7, command = $8, client_id = $9, redirect_uri = $10, allowed_scopes = $11, no_confirm = $12
		WHERE id = $13`, append(serviceState(v), v.ID)...)
}

// DeleteService removes a service with its tokens, roles and OAuth client, and gives
// the hashes of the tokens, people's too.
func (t *tx) DeleteService(ctx context.Context, id int64) ([]string, error) {
	own, err := t.DeleteTokensOfService(ctx, id)
	if err != nil {
		return nil, err
	}
	given, err := t.noteTokens(ctx, "delete a client's tokens", `DELETE FROM tokens
		WHERE client_id IN (SELECT c.id FROM oauth_clients c WHERE c.service_id = $1) RETURNING hash, user_id`, id)
	if err != nil {
		return nil, err
	}
	return append(own, given...), t.execNoted(ctx, "delete service", serviceChange(id), "DELETE FROM services WHERE id = $1", id)
}

//nolint:gosec // a statement, no secret
const selectServiceToken = `SELECT t.id, t.service_id, v.name, t.hash, t.note, t.scopes, t.created, t.expires, t.last_activity
	FROM service_tokens t JOIN services v ON v.id = t.service_id `

func scanServiceToken(s engine.Scanner) (t hub.Token, err error) {
	err = s.Scan(&t.ID, &t.ServiceID, &t.ServiceName, &t.Hash, &t.Note, engine.List(&t.Scopes),
		engine.At(&t.Created), engine.At(&t.Expires), engine.At(&t.LastActivity))
	t.ClientID, t.ClientName = hub.APIClient, "JupyterHub"
	return t, err
}

// TokensOfService lists a service's tokens by ID.
func (t *tx) TokensOfService(ctx context.Context, serviceID int64) ([]hub.Token, error) {
	return engine.Many(ctx, t.Tx, "list a service's tokens", scanServiceToken, selectServiceToken+"WHERE t.service_id = $1 ORDER BY t.id", serviceID)
}

// createServiceToken notes the service: its token may be one that somebody has come with
// before, in vain.
func (t *tx) createServiceToken(ctx context.Context, tok hub.Token) (hub.Token, error) {
	id, err := engine.One(ctx, t.Tx, "create service token", engine.Value[int64], `INSERT INTO service_tokens
		(service_id, hash, note, scopes, created, expires, last_activity) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		tok.ServiceID, tok.Hash, tok.Note, scopeList(tok.Scopes), engine.Micros(t.Now()), engine.Micros(tok.Expires), engine.Micros(tok.LastActivity))
	if err != nil {
		return hub.Token{}, err
	}
	t.note(serviceChange(tok.ServiceID))
	return engine.One(ctx, t.Tx, "read service token", scanServiceToken, selectServiceToken+"WHERE t.id = $1", id)
}

// DeleteTokensOfService deletes all of a service's own tokens.
func (t *tx) DeleteTokensOfService(ctx context.Context, serviceID int64) ([]string, error) {
	return t.noteTokens(ctx, "delete a service's tokens", "DELETE FROM service_tokens WHERE service_id = $1 RETURNING hash, 0", serviceID)
}

// DeleteServiceToken deletes one of a service's own tokens by its hash.
func (t *tx) DeleteServiceToken(ctx context.Context, hash string) error {
	return t.execNoted(ctx, "delete service token", data.Change{Kind: data.TokenRevoked, Key: hash}, "DELETE FROM service_tokens WHERE hash = $1", hash)
}
