package grid

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of what is read. Zero fields have the defaults.
type Limits struct {
	Bytes    int64 // of the file; default 200 MiB. Of Excel and OpenDocument, which are compressed, at most 64 MiB whatever this says.
	Unzipped int64 // bytes of such a file's parts, unzipped; default 256 MiB
	Columns  int   // default 1,000
	Cell     int   // characters of a cell, counted as Excel does (UTF-16); default 32,767
	Rows     int   // below the header, without blank ones; default 1,000,000
}

// What Limits are where nothing else is said. What we write keeps to them, too.
const (
	defaultBytes    = 200 << 20
	defaultUnzipped = 256 << 20
	DefaultColumns  = 1000
	DefaultCell     = 32767 // Excel's own
	defaultRows     = 1_000_000
)

// WithDefaults has the defaults for fields that are zero.
func (l Limits) WithDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Unzipped <= 0 {
		l.Unzipped = defaultUnzipped
	}
	if l.Columns <= 0 {
		l.Columns = DefaultColumns
	}
	if l.Cell <= 0 {
		l.Cell = DefaultCell
	}
	if l.Rows <= 0 {
		l.Rows = defaultRows
	}
	return l
}

// A Kind is what a spreadsheet takes a cell for. What somebody typed may have looked otherwise.
type Kind byte

// The kinds.
const (
	Text  Kind = iota // or a number; all of CSV is
	Date              // or a time
	Truth             // TRUE or FALSE
)

// A LineError says what is wrong with a file, for the person whose file it is.
type LineError struct {
	File   string // as it was named; "standard input" for "-"
	Line   int    // from 1; 0 if it is about the whole file
	Reason string // one sentence with its cure, without a full stop
	Fatal  bool   // nothing can be read after it; otherwise this row alone is bad
	Err    error  // what it comes from, or nil
}

// Error is "FILE, line N: REASON".
func (e *LineError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.Reason)
}

// Unwrap gives what the error comes from.
func (e *LineError) Unwrap() error { return e.Err }

// A Record is a row as a file has it.
type Record struct {
	Line  int
	Cells []string // as many as there are
	Kinds map[int]Kind
	// Hidden in the spreadsheet, by a filter or by hand.
	Hidden bool
}

// Source yields a file's rows, blank ones included, as ragged as they are. Its errors are *LineErrors without File, or
// io.EOF.
type Source interface {
	Next() (Record, error)
	io.Closer
}

// Blank is true if there is nothing but white space.
func Blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// Chars counts as Excel does.
func Chars(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// Thousands writes 32767 as 32,767.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Fatal is an error after which nothing can be read, about a line, or about the whole file for 0.
func Fatal(line int, format string, args ...any) error {
	return &LineError{Line: line, Reason: fmt.Sprintf(format, args...), Fatal: true}
}

// BadCell is a bad row whose place is yet to be filled in.
func BadCell(format string, args ...any) *LineError {
	return &LineError{Reason: fmt.Sprintf(format, args...)}
}

// Checked lets through what a cell may hold.
func Checked(text string, kind Kind, limits Limits) (string, Kind, error) {
	switch {
	case len(text) > limits.Cell && Chars(text) > limits.Cell:
		return "", kind, BadCell("has more than %s characters: shorten it", Thousands(limits.Cell))
	case strings.ContainsRune(text, 0):
		return "", kind, BadCell("has a NUL character, which no text has: remove it")
	}
	return text, kind, nil
}

// Place puts a cell into its column, from 1. Empty ones do not count: they are formatted, perhaps, to the far right.
func (r *Record) Place(column int, cell string, kind Kind, limits Limits) error {
	if cell == "" {
		return nil
	}
	if column > limits.Columns {
		return Fatal(r.Line, "there are more than %s columns: is this the right file?", Thousands(limits.Columns))
	}
	for len(r.Cells) < column-1 {
		r.Cells = append(r.Cells, "")
	}
	r.Cells = append(r.Cells, cell)
	if kind != Text {
		if r.Kinds == nil {
			r.Kinds = map[int]Kind{}
		}
		r.Kinds[column-1] = kind
	}
	return nil
}
