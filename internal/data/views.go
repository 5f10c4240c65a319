package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// ViewTx keeps the views that people have saved.
type ViewTx interface {
	// ViewsOf lists somebody's, by name.
	ViewsOf(ctx context.Context, userID int64) ([]hub.SavedView, error)
	// PutView keeps a view, in the place of another of that name, and fills in when that was.
	PutView(ctx context.Context, v *hub.SavedView) error
	// DeleteView is hub.NotFound where there is none of that name.
	DeleteView(ctx context.Context, userID int64, name string) error
}
