package people

import (
	"context"
	"maps"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
)

// whom says whom bulk work is about: people by their names, or all whom a filter finds.
type whom struct {
	names  []string
	filter *filter.Filter // instead of names
}

// digest is what tells it from others; record is what the audit log says of it, nil where the
// entries of the rows name everybody.
func (w whom) digest() any {
	if w.filter != nil {
		return *w.filter
	}
	return w.names
}

func (w whom) record() map[string]any {
	if w.filter != nil {
		return map[string]any{"filter": w.filter.Record()}
	}
	return nil
}

// with adds to what the audit log says of a request.
func with(record map[string]any, key string, value any) map[string]any {
	more := map[string]any{key: value}
	maps.Copy(more, record)
	return more
}

// rows are those of a job about them. The scope says whom a filter may find.
func (pe *People) rows(ctx context.Context, r *access.Requester, scope string, w whom, dryRun bool) ([]bulk.Result, error) {
	names := w.names
	if w.filter != nil {
		people, err := pe.matching(ctx, r, scope, *w.filter, dryRun)
		if err != nil {
			return nil, err
		}
		names = namesOf(people)
	}
	checked := make([]bulk.Result, len(names))
	for i, name := range names {
		checked[i].Username = name
	}
	rowNames(checked)
	return checked, nil
}

// waitsForOthers tells whether a row is about whoever asked, and others are to be done before: it
// may end their session, or take from them the rights that the other rows need.
func (w *jobBase) waitsForOthers(x bulk.Result, was bulk.Outcome, total int) bool {
	return total > 1 && x.Status == "" && was.Status == "" && !w.r.IsService() && x.Username == w.r.User.Name
}

// foreseen are outcomes as a dry run tells of them.
func foreseen(outcomes []bulk.Outcome) []bulk.Result {
	results := make([]bulk.Result, len(outcomes))
	for i := range outcomes {
		results[i] = outcomes[i].Result
	}
	return results
}

// noSuchPerson is the answer about a row whose person does not exist.
func noSuchPerson() error { return hub.Errorf(hub.NotFound, "Not Found") }
