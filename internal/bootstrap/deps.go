package bootstrap

import (
	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/login"
)

// Bootstrap applies at the start what the configuration declares: the first administrator,
// services, groups and roles. It speaks for the hub itself and asks for no right.
type Bootstrap struct {
	store  data.Store
	policy *access.Policy
	logins *login.Logins
	hasher login.PasswordHasher
}

// New makes Bootstrap.
func New(store data.Store, policy *access.Policy, logins *login.Logins, hasher login.PasswordHasher) *Bootstrap {
	return &Bootstrap{store: store, policy: policy, logins: logins, hasher: hasher}
}
