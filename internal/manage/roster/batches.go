package roster

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// inBatches does something with batches of items, several at once, and ends with the
// first error.
func inBatches(ctx context.Context, items []*Item, size, workers int, do func(context.Context, []*Item) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for batch := range slices.Chunk(items, size) {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err //nolint:wrapcheck // the group's own
			}
			return do(ctx, batch)
		})
	}
	return group.Wait() //nolint:wrapcheck // the batches' own
}
