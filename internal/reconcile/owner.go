package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// liveServers reads the active servers, after taking over those that this replica can drive
// and whose owner is gone.
func (r *Reconciler) liveServers(ctx context.Context) ([]hub.Server, error) {
	live, err := r.App.LiveServers(ctx)
	if err != nil {
		return nil, err
	}
	gone := r.deadOwners(live)
	if len(gone) == 0 {
		return live, nil
	}
	n, err := r.App.TakeOver(ctx, r.lease(), gone)
	if err != nil || n == 0 {
		return live, err
	}
	r.Logger.InfoContext(ctx, "took over servers whose hub is gone", "servers", n, "owners", gone)
	return r.App.LiveServers(ctx)
}

// deadOwners are the owners that are gone of servers that this replica could drive.
func (r *Reconciler) deadOwners(live []hub.Server) (owners []string) {
	for _, s := range live {
		if s.Owner == "" || s.Owner == r.Lease.ID() || r.onOtherNode(s) || slices.Contains(owners, s.Owner) || r.Lease.Lives(s.Owner) {
			continue
		}
		owners = append(owners, s.Owner)
	}
	return owners
}

// ownerLives reports whether the server's owner is alive. Versions before the leases of
// replicas wrote a lease into the server's row.
func (r *Reconciler) ownerLives(s hub.Server) bool {
	return r.Lease.Lives(s.Owner) || r.Clock().Before(s.LeaseUntil)
}

// isAbandoned reports whether the node of s has been gone for Options.Abandon: no replica on it
// was alive for as long, by the database's times and also by this process's own monotonic
// clock, since the database's may have been set. r.mu is held.
func (r *Reconciler) isAbandoned(s hub.Server, m *serverState, now time.Duration) bool {
	alive := r.Lease.Lives(s.Owner) || r.Lease.NodeLives(s.Node)
	if alive || m.leaseSeen == 0 || !m.lease.Equal(s.LeaseUntil) {
		m.lease, m.leaseSeen = s.LeaseUntil, max(now, 1)
	}
	return now-m.leaseSeen >= r.Abandon && !r.Clock().Before(s.LeaseUntil.Add(r.Abandon))
}

// writeOff marks a server as lost whose node is gone.
func (r *Reconciler) writeOff(ctx context.Context, s hub.Server) error {
	done, err := r.App.WriteOff(ctx, s, r.Abandon, "The host that the server ran on is gone. Start it again.")
	if done {
		r.Logger.WarnContext(ctx, "a server was written off as lost: its host is gone, or has got another id, and nobody else can stop what may run there",
			"server", s.FullName(), "node", s.Node, "lease_until", s.LeaseUntil)
	}
	return err
}

// onOtherNode reports whether the server is on another node, which alone can drive it.
func (r *Reconciler) onOtherNode(s hub.Server) bool {
	return s.Node != "" && s.Node != r.Driver.Node()
}
