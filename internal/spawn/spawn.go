// Package spawn is the contract between the reconciler and what runs notebook
// servers: local processes, containers, pods. spawntest holds the suite that every
// driver passes.
package spawn

import (
	"context"
	"errors"

	"github.com/atriumhub/atrium/internal/hub"
)

// ErrFenced is returned by Start when a run with a higher fence, or another one with
// the same, lives or has lived: the caller is behind the times and must do nothing, or
// its database is and it has to go on above Status.Fence.
var ErrFenced = errors.New("a newer run of this server exists")

// Spec is all that a driver needs to start one run of a server.
type Spec struct {
	ServerID   int64
	Fence      int64  // of this run; higher than that of any run before
	RunID      string // of this run alone, and random: fences are given out again after a database went back to a backup
	UserID     int64
	UserName   string
	ServerName string
	Prefix     string            // the path it serves under, with slashes at both ends
	Env        map[string]string // what the hub tells each server; the driver adds JUPYTERHUB_SERVICE_URL and what it knows best (HOME, PATH …)
	Launch     hub.Launch        // command, limits …; its Environment wins over all but JUPYTERHUB_SERVICE_URL
	Home       *hub.HomeClaim    // the home of the person; nil where the driver's servers have none of the hub's
}

// State is what a driver sees of a server.
type State string

// The states. Absent includes a server that never was.
const (
	Absent  State = "absent"  // nothing lives, and nothing is left to say about it
	Pending State = "pending" // being made; not yet a process
	Alive   State = "alive"
	Exited  State = "exited" // it ended by itself; Status.Reason says how
)

// Status is a driver's answer about one server.
type Status struct {
	State    State
	Fence    int64  // of the run that State speaks of
	RunID    string // the Spec's, of that run
	Upstream string // scheme://host:port, once known
	Reason   string // for Exited, one sentence for a person
	Watched  bool   // for Alive: its end will be told; see Notifying
	// PortTaken is for Exited: it could not listen because another process was quicker. Another
	// run has another port.
	PortTaken bool
}

// Driver runs servers. All methods may be called at once for different servers;
// the reconciler calls them one after the other for the same one, but for Inspect and
// Logs, which others may call at any time. They return
// when ctx ends. Each is idempotent: the caller may have been killed in between.
type Driver interface {
	// Name is the driver's name in the configuration.
	Name() string
	// Node is the host that servers are bound to, empty where any replica can
	// drive them.
	Node() string
	// Check tells whether servers can be started at all; the error is one clear
	// sentence for the operator. It runs once, before the hub says it is ready.
	Check(ctx context.Context) error
	// Start makes the run live, first ending one with a lower fence. It returns
	// when the process or container exists; Inspect tells the address. A second
	// call for the same run does nothing.
	Start(ctx context.Context, spec Spec) error
	// Inspect tells what is there now.
	Inspect(ctx context.Context, serverID int64) (Status, error)
	// Stop ends the run with this fence and any before. When it returns nil, none
	// of them lives, and none can come to life later, not even one whose start was
	// cut short. gentle gives the server time to save its work.
	Stop(ctx context.Context, serverID, fence int64, gentle bool) error
	// Logs gives the last bytes of what the newest run printed, at most limit.
	Logs(ctx context.Context, serverID int64, limit int) (string, error)
	// Close lets go of what the driver holds; servers go on running.
	Close() error
}

// Notifying is a Driver that tells by itself what happens to its servers. It need not: whoever
// drives servers looks at all of them now and then, at those that are Watched less often.
type Notifying interface {
	// Notify has l told of what happens from now on until Close.
	Notify(l Listener)
}

// Listener is told by a driver what happens to servers. Its methods do not block, and call no
// driver.
type Listener interface {
	// Ended is told when the process of a server ended: it is to be looked at.
	Ended(serverID int64)
	// Progressed is told what a start is at, from the call of Start until the server answers.
	// A driver tells what somebody who waits wants to know: not each step of a start that
	// takes no time.
	Progressed(p Progress)
}

// Progress is what the start of a run is at.
type Progress struct {
	ServerID int64
	Fence    int64
	Percent  int    // of what the driver has to do before the process lives, or after that
	Message  string // one sentence for the person who waits, without secrets
}

// Limited is a Driver whose servers may be held by limits.
type Limited interface {
	// Limits are those that the newest run of a server was started under: what is held
	// and how, in words for a person. Empty where there are none.
	Limits(serverID int64) ([]string, error)
}
