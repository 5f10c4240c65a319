// Package notices says what comes to pass with a running server: when it is stopped, and what is to be announced of that.
package notices

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// Notices reads what there is to say; nothing of it is kept.
type Notices struct {
	store data.Store
	quota *quota.Quota
}

// New makes Notices.
func New(store data.Store, q *quota.Quota) *Notices { return &Notices{store: store, quota: q} }

// Outlook is what is to be said of how long a server goes on.
type Outlook struct {
	Server  hub.Server
	Now     time.Time
	Last    time.Time         // the latest end that its person can have; zero for no bound, or where there is no end
	Quota   *hub.QuotaOutlook // nil where nothing is charged, or it is not for the requester
	Notices []hub.Notice
}

// ServerNotices says what comes to pass with a server, for those who may open it, its own token among them, or know of it.
func (n *Notices) ServerNotices(ctx context.Context, r *access.Requester, name, server string) (o Outlook, err error) {
	err = n.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "access:servers", "read:servers")
		if err != nil {
			return err
		}
		s, err := access.FindServer(ctx, tx, u, named)
		if err != nil {
			return err
		}
		o = Outlook{Server: s, Now: tx.Now()}
		if !s.Running() || !s.WantRunning {
			return nil
		}
		if err := n.ofTime(ctx, tx, &o); err != nil {
			return err
		}
		if !r.AllowsServer("access:servers", u, s.Name) && !r.AllowsUser(quota.ReadScope, u) {
			return nil
		}
		return n.ofQuota(ctx, tx, &o)
	})
	return o, err
}

// ofTime adds what there is to say of the server's time limit.
func (n *Notices) ofTime(ctx context.Context, tx data.Tx, o *Outlook) error {
	s := o.Server
	if s.EndsAt.IsZero() {
		return nil
	}
	if notice, near := hub.TimeNotice(s, o.Now); near {
		o.Notices = append(o.Notices, notice)
	}
	run, err := tx.Run(ctx, s.ID, s.Fence)
	o.Last = run.Launch.LastEnd(s.ReadyAt)
	return hub.IgnoreNotFound(err)
}

// ofQuota adds what there is to say of the credits that the server takes.
func (n *Notices) ofQuota(ctx context.Context, tx data.Tx, o *Outlook) error {
	q, known, err := n.quota.Outlook(ctx, tx, o.Server.ID)
	if err != nil || !known {
		return err
	}
	o.Quota = &q
	if notice, near := hub.QuotaNotice(q, o.Now); near {
		o.Notices = append(o.Notices, notice)
	}
	return nil
}
