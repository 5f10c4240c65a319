package pyenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

// build makes an environment in place, since it cannot be moved afterwards, and makes
// it the current one. What was begun and did not get to its end is removed.
func (o Options) build(ctx context.Context, python string, packages []string, lock *os.File) (e Env, err error) {
	if e.Dir, err = nextFolder(o.Dir); err != nil {
		return Env{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(e.Dir))
		}
	}()
	o.Packages = packages
	digest, err := o.digest()
	if err != nil {
		return Env{Dir: e.Dir}, err
	}
	fmt.Fprintf(o.Progress, "Making a Python environment for notebook servers in %s (once; a minute or two)\n", e.Dir)
	show := newProgress(o.Progress, len(packages))
	show.failed = "The Python environment for notebook servers could not be made"
	defer show.end(false)
	show.phase("making a virtual environment")
	if err := o.run(ctx, lock, show, python, "-m", "venv", e.Dir); err != nil {
		return e, o.failure(ctx, show, python+" -m venv", err)
	}
	show.phase("asking the package index")
	if err := o.pip(ctx, lock, show, e, slices.Concat(o.requirements, packages)); err != nil {
		return e, err
	}
	found, err := o.probe(ctx, e.python())
	if err != nil {
		return e, hub.Wrap(hub.Unavailable, err, "The Python environment for notebook servers was made, but their users cannot run it; set spawner.local.command")
	}
	e.marker = marker{Requirements: o.requirements, Python: found.version(), Packages: digest}
	if err := e.writeOwn(); err != nil {
		return e, err
	}
	e.owned()
	if err := e.save(); err != nil {
		return e, err
	}
	if err := use(e); err != nil {
		return e, err
	}
	show.end(true)
	return e, nil
}

// add installs o.Packages into a whole environment; what is there stays as it is.
func (o Options) add(ctx context.Context, e Env, lock *os.File) error {
	fmt.Fprintf(o.Progress, "Installing packages for notebooks into %s\n", e.Dir)
	show := newProgress(o.Progress, len(o.Packages))
	show.failed = "The packages for notebooks could not be installed"
	defer show.end(false)
	show.phase("asking the package index")
	versions, err := e.Versions(ctx)
	if err != nil {
		return err
	}
	constraints, remove, err := o.scratch(pinned(versions))
	if err != nil {
		return err
	}
	defer remove()
	if err := o.pip(ctx, lock, show, e, slices.Concat([]string{"-c " + constraints}, o.Packages)); err != nil {
		return err
	}
	show.end(true)
	return nil
}

// pip installs what the lines of a requirements file say. They go through a file: they
// may hold the password of a package index, which a command line would show to all.
func (o Options) pip(ctx context.Context, lock *os.File, show *progress, e Env, lines []string) error {
	list, remove, err := o.scratch(lines)
	if err != nil {
		return err
	}
	defer remove()
	err = o.run(ctx, lock, show, e.python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", list)
	if err != nil {
		return o.failure(ctx, show, "pip", err)
	}
	return nil
}

// scratch writes lines into a file for pip, for the hub's account alone.
func (o Options) scratch(lines []string) (path string, remove func(), err error) {
	file, err := os.CreateTemp(o.Dir, ".packages-*.txt")
	if err != nil {
		return "", nil, fmt.Errorf("write the list of packages: %w", err)
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		return "", nil, errors.Join(fmt.Errorf("write the list of packages: %w", err), os.Remove(file.Name()))
	}
	return file.Name(), func() { _ = os.Remove(file.Name()) }, nil
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
	words := show.lastWords()
	return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("%s: %s failed.\n%s\n%s", show.failed, what, words, cure(words)))
}

// cure is what to do about the last words of pip.
func cure(words string) string {
	switch {
	case strings.Contains(words, "CERTIFICATE_VERIFY_FAILED"), strings.Contains(words, "certificate verify failed"):
		return "The package index's certificate is not known here: name the file with its authority in PIP_CERT (/etc/ssl/certs/ca-certificates.crt is the system's)"
	case strings.Contains(words, "ResolutionImpossible"), strings.Contains(words, "conflicting dependencies"):
		return "Versions that do not go together were asked for: check spawner.local.python.packages. " +
			"What is installed already is not changed by itself; 'atrium python upgrade' makes a new environment"
	case strings.Contains(words, "No space left"):
		return "The disk is full"
	}
	return "Check spawner.local.python.packages, the network, the proxy (HTTPS_PROXY) or the package index (PIP_INDEX_URL), " +
		"or set spawner.local.command to a jupyterhub-singleuser of your own"
}
