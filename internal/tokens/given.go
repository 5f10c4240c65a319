package tokens

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// How many tokens a page of everybody's has.
const (
	givenPage    = 50
	maxGivenPage = 200
)

// GivenTokens lists the tokens that people made, everybody's or one's, the one made last
// first, and says whether there are more: those with lower ids. It needs read:tokens for
// everybody.
func (tt *Tokens) GivenTokens(ctx context.Context, r *access.Requester, q hub.GivenTokenQuery) (list []hub.Token, more bool, err error) {
	if err := r.Need("read:tokens"); err != nil {
		return nil, false, err
	}
	if q.User != "" {
		if q.User, err = hub.UserName(q.User); err != nil {
			return []hub.Token{}, false, nil // nobody has such a name
		}
	}
	if q.Limit <= 0 {
		q.Limit = givenPage
	}
	size := min(q.Limit, maxGivenPage)
	q.Limit = size + 1
	err = tt.store.View(ctx, func(tx data.Tx) error {
		list, err = tx.GivenTokens(ctx, q)
		return err
	})
	if more = len(list) > size; more {
		list = list[:size]
	}
	return tt.activity.OfTokens(list...), more, err
}
