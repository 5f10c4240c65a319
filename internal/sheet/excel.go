package sheet

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
)

// Reading is ours rather than excelize's, which ends silently where a part is damaged, unpacks parts into memory or
// temporary files before a row is seen, and does not tell TRUE from the text TRUE. Sources: ECMA-376 part 1, §18
// (SpreadsheetML), and part 2 (packages).

const (
	maxParts = 10_000
	maxDepth = 100      // of elements in each other
	maxToken = 4 << 20  // bytes between two tags
	maxIndex = 16 << 20 // bytes of the parts that say where the others are, and of the styles
)

const damaged = "is damaged: open it in Excel and save it again"

// excelPackage is the ZIP file. Its parts are inflated as they are read, never all at once.
type excelPackage struct {
	file  *os.File
	parts map[string]*zip.File // by name in lower case: names know no case
	left  int64                // bytes that may still be inflated
	limit int64
}

func openPackage(file *os.File, size int64, limits Limits) (*excelPackage, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &LineError{Reason: damaged, Fatal: true, Err: err}
	}
	p := &excelPackage{file: file, parts: map[string]*zip.File{}, left: limits.Unzipped, limit: limits.Unzipped}
	if len(archive.File) > maxParts {
		return nil, fatal(0, "has more than %s parts: copy the table into a new Excel file", thousands(maxParts))
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

func (p *excelPackage) tooLarge() error {
	return fatal(0, "would be larger than %d MiB when unzipped: copy the table into a new Excel file, or split it", p.limit>>20)
}

// xmlPart reads one part, and bounds what it can cost.
type xmlPart struct {
	pkg     *excelPackage
	rc      io.ReadCloser
	decoder *xml.Decoder
	depth   int
	total   int64
	limit   int64 // of total
	pending int   // bytes since the last tag
}

func (p *excelPackage) open(name string, limit int64) (*xmlPart, error) {
	f, ok := p.parts[strings.ToLower(name)]
	if !ok {
		return nil, fatal(0, "is not an Excel file, or is damaged ('%s' is missing in it): open it in Excel and save it as .xlsx", name)
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
func (p *excelPackage) each(ctx context.Context, name string, visit func(xml.StartElement) error) error {
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

// A relation leads from a part to another.
type relation struct{ kind, target string }

// relations reads what a part ("" is the package) refers to, by id. The kind is the last segment of its type: the rest
// differs between ECMA's edition and the strict one.
func (p *excelPackage) relations(ctx context.Context, from string) (map[string]relation, error) {
	folder, base := path.Split(from)
	found := map[string]relation{}
	err := p.each(ctx, folder+"_rels/"+base+".rels", func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" || strings.EqualFold(attr(e, "TargetMode"), "External") {
			return nil
		}
		target := attr(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", folder, target)
		}
		found[attr(e, "Id")] = relation{kind: path.Base(attr(e, "Type")), target: strings.TrimPrefix(path.Clean(target), "/")}
		return nil
	})
	return found, err
}

// one finds the part of a kind, or "".
func one(relations map[string]relation, kind string) string {
	for _, r := range relations {
		if r.kind == kind {
			return r.target
		}
	}
	return ""
}

// newExcel finds the first visible sheet and what is needed to read it.
func newExcel(ctx context.Context, file *os.File, size int64, limits Limits) (*excelSource, error) {
	pkg, err := openPackage(file, size, limits)
	if err != nil {
		return nil, err
	}
	root, err := pkg.relations(ctx, "")
	if err != nil {
		return nil, err
	}
	workbook := one(root, "officeDocument")
	if workbook == "" {
		return nil, fatal(0, "is not an Excel file, whatever its name says: open it in Excel and save it as .xlsx")
	}
	relations, err := pkg.relations(ctx, workbook)
	if err != nil {
		return nil, err
	}
	s := &excelSource{pkg: pkg, limits: limits}
	sheet, err := s.firstVisible(ctx, workbook, relations)
	if err != nil {
		return nil, err
	}
	if name := one(relations, "styles"); name != "" {
		if s.formats, err = pkg.readFormats(ctx, name); err != nil {
			return nil, err
		}
	}
	if name := one(relations, "sharedStrings"); name != "" {
		if s.strings, err = pkg.readStrings(ctx, name); err != nil {
			return nil, err
		}
	}
	if s.part, err = pkg.open(sheet, limits.Unzipped); err != nil {
		return nil, err
	}
	return s, nil
}

// firstVisible reads the workbook.
func (s *excelSource) firstVisible(ctx context.Context, workbook string, relations map[string]relation) (string, error) {
	sheets, part := 0, ""
	err := s.pkg.each(ctx, workbook, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			s.date1904 = truth(attr(e, "date1904"))
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
			if relations[id].kind != "worksheet" {
				return nil // a sheet of charts
			}
			sheets++
			if state := attr(e, "state"); part == "" && (state == "" || state == "visible") {
				part = relations[id].target
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case sheets == 0:
		return "", fatal(0, "has no sheets: open it in Excel and save it as .xlsx")
	case part == "":
		return "", fatal(0, "has only hidden sheets: unhide the one with the table in Excel, and save it")
	}
	return part, nil
}

func truth(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

// sharedStrings holds the texts that cells refer to, in one block: a workbook may have millions.
type sharedStrings struct {
	text []byte
	ends []int
}

func (s *sharedStrings) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	begin := 0
	if i > 0 {
		begin = s.ends[i-1]
	}
	return string(s.text[begin:s.ends[i]]), true
}

func (p *excelPackage) readStrings(ctx context.Context, name string) (sharedStrings, error) {
	var s sharedStrings
	part, err := p.open(name, p.limit)
	if err != nil {
		return s, err
	}
	defer part.rc.Close()
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		token, err := part.token()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := part.text()
			if err != nil {
				return s, err
			}
			s.text = append(s.text, text...)
			s.ends = append(s.ends, len(s.text))
		}
	}
}

// text joins the runs of the element whose start has just been read, without how they are pronounced.
func (x *xmlPart) text() (string, error) {
	var text strings.Builder
	inText := false
	for inside := x.depth; x.depth >= inside; {
		token, err := x.token()
		if err != nil {
			return "", unfinished(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if inText = t.Name.Local == "t"; t.Name.Local == "rPh" {
				if err := x.skip(); err != nil {
					return "", err
				}
			}
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				text.Write(t)
			}
			if text.Len() > maxToken {
				return "", fatal(0, "has a cell of more than %d MiB", maxToken>>20)
			}
		}
	}
	return unescape(text.String()), nil
}

// unescape resolves _x0001_, which is how text holds characters that XML cannot.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if code, ok := escaped(s[i:]); ok {
			out.WriteRune(code)
			i += len("_x0000_")
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}

// escaped reads the escape at the start of s. Halves of pairs stay as they are: alone they are no text.
func escaped(s string) (rune, bool) {
	if !looksEscaped(s) {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil || (0xD800 <= code && code <= 0xDFFF) {
		return 0, false
	}
	return rune(code), true
}

func looksEscaped(s string) bool {
	return len(s) >= 7 && s[0] == '_' && s[1] == 'x' && s[6] == '_' && strings.Trim(s[2:6], "0123456789abcdefABCDEF") == ""
}
