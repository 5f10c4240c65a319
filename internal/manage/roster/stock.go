package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/atriumhub/atrium/client"
)

// ErrNoPasswords is what a plan with passwords comes to on a JupyterHub.
var ErrNoPasswords = errors.New("this hub is a JupyterHub, which has no passwords of its own to set: leave the password column and --generate out")

// planExisting looks the people up by listing all; who is not there is not found.
func planExisting(ctx context.Context, h Hub, items []*Item, found func(*Item, client.User)) error {
	here := map[string]*Item{}
	for _, x := range items {
		if x.Status == "" {
			x.Status = client.StatusNotFound
			here[x.Name] = x
		}
	}
	if len(here) == 0 {
		return nil
	}
	for u, err := range h.Client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return err
		}
		if x := here[u.Name]; x != nil {
			found(x, u)
		}
	}
	return nil
}

// planStock says what would become of the rows on a JupyterHub.
func (o CreateOptions) planStock(ctx context.Context, h Hub, items []*Item) error {
	for _, x := range items {
		if x.Password != "" && x.Bad == "" {
			return ErrNoPasswords
		}
		if x.Quota != nil {
			x.Warnings = append(x.Warnings, "Quotas are not known to this hub")
		}
		if x.again { // this hub knows no keys: what is missing is looked up
			x.key, x.send = "", false
		}
	}
	err := planExisting(ctx, h, items, o.planThere)
	for _, x := range items {
		if x.Status == client.StatusNotFound && x.Bad == "" {
			x.Status, x.send, x.join = client.StatusCreated, true, x.Groups
		}
	}
	return err
}

// planThere says what is to be changed of somebody whom a JupyterHub has.
func (o CreateOptions) planThere(x *Item, u client.User) {
	x.Status = client.StatusExists
	if !o.Update && !x.again { // whom an earlier run was about to make may be half made
		return
	}
	x.Status = client.StatusUnchanged
	if x.Groups != nil {
		x.join, x.leave = missing(x.Groups, u.Groups), missing(u.Groups, x.Groups)
	}
	x.turn = x.Admin != nil && *x.Admin != u.Admin
	if !o.Update { // of these the groups alone can be missing
		x.leave, x.turn = nil, false
	}
	if x.turn || len(x.join)+len(x.leave) > 0 {
		x.Status, x.send = client.StatusChanged, true
	}
}

// missing are those of a that are not in b.
func missing(a, b []string) []string {
	var out []string
	for _, name := range a {
		if !slices.Contains(b, name) {
			out = append(out, name)
		}
	}
	return out
}

// stockCreate is a job for a JupyterHub: people of one kind together.
func (o CreateOptions) stockCreate(h Hub, items []*Item) *Job {
	pace, s := o.or(stockRows, batchWorkers), &stock{hub: h}
	j := &Job{Items: items, batch: min(pace.Batch, stockRows), workers: pace.Workers, results: o.Results}
	j.group = func(x *Item) string {
		if x.Status == client.StatusChanged {
			return "change"
		}
		return fmt.Sprint("admin ", x.Admin != nil && *x.Admin)
	}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error { return s.send(ctx, batch) }
	return j
}

type stock struct{ hub Hub }

func (s *stock) send(ctx context.Context, batch []*Item) error {
	var fresh []*Item
	for _, x := range batch {
		if x.Status != client.StatusChanged {
			fresh = append(fresh, x)
			continue
		}
		if x.turn {
			_, err := s.hub.Client.UpdateUser(ctx, x.Name, client.UserPatch{Admin: x.Admin})
			if err := x.one(err, client.StatusChanged); err != nil {
				return err
			}
		}
	}
	if err := s.create(ctx, fresh); err != nil {
		return err
	}
	return s.groups(ctx, batch)
}

// create makes people in one request, or one by one where the hub takes no such
// request: for one bad name it refuses all.
func (s *stock) create(ctx context.Context, batch []*Item) error {
	if len(batch) == 0 {
		return nil
	}
	names := make([]string, len(batch))
	for i, x := range batch {
		names[i] = x.Name
	}
	admin := batch[0].Admin != nil && *batch[0].Admin
	made, err := s.hub.Client.CreateUsers(ctx, names, admin)
	if err == nil {
		for _, x := range batch {
			x.Status = client.StatusExists
			if slices.ContainsFunc(made, func(u client.User) bool { return u.Name == x.Name }) {
				x.Status = client.StatusCreated
			}
		}
		return nil
	}
	if _, told := refusal(err); !told || client.IsForbidden(err) {
		return err
	}
	for _, x := range batch {
		_, err := s.hub.Client.CreateUser(ctx, x.Name, admin)
		if client.IsConflict(err) {
			x.Status = client.StatusExists
			continue
		}
		if err := x.one(err, client.StatusCreated); err != nil {
			return err
		}
	}
	return nil
}

// groups puts the people of a batch into their groups, one request a group.
func (s *stock) groups(ctx context.Context, batch []*Item) error {
	join, leave := map[string][]*Item{}, map[string][]*Item{}
	for _, x := range batch {
		if !done(x.Status) {
			continue
		}
		for _, g := range x.join {
			join[g] = append(join[g], x)
		}
		for _, g := range x.leave {
			leave[g] = append(leave[g], x)
		}
	}
	for g, items := range join {
		if err := failAll(items, s.enter(ctx, g, namesOf(items))); err != nil {
			return err
		}
	}
	for g, items := range leave {
		_, err := s.hub.Client.RemoveGroupUsers(ctx, g, namesOf(items)...)
		if err := failAll(items, err); err != nil {
			return err
		}
	}
	return nil
}

// enter puts people into a group, which is made where there is none: that takes a
// right more.
func (s *stock) enter(ctx context.Context, group string, names []string) error {
	_, err := s.hub.Client.AddGroupUsers(ctx, group, names...)
	if !client.IsNotFound(err) {
		return err //nolint:wrapcheck // the client's errors say all
	}
	if _, err := s.hub.Client.CreateGroup(ctx, group); err != nil && !client.IsConflict(err) {
		return err //nolint:wrapcheck // as above
	}
	_, err = s.hub.Client.AddGroupUsers(ctx, group, names...)
	return err //nolint:wrapcheck // as above
}
