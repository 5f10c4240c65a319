package app

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Secret gives the hub's own secret under the key, made at the first call.
func (a *App) Secret(ctx context.Context, key string) (secret string, err error) {
	return data.Secret(ctx, a.store, key)
}

// NoteServers adds when servers were last active, and last used, as the proxy saw it.
func (a *App) NoteServers(active, used map[int64]time.Time) { a.activity.NoteServers(active, used) }

// FlushActivity writes what was gathered since the last time: when somebody was active, and which visits go on. On an error it
// is kept for the next time.
func (a *App) FlushActivity(ctx context.Context) error {
	return errors.Join(a.directory.FlushActivity(ctx), a.FlushVisits(ctx))
}

// Enter is told of a request to one of the owner's servers by somebody else who may use it, before it is sent there. If it
// fails, the request must not be sent.
func (a *App) Enter(ctx context.Context, c access.Credential, ownerID, serverID int64, from func() string) error {
	if err := a.Logins.Enter(ctx, c, ownerID, from); err != nil {
		return err
	}
	return a.Visits.Enter(ctx, c, ownerID, serverID, from)
}

// OnRoutes hands every change of the running servers and of services to fn: all of
// them. It is called before whoever made the change gets an answer. LoadRoutes fills
// it.
func (a *App) OnRoutes(fn func(mirror.Routed)) { a.routes.OnChange(fn) }

// LoadRoutes reads what requests can be sent to anew: at the start, and now and then in
// case a change was missed.
func (a *App) LoadRoutes(ctx context.Context) error { return a.routes.Load(ctx) }

// QueuePlace is the place of each waiting server in the queue, from 1, by its id: as it
// was within the last half second, and with those that are needed where they wait.
func (a *App) QueuePlace(ctx context.Context, need ...int64) (map[int64]int, error) {
	return a.queue.Of(ctx, need...)
}

// Config is the configuration that the App was made with.
func (a *App) Config() Config { return a.cfg }

// Identities resolves cookies and tokens to people.
func (a *App) Identities() *access.Identities { return a.identities }

// Ready tells whether the database answers.
func (a *App) Ready(ctx context.Context) error { return a.store.Ping(ctx) }
