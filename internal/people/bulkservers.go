package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/servers"
)

// ServersRequest is many servers to start or stop: those of the rows, or, with a filter, the
// default servers of the people whom it finds; to stop, all of theirs that run.
type ServersRequest struct {
	Key    string // chosen by the client; see access.MayBulk
	DryRun bool   // say what would become of the rows, and do nothing
	Rows   []servers.ServerRow
	Filter *filter.Filter // instead of Rows
}

// StartServers asks for servers to run. A row is started, running (or on its way), not_found
// or failed. Nobody waits for the servers.
type StartServers ServersRequest

// StopServers asks for servers to stop, likewise: stopped, not_running, not_found or failed.
type StopServers ServersRequest

// BulkStart asks for servers to run, as Bulk does.
func (pe *People) BulkStart(ctx context.Context, r *access.Requester, req ServersRequest) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, StartServers(req))
}

// BulkStop asks for servers to stop, as Bulk does.
func (pe *People) BulkStop(ctx context.Context, r *access.Requester, req ServersRequest) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, StopServers(req))
}

func (req StartServers) terms() jobs.Terms { return ServersRequest(req).terms(jobStart) }

func (req StopServers) terms() jobs.Terms { return ServersRequest(req).terms(jobStop) }

// terms have the scope for a kind.
func (req ServersRequest) terms(scope string) jobs.Terms {
	t := jobs.Terms{
		Kind: scope, Scopes: []string{scope}, Key: req.Key, DryRun: req.DryRun, Rows: len(req.Rows),
		Digest: []any{scope, req.Rows},
	}
	if req.Filter != nil {
		t.Digest = []any{scope, *req.Filter}
		t.Record = whom{filter: req.Filter}.record()
	}
	return t
}

func (req StartServers) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	rows := req.Rows
	if req.Filter != nil {
		people, err := a.matching(ctx, r, jobStart, *req.Filter, req.DryRun)
		if err != nil {
			return nil, err
		}
		for _, u := range people {
			rows = append(rows, servers.ServerRow{Username: u.Name})
		}
	}
	a.servers.LookFirst(ctx, r, rows...)
	return a.serverWork(r, rows, true), nil
}

func (req StopServers) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	rows := req.Rows
	if req.Filter != nil {
		serverList, err := a.running(ctx, r, *req.Filter, req.DryRun)
		if err != nil {
			return nil, err
		}
		for _, s := range serverList {
			rows = append(rows, servers.ServerRow{Username: s.UserName, ServerName: s.Name})
		}
	}
	return a.serverWork(r, rows, false), nil
}

// serverTask is what serverWork is kept as.
type serverTask struct {
	Checked []bulk.Result       `json:"checked"`
	Rows    []servers.ServerRow `json:"rows"`
}

// serverWork starts or stops many servers.
type serverWork struct {
	jobBase
	serverTask
	start bool
}

func (pe *People) serverWork(r *access.Requester, rows []servers.ServerRow, start bool) *serverWork {
	w := &serverWork{newJobBase(pe, r), serverTask{servers.ServerRows(rows), slices.Clone(rows)}, start}
	for i := range w.Rows {
		if w.Checked[i].Status != "" {
			w.Rows[i] = servers.ServerRow{} // nothing is done with it
		}
	}
	return w
}

func (w *serverWork) Task() (any, int) { return &w.serverTask, len(w.Rows) }

// Row implements bulk.Work.
func (w *serverWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username, ServerName: w.Checked[place].ServerName}
}

// Do implements bulk.Work.
func (w *serverWork) Do(ctx context.Context, tx data.Tx, rows []int, _ []bulk.Outcome) ([]bulk.Outcome, error) {
	b, outcomes, err := w.decide(ctx, tx, rows, false)
	if err != nil {
		return nil, err
	}
	return outcomes, b.Write(ctx, tx)
}

func (w *serverWork) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	_, outcomes, err := w.decide(ctx, tx, allRows(len(w.Rows)), true)
	return foreseen(outcomes), err
}

// decide says what is to become of rows, and gives the batch that has it done.
func (w *serverWork) decide(ctx context.Context, tx data.Tx, rows []int, foreseen bool) (*servers.Batch, []bulk.Outcome, error) {
	b, err := w.svc.servers.ReadBatch(ctx, tx, w.r, undone(w.Checked, rows), foreseen)
	if err != nil {
		return nil, nil, err
	}
	do := b.Stop
	if w.start {
		do = b.Start
	}
	outcomes := make([]bulk.Outcome, len(rows))
	for i, place := range rows {
		x := &outcomes[i]
		x.Result = w.Checked[place]
		if x.Status != "" {
			continue
		}
		x.Status, err = do(ctx, w.Rows[place])
		if err := x.Fail(err); err != nil {
			return nil, nil, err
		}
	}
	return b, outcomes, nil
}
