package excel

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/grid"
	"github.com/atriumhub/atrium/internal/sheet/numfmt"
)

// Source yields the rows of one sheet.
type Source struct {
	*grid.Book
	pkg      *container.Package
	part     *container.Part
	limits   grid.Limits
	strings  sharedStrings
	formats  []*numfmt.Format // by the cells' style
	date1904 bool
	outdated bool // values of formulas are not what the formulas say
	row      int  // the last one
}

// Close closes the file.
func (s *Source) Close() error {
	_ = s.part.Close()
	return s.pkg.Close()
}

// Next implements grid.Source.
func (s *Source) Next() (grid.Record, error) {
	for {
		token, err := s.part.Token()
		if err != nil {
			return grid.Record{}, s.at(err)
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "mergeCell":
			if merged, ok := areaOf(container.Attr(start, "ref")); ok {
				s.Merge(merged)
			}
		case ok && start.Name.Local == "row":
			if s.row, err = number1(container.Attr(start, "r"), s.row); err != nil || s.row > MaxRows {
				return grid.Record{}, grid.Fatal(s.row, grid.Damaged)
			}
			return s.readRow(container.Truth(container.Attr(start, "hidden")))
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

// number1 reads a row's or column's number, which may be left out, and must grow.
func number1(text string, last int) (int, error) {
	if text == "" {
		return last + 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= last {
		return last, errors.New("does not grow")
	}
	return n, nil
}

// readRow reads to the row's end even if a cell is bad, so that the next row can be read.
func (s *Source) readRow(hidden bool) (grid.Record, error) {
	row := grid.Record{Line: s.row, Hidden: hidden}
	var bad *grid.LineError
	column := 0
	for inside := s.part.Depth; s.part.Depth >= inside; {
		token, err := s.part.Token()
		if err != nil {
			return row, s.at(container.Unfinished(err))
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		if column, err = columnOf(container.Attr(start, "r"), s.row, column); err != nil {
			return row, grid.Fatal(s.row, grid.Damaged)
		}
		cell, kind, err := s.readCell(start, column)
		if e, ok := errors.AsType[*grid.LineError](err); ok && !e.Fatal {
			if bad == nil && s.Wants(column) {
				bad = s.Bad(column, s.row, e)
			}
		} else if err != nil {
			return row, s.at(err)
		}
		if err := row.Place(column, cell, kind, s.limits); err != nil {
			return row, err
		}
	}
	if bad != nil {
		return row, bad
	}
	return row, s.Unfilled(s.row)
}

// columnOf reads C7 in row 7 as 3.
func columnOf(ref string, row, last int) (int, error) {
	if ref == "" {
		return last + 1, nil
	}
	n, i := 0, 0
	for ; i < len(ref) && i < 3 && 'A' <= ref[i] && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	if n <= last || ref[i:] != strconv.Itoa(row) {
		return last, errors.New("does not grow")
	}
	return n, nil
}

// areaOf reads C2:C5.
func areaOf(ref string) (a grid.Area, ok bool) {
	first, last, ok := strings.Cut(ref, ":")
	if !ok {
		last = first
	}
	if a.Top, a.Left, ok = cellOf(first); ok {
		a.Bottom, a.Right, ok = cellOf(last)
	}
	return a, ok
}

// cellOf reads C7 as row 7, column 3.
func cellOf(ref string) (row, column int, ok bool) {
	digits := strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	row, err := strconv.Atoi(digits)
	if err != nil || row < 1 {
		return 0, 0, false
	}
	column, err = columnOf(ref, row, 0)
	return row, column, err == nil
}

func (s *Source) readCell(start xml.StartElement, column int) (string, grid.Kind, error) {
	c, err := cell(s.part)
	switch {
	case err != nil:
		return "", grid.Text, err
	case c.computed && (s.outdated || !c.valued || strings.TrimSpace(c.value.String()) == "" && container.Attr(start, "t") != "str"):
		filled, ok := areaOf(c.fills)
		if !ok {
			filled = grid.Area{Top: s.row, Left: column, Bottom: s.row, Right: column}
		}
		if err := s.Outdate(filled); err != nil {
			return "", grid.Text, err
		}
		return "", grid.Text, grid.NeverComputed(filled)
	}
	text, kind, err := s.meaning(container.Attr(start, "t"), container.Attr(start, "s"), c)
	if err != nil {
		return "", kind, err
	}
	return grid.Checked(text, kind, s.limits)
}

// cellParts is what a <c> has inside.
type cellParts struct {
	value            strings.Builder
	inline           string
	valued, computed bool   // there is a value, there is a formula
	fills            string // the cells that the formula is for, where they are several
}

// cell reads the cell whose start has just been read.
func cell(x *container.Part) (*cellParts, error) {
	c := &cellParts{}
	inValue := false
	for inside := x.Depth; x.Depth >= inside; {
		token, err := x.Token()
		if err != nil {
			return nil, container.Unfinished(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			inValue = t.Name.Local == "v"
			if err := c.begin(x, t); err != nil {
				return nil, err
			}
		case xml.EndElement:
			inValue = false
		case xml.CharData:
			if inValue {
				c.value.Write(t)
			}
		}
		if c.value.Len() > container.MaxToken {
			return nil, grid.Fatal(0, "has a cell of more than %d MiB", container.MaxToken>>20)
		}
	}
	return c, nil
}

// begin notes what a cell has.
func (c *cellParts) begin(x *container.Part, e xml.StartElement) (err error) {
	switch e.Name.Local {
	case "v":
		c.valued = true
	case "f":
		c.computed = true
		if kind := container.Attr(e, "t"); kind == "array" || kind == "dataTable" { // those that are shared stand in each cell
			c.fills = container.Attr(e, "ref")
		}
	case "is":
		c.inline, err = joined(x)
	}
	return err
}

// meaning is the cell's text, by its type (ECMA-376 part 1, §18.18.11).
func (s *Source) meaning(kind, style string, c *cellParts) (string, grid.Kind, error) {
	format := &numfmt.Format{}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.formats) {
		format = s.formats[i]
	}
	value := c.value.String()
	switch {
	case kind == "inlineStr" && value == "", kind != "s" && value == "" && c.inline != "":
		return format.Text(grid.Bare(c.inline)), grid.Text, nil
	case kind == "inlineStr", kind == "str":
		return format.Text(grid.Bare(unescape(value))), grid.Text, nil
	case kind == "d":
		return value, grid.Date, nil
	case kind == "e":
		return "", grid.Text, grid.BadCell("holds the error %s: correct it", strings.ToValidUTF8(value, "?"))
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "" && kind == "s" && c.valued:
		return "", grid.Text, grid.Fatal(s.row, grid.Damaged)
	case value == "":
		return "", grid.Text, nil
	case kind == "s":
		i, err := strconv.Atoi(value)
		text, ok := s.strings.at(i)
		if err != nil || !ok {
			return "", grid.Text, grid.Fatal(s.row, grid.Damaged)
		}
		return format.Text(grid.Bare(text)), grid.Text, nil
	case kind == "b":
		if !container.Truth(value) && value != "0" && !strings.EqualFold(value, "false") {
			return "", grid.Text, grid.Fatal(s.row, grid.Damaged)
		}
		return strconv.FormatBool(container.Truth(value)), grid.Truth, nil
	}
	text, is, err := format.Show(value, s.date1904)
	if e, ok := errors.AsType[*grid.LineError](err); ok && e.Fatal {
		e.Line = s.row
	}
	return text, is, err
}
