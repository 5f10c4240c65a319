// Package pyenv makes the Python environment that notebook servers run in on
// machines that have none: a virtual environment with JupyterHub's single-user
// server and JupyterLab, in versions that were tried with this hub.
package pyenv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

// Requirements are what is installed, as pip takes it.
func Requirements() []string { return []string{"jupyterhub==6.1.1", "jupyterlab==4.6.*"} }

// Oldest is the oldest Python that the requirements run on.
const oldestMinor = 10

// The file in an environment that says that it is whole: it is written last.
const markerName = "complete.json"

// Options say where the environment goes and how it is made.
type Options struct {
	Dir          string                           // of all environments; exists, and belongs to the hub
	Path         string                           // folders in which Python is looked for
	User         *syscall.Credential              // as whom the servers run; nil is the hub's own user
	Lookup       func(name string) (string, bool) // the hub's environment, for proxies and pip's settings
	Progress     io.Writer                        // nil shows nothing
	Logger       *slog.Logger
	requirements []string // those of tests
	only         bool     // no folders beside Path; for tests
}

// marker describes a whole environment.
type marker struct {
	Requirements []string `json:"requirements"`
	Python       string   `json:"python"` // "3.11"
}

// Provision gives the path of jupyterhub-singleuser in the environment. It makes
// the environment where there is none, it is not whole, or its Python is not what
// it was; that takes minutes and needs a package index. An error is a hub.Error
// with a message for the operator.
func Provision(ctx context.Context, opt Options) (string, error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Progress == nil {
		opt.Progress = io.Discard
	}
	if opt.requirements == nil {
		opt.requirements = Requirements()
	}
	dir := filepath.Join(opt.Dir, folderName(opt.requirements))
	program := filepath.Join(dir, "bin", "jupyterhub-singleuser")
	if opt.whole(ctx, dir) {
		return program, nil
	}
	python, err := opt.findPython(ctx)
	if err != nil {
		return "", err
	}
	lock, err := opt.lock(ctx)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if opt.whole(ctx, dir) { // another hub was quicker
		return program, nil
	}
	return program, opt.build(ctx, python, dir, lock)
}

// Current is the folder of the environment that Provision makes; others beside it
// are of former versions of the hub.
func Current(dir string) string { return filepath.Join(dir, folderName(Requirements())) }

func folderName(requirements []string) string {
	sum := sha256.Sum256([]byte(strings.Join(requirements, "\n")))
	return "env-" + hex.EncodeToString(sum[:4])
}

// whole tells whether the environment was made to the end and its Python still is
// the one that it was made with: a newer release of the system brings another.
func (o Options) whole(ctx context.Context, dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, markerName)) //nolint:gosec // in the data directory
	var m marker
	if err != nil || json.Unmarshal(text, &m) != nil || !slices.Equal(m.Requirements, o.requirements) {
		return false
	}
	found, err := o.probe(ctx, filepath.Join(dir, "bin", "python3"))
	if err != nil || found.version() != m.Python {
		o.Logger.Info("the Python environment does not run any more and is made anew", "path", dir)
		return false
	}
	return true
}

// lock keeps other hubs out, and this one while a pip lives on that a killed hub
// has started: pip inherits the lock.
func (o Options) lock(ctx context.Context) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(o.Dir, ".lock"), os.O_RDONLY|os.O_CREATE, 0o600)
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
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock the Python environment: %w", ctx.Err()), file.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// build makes the environment in place: it cannot be moved afterwards.
func (o Options) build(ctx context.Context, python, dir string, lock *os.File) error {
	fmt.Fprintf(o.Progress, "Making the Python environment for notebook servers in %s (once; some minutes)\n", dir)
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove what is left of a Python environment: %w", err)
	}
	show := newProgress(o.Progress)
	defer show.end(false)
	show.phase("making a virtual environment")
	if err := o.run(ctx, lock, show, python, "-m", "venv", "--clear", dir); err != nil {
		return o.failure(ctx, show, python+" -m venv", err)
	}
	show.phase("asking the package index")
	pip := []string{"-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"}
	own := filepath.Join(dir, "bin", "python3")
	if err := o.run(ctx, lock, show, own, append(pip, o.requirements...)...); err != nil {
		return o.failure(ctx, show, "pip", err)
	}
	found, err := o.probe(ctx, own)
	if err != nil {
		return hub.Wrap(hub.Unavailable, err, "The Python environment for notebook servers was made, but their users cannot run it; set spawner.local.command")
	}
	text, err := json.Marshal(marker{Requirements: o.requirements, Python: found.version()})
	if err == nil {
		err = writeDurably(filepath.Join(dir, markerName), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("finish the Python environment: %w", err)
	}
	show.end(true)
	return nil
}

// writeDurably writes a new file; before it there is all that was written before.
func writeDurably(path string, text []byte) error {
	unix.Sync()
	next := path + ".new"
	if err := os.WriteFile(next, text, 0o644); err != nil { //nolint:gosec // no secret
		return err
	}
	return os.Rename(next, path)
}

// run runs a program with files that everybody may read, whatever the hub's umask,
// and feeds its output to show.
func (o Options) run(ctx context.Context, lock *os.File, show *progress, program string, args ...string) error {
	shell := append([]string{"-c", `umask 022; exec "$0" "$@"`, program}, args...)
	cmd := exec.CommandContext(ctx, "/bin/sh", shell...) //nolint:gosec // an interpreter that was found, and our own words
	cmd.Dir = "/"
	cmd.Env = o.environment()
	cmd.Stdout, cmd.Stderr = show, show
	cmd.ExtraFiles = []*os.File{lock}
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd.Run()
}

// environment is what Python and pip need of the hub's: where the network is. The
// hub's secrets are not in it.
func (o Options) environment() []string {
	names := []string{
		"HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NETRC",
	}
	for _, name := range []string{"http_proxy", "https_proxy", "all_proxy", "no_proxy"} {
		names = append(names, name, strings.ToUpper(name))
	}
	for _, name := range []string{
		"INDEX_URL", "EXTRA_INDEX_URL", "TRUSTED_HOST", "CERT", "CLIENT_CERT", "CONFIG_FILE", "PROXY", "NO_INDEX", "FIND_LINKS",
		"CONSTRAINT", "DEFAULT_TIMEOUT", "TIMEOUT", "RETRIES", "CACHE_DIR", "NO_CACHE_DIR", "USE_DEPRECATED", "ONLY_BINARY",
	} {
		names = append(names, "PIP_"+name)
	}
	env := []string{"PATH=" + o.Path, "PYTHONUNBUFFERED=1"}
	for _, name := range names {
		if value, ok := o.Lookup(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// failure is the sentence for the operator, with the last words of what failed.
func (o Options) failure(ctx context.Context, show *progress, what string, err error) error {
	show.end(false)
	if ctx.Err() != nil {
		return fmt.Errorf("make the Python environment: %w", ctx.Err())
	}
	return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The Python environment for notebook servers could not be made: %s failed.\n%s\n"+
		"Check the network, the proxy (HTTPS_PROXY) or the package index (PIP_INDEX_URL), or set spawner.local.command "+
		"to a jupyterhub-singleuser of your own", what, show.lastWords()))
}
