package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// place is the cgroup in which groups of servers may be made.
type place struct {
	dir    string
	vacant []int // who has to leave it first
	all    bool  // whoever is in it, not only these
}

const leaf = "hub"

// find looks for the place.
func (o *Options) find() (place, error) {
	if o.Dir != "" {
		if _, err := os.Stat(o.Dir); err != nil {
			return place{}, err
		}
		return place{dir: o.Dir, all: true}, nil
	}
	own, err := o.own()
	if err != nil {
		return place{}, err
	}
	if above := filepath.Dir(own); delegated(above) {
		return place{dir: above}, writable(above)
	}
	const advice = "Delegate=yes and DelegateSubgroup=hub in the unit of systemd 254 or later let it, spawner.local.limits.cgroup with an older one (docs/guide/limits.md)"
	switch {
	case delegated(own):
		return place{}, fmt.Errorf("the hub is in %s itself and would have to move below, where systemd could not start it again while servers live; %s", own, advice)
	case exists(o.systemd):
		return place{}, fmt.Errorf("its cgroup %s is systemd's, and was not delegated to the hub; %s", own, advice)
	case !exists(filepath.Join(own, "cgroup.type")):
		return place{}, fmt.Errorf("the hub is in the machine's root cgroup (%s), which is not its own", own)
	}
	return place{dir: own, vacant: []int{os.Getpid()}}, writable(own)
}

// own is the folder of this process's cgroup.
func (o *Options) own() (string, error) {
	groups, err := os.ReadFile(filepath.Join(o.proc, "cgroup"))
	if err != nil {
		return "", errors.New("this machine has no cgroups")
	}
	mounts, err := os.ReadFile(filepath.Join(o.proc, "mountinfo"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(groups)) {
		path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !ok {
			continue
		}
		if dir := mounted(string(mounts), path); dir != "" {
			return dir, nil
		}
	}
	return "", errors.New("this machine shows no cgroups of version 2")
}

// mounted is where a cgroup can be seen, by the table of mounts (proc_pid_mountinfo(5)).
func mounted(mounts, path string) string {
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if !ok || len(fields) < 5 || !strings.HasPrefix(after, "cgroup2 ") {
			continue
		}
		root, at := unescape(fields[3]), unescape(fields[4])
		rest, ok := strings.CutPrefix(path, strings.TrimSuffix(root, "/"))
		if ok && (rest == "" || rest[0] == '/') {
			return filepath.Join(at, rest)
		}
	}
	return ""
}

// unescape undoes what the kernel does to blanks and backslashes.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// delegated tells whether systemd has marked a cgroup as somebody's to arrange.
func delegated(dir string) bool {
	for _, name := range []string{"user.delegate", "trusted.delegate"} { // the latter by versions before 251, for root alone
		var value [8]byte
		if n, err := unix.Getxattr(dir, name, value[:]); err == nil && string(value[:n]) == "1" {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func writable(dir string) error {
	for _, path := range []string{dir, filepath.Join(dir, "cgroup.procs"), filepath.Join(dir, "cgroup.subtree_control")} {
		if err := unix.Access(path, unix.W_OK); err != nil {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	return nil
}

// vacate moves those below who are in the place itself.
func (p *place) vacate() error {
	if p.all {
		pids, err := processes(p.dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		p.vacant = pids
	}
	if len(p.vacant) == 0 {
		return nil
	}
	below := filepath.Join(p.dir, leaf)
	if err := os.Mkdir(below, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // as all are
		return err
	}
	for _, pid := range p.vacant {
		if err := Enter(below, pid); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("move process %d to %s: %w", pid, below, err)
		}
	}
	return nil
}

// goBack undoes vacate.
func (p *place) goBack() (err error) {
	for _, pid := range p.vacant {
		if e := Enter(p.dir, pid); !errors.Is(e, unix.ESRCH) {
			err = errors.Join(err, e)
		}
	}
	if err == nil && len(p.vacant) > 0 {
		err = os.Remove(filepath.Join(p.dir, leaf))
	}
	return err
}
