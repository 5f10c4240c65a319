package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// What the State of a Job is.
const (
	JobRunning = "running"
	JobDone    = "done"
)

// StatusPending is that a row of a job waits for something of its own: somebody who is deleted goes when their servers
// have stopped.
const StatusPending = "pending"

// Job is bulk work that a hub has taken on: it goes on by itself, whoever goes away, and is kept for a day after its end.
type Job struct {
	ID      int64     `json:"id"`
	Kind    string    `json:"kind"`  // users, passwords, change, join, leave, delete, start:servers or delete:servers
	State   string    `json:"state"` // JobRunning or JobDone
	Total   int       `json:"total"` // rows
	Done    int       `json:"done"`  // rows that nothing more is to be done about
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Over tells whether all rows are done.
func (j Job) Over() bool { return j.State == JobDone }

// JobResult is what is known of a row of a job, which is counted from 0.
type JobResult struct {
	Row int `json:"row"`
	BulkResult
}

// JobError is that a bulk call ended before the job did that it is: the work goes on at the hub, and Client.Job tells
// how far it is.
type JobError struct {
	Job Job   // as far as it was when the hub last told
	Err error // the context's, or why the hub cannot be asked
}

// Error names the job, how far it was, and why nobody waits for it any more.
func (e *JobError) Error() string {
	return fmt.Sprintf("job %d goes on at the hub, %d of %d rows were done: %v", e.Job.ID, e.Job.Done, e.Job.Total, e.Err)
}

// Unwrap is the reason.
func (e *JobError) Unwrap() error { return e.Err }

// How often a hub is asked how far a job is, and for how long it may be away meanwhile.
const (
	firstLook   = 100 * time.Millisecond
	longestLook = 2 * time.Second
	// mostAway is how many times in a row a hub may give no answer, each after all the attempts of a request: a minute or so.
	mostAway = 10
	// longestStill is after how long without a row done it is looked whether those that are left wait for something.
	longestStill = 30 * time.Second
	// jobPage is how many results are asked for at once.
	jobPage = 10_000
)

// jobView is a hub's answer about a job.
type jobView struct {
	Job
	Results []JobResult `json:"results"`
	Next    *int        `json:"next"`
}

func (c *Client) jobView(ctx context.Context, id int64, from, limit int) (v jobView, err error) {
	if err := c.needAtrium(ctx, "show a job"); err != nil {
		return v, err
	}
	query := url.Values{"from": {count(from)}, "limit": {count(limit)}}
	_, err = c.do(ctx, call{method: http.MethodGet, route: jobRoute(id), query: query, safe: true, read: into(&v)})
	if err == nil && v.ID != id {
		return v, fmt.Errorf("the hub was asked for job %d, and tells of %d", id, v.ID)
	}
	v.Kind, v.State = c.tidy(v.Kind), c.tidy(v.State)
	for i := range v.Results {
		c.tidyResult(&v.Results[i].BulkResult)
	}
	return v, err
}

func jobRoute(id int64) route { return at("/bulk/jobs/" + strconv.FormatInt(id, 10)) }

// Job tells how far a job is: one's own, or, for administrators, anybody's. It is Atrium's; on JupyterHub it is
// ErrNotAtrium. ErrNotFound is that there is none: after a day none is kept.
func (c *Client) Job(ctx context.Context, id int64) (Job, error) {
	v, err := c.jobView(ctx, id, 0, 0)
	return v.Job, err
}

// Jobs lists one's own jobs, the newest first, the last hundred of those that the hub keeps.
func (c *Client) Jobs(ctx context.Context) ([]Job, error) {
	if err := c.needAtrium(ctx, "list jobs"); err != nil {
		return nil, err
	}
	var page struct {
		Jobs []Job `json:"jobs"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/bulk/jobs"), query: url.Values{"limit": {"100"}}, safe: true, read: into(&page)})
	for i := range page.Jobs {
		page.Jobs[i].Kind, page.Jobs[i].State = c.tidy(page.Jobs[i].Kind), c.tidy(page.Jobs[i].State)
	}
	return page.Jobs, err
}

// CallOffJob ends a job, and gives it as far as it was: what is done stays done, and the rows that are left fail. An error
// for which IsConflict holds is that it is done already.
func (c *Client) CallOffJob(ctx context.Context, id int64) (Job, error) {
	var job Job
	if err := c.needAtrium(ctx, "call off a job"); err != nil {
		return job, err
	}
	_, err := c.do(ctx, call{method: http.MethodDelete, route: jobRoute(id), read: into(&job)})
	job.Kind, job.State = c.tidy(job.Kind), c.tidy(job.State)
	return job, err
}

// JobResults yields what is known of the rows of a job, in their order, page by page. It ends with the first error,
// which comes with no result.
func (c *Client) JobResults(ctx context.Context, id int64) iter.Seq2[JobResult, error] {
	return func(yield func(JobResult, error) bool) {
		for from := 0; ; {
			v, err := c.jobView(ctx, id, from, jobPage)
			if err != nil {
				yield(JobResult{}, err)
				return
			}
			for _, r := range v.Results {
				if !yield(r, nil) {
					return
				}
			}
			if v.Next == nil || *v.Next <= from {
				return
			}
			from = *v.Next
		}
	}
}

// WaitJob waits until a job is over, and gives it as it is then. told, if it is not nil, hears of each change. A hub that
// is away for a while is waited for. Where every row that is left is StatusPending, and nothing has happened for half
// a minute, the job is given as it is: it may go on like that for a day.
func (c *Client) WaitJob(ctx context.Context, id int64, told func(Job)) (Job, error) {
	var last Job
	still, away := time.Duration(0), 0
	for wait := firstLook; ; wait = min(wait*3/2, longestLook) {
		job, err := c.Job(ctx, id)
		switch {
		case err != nil && !c.mayComeBack(ctx, away, err):
			return last, err
		case err != nil:
			away++
		default:
			if told != nil && job != last {
				told(job)
			}
			if job.Done != last.Done {
				still = 0
			}
			last, away = job, 0
		}
		if last.Over() || still >= longestStill && away == 0 && c.allWait(ctx, last) {
			return last, nil
		}
		if err := c.pause(ctx, wait); err != nil {
			return last, err
		}
		if still += wait; still > longestStill+longestLook { // they did not all wait
			still = 0
		}
	}
}

// mayComeBack tells whether a hub that gave no answer, so many times in a row before this, may give one later.
func (c *Client) mayComeBack(ctx context.Context, away int, err error) bool {
	_, passes := passes(call{safe: true}, 0, err)
	return passes && away < mostAway && ctx.Err() == nil
}

// patiently asks until there is an answer: a hub that is away for a while is waited for.
func (c *Client) patiently(ctx context.Context, ask func() error) error {
	for away := 0; ; away++ {
		err := ask()
		if err == nil || !c.mayComeBack(ctx, away, err) || c.pause(ctx, longestLook) != nil {
			return err
		}
	}
}

// allWait tells whether all rows of a job that are not done wait for something.
func (c *Client) allWait(ctx context.Context, job Job) bool {
	known := 0
	for _, err := range c.JobResults(ctx, job.ID) {
		if err != nil {
			return false
		}
		known++
	}
	return known == job.Total
}

// asJob has bulk work done as a job, and waits for it. Where the answer that names the job is lost, the hub is asked again
// under the same key, by which it knows the job.
func (c *Client) asJob(ctx context.Context, w bulkWork) (BulkAnswer, error) {
	var said struct {
		BulkAnswer
		Job
	}
	k := w.call(into(&said))
	k.prefer = "respond-async"
	var status int
	err := c.patiently(ctx, func() (err error) { status, err = c.do(ctx, k); return err })
	switch {
	case err != nil:
		return BulkAnswer{}, err
	case status != http.StatusAccepted: // it was done, by a hub that knows no jobs
		return said.BulkAnswer, nil
	case said.ID <= 0:
		return BulkAnswer{}, fmt.Errorf("%s: the hub accepts the work, and names no job", w.path)
	}
	job := said.Job
	w.told(job)
	if !job.Over() {
		last, err := c.WaitJob(ctx, job.ID, w.told)
		if last.ID != 0 {
			job = last
		}
		if err != nil {
			return BulkAnswer{}, &JobError{job, err}
		}
	}
	answer, err := c.answerOf(ctx, job)
	if err != nil {
		err = &JobError{job, err}
	}
	return answer, err
}

// answerOf is what the answer of a job would have been for somebody who waits for it: a row that waits for something has
// not been done in time.
func (c *Client) answerOf(ctx context.Context, job Job) (BulkAnswer, error) {
	answer := BulkAnswer{Counts: map[string]int{}}
	for r, err := range c.JobResults(ctx, job.ID) {
		if err != nil {
			return answer, err
		}
		if r.Row != len(answer.Results) {
			return answer, fmt.Errorf("job %d: the hub tells of row %d where row %d is due", job.ID, r.Row, len(answer.Results))
		}
		if r.Status == StatusPending {
			r.Status = StatusFailed
		}
		answer.Counts[r.Status]++
		answer.Results = append(answer.Results, r.BulkResult)
	}
	if len(answer.Results) != job.Total {
		return answer, fmt.Errorf("job %d: the hub tells of %d rows of %d", job.ID, len(answer.Results), job.Total)
	}
	return answer, nil
}
