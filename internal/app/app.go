// Package app holds Atrium's use cases. Each one authorises, validates, writes in
// one transaction together with its audit entry, and says what changed. Rights are
// decided here and nowhere else.
//
// The package declares the interfaces it needs (here and in package data); adapters implement them
// and serve wires them.
package app

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
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
	StopWait    time.Duration
	SessionAge  time.Duration
	OAuthAge    time.Duration
	AuditAge    time.Duration
	EventsAge   time.Duration
	NativeLogin bool
	DummyLogin  DummyAuthenticator // nil: off
	// PasswordTokens lets people get a token for their password, for PasswordTokenAge
	// (0: for ever), as JupyterHub before 2.0 did.
	PasswordTokens   bool
	PasswordTokenAge time.Duration
	Passwords        PasswordPolicy
	// ClaimAge is how long after they were made people may set their first password
	// by logging in; 0: never.
	ClaimAge time.Duration
	Rights   *Rights // roles and custom scopes; nil: JupyterHub's own
	// ServerTokenScopes is what notebook servers' own tokens may do, at most; none: what
	// the role server says. ServerClientScopes is what they may do in the names of those
	// who open them, besides knowing who they are.
	ServerTokenScopes, ServerClientScopes []string
}

// Site is where people find what is served.
func (c Config) Site() hub.Site {
	return hub.Site{Base: c.Base, Origin: c.PublicURL, Label: c.Label}
}

// DummyAuthenticator lets anybody in who knows the one password. For trials.
type DummyAuthenticator interface {
	Authenticate(ctx context.Context, name, password string) (bool, error)
}

// App is the use cases with what they work on. Make it with New.
type App struct {
	cfg        Config
	rights     *Rights
	store      data.Store
	hasher     PasswordHasher
	throttle   Throttle
	failed     *failedLogins
	own        ownChanges
	identities *Identities
	directory  *directory
	watchers   *watchers
	places     places
	routes     *routes
	activity   *activity
	homes      homekeeping
	closing    atomic.Bool // no server starts any more
	servicePID atomic.Pointer[func(name string) int]
	serviceUse atomic.Pointer[func() map[int64]time.Time]
	looker     atomic.Pointer[func(ctx context.Context, ids []int64) (elsewhere []int64)]
	logs       atomic.Pointer[func(ctx context.Context, s hub.Server) string]
	full       atomic.Pointer[func() (FullDisk, bool)]
	clock      hub.Clock
	common     func() ([]string, error) // passwords that everybody tries
	promises   atomic.Pointer[promises]
	log        *slog.Logger
	jobs       *bulk.Runner
}

// Deps is what an App is made from.
type Deps struct {
	Config   Config
	Store    data.Store
	Relay    *Relay // the bus that the store publishes to
	Hasher   PasswordHasher
	Throttle Throttle
	Clock    hub.Clock
	Logger   *slog.Logger
}

// New makes the use cases. From now on the relay tells the App's caches of every
// change before Publish returns, so that whoever got an answer also sees its effect.
func New(d Deps) *App {
	rights := d.Config.Rights
	if rights == nil {
		rights = DefaultRights()
	}
	act := newActivity(d.Clock)
	a := &App{
		cfg:       d.Config,
		rights:    rights,
		store:     d.Store,
		hasher:    d.Hasher,
		throttle:  d.Throttle,
		failed:    newFailedLogins(d.Logger, d.Clock),
		own:       ownChanges{clock: d.Clock, most: cmp.Or(d.Config.OwnChanges, mostOwnChanges)},
		directory: newDirectory(d.Store, d.Logger, act),
		watchers:  newWatchers(),
		places:    places{elapsed: hub.NewElapsed()},
		routes:    &routes{store: d.Store, log: d.Logger, by: map[int64]hub.Server{}},
		activity:  act,
		homes:     homekeeping{wake: make(chan struct{}, 1)},
		clock:     d.Clock,
		common:    sync.OnceValues(readCommon),
		log:       d.Logger,
	}
	a.jobs = bulk.New(bulk.Options{Store: d.Store, Open: a.openJob, Logger: d.Logger, Patience: a.stopWait()})
	a.routes.homes = &a.homes
	a.identities = newIdentities(d.Store, rights, d.Clock, d.Logger, a.activity)
	d.Relay.first(func(changes []data.Change) {
		a.identities.apply(changes...) // first: it reads nothing, and ends what somebody may no more
		a.directory.apply(changes)
		a.routes.apply(changes)
		a.places.apply(changes)
		a.homes.apply(changes)
		a.watchers.apply(changes)
	})
	return a
}

// Config is the configuration that the App was made with.
func (a *App) Config() Config { return a.cfg }

// Rights says what roles and scopes there are.
func (a *App) Rights() *Rights { return a.rights }

// Identities resolves cookies and tokens to people.
func (a *App) Identities() *Identities { return a.identities }

// Ready tells whether the database answers.
func (a *App) Ready(ctx context.Context) error { return a.store.Ping(ctx) }

// audit makes the entry for something that the requester does to a target.
func (r *Requester) audit(action, kind string, id int64, name string, before, after any) hub.AuditEntry {
	return hub.AuditEntry{
		RequestID: r.RequestID, Actor: r.Actor(), Address: r.Address,
		Action: action, TargetKind: kind, TargetID: id, TargetName: name,
		Before: recorded(before), After: recorded(after), JobID: r.JobID,
	}
}
