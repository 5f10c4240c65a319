package app

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// StartRequest is the body of a start: options nil means those of the last time.
type StartRequest struct {
	Options     json.RawMessage
	DisplayName *string
}

// StartServer asks for a server to run and gives it as it stands: queued, unless
// it is on its way already. The reconciler does the rest.
func (a *App) StartServer(ctx context.Context, r *Requester, name, server string, req StartRequest) (s hub.Server, err error) {
	a.LookFirst(ctx, r, ServerRow{Username: name, ServerName: server})
	err = a.store.Update(ctx, func(tx data.Tx) error {
		s, err = a.startServer(ctx, tx, r, name, server, req)
		return err
	})
	return s, err
}

func (a *App) startServer(ctx context.Context, tx data.Tx, r *Requester, name, server string, req StartRequest) (s hub.Server, err error) {
	u, named, err := a.serverOwner(ctx, tx, r, name, server, "start:servers")
	if err != nil {
		return s, err
	}
	if err := maySpawn(u); err != nil {
		return s, err
	}
	// Before a record is made: of a row of many that fails, the others are kept.
	if _, err := described(hub.Server{}, req); err != nil {
		return s, err
	}
	if s, err = a.findOrMake(ctx, tx, u, named); err != nil {
		return s, err
	}
	switch s.Phase {
	case hub.Queued, hub.Starting, hub.Waiting:
		return s, nil // asked for already
	case hub.Ready:
		return s, hub.Errorf(hub.Invalid, "%s is already running", s.FullName()).Plainly("The server is running already. Open it from the home page.")
	case hub.Stopping:
		return s, stillStops(s)
	case hub.Stopped, hub.Failed:
	}
	if err := a.mayStartNow(r); err != nil {
		return s, err
	}
	return a.queue(ctx, tx, r, s, req)
}

// maySpawn refuses to start what belongs to somebody who is suspended, and whose servers are
// stopped, or stopping.
func maySpawn(u hub.User) error {
	if !u.Suspended {
		return nil
	}
	return hub.Errorf(hub.Invalid, "%s is suspended", u.Name).Plainly(
		"The account %s is suspended, so its servers do not start. An administrator of this hub can end that.", u.Name)
}

func stillStops(s hub.Server) error {
	return hub.Errorf(hub.Invalid, "%s is pending stop", s.FullName()).Plainly("The server is just stopping. Start it again in a moment.")
}

// mayStartNow refuses every start while the hub ends, or its disk is full.
func (a *App) mayStartNow(r *Requester) error {
	if a.closing.Load() {
		return &hub.Error{Code: hub.Unavailable, Msg: "The hub is being shut down. Try again when it is back.", RetryAfter: 30 * time.Second}
	}
	return a.roomToStart(r)
}

// queue writes the wish that s runs, with its ticket.
func (a *App) queue(ctx context.Context, tx data.Tx, r *Requester, s hub.Server, req StartRequest) (hub.Server, error) {
	if err := a.own.count(r, s.UserID); err != nil {
		return s, err
	}
	was := s.Fence
	s, err := described(s, req)
	if err != nil {
		return s, err
	}
	ticket, err := tx.NextTicket(ctx)
	if err != nil {
		return s, err
	}
	s = queued(s, r, tx.Now())
	s.Ticket = ticket
	if err := write(ctx, tx, s, was); err != nil {
		return s, err
	}
	if _, err = tx.AddEvent(ctx, requestedEvent(s, tx.Now())); err != nil {
		return s, err
	}
	return s, tx.AddAudit(ctx, r.audit("server.start", "server", s.ID, s.FullName(), nil, nil))
}

// queued is a server that is wished to run, by a run of its own. Its ticket is yet to be drawn.
func queued(s hub.Server, r *Requester, now time.Time) hub.Server {
	s.WantRunning, s.Remove, s.Fence = true, false, s.Fence+1
	s.Phase, s.PhaseSince, s.Requested = hub.Queued, now, now
	s.Failure, s.FailureLog, s.RequestID = "", "", r.RequestID
	return s
}

// requestedEvent is the first event of a run.
func requestedEvent(s hub.Server, now time.Time) hub.ServerEvent {
	return hub.ServerEvent{
		ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, At: now, RequestID: s.RequestID,
		Kind: hub.EventRequested, Message: "Server requested", Detail: jsonObject(map[string]any{"profile": profile(s.Options)}),
	}
}

func profile(options json.RawMessage) string {
	var o struct {
		Profile string `json:"profile"`
	}
	_ = json.Unmarshal(options, &o) // a profile that isn't text is none
	return o.Profile
}

// write stores s if no other run has begun.
func write(ctx context.Context, tx data.Tx, s hub.Server, fence int64) error {
	ok, err := tx.UpdateServer(ctx, s, fence)
	if err != nil {
		return err
	}
	if !ok {
		return hub.Errorf(hub.Conflict, "%s was changed by somebody else. Try again.", s.FullName()).Plainly("The server was changed by somebody else at the same time. Try again.")
	}
	return nil
}

// serverOwner finds the person in a server's path and what the server is called, and
// asks for one of the scopes on the server, whether or not it exists.
func (a *App) serverOwner(ctx context.Context, tx data.Tx, r *Requester, name, server string, oneOf ...string) (hub.User, string, error) {
	if !r.Known() {
		return hub.User{}, "", hub.Errorf(hub.Forbidden, msgAnonymous)
	}
	normal, err := hub.UserName(name)
	if err != nil {
		return hub.User{}, "", r.denied(oneOf...)
	}
	u, err := tx.UserByName(ctx, normal)
	if hub.Is(err, hub.NotFound) {
		if err := r.needServer(hub.User{Name: normal}, server, oneOf...); err != nil {
			return u, "", err
		}
		return u, "", hub.Errorf(hub.NotFound, "Not Found")
	}
	if err != nil {
		return u, "", err
	}
	if server, err = serverNamed(ctx, tx, u, server); err != nil {
		return u, "", err
	}
	return u, server, r.needServer(u, server, oneOf...)
}

// findOrMake gives a person's server, making its record on first use within the
// limit on named ones.
func (a *App) findOrMake(ctx context.Context, tx data.Tx, u hub.User, raw string) (hub.Server, error) {
	if raw != "" && a.cfg.NamedLimit == 0 {
		return hub.Server{}, namedOff()
	}
	s, err := tx.Server(ctx, u.ID, raw)
	if !hub.Is(err, hub.NotFound) {
		return s, err
	}
	name, err := hub.ServerName(raw)
	if err != nil {
		return s, err
	}
	s, err = tx.Server(ctx, u.ID, name)
	if !hub.Is(err, hub.NotFound) {
		return s, err // it was there under the normalised name
	}
	if name != "" {
		if err := a.roomForNamed(ctx, tx, u); err != nil {
			return s, err
		}
	}
	return tx.CreateServer(ctx, newServer(u, name, tx.Now()))
}

// newServer is a server that nothing is written of yet.
func newServer(u hub.User, name string, now time.Time) hub.Server {
	return hub.Server{
		UserID: u.ID, UserName: u.Name, Name: name, DisplayName: name,
		Options: json.RawMessage(`{}`), Phase: hub.Stopped, PhaseSince: now,
	}
}

func namedOff() error {
	return hub.Errorf(hub.Invalid, "Named servers are not enabled.").Plainly("This hub has one server for each person, and no others.")
}

// roomForNamed refuses a further named server beyond the limit.
func (a *App) roomForNamed(ctx context.Context, tx data.Tx, u hub.User) error {
	if a.cfg.NamedLimit < 0 {
		return nil
	}
	all, err := tx.ServersOf(ctx, []int64{u.ID})
	if err != nil {
		return err
	}
	return a.roomAmong(u, all)
}

// roomAmong refuses a further named server where these are all that somebody has.
func (a *App) roomAmong(u hub.User, all []hub.Server) error {
	named := 0
	for _, s := range all {
		if s.Name != "" {
			named++
		}
	}
	if a.cfg.NamedLimit >= 0 && named >= a.cfg.NamedLimit {
		return hub.Errorf(hub.Invalid, "User %s already has the maximum of %d named servers.  One must be deleted before a new server can be created",
			u.Name, a.cfg.NamedLimit).Plainly("There are %d servers beside the default one already, as many as this hub allows. Delete one to make room.", a.cfg.NamedLimit)
	}
	return nil
}

// existing finds a server for reading or stopping. The default one exists for
// everybody, if only as a record that was never written.
func (a *App) existing(ctx context.Context, tx data.Tx, u hub.User, raw string) (hub.Server, error) {
	s, err := tx.Server(ctx, u.ID, raw)
	if !hub.Is(err, hub.NotFound) {
		return s, err
	}
	if raw == "" {
		return neverStarted(u), nil
	}
	return s, hub.Errorf(hub.NotFound, "%s has no server named '%s'", u.Name, clipText(raw, 64))
}

// neverStarted is somebody's default server before its first start.
func neverStarted(u hub.User) hub.Server {
	return hub.Server{UserID: u.ID, UserName: u.Name, Options: json.RawMessage(`{}`), Phase: hub.Stopped}
}

// GetServer shows a server to whoever holds one of the scopes on it.
func (a *App) GetServer(ctx context.Context, r *Requester, name, server string, oneOf ...string) (s hub.Server, err error) {
	err = a.store.View(ctx, func(tx data.Tx) error {
		u, named, err := a.serverOwner(ctx, tx, r, name, server, oneOf...)
		if err != nil {
			return err
		}
		s, err = a.existing(ctx, tx, u, named)
		return err
	})
	return s, err
}

// ShowServer is one server as the requester may see it: the person's view with this
// server alone.
func (a *App) ShowServer(ctx context.Context, r *Requester, name, server string) (v UserView, err error) {
	err = a.store.View(ctx, func(tx data.Tx) error {
		u, named, err := a.serverOwner(ctx, tx, r, name, server, "read:servers")
		if err != nil {
			return err
		}
		s, err := a.existing(ctx, tx, u, named)
		v = r.serverView(u, s)
		return err
	})
	return v, err
}

// StopServer asks for a server to stop, and with remove for its record to go then.
func (a *App) StopServer(ctx context.Context, r *Requester, name, server string, remove bool) (s hub.Server, err error) {
	err = a.store.Update(ctx, func(tx data.Tx) error {
		u, named, err := a.serverOwner(ctx, tx, r, name, server, "delete:servers")
		if err != nil {
			return err
		}
		if remove && named == "" {
			return hub.Errorf(hub.Invalid, "Cannot delete the default server").Plainly("The default server cannot be deleted. Stop it instead.")
		}
		s, err = a.existing(ctx, tx, u, named)
		if hub.Is(err, hub.NotFound) && a.cfg.NamedLimit == 0 {
			return namedOff() // one from the time when they were on can be stopped
		}
		if err != nil || s.ID == 0 {
			return err
		}
		if err := a.wishStopped(ctx, tx, r, s, remove); err != nil {
			return err
		}
		if remove && !s.Active() {
			s.Phase = hub.Stopped
			return nil
		}
		s, err = tx.ServerByID(ctx, s.ID)
		return err
	})
	return s, err
}

// wishStopped writes the wish that s does not run. What has no process yet ends
// at once; the reconciler stops the rest.
func (a *App) wishStopped(ctx context.Context, tx data.Tx, r *Requester, s hub.Server, remove bool) error {
	if !s.Active() && !remove {
		return nil
	}
	if s.Phase == hub.Stopping && !s.WantRunning && (s.Remove || !remove) {
		return nil // asked for already
	}
	entry := r.audit("server.stop", "server", s.ID, s.FullName(), nil, nil)
	if remove {
		entry.Action = "server.delete"
	}
	if err := tx.AddAudit(ctx, entry); err != nil {
		return err
	}
	if !s.Active() {
		return deleteServer(ctx, tx, s)
	}
	s.WantRunning, s.RequestID = false, r.RequestID
	s.Remove = s.Remove || remove
	if s.Phase != hub.Stopping {
		s.Phase, s.PhaseSince = hub.Stopping, tx.Now()
	}
	return write(ctx, tx, s, s.Fence)
}

// deleteServer removes the record of a server that is stopped.
func deleteServer(ctx context.Context, tx data.Tx, s hub.Server) error {
	return tx.DeleteServer(ctx, s.ID)
}

// LiveServers lists what runs or is about to, for routes and for the hub's last words.
func (a *App) LiveServers(ctx context.Context) (list []hub.Server, err error) {
	err = a.store.View(ctx, func(tx data.Tx) error {
		list, err = tx.LiveServers(ctx)
		return err
	})
	return list, err
}

// Queue is the order in which waiting servers get their turn: everybody's first
// server before anybody's second, and then by ticket. A person who already has
// servers starting stands behind those who have none.
func Queue(live []hub.Server) []hub.Server {
	rank := map[int64]int{}
	for _, s := range live {
		if s.Phase == hub.Starting || s.Phase == hub.Waiting {
			rank[s.UserID]++
		}
	}
	type turn struct {
		s    hub.Server
		rank int
	}
	var turns []turn
	for _, s := range live { // in the order of tickets
		if s.Phase == hub.Queued && s.WantRunning {
			turns = append(turns, turn{s, rank[s.UserID]})
			rank[s.UserID]++
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.rank - b.rank })
	out := make([]hub.Server, len(turns))
	for i, t := range turns {
		out[i] = t.s
	}
	return out
}
