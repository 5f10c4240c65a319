// Package app puts the rooms of use cases together: App embeds them all, so that adapters
// see one type. What it does itself crosses rooms or belongs to none: the audit log, the
// deprecated authorizations of JupyterHub, counting, and deleting what has expired.
package app

import (
	"log/slog"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/announcements"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/events"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/notices"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/roles"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/services"
	"github.com/atriumhub/atrium/internal/sharing"
	"github.com/atriumhub/atrium/internal/tokens"
	"github.com/atriumhub/atrium/internal/upload"
	"github.com/atriumhub/atrium/internal/usage"
	"github.com/atriumhub/atrium/internal/views"
	"github.com/atriumhub/atrium/internal/visits"
)

// Config is what the use cases need to know of the configuration.
type Config struct {
	Base      string // "/" or "/prefix/"
	PublicURL string // scheme://host[:port] of the hub's own pages; empty when not configured
	// Label gives people and services domains of their own: see hub.Site. nil: none.
	Label      func(kind, name string) string
	Shared     bool   // other hubs change the same database
	ConnectURL string // scheme://host:port under which notebook servers reach the hub
	NamedLimit int    // named servers a person; 0 switches them off, -1 no limit
	TokenLimit int    // API tokens a person, and logins of a person's to one application; 0 or less: no limit
	// OwnChanges is how many changes a person may make within a day to what is theirs; 0 is
	// far more than anybody needs.
	OwnChanges int
	// StopWait is how long deleting a person waits for their servers to stop; 0 is half a minute.
	StopWait   time.Duration
	Launch     hub.Launch        // what servers are started with
	Profiles   *profiles.Set     // what people may start; nil: none, so that nothing in user options is refused
	Devices    devices.Inventory // of this machine, that servers have for themselves
	Quota      quota.Config
	SessionAge time.Duration
	OAuthAge   time.Duration
	AuditAge   time.Duration
	EventsAge  time.Duration
	Logins     login.Methods
	// PasswordTokens lets people get a token for their password, for PasswordTokenAge
	// (0: for ever), as JupyterHub before 2.0 did.
	PasswordTokens   bool
	PasswordTokenAge time.Duration
	Passwords        login.PasswordPolicy
	// ClaimAge is how long after they were made people may set their first password
	// by logging in; 0: never.
	ClaimAge time.Duration
	Culling  culling.Rules  // when servers that nobody uses stop
	Rights   *access.Rights // roles and custom scopes; nil: JupyterHub's own
	// ServerTokenScopes is what notebook servers' own tokens may do, at most; none: what
	// the role server says. ServerClientScopes is what they may do in the names of those
	// who open them, besides knowing who they are.
	ServerTokenScopes, ServerClientScopes []string
}

// Site is where people find what is served.
func (c Config) Site() hub.Site {
	return hub.Site{Base: c.Base, Origin: c.PublicURL, Label: c.Label}
}

// App is the use cases, a room each, and what they share. Make it with New.
type App struct {
	*access.Policy
	*access.Reach
	*login.Logins
	*tokens.Tokens
	*homes.Homes
	*servers.Servers
	*quota.Quota
	*notices.Notices
	*sharing.Sharing
	*groups.Groups
	*people.People
	*upload.Reader
	*views.Views
	*services.Services
	*bootstrap.Bootstrap
	*announcements.Announcements
	*roles.Roles
	*usage.Usage
	*visits.Visits
	*culling.Culling
	*events.Events

	cfg        Config
	store      data.Store
	clock      hub.Clock
	identities *access.Identities
	directory  *mirror.Directory
	routes     *mirror.Routes
	activity   *mirror.Activity
	queue      *mirror.QueuePlaces
}

// Deps is what an App is made from.
type Deps struct {
	Config   Config
	Store    data.Store
	Relay    *mirror.Relay // the bus that the store publishes to
	Hasher   login.PasswordHasher
	Throttle login.Throttle
	Clock    hub.Clock
	Logger   *slog.Logger
}

// New makes the use cases. From now on the relay tells all that they keep in memory of every
// change before Publish returns, so that whoever got an answer also sees its effect.
func New(d Deps) *App {
	c := d.Config
	rights := c.Rights
	if rights == nil {
		rights = access.DefaultRights()
	}
	act := mirror.NewActivity(d.Clock)
	own := access.NewOwnChanges(d.Clock, c.OwnChanges)
	a := &App{
		cfg:       c,
		store:     d.Store,
		clock:     d.Clock,
		activity:  act,
		directory: mirror.NewDirectory(d.Store, d.Logger, act),
		queue:     mirror.NewQueuePlaces(d.Store),
	}
	a.identities = access.NewIdentities(d.Store, rights, d.Clock, d.Logger, act)
	a.Policy = access.NewPolicy(d.Store, rights, access.Entries{ByName: c.Logins.NamesCount(), Providers: c.Logins.Providers()})
	a.Reach = access.NewReach(a.directory)
	a.Homes = homes.New(d.Store, a.Policy, d.Logger)
	a.routes = mirror.NewRoutes(d.Store, a.Homes.Foreign, d.Logger)
	a.Logins = login.New(login.Deps{
		Config: login.Config{
			Methods: c.Logins, SessionAge: c.SessionAge, ClaimAge: c.ClaimAge, Passwords: c.Passwords,
		},
		Store: d.Store, Policy: a.Policy, Rights: rights, Hasher: d.Hasher, Throttle: d.Throttle,
		Activity: act, Directory: a.directory, Clock: d.Clock, Logger: d.Logger,
	})
	a.Tokens = tokens.New(tokens.Deps{
		Config: tokens.Config{OAuthAge: c.OAuthAge, TokenLimit: c.TokenLimit},
		Store:  d.Store, Policy: a.Policy, Rights: rights, Logins: a.Logins, OwnChanges: own, Activity: act,
	})
	watching := mirror.NewWatchers()
	a.Quota = quota.New(d.Store, c.Quota)
	a.Notices = notices.New(d.Store, a.Quota)
	a.Servers = servers.New(servers.Deps{
		Config: servers.Config{
			Site: c.Site(), ConnectURL: c.ConnectURL, NamedLimit: c.NamedLimit, Shared: c.Shared, StopWait: c.StopWait,
			Launch: c.Launch, Profiles: c.Profiles, Devices: c.Devices,
			ServerTokenScopes: c.ServerTokenScopes, ServerClientScopes: c.ServerClientScopes,
		},
		Store: d.Store, Rights: rights, Homes: a.Homes, Quota: a.Quota, OwnChanges: own, Directory: a.directory, Watchers: watching, Places: a.queue,
	})
	a.Sharing = sharing.New(d.Store, rights, own)
	a.Reader = upload.New()
	a.Views = views.New(d.Store)
	a.Visits = visits.New(d.Store, a.directory, d.Clock)
	a.Groups = groups.New(d.Store, a.Policy)
	a.Culling = culling.New(culling.Deps{Rules: c.Culling, Store: d.Store, Servers: a.Servers, Directory: a.directory, Logger: d.Logger})
	a.People = people.New(people.Deps{
		Store: d.Store, Policy: a.Policy, Identities: a.identities, Logins: a.Logins, Servers: a.Servers, Quota: a.Quota, Groups: a.Groups,
		Directory: a.directory, Activity: act, OwnChanges: own, Visits: a.Visits, Culling: a.Culling, Clock: d.Clock, Logger: d.Logger, Shared: c.Shared,
	})
	a.Services = services.New(services.Deps{
		Config: services.Config{Site: c.Site(), ConnectURL: c.ConnectURL},
		Store:  d.Store, Policy: a.Policy, Rights: rights, Routes: a.routes,
	})
	a.Announcements = announcements.New(d.Store, d.Clock)
	a.Roles = roles.New(d.Store, a.Policy)
	a.Usage = usage.New(d.Store, a.directory, d.Clock)
	a.Bootstrap = bootstrap.New(d.Store, a.Policy, a.Logins, d.Hasher)
	a.Events = events.New(a.directory, a.identities)
	d.Relay.Before(func(changes []data.Change) {
		a.identities.Apply(changes...) // first: it reads nothing, and ends what somebody may no more
		a.directory.Apply(changes)
		a.routes.Apply(changes)
		a.queue.Apply(changes)
		a.Homes.Apply(changes)
		watching.Apply(changes)
		a.Events.Apply(changes)
	})
	return a
}
