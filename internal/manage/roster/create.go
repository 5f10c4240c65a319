package roster

import (
	"cmp"
	"context"
	"strconv"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
)

// How much goes into a request, and how many are under way. What has no passwords is one job, which goes on at the hub by
// itself and tells of progress. Passwords are slow to hash, which comes before there is a job, so that small requests
// tell of progress, and two of them keep a hub busy.
const (
	batchWorkers                  = 4
	passwordRows, passwordWorkers = 100, 2
	planRows                      = 5000
	stockRows                     = 100
)

// CreateOptions say how people are made.
type CreateOptions struct {
	Pace
	Update     bool   // people who exist are changed to what their row says
	Generate   bool   // who is new and has no password in the file gets one
	Default    string // … this one, instead of one of their own
	MustChange bool   // passwords given must be changed at the first login
	AllowOdd   bool   // what is odd about names, passwords and groups is as it should be
	Results    *Results
}

// lostAnswer is what a result says of somebody who may have been made by an earlier run.
const lostAnswer = "exists, and an earlier run that was cut off may have made them: if this password is not right, give a new one with set-passwords"

// noClaim is what an administrator without a password is warned of: who may do more
// than others cannot set it at their first login.
const noClaim = "has no password, and as an administrator cannot choose one at the first login: give one with set-passwords"

// PlanCreate asks the hub what would become of each row; nothing is done yet.
func PlanCreate(ctx context.Context, h Hub, rows []Row, o CreateOptions) (*Job, error) {
	items := itemsOf(rows)
	o.Results.keep("admin", func(x *Item) string { return strconv.FormatBool(x.Admin != nil && *x.Admin) })
	o.Results.takeUp(items)
	for _, x := range items {
		o.password(x)
	}
	plan := o.planAtrium
	if !h.Atrium {
		plan = o.planStock
	}
	if err := plan(ctx, h, items); err != nil {
		return nil, err
	}
	secret := false
	for _, x := range items {
		o.doubt(x)
		secret = secret || x.send && x.Password != ""
		switch {
		case x.send && x.Status == "":
			x.Status = client.StatusCreated
		case x.again && x.Status == client.StatusExists:
			x.Message = lostAnswer
		case x.Status == client.StatusCreated, x.Status == client.StatusChanged:
		case o.Generate && !x.again:
			x.Password = ""
		}
	}
	if !h.Atrium {
		return o.stockCreate(h, items), nil
	}
	j := o.long(items)
	if secret {
		pace := o.or(passwordRows, passwordWorkers)
		j = &Job{Items: items, batch: pace.Batch, workers: pace.Workers}
	}
	j.results = o.Results
	j.send = func(ctx context.Context, a attempt, batch []*Item) error { return o.send(ctx, h, a, batch) }
	return j, nil
}

// doubt refuses what is odd about somebody who is to be made or changed, or warns of it.
func (o CreateOptions) doubt(x *Item) {
	if !x.send {
		return
	}
	made := x.Status == "" || x.Status == client.StatusCreated
	for _, d := range []struct {
		reason string
		counts bool
	}{{x.Odd.Name, made}, {x.Odd.Password, !x.made && x.Password != ""}, {x.Odd.Groups, true}} {
		x.doubt(d.reason, d.counts, o.AllowOdd)
	}
}

// planAtrium says what would become of the rows. With Update, a password in a row is
// what somebody who exists gets; so those that were made are left out until it is
// known who is new.
func (o CreateOptions) planAtrium(ctx context.Context, h Hub, items []*Item) error {
	ask := func(ctx context.Context, batch []*Item) (client.BulkAnswer, error) {
		return h.Client.BulkUsers(ctx, o.request(batch, true))
	}
	made := map[*Item]string{}
	for _, x := range items {
		if x.made && o.Update {
			made[x], x.Password = x.Password, ""
		}
	}
	if err := foresee(ctx, items, ask, client.StatusCreated, client.StatusChanged); err != nil || len(made) == 0 {
		return err
	}
	for x, password := range made {
		if x.Status == client.StatusCreated {
			x.Password, x.Status, x.Warnings, x.send = password, "", nil, false
		}
	}
	return foresee(ctx, items, ask, client.StatusCreated, client.StatusChanged)
}

// password gives somebody the password that an earlier run wrote down, or a new one.
func (o CreateOptions) password(x *Item) {
	if x.Bad != "" || x.Password != "" || !o.Generate {
		return
	}
	x.made = true
	if o.Update { // one that an earlier run was about to send without a password is planned anew
		x.key, x.send = "", false
	}
	if x.Password = cmp.Or(x.kept, o.Default); x.Password == "" {
		x.Password = hub.NewPassword()
	}
}

func (o CreateOptions) request(batch []*Item, dryRun bool) client.BulkUsersRequest {
	req := client.BulkUsersRequest{Users: make([]client.BulkUser, len(batch)), DryRun: dryRun}
	if o.Update {
		req.Existing = client.ExistingChange
	}
	for i, x := range batch {
		u := client.BulkUser{Username: x.Name, Admin: x.Admin, Password: x.Password, Groups: x.Groups, Quota: x.Quota}
		if x.Password != "" {
			u.MustChangePassword = &o.MustChange
		}
		req.Users[i] = u
	}
	return req
}

func (o CreateOptions) send(ctx context.Context, h Hub, a attempt, batch []*Item) error {
	req := o.request(batch, false)
	req.IdempotencyKey, req.Told = a.key, a.told
	answer, err := h.Client.BulkUsers(ctx, req)
	if client.IsConflict(err) && batch[0].again { // the file was changed since: what can be known is who exists
		req.IdempotencyKey = ""
		answer, err = h.Client.BulkUsers(ctx, req)
	}
	if err != nil {
		return err //nolint:wrapcheck // the client's errors say all
	}
	for i, x := range batch {
		x.take(answer.Results[i])
		if x.Status == client.StatusExists && x.again {
			x.Message = lostAnswer
		}
		if x.Status == client.StatusCreated && x.Admin != nil && *x.Admin && x.Password == "" && len(x.Warnings) == 0 {
			x.Warnings = []string{noClaim}
		}
	}
	return nil
}

// foresee asks what would become of the rows; those with one of the statuses are to be sent.
func foresee(ctx context.Context, items []*Item,
	ask func(context.Context, []*Item) (client.BulkAnswer, error), send ...string,
) error {
	var todo []*Item
	for _, x := range items {
		if x.Status == "" && !x.send {
			todo = append(todo, x)
		}
	}
	return inBatches(ctx, todo, planRows, batchWorkers, func(ctx context.Context, batch []*Item) error {
		answer, err := ask(ctx, batch)
		if err != nil {
			return err
		}
		for i, x := range batch {
			x.take(answer.Results[i])
			for _, status := range send {
				x.send = x.send || x.Status == status
			}
		}
		return nil
	})
}
