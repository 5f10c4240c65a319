package people

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// SetPassword gives one person a password; their sessions end. It is hub.Invalid with
// what is wrong with the password.
func (pe *People) SetPassword(ctx context.Context, r *access.Requester, name, password string, mustChange bool) error {
	err := pe.store.View(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, name, access.PasswordScopes()...)
		if err != nil {
			return err
		}
		return pe.policy.MayBecome(r, u)
	})
	if err != nil {
		return err
	}
	results, err := pe.BulkPasswords(ctx, r, PasswordsRequest{MustChange: mustChange, Rows: []UserRow{{Username: name, Password: password}}})
	if err != nil {
		return err
	}
	switch x := results[0]; x.Status {
	case bulk.NotFound:
		return hub.Errorf(hub.NotFound, "There is no user %s", x.Username)
	case bulk.Failed:
		return hub.Errorf(hub.Invalid, "%s", x.Message)
	}
	return nil
}
