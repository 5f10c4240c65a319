package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// counting counts what is read of people, servers and clients.
type counting struct {
	data.Store
	reads int
}

func (s *counting) View(ctx context.Context, fn func(data.Tx) error) error {
	return s.Store.View(ctx, func(tx data.Tx) error { return fn(countingTx{tx, s}) })
}

type countingTx struct {
	data.Tx
	of *counting
}

func (t countingTx) UserByID(ctx context.Context, id int64) (hub.User, error) {
	t.of.reads++
	return t.Tx.UserByID(ctx, id)
}

func (t countingTx) UserByName(ctx context.Context, name string) (hub.User, error) {
	t.of.reads++
	return t.Tx.UserByName(ctx, name)
}

func (t countingTx) OAuthClient(ctx context.Context, id string) (hub.OAuthClient, error) {
	t.of.reads++
	return t.Tx.OAuthClient(ctx, id)
}

func (t countingTx) ServerByID(ctx context.Context, id int64) (hub.Server, error) {
	t.of.reads++
	return t.Tx.ServerByID(ctx, id)
}

// A list of many tokens reads each thing once, and says of each token what looking at it
// alone says.
func TestManyTokensAreListedAtOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ada", "bob")
	run := f.run(admin, "ada", "")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		ada, err := tx.UserByName(ctx, "ada")
		if err != nil {
			return err
		}
		for n := range 20 {
			clientID := hub.APIClient
			if n%2 == 0 {
				clientID = run.Server.ClientID
			}
			if _, err := tx.CreateToken(ctx, hub.Token{
				UserID: ada.ID, Hash: fmt.Sprint(n), ClientID: clientID,
				Scopes: []string{"read:users:name!user", "servers!user=bob", "read:users!group=none"},
			}); err != nil {
				return err
			}
		}
		return nil
	})
	db := &counting{Store: f.DB}
	a := f.over(db, f.Config())
	list, _, err := a.ListTokens(t.Context(), admin, "ada", 0, 0)
	if err != nil || len(list) != 21 {
		t.Fatalf("%d tokens, %v", len(list), err)
	}
	if db.reads > 8 {
		t.Errorf("%d tokens cost %d reads", len(list), db.reads)
	}
	for _, v := range list {
		alone, err := a.GetToken(t.Context(), admin, "ada", tokens.TokenID(v.Token))
		if err != nil || !slices.Equal(v.Effective, alone.Effective) {
			t.Errorf("%s: %q in the list, %q alone, %v", tokens.TokenID(v.Token), v.Effective, alone.Effective, err)
		}
	}
}
