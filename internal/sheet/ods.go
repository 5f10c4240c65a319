package sheet

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Reading OpenDocument spreadsheets (OASIS OpenDocument 1.3, part 3, §9). Only the contents are read: what numbers look
// like stands in the cells themselves.

// The names of elements and attributes are told by their last part, but where two vocabularies share one.
const (
	tableSpace  = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
	textSpace   = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
	officeSpace = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
)

// odsSource yields the rows of one sheet.
type odsSource struct {
	*book
	pkg    *zipPackage
	part   *xmlPart
	limits Limits
	depth  int    // of the sheet's element
	row    int    // the last one
	again  record // a row that is to be given …
	times  int    // … so many times more
}

// newODS finds the sheet.
func newODS(ctx context.Context, pkg *zipPackage, o Options) (*odsSource, error) {
	if err := pkg.encrypted(ctx); err != nil {
		return nil, err
	}
	names, hidden, err := pkg.tables(ctx)
	if err != nil {
		return nil, err
	}
	s := &odsSource{pkg: pkg, limits: o.Limits, book: &book{}}
	index, err := s.find(o.Sheet, names, func(i int) bool { return hidden[i] })
	if err != nil {
		return nil, err
	}
	if s.part, err = pkg.open(odsContent, pkg.limit); err != nil {
		return nil, err
	}
	if _, err := s.part.toTable(ctx, index, nil); err != nil {
		_ = s.part.rc.Close()
		return nil, unfinished(err)
	}
	s.depth = s.part.depth
	return s, nil
}

const odsContent = "content.xml"

// encrypted refuses what is protected by a password, of which the manifest tells.
func (p *zipPackage) encrypted(ctx context.Context) error {
	const manifest = "META-INF/manifest.xml"
	if p.parts[strings.ToLower(manifest)] == nil {
		return nil
	}
	return p.each(ctx, manifest, func(e xml.StartElement) error {
		if e.Name.Local == "encryption-data" {
			return fatal(0, "is protected by a password: remove the password, and save it again")
		}
		return nil
	})
}

// tables finds the names of all sheets, and which are hidden. That takes a look at all of the contents, so that they are
// known to be sound; it does not count for what may be inflated.
func (p *zipPackage) tables(ctx context.Context) (names []string, hidden []bool, err error) {
	left := p.left
	defer func() { p.left = left }()
	part, err := p.open(odsContent, p.limit)
	if err != nil {
		return nil, nil, err
	}
	defer part.rc.Close()
	invisible := map[string]bool{}
	for {
		table, err := part.toTable(ctx, 0, invisible)
		if errors.Is(err, io.EOF) {
			return names, hidden, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(names) >= maxParts {
			return nil, nil, fatal(0, "has more than %s sheets: copy the table into a new file", thousands(maxParts))
		}
		names, hidden = append(names, attr(table, "name")), append(hidden, invisible[attr(table, "style-name")])
		if err := part.skip(); err != nil {
			return nil, nil, err
		}
	}
}

// toTable reads to the start of the next sheet, after so many others. It notes the styles of hidden ones.
func (x *xmlPart) toTable(ctx context.Context, after int, invisible map[string]bool) (xml.StartElement, error) {
	style := ""
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return xml.StartElement{}, ctx.Err()
		}
		token, err := x.token()
		if err != nil {
			return xml.StartElement{}, err
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
			continue
		case start.Name.Space == tableSpace && start.Name.Local == "table":
			if after--; after < 0 {
				return start, nil
			}
			err = x.skip()
		case start.Name.Local == "tracked-changes", start.Name.Local == "dde-links": // which may have tables, too
			err = x.skip()
		case start.Name.Local == "style":
			style = attr(start, "name")
		case start.Name.Local == "table-properties" && attr(start, "display") == "false" && invisible != nil:
			invisible[style] = true
		}
		if err != nil {
			return start, err
		}
	}
}

// Close closes the file.
func (s *odsSource) Close() error {
	_ = s.part.rc.Close()
	return s.pkg.file.Close()
}

func (s *odsSource) next() (record, error) {
	if s.times > 0 {
		s.times--
		s.row++
		again := s.again
		again.line = s.row
		return again, nil
	}
	for {
		token, err := s.part.token()
		if err != nil {
			return record{}, s.at(unfinished(err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "table-row":
				return s.readRow(t)
			case "table-row-group", "table-header-rows", "table-rows": // which hold rows
			default:
				if err := s.part.skip(); err != nil {
					return record{}, s.at(err)
				}
			}
		case xml.EndElement:
			if s.part.depth < s.depth {
				return record{}, io.EOF
			}
		}
	}
}

// at says where in the sheet the file is damaged.
func (s *odsSource) at(err error) error {
	if e, ok := errors.AsType[*LineError](err); ok && e.Line == 0 {
		e.Line = s.row
	}
	return err
}

// repeated reads how often a row or cell is there.
func repeated(e xml.StartElement, name string) (int, error) {
	text := attr(e, name)
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<24 { // no sheet has more
		return 0, fatal(0, damaged)
	}
	return n, nil
}

// readRow reads to the row's end even if a cell is bad, so that the next row can be read.
func (s *odsSource) readRow(start xml.StartElement) (record, error) {
	s.row++
	times, err := repeated(start, "number-rows-repeated")
	if err != nil {
		return record{}, s.at(err)
	}
	visibility := attr(start, "visibility")
	row := record{line: s.row, hidden: visibility == "collapse" || visibility == "filter"}
	bad, err := s.readCells(&row)
	if err != nil {
		return row, s.at(err)
	}
	if bad == nil {
		err = s.unfilled(s.row)
	} else {
		err = bad
	}
	if err != nil || blank(row.cells) { // of which there may be a million
		s.row += times - 1
		return row, err
	}
	s.again, s.times = row, times-1
	return row, nil
}

func (s *odsSource) readCells(row *record) (bad *LineError, err error) {
	column := 1
	for inside := s.part.depth; s.part.depth >= inside; {
		token, err := s.part.token()
		if err != nil {
			return nil, unfinished(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "table-cell" && start.Name.Local != "covered-table-cell" {
			if err := s.part.skip(); err != nil {
				return nil, err
			}
			continue
		}
		next, wrong, err := s.addCells(row, start, column)
		if err != nil {
			return nil, err
		}
		if bad == nil {
			bad = wrong
		}
		column = next
	}
	return bad, nil
}

// addCells adds a cell to a row, as often as it is there, and gives the column after it.
func (s *odsSource) addCells(row *record, start xml.StartElement, column int) (next int, bad *LineError, err error) {
	times, err := repeated(start, "number-columns-repeated")
	if err != nil {
		return 0, nil, err
	}
	next = column + times
	text, kind, err := s.readCell(start, column)
	if e, ok := errors.AsType[*LineError](err); ok && !e.Fatal {
		if first := s.firstWanted(column, next-1); first > 0 {
			bad = s.bad(first, s.row, e)
		}
	} else if err != nil {
		return 0, nil, err
	}
	for ; column < next && text != ""; column++ {
		if err := row.place(column, text, kind, s.limits); err != nil {
			return 0, nil, err
		}
	}
	return next, bad, nil
}

// readCell reads the cell whose start has just been read.
func (s *odsSource) readCell(start xml.StartElement, column int) (string, Kind, error) {
	shown, written, err := s.part.paragraphs()
	if err != nil {
		return "", Text, err
	}
	reaches := func(columns, rows string) area {
		right, _ := strconv.Atoi(attr(start, columns))
		bottom, _ := strconv.Atoi(attr(start, rows))
		return area{s.row, column, s.row + max(0, bottom-1), column + max(0, right-1)}
	}
	s.merge(reaches("number-columns-spanned", "number-rows-spanned"))
	kind := office(start, "value-type")
	formula := attr(start, "formula") != ""
	if formula && kind == "" && !written {
		filled := reaches("number-matrix-columns-spanned", "number-matrix-rows-spanned")
		if err := s.outdate(filled); err != nil {
			return "", Text, err
		}
		return "", Text, neverComputed(filled)
	}
	if formula && isError(shown) || hasError(start) {
		return "", Text, badCell("holds the error %s: correct it", strings.ToValidUTF8(shown, "?"))
	}
	text, is, err := odsMeaning(start, shown)
	if err != nil {
		return "", is, err
	}
	return checked(text, is, s.limits)
}

// hasError tells that LibreOffice marked a cell as one with an error.
func hasError(e xml.StartElement) bool {
	return slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "value-type" && a.Value == "error" })
}

// office is an attribute that says what a cell holds, where LibreOffice may have one of its own by the same name.
func office(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == officeSpace {
			return a.Value
		}
	}
	return ""
}
