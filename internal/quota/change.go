package quota

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Action is what is done to somebody's quota.
type Action string

// The actions.
const (
	Set       Action = "set"    // the balance becomes the amount
	Add       Action = "add"    // a negative amount takes away, and below zero if need be
	Deduct    Action = "deduct" // no more than there is
	Unlimited Action = "set_unlimited"
	Correct   Action = "correct" // takes back an entry, once
)

// Change is one to somebody's quota. Amounts are whole credits.
type Change struct {
	Username  string
	Action    Action
	Amount    int64
	Unlimited bool // of the action Unlimited, whether they are from now on
	Limited   bool // of the others, that they are unlimited no more
	Note      string
	Entry     int64 // of the action Correct, its id
}

// Given is a quota as it is given with other things of a person: an amount, or that they are unlimited.
type Given struct {
	Amount    int64 `json:"amount"`
	Unlimited bool  `json:"unlimited,omitempty"`
}

// Change is what gives it.
func (g Given) Change(username string) Change {
	if g.Unlimited {
		return Change{Username: username, Action: Unlimited, Unlimited: true}
	}
	return Change{Username: username, Action: Set, Amount: g.Amount}
}

// nothing tells whether a change that says no more than what is to be changes nothing.
func (c Change) nothing(a hub.QuotaAccount) bool {
	switch c.Action {
	case Set:
		return a.Balance() == c.Amount*hub.CreditParts && !(c.Limited && a.Unlimited)
	case Unlimited:
		return a.Unlimited == c.Unlimited
	case Add, Deduct, Correct:
	}
	return false
}

// Changed is what became of a change: the account after it, or why not.
type Changed struct {
	Username string
	Before   hub.QuotaAccount
	Account  hub.QuotaAccount
	Same     bool // it was so already, or was done under the same key
	Err      error
}

// Check says what is wrong with a change, whoever it is about.
func (c Change) Check() error {
	const most = hub.MostCredits
	switch {
	case len(c.Note) > 500:
		return hub.Errorf(hub.Invalid, "The description is longer than 500 bytes")
	case c.Action == Unlimited:
		return nil
	case c.Action == Correct && c.Entry < 1:
		return hub.Errorf(hub.Invalid, "The entry must be the id of one of the statement")
	case c.Action != Set && c.Action != Add && c.Action != Deduct && c.Action != Correct:
		return hub.Errorf(hub.Invalid, "The action must be set, add, deduct, correct or set_unlimited, not %q", hub.Clip(string(c.Action)))
	case c.Amount < -most || c.Amount > most:
		return hub.Errorf(hub.Invalid, "The amount must be within ±%d credits", most)
	case c.Action == Set && c.Amount < 0:
		return hub.Errorf(hub.Invalid, "A quota cannot be set below 0")
	case c.Action == Deduct && c.Amount <= 0:
		return hub.Errorf(hub.Invalid, "What is deducted must be more than 0")
	}
	return nil
}

// ChangeQuotas makes all changes that can be made, in their order and in one transaction; the others say why not. Under a
// key that is not empty each of them is made once: asked again, it says what there is.
func (q *Quota) ChangeQuotas(ctx context.Context, r *access.Requester, key string, changes []Change) (out []Changed, err error) {
	if err := q.MayChangeQuota(r); err != nil {
		return nil, err
	}
	err = q.store.Update(ctx, func(tx data.Tx) error {
		out = make([]Changed, len(changes))
		return q.changeIn(ctx, tx, r, key, changes, out)
	})
	return out, err
}

// ForeseeQuotas says what changes would come to, and makes none.
func (q *Quota) ForeseeQuotas(ctx context.Context, tx data.Tx, r *access.Requester, changes []Change) ([]Changed, error) {
	out := make([]Changed, len(changes))
	people, err := q.whom(ctx, tx, r, changes, out)
	if err != nil {
		return nil, err
	}
	b := &book{q: q, accounts: map[int64]*hub.QuotaAccount{}}
	if err := b.read(ctx, tx, idsOf(people)); err != nil {
		return nil, err
	}
	for _, u := range people {
		if b.accounts[u.ID] == nil {
			b.accounts[u.ID] = new(q.of(hub.QuotaAccount{UserID: u.ID, UserName: u.Name}))
		}
	}
	for i, c := range changes {
		if out[i].Err == nil {
			if err := b.change(ctx, tx, b.accounts[people[out[i].Username].ID], c, "", false, &out[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func idsOf(people map[string]hub.User) []int64 {
	ids := make([]int64, 0, len(people))
	for _, u := range people {
		ids = append(ids, u.ID)
	}
	return ids
}

// SetQuotas sets what people have, as part of what else is done with them: those that cannot be set say why not.
func (q *Quota) SetQuotas(ctx context.Context, tx data.Tx, r *access.Requester, changes []Change) ([]Changed, error) {
	out := make([]Changed, len(changes))
	if len(changes) == 0 {
		return out, nil
	}
	return out, q.changeIn(ctx, tx, r, "", changes, out)
}

func (q *Quota) changeIn(ctx context.Context, tx data.Tx, r *access.Requester, key string, changes []Change, out []Changed) error {
	people, err := q.whom(ctx, tx, r, changes, out)
	if err != nil {
		return err
	}
	b := &book{q: q, actor: r.Name(), accounts: map[int64]*hub.QuotaAccount{}}
	if err := b.open(ctx, tx, idsOf(people)); err != nil {
		return err
	}
	done, err := b.done(ctx, tx, key)
	if err != nil {
		return err
	}
	var audit []hub.AuditEntry
	for i, c := range changes {
		if out[i].Err != nil {
			continue
		}
		a := b.accounts[people[out[i].Username].ID]
		request := ""
		if key != "" {
			request = requestKey(key, i)
		}
		if err := b.change(ctx, tx, a, c, request, done[request], &out[i]); err != nil {
			return err
		}
		if out[i].Err == nil && !out[i].Same {
			audit = append(audit, r.Audit("quota."+string(c.Action), "user", a.UserID, a.UserName, recordOf(out[i].Before), recordOf(*a)))
		}
	}
	if err := b.write(ctx, tx); err != nil {
		return err
	}
	return tx.AddAudit(ctx, audit...)
}

// change makes a change, unless it was done already, and says what there is before and after it.
func (b *book) change(ctx context.Context, tx data.Tx, a *hub.QuotaAccount, c Change, request string, done bool, out *Changed) (err error) {
	out.Before = *a
	if out.Same = done || c.nothing(*a); !out.Same {
		out.Err, err = b.act(ctx, tx, a, c, request)
	}
	out.Account = *a
	return err
}

// whom finds the people of the changes, and says of the others why not.
func (q *Quota) whom(ctx context.Context, tx data.Tx, r *access.Requester, changes []Change, out []Changed) (map[string]hub.User, error) {
	var names []string
	for i, c := range changes {
		name, err := hub.UserName(c.Username)
		if err != nil {
			out[i] = Changed{Username: c.Username, Err: r.Absent(c.Username, AdminScope)}
			continue
		}
		out[i] = Changed{Username: name, Err: c.Check()}
		names = append(names, name)
	}
	people, err := access.UsersNamed(ctx, tx, names)
	if err != nil {
		return nil, err
	}
	for i := range out {
		u, exists := people[out[i].Username]
		switch {
		case !exists:
			out[i].Err = r.Absent(out[i].Username, AdminScope)
		default:
			if err := r.NeedOn(u, AdminScope); err != nil {
				out[i].Err = err
				delete(people, u.Name)
			}
		}
	}
	return people, nil
}

// requestKey is that of one change among those that came under a key.
func requestKey(key string, place int) string { return key + "/" + strconv.Itoa(place) }

func recordOf(a hub.QuotaAccount) map[string]any {
	return map[string]any{"balance": hub.ExactCredits(a.Balance()), "unlimited": a.Unlimited}
}

// book is accounts that are about to be changed, and the entries that are to be written of it.
type book struct {
	q        *Quota
	actor    string
	accounts map[int64]*hub.QuotaAccount // by the ids of their people
	entries  []hub.QuotaEntry
	turned   map[bool][]int64 // accounts by what they are to be: unlimited, or not
}

// open reads the accounts of people, and makes those that are not there with what everybody begins with.
func (b *book) open(ctx context.Context, tx data.Tx, userIDs []int64) error {
	if err := b.read(ctx, tx, userIDs); err != nil {
		return err
	}
	if err := b.charge(ctx, tx, userIDs); err != nil {
		return err
	}
	return b.make(ctx, tx, userIDs)
}

// make makes the accounts that were not found, with what everybody begins with.
func (b *book) make(ctx context.Context, tx data.Tx, userIDs []int64) error {
	var missing []int64
	for _, id := range userIDs {
		if b.accounts[id] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := tx.OpenQuotas(ctx, missing); err != nil {
		return err
	}
	if err := b.read(ctx, tx, missing); err != nil {
		return err
	}
	for _, id := range missing {
		if a := b.accounts[id]; a != nil && b.q.cfg.Default > 0 {
			b.add(a, hub.QuotaEntry{Kind: hub.QuotaInitial, Amount: b.q.cfg.Default * hub.CreditParts, Actor: hub.System().Name})
		}
	}
	return nil
}

// charge charges what runs up to now, so that changes count from now on alone.
func (b *book) charge(ctx context.Context, tx data.Tx, userIDs []int64) error {
	if err := tx.ChargeQuotas(ctx, b.ids(), tx.Now()); err != nil {
		return err
	}
	return b.read(ctx, tx, userIDs)
}

func (b *book) read(ctx context.Context, tx data.Tx, userIDs []int64) error {
	list, err := tx.QuotasOf(ctx, userIDs)
	for _, a := range list {
		b.accounts[a.UserID] = &a
	}
	return err
}

// done are the keys of changes that were made already.
func (b *book) done(ctx context.Context, tx data.Tx, key string) (map[string]bool, error) {
	done := map[string]bool{}
	if key == "" {
		return done, nil
	}
	list, err := tx.QuotaRequests(ctx, b.ids(), key+"/")
	for _, request := range list {
		done[request] = true
	}
	return done, err
}

// ids are those of the accounts.
func (b *book) ids() []int64 {
	ids := make([]int64, 0, len(b.accounts))
	for _, a := range b.accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

// add enters something into an account.
func (b *book) add(a *hub.QuotaAccount, e hub.QuotaEntry) {
	a.Settled += e.Amount
	e.AccountID, e.Balance = a.ID, a.Balance()
	b.entries = append(b.entries, e)
}

// apply makes a change.
func (b *book) apply(a *hub.QuotaAccount, c Change, request string) error {
	e := hub.QuotaEntry{Actor: b.actor, Note: c.Note, Request: request}
	amount := c.Amount * hub.CreditParts
	switch c.Action {
	case Set:
		e.Kind, e.Amount = hub.QuotaSet, amount-a.Balance()
	case Add:
		if e.Kind, e.Amount = hub.QuotaAdd, amount; amount < 0 {
			e.Kind = hub.QuotaDeduct
		}
	case Deduct:
		if amount > a.Balance() {
			return hub.Errorf(hub.Invalid, "Insufficient balance: %s has %d credits", a.UserName, hub.WholeCredits(a.Balance()))
		}
		e.Kind, e.Amount = hub.QuotaDeduct, -amount
	case Correct: // it takes more than the change
	case Unlimited:
		if e.Kind = hub.QuotaLimited; c.Unlimited {
			e.Kind = hub.QuotaUnlimited
		}
		b.turn(a, c.Unlimited)
	}
	if c.Limited && a.Unlimited {
		b.turn(a, false)
		b.add(a, hub.QuotaEntry{Kind: hub.QuotaLimited, Actor: b.actor, Note: c.Note})
	}
	b.add(a, e)
	return nil
}

// act makes a change, or says why it cannot be made.
func (b *book) act(ctx context.Context, tx data.Tx, a *hub.QuotaAccount, c Change, request string) (refused, err error) {
	if c.Action == Correct {
		return b.correct(ctx, tx, a, c)
	}
	return b.apply(a, c, request), nil
}

// correct takes back an entry, which can be done once, whatever the key of the request.
func (b *book) correct(ctx context.Context, tx data.Tx, a *hub.QuotaAccount, c Change) (refused, err error) {
	list, err := tx.QuotaEntries(ctx, a.ID, c.Entry+1, 1)
	if err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0 || list[0].ID != c.Entry:
		return hub.Errorf(hub.NotFound, "%s has no entry %d", a.UserName, c.Entry), nil
	case list[0].Kind == hub.QuotaCorrected || list[0].Amount == 0:
		return hub.Errorf(hub.Invalid, "The entry %d cannot be taken back", c.Entry), nil
	}
	request := correctionOf(c.Entry)
	done, err := tx.QuotaRequests(ctx, []int64{a.ID}, request)
	if err != nil {
		return nil, err
	}
	was := func(e hub.QuotaEntry) bool { return e.AccountID == a.ID && e.Request == request }
	if slices.Contains(done, request) || slices.ContainsFunc(b.entries, was) {
		return hub.Errorf(hub.Conflict, "The entry %d was taken back already", c.Entry), nil
	}
	note := cmp.Or(c.Note, "of entry "+strconv.FormatInt(c.Entry, 10))
	b.add(a, hub.QuotaEntry{Kind: hub.QuotaCorrected, Amount: -list[0].Amount, Actor: b.actor, Note: note, Request: request})
	return nil, nil
}

// correctionOf is what the entry that takes another back is known by; the database finds it so, too.
func correctionOf(entry int64) string { return "correct/" + strconv.FormatInt(entry, 10) }

// turn makes an account unlimited, or not.
func (b *book) turn(a *hub.QuotaAccount, unlimited bool) {
	a.Unlimited = unlimited
	if b.turned == nil {
		b.turned = map[bool][]int64{}
	}
	b.turned[unlimited] = append(b.turned[unlimited], a.ID)
}

// write writes what was entered. Of accounts that were turned more than once, the last time counts.
func (b *book) write(ctx context.Context, tx data.Tx) error {
	if err := tx.AddQuotaEntries(ctx, b.entries...); err != nil {
		return err
	}
	now := map[int64]bool{}
	for _, a := range b.accounts {
		now[a.ID] = a.Unlimited
	}
	for turned, ids := range b.turned {
		var last []int64
		for _, id := range ids {
			if now[id] == turned {
				last = append(last, id)
			}
		}
		if err := tx.SetQuotasUnlimited(ctx, last, turned); err != nil {
			return err
		}
	}
	return nil
}
