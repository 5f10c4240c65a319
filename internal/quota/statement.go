package quota

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Statement is what somebody has, and how it came to that.
type Statement struct {
	Account hub.QuotaAccount
	Entries []hub.QuotaEntry // newest first
	More    bool             // there are older ones
	Runs    []Run            // what runs at the moment
	Sums    []hub.QuotaSum   // of all entries, by their kinds; where they were asked for
}

// Run is a server that runs, with what it has spent and holds.
type Run struct {
	Server hub.Server
	hub.QuotaRun
}

// StatementQuery says what of a statement is asked for.
type StatementQuery struct {
	Before int64 // entries with lower ids; 0: the newest
	Limit  int
	Why    bool // with the sums
}

// find finds a person for who may see what they have: themselves, and who holds the scope on them.
func (q *Quota) find(ctx context.Context, tx data.Tx, r *access.Requester, name string) (hub.User, error) {
	if normal, err := hub.UserName(name); err == nil && r.User.ID != 0 && normal == r.User.Name {
		return tx.UserByID(ctx, r.User.ID)
	}
	return access.FindUser(ctx, tx, r, name, ReadScope)
}

// QuotaStatement is somebody's, for who may see what they have: themselves, and those who hold the scope on them.
func (q *Quota) QuotaStatement(ctx context.Context, r *access.Requester, name string, query StatementQuery) (s Statement, err error) {
	err = q.store.View(ctx, func(tx data.Tx) error {
		u, err := q.find(ctx, tx, r, name)
		if err != nil {
			return err
		}
		if err := q.ready(); err != nil {
			return err
		}
		if s.Account, err = q.account(ctx, tx, u); err != nil || s.Account.ID == 0 {
			return err
		}
		return s.read(ctx, tx, query)
	})
	return s, err
}

func (s *Statement) read(ctx context.Context, tx data.Tx, query StatementQuery) (err error) {
	if s.Entries, err = tx.QuotaEntries(ctx, s.Account.ID, query.Before, query.Limit+1); err != nil {
		return err
	}
	if s.More = len(s.Entries) > query.Limit; s.More {
		s.Entries = s.Entries[:query.Limit]
	}
	runs, err := tx.QuotaRunsOf(ctx, s.Account.ID)
	if err != nil {
		return err
	}
	for _, run := range runs {
		server, err := tx.ServerByID(ctx, run.ServerID)
		if err != nil {
			return err
		}
		s.Runs = append(s.Runs, Run{server, run})
	}
	if query.Why {
		s.Sums, err = tx.QuotaSums(ctx, s.Account.ID)
	}
	return err
}
