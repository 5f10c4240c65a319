package roster

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/client"
)

// What a row of a group comes to.
const (
	StatusAdded   = "added"   // to the group
	StatusRemoved = "removed" // from the group
)

// ErrNobody is that a list without people says who shall be in a group.
var ErrNobody = errors.New("the list names nobody, so that everybody would leave the group: is it the right file? ('groups delete' deletes a group)")

// Options say how a group is brought to what a file says.
type Options struct {
	CreateOptions
	Group  string // whoever is in the file gets into it; it is made where there is none
	Exact  bool   // who is in it and not in the file leaves it
	Delete bool   // … and is deleted, but administrators and Me
	Me     string // whose the token is
}

// Roster is a plan for people and a group of theirs. Its jobs are run in the order of Jobs.
type Roster struct {
	Group   string
	New     bool     // there is no such group yet
	Unsound int      // bad rows, for which nobody leaves: it cannot be told who is not in the file
	Spared  []string // who only leaves the group where others are deleted

	Create, Add, Remove, Delete *Job
}

// Jobs are the parts of the plan.
func (r *Roster) Jobs() []*Job { return []*Job{r.Create, r.Add, r.Remove, r.Delete} }

// Leaving are those who leave the group, those who are deleted last.
func (r *Roster) Leaving() (removed, deleted []string) {
	return namesOf(r.Remove.Items), namesOf(r.Delete.Items)
}

// InOtherGroups is how many of those who are deleted are in more groups than this.
func (r *Roster) InOtherGroups() (n int) {
	for _, x := range r.Delete.Items {
		if len(x.Groups) > 1 {
			n++
		}
	}
	return n
}

// Together is a job of the rows of others, for reports. It is not run.
func Together(jobs ...*Job) *Job {
	all := &Job{}
	for _, j := range jobs {
		all.Items = append(all.Items, j.Items...)
	}
	return all
}

// GiveUp notes that the job is not run.
func (j *Job) GiveUp() { j.unsent() }

// PlanRoster asks what making the people and bringing the group to the file would come
// to; nothing is done yet.
func PlanRoster(ctx context.Context, h Hub, rows []Row, o Options) (*Roster, error) {
	if o.Exact && len(rows) == 0 {
		return nil, ErrNobody
	}
	r := &Roster{Group: o.Group}
	g, err := h.Client.Group(ctx, o.Group)
	if r.New = client.IsNotFound(err); err != nil && !r.New {
		return nil, err
	}
	if r.Create, err = PlanCreate(ctx, h, o.withGroup(rows), o.CreateOptions); err != nil {
		return nil, err
	}
	in := make(map[string]bool, len(g.Users))
	for _, name := range g.Users {
		in[name] = true
	}
	r.Unsound = len(r.Create.Refused())
	r.Add = o.move(h.Client.AddGroupUsers, o.missing(r.Create.Items, in), StatusAdded)
	var leaving []Row
	if o.Exact && r.Unsound == 0 {
		leaving = strangers(g.Users, rows)
	}
	var deleted []Row
	if o.Delete && len(leaving) > 0 {
		if leaving, deleted, err = o.spare(ctx, h, leaving); err != nil {
			return nil, err
		}
		r.Spared = namesOf(itemsOf(leaving))
	}
	r.Remove = o.move(h.Client.RemoveGroupUsers, leaving, StatusRemoved)
	r.Delete, err = PlanDelete(ctx, h, deleted, o.Pace)
	return r, err
}

// withGroup adds the group to those that the rows say. With Update such a row says all
// groups, so that one that says none is left so.
func (o Options) withGroup(rows []Row) []Row {
	out := slices.Clone(rows)
	for i := range out {
		if out[i].Groups != nil || !o.Update {
			out[i].Groups = joined(out[i].Groups, o.Group)
		}
	}
	return out
}

func joined(groups []string, group string) []string {
	if slices.Contains(groups, group) {
		return groups
	}
	return append(slices.Clone(groups), group)
}

// missing are the people who exist and are not in the group. Who is made is made in it.
func (o Options) missing(items []*Item, in map[string]bool) []Row {
	var rows []Row
	for _, x := range items {
		switch {
		case x.Refused():
		case x.Status == client.StatusCreated:
			if !slices.Contains(x.Groups, o.Group) {
				x.Groups, x.join = joined(x.Groups, o.Group), joined(x.join, o.Group)
			}
		case !in[x.Name] && !(o.Update && slices.Contains(x.Groups, o.Group)):
			rows = append(rows, Row{Line: x.Line, Name: x.Name, Group: o.Group})
		}
	}
	return rows
}

// strangers are members who are in no row, by name. A JupyterHub may have their names in capitals.
func strangers(members []string, rows []Row) []Row {
	listed := make(map[string]bool, len(rows))
	for _, row := range rows {
		listed[row.Name] = true
	}
	var out []Row
	for _, name := range slices.Sorted(slices.Values(members)) {
		if !listed[name] && !listed[strings.ToLower(name)] {
			out = append(out, Row{Name: name})
		}
	}
	return out
}

// spare tells apart whom to delete: who can do more than others, and whoever runs this,
// is none of them.
func (o Options) spare(ctx context.Context, h Hub, leaving []Row) (spared, deleted []Row, err error) {
	at := make(map[string]int, len(leaving))
	for i, row := range leaving {
		at[row.Name] = i
	}
	admins := map[string]bool{o.Me: true}
	for u, err := range h.Client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return nil, nil, err
		}
		if i, leaves := at[u.Name]; leaves {
			leaving[i].Groups, admins[u.Name] = u.Groups, admins[u.Name] || u.Admin
		}
	}
	for _, row := range leaving {
		if admins[row.Name] {
			spared = append(spared, Row{Name: row.Name})
			continue
		}
		deleted = append(deleted, row)
	}
	return spared, deleted, nil
}

type membersCall = func(ctx context.Context, group string, names ...string) (client.Group, error)

// move is a job that puts people into the group, or takes them out.
func (o Options) move(change membersCall, rows []Row, status string) *Job {
	pace := o.or(memberRows, batchWorkers)
	j := &Job{Items: itemsOf(InGroup(o.Group, rows)), batch: pace.Batch, workers: pace.Workers}
	for _, x := range j.Items {
		x.intend(status)
	}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		return changeMembers(ctx, change, batch, status)
	}
	return j
}

// MakeGroup makes the group where there is none.
func (r *Roster) MakeGroup(ctx context.Context, h Hub) error {
	if !r.New {
		return nil
	}
	if _, err := h.Client.CreateGroup(ctx, r.Group); err != nil && !client.IsConflict(err) {
		return err
	}
	return nil
}
