package sheet

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
)

// Excel's files and OpenDocument's are ZIP files with XML in them: packages of parts.

const (
	maxParts = 10_000
	maxDepth = 100      // of elements in each other
	maxToken = 4 << 20  // bytes between two tags
	maxIndex = 16 << 20 // bytes of the parts that say where the others are, and of the styles
)

const damaged = "is damaged: open it in a spreadsheet program and save it again"

// zipPackage is the ZIP file. Its parts are inflated as they are read, never all at once.
type zipPackage struct {
	file  *os.File
	what  string               // it should be: "an Excel file"
	parts map[string]*zip.File // by name in lower case: names know no case
	left  int64                // bytes that may still be inflated
	limit int64
}

func openPackage(file *os.File, size int64, what string, limits Limits) (*zipPackage, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &LineError{Reason: damaged, Fatal: true, Err: err}
	}
	p := &zipPackage{file: file, what: what, parts: map[string]*zip.File{}, left: limits.Unzipped, limit: limits.Unzipped}
	if len(archive.File) > maxParts {
		return nil, fatal(0, "has more than %s parts: copy the table into a new file", thousands(maxParts))
	}
	// What the directory declares is refused before anything is inflated; what it conceals is counted then.
	declared := uint64(0)
	for _, f := range archive.File {
		if f.UncompressedSize64 > uint64(p.limit) || declared+f.UncompressedSize64 > uint64(p.limit) {
			return nil, p.tooLarge()
		}
		declared += f.UncompressedSize64
		if f.Flags&1 != 0 {
			return nil, fatal(0, "is protected by a password: remove the password, and save it again")
		}
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if _, twice := p.parts[name]; twice {
			return nil, fatal(0, damaged)
		}
		p.parts[name] = f
	}
	return p, nil
}

func (p *zipPackage) tooLarge() error {
	return fatal(0, "would be larger than %d MiB when unzipped: copy the table into a new file, or split it", p.limit>>20)
}

// xmlPart reads one part, and bounds what it can cost.
type xmlPart struct {
	pkg     *zipPackage
	rc      io.ReadCloser
	decoder *xml.Decoder
	depth   int
	total   int64
	limit   int64 // of total
	pending int   // bytes since the last tag
}

func (p *zipPackage) open(name string, limit int64) (*xmlPart, error) {
	f, ok := p.parts[strings.ToLower(name)]
	if !ok {
		return nil, fatal(0, "is not %s, or is damaged ('%s' is missing in it): open it in a spreadsheet program and save it as .xlsx", p.what, name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, &LineError{Reason: damaged, Fatal: true, Err: err}
	}
	part := &xmlPart{pkg: p, rc: rc, limit: limit}
	part.decoder = xml.NewDecoder(part)
	return part, nil
}

// Read implements io.Reader for the decoder.
func (x *xmlPart) Read(b []byte) (int, error) {
	n, err := x.rc.Read(b)
	x.pkg.left -= int64(n)
	x.total += int64(n)
	x.pending += n
	if x.pkg.left < 0 || x.total > x.limit || x.pending > maxToken {
		return 0, x.pkg.tooLarge()
	}
	return n, err
}

// token is io.EOF at the sound end of the part.
func (x *xmlPart) token() (xml.Token, error) {
	x.pending = 0
	token, err := x.decoder.Token()
	if err != nil {
		return nil, x.explain(err)
	}
	switch token.(type) {
	case xml.StartElement:
		if x.depth++; x.depth > maxDepth {
			return nil, fatal(0, damaged)
		}
	case xml.EndElement:
		x.depth--
	case xml.Directive: // a DOCTYPE: no Excel writes one
		return nil, fatal(0, damaged)
	}
	return token, nil
}

func (x *xmlPart) explain(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if e, ok := errors.AsType[*LineError](err); ok {
		return e
	}
	return &LineError{Reason: damaged, Fatal: true, Err: err}
}

// skip leaves the element whose start has just been read.
func (x *xmlPart) skip() error {
	for inside := x.depth; x.depth >= inside; {
		if _, err := x.token(); err != nil {
			return unfinished(err)
		}
	}
	return nil
}

// unfinished is for where a part cannot end.
func unfinished(err error) error {
	if errors.Is(err, io.EOF) {
		return fatal(0, damaged)
	}
	return err
}

// each calls visit for every element of a small part.
func (p *zipPackage) each(ctx context.Context, name string, visit func(xml.StartElement) error) error {
	part, err := p.open(name, maxIndex)
	if err != nil {
		return err
	}
	defer part.rc.Close()
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		token, err := part.token()
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

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
