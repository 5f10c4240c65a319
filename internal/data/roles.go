package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// RoleTx reads and writes who holds which role. What a role is says the
// configuration; that everybody has "user" and administrators "admin" is not kept.
type RoleTx interface {
	// RoleMembers is by role.
	RoleMembers(ctx context.Context) ([]hub.RoleMember, error)
	// RoleMemberNames is what the people, groups and services are called who are, or were,
	// members; without those who are gone.
	RoleMemberNames(ctx context.Context, members []hub.RoleMember) (map[hub.RoleMember]string, error)
	// AddRoleMembers ignores those who hold the role already.
	AddRoleMembers(ctx context.Context, members []hub.RoleMember) error
	RemoveRoleMembers(ctx context.Context, members []hub.RoleMember) error
}
