package people

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/quota"
)

// UserRow is what a bulk request says of one person. nil leaves as it is.
type UserRow struct {
	Username   string
	Admin      *bool
	Password   string // empty: none given
	Hash       string // instead of Password: a hash made elsewhere, renewed at the next login
	Groups     *[]string
	MustChange *bool
	Quota      *quota.Given
}

func (u UserRow) secret() bool { return u.Password != "" || u.Hash != "" }

func (u UserRow) must() bool { return u.MustChange != nil && *u.MustChange }

// Request makes people, and with Change brings those who exist to what their
// rows say. With MakeGroups, groups that do not exist are made.
type Request struct {
	Key        string // chosen by the client; up to 128 printable ASCII characters; empty for none
	DryRun     bool   // say what would become of the rows, and do nothing
	Change     bool
	MakeGroups bool
	Rows       []UserRow
}

// BulkUsers makes or changes people, as Bulk does. Passwords are hashed before anything is
// kept, so that nobody waits for it. It needs create:users to make somebody, admin:users on who is
// there (admin:passwords, where that is all that the row says), and the right on each group that they join or leave.
func (pe *People) BulkUsers(ctx context.Context, r *access.Requester, req Request) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, req)
}

func (req Request) terms() jobs.Terms {
	return jobs.Terms{
		Kind: jobPeople, Scopes: access.CreateScopes(), Key: req.Key, DryRun: req.DryRun, Rows: len(req.Rows),
		Digest: []any{"users", req.Change, req.MakeGroups, withoutSecrets(req.Rows)},
	}
}

func (req Request) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	return a.planPeople(ctx, r, req, false)
}

// withoutSecrets are the rows as a digest may tell of them.
func withoutSecrets(rows []UserRow) []UserRow {
	asked := make([]UserRow, len(rows))
	for i, row := range rows {
		asked[i] = row
		if row.secret() {
			asked[i].Password, asked[i].Hash = "given", ""
		}
	}
	return asked
}

// peopleTask is what peopleWork is kept as: passwords are hashes.
type peopleTask struct {
	Existing   bool `json:"existing,omitempty"` // nobody is made
	Change     bool `json:"change,omitempty"`
	MakeGroups bool `json:"make_groups,omitempty"`
	// Checked says whom the rows are about, and which of them fail whatever the database says.
	Checked []bulk.Result `json:"checked"`
	Rows    []personRow   `json:"rows"`
}

// personRow is what a row says of a person, nil as it is.
type personRow struct {
	Admin      *bool        `json:"admin,omitempty"`
	Secret     bool         `json:"secret,omitempty"` // a password was given
	Hash       string       `json:"hash,omitempty"`   // of it, where it was needed
	Groups     *[]string    `json:"groups,omitempty"`
	MustChange *bool        `json:"must_change,omitempty"`
	Quota      *quota.Given `json:"credits,omitempty"`
}

// groups are those that the row names.
func (p personRow) groups() []string {
	if p.Groups == nil {
		return nil
	}
	return slices.Clone(*p.Groups)
}

func (p personRow) must() bool { return p.MustChange != nil && *p.MustChange }

// peopleWork is a bulk request about people on its way.
type peopleWork struct {
	jobBase
	peopleTask
}

func (w *peopleWork) Task() (any, int) { return &w.peopleTask, len(w.Rows) }

// Row implements bulk.Work.
func (w *peopleWork) Row(place int) bulk.Result {
	return bulk.Result{Username: w.Checked[place].Username}
}

// planPeople checks the rows and hashes the passwords that will be needed. What is said of a
// password would tell who exists: it is for those alone who may know.
func (pe *People) planPeople(ctx context.Context, r *access.Requester, req Request, existing bool) (*peopleWork, error) {
	w := &peopleWork{newJobBase(pe, r), peopleTask{
		Existing: existing, Change: req.Change, MakeGroups: req.MakeGroups,
		Checked: make([]bulk.Result, len(req.Rows)), Rows: make([]personRow, len(req.Rows)),
	}}
	for i, row := range req.Rows {
		w.Checked[i] = bulk.Result{Username: row.Username}
		w.Rows[i] = personRow{Admin: row.Admin, Secret: row.secret(), Groups: row.Groups, MustChange: row.MustChange, Quota: row.Quota}
	}
	names := rowNames(w.Checked)
	for i, row := range req.Rows {
		if x := &w.Checked[i]; existing && x.Status == "" && !row.secret() {
			x.Status, x.Message = bulk.Failed, "The row gives no password"
		}
	}
	var people map[string]hub.User
	err := pe.store.View(ctx, func(tx data.Tx) (err error) {
		people, err = access.UsersNamed(ctx, tx, names)
		return err
	})
	if err != nil {
		return nil, err
	}
	list := make(login.Secrets, len(req.Rows))
	for i, row := range req.Rows {
		if w.Checked[i].Status != "" || !row.secret() {
			continue
		}
		u, exists := people[w.Checked[i].Username]
		if !exists {
			u.Name = w.Checked[i].Username
		}
		needed := req.Change && exists || !exists && !existing
		if needed && w.mayTouch(u, exists, w.Rows[i]) == nil {
			list[i] = &login.Secret{Name: w.Checked[i].Username, Password: row.Password, Passing: row.must(), Hash: row.Hash}
		}
	}
	if err := pe.logins.HashAll(ctx, list, w.Checked, req.DryRun); err != nil {
		return nil, err
	}
	for i, s := range list {
		w.Rows[i].Hash = s.Made
	}
	return w, nil
}

// Do implements bulk.Work. The row about whoever asked comes last.
func (w *peopleWork) Do(ctx context.Context, tx data.Tx, rows []int, was []bulk.Outcome) ([]bulk.Outcome, error) {
	now := make([]int, 0, len(rows))
	for i, place := range rows {
		if !w.waitsForOthers(w.Checked[place], was[i], len(w.Rows)) {
			now = append(now, place)
		}
	}
	p := w.chunk(now)
	if err := p.plan(ctx, tx); err != nil {
		return nil, err
	}
	if err := p.write(ctx, tx); err != nil {
		return nil, err
	}
	outcomes := make([]bulk.Outcome, len(rows))
	next := 0
	for i, place := range rows {
		if w.waitsForOthers(w.Checked[place], was[i], len(w.Rows)) {
			outcomes[i].Result = w.Row(place)
			outcomes[i].Status = bulk.Pending
			continue
		}
		outcomes[i].Result = p.results[next]
		next++
	}
	return outcomes, nil
}

func (w *peopleWork) Foresee(ctx context.Context, tx data.Tx) ([]bulk.Result, error) {
	p := w.chunk(allRows(len(w.Rows)))
	return p.results, p.plan(ctx, tx)
}
