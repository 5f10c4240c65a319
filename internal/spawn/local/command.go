package local

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
)

const singleuser = "jupyterhub-singleuser"

// command is what servers run.
type command struct {
	argv []string
	venv string    // the virtual environment that the program belongs to; empty where it belongs to none
	own  pyenv.Env // the hub's own Python environment, where the program is from there
}

// commandChoice is the command of all servers, once it is known.
type commandChoice struct {
	mu    sync.Mutex
	given command
	own   bool // the hub's own environment, of which there may be a newer one at each start
}

func (c *commandChoice) set(argv []string, program string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given = command{argv: argv, venv: venvOf(program)}
}

func (c *commandChoice) setOwn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own = true
}

func (c *commandChoice) get() (given command, own bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.given, c.own
}

// commandFor is the command of a run that starts now: its own, or the driver's; with its arguments.
func (d *Driver) commandFor(l hub.Launch) (c command, err error) {
	if argv := l.Command; len(argv) > 0 && !slices.Equal(argv, d.opt.Command) {
		c = command{argv: argv, venv: venvOf(d.programOf(argv))}
	} else if c, err = d.command(); err != nil {
		return c, err
	}
	c.argv = slices.Concat(c.argv, l.Args)
	return c, nil
}

// programOf is the path of a command's program. One that is not there is kept as it is called:
// that is said when it is to run.
func (d *Driver) programOf(argv []string) string {
	if strings.Contains(argv[0], "/") {
		return argv[0]
	}
	program, _ := lookUp(argv[0], d.opt.path())
	return program
}

// command is the command of a run that starts now and brings none.
func (d *Driver) command() (command, error) {
	given, own := d.argv.get()
	if own {
		return d.ownCommand()
	}
	if len(given.argv) > 0 {
		return given, nil
	}
	if d.chooseGiven() {
		given, _ = d.argv.get()
		return given, nil
	}
	return command{}, hub.Errorf(hub.Unavailable, "There is no program for notebook servers: set spawner.local.command.").Plainly(
		"This hub has no program for notebook servers yet. Ask an administrator of this hub.")
}

// Environment is the folder in which the servers' program was installed, with bin and
// share below; empty where that is not known.
func (d *Driver) Environment() string {
	given, err := d.command()
	switch {
	case err != nil || len(given.argv) == 0:
		return ""
	case given.venv != "":
		return given.venv
	case filepath.IsAbs(given.argv[0]):
		return filepath.Dir(filepath.Dir(given.argv[0]))
	}
	return ""
}

// ownCommand is the notebook server of the hub's own Python environment: that of the
// newest one, which 'atrium python upgrade' may have made meanwhile.
func (d *Driver) ownCommand() (command, error) {
	env, err := pyenv.Current(d.opt.pythonDir())
	if errors.Is(err, fs.ErrNotExist) {
		return command{}, hub.Wrap(hub.Unavailable, err, "The Python environment for notebook servers is not there any more: the operator has to restart the hub, which makes it anew.").Plainly(
			"The hub's program for notebook servers is away. Ask an administrator of this hub.")
	}
	if err != nil {
		return command{}, err
	}
	return command{argv: []string{env.Program()}, venv: env.Dir, own: env}, nil
}

func (o *Options) path() string {
	if path, ok := o.Lookup("PATH"); ok && path != "" {
		return path
	}
	return plainPath
}

// chooseGiven takes the configured command or one found on PATH, in this order; not the
// latter where the hub's own environment is asked for.
func (d *Driver) chooseGiven() bool {
	if argv := d.opt.Command; len(argv) > 0 {
		d.argv.set(argv, d.programOf(argv))
		return true
	}
	if d.opt.OwnPython {
		return false
	}
	for _, program := range lookUpAll(singleuser, d.opt.path()) {
		if err := d.runnable(program, d.opt.path()); err != nil {
			d.log.Warn("a notebook server on PATH is passed over: the users of this hub cannot run it", "path", program, "reason", err.Error())
			continue
		}
		d.log.Info("notebook servers run the program found on PATH", "path", program)
		d.argv.set([]string{program}, program)
		return true
	}
	return false
}

// chooseCommand is chooseGiven, or the managed Python environment, made now if need be.
func (d *Driver) chooseCommand(ctx context.Context) error {
	if d.chooseGiven() {
		return nil
	}
	if _, err := d.Provision(ctx, d.opt.Progress); err != nil {
		return err
	}
	d.argv.setOwn()
	if err := d.removeOldEnvironments(); err != nil {
		return err
	}
	d.packages.Go(func() { d.installPackages(d.life) })
	return nil
}
