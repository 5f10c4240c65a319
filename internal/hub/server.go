package hub

import (
	"encoding/json"
	"strings"
	"time"
)

// Phase is where a server stands. The reconciler moves it; see its package for
// the transitions.
type Phase string

// The phases, in the order in which a server usually passes them.
const (
	Stopped  Phase = "stopped"
	Queued   Phase = "queued"   // a ticket waits for its turn
	Starting Phase = "starting" // the driver was asked, or is about to be
	Waiting  Phase = "waiting"  // it lives; Jupyter does not answer yet
	Ready    Phase = "ready"
	Stopping Phase = "stopping"
	Failed   Phase = "failed" // nothing lives; Failure says why
)

// Server is one notebook server of a person, running or not. Name is empty for
// the default one.
type Server struct {
	ID          int64
	UserID      int64
	UserName    string
	Name        string
	DisplayName string
	Options     json.RawMessage // the JSON object last asked for; nil where it was not read
	Profile     string          // the slug of what was started, or asked for, last; empty where the hub has no profiles
	Devices     ServerDevices   // what its run is to have, and has

	WantRunning bool  // desired state
	Phase       Phase // observed state
	PhaseSince  time.Time
	Remove      bool // delete the record once stopped

	Fence      int64     // grows with each run; a driver never lets a lower one live
	Owner      string    // the replica that drives it, while its lease holds; empty: none yet
	LeaseUntil time.Time // when Owner was last noted to drive it; see data.ReplicaTx
	Node       string    // the host it lives on; empty where any host will do
	Upstream   string    // scheme://host:port, once known
	Place      string    // where the home of its person lies; known of those alone that LiveServers lists as queued
	ClientID   string    // the OAuth client of the current run; also the name of the server's own cookie
	RequestID  string    // of the request that last changed WantRunning
	Ticket     int64     // place in the order of asking

	Requested    time.Time // the last time it was asked for
	Started      time.Time // the driver started it; zero when stopped
	ReadyAt      time.Time
	LastActivity time.Time
	TimeLimit    int64      // of the current run, in seconds from when it is ready; 0: it has none
	EndsAt       time.Time  // when it is stopped by it; zero until it is ready, and where it has none
	Failure      string     // the cause and the likely cure, as FailureOf writes them
	FailureLog   string     // the server's last words
	StopReason   StopReason // why it was told to stop last; empty since it was asked for, or where it ended by itself
}

// Active tells whether the server runs, is about to, or is on its way down.
func (s Server) Active() bool { return s.Phase != Stopped && s.Phase != Failed }

// Running tells whether requests can be sent to it.
func (s Server) Running() bool { return s.Phase == Ready }

// Pending is JupyterHub's word for what the server is busy with: "spawn", "stop"
// or nothing.
func (s Server) Pending() string {
	switch s.Phase {
	case Queued, Starting, Waiting:
		return "spawn"
	case Stopping:
		return "stop"
	case Stopped, Ready, Failed:
	}
	return ""
}

// StuckStopping is the Failure of a server that was asked to stop and does not end.
const StuckStopping = "Its processes have not ended yet although they were killed. The hub goes on trying; its log says what is in the way."

// Failing tells whether a run went wrong, with the reason in Failure. What is left of
// it may still have to end.
func (s Server) Failing() bool {
	return s.Phase == Failed || s.Phase == Stopping && s.Failure != "" && s.Failure != StuckStopping
}

// FailureOf is the Failure that says to a server's person what is plain, and the whole to
// those who look after it. The one may be the other.
func FailureOf(plain, whole string) string {
	if plain == "" || plain == whole {
		return whole
	}
	return plain + "\n" + whole
}

// FailureFor is the Failure for somebody who sees the inside of the server, or does not.
func (s Server) FailureFor(inside bool) string {
	plain, whole, two := strings.Cut(s.Failure, "\n")
	if inside && two {
		return whole
	}
	return plain
}

// Ended is why a server that does not run was told to stop, where that was not somebody's wish; empty otherwise.
func (s Server) Ended() StopReason {
	if s.Active() || s.StopReason == StopAsked {
		return ""
	}
	return s.StopReason
}

// FullName is "USER/SERVER", with the slash for the default server too.
func (s Server) FullName() string { return s.UserName + "/" + s.Name }

// ServerEvent is one step in a server's life, as the person who waits sees it.
// Detail is a JSON object: profile, reason, durations in seconds.
type ServerEvent struct {
	ID        int64
	ServerID  int64
	UserID    int64
	Fence     int64
	At        time.Time
	RequestID string
	Kind      EventKind
	Progress  int // 0 to 100
	Message   string
	Detail    json.RawMessage
}

// EventKind names a step.
type EventKind string

// The steps.
const (
	EventRequested EventKind = "requested"
	EventStarting  EventKind = "starting"
	EventProgress  EventKind = "progress" // what the driver says of the start
	EventStarted   EventKind = "started"
	EventReady     EventKind = "ready"
	EventFailed    EventKind = "failed"
	EventStopping  EventKind = "stopping"
	EventStopped   EventKind = "stopped"
	EventLost      EventKind = "lost" // found dead without having been stopped
)

// Event makes an event of the server's current run.
func (s Server) Event(at time.Time, kind EventKind, progress int, message string) ServerEvent {
	return ServerEvent{
		ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, At: at, RequestID: s.RequestID,
		Kind: kind, Progress: progress, Message: message,
	}
}
