package sheet

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

// excelSource yields the rows of one sheet.
type excelSource struct {
	*book
	pkg      *zipPackage
	part     *xmlPart
	limits   Limits
	strings  sharedStrings
	formats  []*numberFormat // by the cells' style
	date1904 bool
	outdated bool // values of formulas are not what the formulas say
	row      int  // the last one
}

// Close closes the file.
func (s *excelSource) Close() error {
	_ = s.part.rc.Close()
	return s.pkg.file.Close()
}

func (s *excelSource) next() (record, error) {
	for {
		token, err := s.part.token()
		if err != nil {
			return record{}, s.at(err)
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "mergeCell":
			if merged, ok := areaOf(attr(start, "ref")); ok {
				s.merge(merged)
			}
		case ok && start.Name.Local == "row":
			if s.row, err = number1(attr(start, "r"), s.row); err != nil || s.row > excelRows {
				return record{}, fatal(s.row, damaged)
			}
			return s.readRow(truth(attr(start, "hidden")))
		}
	}
}

// at says where in the sheet the file is damaged.
func (s *excelSource) at(err error) error {
	if e, ok := errors.AsType[*LineError](err); ok && e.Line == 0 {
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
func (s *excelSource) readRow(hidden bool) (record, error) {
	row := record{line: s.row, hidden: hidden}
	var bad *LineError
	column := 0
	for inside := s.part.depth; s.part.depth >= inside; {
		token, err := s.part.token()
		if err != nil {
			return row, s.at(unfinished(err))
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		if column, err = columnOf(attr(start, "r"), s.row, column); err != nil {
			return row, fatal(s.row, damaged)
		}
		cell, kind, err := s.readCell(start, column)
		if e, ok := errors.AsType[*LineError](err); ok && !e.Fatal {
			if bad == nil && s.wants(column) {
				bad = s.bad(column, s.row, e)
			}
		} else if err != nil {
			return row, s.at(err)
		}
		if err := row.place(column, cell, kind, s.limits); err != nil {
			return row, err
		}
	}
	if bad != nil {
		return row, bad
	}
	return row, s.unfilled(s.row)
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
func areaOf(ref string) (a area, ok bool) {
	first, last, ok := strings.Cut(ref, ":")
	if !ok {
		last = first
	}
	if a.top, a.left, ok = cellOf(first); ok {
		a.bottom, a.right, ok = cellOf(last)
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

func (s *excelSource) readCell(start xml.StartElement, column int) (string, Kind, error) {
	c, err := s.part.cell()
	switch {
	case err != nil:
		return "", Text, err
	case c.computed && (s.outdated || !c.valued || strings.TrimSpace(c.value.String()) == "" && attr(start, "t") != "str"):
		filled, ok := areaOf(c.fills)
		if !ok {
			filled = area{s.row, column, s.row, column}
		}
		if err := s.outdate(filled); err != nil {
			return "", Text, err
		}
		return "", Text, neverComputed(filled)
	}
	text, kind, err := s.meaning(attr(start, "t"), attr(start, "s"), c)
	if err != nil {
		return "", kind, err
	}
	return checked(text, kind, s.limits)
}

// cellParts is what a <c> has inside.
type cellParts struct {
	value            strings.Builder
	inline           string
	valued, computed bool   // there is a value, there is a formula
	fills            string // the cells that the formula is for, where they are several
}

// cell reads the cell whose start has just been read.
func (x *xmlPart) cell() (*cellParts, error) {
	c := &cellParts{}
	inValue := false
	for inside := x.depth; x.depth >= inside; {
		token, err := x.token()
		if err != nil {
			return nil, unfinished(err)
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
		if c.value.Len() > maxToken {
			return nil, fatal(0, "has a cell of more than %d MiB", maxToken>>20)
		}
	}
	return c, nil
}

// begin notes what a cell has.
func (c *cellParts) begin(x *xmlPart, e xml.StartElement) (err error) {
	switch e.Name.Local {
	case "v":
		c.valued = true
	case "f":
		c.computed = true
		if kind := attr(e, "t"); kind == "array" || kind == "dataTable" { // those that are shared stand in each cell
			c.fills = attr(e, "ref")
		}
	case "is":
		c.inline, err = x.text()
	}
	return err
}

// meaning is the cell's text, by its type (ECMA-376 part 1, §18.18.11).
func (s *excelSource) meaning(kind, style string, c *cellParts) (string, Kind, error) {
	format := &numberFormat{}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.formats) {
		format = s.formats[i]
	}
	value := c.value.String()
	switch {
	case kind == "inlineStr" && value == "", kind != "s" && value == "" && c.inline != "":
		return format.text(bare(c.inline)), Text, nil
	case kind == "inlineStr", kind == "str":
		return format.text(bare(unescape(value))), Text, nil
	case kind == "d":
		return value, Date, nil
	case kind == "e":
		return "", Text, badCell("holds the error %s: correct it", strings.ToValidUTF8(value, "?"))
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "" && kind == "s" && c.valued:
		return "", Text, fatal(s.row, damaged)
	case value == "":
		return "", Text, nil
	case kind == "s":
		i, err := strconv.Atoi(value)
		text, ok := s.strings.at(i)
		if err != nil || !ok {
			return "", Text, fatal(s.row, damaged)
		}
		return format.text(bare(text)), Text, nil
	case kind == "b":
		if !truth(value) && value != "0" && !strings.EqualFold(value, "false") {
			return "", Text, fatal(s.row, damaged)
		}
		return strconv.FormatBool(truth(value)), Truth, nil
	}
	text, is, err := format.show(value, s.date1904)
	if e, ok := errors.AsType[*LineError](err); ok && e.Fatal {
		e.Line = s.row
	}
	return text, is, err
}
