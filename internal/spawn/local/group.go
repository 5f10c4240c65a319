package local

import (
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

// limitMeans is what prepareLimits has found.
type limitMeans struct {
	tree *cgroup.Tree // nil: no cgroups for servers
	why  string
}

// prepareLimits finds out how limits are held here, and says so.
func (d *Driver) prepareLimits() error {
	if err := d.openTree(); err != nil {
		return err
	}
	p := d.planFor(d.root)
	if len(p.held) > 0 {
		d.log.Info("notebook servers start with limits", "limits", strings.Join(p.held, "; "), "cgroup", d.limits.tree.Dir())
	}
	for _, text := range p.missed {
		d.log.Warn("a limit of notebook servers is not held as it reads", "reason", "spawner.local.limits."+text)
	}
	return d.sweepGroups()
}

// openTree arranges the cgroup for servers, where the hub may and somebody needs it.
func (d *Driver) openTree() (err error) {
	l := d.opt.Limits
	if l.Means == MeansRlimit || !l.together() {
		d.limits.why = meansSaysNo
		return nil
	}
	d.limits.tree, err = cgroup.Open(l.cgroupOptions(d.node))
	if err != nil && l.demandsCgroup() {
		return hub.Errorf(hub.Unavailable, "spawner.local.limits asks for a cgroup, and the hub can make none for its servers: %v", err)
	}
	if err != nil {
		d.limits.why = err.Error()
	}
	lacking := d.planFor(d.root).group.Lacking(l.group())
	if l.Means == MeansCgroup && len(lacking) > 0 {
		return hub.Errorf(hub.Unavailable, "spawner.local.limits.means is cgroup, and the hub's has no controller %s.", strings.Join(lacking, ", "))
	}
	return nil
}

const meansSaysNo = "spawner.local.limits.means is rlimit"

func (l Limits) cgroupOptions(node string) cgroup.Options {
	return cgroup.Options{Dir: l.Cgroup, Node: node}
}

// demandsCgroup tells whether a hub without is none.
func (l Limits) demandsCgroup() bool { return l.Means == MeansCgroup || l.Cgroup != "" }

func (l Limits) group() cgroup.Limits {
	return cgroup.Limits{Memory: l.Memory, CPU: l.CPU, Processes: l.Processes}
}

func (d *Driver) planFor(ownUID bool) plan {
	return d.opt.Limits.plan(d.limits.tree, d.limits.why, ownUID)
}

// groupName is of one run alone: whatever else is in a cgroup of another name, this run's
// processes are in this one.
func groupName(rec record) string { return strconv.FormatInt(rec.ServerID, 10) + "-" + rec.Nonce }

// outOfMemory is the reason where the kernel has ended a server that went over its limit.
const outOfMemory = "The notebook server was ended because it and its notebooks together used more memory than they may. Start it again, and load less at once."

// alsoIn adds the processes of a cgroup to those that belong to a family: there they are
// whatever they have done to hide.
func alsoIn(group string, strays func([]processInfo) func(processInfo) bool) func([]processInfo) func(processInfo) bool {
	if group == "" {
		return strays
	}
	return func(all []processInfo) func(processInfo) bool {
		inside := map[int]bool{}
		for _, pid := range cgroup.Members(group) {
			inside[pid] = true
		}
		stray := strays(all)
		return func(p processInfo) bool { return inside[p.pid] || stray(p) }
	}
}

// clearGroup ends what is still in the cgroup of a run, and removes it.
func (d *Driver) clearGroup(ctx context.Context, rec record) error {
	if rec.Group == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.opt.KillTimeout)
	defer cancel()
	if err := cgroup.Kill(ctx, rec.Group); err != nil {
		return err
	}
	if err := cgroup.Remove(rec.Group); err != nil { // it holds nobody: a matter of tidiness
		d.log.Warn("the cgroup of a notebook server could not be removed", "server_id", rec.ServerID, "error", err)
	}
	return nil
}

// sweepGroups removes cgroups of runs that are no more.
func (d *Driver) sweepGroups() error {
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
