package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// runState is how far a run has come.
type runState string

const (
	noRun    runState = ""
	starting runState = "starting" // intended; nothing lives unless the lock is held
	running  runState = "running"  // the process wrote who it is
	exited   runState = "exited"   // it ended by itself, or could not begin
	stopped  runState = "stopped"  // ended by Stop: neither this run nor one before may live again
)

// record is all that is known about a server's newest run. Only the holder of the server's
// lock may change it, or the driver when the process is gone.
type record struct {
	ServerID     int64           `json:"server_id"`
	Fence        int64           `json:"fence"`
	RunID        string          `json:"run_id,omitempty"` // the hub's own name of the run
	State        runState        `json:"state"`
	Nonce        string          `json:"nonce,omitempty"` // of the call that began it
	PID          int             `json:"pid,omitempty"`
	ProcStart    string          `json:"process_start,omitempty"` // as the machine tells it; opaque
	BootID       string          `json:"boot_id,omitempty"`
	UID          uint32          `json:"uid"`
	ExclusiveUID bool            `json:"own,omitempty"`   // the uid is one home's alone
	Since        string          `json:"since,omitempty"` // start of the person's first process here, where that is not this run's
	Port         int             `json:"port,omitempty"`
	URL          string          `json:"url,omitempty"` // JUPYTERHUB_SERVICE_URL, which its processes inherit
	Program      string          `json:"program,omitempty"`
	Person       *accounts.Entry `json:"person,omitempty"` // whom the uid is known as, where the machine does not know it
	Limits       []string        `json:"limits,omitempty"` // that hold it, for a person
	Group        string          `json:"cgroup,omitempty"` // folder of its cgroup, where it has one
	StartedAt    time.Time       `json:"started_at,omitzero"`
	Reason       string          `json:"reason,omitempty"`     // how it ended, for a person
	PortTaken    bool            `json:"port_taken,omitempty"` // it ended because another process had its port
}

// process is the recorded process, if the machine has not been rebooted since.
func (r record) process() (procs.Process, bool) {
	if r.PID <= 1 || r.ProcStart == "" || r.BootID == "" || r.BootID != procs.BootID() {
		return procs.Process{}, false
	}
	return procs.Process{PID: r.PID, Start: r.ProcStart}, true
}

// look returns what the kernel reports about the recorded process; false if it is gone.
func (r record) look() (procs.Info, bool) {
	p, ok := r.process()
	if !ok {
		return procs.Info{}, false
	}
	info, ok := procs.Lookup(p.PID)
	return info, ok && info.Process == p
}

// alive reports whether the recorded process is alive. A zombie is not.
func (r record) alive() bool {
	p, ok := r.process()
	return ok && p.Alive()
}

func (r record) upstream() string {
	if r.Port == 0 {
		return ""
	}
	return "http://127.0.0.1:" + strconv.Itoa(r.Port)
}

// files is the folder of locks and records.
type files struct{ dir string }

func (f files) path(id int64, suffix string) string {
	return filepath.Join(f.dir, strconv.FormatInt(id, 10)+suffix)
}

func (f files) lock(id int64) string   { return f.path(id, ".lock") }
func (f files) record(id int64) string { return f.path(id, ".json") }

// read returns the record, or an empty one.
func (f files) read(id int64) (record, error) {
	rec := record{ServerID: id}
	text, err := os.ReadFile(f.record(id))
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err != nil {
		return rec, fmt.Errorf("read the record of server %d: %w", id, err)
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		return rec, fmt.Errorf("read the record %s: %w", f.record(id), err)
	}
	return rec, nil
}

// write replaces the record, whole and durably.
func (f files) write(rec record) error {
	text, err := json.Marshal(rec)
	if err == nil {
		err = disk.WriteFile(f.record(rec.ServerID), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the record of server %d: %w", rec.ServerID, err)
	}
	return nil
}

// all returns every record that can be read.
func (f files) all() ([]record, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("list the servers' records: %w", err)
	}
	var records []record
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			continue
		}
		if rec, err := f.read(id); err == nil {
			records = append(records, rec)
		}
	}
	return records, nil
}
