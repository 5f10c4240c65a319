package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Names of controllers that hold limits.
const (
	Memory    = "memory"
	CPU       = "cpu"
	Processes = "pids"
)

// Limits are what all processes of a group may take together; what is 0 has no limit.
type Limits struct {
	Memory    int64   // bytes
	CPU       float64 // cores
	Processes int64   // threads among them
}

// Lacking names the controllers that wanted needs and l does not use.
func (l Limits) Lacking(wanted Limits) (controllers []string) {
	if wanted.Memory > 0 && l.Memory == 0 {
		controllers = append(controllers, Memory)
	}
	if wanted.CPU > 0 && l.CPU == 0 {
		controllers = append(controllers, CPU)
	}
	if wanted.Processes > 0 && l.Processes == 0 {
		controllers = append(controllers, Processes)
	}
	return controllers
}

// Options say where the groups are made.
type Options struct {
	Dir  string // folder of the cgroup that may be arranged; empty: the process's own, where it may
	Node string // names the groups of one data directory, of several in the same place

	// For tests; empty is what there is.
	proc        string   // /proc/self
	systemd     string   // a folder that is there where systemd is at work
	controllers []string // that are asked for
}

func (o *Options) complete() {
	if o.proc == "" {
		o.proc = "/proc/self"
	}
	if o.systemd == "" {
		o.systemd = "/run/systemd/system"
	}
	if o.controllers == nil {
		o.controllers = []string{CPU, Memory, Processes}
	}
}

// Tree is where the groups of servers are made. A nil one has no controllers.
type Tree struct {
	options     Options
	dir         string
	controllers []string
	mu          sync.Mutex // while it is arranged anew
}

// Look tells in which cgroup this process may arrange groups of servers, and changes
// nothing. The error says why it may in none.
func Look(o Options) (dir string, err error) {
	o.complete()
	p, err := o.find()
	if err != nil {
		return "", err
	}
	_, err = o.available(p.dir)
	return p.dir, err
}

// Open arranges the place for groups of servers. The error says why there is none.
func Open(o Options) (*Tree, error) {
	o.complete()
	dir, controllers, err := o.arrange()
	if err != nil {
		return nil, err
	}
	return &Tree{options: o, dir: dir, controllers: controllers}, nil
}

// arrange makes the folder of the groups, and tells what it can share out.
func (o *Options) arrange() (dir string, controllers []string, err error) {
	p, err := o.find()
	if err != nil {
		return "", nil, err
	}
	there, err := o.available(p.dir)
	if err != nil {
		return "", nil, err
	}
	if err := p.vacate(); err != nil {
		return "", nil, err
	}
	enabled, err := enable(p.dir, there)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("%s cannot share out what it has: %w", p.dir, err), p.goBack())
	}
	dir = filepath.Join(p.dir, "atrium-servers-"+o.Node)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // as all are
		return "", nil, err
	}
	if controllers, err = enable(dir, enabled); err != nil {
		return "", nil, fmt.Errorf("%s cannot share out what it has: %w", dir, err)
	}
	return dir, controllers, nil
}

// available are the controllers that the cgroup has, of those asked for.
func (o *Options) available(dir string) (controllers []string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers")) //nolint:gosec // of a cgroup
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is no cgroup of version 2", dir)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(string(text)) {
		if slices.Contains(o.controllers, name) {
			controllers = append(controllers, name)
		}
	}
	if len(controllers) == 0 {
		return nil, fmt.Errorf("the cgroup %s has none of the controllers %s", dir, strings.Join(o.controllers, ", "))
	}
	return controllers, nil
}

// enable hands controllers on to the groups below; an error where none could be.
func enable(dir string, controllers []string) (enabled []string, err error) {
	var failures error
	for _, name := range controllers {
		if err := write(dir, "cgroup.subtree_control", "+"+name); err != nil {
			failures = errors.Join(failures, err)
			continue
		}
		enabled = append(enabled, name)
	}
	if len(enabled) == 0 {
		return nil, failures
	}
	return enabled, nil
}

// Has tells whether a controller can be used.
func (t *Tree) Has(controller string) bool {
	return t != nil && slices.Contains(t.controllers, controller)
}

// Dir is the folder of the groups; empty for a nil tree.
func (t *Tree) Dir() string {
	if t == nil {
		return ""
	}
	return t.dir
}

// Group is the folder of a group that can be made.
func (t *Tree) Group(name string) string { return filepath.Join(t.dir, name) }

// cpuPeriod is the time in which a share of processor time is counted, in microseconds.
const cpuPeriod = 100_000

// Make makes a group that nobody is in yet, with its limits. Where the place is gone, since
// whoever keeps it was started anew, it is arranged once more.
func (t *Tree) Make(name string, l Limits) error {
	err := t.make(name, l)
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := t.restore(); err != nil {
		return err
	}
	return t.make(name, l)
}

// restore makes the place again as it was.
func (t *Tree) restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, controllers, err := t.options.arrange()
	if err == nil && (dir != t.dir || !slices.Equal(controllers, t.controllers)) {
		err = fmt.Errorf("the cgroup %s is not what it was when the hub started", filepath.Dir(t.dir))
	}
	return err
}

func (t *Tree) make(name string, l Limits) error {
	dir := t.Group(name)
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // as all are
		return err
	}
	var err error
	set := func(file, value string) { err = errors.Join(err, write(dir, file, value)) }
	if l.Memory > 0 {
		set("memory.max", strconv.FormatInt(l.Memory, 10))
		// Else what is beyond would go to the disk, and everybody would wait. Not all kernels count it.
		if swap := write(dir, "memory.swap.max", "0"); !absent(swap) {
			err = errors.Join(err, swap)
		}
	}
	if l.CPU > 0 {
		set("cpu.max", fmt.Sprintf("%d %d", max(int64(l.CPU*cpuPeriod), 1000), cpuPeriod))
	}
	if l.Processes > 0 {
		set("pids.max", strconv.FormatInt(l.Processes, 10))
	}
	if err != nil {
		return errors.Join(err, os.Remove(dir))
	}
	return nil
}

// Enter puts a process into a group. What it starts later is in it, too.
func Enter(dir string, pid int) error { return write(dir, "cgroup.procs", strconv.Itoa(pid)) }

// Sweep removes groups without processes, but those to keep.
func (t *Tree) Sweep(keep func(dir string) bool) {
	if t == nil {
		return
	}
	entries, _ := os.ReadDir(t.dir)
	for _, e := range entries {
		if dir := t.Group(e.Name()); e.IsDir() && !keep(dir) {
			_ = Remove(dir) // one with processes stays
		}
	}
}

// write changes a file of a cgroup, in one call.
func write(dir, file, text string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // as all are
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// absent tells of an error that the file is not there, and that the file system makes none.
func absent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}
