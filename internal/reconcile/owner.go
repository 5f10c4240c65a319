package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// live reads the servers that are not at rest, after those were taken over whose owner is
// gone and that this replica can drive.
func (r *Reconciler) live(ctx context.Context) ([]hub.Server, error) {
	live, err := r.App.LiveServers(ctx)
	if err != nil {
		return nil, err
	}
	gone := r.gone(live)
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

// gone are the owners of servers that nobody drives any more and this replica could.
func (r *Reconciler) gone(live []hub.Server) (owners []string) {
	for _, s := range live {
		if s.Owner == "" || s.Owner == r.Lease.ID() || r.foreign(s) || slices.Contains(owners, s.Owner) || r.Lease.Lives(s.Owner) {
			continue
		}
		owners = append(owners, s.Owner)
	}
	return owners
}

// driven tells whether another replica drives the server. Versions before leases of
// replicas wrote theirs into the server's row.
func (r *Reconciler) driven(s hub.Server) bool {
	return r.Lease.Lives(s.Owner) || r.Clock().Before(s.LeaseUntil)
}

// abandoned tells whether the host that s lives on has been gone for long: no hub on it has
// lived for as long as this process has looked on. The clock alone is not believed, since
// it may have been set. r.mu is held.
func (r *Reconciler) abandoned(s hub.Server, m *memory, now time.Duration) bool {
	lives := r.Lease.Lives(s.Owner) || r.Lease.NodeLives(s.Node)
	if lives || m.leaseSeen == 0 || !m.lease.Equal(s.LeaseUntil) {
		m.lease, m.leaseSeen = s.LeaseUntil, max(now, 1)
	}
	return now-m.leaseSeen >= r.Abandon && !r.Clock().Before(s.LeaseUntil.Add(r.Abandon))
}

// writeOff takes a server for lost whose host is gone.
func (r *Reconciler) writeOff(ctx context.Context, s hub.Server) error {
	done, err := r.App.WriteOff(ctx, s, r.Abandon, "The host that the server ran on is gone. Start it again.")
	if done {
		r.Logger.WarnContext(ctx, "a server was written off as lost: its host is gone, or has got another id, and nobody else can stop what may run there",
			"server", s.FullName(), "node", s.Node, "lease_until", s.LeaseUntil)
	}
	return err
}

// foreign tells whether the server lives on another host, which alone can drive it.
func (r *Reconciler) foreign(s hub.Server) bool {
	return s.Node != "" && s.Node != r.Driver.Node()
}
