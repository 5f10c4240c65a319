package quota

import (
	"context"
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

// unseen is how long nothing may have been charged, so that a run that is found gone then is not charged for that time: the hub
// was away, and nobody knows when the run ended.
const unseen = 30 * time.Second

// Holds are what runs of some people may have. Those of a nil Holds have what they want: there are no quotas.
type Holds struct {
	book *book
	now  time.Time
	runs []asked
	used func(accountID int64) ([]hub.QuotaEntry, error) // the newest entries of an account
}

// asked is a run that is to be held for, whose server may have no id yet.
type asked struct {
	server hub.Server
	rate   int64
	held   int64
}

// ReadHolds reads the accounts of people who are about to start servers.
func (q *Quota) ReadHolds(ctx context.Context, tx data.Tx, userIDs ...int64) (*Holds, error) {
	if !q.cfg.Enabled {
		return nil, nil //nolint:nilnil // there are no quotas
	}
	h := &Holds{now: tx.Now(), used: func(id int64) ([]hub.QuotaEntry, error) { return tx.QuotaEntries(ctx, id, 0, mostAhead) }, book: &book{q: q, accounts: map[int64]*hub.QuotaAccount{}}}
	return h, h.book.read(ctx, tx, userIDs)
}

// Start holds what a server's run costs for the time that its options ask for, when it is launched so; hub.Forbidden where
// there is not enough. Whoever starts it, it is its person who pays, of whom the groups are.
func (h *Holds) Start(s hub.Server, launch hub.Launch, groups []string) error {
	if h == nil {
		return nil
	}
	minutes, given, err := h.minutes(s.Options, launch)
	if err != nil {
		return err
	}
	a := h.book.accounts[s.UserID]
	if a == nil {
		fresh := h.book.q.of(hub.QuotaAccount{UserID: s.UserID, UserName: s.UserName})
		a = &fresh
		h.book.accounts[s.UserID] = a
	}
	rate := h.book.q.cfg.RateOf(launch)
	if a.Unlimited {
		h.runs = append(h.runs, asked{server: s, rate: rate})
		return nil
	}
	held, err := h.cost(*a, groups, rate, minutes, given)
	if err != nil {
		return err
	}
	a.Held += held
	h.runs = append(h.runs, asked{s, rate, held})
	return nil
}

// minutes is the time that options ask for, or that is held for where they ask for none; no more than a run has that is
// launched so.
func (h *Holds) minutes(options json.RawMessage, launch hub.Launch) (minutes int64, given bool, err error) {
	minutes, err = profiles.Minutes(options)
	if given = minutes > 0; !given {
		minutes = h.book.q.cfg.DefaultMinutes
	}
	if limit := launch.TimeLimit; limit > 0 {
		minutes = min(minutes, (limit+59)/60)
	}
	return minutes, given, err
}

// Write writes what is held; started are the servers that Start was asked about, each with its id.
func (h *Holds) Write(ctx context.Context, tx data.Tx, started []hub.Server) error {
	if h == nil || len(h.runs) == 0 {
		return nil
	}
	type name struct {
		user   int64
		server string
	}
	ids := make(map[name]int64, len(started))
	var people []int64
	for _, s := range started {
		ids[name{s.UserID, s.Name}] = s.ID
		people = append(people, s.UserID)
	}
	b := &book{q: h.book.q, accounts: map[int64]*hub.QuotaAccount{}}
	if err := b.open(ctx, tx, people); err != nil {
		return err
	}
	if err := b.write(ctx, tx); err != nil {
		return err
	}
	runs := make([]hub.QuotaRun, 0, len(h.runs))
	for _, x := range h.runs {
		a := b.accounts[x.server.UserID]
		if a == nil {
			return hub.Errorf(hub.Conflict, "%s was deleted meanwhile", x.server.UserName)
		}
		runs = append(runs, hub.QuotaRun{
			ServerID: ids[name{x.server.UserID, x.server.Name}], AccountID: a.ID, Rate: x.rate, Held: x.held,
		})
	}
	return tx.PutQuotaRuns(ctx, runs)
}

// Price says what a run costs that is launched so, from when it begins: what was meant when it was asked for may cost something
// else by now. What is held for it stays.
func (q *Quota) Price(ctx context.Context, tx data.Tx, s hub.Server, launch hub.Launch) (rate int64, err error) {
	rate = q.cfg.RateOf(launch)
	if rate == 0 {
		return 0, nil
	}
	if err := tx.PriceQuotaRun(ctx, s.ID, rate); err != nil || !q.cfg.FromStart {
		return rate, err
	}
	return rate, q.Meter(ctx, tx, s)
}

// Meter begins to charge a server, which is ready.
func (q *Quota) Meter(ctx context.Context, tx data.Tx, s hub.Server) error {
	account, err := q.upToNow(ctx, tx, s.ID)
	if err != nil || account == 0 {
		return err
	}
	return tx.MeterQuotaRun(ctx, s.ID, tx.Now())
}

// upToNow charges all runs of the account that a server's spends from, so that what changes now changes it from now on alone.
// 0: there is no such account.
func (q *Quota) upToNow(ctx context.Context, tx data.Tx, serverID int64) (account int64, err error) {
	account, err = tx.HoldQuota(ctx, serverID)
	if err != nil || account == 0 || !q.cfg.Enabled {
		return account, err
	}
	return account, tx.ChargeQuotas(ctx, []int64{account}, tx.Now())
}

// Charge charges the servers that owner drives, in one statement, and gives the ids of those that have to stop, since nothing
// has been left for as long as the grace.
func (q *Quota) Charge(ctx context.Context, tx data.Tx, owner string) (stop []int64, err error) {
	if !q.cfg.Enabled { // what runs from a time when there were quotas is not charged for this one
		return nil, tx.SkipQuotaRuns(ctx, owner, tx.Now())
	}
	if err := tx.ChargeQuotaRuns(ctx, owner, tx.Now()); err != nil {
		return nil, err
	}
	return tx.EmptyQuotaRuns(ctx, owner, tx.Now().Add(-q.cfg.Grace))
}

// Empty tells whether a server's account has nothing left, so that it has to stop.
func (q *Quota) Empty(ctx context.Context, tx data.Tx, serverID int64) (bool, error) {
	_, a, err := tx.QuotaRun(ctx, serverID)
	return err == nil && !a.Unlimited && a.Balance() <= 0, hub.IgnoreNotFound(err)
}

// Settle ends a server's run: what it has spent becomes an entry. lost says that it was found gone.
func (q *Quota) Settle(ctx context.Context, tx data.Tx, s hub.Server, lost bool) error {
	before, _, err := tx.QuotaRun(ctx, s.ID)
	if err != nil {
		return hub.IgnoreNotFound(err)
	}
	if away := time.Duration(tx.Now().Unix()-before.Until) * time.Second; !lost || away <= unseen {
		if _, err := q.upToNow(ctx, tx, s.ID); err != nil {
			return err
		}
	}
	r, a, err := tx.QuotaRun(ctx, s.ID)
	if err != nil {
		return err
	}
	if r.Seconds > 0 {
		if err := tx.AddQuotaEntries(ctx, hub.QuotaEntry{
			AccountID: a.ID, Kind: hub.QuotaUsage, Amount: -r.Spent, Balance: a.Balance(), Actor: hub.System().Name,
			ServerName: s.Name, Fence: s.Fence, Rate: r.Rate, Seconds: r.Seconds,
		}); err != nil {
			return err
		}
	}
	return tx.DeleteQuotaRuns(ctx, []int64{s.ID})
}

// Release gives back what is held for servers that nobody has begun.
func Release(ctx context.Context, tx data.Tx, list ...hub.Server) error {
	ids := make([]int64, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return tx.DeleteQuotaRuns(ctx, ids)
}

// Outlook says how long what a server's person has lasts, for all their servers that are charged; not known is what is not
// charged.
func (q *Quota) Outlook(ctx context.Context, tx data.Tx, serverID int64) (o hub.QuotaOutlook, known bool, err error) {
	if !q.cfg.Enabled {
		return o, false, nil
	}
	r, a, err := tx.QuotaRun(ctx, serverID)
	if err != nil {
		return o, false, hub.IgnoreNotFound(err)
	}
	runs, err := tx.QuotaRunsOf(ctx, a.ID)
	if err != nil {
		return o, false, err
	}
	o.Account = a
	charged := int64(0) // what all have taken since 1970, had they always run, up to which each is charged
	for _, x := range runs {
		if x.Until > 0 {
			o.Rate += x.Rate
			charged += x.Rate * x.Until
		}
	}
	switch {
	case a.Unlimited || r.Until == 0:
		return o, true, nil
	case r.Empty > 0:
		o.Empty = time.Unix(r.Empty, 0).UTC()
	case o.Rate > 0:
		o.Empty = time.Unix((max(a.Balance(), 0)+charged+o.Rate-1)/o.Rate, 0).UTC()
	default:
		return o, true, nil
	}
	o.Stops = o.Empty.Add(q.cfg.Grace)
	return o, true, nil
}
