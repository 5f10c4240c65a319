package roster

import (
	"context"
	"strconv"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
)

// PlanDelete asks who of the rows' people exists; nothing is done yet.
func PlanDelete(ctx context.Context, h Hub, rows []Row, pace Pace) (*Job, error) {
	items := itemsOf(rows)
	if !h.Atrium {
		j := &Job{Items: items, batch: 1, workers: pace.or(1, batchWorkers).Workers}
		j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
			return batch[0].one(h.Client.DeleteUser(ctx, batch[0].Name), client.StatusDeleted)
		}
		return j, planExisting(ctx, h, items, func(x *Item, _ client.User) { x.Status, x.send = client.StatusDeleted, true })
	}
	j := pace.long(items)
	j.send = func(ctx context.Context, a attempt, batch []*Item) error {
		answer, err := h.Client.BulkDelete(ctx, client.BulkDeleteRequest{Usernames: namesOf(batch), IdempotencyKey: a.key, Told: a.told})
		return takeAll(batch, answer, err)
	}
	return j, foresee(ctx, items, func(ctx context.Context, batch []*Item) (client.BulkAnswer, error) {
		return h.Client.BulkDelete(ctx, client.BulkDeleteRequest{Usernames: namesOf(batch), DryRun: true})
	}, client.StatusDeleted)
}

// PlanAdmin asks whose rights would change; nothing is done yet.
func PlanAdmin(ctx context.Context, h Hub, rows []Row, admin bool, pace Pace) (*Job, error) {
	items := itemsOf(rows)
	for _, x := range items {
		x.Admin = &admin
	}
	pace = pace.or(1, batchWorkers)
	j := &Job{Items: items, batch: 1, workers: pace.Workers}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		x := batch[0]
		u, err := h.Client.UpdateUser(ctx, x.Name, client.UserPatch{Admin: &admin})
		if err == nil && admin && u.Password != "" && u.Password != "set" && len(x.Warnings) == 0 {
			x.Warnings = append(x.Warnings, noClaim)
		}
		return x.one(err, client.StatusChanged)
	}
	if !h.Atrium {
		return j, planExisting(ctx, h, items, func(x *Item, u client.User) {
			x.Status, x.send = client.StatusUnchanged, u.Admin != admin
			if x.send {
				x.Status = client.StatusChanged
			}
		})
	}
	err := foresee(ctx, items, func(ctx context.Context, batch []*Item) (client.BulkAnswer, error) {
		req := client.BulkUsersRequest{Users: make([]client.BulkUser, len(batch)), Existing: client.ExistingChange, DryRun: true}
		for i, x := range batch {
			req.Users[i] = client.BulkUser{Username: x.Name, Admin: &admin}
		}
		return h.Client.BulkUsers(ctx, req)
	}, client.StatusChanged)
	for _, x := range items {
		if x.Status == client.StatusCreated { // nobody is made here
			x.Status, x.Warnings = client.StatusNotFound, nil
		}
	}
	return j, err
}

// PasswordOptions say which passwords are set, and how.
type PasswordOptions struct {
	Pace
	Generate   bool   // who has none in the file gets one
	Default    string // … this one, instead of one of their own
	MustChange bool   // at the next login
	AllowOdd   bool   // what is odd about passwords is as it should be
	Results    *Results
}

// NoPassword is why a row is skipped.
const NoPassword = "no password specified"

// PlanPasswords asks whose passwords would be set; nothing is done yet. Where an
// earlier run with the same results did not come to its end, those that it did are
// left as they are.
func PlanPasswords(ctx context.Context, h Hub, rows []Row, o PasswordOptions) (*Job, error) {
	if !h.Atrium {
		return nil, ErrNoPasswords
	}
	items := itemsOf(rows)
	o.Results.keep("force_change", func(*Item) string { return strconv.FormatBool(o.MustChange) })
	unfinished := o.Results.unfinished()
	o.Results.takeUp(items)
	for _, x := range items {
		if former, found := o.Results.former(x.Name); unfinished && found && done(former.status) && x.Bad == "" {
			x.Status, x.Message = StatusSkipped, "done by an earlier run"
			continue
		}
		given := x.Password != ""
		if o.password(x); x.send {
			x.Status = client.StatusChanged
		}
		x.doubt(x.Odd.Password, given, o.AllowOdd)
	}
	request := func(batch []*Item, dryRun bool) client.BulkPasswordsRequest {
		req := client.BulkPasswordsRequest{Users: make([]client.BulkPassword, len(batch)), MustChangePassword: &o.MustChange, DryRun: dryRun}
		for i, x := range batch {
			req.Users[i] = client.BulkPassword{Username: x.Name, Password: x.Password}
		}
		return req
	}
	pace := o.or(passwordRows, passwordWorkers)
	j := &Job{Items: items, batch: pace.Batch, workers: pace.Workers, results: o.Results}
	j.send = func(ctx context.Context, a attempt, batch []*Item) error {
		req := request(batch, false)
		req.IdempotencyKey = a.key
		answer, err := h.Client.BulkPasswords(ctx, req)
		if client.IsConflict(err) && batch[0].again {
			req.IdempotencyKey = ""
			answer, err = h.Client.BulkPasswords(ctx, req)
		}
		return takeAll(batch, answer, err)
	}
	return j, foresee(ctx, items, func(ctx context.Context, batch []*Item) (client.BulkAnswer, error) {
		return h.Client.BulkPasswords(ctx, request(batch, true))
	}, client.StatusChanged)
}

func (o PasswordOptions) password(x *Item) {
	switch {
	case x.Bad != "" || x.Password != "":
	case !o.Generate:
		x.Status, x.Message = StatusSkipped, NoPassword
	case o.Default != "":
		x.Password = o.Default
	default:
		x.Password = hub.NewPassword()
	}
}
