package store

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

func scanMadeRole(s engine.Scanner) (r hub.MadeRole, err error) {
	err = s.Scan(&r.Name, &r.Description, engine.List(&r.Scopes))
	return r, err
}

// MadeRoles is by name.
func (t *tx) MadeRoles(ctx context.Context) ([]hub.MadeRole, error) {
	return engine.Many(ctx, t.Tx, "list made roles", scanMadeRole, "SELECT name, description, scopes FROM made_roles ORDER BY name")
}

// CreateMadeRole is hub.Conflict where the name is taken.
func (t *tx) CreateMadeRole(ctx context.Context, r hub.MadeRole) error {
	return t.ExecOne(ctx, "create role", "INSERT INTO made_roles (name, description, scopes) VALUES ($1, $2, $3)",
		r.Name, r.Description, scopeList(r.Scopes))
}

// UpdateMadeRole writes what the role of the name says.
func (t *tx) UpdateMadeRole(ctx context.Context, r hub.MadeRole) error {
	if err := t.ExecOne(ctx, "update role", "UPDATE made_roles SET description = $2, scopes = $3 WHERE name = $1",
		r.Name, r.Description, scopeList(r.Scopes)); err != nil {
		return err
	}
	return t.noteGiven(ctx, "role = $1", r.Name)
}

// DeleteMadeRole takes it from everybody, too.
func (t *tx) DeleteMadeRole(ctx context.Context, name string) error {
	if err := t.noteGiven(ctx, "role = $1", name); err != nil {
		return err
	}
	if err := t.ExecOne(ctx, "delete role", "DELETE FROM made_roles WHERE name = $1", name); err != nil {
		return err
	}
	_, err := t.Exec(ctx, "take role from all", "DELETE FROM given_roles WHERE role = $1", name)
	return err
}

// noteGiven notes those who have roles of which a condition is true.
func (t *tx) noteGiven(ctx context.Context, condition string, arg any) error {
	ids, err := engine.Many(ctx, t.Tx, "list who has roles", engine.Value[int64],
		"SELECT DISTINCT user_id FROM given_roles WHERE "+condition+" ORDER BY user_id", arg)
	t.noteUsers(ids)
	return err
}

func scanGivenRole(s engine.Scanner) (g hub.GivenRole, err error) {
	err = s.Scan(&g.Role, &g.UserID, &g.User, &g.GroupID, &g.Group)
	return g, err
}

// GivenRoles is by role, person and group.
func (t *tx) GivenRoles(ctx context.Context, limit int) ([]hub.GivenRole, error) {
	return engine.Many(ctx, t.Tx, "list given roles", scanGivenRole, `SELECT r.role, u.id, u.name, COALESCE(g.id, 0), COALESCE(g.name, '')
		FROM given_roles r JOIN users u ON u.id = r.user_id LEFT JOIN groups g ON g.id = r.group_id
		ORDER BY r.role, u.name, 5 LIMIT $1`, limit)
}

// GiveRole is hub.Conflict where they have it already.
func (t *tx) GiveRole(ctx context.Context, g hub.GivenRole) error {
	return t.execNoted(ctx, "give role", userChange(g.UserID), "INSERT INTO given_roles (role, user_id, group_id) VALUES ($1, $2, $3)",
		g.Role, g.UserID, engine.OrNull(g.GroupID))
}

// TakeRole is hub.NotFound where they do not have it.
func (t *tx) TakeRole(ctx context.Context, g hub.GivenRole) error {
	return t.execNoted(ctx, "take role", userChange(g.UserID), "DELETE FROM given_roles WHERE role = $1 AND user_id = $2 AND COALESCE(group_id, 0) = $3",
		g.Role, g.UserID, g.GroupID)
}
