package usage

import (
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Usage tells how much servers are used. What there is now comes from memory, all else from the database.
type Usage struct {
	store     data.Store
	directory *mirror.Directory
	clock     hub.Clock

	mu      sync.Mutex
	now     Now // of everybody, as it was then
	counted time.Time
	looked  *look // of those who may know of some people
}

// New makes Usage.
func New(store data.Store, directory *mirror.Directory, clock hub.Clock) *Usage {
	return &Usage{store: store, directory: directory, clock: clock}
}
