package servers

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/runenv"
)

// Run is one run of a server with what its process needs to know. Env holds
// secrets: it goes to the driver and nowhere else.
type Run struct {
	Server hub.Server
	ID     string // random; see RunID
	Prefix string
	Env    map[string]string // what the hub tells each server; Launch.Environment wins over it
	Launch hub.Launch
	Home   *hub.HomeClaim // nil: the driver sees to it
	// Refused says, in words for a person, why the run cannot begin: its home cannot be had,
	// the disk is full, or what was asked for is not for its person any more.
	Refused string
}

// Lease says who drives a server: a replica, and the host that it binds it to (empty where
// any will do).
type Lease struct{ Owner, Node string }

// Take makes the server the lease's.
func (l Lease) Take(s *hub.Server, now time.Time) {
	s.Owner, s.Node, s.LeaseUntil = l.Owner, l.Node, now
}

// BeginRun turns a queued server (or one whose start was cut short) into a starting
// one: a fresh token, an OAuth client, and a fence of its own, which a queued one has. It is
// hub.Conflict when the server is no longer wanted, or somebody else has begun.
func (sv *Servers) BeginRun(ctx context.Context, seen hub.Server, lease Lease) (run Run, err error) {
	secret := hub.NewToken()
	err = sv.store.WithServer(ctx, seen.ID, func(tx data.Tx) error {
		s, err := tx.ServerByID(ctx, seen.ID)
		if err != nil {
			return err
		}
		if !s.WantRunning || s.Fence != seen.Fence || s.Phase != seen.Phase || s.Owner != seen.Owner {
			return movedOn(s)
		}
		if s, err = toBegin(ctx, tx, s); err != nil {
			return err
		}
		if s.Phase != hub.Starting {
			s.Phase, s.PhaseSince = hub.Starting, tx.Now()
		}
		s.Upstream, s.StopReason = "", "" // a version before leaves the reason of the last stop
		lease.Take(&s, tx.Now())
		if s, err = sv.equip(ctx, tx, &run, s, secret); err != nil {
			return err
		}
		if _, err := tx.AddEvent(ctx, s.Event(tx.Now(), hub.EventStarting, 20, "Starting the server")); err != nil {
			return err
		}
		return write(ctx, tx, s, seen.Fence)
	})
	if err != nil {
		return Run{}, err
	}
	run.ID = runID(hub.HashSecret(secret))
	run.Prefix = hub.ServerPath(sv.cfg.Site.Base, run.Server.UserName, run.Server.Name)
	run.Env = runenv.Of(runenv.Hub{
		Site: sv.cfg.Site, ConnectURL: sv.cfg.ConnectURL, ClientScopes: sv.cfg.ServerClientScopes, AccessScope: access.ServerScope(run.Server),
	}, run.Server, run.Prefix, secret)
	return run, nil
}

// equip gives a run its token, what it is started with, and its home; or says why it has none of them.
func (sv *Servers) equip(ctx context.Context, tx data.Tx, run *Run, s hub.Server, secret string) (hub.Server, error) {
	*run = Run{} // of a try before that was sent back
	owner, err := tx.UserByID(ctx, s.UserID)
	if err != nil {
		return s, err
	}
	if s.ClientID, err = sv.giveToken(ctx, tx, s, owner, secret); err != nil {
		return s, err
	}
	if s, err = sv.resolve(ctx, tx, run, owner, s); err != nil {
		return s, err
	}
	if run.Refused == "" {
		if s, err = sv.giveDevices(ctx, tx, run, s); err != nil {
			return s, err
		}
	}
	err = tx.AddRun(ctx, hub.Run{ServerID: s.ID, Fence: s.Fence, Begun: tx.Now(), Launch: run.Launch})
	if err != nil || run.Refused != "" {
		return s, err
	}
	run.Home, run.Refused, err = sv.homeOrWhy(ctx, tx, s.UserID)
	return s, err
}

// toBegin is a server whose run may begin: one that waited has its fence, and one whose start was cut
// short gets another, since what was begun under the old one must not come to life any more.
func toBegin(ctx context.Context, tx data.Tx, s hub.Server) (hub.Server, error) {
	if s.Phase == hub.Queued {
		return s, nil
	}
	s.Fence++
	return s, dropRunTokens(ctx, tx, s)
}

// RunID tells the server's current run from every other one, also from those that a
// database brought back from a backup knows nothing of: ids and fences are given out
// again, the secret it is made from is not. It is empty where there is no run.
func (sv *Servers) RunID(ctx context.Context, s hub.Server) (id string, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		c, err := tx.OAuthClient(ctx, s.ClientID)
		if err == nil && c.ServerID == s.ID {
			id = runID(c.SecretHash)
		}
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		return err
	})
	return id, err
}

// runID says nothing of the secret, and cannot be looked up in the database.
func runID(secretHash string) string { return hub.HashSecret("run " + secretHash)[:32] }

// RaiseFence lifts the fence of a server whose driver knows of a higher one: the
// database is older than what runs. It is hub.Conflict when the server has moved on.
func (sv *Servers) RaiseFence(ctx context.Context, id, from, to int64) error {
	return sv.store.WithServer(ctx, id, func(tx data.Tx) error {
		s, err := tx.ServerByID(ctx, id)
		if err != nil {
			return err
		}
		if s.Fence != from || to <= from || !s.Active() {
			return movedOn(s)
		}
		if err := tx.CloseUsage(ctx, s.ID, from, tx.Now()); err != nil {
			return err
		}
		if err := tx.RaiseRun(ctx, s.ID, from, to); err != nil {
			return err
		}
		s.Fence = to
		return write(ctx, tx, s, from)
	})
}

// reportActivity is what every notebook server does with its token, whatever is
// configured.
const reportActivity = "users:activity!user"

// giveToken makes the server's own token and OAuth client, whose id it gives; the token is also
// the client's secret, as in JupyterHub. Nothing is looked for first that may not be there: on
// PostgreSQL two starts that did would send each other back.
func (sv *Servers) giveToken(ctx context.Context, tx data.Tx, s hub.Server, owner hub.User, secret string) (clientID string, err error) {
	prefix := hub.ServerPath(sv.cfg.Site.Base, s.UserName, s.Name)
	if _, err := tx.CreateToken(ctx, hub.Token{
		UserID: s.UserID, Hash: hub.HashSecret(secret), Note: "Server at " + prefix, ServerID: s.ID,
		ClientID: hub.APIClient, Scopes: sv.serverScopes(ctx, tx, s, owner),
	}); err != nil {
		return "", err
	}
	client := hub.OAuthClient{
		ID: runenv.ClientID(s), SecretHash: hub.HashSecret(secret), RedirectURI: sv.cfg.Site.ServerURL(s.UserName, s.Name) + "oauth_callback",
		Description: "Server at " + prefix, AllowedScopes: sv.cfg.ServerClientScopes, ServerID: s.ID, OwnerID: s.UserID,
	}
	err = tx.PutOAuthClient(ctx, client)
	if hub.Is(err, hub.Conflict) {
		client.ID += "!" + strconv.FormatInt(s.ID, 10)
		err = tx.PutOAuthClient(ctx, client)
	}
	return client.ID, err
}

// serverScopes are those of the server's own token: what is configured, or else what the
// role server says, as far as its owner holds it now (JupyterHub 6.1.1's User.spawn).
func (sv *Servers) serverScopes(ctx context.Context, tx data.Tx, s hub.Server, owner hub.User) []string {
	wanted := slices.Clone(sv.cfg.ServerTokenScopes)
	if len(wanted) == 0 {
		wanted = sv.rights.ServerRole()
	}
	reports := func(scope string) bool {
		return scope == reportActivity || scope == "users:activity" || scope == scopes.Inherit
	}
	if !slices.ContainsFunc(wanted, reports) {
		wanted = append(wanted, reportActivity)
	}
	held := sv.rights.OfUser(owner)
	list, _ := sv.rights.Resolve(wanted, append(held.Strings(), scopes.Inherit), access.UserOwner(owner),
		scopes.Client{Server: s.FullName()}, sv.rights.GroupsIn(ctx, tx, held))
	return list
}

// dropRunTokens takes back what an earlier run was given: its token, its OAuth
// client, and with that everything that browsers got through it.
func dropRunTokens(ctx context.Context, tx data.Tx, s hub.Server) error {
	if _, err := tx.DeleteTokensOfServer(ctx, s.ID); err != nil {
		return err
	}
	if s.ClientID == "" {
		return nil
	}
	_, err := tx.DeleteOAuthClient(ctx, s.ClientID)
	if hub.Is(err, hub.NotFound) {
		return nil
	}
	return err
}

// Started records that the process of a run is alive: from now on the run is used, and what
// is waited for is Jupyter's answer. message and detail are for whoever waits. It does nothing,
// and says false, when the server has moved on or is no longer wanted.
func (sv *Servers) Started(ctx context.Context, seen hub.Server, message string, detail json.RawMessage) (s hub.Server, done bool, err error) {
	done, err = sv.advance(ctx, seen, func(row *hub.Server, tx data.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince = hub.Waiting, tx.Now()
		row.Started, row.LastActivity = tx.Now(), tx.Now()
		s = *row
		e := row.Event(tx.Now(), hub.EventStarted, 50, message)
		e.Detail = detail
		return &e, tx.OpenUsage(ctx, hub.Usage{
			ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, Started: tx.Now(), ChargedUntil: tx.Now(),
		})
	})
	if err != nil || !done {
		return seen, done, err
	}
	return s, true, sv.ServerActive(ctx, s, s.Started) // cullers count from the start
}

// Answering records that a run answers under an address: requests go there from now on. It does
// nothing, and says false, when the server has moved on or is no longer wanted.
func (sv *Servers) Answering(ctx context.Context, seen hub.Server, upstream string) (done bool, err error) {
	return sv.advance(ctx, seen, func(row *hub.Server, tx data.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince, row.ReadyAt = hub.Ready, tx.Now(), tx.Now()
		row.Upstream = upstream
		if row.TimeLimit > 0 && row.EndsAt.IsZero() {
			row.EndsAt = tx.Now().Add(time.Duration(row.TimeLimit) * time.Second)
		}
		e := row.Event(tx.Now(), hub.EventReady, 100, "Server ready")
		e.Detail = durations(*row)
		if err := tx.OpenIdleness(ctx, hub.Idleness{ServerID: row.ID, Started: row.Started, LastUsed: tx.Now()}); err != nil {
			return nil, err
		}
		if err := sv.quota.Meter(ctx, tx, *row); err != nil {
			return nil, err
		}
		return &e, tx.AddStarts(ctx, startOf(*row, tx.Now(), hub.StartReady, ""))
	})
}

// Moved records the address under which a running server is found now.
func (sv *Servers) Moved(ctx context.Context, seen hub.Server, upstream string) error {
	_, err := sv.advance(ctx, seen, func(row *hub.Server, _ data.Tx) (*hub.ServerEvent, error) {
		row.Upstream = upstream
		return nil, nil
	})
	return err
}

// durations is how long the parts of a start took, in seconds, for the event's detail.
func durations(s hub.Server) json.RawMessage {
	return access.JSON(map[string]float64{
		"total_seconds":   s.ReadyAt.Sub(s.Requested).Seconds(),
		"waiting_seconds": s.Started.Sub(s.Requested).Seconds(),
		"jupyter_seconds": s.ReadyAt.Sub(s.Started).Seconds(),
	})
}

// advance moves a run that seen shows forward; change says how, and returns the event to
// record, if any. It does nothing, and says false, when the server has moved on, is
// another replica's or is no longer wanted.
func (sv *Servers) advance(ctx context.Context, seen hub.Server, change func(s *hub.Server, tx data.Tx) (*hub.ServerEvent, error)) (done bool, err error) {
	err = sv.store.WithServer(ctx, seen.ID, func(tx data.Tx) error {
		done = false
		s, err := tx.ServerByID(ctx, seen.ID)
		if hub.Is(err, hub.NotFound) {
			return nil
		}
		if err != nil || s.Fence != seen.Fence || s.Owner != seen.Owner || !s.WantRunning {
			return err
		}
		event, err := change(&s, tx)
		if err != nil {
			return err
		}
		if event != nil {
			if _, err := tx.AddEvent(ctx, *event); err != nil {
				return err
			}
		}
		done = true
		return write(ctx, tx, s, seen.Fence)
	})
	return done, err
}
