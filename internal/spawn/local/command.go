package local

import (
	"context"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/hub"
)

const singleuser = "jupyterhub-singleuser"

// commandChoice is the command of all servers, once it is known.
type commandChoice struct {
	mu     sync.Mutex
	argv   []string
	inVenv string
}

func (c *commandChoice) set(argv []string, program string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.argv, c.inVenv = argv, venvOf(program)
}

func (c *commandChoice) venv() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inVenv
}

func (c *commandChoice) get() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.argv
}

// command is the command line of servers.
func (d *Driver) command() ([]string, error) {
	if argv := d.argv.get(); len(argv) > 0 {
		return argv, nil
	}
	if d.chooseGiven() {
		return d.argv.get(), nil
	}
	return nil, hub.Errorf(hub.Unavailable, "There is no program for notebook servers: set spawner.local.command.")
}

func (d *Driver) path() string {
	if path, ok := d.opt.Lookup("PATH"); ok && path != "" {
		return path
	}
	return plainPath
}

// chooseGiven takes the configured command or one found on PATH, in this order.
func (d *Driver) chooseGiven() bool {
	if argv := d.opt.Command; len(argv) > 0 {
		program := argv[0]
		if !strings.Contains(program, "/") {
			program, _ = lookUp(program, d.path()) // what is not there is said at the first start
		}
		d.argv.set(argv, program)
		return true
	}
	for _, program := range lookUpAll(singleuser, d.path()) {
		if err := d.runnable(program, d.path()); err != nil {
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
	program, err := d.Provision(ctx, d.opt.Progress)
	if err != nil {
		return err
	}
	d.argv.set([]string{program}, program)
	return d.removeOldEnvironments()
}
