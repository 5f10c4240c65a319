package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectIdentity = "SELECT provider, subject, user_id, name, bound FROM identities "

func scanIdentity(s engine.Scanner) (i hub.Identity, err error) {
	err = s.Scan(&i.Provider, &i.Subject, &i.UserID, &i.Name, engine.At(&i.Bound))
	return i, err
}

// Identity finds what a provider's subject is bound to.
func (t *Ledger) Identity(ctx context.Context, provider, subject string) (hub.Identity, error) {
	return engine.One(ctx, t.Tx, "read identity", scanIdentity, selectIdentity+"WHERE provider = $1 AND subject = $2", provider, subject)
}

// IdentitiesOf lists a person's, by provider and subject.
func (t *Ledger) IdentitiesOf(ctx context.Context, userID int64) ([]hub.Identity, error) {
	return engine.Many(ctx, t.Tx, "list identities", scanIdentity, selectIdentity+"WHERE user_id = $1 ORDER BY provider, subject", userID)
}

// BindIdentity is hub.Conflict where the provider's subject is bound already; a zero Bound is
// now.
func (t *Ledger) BindIdentity(ctx context.Context, i hub.Identity) error {
	if i.Bound.IsZero() {
		i.Bound = t.Now()
	}
	_, err := t.Exec(ctx, "bind identity", "INSERT INTO identities (provider, subject, user_id, name, bound) VALUES ($1, $2, $3, $4, $5)",
		i.Provider, i.Subject, i.UserID, i.Name, engine.Micros(i.Bound))
	return err
}

// RenameIdentity keeps the name that the provider says now.
func (t *Ledger) RenameIdentity(ctx context.Context, provider, subject, name string) error {
	return t.ExecOne(ctx, "rename identity", "UPDATE identities SET name = $3 WHERE provider = $1 AND subject = $2", provider, subject, name)
}
