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
)

// Options of reading. The zero value has the default limits and no standard input.
type Options struct {
	Limits
	Stdin io.Reader // what "-" reads
}

// A Format is a kind of file.
type Format int

// The formats.
const (
	CSV Format = iota
	Excel
)

// FormatOf tells the format by the end of the name: .xlsx and .xlsm are Excel's in any case, all else is CSV.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx", ".xlsm":
		return Excel
	}
	return CSV
}

// Open opens a file of the format that its name tells, and reads its header. "-" is CSV from o.Stdin.
// All its errors are *LineErrors, or the context's.
func Open(ctx context.Context, path string, o Options) (*Reader, error) {
	limits := o.withDefaults()
	if path == "-" {
		return openStdin(ctx, o.Stdin, limits)
	}
	r, err := openFile(ctx, path, limits)
	if e, ok := errors.AsType[*LineError](err); ok {
		e.File, e.Fatal = path, true
	}
	return r, err
}

func openStdin(ctx context.Context, stdin io.Reader, limits Limits) (*Reader, error) {
	const name = "standard input"
	if stdin == nil {
		return nil, &LineError{File: name, Reason: "cannot be read here: name a file", Fatal: true}
	}
	src, err := newCSV(io.NopCloser(stdin), limits)
	if e, ok := errors.AsType[*LineError](err); ok {
		e.File = name
	}
	if err != nil {
		return nil, err
	}
	return newReader(ctx, name, src, limits)
}

func openFile(ctx context.Context, path string, limits Limits) (*Reader, error) {
	file, size, err := openRegular(path, limits)
	if err != nil {
		return nil, err
	}
	src, err := openSource(ctx, file, size, FormatOf(path), limits)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r, err := newReader(ctx, path, src, limits)
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
		err = fatal(0, "is a folder: name a file in it")
	case !info.Mode().IsRegular():
		err = fatal(0, "is a device or a pipe: name a file, or '-' to read CSV from standard input")
	case info.Size() == 0:
		err = fatal(0, "is empty: its first line must name the columns")
	case info.Size() > limits.Bytes:
		err = tooManyBytes(limits.Bytes)
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

func tooManyBytes(limit int64) error {
	return fatal(0, "is larger than %d MiB: split it", limit>>20)
}

const magicLength = 8

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

func isOLE(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
}

// openSource goes by the name, and refuses what the contents belie.
func openSource(ctx context.Context, file *os.File, size int64, format Format, limits Limits) (source, error) {
	head := make([]byte, magicLength)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, cannotOpen(err)
	}
	head = head[:n]
	switch {
	case isOLE(head):
		return nil, oldExcel(file)
	case format == CSV && isZip(head):
		return nil, zipAsCSV()
	case format == CSV:
		return newCSV(file, limits)
	case !isZip(head):
		return nil, fatal(0, "is not an Excel file, whatever its name says: if it is CSV, rename it to end in .csv")
	case size > excelBytes:
		return nil, tooManyBytes(excelBytes)
	}
	return newExcel(ctx, file, size, limits)
}

func zipAsCSV() error {
	return fatal(0, "is an Excel or ZIP file, not CSV: if it is Excel, give it a name that ends in .xlsx")
}

// oldExcel tells encrypted files, which have an OLE2 container around them, from those of the 1990s.
func oldExcel(file *os.File) error {
	stream := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	buf := make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(buf) - len(stream)) {
		n, err := file.ReadAt(buf, at)
		if bytes.Contains(buf[:n], stream) {
			return fatal(0, "is protected by a password: open it in Excel, remove the password, and save it again")
		}
		if err != nil {
			break // its end, most often; what cannot be read is not worth another message
		}
	}
	return fatal(0, "is saved in the format of Excel 97–2003: save it as .xlsx or CSV")
}

// String is "CSV" or "Excel".
func (f Format) String() string {
	if f == Excel {
		return "Excel"
	}
	return "CSV"
}
