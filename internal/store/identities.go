package store

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

const selectIdentity = "SELECT provider, subject, user_id, name, bound FROM identities "

func scanIdentity(s scanner) (i hub.Identity, err error) {
	err = s.Scan(&i.Provider, &i.Subject, &i.UserID, &i.Name, at(&i.Bound))
	return i, err
}

// Identity finds what a provider's subject is bound to.
func (t *tx) Identity(ctx context.Context, provider, subject string) (hub.Identity, error) {
	return one(ctx, t, "read identity", scanIdentity, selectIdentity+"WHERE provider = $1 AND subject = $2", provider, subject)
}

// IdentitiesOf lists a person's, by provider and subject.
func (t *tx) IdentitiesOf(ctx context.Context, userID int64) ([]hub.Identity, error) {
	return many(ctx, t, "list identities", scanIdentity, selectIdentity+"WHERE user_id = $1 ORDER BY provider, subject", userID)
}

// BindIdentity is hub.Conflict where the provider's subject is bound already; a zero Bound is
// now.
func (t *tx) BindIdentity(ctx context.Context, i hub.Identity) error {
	if i.Bound.IsZero() {
		i.Bound = t.now
	}
	_, err := t.exec(ctx, "bind identity", "INSERT INTO identities (provider, subject, user_id, name, bound) VALUES ($1, $2, $3, $4, $5)",
		i.Provider, i.Subject, i.UserID, i.Name, micros(i.Bound))
	return err
}

// RenameIdentity keeps the name that the provider says now.
func (t *tx) RenameIdentity(ctx context.Context, provider, subject, name string) error {
	return t.execOne(ctx, "rename identity", "UPDATE identities SET name = $3 WHERE provider = $1 AND subject = $2", provider, subject, name)
}
