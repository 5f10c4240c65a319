package servers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

// personOf is somebody as the hub knows them now.
func personOf(u hub.User) profiles.Person {
	p := profiles.Person{Name: u.Name, Groups: u.Groups, Roles: access.RolesOf(u)}
	for _, given := range u.GroupRoles {
		p.Roles = append(p.Roles, given.Role)
	}
	return p
}

// toRun is a server that somebody wants to start, with what it would be started with now.
type toRun struct {
	hub.Server
	launch hub.Launch
	groups []string // of its person
}

// profiled is s with what it would be started with, which must be something that its person may start.
func (sv *Servers) profiled(u hub.User, s hub.Server, req StartRequest) (toRun, error) {
	options := s.Options
	if req.Options != nil {
		options = req.Options
	}
	chosen, err := sv.cfg.Profiles.Choose(personOf(u), options)
	s.Profile, s.Devices = chosen.Profile, hub.ServerDevices{Wants: chosen.Devices()}
	if err != nil {
		return toRun{Server: s}, err
	}
	launch := chosen.Launch(sv.cfg.Launch, s.Name)
	if req.Options != nil { // what was asked for last time is cut to what there is now
		err = profiles.CheckTime(launch, options)
	}
	launch.TimeLimit = profiles.Granted(launch, options)
	return toRun{s, launch, u.Groups}, err
}

// resolve says what a run of s is started with, or why its owner may not start that. It is asked for when
// the run begins, not when somebody asked for the server: what was changed while it waited holds.
func (sv *Servers) resolve(ctx context.Context, tx data.Tx, run *Run, owner hub.User, s hub.Server) (hub.Server, error) {
	chosen, err := sv.cfg.Profiles.Choose(personOf(owner), s.Options)
	if e, ok := errors.AsType[*hub.Error](err); ok {
		run.Refused, err = cmp.Or(e.Plain, e.Msg), nil
	} else if err != nil {
		return s, err
	}
	s.Profile, s.Devices.Wants = chosen.Profile, chosen.Devices()
	run.Launch = chosen.Launch(sv.cfg.Launch, s.Name)
	run.Launch.TimeLimit = profiles.Granted(run.Launch, s.Options)
	s.TimeLimit, s.EndsAt = run.Launch.TimeLimit, time.Time{}
	run.Server = s
	if run.Refused == "" {
		run.Launch.Rate, err = sv.quota.Price(ctx, tx, s, run.Launch)
	}
	return s, err
}

// HasProfiles tells whether this hub has profiles.
func (sv *Servers) HasProfiles() bool { return sv.cfg.Profiles.Any() }

// FormOptions makes user options of a form's fields, or a link's.
func (sv *Servers) FormOptions(fields url.Values) map[string]any {
	return sv.cfg.Profiles.FormOptions(fields)
}

// Offer is what somebody may start, and what they started last.
type Offer struct {
	Enabled  bool // the hub has profiles
	Profiles []profiles.Profile
	Last     json.RawMessage // the options that the server has; nil where there is no server
}

// OfferedProfiles are the profiles that the person may start, with those choices alone that they may make, for
// whoever may start the server.
func (sv *Servers) OfferedProfiles(ctx context.Context, r *access.Requester, name, server string) (o Offer, err error) {
	o.Enabled = sv.cfg.Profiles.Any()
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "start:servers")
		if err != nil {
			return err
		}
		o.Profiles = sv.cfg.Profiles.Offered(personOf(u))
		s, err := tx.Server(ctx, u.ID, named)
		o.Last = s.Options
		return hub.IgnoreNotFound(err)
	})
	return o, err
}
