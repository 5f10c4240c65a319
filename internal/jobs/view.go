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
	Asked   Asked
}

// Asked is what a job does with each of its rows, beyond its kind: how it could be done again with some of them. It is
// known of one that is done, from the audit log.
type Asked struct {
	Group  string          `json:"group"`  // which people join or leave
	Change json.RawMessage `json:"change"` // of their accounts; nil for none
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
		if v.Job, err = j.find(ctx, tx, r, id); err != nil {
			return err
		}
		if err := v.readAsked(ctx, tx); err != nil {
			return err
		}
		return v.read(ctx, tx, from, limit)
	})
	return v, err
}

// readAsked reads what was asked for of a job that is done: until then nobody asks for it again.
func (v *View) readAsked(ctx context.Context, tx data.Tx) error {
	if v.State == hub.JobRunning {
		return nil
	}
	entries, err := tx.ListAudit(ctx, hub.AuditQuery{JobID: v.ID, Action: "job.begin", Limit: 1})
	if err != nil || len(entries) == 0 || len(entries[0].After) == 0 {
		return err
	}
	if err := json.Unmarshal(entries[0].After, &v.Asked); err != nil {
		return fmt.Errorf("read what job %d was asked for: %w", v.ID, err)
	}
	return nil
}

// find finds a job that the requester may see.
func (j *Jobs) find(ctx context.Context, tx data.Tx, r *access.Requester, id int64) (hub.Job, error) {
	job, err := tx.JobByID(ctx, id)
	if err != nil && !hub.Is(err, hub.NotFound) {
		return job, err
	}
	if err != nil || !j.mayAskFor(r, job) {
		return job, hub.Errorf(hub.NotFound, "There is no job %d. One is kept for a day after it is done, if its request had an Idempotency-Key.", id)
	}
	return job, nil
}

// maxList is how many jobs a list has at most.
const maxList = 100

// Own lists the requester's jobs without their rows, the newest first: those alone that were asked
// for before the one given, where it is not 0. more tells whether there are others.
func (j *Jobs) Own(ctx context.Context, r *access.Requester, before int64, limit int) (views []View, more bool, err error) {
	if err := j.MayAsk(r); err != nil {
		return nil, false, err
	}
	limit = min(max(limit, 1), maxList)
	err = j.store.View(ctx, func(tx data.Tx) error {
		for more = true; more && len(views) == 0; {
			list, err := tx.JobsOf(ctx, OwnerOf(r), before, limit+1)
			if err != nil {
				return err
			}
			if more = len(list) > limit; more {
				list = list[:limit]
				before = list[limit-1].ID
			}
			if views, err = j.viewsOf(ctx, tx, r, list); err != nil {
				return err
			}
		}
		return nil
	})
	return views, more, err
}

// CallOff ends a job: what is done stays done, and the rows that are left fail. It is hub.Conflict
// where nothing is left, and hub.NotFound as Get has it.
func (j *Jobs) CallOff(ctx context.Context, r *access.Requester, id int64) (v View, err error) {
	if err := j.MayAsk(r); err != nil {
		return v, err
	}
	err = j.store.Update(ctx, func(tx data.Tx) error {
		if v.Job, err = j.find(ctx, tx, r, id); err != nil {
			return err
		}
		ok, err := tx.CallOffJob(ctx, id, access.JSON(Asker{Kind: hub.CalledOffAsker, Name: r.Name()}))
		if err != nil {
			return err
		}
		if !ok {
			return hub.Errorf(hub.Conflict, "Job %d is done already: there is nothing to call off", id)
		}
		if err := v.read(ctx, tx, 0, 0); err != nil {
			return err
		}
		as := *r
		as.JobID = id
		return tx.AddAudit(ctx, as.Audit("job.call_off", "job", id, v.Kind, nil, map[string]any{"done": v.Done, "rows": v.Total}))
	})
	return v, err
}

// MayAsk is nil for those who could have asked for one.
func (j *Jobs) MayAsk(r *access.Requester) error {
	return access.MaySome(r, access.BulkScopes()...)
}

// viewsOf are the jobs that the requester may ask for: a token may do less than whoever it is of.
func (j *Jobs) viewsOf(ctx context.Context, tx data.Tx, r *access.Requester, list []hub.Job) (views []View, err error) {
	for _, job := range list {
		if !j.mayAskFor(r, job) {
			continue
		}
		view := View{Job: job}
		if err := view.read(ctx, tx, 0, 0); err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// mayAskFor tells whether the requester asked for the job, and still holds on something what it
// takes, or is an administrator.
func (j *Jobs) mayAskFor(r *access.Requester, job hub.Job) bool {
	return j.policy.IsAdmin(r) || job.Owner == OwnerOf(r) && access.MaySome(r, j.scopesOf(job.Kind)...) == nil
}

// read reads how far the job is.
func (v *View) read(ctx context.Context, tx data.Tx, from, limit int) (err error) {
	if v.Done = v.Total; v.State == hub.JobRunning { // only then: counting walks all rows, and a job is read page by page
		v.Done, err = tx.CountJobResults(ctx, v.ID)
	}
	if err != nil || limit <= 0 {
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
