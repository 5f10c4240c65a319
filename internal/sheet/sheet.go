// Package sheet reads and writes tables of text: CSV and Excel (.xlsx); OpenDocument (.ods) it reads.
//
// It knows nothing of what the tables say. The first row that is not blank is the header; every other is a [Row] of as
// many cells as the header has names. Everything is text: leading zeros stay, and a number comes as a person would
// write it. Files come from strangers, so that every size has a limit ([Limits]) and every refusal is a [*LineError]
// that names the file, the line and the cure.
//
// Rules of CSV:
//   - The delimiter is the comma, semicolon, tab or bar that the header has most of outside quotes; a first line
//     "sep=;", as Excel knows it, decides. We write commas, and "\n" at the end of a line.
//   - UTF-8 with or without a byte-order mark, or UTF-16 with one. Lines end in \n, \r\n or \r.
//   - RFC 4180's quotes. A quote inside of an unquoted cell is text. Text after a closing quote is an error.
//   - A spreadsheet takes a cell that begins with = + - @ (or their full-width forms), tab, CR or LF for a formula. We
//     write an apostrophe before these, and one more before apostrophes that one of these follows; on reading one
//     apostrophe is taken off there. So '=x in a file is =x, ”=x is '=x, and 'x is 'x: an export restores exactly.
//
// Rules of Excel and OpenDocument:
//   - One sheet is read: the first visible one, or the one that [Options] name. Text is as it is, rich text is joined, a
//     formula is the value last computed, and the apostrophes of CSV's rule are taken off, too: a spreadsheet that saves
//     our CSV in its own format keeps them.
//   - A number is written out (1e5 is 100000, whatever decimals or separators are shown), with the leading zeros that
//     a format like 0000 shows; where its format shows text around the digits, it is as it is shown. TRUE is true.
//     Dates and times are 2026-01-31, 2026-01-31 08:30:00 or 08:30:00, however the sheet shows them; [Row.Kinds] tells.
//   - What cannot be told makes its row a bad one, and names the cell: an error like #N/A, a formula without a computed
//     value, a whole number beyond 2^53, a number that its format shows in a way that we cannot write. Cells that are
//     merged over several rows refuse the file: all but the first are empty, whatever a person sees.
//   - Everything that we write is text, in columns formatted as text, so that what a person adds stays text too. Only
//     .xlsx is written.
package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

const zipBytes = 64 << 20

// What every format reads and refuses is the same, and lies below them all.
type (
	// Limits of what is read. Zero fields have the defaults.
	Limits = grid.Limits
	// A LineError says what is wrong with a file, for the person whose file it is.
	LineError = grid.LineError
	// A Kind is what a spreadsheet takes a cell for. What somebody typed may have looked otherwise.
	Kind = grid.Kind
)

// The kinds.
const (
	Text  = grid.Text  // or a number; all of CSV is
	Date  = grid.Date  // or a time
	Truth = grid.Truth // TRUE or FALSE
)

// A Row is what stands below the header.
type Row struct {
	Line  int          // where it begins in the file, from 1: the line of text, or the sheet's row
	Cells []string     // as many as the header has
	Kinds map[int]Kind // of the cells that are not Text, by index
}

// A Reader yields a file's rows one by one, in memory that does not grow with them. It is not for concurrent use.
type Reader struct {
	file       string
	limits     Limits
	src        grid.Source
	book       *grid.Book // nil of CSV
	header     []string
	headerLine int
	rows       int
	hidden     int
	err        error // final
}

func newReader(ctx context.Context, file string, src grid.Source, book *grid.Book, o Options) (*Reader, error) {
	r := &Reader{file: file, src: src, book: book, limits: o.Limits}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil, &LineError{File: file, Reason: book.Empty(), Fatal: true}
		}
		if err != nil {
			return nil, r.name(err, true)
		}
		cells := row.Cells
		if grid.Blank(cells) {
			continue
		}
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		for _, name := range cells {
			r.header = append(r.header, strings.TrimSpace(name))
		}
		r.headerLine = row.Line
		book.Below(row.Line, r.header, o.Only)
		return r, nil
	}
}

// name fills in what sources do not know.
func (r *Reader) name(err error, fatal bool) error {
	if e, ok := errors.AsType[*LineError](err); ok {
		e.File = r.file
		e.Fatal = e.Fatal || fatal
		return e
	}
	return &LineError{File: r.file, Reason: "cannot be read: " + err.Error(), Fatal: true, Err: err}
}

// Header gives the columns' names, trimmed. Unnamed columns at its end are left out, those between are "".
func (r *Reader) Header() []string { return r.header }

// Sheet is the name of the sheet that is read, and of those that could have been read instead, the hidden ones left out;
// both are empty of CSV. What an OpenDocument file has beside is known at its end.
func (r *Reader) Sheet() (name string, others []string) {
	if r.book == nil {
		return "", nil
	}
	return r.book.Sheet, r.book.Others
}

// Hidden is how many of the rows that were read are hidden in the spreadsheet, by a filter or by hand.
func (r *Reader) Hidden() int { return r.hidden }

// Column finds a column: by its exact name, otherwise whatever its case. It is an error if more than one has the name.
func (r *Reader) Column(name string) (index int, found bool, err error) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		index = -1
		for i, column := range r.header {
			if !same(column, name) {
				continue
			}
			if index >= 0 {
				return -1, false, &LineError{
					File: r.file, Line: r.headerLine, Fatal: true,
					Reason: fmt.Sprintf("columns %d and %d are both called '%s': rename or remove one", index+1, i+1, name),
				}
			}
			index = i
		}
		if index >= 0 {
			return index, true, nil
		}
	}
	return -1, false, nil
}

// Next gives the next row that is not blank. At the end the error is io.EOF: only then is it known that the file is
// sound. A *LineError that is not Fatal is about one row, and reading may go on; all other errors are final.
func (r *Reader) Next(ctx context.Context) (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	for {
		if err := ctx.Err(); err != nil {
			r.err = err
			return Row{}, err
		}
		row, err := r.src.Next()
		if errors.Is(err, io.EOF) {
			if r.err = io.EOF; r.book.Covered() != nil {
				r.err = r.name(r.book.Covered(), true)
			}
			return Row{}, r.err
		}
		if err != nil {
			return Row{}, r.keepIfFatal(r.name(err, false))
		}
		line, cells := row.Line, row.Cells
		if grid.Blank(cells) {
			continue
		}
		if row.Hidden {
			r.hidden++
		}
		if r.rows++; r.rows > r.limits.Rows {
			return Row{}, r.keepIfFatal(&LineError{
				File: r.file, Line: line, Fatal: true,
				Reason: fmt.Sprintf("there are more than %s rows: split the file", grid.Thousands(r.limits.Rows)),
			})
		}
		if len(cells) > len(r.header) && !grid.Blank(cells[len(r.header):]) {
			return Row{}, &LineError{
				File: r.file, Line: line,
				Reason: fmt.Sprintf("the row has more cells (%d) than the header has columns (%d): quote cells with delimiters in them, or name the columns",
					len(cells), len(r.header)),
			}
		}
		return Row{Line: line, Cells: fit(cells, len(r.header)), Kinds: row.Kinds}, nil
	}
}

func (r *Reader) keepIfFatal(err error) error {
	if e, ok := errors.AsType[*LineError](err); !ok || e.Fatal {
		r.err = err
	}
	return err
}

// Close lets go of the file.
func (r *Reader) Close() error { return r.src.Close() }

func fit(cells []string, n int) []string {
	if len(cells) >= n {
		return cells[:n:n]
	}
	return append(cells, make([]string, n-len(cells))...)
}

// A Table is a whole file in memory.
type Table struct {
	*Reader              // for its Header and Column; it is at its end, and closed
	Rows    []Row        // the good ones
	Bad     []*LineError // the others
}

// ReadAll reads a whole file, as [Open] does. Its errors are those that are Fatal, and the context's.
func ReadAll(ctx context.Context, path string, o Options) (*Table, error) {
	r, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return r.all(ctx)
}

// ReadContent reads a whole file that is in memory; its name tells the format. Its errors are as those of ReadAll.
func ReadContent(ctx context.Context, name string, content []byte, o Options) (*Table, error) {
	o.Limits = o.WithDefaults()
	r, err := openContent(ctx, name, content, o)
	if e, ok := errors.AsType[*LineError](err); ok {
		e.File, e.Fatal = name, true
	}
	if err != nil {
		return nil, err
	}
	return r.all(ctx)
}

// all reads the rest, and closes.
func (r *Reader) all(ctx context.Context) (*Table, error) {
	defer r.Close()
	t := &Table{Reader: r}
	for {
		row, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if bad, ok := errors.AsType[*LineError](err); ok && !bad.Fatal {
			t.Bad = append(t.Bad, bad)
			continue
		}
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
}
