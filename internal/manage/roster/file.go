package roster

import (
	"context"
	"io"

	"github.com/atriumhub/atrium/internal/peoplefile"
	"github.com/atriumhub/atrium/internal/sheet"
)

// Row is somebody of a file, or of the command line.
type Row = peoplefile.Row

// Source is a file, and what of it is read.
type Source struct {
	Path  string    // "-" is Stdin
	Sheet string    // of Excel and OpenDocument: the sheet's name; if empty, the first that can be seen
	Stdin io.Reader // CSV
}

func (s Source) read(ctx context.Context, only ...string) (*sheet.Table, error) {
	return sheet.ReadAll(ctx, s.Path, sheet.Options{Stdin: s.Stdin, Sheet: s.Sheet, Only: only})
}

// Load reads a file of people: CSV, Excel or OpenDocument by its name. Its errors are about the whole file; what is wrong
// with a row is in the row.
func Load(ctx context.Context, from Source) (*peoplefile.File, error) {
	table, err := from.read(ctx, peoplefile.Columns()...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file and the line
	}
	return peoplefile.Parse(table) //nolint:wrapcheck // it names the file and the line
}
