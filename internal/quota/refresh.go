package quota

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// refreshSetting is where the database keeps how far the rules are.
const refreshSetting = "quota_refresh"

// RuleState is how far a rule is.
type RuleState struct {
	Until time.Time `json:"until"` // all its times up to this one are dealt with
	When  string    `json:"when"`  // its schedule and zone, from which that was reckoned
	At    time.Time `json:"at,omitzero"`
	Done  Refreshed `json:"done"`
}

// when is what a rule's times depend on.
func (r Rule) when() string {
	if r.Every() > 0 {
		return "per " + r.Per.String() + " window " + r.Window.String()
	}
	return r.Schedule.String() + " " + r.Schedule.Zone().String()
}

// Refreshed is what a refresh did.
type Refreshed struct {
	Updated int   `json:"updated"`
	Total   int64 `json:"total"` // sixtieths of a credit
	Skipped int   `json:"skipped"`

	Changes []Balances `json:"-"` // of a dry run, the first of them
}

// Balances are what somebody has before and after.
type Balances struct {
	Username      string
	Before, After int64
}

// mostShown is how many changes a dry run tells one by one.
const mostShown = 100

// RuleStatus is a rule with how far it is.
type RuleStatus struct {
	Rule
	RuleState
	Next time.Time
}

// RefreshRules are the rules, for who may see what others have.
func (q *Quota) RefreshRules(ctx context.Context, r *access.Requester) (list []RuleStatus, err error) {
	if err := q.MayReadQuota(r); err != nil {
		return nil, err
	}
	err = q.store.View(ctx, func(tx data.Tx) error {
		states, err := q.states(ctx, tx)
		list = make([]RuleStatus, len(q.cfg.Refresh))
		for i, rule := range q.cfg.Refresh {
			list[i] = RuleStatus{rule, states[rule.Name], rule.Next(tx.Now())}
		}
		return err
	})
	return list, err
}

// states are those of the rules that there are, and of others that there were.
func (q *Quota) states(ctx context.Context, tx data.Tx) (map[string]RuleState, error) {
	text, err := data.OptionalSetting(ctx, tx, refreshSetting)
	if err != nil || text == "" {
		return map[string]RuleState{}, err
	}
	states := map[string]RuleState{}
	if err := json.Unmarshal([]byte(text), &states); err != nil {
		return nil, fmt.Errorf("read how far the rules of quotas are: %w", err)
	}
	return states, nil
}

// noticed are the states with those of rules that are new, or come at other times than they did: they begin now.
func (q *Quota) noticed(states map[string]RuleState, now time.Time) (changed bool) {
	for _, rule := range q.cfg.Refresh {
		if s, known := states[rule.Name]; !known || s.When != rule.when() {
			s.Until, s.When = now, rule.when()
			states[rule.Name], changed = s, true
		}
	}
	return changed
}

// BeginRefreshing forgets the rules that are no more: should they come back, they begin anew.
func (q *Quota) BeginRefreshing(ctx context.Context) error {
	return q.store.Update(ctx, func(tx data.Tx) error {
		states, err := q.states(ctx, tx)
		if err != nil {
			return err
		}
		changed := q.noticed(states, tx.Now())
		for name := range states {
			if !slices.ContainsFunc(q.cfg.Refresh, func(r Rule) bool { return r.Name == name }) || !q.cfg.Enabled {
				delete(states, name)
				changed = true
			}
		}
		if !changed {
			return nil
		}
		return write(ctx, tx, states)
	})
}

func write(ctx context.Context, tx data.Tx, states map[string]RuleState) error {
	text, err := json.Marshal(states)
	if err != nil {
		return fmt.Errorf("write how far the rules of quotas are: %w", err)
	}
	return tx.SetSetting(ctx, refreshSetting, string(text))
}

// Refreshes tells whether there are rules.
func (q *Quota) Refreshes() bool { return q.cfg.Enabled && len(q.cfg.Refresh) > 0 }

// RefreshQuotas does what the rules have for now, and did not do yet: each time of a rule once, whichever hub comes first, in
// a transaction of its own. It gives the rules that did something, a name each time.
func (q *Quota) RefreshQuotas(ctx context.Context) (did []string, err error) {
	for q.Refreshes() {
		var due bool
		err := q.store.View(ctx, func(tx data.Tx) error {
			states, err := q.states(ctx, tx)
			if err != nil {
				return err
			}
			due = q.noticed(states, tx.Now())
			_, _, _, found := q.first(states, tx.Now())
			due = due || found
			return nil
		})
		if err != nil || !due {
			return did, err
		}
		name, err := q.refreshNext(ctx)
		if err != nil {
			return did, err
		}
		if name != "" {
			did = append(did, name)
		}
	}
	return did, nil
}

// first is the earliest time that is due.
func (q *Quota) first(states map[string]RuleState, now time.Time) (rule Rule, at time.Time, skip, found bool) {
	for _, r := range q.cfg.Refresh {
		if due, late, ok := r.due(states[r.Name].Until, now); ok && (!found || due.Before(at)) {
			rule, at, skip, found = r, due, late, true
		}
	}
	return rule, at, skip, found
}

// refreshNext does the earliest time that is due, if there is one.
func (q *Quota) refreshNext(ctx context.Context) (name string, err error) {
	err = q.store.Update(ctx, func(tx data.Tx) error {
		name = ""
		states, err := q.states(ctx, tx)
		if err != nil {
			return err
		}
		q.noticed(states, tx.Now())
		rule, at, skip, found := q.first(states, tx.Now())
		if !found {
			return write(ctx, tx, states)
		}
		s := states[rule.Name]
		if !skip {
			if name, err = q.perform(ctx, tx, rule, &s, at); err != nil {
				return err
			}
		}
		s.Until = at
		states[rule.Name] = s
		return write(ctx, tx, states)
	})
	return name, err
}

// perform does what a rule has for a time, and notes it in its state. It gives the rule's name, or none where that was nothing.
func (q *Quota) perform(ctx context.Context, tx data.Tx, rule Rule, s *RuleState, at time.Time) (string, error) {
	f, err := rule.at(ctx, tx, s.Until, at)
	if err != nil || f.parts == 0 && rule.Per > 0 || len(f.returned) == 0 && rule.Window > 0 {
		return "", err
	}
	key := "refresh/" + rule.Name + "/" + strconv.FormatInt(at.Unix(), 10)
	done, err := q.refresh(ctx, tx, &access.Requester{}, rule.Name, key, f, false)
	if err != nil || done.Updated == 0 && rule.Every() > 0 {
		return "", err
	}
	s.Done, s.At = done, tx.Now()
	return rule.Name, nil
}

// at is what the rule does at a time, if it did all up to another.
func (r Rule) at(ctx context.Context, tx data.Tx, until, at time.Time) (f Refresh, err error) {
	f = r.Refresh
	switch {
	case r.Per > 0:
		f.parts = r.refill(until, at)
	case r.Window > 0:
		f.Action = Add
		f.returned, err = tx.QuotaUsed(ctx, until.Add(-r.Window), at.Add(-r.Window))
	}
	return f, err
}

// RefreshNow does a refresh at once, for those whom the requester may change; where it is dry, it only says what would become
// of whom. Under a key that is not empty nobody is changed twice.
func (q *Quota) RefreshNow(ctx context.Context, r *access.Requester, name, key string, f Refresh, dry bool) (done Refreshed, err error) {
	if err := q.MayChangeQuota(r); err != nil {
		return done, err
	}
	if err := f.Check(); err != nil {
		return done, err
	}
	do := q.store.Update
	if dry {
		do = q.store.View
	}
	err = do(ctx, func(tx data.Tx) error {
		done, err = q.refresh(ctx, tx, r, name, key, f, dry)
		return err
	})
	return done, err
}

// Rule is one of the configuration.
func (q *Quota) Rule(name string) (Rule, bool) {
	at := slices.IndexFunc(q.cfg.Refresh, func(r Rule) bool { return r.Name == name })
	if at < 0 {
		return Rule{}, false
	}
	return q.cfg.Refresh[at], true
}

// refresh does it in a transaction.
func (q *Quota) refresh(ctx context.Context, tx data.Tx, r *access.Requester, name, key string, f Refresh, dry bool) (done Refreshed, err error) {
	meant, err := q.meant(ctx, tx, r, f.Targets)
	if err != nil {
		return done, err
	}
	b := &book{q: q, actor: r.Actor().Name, accounts: map[int64]*hub.QuotaAccount{}}
	if err := b.recall(ctx, tx, meant, !dry); err != nil {
		return done, err
	}
	var change []int64
	for _, a := range meant {
		if now := b.accounts[a.UserID]; now != nil {
			a = *now
		}
		after := f.of(a)
		if !f.Targets.has(a) || after == a.Balance() {
			done.Skipped++
			continue
		}
		change = append(change, a.UserID)
		done.Total += after - a.Balance()
		if len(done.Changes) < mostShown {
			done.Changes = append(done.Changes, Balances{a.UserName, a.Balance(), after})
		}
	}
	done.Updated = len(change)
	if dry || len(change) == 0 {
		return done, nil
	}
	changes := done.Changes
	done, err = b.enter(ctx, tx, r, name, key, f, change)
	done.Skipped += len(meant) - len(change)
	done.Changes = changes
	return done, err
}

// meant are the accounts of those whom the targets name and the requester may change. The hub itself may change all.
func (q *Quota) meant(ctx context.Context, tx data.Tx, r *access.Requester, t Targets) ([]hub.QuotaAccount, error) {
	all := !r.Known() || r.Scopes.Has(AdminScope)
	query := hub.QuotaQuery{Restricted: len(t.Groups) > 0, OnlyGroups: t.Groups}
	if len(t.Users) > 0 {
		query.Names = t.Users
	}
	list, err := tx.ListQuotas(ctx, query)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(a hub.QuotaAccount) bool { return !t.names(a.UserName) })
	if !all {
		if list, err = mayChange(ctx, tx, r, list); err != nil {
			return nil, err
		}
	}
	for i := range list {
		list[i] = q.of(list[i])
	}
	return list, nil
}

// mayChange are those of the accounts whose people the requester may change what they have.
func mayChange(ctx context.Context, tx data.Tx, r *access.Requester, list []hub.QuotaAccount) ([]hub.QuotaAccount, error) {
	if len(r.Scopes.Filters(AdminScope)) == 0 {
		return nil, nil
	}
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.UserName
	}
	people, err := access.UsersNamed(ctx, tx, names)
	return slices.DeleteFunc(list, func(a hub.QuotaAccount) bool { return r.NeedOn(people[a.UserName], AdminScope) != nil }), err
}

// recall takes accounts that were read; charged, as they are when what runs is charged up to now.
func (b *book) recall(ctx context.Context, tx data.Tx, list []hub.QuotaAccount, charged bool) error {
	var known []int64
	for _, a := range list {
		if a.ID != 0 {
			b.accounts[a.UserID] = &a
			known = append(known, a.UserID)
		}
	}
	if !charged || len(known) == 0 {
		return nil
	}
	return b.charge(ctx, tx, known)
}

// enter enters a refresh of people whose accounts were recalled.
func (b *book) enter(ctx context.Context, tx data.Tx, r *access.Requester, name, key string, f Refresh, userIDs []int64) (done Refreshed, err error) {
	if err := b.make(ctx, tx, userIDs); err != nil {
		return done, err
	}
	made, err := b.done(ctx, tx, key)
	if err != nil {
		return done, err
	}
	for _, id := range userIDs {
		a := b.accounts[id]
		request := ""
		if a != nil && key != "" {
			request = key + "/" + strconv.FormatInt(a.ID, 10)
		}
		if a == nil || made[request] {
			done.Skipped++
			continue
		}
		amount, kind := f.of(*a)-a.Balance(), hub.QuotaRefresh
		if f.returned != nil {
			kind = hub.QuotaReturned
		}
		b.add(a, hub.QuotaEntry{Kind: kind, Amount: amount, Actor: b.actor, Note: name, Request: request})
		done.Updated++
		done.Total += amount
	}
	if err := b.write(ctx, tx); err != nil || f.parts != 0 || f.returned != nil { // what comes all the time is in the ledger alone
		return done, err
	}
	return done, tx.AddAudit(ctx, r.Audit("quota.refresh", "quota_rule", 0, name, nil, map[string]any{
		"updated": done.Updated, "total": hub.ExactCredits(done.Total),
	}))
}
