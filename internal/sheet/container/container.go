package container

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// MaxParts is how many parts a package may have, and MaxToken how many bytes stand between two tags of one.
const (
	MaxParts = 10_000
	maxDepth = 100      // of elements in each other
	MaxToken = 4 << 20  // bytes between two tags
	maxIndex = 16 << 20 // bytes of the parts that say where the others are, and of the styles
)

// A File is one on the disk, or in memory.
type File interface {
	io.ReaderAt
	io.Closer
}

// Package is the ZIP file. Its parts are inflated as they are read, never all at once.
type Package struct {
	file  File
	what  string               // it should be: "an Excel file"
	parts map[string]*zip.File // by name in lower case: names know no case
	Left  int64                // bytes that may still be inflated; a part that is read twice need not count twice
	Limit int64                // that there were at first
}

// Open finds out which parts there are. What the file should be, such as "an Excel file", is said where it is not.
func Open(file File, size int64, what string, limits grid.Limits) (*Package, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &grid.LineError{Reason: grid.Damaged, Fatal: true, Err: err}
	}
	p := &Package{file: file, what: what, parts: map[string]*zip.File{}, Left: limits.Unzipped, Limit: limits.Unzipped}
	if len(archive.File) > MaxParts {
		return nil, grid.Fatal(0, "has more than %s parts: copy the table into a new file", grid.Thousands(MaxParts))
	}
	// What the directory declares is refused before anything is inflated; what it conceals is counted then.
	declared := uint64(0)
	for _, f := range archive.File {
		if f.UncompressedSize64 > uint64(p.Limit) || declared+f.UncompressedSize64 > uint64(p.Limit) {
			return nil, p.tooLarge()
		}
		declared += f.UncompressedSize64
		if f.Flags&1 != 0 {
			return nil, grid.Fatal(0, "is protected by a password: remove the password, and save it again")
		}
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if _, twice := p.parts[name]; twice {
			return nil, grid.Fatal(0, grid.Damaged)
		}
		p.parts[name] = f
	}
	return p, nil
}

// Has tells whether there is a part of that name, in lower case.
func (p *Package) Has(name string) bool { return p.parts[name] != nil }

// Close closes the file.
func (p *Package) Close() error { return p.file.Close() }

func (p *Package) tooLarge() error {
	return grid.Fatal(0, "would be larger than %d MiB when unzipped: copy the table into a new file, or split it", p.Limit>>20)
}

// Part reads one part, and bounds what it can cost.
type Part struct {
	pkg     *Package
	rc      io.ReadCloser
	decoder *xml.Decoder
	Depth   int
	total   int64
	limit   int64 // of total
	pending int   // bytes since the last tag
}

// Part opens the part of that name, of which no more than limit bytes are read.
func (p *Package) Part(name string, limit int64) (*Part, error) {
	f, ok := p.parts[strings.ToLower(name)]
	if !ok {
		return nil, grid.Fatal(0, "is not %s, or is damaged ('%s' is missing in it): open it in a spreadsheet program and save it as .xlsx", p.what, name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, &grid.LineError{Reason: grid.Damaged, Fatal: true, Err: err}
	}
	part := &Part{pkg: p, rc: rc, limit: limit}
	part.decoder = xml.NewDecoder(part)
	return part, nil
}

// Read implements io.Reader for the decoder.
func (x *Part) Read(b []byte) (int, error) {
	n, err := x.rc.Read(b)
	x.pkg.Left -= int64(n)
	x.total += int64(n)
	x.pending += n
	if x.pkg.Left < 0 || x.total > x.limit || x.pending > MaxToken {
		return 0, x.pkg.tooLarge()
	}
	return n, err
}

// Close lets go of the part.
func (x *Part) Close() error { return x.rc.Close() }

// Token is io.EOF at the sound end of the part.
func (x *Part) Token() (xml.Token, error) {
	x.pending = 0
	token, err := x.decoder.Token()
	if err != nil {
		return nil, x.explain(err)
	}
	switch token.(type) {
	case xml.StartElement:
		if x.Depth++; x.Depth > maxDepth {
			return nil, grid.Fatal(0, grid.Damaged)
		}
	case xml.EndElement:
		x.Depth--
	case xml.Directive: // a DOCTYPE: no Excel writes one
		return nil, grid.Fatal(0, grid.Damaged)
	}
	return token, nil
}

func (x *Part) explain(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if e, ok := errors.AsType[*grid.LineError](err); ok {
		return e
	}
	return &grid.LineError{Reason: grid.Damaged, Fatal: true, Err: err}
}

// Skip leaves the element whose start has just been read.
func (x *Part) Skip() error {
	for inside := x.Depth; x.Depth >= inside; {
		if _, err := x.Token(); err != nil {
			return Unfinished(err)
		}
	}
	return nil
}

// Unfinished is for where a part cannot end.
func Unfinished(err error) error {
	if errors.Is(err, io.EOF) {
		return grid.Fatal(0, grid.Damaged)
	}
	return err
}

// Each calls visit for every element of a small part.
func (p *Package) Each(ctx context.Context, name string, visit func(xml.StartElement) error) error {
	part, err := p.Part(name, maxIndex)
	if err != nil {
		return err
	}
	defer part.Close()
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		token, err := part.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := visit(start); err != nil {
				return err
			}
		}
	}
}

// Attr is the attribute whose name ends so, or "".
func Attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Truth reads a truth value as XML has them.
func Truth(s string) bool { return s == "1" || strings.EqualFold(s, "true") }
