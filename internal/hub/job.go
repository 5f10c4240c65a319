package hub

import (
	"encoding/json"
	"time"
)

// JobState says how far a job is.
type JobState string

// The states of a job.
const (
	JobRunning JobState = "running"
	JobDone    JobState = "done"
)

// RestoredAsker is the Asker of a job that ran when the backup was made out of which its database
// was restored. Nobody goes on with it: its rows that are left fail.
const RestoredAsker = `{"kind":"restored"}`

// CalledOffAsker is the kind of the Asker of a job that somebody called off, whom it names. Its rows
// that are left fail, too.
const CalledOffAsker = "called off"

// Job is bulk work that was asked for: so many rows, done in small transactions one after
// the other, by whichever replica holds the claim. It holds no secrets.
type Job struct {
	ID     int64
	Owner  string // who asked: "user:ID" or "service:ID"
	Key    string // chosen by the client; empty for none
	Digest string // of what was asked for, without secrets
	Kind   string // what is done with a row
	// Asker says with what the owner came, so that their rights can be looked up again.
	Asker json.RawMessage
	Total int // rows
	// Pass counts how often the rows were gone through: rows that have to wait for something
	// are taken up again. Next is the row from which on this pass has to go on.
	Pass, Next int
	State      JobState
	// Worker works on it until ClaimUntil; afterwards anybody may.
	Worker     string
	ClaimUntil time.Time
	Created    time.Time
	Updated    time.Time
}

// JobResult is what is known of one row of a job; Place counts from 0.
type JobResult struct {
	Place  int
	Result json.RawMessage
	Final  bool // nothing more is to be done about it
}
