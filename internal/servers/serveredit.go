package servers

import (
	"context"
	"encoding/json"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// CreateServer makes a named server without starting it; hub.Conflict when it is
// there, as the default one always is.
func (sv *Servers) CreateServer(ctx context.Context, r *access.Requester, name, server string, req StartRequest) (v access.UserView, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "start:servers")
		if err != nil {
			return err
		}
		if named == "" {
			return hub.Errorf(hub.Conflict, "User %s already has a default server", u.Name)
		}
		_, err = tx.Server(ctx, u.ID, named)
		if err == nil {
			return hub.Errorf(hub.Conflict, "User %s already has server %s", u.Name, named)
		}
		if !hub.Is(err, hub.NotFound) {
			return err
		}
		if err := sv.own.Count(r, u.ID); err != nil {
			return err
		}
		s, err := sv.find(ctx, tx, u, named, tx.Now())
		if err != nil {
			return err
		}
		if s, err = made(ctx, tx, s); err != nil {
			return err
		}
		if s, err = described(s, req); err != nil {
			return err
		}
		if err := write(ctx, tx, s, s.Fence); err != nil {
			return err
		}
		v = serverView(r, u, s)
		return tx.AddAudit(ctx, r.Audit("server.create", "server", s.ID, s.FullName(), nil, nil))
	})
	return v, err
}

// described is s with the name and the options that a request gives.
func described(s hub.Server, req StartRequest) (hub.Server, error) {
	if err := checkOptions(req.Options); err != nil {
		return s, err
	}
	if req.Options != nil {
		s.Options = req.Options
	}
	if req.DisplayName != nil {
		display, err := hub.DisplayName(*req.DisplayName)
		if err != nil {
			return s, err
		}
		s.DisplayName = display
	}
	return s, nil
}

// maxOptions bounds the options of a server, in bytes: they are read with every look at
// the servers that run.
const maxOptions = 64 << 10

func checkOptions(options json.RawMessage) error {
	if len(options) > maxOptions {
		return hub.Errorf(hub.Invalid, "user_options has %d bytes, and at most %d can be kept: "+
			"put what is large into a file in the home folder, and its name into the options.", len(options), maxOptions)
	}
	return nil
}

// serverView is the person with one server alone.
func serverView(r *access.Requester, u hub.User, s hub.Server) access.UserView {
	return access.UserView{User: u, Servers: []hub.Server{s}, States: map[int64]bool{
		s.ID: r.AllowsServer("admin:server_state", u, s.Name),
	}}
}

// ServerPatch is what PATCH on a server may change; nil leaves as it is.
type ServerPatch struct {
	Name        *string
	DisplayName *string
	Options     json.RawMessage
}

// PatchServer changes a server that is stopped: its name, what it is called, the
// options of its next start. The default server can get a name, and leaves a new
// default one behind.
func (sv *Servers) PatchServer(ctx context.Context, r *access.Requester, name, server string, p ServerPatch) (v access.UserView, err error) {
	err = sv.store.Update(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "start:servers")
		if err != nil {
			return err
		}
		if err := sv.checkNames(ctx, tx, u, named, p); err != nil {
			return err
		}
		s, err := access.FindServer(ctx, tx, u, named)
		if err != nil {
			return err
		}
		if s.Active() {
			return hub.Errorf(hub.Invalid, "%s is active. Please stop it before modifying it.", s.FullName())
		}
		if err := sv.own.Count(r, u.ID); err != nil {
			return err
		}
		if s.ID == 0 {
			if s, err = tx.CreateServer(ctx, s); err != nil {
				return err
			}
		}
		s, err = patchServer(ctx, tx, r, u, s, p)
		v = serverView(r, u, s)
		return err
	})
	return v, err
}

// checkNames refuses bad names first, as JupyterHub does, and a default server's new
// name where the person may have no further named one.
func (sv *Servers) checkNames(ctx context.Context, tx data.Tx, u hub.User, server string, p ServerPatch) error {
	if p.Name == nil && (p.DisplayName == nil || server == "") {
		return nil
	}
	if sv.cfg.NamedLimit == 0 {
		return hub.Errorf(hub.Invalid, "Named servers are not enabled.")
	}
	if p.Name != nil && *p.Name != "" {
		if _, err := hub.ServerName(*p.Name); err != nil {
			return err
		}
	}
	if p.Name != nil && server == "" {
		if err := sv.roomForNamed(ctx, tx, u); err != nil {
			return err
		}
	}
	if p.DisplayName != nil {
		_, err := hub.DisplayName(*p.DisplayName)
		return err
	}
	return nil
}

func patchServer(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, s hub.Server, p ServerPatch) (hub.Server, error) {
	if err := checkOptions(p.Options); err != nil {
		return s, err
	}
	before, err := serverRecord(ctx, tx, s)
	if err != nil {
		return s, err
	}
	if p.Name != nil {
		if err := renameServer(ctx, tx, r, u, &s, *p.Name); err != nil {
			return s, err
		}
	}
	if p.DisplayName != nil && s.Name != "" {
		s.DisplayName = *p.DisplayName
	}
	if p.Options != nil {
		s.Options = p.Options
	}
	if err := write(ctx, tx, s, s.Fence); err != nil {
		return s, err
	}
	after, err := serverRecord(ctx, tx, s)
	if err != nil {
		return s, err
	}
	return s, tx.AddAudit(ctx, r.Audit("server.change", "server", s.ID, s.FullName(), before, after))
}

func serverRecord(ctx context.Context, tx data.Tx, s hub.Server) (map[string]any, error) {
	options, err := access.OptionsRecord(ctx, tx, s.Options)
	return map[string]any{"name": s.Name, "display_name": s.DisplayName, "user_options": options}, err
}

func renameServer(ctx context.Context, tx data.Tx, r *access.Requester, u hub.User, s *hub.Server, raw string) error {
	taken := hub.Errorf(hub.Conflict, "User %s already has server %s", u.Name, raw)
	if raw == "" {
		return taken
	}
	name, err := hub.ServerName(raw)
	if err != nil {
		return err
	}
	if _, err := tx.Server(ctx, u.ID, name); err == nil {
		return taken
	} else if !hub.Is(err, hub.NotFound) {
		return err
	}
	if base, gains := gainsServer(r.Held(), u, s.Name, name); gains {
		return hub.Errorf(hub.Forbidden, "Under the name %s you would get %s on the server, which you do not have", name, base)
	}
	if err := tx.RenameServer(ctx, s.ID, name); err != nil {
		return err
	}
	if s.DisplayName == s.Name {
		s.DisplayName = name
	}
	s.Name = name
	return nil
}

// gainsServer finds a scope that is held on a server of the new name and not on this one.
func gainsServer(held scopes.Set, u hub.User, from, to string) (scope string, gains bool) {
	for _, base := range held.Bases() {
		if !held.AllowsServer(base, u.Name, from, access.GroupsOf(u)) && held.AllowsServer(base, u.Name, to, access.GroupsOf(u)) {
			return base, true
		}
	}
	return "", false
}
