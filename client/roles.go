package client

import (
	"context"
	"net/http"
)

// Role is a role that was made while the hub runs, or a ready-made one, with who has it.
type Role struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Scopes      []string     `json:"scopes"`
	ReadyMade   bool         `json:"ready_made"` // it is given on a group
	Users       []RoleHolder `json:"users"`
}

// RoleHolder is somebody who has a role.
type RoleHolder struct {
	User  string `json:"user"`
	Group string `json:"group"` // on whose members it is; empty where the role is as it says
}

func roleRoute(name string) route { return at("/roles").name("role", name) }

// Roles are the roles that can be given while the hub runs; those of its configuration are not among them. They are
// Atrium's; on JupyterHub it is ErrNotAtrium.
func (c *Client) Roles(ctx context.Context) ([]Role, error) {
	if err := c.needAtrium(ctx, "list roles"); err != nil {
		return nil, err
	}
	var said struct {
		Items []Role `json:"items"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/roles"), safe: true, limit: maxList, read: into(&said)})
	return said.Items, err
}

// GiveRole gives somebody a role; who has it already has it. An error that is ErrInvalid says that the person or the group
// does not exist, ErrForbidden that it allows more than one may.
func (c *Client) GiveRole(ctx context.Context, role string, to RoleHolder) error {
	return c.moveRole(ctx, http.MethodPost, "give roles", role, to)
}

// TakeRole takes a role from somebody. An error that is ErrNotFound says that they do not have it there.
func (c *Client) TakeRole(ctx context.Context, role string, from RoleHolder) error {
	return c.moveRole(ctx, http.MethodDelete, "take roles", role, from)
}

func (c *Client) moveRole(ctx context.Context, method, what, role string, holder RoleHolder) error {
	if err := c.needAtrium(ctx, what); err != nil {
		return err
	}
	body := struct {
		User  string `json:"user"`
		Group string `json:"group,omitempty"`
	}{holder.User, holder.Group}
	_, err := c.do(ctx, call{
		method: method, route: roleRoute(role).then("/users"), body: body, safe: true, goneIsDone: method == http.MethodDelete,
	})
	return err
}
