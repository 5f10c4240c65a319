package usage

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Scope is what reading usage takes.
const Scope = "read:servers"

// What one request may ask for.
const (
	defaultDays = 30
	maxDays     = 400
	maxRows     = 10_000
)

// Query is what is asked for; zero values are the last 30 days, and everybody.
type Query struct {
	From, To time.Time // midnights of UTC; both days are among those that are asked for
	Group    string    // of its members
	Limit    int       // how many rows of people or groups
}

// Days are the first and the last of what is asked for.
type Days struct{ From, To time.Time }

// UsageByDay tells for how long servers ran on each day on which some did.
func (u *Usage) UsageByDay(ctx context.Context, r *access.Requester, q Query) (Days, []hub.UsedDay, error) {
	return read(ctx, u, r, q, data.Tx.UsageByDay)
}

// UsageByUser tells whose servers ran for the longest.
func (u *Usage) UsageByUser(ctx context.Context, r *access.Requester, q Query) (Days, []hub.UsedBy, error) {
	return read(ctx, u, r, q, data.Tx.UsageByUser)
}

// UsageByGroup tells of which groups the members' servers ran for the longest. With a filtered scope it tells of the
// groups that the scope names.
func (u *Usage) UsageByGroup(ctx context.Context, r *access.Requester, q Query) (Days, []hub.UsedBy, error) {
	return read(ctx, u, r, q, data.Tx.UsageByGroup)
}

// UsageOf tells for how long a person's servers ran, by day.
func (u *Usage) UsageOf(ctx context.Context, r *access.Requester, name string, q Query) (days Days, list []hub.UsedDay, err error) {
	err = u.store.View(ctx, func(tx data.Tx) error {
		person, err := access.FindUser(ctx, tx, r, name, Scope)
		if err != nil {
			return err
		}
		of, err := u.bounded(q)
		if err != nil {
			return err
		}
		of.UserID, days = person.ID, daysOf(of)
		list, err = tx.UsageByDay(ctx, of)
		return err
	})
	return days, list, err
}

// Starts tells how starts went.
func (u *Usage) Starts(ctx context.Context, r *access.Requester, q Query) (Days, Starts, error) {
	days, counts, err := read(ctx, u, r, q, data.Tx.CountStarts)
	return days, summed(counts), err
}

// read asks the database for those whom the requester may know of.
func read[T any](ctx context.Context, u *Usage, r *access.Requester, q Query,
	ask func(tx data.Tx, ctx context.Context, q hub.UsageQuery) ([]T, error),
) (days Days, list []T, err error) {
	users, groups, all, err := visible(r)
	if err != nil {
		return days, nil, err
	}
	if q.Group != "" && !all && !slices.Contains(groups, q.Group) {
		return days, nil, r.Denied(Scope)
	}
	of, err := u.bounded(q)
	if err != nil {
		return days, nil, err
	}
	of.Restricted, of.OnlyUsers, of.OnlyGroups = !all, users, groups
	err = u.store.View(ctx, func(tx data.Tx) error {
		list, err = ask(tx, ctx, of)
		return err
	})
	return daysOf(of), list, err
}

// visible are those of whom the requester may know; of single servers nothing is told.
func visible(r *access.Requester) (users, groups []string, all bool, err error) {
	if err := access.MaySome(r, Scope); err != nil {
		return nil, nil, false, err
	}
	for _, f := range r.Scopes.Filters(Scope) {
		switch f.Kind {
		case scopes.KindUser:
			users = append(users, f.Value)
		case scopes.KindGroup:
			groups = append(groups, f.Value)
		}
	}
	return users, groups, r.Scopes.Has(Scope), nil
}

// bounded is the query with what was left out, or hub.Invalid.
func (u *Usage) bounded(q Query) (hub.UsageQuery, error) {
	if q.To.IsZero() {
		q.To = u.clock().UTC().Truncate(hub.Day)
	}
	if q.From.IsZero() {
		q.From = q.To.AddDate(0, 0, 1-defaultDays)
	}
	past := q.To.AddDate(0, 0, 1)
	switch {
	case q.From.After(q.To):
		return hub.UsageQuery{}, hub.Errorf(hub.Invalid, "from must not be after to")
	case past.Sub(q.From) > maxDays*hub.Day:
		return hub.UsageQuery{}, hub.Errorf(hub.Invalid, "from and to must be within %d days", maxDays)
	case q.Limit < 0 || q.Limit > maxRows:
		return hub.UsageQuery{}, hub.Errorf(hub.Invalid, "limit must be at most %d", maxRows)
	}
	return hub.UsageQuery{From: q.From, To: past, Group: q.Group, Limit: q.Limit}, nil
}

func daysOf(q hub.UsageQuery) Days { return Days{q.From, q.To.AddDate(0, 0, -1)} }
