package local

import (
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

// limitSupport is what prepareLimits has found.
type limitSupport struct {
	tree   *cgroup.Tree // nil: no cgroups for servers
	reason string
}

// prepareLimits finds out how limits can be enforced here, and logs it.
func (d *Driver) prepareLimits() error {
	if err := d.openCgroups(); err != nil {
		return err
	}
	p := d.planFor(d.opt.Limits, d.root)
	if len(p.enforced) > 0 {
		d.log.Info("notebook servers start with limits", "limits", strings.Join(p.enforced, "; "), "cgroup", d.limits.tree.Dir())
	}
	for _, text := range p.unenforced {
		d.log.Warn("a limit of notebook servers is not held as it reads", "reason", "spawner.local.limits."+text)
	}
	return d.removeStaleCgroups()
}

// openCgroups sets up the cgroup for servers, if the limits need it and the hub may.
func (d *Driver) openCgroups() (err error) {
	l, means := d.opt.Limits, d.opt.LimitMeans
	if means.Means == MeansRlimit || !needsCgroup(l) {
		d.limits.reason = reasonMeansRlimit
		return nil
	}
	d.limits.tree, err = cgroup.Open(means.cgroupOptions(d.node))
	if err != nil && means.requiresCgroup() {
		return hub.Errorf(hub.Unavailable, "spawner.local.limits asks for a cgroup, and the hub can make none for its servers: %v", err)
	}
	if err != nil {
		d.limits.reason = err.Error()
	}
	lacking := d.planFor(l, d.root).group.Lacking(cgroup.Limits{Memory: l.Memory, CPU: l.CPU, Processes: l.Processes})
	if means.Means == MeansCgroup && len(lacking) > 0 {
		return hub.Errorf(hub.Unavailable, "spawner.local.limits.means is cgroup, and the hub's has no controller %s.", strings.Join(lacking, ", "))
	}
	return nil
}

const reasonMeansRlimit = "spawner.local.limits.means is rlimit"

func (m LimitMeans) cgroupOptions(node string) cgroup.Options {
	return cgroup.Options{Dir: m.Cgroup, Node: node}
}

// requiresCgroup reports whether the hub must not start without cgroups.
func (m LimitMeans) requiresCgroup() bool { return m.Means == MeansCgroup || m.Cgroup != "" }

func (d *Driver) planFor(l hub.Limits, ownUID bool) limitPlan {
	return planLimits(l, d.limits.tree, d.limits.reason, ownUID)
}

// cgroupName is unique for each run.
func cgroupName(rec record) string { return strconv.FormatInt(rec.ServerID, 10) + "-" + rec.Nonce }

// reasonOutOfMemory is the reason if the kernel has killed a server at its memory limit.
const reasonOutOfMemory = "The notebook server was ended because it and its notebooks together used more memory than they may. Start it again, and load less at once."

// orInCgroup extends a stray filter by the processes in a cgroup, which they cannot leave.
func orInCgroup(group string, filter func([]processInfo) func(processInfo) bool) func([]processInfo) func(processInfo) bool {
	if group == "" {
		return filter
	}
	return func(all []processInfo) func(processInfo) bool {
		inside := map[int]bool{}
		for _, pid := range cgroup.Members(group) {
			inside[pid] = true
		}
		stray := filter(all)
		return func(p processInfo) bool { return inside[p.pid] || stray(p) }
	}
}

// removeCgroup kills what is still in the cgroup of a run, and removes it.
func (d *Driver) removeCgroup(ctx context.Context, rec record) error {
	if rec.Group == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.opt.KillTimeout)
	defer cancel()
	if err := cgroup.Kill(ctx, rec.Group); err != nil {
		return err
	}
	if err := cgroup.Remove(rec.Group); err != nil { // it is empty, so this does no harm
		d.log.Warn("the cgroup of a notebook server could not be removed", "server_id", rec.ServerID, "error", err)
	}
	return nil
}

// removeStaleCgroups removes cgroups of runs that have ended.
func (d *Driver) removeStaleCgroups() error {
	records, err := d.files.all()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, rec := range records {
		if rec.State == starting || rec.State == running {
			used[rec.Group] = true
		}
	}
	d.limits.tree.Sweep(func(dir string) bool { return used[dir] })
	return nil
}
