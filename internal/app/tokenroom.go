package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// trimAtOnce bounds how many tokens one request ends beyond the one that it makes room
// for: there are more only after the limit was lowered.
const trimAtOnce = 50

// ErrTokenLimit is the cause where somebody has as many tokens as they may have.
var ErrTokenLimit = errors.New("as many tokens as one person may have")

// errTooManyTokens is the answer to who asks for a token beyond the limit.
func errTooManyTokens(u hub.User, limit int) error {
	e := hub.Errorf(hub.Invalid, "User %s already has the maximum of %d API tokens. One must be revoked, or expire, before another can be made", u.Name, limit).Plainly(
		"%s has %d tokens, as many as one person may have on this hub. Revoke one, then make another.", u.Name, limit)
	e.Err = ErrTokenLimit
	return e
}

// roomForToken refuses a further API token of a person's beyond the limit. Their servers'
// tokens do not count, nor what they gave to applications, nor what has expired.
func (a *App) roomForToken(ctx context.Context, tx data.Tx, u hub.User) error {
	if a.cfg.TokenLimit <= 0 {
		return nil
	}
	n, err := tx.CountTokens(ctx, u.ID, hub.APIClient, a.cfg.TokenLimit)
	if err == nil && n >= a.cfg.TokenLimit {
		err = errTooManyTokens(u, a.cfg.TokenLimit)
	}
	return err
}

// makeRoom ends what a client has of a person beyond the limit, the tokens that were not
// used for longest, so that there is room for one more; with a note only such as have it.
// It is for those that programs get by themselves again and again: none of them must find
// that it cannot log in. It is hub.Invalid where there is nothing to end.
func (a *App) makeRoom(ctx context.Context, tx data.Tx, u hub.User, clientID, note string) error {
	limit := a.cfg.TokenLimit
	if limit <= 0 {
		return nil
	}
	n, err := tx.CountTokens(ctx, u.ID, clientID, limit+trimAtOnce)
	if err != nil || n < limit {
		return err
	}
	gone, err := tx.DeleteStalest(ctx, u.ID, clientID, note, n-limit+1)
	if err == nil && len(gone) == 0 {
		return errTooManyTokens(u, limit)
	}
	return err
}

// mostSessions and mostCodes bound the logins of a person, and the codes that their
// logins at applications are under way with, without being in anybody's way: many
// machines of a lecture hall may share an account.
const (
	mostSessions = 1000
	mostCodes    = 100
)

// trimSessions ends a person's sessions beyond the limit, the ones that were not seen for
// longest.
func trimSessions(ctx context.Context, tx data.Tx, userID int64) error {
	stale, err := tx.StaleSessions(ctx, userID, mostSessions, trimAtOnce)
	for _, id := range stale {
		err = errors.Join(err, tx.DeleteSession(ctx, id))
	}
	return err
}

// TokenOverview is what a person sees of their own tokens.
type TokenOverview struct {
	Own   []hub.Token // a part of those that they and their servers have, newest first
	Total int         // of all of these
	Apps  []hub.TokenClient
	More  bool // there are more applications
}

// Most people have no more tokens than fewTokens, which are read at once. mostApps bounds
// the applications that are shown.
const (
	fewTokens = 200
	mostApps  = 200
)

// MyTokens shows a part of the requester's own tokens, and the applications that they
// gave some to.
func (a *App) MyTokens(ctx context.Context, r *Requester, offset, limit int) (o TokenOverview, err error) {
	err = a.store.View(ctx, func(tx data.Tx) error {
		u, err := a.user(ctx, tx, r, r.User.Name, "read:tokens")
		if err != nil {
			return err
		}
		all, _, err := tx.ListTokens(ctx, hub.TokenQuery{UserID: u.ID, Newest: true, Limit: fewTokens + 1})
		if err != nil {
			return err
		}
		if len(all) <= fewTokens {
			o = overview(a.activity.ofTokens(all...), offset, limit)
			return nil
		}
		if o.Own, o.Total, err = tx.ListTokens(ctx, hub.TokenQuery{UserID: u.ID, Own: true, Newest: true, Offset: offset, Limit: limit}); err != nil {
			return err
		}
		o.Own = a.activity.ofTokens(o.Own...)
		o.Apps, err = tx.TokenClients(ctx, u.ID, mostApps+1)
		if o.More = len(o.Apps) > mostApps; o.More {
			o.Apps = o.Apps[:mostApps]
		}
		return err
	})
	return o, err
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
