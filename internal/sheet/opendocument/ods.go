package opendocument

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// Reading OpenDocument spreadsheets (OASIS OpenDocument 1.3, part 3, §9). Only the contents are read: what numbers look
// like stands in the cells themselves.

// The names of elements and attributes are told by their last part, but where two vocabularies share one.
const (
	tableSpace  = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
	textSpace   = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
	officeSpace = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
)

// Source yields the rows of one sheet.
type Source struct {
	*grid.Book
	pkg    *container.Package
	part   *container.Part
	limits grid.Limits
	depth  int         // of the sheet's element
	row    int         // the last one
	again  grid.Record // a row that is to be given …
	times  int         // … so many times more
}

// Open finds the sheet.
func Open(ctx context.Context, pkg *container.Package, want string, limits grid.Limits) (*Source, error) {
	if err := encrypted(ctx, pkg); err != nil {
		return nil, err
	}
	names, hidden, err := tables(ctx, pkg)
	if err != nil {
		return nil, err
	}
	s := &Source{pkg: pkg, limits: limits, Book: &grid.Book{}}
	index, err := s.Find(want, names, func(i int) bool { return hidden[i] })
	if err != nil {
		return nil, err
	}
	if s.part, err = pkg.Part(odsContent, pkg.Limit); err != nil {
		return nil, err
	}
	if _, err := toTable(ctx, s.part, index, nil); err != nil {
		_ = s.part.Close()
		return nil, container.Unfinished(err)
	}
	s.depth = s.part.Depth
	return s, nil
}

const odsContent = "content.xml"

// encrypted refuses what is protected by a password, of which the manifest tells.
func encrypted(ctx context.Context, p *container.Package) error {
	const manifest = "META-INF/manifest.xml"
	if !p.Has(strings.ToLower(manifest)) {
		return nil
	}
	return p.Each(ctx, manifest, func(e xml.StartElement) error {
		if e.Name.Local == "encryption-data" {
			return grid.Fatal(0, "is protected by a password: remove the password, and save it again")
		}
		return nil
	})
}

// tables finds the names of all sheets, and which are hidden. That takes a look at all of the contents, so that they are
// known to be sound; it does not count for what may be inflated.
func tables(ctx context.Context, p *container.Package) (names []string, hidden []bool, err error) {
	left := p.Left
	defer func() { p.Left = left }()
	part, err := p.Part(odsContent, p.Limit)
	if err != nil {
		return nil, nil, err
	}
	defer part.Close()
	invisible := map[string]bool{}
	for {
		table, err := toTable(ctx, part, 0, invisible)
		if errors.Is(err, io.EOF) {
			return names, hidden, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(names) >= container.MaxParts {
			return nil, nil, grid.Fatal(0, "has more than %s sheets: copy the table into a new file", grid.Thousands(container.MaxParts))
		}
		names, hidden = append(names, container.Attr(table, "name")), append(hidden, invisible[container.Attr(table, "style-name")])
		if err := part.Skip(); err != nil {
			return nil, nil, err
		}
	}
}

// toTable reads to the start of the next sheet, after so many others. It notes the styles of hidden ones.
func toTable(ctx context.Context, x *container.Part, after int, invisible map[string]bool) (xml.StartElement, error) {
	style := ""
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return xml.StartElement{}, ctx.Err()
		}
		token, err := x.Token()
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
			err = x.Skip()
		case start.Name.Local == "tracked-changes", start.Name.Local == "dde-links": // which may have tables, too
			err = x.Skip()
		case start.Name.Local == "style":
			style = container.Attr(start, "name")
		case start.Name.Local == "table-properties" && container.Attr(start, "display") == "false" && invisible != nil:
			invisible[style] = true
		}
		if err != nil {
			return start, err
		}
	}
}

// Close closes the file.
func (s *Source) Close() error {
	_ = s.part.Close()
	return s.pkg.Close()
}

// Next implements grid.Source.
func (s *Source) Next() (grid.Record, error) {
	if s.times > 0 {
		s.times--
		s.row++
		again := s.again
		again.Line = s.row
		return again, nil
	}
	for {
		token, err := s.part.Token()
		if err != nil {
			return grid.Record{}, s.at(container.Unfinished(err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "table-row":
				return s.readRow(t)
			case "table-row-group", "table-header-rows", "table-rows": // which hold rows
			default:
				if err := s.part.Skip(); err != nil {
					return grid.Record{}, s.at(err)
				}
			}
		case xml.EndElement:
			if s.part.Depth < s.depth {
				return grid.Record{}, io.EOF
			}
		}
	}
}

// at says where in the sheet the file is damaged.
func (s *Source) at(err error) error {
	if e, ok := errors.AsType[*grid.LineError](err); ok && e.Line == 0 {
		e.Line = s.row
	}
	return err
}

// repeated reads how often a row or cell is there.
func repeated(e xml.StartElement, name string) (int, error) {
	text := container.Attr(e, name)
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<24 { // no sheet has more
		return 0, grid.Fatal(0, grid.Damaged)
	}
	return n, nil
}

// readRow reads to the row's end even if a cell is bad, so that the next row can be read.
func (s *Source) readRow(start xml.StartElement) (grid.Record, error) {
	s.row++
	times, err := repeated(start, "number-rows-repeated")
	if err != nil {
		return grid.Record{}, s.at(err)
	}
	visibility := container.Attr(start, "visibility")
	row := grid.Record{Line: s.row, Hidden: visibility == "collapse" || visibility == "filter"}
	bad, err := s.readCells(&row)
	if err != nil {
		return row, s.at(err)
	}
	if bad == nil {
		err = s.Unfilled(s.row)
	} else {
		err = bad
	}
	if err != nil || grid.Blank(row.Cells) { // of which there may be a million
		s.row += times - 1
		return row, err
	}
	s.again, s.times = row, times-1
	return row, nil
}

func (s *Source) readCells(row *grid.Record) (bad *grid.LineError, err error) {
	column := 1
	for inside := s.part.Depth; s.part.Depth >= inside; {
		token, err := s.part.Token()
		if err != nil {
			return nil, container.Unfinished(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "table-cell" && start.Name.Local != "covered-table-cell" {
			if err := s.part.Skip(); err != nil {
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
func (s *Source) addCells(row *grid.Record, start xml.StartElement, column int) (next int, bad *grid.LineError, err error) {
	times, err := repeated(start, "number-columns-repeated")
	if err != nil {
		return 0, nil, err
	}
	next = column + times
	text, kind, err := s.readCell(start, column)
	if e, ok := errors.AsType[*grid.LineError](err); ok && !e.Fatal {
		if first := s.FirstWanted(column, next-1); first > 0 {
			bad = s.Bad(first, s.row, e)
		}
	} else if err != nil {
		return 0, nil, err
	}
	for ; column < next && text != ""; column++ {
		if err := row.Place(column, text, kind, s.limits); err != nil {
			return 0, nil, err
		}
	}
	return next, bad, nil
}

// readCell reads the cell whose start has just been read.
func (s *Source) readCell(start xml.StartElement, column int) (string, grid.Kind, error) {
	shown, written, err := paragraphs(s.part)
	if err != nil {
		return "", grid.Text, err
	}
	reaches := func(columns, rows string) grid.Area {
		right, _ := strconv.Atoi(container.Attr(start, columns))
		bottom, _ := strconv.Atoi(container.Attr(start, rows))
		return grid.Area{Top: s.row, Left: column, Bottom: s.row + max(0, bottom-1), Right: column + max(0, right-1)}
	}
	s.Merge(reaches("number-columns-spanned", "number-rows-spanned"))
	kind := office(start, "value-type")
	formula := container.Attr(start, "formula") != ""
	if formula && kind == "" && !written {
		filled := reaches("number-matrix-columns-spanned", "number-matrix-rows-spanned")
		if err := s.Outdate(filled); err != nil {
			return "", grid.Text, err
		}
		return "", grid.Text, grid.NeverComputed(filled)
	}
	if formula && isError(shown) || hasError(start) {
		return "", grid.Text, grid.BadCell("holds the error %s: correct it", strings.ToValidUTF8(shown, "?"))
	}
	text, is, err := odsMeaning(start, shown)
	if err != nil {
		return "", is, err
	}
	return grid.Checked(text, is, s.limits)
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
