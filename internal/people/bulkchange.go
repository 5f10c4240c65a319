package people

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
)

// ChangeRequest changes the same of many people who exist: of those named, or of all whom a
// filter finds.
type ChangeRequest struct {
	Key       string // chosen by the client
	DryRun    bool   // say what would become of the rows, and do nothing
	Usernames []string
	Filter    *filter.Filter // instead of Usernames
	Change    accounts.Change
}

func (req ChangeRequest) whom() whom { return whom{req.Usernames, req.Filter} }

func (req ChangeRequest) terms() jobs.Terms {
	return jobs.Terms{
		Kind: jobChange, Scopes: req.Change.Scopes(), Key: req.Key, DryRun: req.DryRun, Rows: len(req.Usernames),
		Digest: []any{jobChange, req.Change, req.whom().digest()},
		Record: with(req.whom().record(), "change", req.Change),
	}
}

func (req ChangeRequest) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	if req.Change == (accounts.Change{}) {
		return nil, hub.Errorf(hub.Invalid, "The request must say what is to change: suspended, or must_change_password")
	}
	checked, err := a.rows(ctx, r, access.HeldOf(r, req.Change.Scopes()), req.whom(), req.DryRun)
	return &accountWork{newJobBase(a, r), accountTask{req.Change, checked}}, err
}

// accountTask is what accountWork is kept as.
type accountTask struct {
	Change  accounts.Change `json:"change"`
	Checked []bulk.Result   `json:"checked"`
}

// accountWork is such a change on its way.
type accountWork struct {
	jobBase
	accountTask
}

func (w *accountWork) Task() (any, int) { return &w.accountTask, len(w.Checked) }

// Row implements bulk.Work.
func (w *accountWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username}
}

func (w *accountWork) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	outcomes, _, err := w.decide(ctx, tx, allRows(len(w.Checked)), nil)
	return foreseen(outcomes), err
}

// Do implements bulk.Work. The row about whoever asked comes last.
func (w *accountWork) Do(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, error) {
	outcomes, step, err := w.decide(ctx, tx, rows, was)
	if err != nil {
		return nil, err
	}
	return outcomes, step.Write(ctx, tx)
}

// decide says what is to become of rows. was is nil where all are only foreseen.
func (w *accountWork) decide(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, *accounts.Step, error) {
	step := accounts.NewStep(w.r, w.svc.policy, w.Change)
	if err := step.Read(ctx, tx, undone(w.Checked, rows)); err != nil {
		return nil, nil, err
	}
	outcomes := make([]bulk.Outcome, len(rows))
	for i, place := range rows {
		x := &outcomes[i]
		if x.Result = w.Checked[place]; x.Status != "" {
			continue
		}
		if was != nil && w.waitsForOthers(x.Result, was[i], len(w.Checked)) {
			x.Status = bulk.Pending
			continue
		}
		if err := x.Fail(step.Decide(ctx, tx, &x.Result)); err != nil {
			return nil, nil, err
		}
	}
	return outcomes, step, nil
}
