package tokens

import (
	"context"
	"errors"

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
func (tt *Tokens) roomForToken(ctx context.Context, tx data.Tx, u hub.User) error {
	if tt.cfg.TokenLimit <= 0 {
		return nil
	}
	n, err := tx.CountTokens(ctx, u.ID, hub.APIClient, tt.cfg.TokenLimit)
	if err == nil && n >= tt.cfg.TokenLimit {
		err = errTooManyTokens(u, tt.cfg.TokenLimit)
	}
	return err
}

// makeRoom ends what a client has of a person beyond the limit, the tokens that were not
// used for longest, so that there is room for one more; with a note only such as have it.
// It is for those that programs get by themselves again and again: none of them must find
// that it cannot log in. It is hub.Invalid where there is nothing to end.
func (tt *Tokens) makeRoom(ctx context.Context, tx data.Tx, u hub.User, clientID, note string) error {
	limit := tt.cfg.TokenLimit
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

// mostCodes bounds the codes that a person's logins at applications are under way with,
// without being in anybody's way.
const mostCodes = 100

// Most people have no more tokens than fewTokens, which are read at once. mostApps bounds
// the applications that are shown.
const (
	fewTokens = 200
	mostApps  = 200
)
