// Package backup is the form of Atrium's backups: what a hub's database holds, whichever
// engine it is, and the records of its homes. People's files are not in it.
//
// A backup is one stream of JSON texts, a line each, compressed with gzip:
//
//	{"atrium_backup": 1, …}                          what follows, and whose it is; see Manifest
//	{"table": "users", "columns": […], "kinds": […]} a table, and then its rows:
//	[1, "ann", …]
//	{"sequence": "users", "last": 17}                the id that it gave out last
//	{"home": {…}}                                    what the record of a home says
//	{"end": {"rows": 3, "homes": 2}}                 nothing is missing
package backup

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Format is the version of the form that this package writes, and the newest that it reads.
const Format = 1

// maxLine is how long one line may be, in bytes: larger than the largest row.
const maxLine = 256 << 20

// Manifest says what a backup holds, and whose it is.
type Manifest struct {
	Format  int       `json:"atrium_backup"`
	Atrium  string    `json:"atrium"` // the version that made it
	Schema  int64     `json:"schema"` // of the database
	Engine  string    `json:"engine"`
	HubID   string    `json:"hub_id"`
	NodeID  string    `json:"node_id,omitempty"` // of the machine on which it was made; empty where that has none
	Host    string    `json:"host"`
	Made    time.Time `json:"made"`
	PlaceID string    `json:"homes_id,omitempty"` // of the folder with homes there; empty where that has none
	Homes   string    `json:"homes,omitempty"`    // where it was
}

// Rows takes what a database holds; see the package store, whose Export calls it and whose
// Import gives one.
type Rows interface {
	Table(name string, columns, kinds []string) error
	Row(values []any) error
	Sequence(table string, last int64) error
}

// Counts is how much there is.
type Counts struct {
	Rows  int64 `json:"rows"`
	Homes int64 `json:"homes"`
}

type tableLine struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Kinds   []string `json:"kinds"`
}

type sequenceLine struct {
	Sequence string `json:"sequence"`
	Last     int64  `json:"last"`
}

// Writer writes a backup. It implements Rows.
type Writer struct {
	zip   *gzip.Writer
	out   *bufio.Writer
	Count Counts
}

var _ Rows = (*Writer)(nil)

// NewWriter begins a backup. End ends it; without that it is not whole.
func NewWriter(to io.Writer, m Manifest) (*Writer, error) {
	w := &Writer{zip: gzip.NewWriter(to)}
	w.out = bufio.NewWriterSize(w.zip, 1<<16)
	m.Format = Format
	return w, w.line(m)
}

func (w *Writer) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if _, err := w.out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// Table begins a table.
func (w *Writer) Table(name string, columns, kinds []string) error {
	return w.line(tableLine{name, columns, kinds})
}

// Row adds a row to the table.
func (w *Writer) Row(values []any) error {
	w.Count.Rows++
	return w.line(values)
}

// Sequence says which id a table gave out last.
func (w *Writer) Sequence(table string, last int64) error { return w.line(sequenceLine{table, last}) }

// Home adds the record of a home.
func (w *Writer) Home(r hub.HomeRecord) error {
	w.Count.Homes++
	return w.line(map[string]hub.HomeRecord{"home": r})
}

// End says that nothing is missing.
func (w *Writer) End() error {
	if err := w.line(map[string]Counts{"end": w.Count}); err != nil {
		return err
	}
	if err := errors.Join(w.out.Flush(), w.zip.Close()); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// Reader reads a backup.
type Reader struct {
	Manifest Manifest
	lines    *bufio.Scanner
	kinds    []string
	count    Counts
}

// Open reads what a backup says of itself. It is hub.Invalid for what is no backup, or
// one of a newer Atrium; the error is one sentence.
func Open(from io.Reader) (*Reader, error) {
	zip, err := gzip.NewReader(bufio.NewReaderSize(from, 1<<16))
	if err != nil {
		return nil, notOne(err)
	}
	r := &Reader{lines: bufio.NewScanner(zip)}
	r.lines.Buffer(make([]byte, 1<<16), maxLine)
	if !r.lines.Scan() {
		return nil, notOne(r.lines.Err())
	}
	if err := json.Unmarshal(r.lines.Bytes(), &r.Manifest); err != nil || r.Manifest.Format < 1 {
		return nil, notOne(err)
	}
	if r.Manifest.Format > Format {
		return nil, hub.Errorf(hub.Invalid, "The backup was made by a newer Atrium (%s): restore it with that one.", hub.Clip(r.Manifest.Atrium))
	}
	return r, nil
}

func notOne(err error) error {
	return hub.Wrap(hub.Invalid, err, "The file is no backup of Atrium's")
}

// Replay gives all rows to rows and all records of homes to home, in their order, and says
// how much there was. It is hub.Invalid where the backup is damaged or not whole, which
// shows at its end at the latest: what was given must not count then.
func (r *Reader) Replay(rows Rows, home func(hub.HomeRecord) error) (Counts, error) {
	for r.lines.Scan() {
		done, err := r.take(r.lines.Bytes(), rows, home)
		if err != nil {
			return r.count, err
		}
		if done {
			return r.count, r.finish()
		}
	}
	return r.count, broken(r.lines.Err())
}

// finish reads past the last line: the sum over all of them comes behind it.
func (r *Reader) finish() error {
	if r.lines.Scan() {
		return broken(errors.New("something follows its end"))
	}
	if err := r.lines.Err(); err != nil {
		return broken(err)
	}
	return nil
}

func broken(err error) error {
	return hub.Wrap(hub.Invalid, err, "The backup is damaged, or was cut off: it has no end. Take another one")
}

// item is any line but a row.
type item struct {
	tableLine
	sequenceLine
	Home *hub.HomeRecord `json:"home"`
	End  *Counts         `json:"end"`
}

func (r *Reader) take(line []byte, rows Rows, home func(hub.HomeRecord) error) (done bool, err error) {
	if len(line) > 0 && line[0] == '[' {
		values, err := r.row(line)
		if err != nil {
			return false, err
		}
		r.count.Rows++
		return false, rows.Row(values)
	}
	var x item
	if err := json.Unmarshal(line, &x); err != nil {
		return false, broken(err)
	}
	switch {
	case x.End != nil && *x.End != r.count:
		return false, broken(fmt.Errorf("%d rows and %d homes of %d and %d", r.count.Rows, r.count.Homes, x.End.Rows, x.End.Homes))
	case x.End != nil:
		return true, nil
	case x.Home != nil:
		r.count.Homes++
		return false, home(*x.Home)
	case x.Sequence != "":
		return false, rows.Sequence(x.Sequence, x.Last)
	case x.Table != "":
		r.kinds = x.Kinds
		return false, rows.Table(x.Table, x.Columns, x.Kinds)
	}
	return false, broken(errors.New("a line says nothing that is known"))
}

// row reads a row's values: int64, string, bool, or nil.
func (r *Reader) row(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, broken(err)
	}
	values := make([]any, len(raw))
	for i, v := range raw {
		var err error
		switch {
		case string(v) == "null":
		case v[0] == '"':
			var text string
			err = json.Unmarshal(v, &text)
			values[i] = text
		case string(v) == "true", string(v) == "false":
			values[i] = string(v) == "true"
		default:
			values[i], err = strconv.ParseInt(string(v), 10, 64)
		}
		if err != nil {
			return nil, broken(err)
		}
	}
	return values, nil
}

// Size is a count as people read it.
func Size(bytes int64) string {
	const step = 1024
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	n := 0
	value := float64(bytes)
	for value >= step && n < len(units)-1 {
		value /= step
		n++
	}
	if n == 0 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%.1f %s", math.Round(value*10)/10, units[n])
}
