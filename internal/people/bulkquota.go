package people

import (
	"context"
	"fmt"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/quota"
)

// QuotasRequest changes what many people have, alike: of those named, or of all whom a filter finds.
type QuotasRequest struct {
	Key       string // chosen by the client
	DryRun    bool   // say what would become of the rows, and do nothing
	Usernames []string
	Filter    *filter.Filter // instead of Usernames
	Change    quota.Change   // without a name
}

func (req QuotasRequest) whom() whom { return whom{req.Usernames, req.Filter} }

func (req QuotasRequest) terms() jobs.Terms {
	said := map[string]any{"action": req.Change.Action}
	if req.Change.Action != quota.Unlimited {
		said["amount"] = req.Change.Amount
	}
	return jobs.Terms{
		Kind: jobQuota, Scopes: quota.AdminScopes(), Key: req.Key, DryRun: req.DryRun, Rows: len(req.Usernames),
		Digest: []any{jobQuota, req.Change, req.whom().digest()},
		Record: with(req.whom().record(), "change", map[string]any{"quota": said}),
	}
}

func (req QuotasRequest) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	if err := a.quota.MayChangeQuota(r); err != nil {
		return nil, err
	}
	if err := req.Change.Check(); err != nil {
		return nil, err
	}
	checked, err := a.rows(ctx, r, quota.AdminScope, req.whom(), req.DryRun)
	return &quotaWork{newJobBase(a, r), quotaTask{req.Change, checked}}, err
}

// quotaTask is what quotaWork is kept as.
type quotaTask struct {
	Change  quota.Change  `json:"change"`
	Checked []bulk.Result `json:"checked"`
}

// quotaWork is such a request on its way. A row is changed in the transaction that says so, and thus once.
type quotaWork struct {
	jobBase
	quotaTask
}

func (w *quotaWork) Task() (any, int) { return &w.quotaTask, len(w.Checked) }

// Row implements bulk.Work.
func (w *quotaWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username}
}

func (w *quotaWork) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	outcomes, err := w.decide(allRows(len(w.Checked)), func(changes []quota.Change) ([]quota.Changed, error) {
		return w.svc.quota.ForeseeQuotas(ctx, tx, w.r, changes)
	}, w.remark)
	return foreseen(outcomes), err
}

// Do implements bulk.Work.
func (w *quotaWork) Do(ctx context.Context, tx data.Tx, rows []int, _ []bulk.Outcome) ([]bulk.Outcome, error) {
	return w.decide(rows, func(changes []quota.Change) ([]quota.Changed, error) {
		return w.svc.quota.SetQuotas(ctx, tx, w.r, changes)
	}, func(*bulk.Result, quota.Changed) {})
}

// decide has rows changed, or foreseen, and says what became of each.
func (w *quotaWork) decide(rows []int, change func([]quota.Change) ([]quota.Changed, error), remark func(*bulk.Result, quota.Changed)) ([]bulk.Outcome, error) {
	changes := make([]quota.Change, 0, len(rows))
	for _, name := range undone(w.Checked, rows) {
		c := w.Change
		c.Username = name
		changes = append(changes, c)
	}
	changed, err := change(changes)
	if err != nil {
		return nil, err
	}
	outcomes := make([]bulk.Outcome, len(rows))
	for i, place := range rows {
		x := &outcomes[i].Result
		if *x = w.Checked[place]; x.Status != "" {
			continue
		}
		done := changed[0]
		changed = changed[1:]
		if done.Err != nil {
			if err := x.Fail(done.Err); err != nil {
				return nil, err
			}
			continue
		}
		if x.Status = bulk.Changed; done.Same {
			x.Status = bulk.Unchanged
		}
		remark(x, done)
	}
	return outcomes, nil
}

// remark says of a row that is foreseen what whoever asks may not have meant.
func (w *quotaWork) remark(x *bulk.Result, c quota.Changed) {
	before, after := hub.WholeCredits(c.Before.Balance()), hub.WholeCredits(c.Account.Balance())
	switch {
	case c.Before.Unlimited && !c.Account.Unlimited:
		x.Warn(fmt.Sprintf("is unlimited now, and would have %d credits", after))
	case c.Account.Unlimited && w.Change.Action != quota.Unlimited:
		x.Warn("is unlimited, and stays so")
	case w.Change.Action == quota.Set && after < before:
		x.Warn(fmt.Sprintf("has %d credits now, and would have %d", before, after))
	case after < 0 && after < before:
		x.Warn(fmt.Sprintf("would have %d credits, which is below zero", after))
	}
}
