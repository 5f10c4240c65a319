// Package upload reads files of people that are sent to the hub, and keeps nothing of them.
package upload

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/peoplefile"
	"github.com/atriumhub/atrium/internal/sheet"
)

// Sheet is a file of people that somebody sends to have it read.
type Sheet struct {
	Name    string // whose end tells the format
	Sheet   string // of Excel and OpenDocument: which one; if empty, the first that can be seen
	Content []byte
}

// How large a file is read here, and for how long. A class list has some kilobytes; what takes more than this is for the
// command line, which reads it on the machine of whoever wants it done.
const (
	MaxSheetBytes    = 5 << 20
	maxSheetUnzipped = 64 << 20
	maxSheetColumns  = 100
	maxSheetCell     = 4096 // characters
	sheetTime        = 20 * time.Second
	sheetWait        = 10 * time.Second
)

// SheetScopes are those of which one is needed to have a file read: it is for who makes people, or says who is in a group.
func SheetScopes() []string { return append(access.CreateScopes(), "groups") }

var errSheetsBusy = &hub.Error{Code: hub.Unavailable, Msg: "The hub is reading other files. Try again in a moment.", RetryAfter: 5 * time.Second}

// Reader reads files. Make it with New.
type Reader struct {
	turns chan struct{} // a place for each file that is being read
}

// New makes a Reader. Half of the processors stay for everybody else.
func New() *Reader { return &Reader{make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))} }

// ReadSheet reads a file of people as the command line does, and keeps nothing of it. What is wrong with a row is in the
// row; with the whole file, it is hub.Invalid, with what to do about it. One that takes too long is hub.TooLarge.
func (re *Reader) ReadSheet(ctx context.Context, r *access.Requester, file Sheet) (*peoplefile.File, error) {
	if err := access.MaySome(r, SheetScopes()...); err != nil {
		return nil, err
	}
	leave, err := re.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	limited, cancel := context.WithTimeout(ctx, sheetTime)
	defer cancel()
	table, err := sheet.ReadContent(limited, file.Name, file.Content, sheet.Options{
		Limits: sheet.Limits{
			Bytes: MaxSheetBytes, Unzipped: maxSheetUnzipped, Columns: maxSheetColumns, Cell: maxSheetCell, Rows: access.MaxBulk,
		},
		Sheet: file.Sheet, Only: peoplefile.Columns(),
	})
	var people *peoplefile.File
	if err == nil {
		people, err = peoplefile.Parse(table)
	}
	return people, sheetError(ctx, err)
}

// enter waits for a turn.
func (re *Reader) enter(ctx context.Context) (leave func(), err error) {
	wait := time.NewTimer(sheetWait)
	defer wait.Stop()
	select {
	case re.turns <- struct{}{}:
		return func() { <-re.turns }, nil
	case <-wait.C:
		return nil, errSheetsBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// sheetError is what is wrong with a file as its sender is told it.
func sheetError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return hub.Said(hub.TooLarge, "The file takes too long to read. Copy the table alone into a new file, or split it.")
	}
	if e, ok := errors.AsType[*peoplefile.NoColumnError](err); ok {
		text := "The first row must name the columns, and one of them must be called 'username'."
		if e.Sheets.Name != "" {
			text += " The sheet that was read is '" + hub.Clip(e.Sheets.Name) + "'."
		}
		return hub.Said(hub.Invalid, "%s", text)
	}
	if e, ok := errors.AsType[*sheet.LineError](err); ok {
		e.File = hub.Clip(e.File)
		return hub.Said(hub.Invalid, "%s", e.Error()+".")
	}
	return err
}
