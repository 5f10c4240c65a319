// Package pyenv makes the Python environment that notebook servers run in on
// machines that have none: a virtual environment with JupyterHub's single-user
// server and JupyterLab, in versions that were tried with this hub, and what the
// operator wants notebooks to find.
//
// Environments lie beside each other; a link says which one servers use that start
// now. What is in one only grows (Install); newer versions come as a new one
// (Upgrade), so nothing changes under what runs.
package pyenv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

// Requirements are what notebook servers need, as pip takes it.
func Requirements() []string { return []string{"jupyterhub==6.1.1", "jupyterlab==4.6.*"} }

// oldestMinor is that of the oldest Python that the requirements run on.
const oldestMinor = 10

const lockName = ".lock"

// Options say where the environment goes and how it is made.
type Options struct {
	Dir          string                           // of all environments; exists, and belongs to the hub
	Path         string                           // folders in which Python is looked for
	User         *syscall.Credential              // as whom the servers run; nil is the hub's own user
	Lookup       func(name string) (string, bool) // the hub's environment, for proxies and pip's settings
	Packages     []string                         // what notebooks find besides: lines of a requirements file, with absolute paths
	Progress     io.Writer                        // nil shows nothing
	Logger       *slog.Logger
	requirements []string // those of tests
	only         bool     // no folders beside Path; for tests
}

func (o Options) complete() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.requirements == nil {
		o.requirements = Requirements()
	}
	return o
}

// Provision gives the environment that servers use. It makes one where there is
// none, it is not whole, this hub needs other versions, or its Python is not what it
// was; that takes minutes and needs a package index. The first one has what servers
// need, and its packages come by Install; one that replaces another has them at
// once, if that can be. An error is a hub.Error with a message for the operator.
func Provision(ctx context.Context, opt Options) (Env, error) {
	opt = opt.complete()
	if e, ok := opt.usable(ctx); ok {
		return e, e.finish()
	}
	python, err := opt.findPython(ctx)
	if err != nil {
		return Env{}, err
	}
	lock, err := opt.lock(ctx)
	if err != nil {
		return Env{}, err
	}
	defer lock.Close()
	if e, ok := opt.usable(ctx); ok { // another hub was quicker
		return e, e.finish()
	}
	former, err := all(opt.Dir)
	if err != nil {
		return Env{}, err
	}
	if len(former) > 0 && len(opt.Packages) > 0 {
		e, err := opt.build(ctx, python, opt.Packages, lock)
		if err == nil || ctx.Err() != nil {
			return e, err
		}
		opt.Logger.Error("the packages for notebooks could not be installed; the environment is made without", "error", err)
	}
	return opt.build(ctx, python, nil, lock)
}

// usable is the current environment, if servers can run in it.
func (o Options) usable(ctx context.Context) (Env, bool) {
	e, err := Current(o.Dir)
	if err != nil || !slices.Equal(e.marker.Requirements, o.requirements) {
		return Env{}, false
	}
	found, err := o.probe(ctx, e.python())
	if err != nil || found.version() != e.marker.Python { // a newer release of the system brings another
		o.Logger.Info("the Python environment does not run any more and is made anew", "path", e.Dir)
		return Env{}, false
	}
	return e, true
}

// Lacks tells whether the environment may lack packages of opt.Packages: it was made
// with others, or what is in their requirements file has changed.
func (e Env) Lacks(opt Options) (bool, error) {
	if len(opt.Packages) == 0 {
		return false, nil
	}
	digest, err := opt.digest()
	return e.marker.Packages != digest, err
}

// Install adds what of opt.Packages is missing in the current environment, and
// changes nothing that is there: servers run in it. An error is a hub.Error with a
// message for the operator.
func Install(ctx context.Context, opt Options) (Env, error) {
	opt = opt.complete()
	lock, err := opt.lock(ctx)
	if err != nil {
		return Env{}, err
	}
	defer lock.Close()
	e, err := Current(opt.Dir)
	if err != nil {
		return Env{}, err
	}
	if lacks, err := e.Lacks(opt); err != nil || !lacks {
		return e, err
	}
	digest, err := opt.digest()
	if err != nil {
		return Env{}, err
	}
	if err := opt.add(ctx, e, lock); err != nil {
		return Env{}, err
	}
	e.marker.Packages = digest
	if err := e.writeOwn(); err != nil {
		return Env{}, err
	}
	e.owned()
	return e, e.save()
}

// Upgrade makes a new environment with the newest versions that are allowed, which
// servers that start from then on use. Where it fails, all stays as it was.
func Upgrade(ctx context.Context, opt Options) (Env, error) {
	opt = opt.complete()
	python, err := opt.findPython(ctx)
	if err != nil {
		return Env{}, err
	}
	lock, err := opt.lock(ctx)
	if err != nil {
		return Env{}, err
	}
	defer lock.Close()
	return opt.build(ctx, python, opt.Packages, lock)
}

// formerName is the folder of the environment that versions before the link made.
func formerName() string {
	sum := sha256.Sum256([]byte(strings.Join(Requirements(), "\n")))
	return folderPrefix + hex.EncodeToString(sum[:4])
}

// digest changes when the packages do, or the files that their lines name.
func (o Options) digest() (string, error) {
	if len(o.Packages) == 0 {
		return "", nil
	}
	sum := sha256.New()
	for _, line := range o.Packages {
		fmt.Fprintf(sum, "%q\n", line)
		path := ListFile(line)
		if path == "" {
			continue
		}
		text, err := os.ReadFile(path) //nolint:gosec // the operator's own choice
		if err != nil {
			return "", hub.Wrap(hub.Invalid, err, fmt.Sprintf("The list of packages %s cannot be read: %s.", path, reason(err)))
		}
		fmt.Fprintf(sum, "%q\n", text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// ListFile is the file that a line of packages names (-r FILE, -c FILE), or nothing.
func ListFile(line string) string {
	for _, option := range []string{"-r", "--requirement", "-c", "--constraint"} {
		if rest, ok := strings.CutPrefix(line, option); ok && rest != "" && strings.ContainsAny(rest[:1], " =\t") {
			return strings.TrimLeft(rest, " =\t")
		}
	}
	return ""
}

func reason(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// lock keeps other hubs out, and this one while a pip lives on that a killed hub
// has started: pip inherits the lock.
func (o Options) lock(ctx context.Context) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(o.Dir, lockName), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the Python environment: %w", err)
	}
	for said := false; ; said = true {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock the Python environment: %w", err), file.Close())
		}
		if !said {
			fmt.Fprintln(o.Progress, "Waiting for another process that makes the Python environment …")
		}
		if err := hub.Sleep(ctx, 200*time.Millisecond); err != nil {
			return nil, errors.Join(fmt.Errorf("lock the Python environment: %w", err), file.Close())
		}
	}
}
