package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// ErrNoQuotas is that a hub has no quotas, or that they are not enabled.
var ErrNoQuotas = errors.New("Quotas are not enabled on this hub")

// quotasPage is how many people a request for quotas gets.
const quotasPage = 1000

// Quota is what somebody may spend on servers.
type Quota struct {
	Username  string     `json:"username"`
	Balance   int64      `json:"balance"` // whole credits, rounded down
	Exact     string     `json:"exact"`   // as it is: "12", or "12 43/60"
	Available int64      `json:"available"`
	Unlimited bool       `json:"unlimited"`
	UpdatedAt *time.Time `json:"updated_at"` // nil: nothing was given or taken yet
}

// Quotas yields what everybody has of whom the token may know it, by name; where names are given, those alone, which stand in
// the request's address. It is Atrium's; on JupyterHub, and where quotas are not enabled, it is ErrNoQuotas.
func (c *Client) Quotas(ctx context.Context, names ...string) iter.Seq2[Quota, error] {
	return func(yield func(Quota, error) bool) {
		if err := c.needAtrium(ctx, "read quotas"); err != nil {
			yield(Quota{}, noQuotas(err))
			return
		}
		for after := ""; ; {
			var said struct {
				Users []Quota `json:"users"`
			}
			_, err := c.do(ctx, call{
				method: http.MethodGet, route: beside("/admin/api/quota"), safe: true, read: into(&said),
				query: url.Values{"limit": {count(quotasPage)}, "after": {after}, "username": names},
			})
			if err != nil {
				yield(Quota{}, noQuotas(err))
				return
			}
			for _, q := range said.Users {
				if !yield(q, nil) {
					return
				}
			}
			if len(said.Users) < quotasPage {
				return
			}
			after = said.Users[len(said.Users)-1].Username
		}
	}
}

func noQuotas(err error) error {
	if IsNotFound(err) || errors.Is(err, ErrNotAtrium) {
		return ErrNoQuotas
	}
	return err
}

// QuotaChange is a row of ChangeQuotas.
type QuotaChange struct {
	Username string `json:"username"`
	Amount   int64  `json:"amount"` // whole credits
}

// QuotaRequest is what ChangeQuotas sends.
type QuotaRequest struct {
	Action         string        `json:"action"` // "set", "add" or "deduct"
	Users          []QuotaChange `json:"users"`
	IdempotencyKey string        `json:"-"` // made up if empty; see NewIdempotencyKey
}

// ChangeQuotas changes what people may spend: MaxRows at most, in one transaction, and once, however often it is sent under its
// key. Rows are StatusChanged, or StatusFailed. It is ErrNoQuotas as Quotas is.
func (c *Client) ChangeQuotas(ctx context.Context, q QuotaRequest) (answer BulkAnswer, err error) {
	if q.IdempotencyKey == "" {
		q.IdempotencyKey = NewIdempotencyKey()
	}
	switch {
	case len(q.Users) > MaxRows:
		return answer, fmt.Errorf("%w, not %d", ErrTooManyRows, len(q.Users))
	case len(q.Users) == 0:
		return answer, nil
	}
	if err := c.needAtrium(ctx, "change quotas"); err != nil {
		return answer, noQuotas(err)
	}
	var said struct {
		Details []struct {
			Username string `json:"username"`
			Status   string `json:"status"`
			Message  string `json:"message"`
		} `json:"details"`
	}
	_, err = c.do(ctx, call{
		method: http.MethodPost, route: beside("/admin/api/quota/batch"), body: q, key: q.IdempotencyKey, safe: true, bulk: true, read: into(&said),
	})
	if err == nil && len(said.Details) != len(q.Users) {
		err = fmt.Errorf("the hub answers with %d results for %d rows", len(said.Details), len(q.Users))
	}
	if err != nil {
		return answer, noQuotas(err)
	}
	answer.Counts = map[string]int{}
	for _, x := range said.Details {
		r := BulkResult{Username: x.Username, Status: StatusChanged, Message: x.Message}
		if x.Status != "success" {
			r.Status = StatusFailed
		}
		c.tidyResult(&r)
		answer.Counts[r.Status]++
		answer.Results = append(answer.Results, r)
	}
	return answer, nil
}
