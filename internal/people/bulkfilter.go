package people

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
)

// matching are the people whom a filter finds, by name. It is hub.Conflict where they are more
// than were confirmed. In a dry run any number is.
func (pe *People) matching(ctx context.Context, r *access.Requester, scope string, f filter.Filter, dryRun bool) ([]hub.User, error) {
	people, err := pe.finder.Find(ctx, r, scope, f)
	if err != nil || dryRun {
		return people, err
	}
	return people, f.Covers(len(people))
}

func idsOf(people []hub.User) []int64 {
	ids := make([]int64, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	return ids
}

// running are the servers that run of those whom a filter finds.
func (pe *People) running(ctx context.Context, r *access.Requester, f filter.Filter, dryRun bool) (active []hub.Server, err error) {
	people, err := pe.finder.Find(ctx, r, jobStop, f)
	if err != nil {
		return nil, err
	}
	var all []hub.Server
	err = pe.store.View(ctx, func(tx data.Tx) error {
		all, err = tx.ServersOf(ctx, idsOf(people))
		return err
	})
	if err != nil {
		return nil, err
	}
	if active = activeOnes(all); dryRun {
		return active, nil
	}
	return active, f.Covers(len(active))
}

func namesOf(people []hub.User) []string {
	names := make([]string, len(people))
	for i, u := range people {
		names[i] = u.Name
	}
	return names
}
