package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/output"
	"github.com/atriumhub/atrium/internal/spawn/local/ports"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// The times and sizes that hold where Options say nothing; the times are those of
// JupyterHub's LocalProcessSpawner.
const (
	DefaultInterruptTimeout = 30 * time.Second
	DefaultTermTimeout      = 30 * time.Second
	DefaultKillTimeout      = 5 * time.Second
	DefaultLogMaxBytes      = 10 << 20
)

// DefaultUIDRange lies where neither distributions, nor systemd, nor subordinate
// uids of containers are, and below the numbers that some tools take for negative.
func DefaultUIDRange() [2]uint32 { return [2]uint32{1_900_000_000, 1_999_999_999} }

// DefaultEnvKeep are the variables that a notebook server gets from the hub's own
// environment: those of JupyterHub's LocalProcessSpawner, and the time zone.
func DefaultEnvKeep() []string {
	return []string{
		"CONDA_DEFAULT_ENV", "CONDA_ROOT", "JUPYTERHUB_SINGLEUSER_APP", "LANG", "LC_ALL",
		"LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ", "VIRTUAL_ENV",
	}
}

// Homes is where people's homes lie; internal/homedir.
type Homes interface {
	// Dir is the folder with all of them.
	Dir() string
	// Ensure makes the home of a claim where it is missing; Path is where it is.
	Ensure(c hub.HomeClaim) (hub.HomeRecord, error)
	Path(r hub.HomeRecord) string
}

// Options are what a Driver needs to know. DataDir, Executable and Lookup must be
// given, and Homes without SystemUsers; the rest has defaults.
type Options struct {
	DataDir     string
	Homes       Homes
	Command     []string   // of runs that bring none; empty: jupyterhub-singleuser from PATH, else a managed environment
	OwnPython   bool       // the managed environment, whatever is on PATH
	Packages    []string   // what notebooks in it find besides; see pyenv.Options
	UIDRange    [2]uint32  // first and last uid of people; as root without SystemUsers
	SystemUsers bool       // people are accounts of this machine
	Unnamed     bool       // uids of UIDRange stay numbers in people's servers
	Limits      hub.Limits // that servers usually have: what means there are for them is found out at the start
	LimitMeans  limits.Means
	EnvKeep     []string // names passed on from the hub's environment; nil is DefaultEnvKeep
	Lookup      func(name string) (string, bool)

	InterruptTimeout time.Duration // between SIGINT and SIGTERM
	TermTimeout      time.Duration // between SIGTERM and SIGKILL
	KillTimeout      time.Duration // for the kernel to end what was killed
	LogMaxBytes      int64         // a log that would be larger loses its older half

	Executable string    // the hub's binary, called with the one argument ExecArgument; see fork for its replacement
	Progress   io.Writer // where making the Python environment is shown; nil shows nothing
	Clock      hub.Clock // nil is hub.SystemClock
	Logger     *slog.Logger
}

// Driver runs servers as processes of this machine. It implements spawn.Driver.
type Driver struct {
	opt          Options
	log          *slog.Logger
	files        files
	node         string
	root         bool
	argv         commandChoice
	ports        ports.Table
	serverLocks  keyedMutex
	uidLocks     keyedMutex // of uids that are one home's alone
	uidServers   uidServers
	children     procs.Children
	exits        *procs.Watcher
	listener     atomic.Pointer[spawn.Listener] // see Notify
	logs         *output.Logs
	processes    procs.Lister
	limits       limits.Support
	highest      int64          // number of a server that was ever started here
	accountFiles accounts.Files // of watchProcesses alone

	life     context.Context //nolint:containedctx // the driver's own, until Close
	cancel   context.CancelFunc
	packages sync.WaitGroup // while packages are installed
	done     chan struct{}
	once     sync.Once
}

// New makes the driver and its folder of records; it starts no server and makes no
// Python environment (Check does). Close ends its goroutines.
func New(opt Options) (*Driver, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	d := &Driver{
		opt: opt, log: opt.Logger, root: os.Geteuid() == 0,
		files: files{dir: filepath.Join(opt.DataDir, "servers")},
		exits: procs.NewWatcher(),
		done:  make(chan struct{}),
	}
	if err := d.start(); err != nil {
		d.exits.Close()
		return nil, err
	}
	return d, nil
}

// start takes over the servers of a former hub, and begins to watch processes.
func (d *Driver) start() error {
	if err := d.makeDataDir(); err != nil {
		return err
	}
	node, err := nodeID(filepath.Join(d.opt.DataDir, "node-id"))
	if err != nil {
		return err
	}
	d.node = node
	if err := d.loadRecords(); err != nil {
		return err
	}
	d.life, d.cancel = context.WithCancel(context.Background())
	d.logs = output.New(d.life, output.Options{Dir: d.files.dir, MaxBytes: d.opt.LogMaxBytes, Root: d.root, Logger: d.log})
	if err := d.logs.Resume(); err != nil {
		d.cancel()
		d.logs.Close()
		return err
	}
	go d.watchProcesses(d.life)
	return nil
}

// loadRecords takes over the servers of a former hub, with their ports, from their records.
func (d *Driver) loadRecords() error {
	records, err := d.files.all()
	if err != nil {
		return err
	}
	for _, rec := range records {
		d.highest = max(d.highest, rec.ServerID)
		if rec.Port != 0 && (rec.State == starting || rec.State == running) {
			d.ports.Keep(rec.Port, rec.ServerID, rec.UID)
		}
		if p, ok := rec.process(); ok && rec.State == running {
			d.exits.Add(rec.ServerID, rec.PID, p.Alive)
		}
		if rec.ExclusiveUID && rec.State != stopped {
			d.uidServers.add(rec.UID, rec.ServerID)
		}
	}
	return nil
}

// complete fills in defaults and refuses what cannot work.
func (o *Options) complete() error {
	if o.DataDir == "" || o.Executable == "" || o.Lookup == nil {
		return errors.New("local spawner: DataDir, Executable and Lookup are needed")
	}
	if o.Homes == nil && !(o.SystemUsers && os.Geteuid() == 0) {
		return errors.New("local spawner: Homes are needed")
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return fmt.Errorf("find the data directory %s: %w", o.DataDir, err)
	}
	o.DataDir = dir
	if o.UIDRange == ([2]uint32{}) {
		o.UIDRange = DefaultUIDRange()
	}
	if o.EnvKeep == nil {
		o.EnvKeep = DefaultEnvKeep()
	}
	if o.InterruptTimeout <= 0 {
		o.InterruptTimeout = DefaultInterruptTimeout
	}
	if o.TermTimeout <= 0 {
		o.TermTimeout = DefaultTermTimeout
	}
	if o.KillTimeout <= 0 {
		o.KillTimeout = DefaultKillTimeout
	}
	if o.LogMaxBytes <= 0 {
		o.LogMaxBytes = DefaultLogMaxBytes
	}
	if o.Clock == nil {
		o.Clock = hub.SystemClock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Name is the driver's name in the configuration.
func (d *Driver) Name() string { return "local" }

// Node is the id of this data directory's host, made once.
func (d *Driver) Node() string { return d.node }

// HighestServer is the highest number of a server that has run here: a database that went
// back to a backup may have forgotten it.
func (d *Driver) HighestServer() int64 { return d.highest }

// Living are the servers that have a living process here, whether or not anybody knows of
// them, and the fences of their runs.
func (d *Driver) Living() (map[int64]int64, error) {
	records, err := d.files.all()
	if err != nil {
		return nil, err
	}
	living := map[int64]int64{}
	for _, rec := range records {
		if rec.State == running && rec.alive() {
			living[rec.ServerID] = rec.Fence
		}
	}
	return living, nil
}

// SharedUID reports whether all servers run as the hub's own uid, in which case
// nothing protects people from each other.
func (d *Driver) SharedUID() bool { return !d.root }

// Notify implements spawn.Notifying.
func (d *Driver) Notify(l spawn.Listener) { d.listener.Store(&l) }

// Close ends the driver's goroutines. Servers go on running; another driver over
// the same data directory finds them.
func (d *Driver) Close() error {
	d.once.Do(func() {
		d.cancel()
		<-d.done
		d.logs.Close()
		d.packages.Wait()
	})
	return nil
}
