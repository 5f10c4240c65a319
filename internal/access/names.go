package access

import (
	"context"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// MaxNames is how many names one request may carry on JupyterHub's endpoints.
const MaxNames = 100_000

// UserNames normalises names, each once; hub.Invalid names all that are bad.
func UserNames(raw []string) ([]string, error) {
	if len(raw) > MaxNames {
		return nil, hub.Errorf(hub.TooLarge, "%d usernames in one request; send at most %d", len(raw), MaxNames)
	}
	var names, bad []string
	seen := map[string]bool{}
	for _, n := range raw {
		name, err := hub.UserName(n)
		switch {
		case err != nil:
			bad = append(bad, strings.ToValidUTF8(hub.Truncate(n, 64), "\ufffd"))
		case !seen[name]:
			seen[name] = true
			names = append(names, name)
		}
	}
	switch {
	case len(bad) == 1:
		return nil, hub.Errorf(hub.Invalid, "Invalid username: %s", bad[0])
	case len(bad) > 1:
		return nil, hub.Errorf(hub.Invalid, "Invalid usernames: %s", hub.Truncate(strings.Join(bad, ", "), 2000))
	case len(names) == 0:
		return nil, hub.Errorf(hub.Invalid, "Must specify at least one user to create")
	}
	return names, nil
}

// NewNames gives those of the names that nobody has yet.
func NewNames(ctx context.Context, tx data.Tx, names []string) ([]string, error) {
	there, err := tx.UsersByName(ctx, names)
	if err != nil {
		return nil, err
	}
	has := make(map[string]bool, len(there))
	for _, u := range there {
		has[u.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return has[n] }), nil
}
