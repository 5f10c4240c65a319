package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// View is a job as whoever asked for it, or an administrator, may see it.
type View struct {
	hub.Job
	Done    int // rows that nothing more is to be done about
	Results []PlacedResult
	More    bool // there are further results
}

// PlacedResult is what is known of a row, which is counted from 0.
type PlacedResult struct {
	Row int `json:"row"`
	bulk.Result
}

// Get shows a job, with at most limit results from a row on. It is hub.NotFound for everybody
// but who asked for it and administrators.
func (j *Jobs) Get(ctx context.Context, r *access.Requester, id int64, from, limit int) (v View, err error) {
	if err := j.MayAsk(r); err != nil {
		return v, err
	}
	err = j.store.View(ctx, func(tx data.Tx) error {
		v.Job, err = tx.JobByID(ctx, id)
		if err != nil && !hub.Is(err, hub.NotFound) {
			return err
		}
		if err != nil || !j.mayAskFor(r, v.Job) {
			return hub.Errorf(hub.NotFound, "There is no job %d. One is kept for a day after it is done, if its request had an Idempotency-Key.", id)
		}
		return v.read(ctx, tx, from, limit)
	})
	return v, err
}

// MayAsk is nil for those who could have asked for one.
func (j *Jobs) MayAsk(r *access.Requester) error {
	return access.MaySome(r, access.BulkScopes()...)
}

// mayAskFor tells whether the requester asked for the job, and still holds on something what it
// takes, or is an administrator.
func (j *Jobs) mayAskFor(r *access.Requester, job hub.Job) bool {
	return j.policy.IsAdmin(r) || job.Owner == OwnerOf(r) && access.MaySome(r, j.scopesOf(job.Kind)...) == nil
}

// read reads how far the job is.
func (v *View) read(ctx context.Context, tx data.Tx, from, limit int) (err error) {
	if v.Done, err = tx.CountJobResults(ctx, v.ID); err != nil || limit <= 0 {
		return err
	}
	list, err := tx.JobResults(ctx, v.ID, from, limit+1)
	if err != nil {
		return err
	}
	if v.More = len(list) > limit; v.More {
		list = list[:limit]
	}
	v.Results = make([]PlacedResult, len(list))
	for i, x := range list {
		var o bulk.Outcome
		if err := json.Unmarshal(x.Result, &o); err != nil {
			return fmt.Errorf("read a row's result: %w", err)
		}
		v.Results[i] = PlacedResult{x.Place, o.Result}
	}
	return nil
}
