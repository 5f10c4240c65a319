package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

func (o *Options) pythonDir() string { return filepath.Join(o.DataDir, "python") }

// Python is how the managed environment of a data directory is made, also from outside
// of the hub that runs on it; MakePython makes its folder. Nothing else of the driver is
// touched.
func Python(opt Options, progress io.Writer) pyenv.Options {
	return pyenv.Options{
		Dir: opt.pythonDir(), Path: opt.path(), User: opt.unprivileged(), Lookup: opt.Lookup, Packages: opt.Packages,
		Progress: progress, Logger: opt.Logger,
	}
}

// MakePython makes the folder of the managed environments; an error where it is another
// account's.
func MakePython(opt Options) error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	return disk.MakeFolder(opt.pythonDir(), mode)
}

// Provision makes the managed Python environment where it is missing, whether or
// not servers use it, and gives the path of its jupyterhub-singleuser. It shows how
// it gets on; nil shows nothing.
func (d *Driver) Provision(ctx context.Context, progress io.Writer) (string, error) {
	if err := MakePython(d.opt); err != nil {
		return "", err
	}
	env, err := pyenv.Provision(ctx, Python(d.opt, progress))
	if err != nil {
		return "", err
	}
	return env.Program(), nil
}

// installPackages adds what notebooks are to find besides, while the hub serves already:
// it takes half a minute and more, and may fail without harm.
func (d *Driver) installPackages(ctx context.Context) {
	if err := d.install(ctx, Python(d.opt, nil)); err != nil && ctx.Err() == nil {
		d.log.Error("the packages for notebooks could not be installed; 'atrium python install' tries again", "error", operatorMessage(err))
	}
}

func (d *Driver) install(ctx context.Context, opt pyenv.Options) error {
	env, err := pyenv.Current(opt.Dir)
	if err != nil {
		return err
	}
	lacks, err := env.Lacks(opt)
	if err != nil || !lacks {
		return err
	}
	d.log.Info("packages for notebooks are being installed; the hub can be used meanwhile", "packages", strings.Join(opt.Packages, ", "))
	took := hub.NewElapsed()
	if _, err := pyenv.Install(ctx, opt); err != nil {
		return err
	}
	d.log.Info("packages for notebooks are installed", "seconds", int(took().Seconds()))
	return nil
}

// operatorMessage is an error's message for the operator.
func operatorMessage(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Msg != "" {
		return e.Msg
	}
	return err.Error()
}

// unprivileged is a user with no more rights than a notebook server's; nil if servers run as
// the hub's own.
func (o *Options) unprivileged() *syscall.Credential {
	switch {
	case os.Geteuid() != 0:
		return nil
	case o.SystemUsers:
		return &syscall.Credential{Uid: 65534, Gid: 65534}
	default:
		return &syscall.Credential{Uid: o.UIDRange[1], Gid: o.UIDRange[1]}
	}
}

// PythonUse counts the servers that run, or are about to, in each Python environment of
// a data directory, by folder.
func PythonUse(opt Options) (map[string]int, error) {
	records, err := files{dir: filepath.Join(opt.DataDir, "servers")}.all()
	if errors.Is(err, fs.ErrNotExist) { // no hub was here yet
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	use := map[string]int{}
	for _, rec := range records {
		folder, _, in := strings.Cut(strings.TrimPrefix(rec.Program, opt.pythonDir()+"/"), "/")
		if in && (rec.State == starting || rec.alive()) {
			use[filepath.Join(opt.pythonDir(), folder)]++
		}
	}
	return use, nil
}

// UnusedPython deletes the Python environments of a data directory that neither servers
// which start now nor servers that run use, and gives their folders.
func UnusedPython(opt Options) (removed []string, err error) {
	use, err := PythonUse(opt)
	if err != nil {
		return nil, err
	}
	return pyenv.Remove(opt.pythonDir(), func(folder string) bool { return use[folder] > 0 })
}

// removeOldEnvironments deletes environments that no server runs in any more.
func (d *Driver) removeOldEnvironments() error {
	removed, err := UnusedPython(d.opt)
	for _, folder := range removed {
		d.log.Info("an old Python environment is deleted", "path", folder)
	}
	if err != nil {
		return fmt.Errorf("delete old Python environments: %w", err)
	}
	return nil
}
