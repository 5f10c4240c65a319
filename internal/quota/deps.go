package quota

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// The scopes of what others have. They are Atrium's own; with a filter by group they are about its members.
const (
	ReadScope  = "read:quota"
	AdminScope = "admin:quota"
)

// ReadScopes are those of who may see what others have.
func ReadScopes() []string { return []string{ReadScope} }

// AdminScopes are those of who may change it.
func AdminScopes() []string { return []string{AdminScope} }

// Config is what is charged. Amounts are whole credits.
type Config struct {
	Enabled        bool
	Rate           int64            // credits a minute of a server
	Rates          map[string]int64 // of one with an accelerator, by its name
	Accelerators   map[string]hub.Accelerator
	MinimumToStart int64
	Default        int64 // what somebody has who was given nothing yet
	DefaultMinutes int64 // what a start asks for that says no time
	Grace          time.Duration
	FromStart      bool   // a run is charged from when it is started, and not only from when it is ready
	Refresh        []Rule // by name
}

// RateOf is what a minute of a server costs that is started so: what its profile says, or its accelerator, or else what
// all cost; 0 where there are no quotas.
func (c Config) RateOf(l hub.Launch) int64 {
	if !c.Enabled {
		return 0
	}
	return cmp.Or(l.Rate, c.Rates[l.Accelerator], c.Rate)
}

// Quota says what people have, changes it, and charges it.
type Quota struct {
	cfg   Config
	store data.Store
}

// New makes a Quota.
func New(store data.Store, cfg Config) *Quota { return &Quota{cfg: cfg, store: store} }

// QuotaRules are what is charged.
func (q *Quota) QuotaRules() Config { return q.cfg }

// ready refuses what there is not without quotas.
func (q *Quota) ready() error {
	if q.cfg.Enabled {
		return nil
	}
	return hub.Errorf(hub.NotFound, "Quotas are not enabled on this hub")
}

// of is what somebody has, who may have been given nothing yet.
func (q *Quota) of(a hub.QuotaAccount) hub.QuotaAccount {
	if a.ID == 0 {
		a.Settled = q.cfg.Default * hub.CreditParts
	}
	return a
}

// OwnQuota is what the requester has.
func (q *Quota) OwnQuota(ctx context.Context, r *access.Requester) (a hub.QuotaAccount, err error) {
	if !r.Known() || r.IsService() {
		return a, hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	err = q.store.View(ctx, func(tx data.Tx) error {
		a, err = q.account(ctx, tx, r.User)
		return err
	})
	return a, err
}

// account is what somebody has.
func (q *Quota) account(ctx context.Context, tx data.Tx, u hub.User) (hub.QuotaAccount, error) {
	list, err := tx.QuotasOf(ctx, []int64{u.ID})
	if err != nil || len(list) > 0 {
		return first(list), err
	}
	return q.of(hub.QuotaAccount{UserID: u.ID, UserName: u.Name}), nil
}

func first(list []hub.QuotaAccount) (a hub.QuotaAccount) {
	if len(list) > 0 {
		a = list[0]
	}
	return a
}

// ListQuotas gives what everybody has of whom the requester may know it, by name.
func (q *Quota) ListQuotas(ctx context.Context, r *access.Requester, query hub.QuotaQuery) (list []hub.QuotaAccount, err error) {
	if err := q.MayReadQuota(r); err != nil {
		return nil, err
	}
	if query.Restricted = !r.Scopes.Has(ReadScope); query.Restricted {
		for _, f := range r.Scopes.Filters(ReadScope) {
			switch f.Kind {
			case scopes.KindUser:
				query.OnlyUsers = append(query.OnlyUsers, f.Value)
			case scopes.KindGroup:
				query.OnlyGroups = append(query.OnlyGroups, f.Value)
			}
		}
	}
	err = q.store.View(ctx, func(tx data.Tx) error {
		list, err = tx.ListQuotas(ctx, query)
		return err
	})
	for i := range list {
		list[i] = q.of(list[i])
	}
	return list, err
}

// Quotas gives what those of the people have, by their ids, of whom the requester may know it; nothing where there are no
// quotas.
func (q *Quota) Quotas(ctx context.Context, r *access.Requester, people []hub.User) (map[int64]hub.QuotaAccount, error) {
	accounts := make(map[int64]hub.QuotaAccount, len(people))
	if !q.cfg.Enabled {
		return accounts, nil
	}
	var ids []int64
	for _, u := range people {
		if r.AllowsUser(ReadScope, u) {
			accounts[u.ID] = q.of(hub.QuotaAccount{UserID: u.ID, UserName: u.Name})
			ids = append(ids, u.ID)
		}
	}
	err := q.store.View(ctx, func(tx data.Tx) error {
		list, err := tx.QuotasOf(ctx, ids)
		for _, a := range list {
			accounts[a.UserID] = a
		}
		return err
	})
	return accounts, err
}

// Amounts gives how much everybody has of whom the requester may know it, by their ids, for an order of them: who is
// unlimited has more than anybody.
func (q *Quota) Amounts(ctx context.Context, r *access.Requester) (map[int64]int64, error) {
	list, err := q.ListQuotas(ctx, r, hub.QuotaQuery{})
	if err != nil {
		return nil, err
	}
	amounts := make(map[int64]int64, len(list))
	for _, a := range list {
		if amounts[a.UserID] = a.Balance(); a.Unlimited {
			amounts[a.UserID] = math.MaxInt64
		}
	}
	return amounts, nil
}

// MayReadQuota is nil for one who may see what some others have, where there are quotas.
func (q *Quota) MayReadQuota(r *access.Requester) error {
	if err := access.MaySome(r, ReadScope); err != nil {
		return err
	}
	return q.ready()
}

// MayChangeQuota is nil for one who may change what some have, where there are quotas.
func (q *Quota) MayChangeQuota(r *access.Requester) error {
	if err := access.MaySome(r, AdminScope); err != nil {
		return err
	}
	return q.ready()
}
