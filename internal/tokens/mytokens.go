package tokens

import (
	"cmp"
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// MyTokens shows a part of the requester's own tokens, and the applications that they
// gave some to.
func (tt *Tokens) MyTokens(ctx context.Context, r *access.Requester, offset, limit int) (o TokenOverview, err error) {
	err = tt.store.View(ctx, func(tx data.Tx) error {
		u, err := access.FindUser(ctx, tx, r, r.User.Name, "read:tokens")
		if err != nil {
			return err
		}
		all, _, err := tx.ListTokens(ctx, hub.TokenQuery{UserID: u.ID, Newest: true, Limit: fewTokens + 1})
		if err != nil {
			return err
		}
		if len(all) <= fewTokens {
			o = overview(tt.activity.OfTokens(all...), offset, limit)
			return nil
		}
		if o.Own, o.Total, err = tx.ListTokens(ctx, hub.TokenQuery{UserID: u.ID, Own: true, Newest: true, Offset: offset, Limit: limit}); err != nil {
			return err
		}
		o.Own = tt.activity.OfTokens(o.Own...)
		o.Apps, err = tx.TokenClients(ctx, u.ID, mostApps+1)
		if o.More = len(o.Apps) > mostApps; o.More {
			o.Apps = o.Apps[:mostApps]
		}
		return err
	})
	return o, err
}

// TokenOverview is what a person sees of their own tokens.
type TokenOverview struct {
	Own   []hub.Token // a part of those that they and their servers have, newest first
	Total int         // of all of these
	Apps  []hub.TokenClient
	More  bool // there are more applications
}

// overview makes of all of a person's tokens, newest first, what the database would say.
func overview(all []hub.Token, offset, limit int) (o TokenOverview) {
	var own []hub.Token
	at := map[string]int{} // of an application, by its client
	for _, t := range all {
		if t.ClientID == hub.APIClient || t.ClientID == "" {
			own = append(own, t)
			continue
		}
		i, ok := at[t.ClientID]
		if !ok {
			i, at[t.ClientID] = len(o.Apps), len(o.Apps)
			o.Apps = append(o.Apps, hub.TokenClient{ID: t.ClientID, Name: t.ClientName})
		}
		c := &o.Apps[i]
		c.Tokens, c.First, c.Created = c.Tokens+1, t.ID, t.Created // the last one is the oldest
		if t.LastActivity.After(c.LastActivity) {
			c.LastActivity = t.LastActivity
		}
	}
	slices.SortFunc(o.Apps, func(x, y hub.TokenClient) int {
		return cmp.Or(y.LastActivity.Compare(x.LastActivity), cmp.Compare(x.ID, y.ID))
	})
	o.Total = len(own)
	o.Own = own[min(offset, len(own)):min(offset+limit, len(own))]
	return o
}
