package store

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// TestNameFilter compares the database's idea of a substring with Go's.
func TestNameFilter(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		ctx := t.Context()
		db := open(t, Options{URL: databaseURL})
		texts := rapid.StringOfN(rapid.SampledFrom([]rune(`ab%_\'"ü李🦉 .*[`)), 1, 6, -1)
		rapid.Check(t, func(t *rapid.T) {
			names := rapid.SliceOfNDistinct(texts, 1, 20, rapid.ID[string]).Draw(t, "names")
			filter := rapid.OneOf(texts, rapid.SampledFrom(names)).Draw(t, "filter")
			var got []string
			rollback := hub.Errorf(hub.Invalid, "undo")
			err := db.Update(ctx, func(tx data.Tx) error {
				if _, err := tx.CreateUsers(ctx, names, false); err != nil {
					return err
				}
				us, _, err := tx.ListUsers(ctx, hub.UserQuery{NameFilter: filter, Sort: hub.SortByName})
				for _, u := range us {
					got = append(got, u.Name)
				}
				if err != nil {
					return err
				}
				return rollback
			})
			if !hub.Is(err, hub.Invalid) {
				t.Fatal(err)
			}
			want := slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(name string) bool { return !strings.Contains(name, filter) })
			if !slices.Equal(got, want) {
				t.Errorf("%q finds %q, want %q", filter, got, want)
			}
		})
	})
}
