package app

import (
	"context"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// BulkDelete removes people, one result a row, in their order. Those without a running
// server go in one transaction. The others are locked out in it and their servers told
// to stop; they go in a second one, once the servers are gone. A row whose servers do
// not stop in time fails, and its person stays suspended.
func (a *App) BulkDelete(ctx context.Context, r *Requester, key string, usernames []string, dryRun bool) ([]RowResult, error) {
	if err := mayBulk(r, "delete:users", key, len(usernames)); err != nil {
		return nil, err
	}
	w := &deletion{app: a, r: r, repeat: newRepeat(r, keyOf(key, dryRun), "delete", usernames)}
	checked := make([]RowResult, len(usernames))
	for i, name := range usernames {
		checked[i].Username = name
	}
	names := rowNames(checked)
	if dryRun {
		err := a.store.View(ctx, func(tx data.Tx) error { return w.foresee(ctx, tx, checked, names) })
		return w.results, err
	}
	err := a.store.Update(ctx, func(tx data.Tx) error {
		w.results = append(w.results[:0], checked...)
		if again, err := w.repeat.former(ctx, tx, &w.results); err != nil || again && !w.pending() {
			return err
		}
		return w.begin(ctx, tx, names)
	})
	if err != nil || !w.pending() {
		return w.results, err
	}
	w.await(ctx)
	if err := a.identities.Again(ctx, r); err != nil { // that may have taken a while
		return w.results, err
	}
	err = a.store.Update(ctx, func(tx data.Tx) error { return w.end(ctx, tx) })
	return w.results, err
}

// deletion is a bulk deletion on its way.
type deletion struct {
	app     *App
	r       *Requester
	repeat  repeat
	results []RowResult
	waiting map[string][]hub.Server // servers that are stopping, by their person
	going   []int64                 // whom earlier rows of the transaction let go
}

func (w *deletion) pending() bool {
	for _, x := range w.results {
		if x.Status == rowPending {
			return true
		}
	}
	return false
}

// foresee says what would become of the rows.
func (w *deletion) foresee(ctx context.Context, tx data.Tx, checked []RowResult, names []string) error {
	w.results = checked
	people, err := peopleNamed(ctx, tx, names)
	if err != nil {
		return err
	}
	for i := range w.results {
		x := &w.results[i]
		if x.Status != "" {
			continue
		}
		u, exists := people[x.Username]
		x.Status = RowDeleted
		if err := w.may(ctx, tx, u, exists, x.Username); err != nil {
			if err := x.fail(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin removes whoever can go at once, and locks the others out.
func (w *deletion) begin(ctx context.Context, tx data.Tx, names []string) error {
	people, err := peopleNamed(ctx, tx, names)
	if err != nil {
		return err
	}
	servers, err := serversOf(ctx, tx, people)
	if err != nil {
		return err
	}
	w.waiting, w.going = map[string][]hub.Server{}, nil
	var gone []hub.User
	for i := range w.results {
		x := &w.results[i]
		again := x.Status == rowPending
		if x.Status != "" && !again {
			continue
		}
		u, exists := people[x.Username]
		if again && !exists {
			x.Status = RowDeleted
			continue
		}
		if err := w.may(ctx, tx, u, exists, x.Username); err != nil {
			if err := x.fail(err); err != nil {
				return err
			}
			continue
		}
		active := activeOnes(servers[u.ID])
		if len(active) == 0 {
			gone, x.Status = append(gone, u), RowDeleted
			continue
		}
		w.waiting[u.Name], x.Status = active, rowPending
		if err := w.app.lock(ctx, tx, w.r, u, active); err != nil {
			return err
		}
	}
	return w.remove(ctx, tx, gone)
}

// may asks for the right to delete somebody, and counts them among those who go.
func (w *deletion) may(ctx context.Context, tx data.Tx, u hub.User, exists bool, name string) error {
	if !exists {
		return w.r.absent(name, "delete:users")
	}
	if err := w.app.mayDelete(ctx, tx, w.r, u, w.going...); err != nil {
		return err
	}
	if u.Admin {
		w.going = append(w.going, u.ID)
	}
	return nil
}

// await waits until the servers have stopped, within the time of one deletion: they
// stop side by side. Which have not, end sees.
func (w *deletion) await(ctx context.Context) {
	_ = w.app.awaitStopped(ctx, slices.Concat(slices.Collect(maps.Values(w.waiting))...))
}

// end removes those whose servers have stopped.
func (w *deletion) end(ctx context.Context, tx data.Tx) error {
	people, err := peopleNamed(ctx, tx, sortedKeys(w.waiting))
	if err != nil {
		return err
	}
	servers, err := serversOf(ctx, tx, people)
	if err != nil {
		return err
	}
	w.going = nil
	var gone []hub.User
	for i := range w.results {
		x := &w.results[i]
		stopping := w.waiting[x.Username]
		if len(stopping) == 0 || x.Status != rowPending {
			continue
		}
		u, exists := people[x.Username]
		if !exists || u.ID != stopping[0].UserID {
			x.Status = RowDeleted // by somebody else meanwhile
			continue
		}
		if err := w.may(ctx, tx, u, true, u.Name); err != nil {
			if err := x.fail(err); err != nil {
				return err
			}
			continue
		}
		switch {
		case len(activeOnes(servers[u.ID])) > 0:
			x.Status, x.Message = RowFailed, stillStopping(u)
		default:
			gone, x.Status = append(gone, u), RowDeleted
		}
	}
	return w.remove(ctx, tx, gone)
}

// remove takes people away, and keeps the answer.
func (w *deletion) remove(ctx context.Context, tx data.Tx, gone []hub.User) error {
	if err := w.app.erase(ctx, tx, w.r, gone...); err != nil {
		return err
	}
	return w.repeat.keep(ctx, tx, w.results)
}

// serversOf are the servers of the people, by their ids.
func serversOf(ctx context.Context, tx data.Tx, people map[string]hub.User) (map[int64][]hub.Server, error) {
	ids := make([]int64, 0, len(people))
	for _, u := range people {
		ids = append(ids, u.ID)
	}
	list, err := tx.ServersOf(ctx, ids)
	by := map[int64][]hub.Server{}
	for _, s := range list {
		by[s.UserID] = append(by[s.UserID], s)
	}
	return by, err
}

func activeOnes(servers []hub.Server) (active []hub.Server) {
	for _, s := range servers {
		if s.Active() {
			active = append(active, s)
		}
	}
	return active
}
