package servers

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// lookPatience is how long a start waits to learn whether the server runs, and for
	// what is left of one that has ended by itself.
	lookPatience = 5 * time.Second
	// lookElsewhere is how long it waits for another replica, which does not say that it
	// has looked and found the server as it was.
	lookElsewhere = time.Second
)

// OnLook says how servers are looked at now rather than at their turn. fn returns once
// that was done and written, with those that another replica drives.
func (sv *Servers) OnLook(fn func(ctx context.Context, ids []int64) (elsewhere []int64)) {
	sv.looker.Store(&fn)
}

// LookFirst makes what is known of servers true before somebody starts them: one that
// was killed a moment ago is not running any more. It is as JupyterHub does it, and for
// those who may start them. What it cannot find out it leaves as it is.
func (sv *Servers) LookFirst(ctx context.Context, r *access.Requester, rows ...ServerRow) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	var running []int64
	for _, s := range sv.shown(ctx, r, rows) {
		if s.Running() {
			running = append(running, s.ID)
		}
	}
	if look := sv.looker.Load(); look != nil && len(running) > 0 {
		if elsewhere := (*look)(ctx, running); len(elsewhere) > 0 {
			sv.lookElsewhere(ctx, elsewhere)
		}
	}
	for _, s := range sv.shown(ctx, r, rows) {
		// What the look has written may not be known in memory yet.
		if ending(s) || slices.Contains(running, s.ID) {
			_, _ = sv.WaitServer(ctx, s.ID, func(s hub.Server) bool { return !ending(s) })
		}
	}
}

// ending tells whether a server has ended by itself, and is being cleared away.
func ending(s hub.Server) bool { return s.Phase == hub.Stopping && s.Failing() }

// lookElsewhere asks the other replicas.
func (sv *Servers) lookElsewhere(ctx context.Context, ids []int64) {
	ctx, cancel := context.WithTimeout(ctx, lookElsewhere)
	defer cancel()
	err := sv.store.Update(ctx, func(tx data.Tx) error { return tx.DoubtServers(ctx, ids) })
	if err != nil {
		return
	}
	for _, id := range ids {
		_, _ = sv.WaitServer(ctx, id, func(s hub.Server) bool { return !s.Running() })
	}
}

// shown are those of the servers that the directory knows, and the requester may start.
func (sv *Servers) shown(ctx context.Context, r *access.Requester, rows []ServerRow) (list []hub.Server) {
	for _, row := range rows {
		name, err := hub.UserName(row.Username)
		if err != nil {
			continue
		}
		p, err := sv.directory.ByName(ctx, name)
		if err != nil {
			continue
		}
		at := slices.IndexFunc(p.Servers, func(s hub.Server) bool { return s.Name == row.ServerName })
		if normal, err := hub.ServerName(row.ServerName); at < 0 && err == nil {
			at = slices.IndexFunc(p.Servers, func(s hub.Server) bool { return s.Name == normal })
		}
		if at >= 0 && r.NeedServer(p.User, p.Servers[at].Name, "start:servers") == nil {
			list = append(list, p.Servers[at])
		}
	}
	return list
}

// ServerRow is one server of a bulk request; Options nil means those of the last time.
type ServerRow struct {
	Username   string          `json:"username"`
	ServerName string          `json:"server_name"`
	Options    json.RawMessage `json:"options,omitempty"`
}
