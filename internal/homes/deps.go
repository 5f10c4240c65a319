package homes

import (
	"log/slog"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Homes looks after people's homes: whose each is, where it lies, and what is to be done
// with it. It reads the database; which place and which node are this hub's lies in memory.
type Homes struct {
	store  data.Store
	policy *access.Policy
	log    *slog.Logger
	homes  *homekeeping
}

// New makes Homes.
func New(store data.Store, policy *access.Policy, log *slog.Logger) *Homes {
	return &Homes{store: store, policy: policy, log: log, homes: &homekeeping{wake: make(chan struct{}, 1)}}
}

// Foreign tells whether a server listens on another node's own loopback address, where
// requests from here would reach somebody else.
func (hs *Homes) Foreign(s hub.Server) bool { return hs.homes.foreign(s) }

// Apply wakes whoever looks after homes when one has changed.
func (hs *Homes) Apply(changes []data.Change) { hs.homes.apply(changes) }

// Node is the machine that this hub runs on; nil before OpenHomes.
func (hs *Homes) Node() *hub.Node { return hs.homes.node.Load() }
