package sharing

import (
	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
)

// Sharing lets people share their servers. It reads and writes the database alone.
type Sharing struct {
	store  data.Store
	rights *access.Rights
	own    *access.OwnChanges
}

// New makes Sharing.
func New(store data.Store, rights *access.Rights, own *access.OwnChanges) *Sharing {
	return &Sharing{store: store, rights: rights, own: own}
}
