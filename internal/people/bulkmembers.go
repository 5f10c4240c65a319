package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
)

// MembersRequest puts people into a group that exists, or takes them out: those named, or all
// whom a filter finds among those whom the requester may list.
type MembersRequest struct {
	Key       string // chosen by the client
	DryRun    bool   // say what would become of the rows, and do nothing
	Group     string
	Remove    bool
	Usernames []string
	Filter    *filter.Filter // instead of Usernames
}

func (req MembersRequest) whom() whom { return whom{req.Usernames, req.Filter} }

func (req MembersRequest) terms() jobs.Terms {
	kind := jobJoin
	if req.Remove {
		kind = jobLeave
	}
	return jobs.Terms{
		Kind: kind, Scopes: []string{"groups"}, Key: req.Key, DryRun: req.DryRun, Rows: len(req.Usernames),
		Digest: []any{kind, req.Group, req.whom().digest()},
		Record: with(req.whom().record(), "group", req.Group),
	}
}

func (req MembersRequest) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	var g hub.Group
	err := a.store.View(ctx, func(tx data.Tx) (err error) {
		g, err = access.FindGroup(ctx, tx, r, req.Group, "groups")
		return err
	})
	if err != nil {
		return nil, err
	}
	checked, err := a.rows(ctx, r, "list:users", req.whom(), req.DryRun)
	return &membersWork{newJobBase(a, r), membersTask{g.ID, req.Group, req.Remove, checked}}, err
}

// membersTask is what membersWork is kept as.
type membersTask struct {
	GroupID int64         `json:"group_id,omitempty"` // 0 of one that an earlier version kept
	Group   string        `json:"group"`              // as it was called when the job was asked for
	Remove  bool          `json:"remove,omitempty"`
	Checked []bulk.Result `json:"checked"`
}

// membersWork is such a request on its way.
type membersWork struct {
	jobBase
	membersTask
}

func (w *membersWork) Task() (any, int) { return &w.membersTask, len(w.Checked) }

// Row implements bulk.Work.
func (w *membersWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username}
}

func (w *membersWork) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	outcomes, _, _, err := w.decide(ctx, tx, allRows(len(w.Checked)))
	return foreseen(outcomes), err
}

// Do implements bulk.Work.
func (w *membersWork) Do(ctx context.Context, tx data.Tx, rows []int, _ []bulk.Outcome) ([]bulk.Outcome, error) {
	outcomes, g, moving, err := w.decide(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	return outcomes, groups.Move(ctx, tx, w.r, g, moving, !w.Remove)
}

// decide says what is to become of rows, and who moves.
func (w *membersWork) decide(ctx context.Context, tx data.Tx, rows []int) ([]bulk.Outcome, hub.Group, []hub.User, error) {
	g, refused := w.group(ctx, tx)
	people, err := access.UsersNamed(ctx, tx, undone(w.Checked, rows))
	if err != nil {
		return nil, g, nil, err
	}
	outcomes := make([]bulk.Outcome, len(rows))
	moving := make([]hub.User, 0, len(rows))
	for i, place := range rows {
		x := &outcomes[i]
		if x.Result = w.Checked[place]; x.Status != "" {
			continue
		}
		u, exists := people[x.Username]
		err := refused
		if err == nil {
			err = w.mayMove(g, u, exists)
		}
		if hub.Is(refused, hub.NotFound) {
			err = hub.Errorf(hub.Conflict, "The group %s is gone", w.Group)
		}
		if err := x.Fail(err); err != nil {
			return nil, g, nil, err
		}
		if x.Status != "" {
			continue
		}
		if x.Status = bulk.Unchanged; slices.Contains(u.Groups, g.Name) == w.Remove {
			x.Status, moving = bulk.Changed, append(moving, u)
		}
	}
	return outcomes, g, moving, nil
}

// group is the one that was there when the job was asked for, whatever it is called by now; it may be gone. Another one
// that has its name is none of the job's business.
func (w *membersWork) group(ctx context.Context, tx data.Tx) (hub.Group, error) {
	if w.GroupID == 0 {
		return access.FindGroup(ctx, tx, w.r, w.Group, "groups")
	}
	g, err := tx.GroupInBrief(ctx, w.GroupID)
	if err != nil {
		return g, err
	}
	return g, w.r.NeedGroup(g.Name, "groups")
}

// mayMove says what forbids that somebody joins the group, or leaves it.
func (w *membersWork) mayMove(g hub.Group, u hub.User, exists bool) error {
	switch {
	case !exists:
		return noSuchPerson()
	case w.Remove && slices.Contains(u.Groups, g.Name):
		return access.MayTakeOut(w.r, g, u)
	case w.Remove:
		return nil
	}
	return w.svc.policy.MayJoin(w.r, g, u)
}
