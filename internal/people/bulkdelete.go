package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/servers"
)

// deletionAge is for how long a deletion waits for servers that do not stop.
const deletionAge = 24 * time.Hour

// DeleteRequest removes people, by their names, or all whom a filter finds.
type DeleteRequest struct {
	Key       string // chosen by the client; see checkKey
	DryRun    bool   // say what would become of the rows, and do nothing
	Usernames []string
	Filter    *filter.Filter // instead of Usernames
}

// BulkDelete removes people, as Bulk does. Those with a running server are locked out and
// their servers told to stop; they go once the servers are gone. A row whose servers do not
// stop in time fails, and its person stays suspended; the job goes on, and removes them when
// the servers have stopped.
func (pe *People) BulkDelete(ctx context.Context, r *access.Requester, key string, usernames []string, dryRun bool) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, DeleteRequest{Key: key, DryRun: dryRun, Usernames: usernames})
}

func (req DeleteRequest) terms() jobs.Terms {
	return jobs.Terms{
		Kind: jobDelete, Scopes: []string{"delete:users"}, Key: req.Key, DryRun: req.DryRun, Rows: len(req.Usernames),
		Digest: []any{"delete", req.whom().digest()}, Record: req.whom().record(),
	}
}

func (req DeleteRequest) whom() whom { return whom{req.Usernames, req.Filter} }

func (req DeleteRequest) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	checked, err := a.rows(ctx, r, "delete:users", req.whom(), req.DryRun)
	return &deletion{newJobBase(a, r), deletionTask{checked}}, err
}

// deletionTask is what deletion is kept as: whom the rows are about, and which of them fail
// whatever the database says.
type deletionTask struct {
	Checked []bulk.Result `json:"checked"`
}

// deletion is a bulk deletion on its way.
type deletion struct {
	jobBase
	deletionTask
}

// suspendedUser is what is remembered of somebody whose servers are stopping.
type suspendedUser struct {
	ID        int64 `json:"id"`
	Suspended bool  `json:"suspended"` // before they were locked out
}

func suspendedUserOf(o bulk.Outcome) (l suspendedUser, err error) {
	if err := json.Unmarshal(o.Note, &l); err != nil {
		return l, fmt.Errorf("read whose deletion waits: %w", err)
	}
	return l, nil
}

// pendingOf is the outcome of somebody who is locked out and goes once their servers have
// stopped. The message is for those who do not wait so long.
func pendingOf(u hub.User) bulk.Outcome {
	note, _ := json.Marshal(suspendedUser{u.ID, u.Suspended}) //nolint:errchkjson // a number and a truth value
	return bulk.Outcome{Result: bulk.Result{Username: u.Name, Status: bulk.Pending, Message: stillStopping(u)}, Note: note}
}

func (w *deletion) Task() (any, int) { return &w.deletionTask, len(w.Checked) }

// Row implements bulk.Work.
func (w *deletion) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username}
}

func (w *deletion) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	c := deletionChunk{deletion: w}
	outcomes, err := c.decide(ctx, tx, allRows(len(w.Checked)), make([]bulk.Outcome, len(w.Checked)))
	results := foreseen(outcomes)
	for i := range results {
		if results[i].Status == bulk.Pending {
			results[i].Status, results[i].Message = bulk.Deleted, ""
		}
	}
	return results, err
}

// Do implements bulk.Work.
func (w *deletion) Do(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, error) {
	c := deletionChunk{deletion: w}
	outcomes, err := c.decide(ctx, tx, rows, was)
	if err != nil {
		return nil, err
	}
	if err := accounts.Lock(ctx, tx, w.r, hub.StopDeleted, c.lock, c.stop); err != nil {
		return nil, err
	}
	return outcomes, w.svc.erase(ctx, tx, w.r, nil, c.gone...)
}

// GiveUp implements bulk.Work. Those whose deletion is called off can log in again if they could before; where whoever
// asked for it may not go on, nobody has decided that, and they stay locked out.
func (w *deletion) GiveUp(ctx context.Context, tx data.Tx, pending []bulk.Outcome) ([]string, error) {
	was := make(map[int64]suspendedUser, len(pending))
	ids := make([]int64, len(pending))
	for i, o := range pending {
		l, err := suspendedUserOf(o)
		if err != nil {
			return nil, err
		}
		ids[i], was[l.ID] = l.ID, l
	}
	list, err := tx.UsersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	texts := make(map[int64]string, len(list))
	for _, u := range list {
		if texts[u.ID], err = w.putBack(ctx, tx, was[u.ID], u); err != nil {
			return nil, err
		}
	}
	said := make([]string, len(pending))
	for i, o := range pending {
		if said[i] = texts[ids[i]]; said[i] == "" {
			said[i] = o.Username + " is gone: somebody else has deleted them"
		}
	}
	return said, nil
}

// putBack makes somebody who was locked out what they were, and says what they are now.
func (w *deletion) putBack(ctx context.Context, tx data.Tx, was suspendedUser, u hub.User) (string, error) {
	switch {
	case !u.Suspended:
		return u.Name + " was let in again before", nil
	case was.Suspended:
		return u.Name + " is suspended, as before", nil
	case !jobs.CalledOff(w.job):
		return u.Name + " is suspended: let them in again, or delete them", nil
	}
	after := u
	after.Suspended = false
	if err := tx.UpdateUser(ctx, after); err != nil {
		return "", err
	}
	text := u.Name + " can log in again, as before; what they had open was ended, with their tokens and servers"
	return text, tx.AddAudit(ctx, w.r.Audit("user.change", "user", u.ID, u.Name, access.UserRecord(u), access.UserRecord(after)))
}

// Await implements bulk.Work: it waits until the servers have stopped.
func (w *deletion) Await(ctx context.Context, pending []bulk.Outcome) error {
	ids := make([]int64, 0, len(pending))
	for _, o := range pending {
		if o.Status != bulk.Pending {
			continue
		}
		l, err := suspendedUserOf(o)
		if err != nil {
			return err
		}
		ids = append(ids, l.ID)
	}
	var servers []hub.Server
	err := w.svc.store.View(ctx, func(tx data.Tx) (err error) {
		servers, err = tx.ServersOf(ctx, ids)
		return err
	})
	if err != nil {
		return err
	}
	return w.svc.servers.AwaitStopped(ctx, activeOnes(servers))
}

// deletionChunk is some rows of a deletion, in one transaction.
type deletionChunk struct {
	*deletion
	people  map[string]hub.User
	leaving map[int64]hub.User // those who are locked out already
	servers map[int64][]hub.Server
	going   []int64      // administrators whom earlier rows let go
	gone    []hub.User   // who goes now
	lock    []hub.User   // who is locked out now
	stop    []hub.Server // theirs
}

// decide says what is to become of rows.
func (w *deletionChunk) decide(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, error) {
	if err := w.read(ctx, tx, rows, was); err != nil {
		return nil, err
	}
	outcomes := make([]bulk.Outcome, len(rows))
	for i, place := range rows {
		x := &outcomes[i]
		x.Result = w.Checked[place]
		var err error
		switch {
		case was[i].Status == bulk.Pending:
			*x, err = w.again(ctx, tx, was[i])
		case x.Status == "":
			*x, err = w.first(ctx, tx, x.Username)
		}
		if err := x.Fail(err); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (w *deletionChunk) read(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) error {
	var fresh []int
	var ids []int64
	for i, place := range rows {
		if was[i].Status != bulk.Pending {
			fresh = append(fresh, place)
			continue
		}
		l, err := suspendedUserOf(was[i])
		if err != nil {
			return err
		}
		ids = append(ids, l.ID)
	}
	var err error
	if w.people, err = access.UsersNamed(ctx, tx, undone(w.Checked, fresh)); err != nil {
		return err
	}
	leaving, err := tx.UsersByID(ctx, ids)
	if err != nil {
		return err
	}
	w.leaving = make(map[int64]hub.User, len(leaving))
	for _, u := range leaving {
		w.leaving[u.ID] = u
	}
	for _, u := range w.people {
		ids = append(ids, u.ID)
	}
	list, err := tx.ServersOf(ctx, ids)
	w.servers = servers.ByOwner(list)
	return err
}

// first decides on somebody who was not looked at yet.
func (w *deletionChunk) first(ctx context.Context, tx data.Tx, name string) (bulk.Outcome, error) {
	o := bulk.Outcome{Result: bulk.Result{Username: name, Status: bulk.Deleted}}
	u, exists := w.people[name]
	if !exists {
		return o, w.r.Absent(name, "delete:users")
	}
	if err := w.may(ctx, tx, u); err != nil {
		return o, err
	}
	active := activeOnes(w.servers[u.ID])
	if len(active) == 0 {
		w.gone = append(w.gone, u)
		return o, nil
	}
	w.lock, w.stop = append(w.lock, u), append(w.stop, active...)
	return pendingOf(u), nil
}

// again decides on somebody who is locked out.
func (w *deletionChunk) again(ctx context.Context, tx data.Tx, was bulk.Outcome) (bulk.Outcome, error) {
	l, err := suspendedUserOf(was)
	if err != nil {
		return was, err
	}
	o := bulk.Outcome{Result: bulk.Result{Username: was.Username, Status: bulk.Deleted}}
	u, exists := w.leaving[l.ID]
	if !exists {
		return o, nil // by somebody else meanwhile
	}
	if !u.Suspended {
		return o, hub.Errorf(hub.Conflict, "%s was let in again meanwhile, and is not deleted", u.Name)
	}
	if err := w.may(ctx, tx, u); err != nil {
		return o, err
	}
	if len(activeOnes(w.servers[u.ID])) > 0 {
		if tx.Now().Sub(w.job.Created) > deletionAge {
			return o, hub.Errorf(hub.Conflict, "The servers of %s have not stopped in a day. %s is suspended; stop them, then delete again.", u.Name, u.Name)
		}
		return was, nil
	}
	u.Suspended = l.Suspended
	w.gone = append(w.gone, u)
	return o, nil
}

// may asks for the right to delete somebody, and counts them among those who go.
func (w *deletionChunk) may(ctx context.Context, tx data.Tx, u hub.User) error {
	if err := w.svc.mayDelete(ctx, tx, w.r, u, w.going...); err != nil {
		return err
	}
	if u.Admin {
		w.going = append(w.going, u.ID)
	}
	return nil
}

func activeOnes(servers []hub.Server) (active []hub.Server) {
	for _, s := range servers {
		if s.Active() {
			active = append(active, s)
		}
	}
	return active
}
