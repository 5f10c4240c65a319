package sheet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/atriumhub/atrium/internal/sheet/commas"
	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/excel"
	"github.com/atriumhub/atrium/internal/sheet/grid"
	"github.com/atriumhub/atrium/internal/sheet/opendocument"
)

// Options of reading. The zero value has the default limits and no standard input.
type Options struct {
	Limits
	Stdin io.Reader // what "-" reads
	Sheet string    // the sheet that is read, by its name; if empty, the first that can be seen
	Only  []string  // the columns that matter, whatever their case; all if empty. What is wrong with a cell elsewhere is not told
}

// A Format is a kind of file.
type Format int

// The formats. OpenDocument is only read.
const (
	CSV Format = iota
	Excel
	OpenDocument
)

// FormatOf tells the format by the end of the name: .xlsx and .xlsm are Excel's in any case, .ods is OpenDocument's, all
// else is CSV.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx", ".xlsm":
		return Excel
	case ".ods":
		return OpenDocument
	}
	return CSV
}

// Open opens a file of the format that its name tells, and reads its header. "-" is CSV from o.Stdin.
// All its errors are *LineErrors, or the context's.
func Open(ctx context.Context, path string, o Options) (*Reader, error) {
	o.Limits = o.WithDefaults()
	r, err := openAny(ctx, path, o)
	if e, ok := errors.AsType[*LineError](err); ok {
		e.Fatal = true
		if e.File = path; path == "-" {
			e.File = stdinName
		}
	}
	return r, err
}

const stdinName = "standard input"

func openAny(ctx context.Context, path string, o Options) (*Reader, error) {
	switch {
	case o.Sheet != "" && (path == "-" || FormatOf(path) == CSV):
		return nil, grid.Fatal(0, noSheets)
	case path == "-" && o.Stdin == nil:
		return nil, grid.Fatal(0, "cannot be read here: name a file")
	case path == "-":
		src, err := commas.Open(io.NopCloser(o.Stdin), o.Limits)
		if err != nil {
			return nil, err
		}
		return newReader(ctx, stdinName, src, nil, o)
	}
	return openFile(ctx, path, o)
}

// input is a file on the disk or in memory.
type input interface {
	io.ReadCloser
	io.ReaderAt
}

// inMemory is a file that was handed over whole.
type inMemory struct{ *bytes.Reader }

// Close lets the garbage collector have it.
func (inMemory) Close() error { return nil }

func openFile(ctx context.Context, path string, o Options) (*Reader, error) {
	file, size, err := openRegular(path, o.Limits)
	if err != nil {
		return nil, err
	}
	return openInput(ctx, path, file, size, o)
}

// openContent opens a file that is in memory.
func openContent(ctx context.Context, name string, content []byte, o Options) (*Reader, error) {
	switch size := int64(len(content)); {
	case size == 0:
		return nil, grid.Fatal(0, emptyFile)
	case size > o.Bytes:
		return nil, grid.TooManyBytes(o.Bytes)
	case o.Sheet != "" && FormatOf(name) == CSV:
		return nil, grid.Fatal(0, noSheets)
	}
	return openInput(ctx, name, inMemory{bytes.NewReader(content)}, int64(len(content)), o)
}

const (
	emptyFile = "is empty: its first line must name the columns"
	noSheets  = "is CSV, which has no sheets: leave the sheet's name out"
)

func openInput(ctx context.Context, path string, file input, size int64, o Options) (*Reader, error) {
	src, book, err := openSource(ctx, file, size, FormatOf(path), o)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r, err := newReader(ctx, path, src, book, o)
	if err != nil {
		_ = src.Close()
		return nil, err
	}
	return r, nil
}

// openRegular opens files of the disk only: others may never end, or never begin.
func openRegular(path string, limits Limits) (*os.File, int64, error) {
	// Without O_NONBLOCK a pipe without a writer would hold us here.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the person names the file
	if err != nil {
		return nil, 0, cannotOpen(err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = cannotOpen(err)
	case info.IsDir():
		err = grid.Fatal(0, "is a folder: name a file in it")
	case !info.Mode().IsRegular():
		err = grid.Fatal(0, "is a device or a pipe: name a file, or '-' to read CSV from standard input")
	case info.Size() == 0:
		err = grid.Fatal(0, emptyFile)
	case info.Size() > limits.Bytes:
		err = grid.TooManyBytes(limits.Bytes)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func cannotOpen(err error) error {
	reason := "cannot be opened: " + err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = "cannot be opened: " + e.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "there is no such file: check its name and folder"
	case errors.Is(err, fs.ErrPermission):
		reason = "you may not read it: ask its owner, or change its permissions"
	}
	return &LineError{Reason: reason, Fatal: true, Err: err}
}

// isMarkup is true of web pages and XML, which some programs write under the name of a spreadsheet.
func isMarkup(head []byte) bool {
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")))
	return strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<html") || strings.HasPrefix(text, "<!doc") ||
		strings.HasPrefix(text, "<tabl") || strings.HasPrefix(text, "<meta")
}

// openSource goes by the name, and refuses what the contents belie.
func openSource(ctx context.Context, file input, size int64, format Format, o Options) (grid.Source, *grid.Book, error) {
	head := make([]byte, grid.MagicLength)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, cannotOpen(err)
	}
	head = head[:n]
	switch {
	case grid.IsOLE(head):
		return nil, nil, oldExcel(file)
	case isMarkup(head):
		return nil, nil, grid.Fatal(0, "is a web page or XML, whatever its name says: open it in a spreadsheet program, and save it as .xlsx or CSV")
	case !grid.IsZip(head) && format != CSV:
		return nil, nil, grid.Fatal(0, "is not %s, whatever its name says: if it is CSV, rename it to end in .csv", what(format))
	case !grid.IsZip(head):
		src, err := commas.Open(file, o.Limits)
		return src, nil, err
	case size > zipBytes && format != CSV:
		return nil, nil, grid.TooManyBytes(zipBytes)
	}
	pkg, err := container.Open(file, size, what(format), o.Limits)
	if err == nil {
		err = misnamed(pkg, format)
	} else if format == CSV {
		err = grid.ZipAsCSV()
	}
	if err != nil {
		return nil, nil, err
	}
	if format == OpenDocument {
		src, err := opendocument.Open(ctx, pkg, o.Sheet, o.Limits)
		if err != nil {
			return nil, nil, err
		}
		return src, src.Book, nil
	}
	src, err := excel.Open(ctx, pkg, o.Sheet, o.Limits)
	if err != nil {
		return nil, nil, err
	}
	return src, src.Book, nil
}

// what is what a file of a format is.
func what(format Format) string {
	switch format {
	case Excel:
		return "an Excel file"
	case OpenDocument:
		return "an OpenDocument spreadsheet"
	}
	return "CSV"
}

// misnamed refuses a ZIP file whose parts are not those of its name's format.
func misnamed(p *container.Package, format Format) error {
	found := CSV
	switch {
	case p.Has("xl/workbook.bin"):
		return grid.Fatal(0, "is in Excel's binary format: save it as .xlsx or CSV")
	case p.Has("index/document.iwa"), p.Has("index.zip"):
		return grid.Fatal(0, "is of Apple's Numbers: export it as Excel (.xlsx) or CSV")
	case p.Has("[content_types].xml"), p.Has("xl/workbook.xml"):
		found = Excel
	case p.Has("content.xml"):
		found = OpenDocument
	}
	switch {
	case found == format && format != CSV, found == CSV && format != CSV: // which is about to be found out
		return nil
	case found == Excel:
		return grid.Fatal(0, "is an Excel file, whatever its name says: give it a name that ends in .xlsx")
	case found == OpenDocument:
		return grid.Fatal(0, "is an OpenDocument file, whatever its name says: give it a name that ends in .ods")
	}
	return grid.Fatal(0, "is a ZIP file, not CSV: name a file that is in it")
}

// oldExcel tells encrypted files, which have an OLE2 container around them, from those of the 1990s.
func oldExcel(file io.ReaderAt) error {
	stream := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	buf := make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(buf) - len(stream)) {
		n, err := file.ReadAt(buf, at)
		if bytes.Contains(buf[:n], stream) {
			return grid.Fatal(0, "is protected by a password: open it in Excel, remove the password, and save it again")
		}
		if err != nil {
			break // its end, most often; what cannot be read is not worth another message
		}
	}
	return grid.Fatal(0, "is saved in the format of Excel 97–2003: save it as .xlsx or CSV")
}

// String is "CSV", "Excel" or "OpenDocument".
func (f Format) String() string {
	switch f {
	case Excel:
		return "Excel"
	case OpenDocument:
		return "OpenDocument"
	}
	return "CSV"
}
