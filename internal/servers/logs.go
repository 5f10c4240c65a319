package servers

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// OnLogs asks fn what the present run of a server has written last; empty where that is
// not to be had here. fn returns soon.
func (sv *Servers) OnLogs(fn func(ctx context.Context, s hub.Server) string) { sv.logs.Store(&fn) }

// ServerLog is what a server has written last, running or failed, for its owner and for
// those who may see its inside: it may hold what is nobody else's business.
func (sv *Servers) ServerLog(ctx context.Context, r *access.Requester, name, server string) (log string, err error) {
	var s hub.Server
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, access.ServersScope, "admin:server_state")
		if err != nil {
			return err
		}
		if r.User.ID != u.ID {
			if err := r.NeedServer(u, named, "admin:server_state"); err != nil {
				return err
			}
		}
		s, err = access.FindServer(ctx, tx, u, named)
		return err
	})
	if err != nil {
		return "", err
	}
	return sv.logOf(ctx, s), nil
}

// logOf is the log of a run that goes on, or the last words of one that failed.
func (sv *Servers) logOf(ctx context.Context, s hub.Server) string {
	if read := sv.logs.Load(); read != nil && s.Active() && s.FailureLog == "" {
		return (*read)(ctx, s)
	}
	return s.FailureLog
}
