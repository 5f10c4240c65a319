package hub

import "time"

// Run is one life of a server, from its start to its end, as it was begun.
type Run struct {
	ServerID int64
	Fence    int64
	Begun    time.Time
	Launch   Launch
}

// Launch is what a run is started with, resolved when the run begins: what a driver gets
// beside what the hub has to tell each server. Where a field is empty, the driver chooses.
type Launch struct {
	Profile     string            `json:"profile,omitempty"`     // by its slug; empty where the hub has none
	Image       string            `json:"image,omitempty"`       // of a container
	Command     []string          `json:"command,omitempty"`     // program and arguments
	Args        []string          `json:"args,omitempty"`        // after the command, whichever it is
	Limits      Limits            `json:"limits,omitzero"`       // of all its processes
	Accelerator string            `json:"accelerator,omitempty"` // by its name in the configuration; empty: none
	Rate        int64             `json:"rate,omitempty"`        // credits a minute; 0: nothing is charged
	Environment map[string]string `json:"environment,omitempty"` // wins over all that hub and driver say, but for its devices
	Devices     []Device          `json:"devices,omitempty"`     // that nobody else has while it runs

	TimeLimit    int64 `json:"time_limit,omitempty"`     // seconds from when it is ready to when it is stopped; 0: none
	MaxTimeLimit int64 `json:"max_time_limit,omitempty"` // as many as its person can have; 0: no bound
}

// LastEnd is the latest end that the person of a run, which was ready at that time, can have; zero for no bound.
func (l Launch) LastEnd(ready time.Time) time.Time {
	if l.MaxTimeLimit == 0 {
		return time.Time{}
	}
	return ready.Add(time.Duration(l.MaxTimeLimit) * time.Second)
}

// Limits bound what a server may use; 0 is no limit.
type Limits struct {
	Memory    int64   `json:"memory,omitempty"`     // bytes
	CPU       float64 `json:"cpu,omitempty"`        // cores
	Processes int64   `json:"processes,omitempty"`  // threads among them
	OpenFiles int64   `json:"open_files,omitempty"` // of each process
	FileSize  int64   `json:"file_size,omitempty"`  // bytes
}

// StopReason is why a server was told to stop. Text gives it in words.
type StopReason string

// The reasons. One that a later version wrote is shown as it is.
const (
	StopAsked     StopReason = "asked"      // somebody who may said so
	StopSuspended StopReason = "suspended"  // its person was suspended
	StopDeleted   StopReason = "deleted"    // its person, or the server itself, was deleted
	StopHubEnds   StopReason = "hub_ends"   // the hub ended, and took its servers along
	StopIdle      StopReason = "idle"       // nobody used it for as long as configured
	StopAged      StopReason = "max_age"    // it ran for as long as any may
	StopQuota     StopReason = "quota"      // its person's quota is used up
	StopTime      StopReason = "time_limit" // its time is over
)

// Text is the reason as a sentence for a person; empty where there is none.
func (r StopReason) Text() string {
	switch r {
	case "":
		return ""
	case StopAsked:
		return "It was asked to stop."
	case StopSuspended:
		return "It was stopped because the account was suspended."
	case StopDeleted:
		return "It was stopped to be deleted."
	case StopQuota:
		return "It was stopped because the quota is used up."
	case StopTime:
		return "It was stopped because its time was over."
	case StopHubEnds:
		return "It was stopped because the hub was shut down."
	case StopIdle:
		return "It was stopped because nobody had used it for a while."
	case StopAged:
		return "It was stopped because it had run for as long as a server may."
	}
	return "It was stopped: " + string(r) + "."
}
