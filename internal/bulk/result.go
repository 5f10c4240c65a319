package bulk

import (
	"cmp"
	"encoding/json"
	"errors"

	"github.com/atriumhub/atrium/internal/hub"
)

// Status says what became of a row.
type Status string

// What can become of a row.
const (
	Created    Status = "created"
	Changed    Status = "changed"
	Unchanged  Status = "unchanged"
	Exists     Status = "exists" // and was left alone
	Deleted    Status = "deleted"
	NotFound   Status = "not_found"
	Started    Status = "started" // asked to start
	Running    Status = "running" // already, or on its way
	Stopped    Status = "stopped" // asked to stop
	NotRunning Status = "not_running"
	Forgotten  Status = "forgotten" // given up, since its machine is gone
	Failed     Status = "failed"
	Pending    Status = "pending" // it waits for something, and is taken up again
)

// Result is what became of one row. It holds no secret.
type Result struct {
	Username   string   `json:"username"`
	ServerName string   `json:"server_name,omitempty"`
	Status     Status   `json:"status"`
	Message    string   `json:"message,omitempty"` // why it failed, in plain words
	Warnings   []string `json:"warnings,omitempty"`
}

// Fail notes why a row is not done, and gives nil. What is nobody's fault but ours is not
// noted: it comes out again.
func (x *Result) Fail(err error) error {
	e, ok := errors.AsType[*hub.Error](err)
	switch {
	case err == nil:
		return nil
	case !ok, e.Code == hub.Internal, e.Code == hub.Unavailable:
		return err
	case e.Code == hub.NotFound:
		x.Status = NotFound
		return nil
	}
	x.Status, x.Message = Failed, cmp.Or(e.Plain, e.Msg)
	return nil
}

// Warn adds a warning.
func (x *Result) Warn(text string) { x.Warnings = append(x.Warnings, text) }

// Tally counts results by status.
func Tally(results []Result) map[Status]int {
	counts := map[Status]int{}
	for _, x := range results {
		counts[x.Status]++
	}
	return counts
}

// Outcome is what is kept of a row: its result, and what Work has to remember of one that is
// Pending. The zero Outcome is of a row that was not looked at yet.
type Outcome struct {
	Result
	Note json.RawMessage `json:"note,omitempty"`
}

// Final tells whether nothing more is to be done about the row.
func (o *Outcome) Final() bool { return o.Status != "" && o.Status != Pending }
