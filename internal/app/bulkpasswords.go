package app

import (
	"context"
	"slices"
)

// PasswordsRequest gives people who exist passwords; their sessions end. MustChange is
// for rows that do not say.
type PasswordsRequest struct {
	Key        string
	DryRun     bool
	MustChange bool
	Rows       []UserRow // Username, Password or Hash, MustChange
}

// BulkPasswords sets passwords in one transaction, one result a row, in their order.
// They are hashed before it.
func (a *App) BulkPasswords(ctx context.Context, r *Requester, req PasswordsRequest) ([]RowResult, error) {
	if err := mayBulk(r, "admin:users", req.Key, len(req.Rows)); err != nil {
		return nil, err
	}
	people := PeopleRequest{Key: req.Key, DryRun: req.DryRun, Change: true, Rows: slices.Clone(req.Rows)}
	for i := range people.Rows {
		row := &people.Rows[i]
		if row.MustChange == nil {
			row.MustChange = &req.MustChange
		}
	}
	w := a.newPeopleWork(r, people)
	w.repeat = newRepeat(r, keyOf(req.Key, req.DryRun), "passwords", w.repeat.answer.Digest)
	w.existing = true
	for i, row := range people.Rows {
		if x := &w.checked[i]; x.Status == "" && !row.secret() {
			x.Status, x.Message = RowFailed, "The row gives no password"
		}
	}
	return w.run(ctx)
}
