package servers

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
)

// Config is what servers need to know of the configuration.
type Config struct {
	Site       hub.Site
	ConnectURL string        // scheme://host:port under which notebook servers reach the hub
	NamedLimit int           // named servers a person; 0 switches them off, -1 no limit
	Shared     bool          // other hubs change the same database
	StopWait   time.Duration // how long deleting a person waits for their servers to stop; 0 is half a minute
	Launch     hub.Launch    // what servers are started with
	Profiles   *profiles.Set // what people may start; nil: a server is a server
	Devices    devices.Inventory
	// ServerTokenScopes is what notebook servers' own tokens may do, at most; none: what
	// the role server says. ServerClientScopes is what they may do in the names of those
	// who open them, besides knowing who they are.
	ServerTokenScopes, ServerClientScopes []string
}

// Deps is what Servers is made from.
type Deps struct {
	Config     Config
	Store      data.Store
	Rights     *access.Rights
	Homes      *homes.Homes
	Quota      *quota.Quota
	OwnChanges *access.OwnChanges
	Directory  *mirror.Directory
	Watchers   *mirror.Watchers
	Places     *mirror.QueuePlaces
}

// Servers starts, stops and shows notebook servers, and takes down for the reconciler how
// their runs go. It reads and writes the database; whether somebody's server runs, and
// places in the queue, may be read from memory where a page or a look asks for it.
type Servers struct {
	cfg       Config
	store     data.Store
	rights    *access.Rights
	homes     *homes.Homes
	quota     *quota.Quota
	own       *access.OwnChanges
	directory *mirror.Directory
	watchers  *mirror.Watchers
	places    *mirror.QueuePlaces
	closing   atomic.Bool // no server starts any more
	looker    atomic.Pointer[func(ctx context.Context, ids []int64) (elsewhere []int64)]
	logs      atomic.Pointer[func(ctx context.Context, s hub.Server) string]
	full      atomic.Pointer[func() (FullDisk, bool)]
}

// New makes Servers.
func New(d Deps) *Servers {
	return &Servers{
		cfg: d.Config, store: d.Store, rights: d.Rights, homes: d.Homes, quota: d.Quota, own: d.OwnChanges,
		directory: d.Directory, watchers: d.Watchers, places: d.Places,
	}
}
