package roster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/client"
)

// PlanDeleteFound asks whom a filter finds, and who of them would be deleted; nothing is done yet. On Atrium the hub finds
// them again when it deletes them, and does nothing where they are more than Job.Confirmed, as many as were found here.
// Where somebody else is among them by then, nobody is deleted.
func PlanDeleteFound(ctx context.Context, h Hub, f client.PeopleFilter, pace Pace) (*Job, error) {
	if !h.Atrium {
		rows, err := found(ctx, h, f, false)
		if err != nil {
			return nil, err
		}
		return PlanDelete(ctx, h, rows, pace)
	}
	answer, err := h.Client.BulkDelete(ctx, client.BulkDeleteRequest{Filter: &f, DryRun: true})
	if err != nil {
		return nil, err
	}
	j := &Job{Items: foundItems(answer), workers: 1, long: true, Confirmed: len(answer.Results)}
	for _, x := range j.Items {
		x.send = x.Status == client.StatusDeleted
	}
	j.batch = len(j.Items)
	same := false // sent again, it may find others who came while it was under way
	j.send = func(ctx context.Context, a attempt, batch []*Item) error {
		if !same {
			if err := j.nobodyElse(ctx, h, f); err != nil {
				return err
			}
			same = true
		}
		answer, err := h.Client.BulkDelete(ctx, client.BulkDeleteRequest{Filter: &f, Confirmed: &j.Confirmed, IdempotencyKey: a.key, Told: a.told})
		return j.takeFound(batch, client.StatusNotFound, answer, err)
	}
	return j, nil
}

// nobodyElse refuses to delete whom the filter finds where it finds somebody who was not found when the job was planned: as
// many can be others.
func (j *Job) nobodyElse(ctx context.Context, h Hub, f client.PeopleFilter) error {
	answer, err := h.Client.BulkDelete(ctx, client.BulkDeleteRequest{Filter: &f, DryRun: true})
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, x := range j.Items {
		known[x.Name] = true
	}
	for _, r := range answer.Results {
		if !known[r.Username] {
			return fmt.Errorf("nothing was deleted: %s was found now, too, who was not before; look again whom the filter finds", r.Username)
		}
	}
	return nil
}

// PlanStartFound starts the default servers of those whom a filter finds, likewise. With options the servers are those that
// were found here.
func PlanStartFound(ctx context.Context, h Hub, f client.PeopleFilter, o ServersOptions) (*Job, error) {
	if !h.Atrium || o.Options != nil {
		rows, err := found(ctx, h, f, false)
		if err != nil {
			return nil, err
		}
		return PlanStart(h, rows, o), nil
	}
	return o.planFound(ctx, h, f, h.Client.BulkServersStart, client.StatusStarted, client.StatusNotFound, o.startOne, o.ready)
}

// PlanStopFound stops all servers that run of those whom a filter finds, likewise.
func PlanStopFound(ctx context.Context, h Hub, f client.PeopleFilter, o ServersOptions) (*Job, error) {
	if !h.Atrium {
		rows, err := found(ctx, h, f, true)
		if err != nil {
			return nil, err
		}
		return PlanStop(h, rows, o), nil
	}
	return o.planFound(ctx, h, f, h.Client.BulkServersStop, client.StatusStopped, client.StatusNotRunning, o.stopOne, o.atRest)
}

// planFound is a job of servers that the hub finds.
func (o ServersOptions) planFound(ctx context.Context, h Hub, f client.PeopleFilter,
	call func(context.Context, client.BulkServersRequest) (client.BulkAnswer, error), status, gone string,
	one, wait func(context.Context, Hub, *Item) error,
) (*Job, error) {
	answer, err := call(ctx, client.BulkServersRequest{Filter: &f, DryRun: true})
	if err != nil {
		return nil, err
	}
	items := foundItems(answer)
	for _, x := range items {
		if !x.Refused() {
			x.intend(status)
		}
	}
	o.whole = true
	return o.plan(h, items, func(j *Job) sender {
		j.Confirmed = len(items)
		return func(ctx context.Context, a attempt, batch []*Item) error {
			answer, err := call(ctx, client.BulkServersRequest{Filter: &f, Confirmed: &j.Confirmed, IdempotencyKey: a.key, Told: a.told})
			return j.takeFound(batch, gone, answer, err)
		}
	}, one, wait), nil
}

// found are rows for those whom a filter finds, where the hub does not take it in the place of rows: for the people, or for
// their servers that run.
func found(ctx context.Context, h Hub, f client.PeopleFilter, running bool) ([]Row, error) {
	rows := []Row{}
	q := client.UserQuery{State: f.State, Filter: f.Name}
	if running {
		q.State = cmp.Or(q.State, "active")
	}
	for u, err := range h.Client.Users(ctx, q) {
		if err != nil {
			return nil, err
		}
		part := strings.Contains(strings.ToLower(u.Name), strings.ToLower(f.Name)) // which a JupyterHub takes for a pattern
		if !part || f.Group != "" && !slices.Contains(u.Groups, f.Group) {
			continue
		}
		if !running {
			rows = append(rows, Row{Name: u.Name})
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(u.Servers)) {
			if Active(u.Servers[name]) {
				rows = append(rows, Row{Name: u.Name, Server: name})
			}
		}
	}
	return rows, nil
}

// foundItems are the rows of which an answer tells.
func foundItems(answer client.BulkAnswer) []*Item {
	items := make([]*Item, len(answer.Results))
	for i, r := range answer.Results {
		items[i] = &Item{Row: Row{Name: r.Username, Server: r.ServerName}}
		items[i].take(r)
	}
	return items
}

// takeFound notes what became of the rows that the hub has found: of those that it found no more, that they are gone, and
// those that are new are added.
func (j *Job) takeFound(batch []*Item, gone string, answer client.BulkAnswer, err error) error {
	if err != nil {
		return err
	}
	known := map[string]*Item{}
	for _, x := range j.Items {
		known[x.FullName()] = x
	}
	for _, x := range batch {
		x.take(client.BulkResult{Status: gone})
	}
	for _, x := range foundItems(answer) {
		if former := known[x.FullName()]; former != nil {
			former.Status, former.Message, former.Warnings = x.Status, x.Message, x.Warnings
			continue
		}
		j.Items = append(j.Items, x)
	}
	return nil
}
