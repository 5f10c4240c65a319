package people

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/jobs"
)

// PasswordsRequest gives people who exist passwords; their sessions end. MustChange is
// for rows that do not say.
type PasswordsRequest struct {
	Key        string
	DryRun     bool
	MustChange bool
	Rows       []UserRow // Username, Password or Hash, MustChange
}

// BulkPasswords sets passwords, as Bulk does. They are hashed before anything is kept.
func (pe *People) BulkPasswords(ctx context.Context, r *access.Requester, req PasswordsRequest) ([]bulk.Result, error) {
	return pe.Bulk(ctx, r, req)
}

func (req PasswordsRequest) terms() jobs.Terms {
	people := req.people().terms()
	people.Kind, people.Scopes = jobPasswords, access.PasswordScopes()
	people.Digest = []any{"passwords", jobs.DigestOf(people.Digest)}
	return people
}

func (req PasswordsRequest) plan(ctx context.Context, a *People, r *access.Requester) (jobs.Work, error) {
	return a.planPeople(ctx, r, req.people(), true)
}

// people is the request as one about people.
func (req PasswordsRequest) people() Request {
	people := Request{Key: req.Key, DryRun: req.DryRun, Change: true, Rows: make([]UserRow, len(req.Rows))}
	for i, row := range req.Rows {
		if row.MustChange == nil {
			row.MustChange = &req.MustChange
		}
		people.Rows[i] = row
	}
	return people
}
