package limits

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

// Means that enforce limits on several processes together.
const (
	MeansAuto   = "auto"   // a cgroup where the hub may make one, else rlimits
	MeansCgroup = "cgroup" // nothing starts without
	MeansRlimit = "rlimit"
)

// Means are how limits are enforced.
type Means struct {
	Means  string // one of those above; empty is MeansAuto
	Cgroup string // folder of the cgroup to make servers' in; empty: the hub's own
}

// NeedCgroup reports whether a limit is set that a cgroup can enforce.
func NeedCgroup(l hub.Limits) bool { return l.Memory > 0 || l.CPU > 0 || l.Processes > 0 }

// Environment is the variables with which JupyterHub tells servers their limits.
func Environment(l hub.Limits) map[string]string {
	env := map[string]string{}
	if l.Memory > 0 {
		env["MEM_LIMIT"] = strconv.FormatInt(l.Memory, 10)
	}
	if l.CPU > 0 {
		env["CPU_LIMIT"] = cores(l.CPU)
		if !strings.Contains(env["CPU_LIMIT"], ".") { // a float, as Python writes it
			env["CPU_LIMIT"] += ".0"
		}
	}
	return env
}

// Rlimit is one limit of a process, see setrlimit(2).
type Rlimit struct {
	Resource int
	Value    uint64
	Soft     bool // the process may raise it again, up to what the hub has
}

// Plan is how the limits of one server are enforced.
type Plan struct {
	Group      cgroup.Limits // by a cgroup of the run
	Early      []Rlimit      // set before privileges are dropped
	Late       []Rlimit      // set right before exec: this program itself could not run with them
	Enforced   []string      // what is enforced and how, for users
	Unenforced []string      // what is not enforced and why, for the operator
}

// PlanFor tells how limits are held. tree is nil where there are no cgroups for servers,
// and reason says why; ownUID tells that no other person's processes have the uid.
func PlanFor(l hub.Limits, tree *cgroup.Tree, reason string, ownUID bool) Plan {
	p := Plan{Early: []Rlimit{{Resource: unix.RLIMIT_CORE, Soft: true}}} // a dump would fill the home
	p.planMemory(l, tree, reason)
	p.planCPU(l, tree, reason)
	p.planProcesses(l, tree, ownUID)
	if l.OpenFiles > 0 {
		p.Early = append(p.Early, Rlimit{Resource: unix.RLIMIT_NOFILE, Value: uint64(l.OpenFiles)})
		p.Enforced = append(p.Enforced, fmt.Sprintf("%d open files in each process", effectiveMax(unix.RLIMIT_NOFILE, l.OpenFiles)))
		if most := effectiveMax(unix.RLIMIT_NOFILE, l.OpenFiles); most < l.OpenFiles {
			p.Unenforced = append(p.Unenforced, fmt.Sprintf("open_files: the hub itself may have %d only, and so may servers (LimitNOFILE= in a unit of systemd)", most))
		}
	}
	if l.FileSize > 0 {
		p.Early = append(p.Early, Rlimit{Resource: unix.RLIMIT_FSIZE, Value: uint64(l.FileSize)})
		p.Enforced = append(p.Enforced, "files up to "+sizeText(l.FileSize))
	}
	return p
}

func (p *Plan) planMemory(l hub.Limits, tree *cgroup.Tree, reason string) {
	switch {
	case l.Memory <= 0:
	case tree.Has(cgroup.Memory):
		p.Group.Memory = l.Memory
		p.Enforced = append(p.Enforced, "memory "+sizeText(l.Memory)+" for all processes together")
	case memoryResource < 0:
		p.Unenforced = append(p.Unenforced, "memory: no means of this system holds it")
	default:
		p.Late = append(p.Late, Rlimit{Resource: memoryResource, Value: uint64(l.Memory)})
		p.Enforced = append(p.Enforced, "memory "+sizeText(l.Memory)+" for each process")
		p.Unenforced = append(p.Unenforced, "memory: it counts for each process by itself, so that a server with two notebooks may take three times as much ("+reasonWithout(tree, reason, cgroup.Memory)+")")
	}
}

func (p *Plan) planCPU(l hub.Limits, tree *cgroup.Tree, reason string) {
	switch {
	case l.CPU <= 0:
	case tree.Has(cgroup.CPU):
		p.Group.CPU = l.CPU
		p.Enforced = append(p.Enforced, cores(l.CPU)+" processor cores")
	default:
		p.Unenforced = append(p.Unenforced, "cpu: nothing holds it, servers are only told of it ("+reasonWithout(tree, reason, cgroup.CPU)+")")
	}
}

func (p *Plan) planProcesses(l hub.Limits, tree *cgroup.Tree, ownUID bool) {
	switch {
	case l.Processes <= 0:
	case tree.Has(cgroup.Processes):
		p.Group.Processes = l.Processes
		p.Enforced = append(p.Enforced, fmt.Sprintf("%d processes and threads", l.Processes))
	case !ownUID:
		// The kernel would count the processes of the hub and of everybody.
		p.Unenforced = append(p.Unenforced, "processes: servers share a user id, and without a cgroup nothing tells theirs apart")
	default:
		p.Early = append(p.Early, Rlimit{Resource: unix.RLIMIT_NPROC, Value: uint64(l.Processes)})
		p.Enforced = append(p.Enforced, fmt.Sprintf("%d processes and threads in all servers of the person", l.Processes))
	}
}

// reasonWithout says why there is no cgroup for this.
func reasonWithout(tree *cgroup.Tree, reason, controller string) string {
	if tree != nil {
		return "the cgroup of the hub has no controller " + controller
	}
	return "no cgroups: " + reason
}

// effectiveMax is the limit that a server gets at last: what is beyond the hub's own can be
// had with the right to raise it alone.
func effectiveMax(resource int, wanted int64) int64 {
	var own unix.Rlimit
	if unix.Getrlimit(resource, &own) != nil || own.Max >= uint64(wanted) || mayRaiseLimits() {
		return wanted
	}
	return int64(own.Max)
}

// Set sets limits of this process and those that come from it.
func Set(limits []Rlimit) error {
	for _, l := range limits {
		if err := l.set(); err != nil {
			return fmt.Errorf("set limit %d to %d: %w", l.Resource, l.Value, err)
		}
	}
	return nil
}

func (l Rlimit) set() error {
	var own unix.Rlimit
	if err := unix.Getrlimit(l.Resource, &own); err != nil {
		return err
	}
	want := unix.Rlimit{Cur: l.Value, Max: l.Value}
	if l.Soft {
		want = unix.Rlimit{Cur: min(l.Value, own.Max), Max: own.Max}
	}
	err := unix.Setrlimit(l.Resource, &want)
	if errors.Is(err, unix.EPERM) && own.Max < l.Value { // higher than the hub's own
		err = unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: own.Max, Max: own.Max})
	}
	return err
}

func cores(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	const units = "KMGT"
	at, f := -1, float64(n)
	for f >= 1024 && at < len(units)-1 {
		f, at = f/1024, at+1
	}
	text := strconv.FormatFloat(f, 'f', 1, 64)
	text = strings.TrimSuffix(text, ".0")
	if at < 0 {
		return text + " B"
	}
	return text + " " + units[at:at+1] + "iB"
}

// TooManyProcesses tells that an exec was refused since the person has too many processes.
func TooManyProcesses(err error, limits []Rlimit) bool {
	if !errors.Is(err, unix.EAGAIN) {
		return false
	}
	for _, l := range limits {
		if l.Resource == unix.RLIMIT_NPROC {
			return true
		}
	}
	return false
}
