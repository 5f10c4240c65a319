package access

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// KeepAnAdmin refuses to let an administrator go, one way or another and together with
// those who are going already, where nobody would be left who can look after the hub. It
// is decided in the transaction that lets them go: two administrators may do it to each
// other at the same time.
func (p *Policy) KeepAnAdmin(ctx context.Context, tx data.Tx, u hub.User, going ...int64) error {
	if !u.Admin || u.Suspended {
		return nil
	}
	other, err := p.OtherAdmin(ctx, tx, append(slices.Clone(going), u.ID)...)
	if err != nil || other {
		return err
	}
	return hub.Errorf(hub.Conflict, "%s is the last administrator who can get in. Make somebody else one first: atrium users set-admin NAME", u.Name)
}

// OtherAdmin tells whether anybody but these is an administrator who can get in.
func (p *Policy) OtherAdmin(ctx context.Context, tx data.Tx, but ...int64) (bool, error) {
	return tx.OtherAdmin(ctx, but, p.entries.ByName, p.entries.Providers)
}

// MayMakeAdmin asks whether somebody may be made an administrator, or be one no more: by
// administrators alone, none of whom takes their own rights. Another one would have to mend it.
func (p *Policy) MayMakeAdmin(r *Requester, u hub.User, admin bool) error {
	switch {
	case admin && !u.Admin && !p.IsAdmin(r):
		return hub.Errorf(hub.Forbidden, "Only an administrator can grant admin rights")
	case !admin && u.Admin && !r.IsService() && u.ID == r.User.ID:
		return hub.Errorf(hub.Invalid, "You cannot take away your own admin rights. Another administrator can.")
	}
	return nil
}
