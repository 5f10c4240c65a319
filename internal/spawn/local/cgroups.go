package local

import (
	"context"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// prepareLimits finds out how limits can be enforced here, and logs it.
func (d *Driver) prepareLimits() error {
	var err error
	if d.limits, err = limits.Open(d.opt.Limits, d.opt.LimitMeans, d.node, d.root); err != nil {
		return err
	}
	p := d.limits.Plan(d.opt.Limits, d.root)
	if len(p.Enforced) > 0 {
		d.log.Info("notebook servers start with limits", "limits", strings.Join(p.Enforced, "; "), "cgroup", d.limits.Tree.Dir())
	}
	for _, text := range p.Unenforced {
		d.log.Warn("a limit of notebook servers is not held as it reads", "reason", "spawner.local.limits."+text)
	}
	return d.removeStaleCgroups()
}

// Limits are those that the newest run of a server was started under, for people.
func (d *Driver) Limits(serverID int64) ([]string, error) {
	rec, err := d.files.read(serverID)
	return rec.Limits, err
}

// cgroupName is unique for each run.
func cgroupName(rec record) string { return strconv.FormatInt(rec.ServerID, 10) + "-" + rec.Nonce }

// reasonOutOfMemory is the reason if the kernel has killed a server at its memory limit.
const reasonOutOfMemory = "The notebook server was ended because it and its notebooks together used more memory than they may. Start it again, and load less at once."

// orInCgroup extends a stray filter by the processes in a cgroup, which they cannot leave.
func orInCgroup(group string, filter procs.Filter) procs.Filter {
	if group == "" {
		return filter
	}
	return func(all []procs.Info) func(procs.Info) bool {
		inside := map[int]bool{}
		for _, pid := range cgroup.Members(group) {
			inside[pid] = true
		}
		stray := filter(all)
		return func(p procs.Info) bool { return inside[p.PID] || stray(p) }
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
	d.limits.Tree.Sweep(func(dir string) bool { return used[dir] })
	return nil
}
