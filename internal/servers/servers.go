package servers

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// StartRequest is the body of a start: options nil means those of the last time.
type StartRequest struct {
	Options     json.RawMessage
	DisplayName *string
}

// StartServer asks for a server to run and gives it as it stands: queued, unless
// it is on its way already. The reconciler does the rest.
func (sv *Servers) StartServer(ctx context.Context, r *access.Requester, name, server string, req StartRequest) (s hub.Server, err error) {
	sv.LookFirst(ctx, r, ServerRow{Username: name, ServerName: server})
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		s, err = sv.startServer(ctx, tx, r, name, server, req)
		return err
	})
	return s, err
}

func (sv *Servers) startServer(ctx context.Context, tx data.Tx, r *access.Requester, name, server string, req StartRequest) (s hub.Server, err error) {
	wanted, err := sv.toStart(ctx, tx, r, ServerRow{Username: name, ServerName: server}, req, tx.Now())
	if err != nil {
		return wanted.Server, err
	}
	if s, err = made(ctx, tx, wanted.Server); err != nil {
		return s, err
	}
	switch s.Phase {
	case hub.Queued, hub.Starting, hub.Waiting:
		return s, nil // asked for already
	case hub.Ready:
		return s, hub.Errorf(hub.Invalid, "%s is already running", s.FullName()).Plainly("The server is running already. Open it from the home page.")
	case hub.Stopping:
		return s, errStillStopping(s)
	case hub.Stopped, hub.Failed:
	}
	if err := sv.mayStartNow(r); err != nil {
		return s, err
	}
	return sv.queue(ctx, tx, r, toRun{s, wanted.launch, wanted.groups}, req)
}

// toStart finds the server that somebody wants to start, and may. One that is yet to be made has no ID.
func (sv *Servers) toStart(ctx context.Context, in lookup, r *access.Requester, row ServerRow, req StartRequest, now time.Time) (w toRun, err error) {
	u, named, err := access.FindUserAndServerName(ctx, in, r, row.Username, row.ServerName, "start:servers")
	if err != nil {
		return w, err
	}
	if err := maySpawn(u); err != nil {
		return w, err
	}
	// Before a record is made: of a row of many that fails, the others are kept.
	if _, err := described(w.Server, req); err != nil {
		return w, err
	}
	if w.Server, err = sv.find(ctx, in, u, named, now); err != nil || w.Active() {
		return w, err
	}
	return sv.profiled(u, w.Server, req)
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

// errStillStopping is the answer to who starts a server that is just stopping.
func errStillStopping(s hub.Server) error {
	return hub.Errorf(hub.Invalid, "%s is pending stop", s.FullName()).Plainly("The server is just stopping. Start it again in a moment.")
}

// mayStartNow refuses every start while the hub ends, or its disk is full.
func (sv *Servers) mayStartNow(r *access.Requester) error {
	if sv.closing.Load() {
		return &hub.Error{Code: hub.Unavailable, Msg: "The hub is being shut down. Try again when it is back.", RetryAfter: 30 * time.Second}
	}
	return sv.roomToStart(r)
}

// queue writes the wish that a server runs, with its ticket.
func (sv *Servers) queue(ctx context.Context, tx data.Tx, r *access.Requester, w toRun, req StartRequest) (hub.Server, error) {
	s := w.Server
	if err := sv.own.Count(r, s.UserID); err != nil {
		return s, err
	}
	was := s.Fence
	s, err := described(s, req)
	if err != nil {
		return s, err
	}
	holds, err := sv.quota.ReadHolds(ctx, tx, s.UserID)
	if err != nil {
		return s, err
	}
	if err := holds.Start(s, w.launch, w.groups); err != nil {
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
	if err := holds.Write(ctx, tx, []hub.Server{s}); err != nil {
		return s, err
	}
	if _, err = tx.AddEvent(ctx, requestedEvent(s, tx.Now())); err != nil {
		return s, err
	}
	return s, tx.AddAudit(ctx, r.Audit("server.start", "server", s.ID, s.FullName(), nil, nil))
}

// queued is a server that is wished to run, by a run of its own. Its ticket is yet to be drawn.
func queued(s hub.Server, r *access.Requester, now time.Time) hub.Server {
	s.WantRunning, s.Remove, s.Fence = true, false, s.Fence+1
	s.Phase, s.PhaseSince, s.Requested = hub.Queued, now, now
	s.Failure, s.FailureLog, s.StopReason, s.RequestID = "", "", "", r.RequestID
	s.TimeLimit, s.EndsAt = 0, time.Time{}
	return s
}

// requestedEvent is the first event of a run.
func requestedEvent(s hub.Server, now time.Time) hub.ServerEvent {
	return hub.ServerEvent{
		ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, At: now, RequestID: s.RequestID,
		Kind: hub.EventRequested, Message: "Server requested", Detail: access.JSON(map[string]any{"profile": cmp.Or(s.Profile, profile(s.Options))}),
	}
}

// profile is what options say of one where the hub has none, and takes whatever they say.
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

// lookup is where servers are looked up: a transaction, or a Batch.
type lookup interface {
	access.Lookup
	ServersOf(ctx context.Context, userIDs []int64) ([]hub.Server, error)
}

// find gives a person's server; one that is yet to be made, within the limit on named ones, has no ID.
func (sv *Servers) find(ctx context.Context, in lookup, u hub.User, raw string, now time.Time) (hub.Server, error) {
	if raw != "" && sv.cfg.NamedLimit == 0 {
		return hub.Server{}, noNamedServers()
	}
	s, err := in.Server(ctx, u.ID, raw)
	if !hub.Is(err, hub.NotFound) {
		return s, err
	}
	name, err := hub.ServerName(raw)
	if err != nil {
		return s, err
	}
	s, err = in.Server(ctx, u.ID, name)
	if !hub.Is(err, hub.NotFound) {
		return s, err // it was there under the normalised name
	}
	if name != "" {
		if err := sv.roomForNamed(ctx, in, u); err != nil {
			return s, err
		}
	}
	return newServer(u, name, now), nil
}

// made is a server with its record, which is written where there is none yet.
func made(ctx context.Context, tx data.Tx, s hub.Server) (hub.Server, error) {
	if s.ID != 0 {
		return s, nil
	}
	return tx.CreateServer(ctx, s)
}

// newServer is a server that nothing is written of yet.
func newServer(u hub.User, name string, now time.Time) hub.Server {
	return hub.Server{
		UserID: u.ID, UserName: u.Name, Name: name, DisplayName: name,
		Options: json.RawMessage(`{}`), Phase: hub.Stopped, PhaseSince: now,
	}
}

// noNamedServers is the answer to who wants a named server where there are none.
func noNamedServers() error {
	return hub.Errorf(hub.Invalid, "Named servers are not enabled.").Plainly("This hub has one server for each person, and no others.")
}

// roomForNamed refuses a further named server beyond the limit.
func (sv *Servers) roomForNamed(ctx context.Context, in lookup, u hub.User) error {
	if sv.cfg.NamedLimit < 0 {
		return nil
	}
	all, err := in.ServersOf(ctx, []int64{u.ID})
	if err != nil {
		return err
	}
	named := 0
	for _, s := range all {
		if s.Name != "" {
			named++
		}
	}
	if named >= sv.cfg.NamedLimit {
		return hub.Errorf(hub.Invalid, "User %s already has the maximum of %d named servers.  One must be deleted before a new server can be created",
			u.Name, sv.cfg.NamedLimit).Plainly("There are %d servers beside the default one already, as many as this hub allows. Delete one to make room.", sv.cfg.NamedLimit)
	}
	return nil
}

// GetServer shows a server to whoever holds one of the scopes on it.
func (sv *Servers) GetServer(ctx context.Context, r *access.Requester, name, server string, oneOf ...string) (s hub.Server, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, oneOf...)
		if err != nil {
			return err
		}
		s, err = access.FindServer(ctx, tx, u, named)
		return err
	})
	return s, err
}

// ShowServer is one server as the requester may see it: the person's view with this
// server alone.
func (sv *Servers) ShowServer(ctx context.Context, r *access.Requester, name, server string) (v access.UserView, err error) {
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "read:servers")
		if err != nil {
			return err
		}
		s, err := access.FindServer(ctx, tx, u, named)
		if err != nil {
			return err
		}
		v = serverView(r, u, s)
		if !v.States[s.ID] || !s.Active() {
			return nil
		}
		run, err := tx.Run(ctx, s.ID, s.Fence)
		v.Launch = run.Launch
		return hub.IgnoreNotFound(err) // nobody has begun it, or it is of a version before
	})
	return v, err
}

// StopServer asks for a server to stop, and with remove for its record to go then.
func (sv *Servers) StopServer(ctx context.Context, r *access.Requester, name, server string, remove bool) (s hub.Server, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "delete:servers")
		if err != nil {
			return err
		}
		if remove && named == "" {
			return hub.Errorf(hub.Invalid, "Cannot delete the default server").Plainly("The default server cannot be deleted. Stop it instead.")
		}
		s, err = access.FindServer(ctx, tx, u, named)
		if hub.Is(err, hub.NotFound) && sv.cfg.NamedLimit == 0 {
			return noNamedServers() // one from the time when they were on can be stopped
		}
		if err != nil || s.ID == 0 {
			return err
		}
		if remove {
			err = removeServer(ctx, tx, r, s)
		} else {
			err = StopAll(ctx, tx, r, hub.StopAsked, s)
		}
		if err != nil {
			return err
		}
		if remove && (!s.Active() || isUnbegun(s)) { // its record has gone
			s.Phase = hub.Stopped
			return nil
		}
		s, err = tx.ServerByID(ctx, s.ID)
		return err
	})
	return s, err
}

// deleteServer removes the record of a server that is stopped.
func deleteServer(ctx context.Context, tx data.Tx, s hub.Server) error {
	return tx.DeleteServer(ctx, s.ID)
}

// LiveServers lists what runs or is about to, for routes and for the hub's last words.
func (sv *Servers) LiveServers(ctx context.Context) (list []hub.Server, err error) {
	return mirror.LiveServers(ctx, sv.store)
}
