package store

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// Answer finds the answer that an owner's key had: hub.NotFound for none.
func (t *tx) Answer(ctx context.Context, owner, key string) (hub.Answer, error) {
	return one(ctx, t, "read answer", func(s scanner) (a hub.Answer, err error) {
		err = s.Scan(&a.Owner, &a.Key, &a.Digest, raw(&a.Content))
		return a, err
	}, "SELECT owner, key, digest, content FROM answers WHERE owner = $1 AND key = $2", owner, key)
}

// CountAnswers counts the answers that an owner has, as far as most.
func (t *tx) CountAnswers(ctx context.Context, owner string, most int) (int, error) {
	return one(ctx, t, "count answers", value[int],
		"SELECT count(*) FROM (SELECT 1 FROM answers WHERE owner = $1 LIMIT $2) AS counted", owner, limit(most))
}

// PutAnswer keeps an answer, or replaces its content.
func (t *tx) PutAnswer(ctx context.Context, a hub.Answer) error {
	_, err := t.exec(ctx, "keep answer", `INSERT INTO answers (owner, key, digest, content, made)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO UPDATE SET content = excluded.content`,
		a.Owner, a.Key, a.Digest, string(a.Content), micros(t.now))
	return err
}
