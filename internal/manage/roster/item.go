package roster

import (
	"errors"
	"fmt"
	"slices"

	"github.com/atriumhub/atrium/client"
)

// What a row comes to beside what the client's bulk calls say of one.
const (
	// StatusSkipped is that there was nothing to do for the row; the message says why.
	StatusSkipped = "skipped"
	// StatusUnsent is that the run ended before the row's turn, or before the hub said what became of it.
	StatusUnsent = "not_done"
	// StatusUnderWay is that the run ended before the hub said what became of the row, and that the hub goes on with it
	// by itself; the message names its job, if it has one.
	StatusUnderWay = "under_way"
)

// Item is a row on its way.
type Item struct {
	Row
	Status   string // the client's StatusCreated …, StatusSkipped or StatusUnsent; before Job.Run what is planned
	Message  string // why, where it failed
	Warnings []string

	send  bool   // it is to be sent; otherwise Status is final
	key   string // of the request that it goes with
	again bool   // an earlier run sent it, or was about to
	made  bool   // the password is not the file's: it is for somebody new alone
	kept  string // the password that the results have for them, unless another takes its place
	told  bool   // the observer knows
	asked bool   // the hub has it, and is only waited for

	doubts []string // that are allowed
	odd    bool     // there is one that is not

	// Of a JupyterHub, where these are calls of their own.
	join, leave []string // groups
	turn        bool     // the admin flag changes
}

// Planned tells whether the row is to be sent.
func (x *Item) Planned() bool { return x.send }

// Refused tells whether nothing can be done for the row.
func (x *Item) Refused() bool { return x.Status == client.StatusFailed }

func (x *Item) fail(format string, args ...any) {
	x.Status, x.Message, x.send = client.StatusFailed, fmt.Sprintf(format, args...), false
}

// doubt refuses a row for something odd about it, unless that is allowed: then it
// warns of it.
func (x *Item) doubt(reason string, counts, allowed bool) {
	switch {
	case reason == "" || !counts || x.Refused():
	case allowed:
		x.doubts = append(x.doubts, reason)
		x.Warnings = append(x.Warnings, reason)
	default:
		x.fail("%s", reason)
		x.odd = true
	}
}

// Doubted tells whether the row was refused for something odd that may be allowed.
func (x *Item) Doubted() bool { return x.odd }

// intend makes a row that is not bad one to be sent.
func (x *Item) intend(status string) {
	if x.Bad == "" {
		x.Status, x.send = status, true
	}
}

// take notes what the hub says of a row.
func (x *Item) take(r client.BulkResult) {
	x.Status, x.Message, x.Warnings = r.Status, r.Message, slices.Concat(x.doubts, r.Warnings)
}

// one notes what became of a row that went alone. The error is one that ends the run.
func (x *Item) one(err error, status string) error {
	switch {
	case err == nil:
		x.Status, x.Message = status, ""
	case client.IsNotFound(err):
		x.Status = client.StatusNotFound
	default:
		message, told := refusal(err)
		if !told {
			return err
		}
		x.Status, x.Message = client.StatusFailed, message
	}
	return nil
}

// underWay tells whether there is something to wait for.
func (x *Item) underWay() bool {
	return x.Status == client.StatusStarted || x.Status == client.StatusRunning || x.Status == client.StatusStopped
}

// handOver notes that the hub goes on with a row by itself.
func (x *Item) handOver(job client.Job) {
	x.Status, x.Message, x.send = StatusUnderWay, fmt.Sprintf("job %d goes on at the hub", job.ID), false
}

func itemsOf(rows []Row) []*Item {
	items := make([]*Item, len(rows))
	for i, row := range rows {
		items[i] = &Item{Row: row}
		if row.Bad != "" {
			items[i].fail("%s", row.Bad)
		}
	}
	return items
}

func namesOf(items []*Item) []string {
	names := make([]string, len(items))
	for i, x := range items {
		names[i] = x.Name
	}
	return names
}

func takeAll(batch []*Item, answer client.BulkAnswer, err error) error {
	if err != nil {
		return err
	}
	for i, x := range batch {
		x.take(answer.Results[i])
	}
	return nil
}

// failAll notes the hub's no in each row. The error is one that ends the run.
func failAll(items []*Item, err error) error {
	if err == nil {
		return nil
	}
	message, told := refusal(err)
	if !told {
		return err
	}
	for _, x := range items {
		x.Status, x.Message = client.StatusFailed, message
	}
	return nil
}

// refusal is a hub's no to one row, as people are told it; false for what is no answer.
func refusal(err error) (string, bool) {
	api, ok := errors.AsType[*client.APIError](err)
	if !ok || client.IsUnauthorized(err) { // nor would it take the next request
		return "", false
	}
	return fmt.Sprintf("%d - %s", api.Status, api.Message), true
}
