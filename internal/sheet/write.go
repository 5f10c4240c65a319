package sheet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/sheet/commas"
	"github.com/atriumhub/atrium/internal/sheet/excel"
	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// rowWriter writes rows that have been checked.
type rowWriter interface {
	Write(cells []string) error
	Finish() error // writes what is left
	Discard()      // lets go of everything; after finish too
}

// A Writer writes a table: the header first, then the rows. It is not for concurrent use.
type Writer struct {
	format  Format
	rows    rowWriter
	file    *pendingFile // nil if it writes to an io.Writer
	columns int
	line    int
	name    string
	err     error // once writing has failed, nothing may stand under the name
	closed  bool
}

// CreateOptions of [Create].
type CreateOptions struct {
	// Private makes the file readable by its owner alone, as one with passwords must be. Otherwise a file that is
	// replaced passes its permissions on, and a new one has those that the umask leaves.
	Private bool
}

// Create begins a file of the format that its name tells. Nothing is seen under that name until [Writer.Close] puts the
// whole file there at once; [Writer.Abort] leaves what was there. Something other than a file, such as /dev/stdout, is
// written to directly.
func Create(path string, o CreateOptions) (*Writer, error) {
	if err := Writable(path); err != nil {
		return nil, err
	}
	file, err := createFile(path, o.Private)
	if err != nil {
		return nil, err
	}
	w, err := NewWriter(file.file, FormatOf(path))
	if err != nil {
		file.discard()
		return nil, err
	}
	w.file, w.name = file, path
	return w, nil
}

// Writable refuses a name that promises what is not written: the error is a *LineError.
func Writable(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xls", ".xlsm", ".xlsb", ".ods", ".fods", ".numbers":
		return &LineError{File: path, Reason: "is not what can be written: use a name that ends in .xlsx or .csv", Fatal: true}
	}
	return nil
}

// NewWriter writes CSV or Excel to out, which it does not close.
func NewWriter(out io.Writer, format Format) (*Writer, error) {
	w := &Writer{format: format, name: "the output"}
	if format == CSV {
		w.rows = commas.NewWriter(out)
		return w, nil
	}
	rows, err := excel.NewWriter(out)
	if err != nil {
		return nil, err
	}
	w.rows = rows
	return w, nil
}

// Write writes one row; the first is the header, and no other may be longer. A *LineError says that a cell cannot be
// kept; nothing of the row is then written, and the Writer can go on.
func (w *Writer) Write(cells ...string) error {
	if w.closed {
		return fmt.Errorf("write to %s: %w", w.name, fs.ErrClosed)
	}
	if w.err != nil {
		return w.err
	}
	if err := w.check(cells); err != nil {
		return err
	}
	if err := w.rows.Write(cells); err != nil {
		w.err = fmt.Errorf("write %s: %w", w.name, err)
		return w.err
	}
	if w.line == 0 {
		w.columns = len(cells)
	}
	w.line++
	return nil
}

// check makes sure that what is written can be read again.
func (w *Writer) check(cells []string) error {
	reason := ""
	switch {
	case w.line == 0 && len(cells) > grid.DefaultColumns:
		reason = fmt.Sprintf("has more than %s columns", grid.Thousands(grid.DefaultColumns))
	case w.line > 0 && len(cells) > w.columns:
		reason = fmt.Sprintf("has %d cells, but the header has %d", len(cells), w.columns)
	case w.format == Excel && w.line >= excel.MaxRows:
		reason = fmt.Sprintf("does not fit, as a sheet of Excel has %s rows: write CSV", grid.Thousands(excel.MaxRows))
	}
	for i, cell := range cells {
		problem := unwritable(w.format.guarded(cell))
		if problem == "" && w.format == Excel && !excel.Holds(cell) {
			problem = "has a character that cannot be kept in an Excel file: write CSV"
		}
		if problem != "" && reason == "" {
			reason = fmt.Sprintf("cannot be written: its cell %d %s", i+1, problem)
		}
	}
	if reason == "" {
		return nil
	}
	return &LineError{File: w.name, Line: w.line + 1, Reason: "the row " + reason}
}

// guarded is a cell as it is written.
func (f Format) guarded(cell string) string {
	if f == CSV {
		return grid.Guard(cell)
	}
	return excel.Guarded(cell)
}

func unwritable(cell string) string {
	switch {
	case len(cell) > grid.DefaultCell && grid.Chars(cell) > grid.DefaultCell:
		return fmt.Sprintf("has more than %s characters", grid.Thousands(grid.DefaultCell))
	case !utf8.ValidString(cell):
		return "is not UTF-8"
	case strings.IndexByte(cell, 0) >= 0:
		return "has a NUL byte"
	}
	return ""
}

// Close ends the table, and puts the file in its place; it has reached the disk then. After a failed Write it leaves
// what was there. A second Close, or one after Abort, does nothing.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	if w.err != nil {
		w.Abort()
		return w.err
	}
	if err := w.rows.Finish(); err != nil {
		w.Abort()
		return fmt.Errorf("write %s: %w", w.name, err)
	}
	w.closed = true
	w.rows.Discard()
	if w.file == nil {
		return nil
	}
	if err := w.file.commit(); err != nil {
		return fmt.Errorf("write %s: %w", w.name, err)
	}
	return nil
}

// Abort gives the file up. After Close it does nothing, so that it can be deferred.
func (w *Writer) Abort() {
	if w.closed {
		return
	}
	w.closed = true
	w.rows.Discard()
	if w.file != nil {
		w.file.discard()
	}
}

// pendingFile is a file that has a name of its own until it is whole.
type pendingFile struct {
	file   *os.File
	target string // "" if file is no file of the disk
}

func createFile(path string, private bool) (*pendingFile, error) {
	target := path
	if pointedTo, err := filepath.EvalSymlinks(path); err == nil {
		target = pointedTo // what a link points to is replaced, not the link
	}
	mode := fs.FileMode(0o666)
	info, err := os.Stat(target)
	switch {
	case err == nil && info.IsDir():
		return nil, &LineError{File: path, Reason: "is a folder: name a file in it", Fatal: true}
	case err == nil && !info.Mode().IsRegular():
		file, err := os.OpenFile(target, os.O_WRONLY, 0) //nolint:gosec // the person names the file
		if err != nil {
			return nil, cannotCreate(path, err)
		}
		return &pendingFile{file: file}, nil
	case err == nil:
		mode = info.Mode().Perm()
	}
	if private {
		mode = 0o600
	}
	// Next to its target, as a rename cannot leave the file system; O_EXCL, as others may write to the folder.
	temp := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+rand.Text()[:10]+".tmp")
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // the person names the file
	if err != nil {
		return nil, cannotCreate(path, err)
	}
	return &pendingFile{file: file, target: target}, nil
}

func cannotCreate(path string, err error) error {
	reason := "cannot be written: " + err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "cannot be written, as there is no such folder: create it first"
	case errors.Is(err, fs.ErrPermission):
		reason = "you may not write there: choose another folder"
	}
	return &LineError{File: path, Reason: reason, Fatal: true, Err: err}
}

func (p *pendingFile) discard() {
	_ = p.file.Close()
	if p.target != "" {
		_ = os.Remove(p.file.Name())
	}
}

func (p *pendingFile) commit() error {
	if p.target == "" {
		return p.file.Close()
	}
	if err := p.file.Sync(); err != nil {
		p.discard()
		return err
	}
	if err := p.file.Close(); err != nil {
		p.discard()
		return err
	}
	if err := os.Rename(p.file.Name(), p.target); err != nil {
		p.discard()
		return err
	}
	// The name's change, too. Not every file system can do this, and the file itself is safe.
	if folder, err := os.Open(filepath.Dir(p.target)); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
	return nil
}
