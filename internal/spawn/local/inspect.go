package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

// A Problem is something that is in the way of a configuration on this machine.
type Problem struct {
	Key  string // of the configuration
	Text string // a sentence
	Err  error  // its cause, where there is one
}

// Problems looks at what the options name, and changes nothing: the program of the
// servers, the files of the packages, the data directory, the range of user ids. It
// looks as the account that it runs as; what that one may not look at is a problem
// whose Err is fs.ErrPermission.
func Problems(opt Options) []Problem {
	var found []Problem
	add := func(key string, err error, format string, args ...any) {
		found = append(found, Problem{Key: key, Text: fmt.Sprintf(format, args...), Err: err})
	}
	root := os.Geteuid() == 0
	if len(opt.Command) > 0 {
		if err := opt.commandProblem(root); err != nil {
			add("spawner.local.command", err, "%s cannot be run by notebook servers: %s", opt.Command[0], withoutPath(err))
		}
	}
	for _, line := range opt.Packages {
		path := pyenv.ListFile(line)
		if path == "" {
			continue
		}
		if file, err := os.Open(path); err != nil { //nolint:gosec // the operator's own choice
			add("spawner.local.python.packages", err, "%s cannot be read: %s", path, withoutPath(err))
		} else {
			_ = file.Close()
		}
	}
	if root && !opt.SystemUsers {
		if err := checkUIDRange(opt.UIDRange); err != nil {
			text := strings.TrimPrefix(operatorMessage(err), "spawner.local.uid_range ")
			add("spawner.local.uid_range", nil, "%s", text)
		}
	}
	if means := opt.LimitMeans; means.Cgroup != "" {
		if _, err := cgroup.Look(means.CgroupOptions("")); err != nil {
			add("spawner.local.limits.cgroup", err, "no cgroups for servers can be made there: %s", err)
		}
	}
	if err := opt.dataDirProblem(root); err != nil {
		add("data_dir", err, "%s: %s", opt.DataDir, withoutPath(err))
	}
	return found
}

// LimitWarnings lists the limits that are not enforced on this machine, as far as this process
// can tell, which may be in another cgroup than the hub will be.
func LimitWarnings(opt Options) []string {
	l, means := opt.Limits, opt.LimitMeans
	reason, suffix := limits.ReasonMeansRlimit, ""
	if means.Means != limits.MeansRlimit && limits.NeedCgroup(l) {
		_, err := cgroup.Look(means.CgroupOptions(""))
		if err == nil {
			return nil
		}
		reason, suffix = err.Error(), "; so it is from here, the hub says at its start what it found"
	}
	var warnings []string
	for _, text := range limits.PlanFor(l, nil, reason, os.Geteuid() == 0).Unenforced {
		warnings = append(warnings, "spawner.local.limits."+text+suffix)
	}
	return warnings
}

func (o *Options) commandProblem(root bool) error {
	program, err := lookUp(o.Command[0], o.path())
	if err != nil {
		return err
	}
	if info, err := os.Stat(program); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return errors.New("it is no program")
	}
	if root {
		return runnableByOthers(program, o.path(), 4)
	}
	return unix.Access(program, unix.X_OK)
}

// dataDirProblem reports whether the folder can be one, or can be made.
func (o *Options) dataDirProblem(root bool) error {
	dir := o.DataDir
	info, err := os.Stat(dir)
	for errors.Is(err, fs.ErrNotExist) && dir != "/" { // it will be made, below the one that is there
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case dir == o.DataDir && info.Mode().Perm()&0o002 != 0:
		return errors.New("everybody can write to it; give the hub a folder of its own")
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("%s cannot be written: %w", dir, err)
	}
	if !root {
		return nil
	}
	// The folder itself will be opened by the hub; those around it are the operator's.
	if err := checkOpenToOthers(filepath.Dir(o.DataDir), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("notebook servers' users cannot reach it: %w; choose another, as /var/lib/atrium", err)
	}
	return nil
}

// withoutPath is an error without the name of the call and the path, which its sentence has.
func withoutPath(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}
