package limits

import (
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

// Support is what there is on this machine to enforce limits.
type Support struct {
	Tree   *cgroup.Tree // nil: no cgroups for servers
	reason string       // why not
}

// Open finds out how the limits that servers usually have can be enforced here, and sets up
// the cgroup for servers, if the limits need it and the hub may. ownUIDs tells that people have
// uids of their own.
func Open(l hub.Limits, means Means, node string, ownUIDs bool) (s Support, err error) {
	if means.Means == MeansRlimit || !NeedCgroup(l) {
		s.reason = ReasonMeansRlimit
		return s, nil
	}
	s.Tree, err = cgroup.Open(means.CgroupOptions(node))
	if err != nil && means.requiresCgroup() {
		return s, hub.Errorf(hub.Unavailable, "spawner.local.limits asks for a cgroup, and the hub can make none for its servers: %v", err)
	}
	if err != nil {
		s.reason = err.Error()
	}
	lacking := s.Plan(l, ownUIDs).Group.Lacking(cgroup.Limits{Memory: l.Memory, CPU: l.CPU, Processes: l.Processes})
	if means.Means == MeansCgroup && len(lacking) > 0 {
		return s, hub.Errorf(hub.Unavailable, "spawner.local.limits.means is cgroup, and the hub's has no controller %s.", strings.Join(lacking, ", "))
	}
	return s, nil
}

// Plan is how a server's limits are enforced. ownUID tells that no other person's processes
// have its uid.
func (s Support) Plan(l hub.Limits, ownUID bool) Plan {
	return PlanFor(l, s.Tree, s.reason, ownUID)
}

// ReasonMeansRlimit is why there is no cgroup where none is wanted.
const ReasonMeansRlimit = "spawner.local.limits.means is rlimit"

// CgroupOptions say where the cgroups of the node's servers lie.
func (m Means) CgroupOptions(node string) cgroup.Options {
	return cgroup.Options{Dir: m.Cgroup, Node: node}
}

// requiresCgroup reports whether the hub must not start without cgroups.
func (m Means) requiresCgroup() bool { return m.Means == MeansCgroup || m.Cgroup != "" }
