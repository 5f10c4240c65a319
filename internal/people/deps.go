package people

import (
	"log/slog"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/visits"
)

// Deps is what People is made from.
type Deps struct {
	Store      data.Store
	Policy     *access.Policy
	Identities *access.Identities
	Logins     *login.Logins
	Servers    *servers.Servers
	Quota      *quota.Quota
	Groups     *groups.Groups
	Directory  *mirror.Directory
	Activity   *mirror.Activity
	OwnChanges *access.OwnChanges
	Visits     *visits.Visits
	Culling    *culling.Culling
	Clock      hub.Clock
	Logger     *slog.Logger
	Shared     bool // other hubs write to the same database: several write at a time
}

// People makes, changes, shows and deletes people, one or many at a time. Lists
// and single people are shown from memory; whatever is decided or written is read from the
// database, in the transaction that writes.
type People struct {
	store      data.Store
	policy     *access.Policy
	identities *access.Identities
	logins     *login.Logins
	servers    *servers.Servers
	quota      *quota.Quota
	groups     *groups.Groups
	directory  *mirror.Directory
	activity   *mirror.Activity
	own        *access.OwnChanges
	visits     *visits.Visits
	culling    *culling.Culling
	clock      hub.Clock
	jobs       *jobs.Jobs
	finder     filter.Finder
}

// New makes People.
func New(d Deps) *People {
	pe := &People{
		store: d.Store, policy: d.Policy, identities: d.Identities, logins: d.Logins, servers: d.Servers, quota: d.Quota, groups: d.Groups,
		finder:    filter.Finder{Store: d.Store, Unclaimed: d.Logins.Unclaimed},
		directory: d.Directory, activity: d.Activity, own: d.OwnChanges, visits: d.Visits, culling: d.Culling, clock: d.Clock,
	}
	pe.jobs = jobs.New(jobs.Deps{
		Store: d.Store, Policy: d.Policy, Identities: d.Identities, Logger: d.Logger,
		Open: pe.openJob, ScopesOf: scopesOf, Patience: d.Servers.StopWait(), ChunkTime: chunkTime(d.Shared),
	})
	return pe
}
