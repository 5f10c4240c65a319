package sheet

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// excelSource yields the rows of one sheet.
type excelSource struct {
	pkg      *excelPackage
	part     *xmlPart
	limits   Limits
	strings  sharedStrings
	formats  []numberFormat // by the cells' style
	date1904 bool
	row      int // the last one
}

// Close closes the file.
func (s *excelSource) Close() error {
	_ = s.part.rc.Close()
	return s.pkg.file.Close()
}

func (s *excelSource) next() (int, []string, error) {
	for {
		token, err := s.part.token()
		if err != nil {
			return 0, nil, s.at(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		if s.row, err = number1(attr(start, "r"), s.row); err != nil || s.row > excelRows {
			return 0, nil, fatal(s.row, damaged)
		}
		cells, err := s.readRow()
		return s.row, cells, err
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
func (s *excelSource) readRow() (cells []string, bad error) {
	column := 0
	for inside := s.part.depth; s.part.depth >= inside; {
		token, err := s.part.token()
		if err != nil {
			return nil, s.at(unfinished(err))
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		if column, err = columnOf(attr(start, "r"), s.row, column); err != nil {
			return nil, fatal(s.row, damaged)
		}
		cell, err := s.readCell(start)
		if e, ok := errors.AsType[*LineError](err); ok && !e.Fatal {
			bad = cmp.Or(bad, error(&LineError{Line: s.row, Reason: fmt.Sprintf("cell %s%d %s", columnName(column), s.row, e.Reason)}))
		} else if err != nil {
			return nil, s.at(err)
		}
		if cells, err = s.place(cells, column, cell); err != nil {
			return nil, err
		}
	}
	return cells, bad
}

// place puts a cell into its column. Empty ones do not count: they are formatted, perhaps, to the far right.
func (s *excelSource) place(cells []string, column int, cell string) ([]string, error) {
	if cell == "" {
		return cells, nil
	}
	if column > s.limits.Columns {
		return nil, fatal(s.row, "there are more than %s columns: is this the right file?", thousands(s.limits.Columns))
	}
	for len(cells) < column-1 {
		cells = append(cells, "")
	}
	return append(cells, cell), nil
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

func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// badCell is a bad row whose place is yet to be filled in.
func badCell(format string, args ...any) error {
	return &LineError{Reason: fmt.Sprintf(format, args...)}
}

func (s *excelSource) readCell(start xml.StartElement) (string, error) {
	c, err := s.part.cell()
	switch {
	case err != nil:
		return "", err
	case c.computed && !c.valued:
		return "", badCell("is a formula that has not been computed: open the file in Excel and save it")
	}
	text, err := s.meaning(attr(start, "t"), attr(start, "s"), c.value.String(), c.inline)
	switch {
	case err != nil:
		return "", err
	case len(text) > s.limits.Cell && chars(text) > s.limits.Cell:
		return "", badCell("has more than %s characters: shorten it", thousands(s.limits.Cell))
	case strings.ContainsRune(text, 0):
		return "", badCell("has a NUL character, which no text has: remove it")
	}
	return text, nil
}

// cellParts is what a <c> has inside.
type cellParts struct {
	value            strings.Builder
	inline           string
	valued, computed bool // there is a value, there is a formula
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
			c.valued = c.valued || inValue
			c.computed = c.computed || t.Name.Local == "f"
			if t.Name.Local == "is" {
				if c.inline, err = x.text(); err != nil {
					return nil, err
				}
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

// meaning is the cell's text, by its type (ECMA-376 part 1, §18.18.11).
func (s *excelSource) meaning(kind, style, value, inline string) (string, error) {
	switch kind {
	case "inlineStr":
		return inline, nil
	case "str":
		return unescape(value), nil
	case "d":
		return value, nil
	case "e":
		return "", badCell("holds the error %s: correct it", strings.ToValidUTF8(value, "?"))
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "", nil
	case kind == "s":
		i, err := strconv.Atoi(value)
		text, ok := s.strings.at(i)
		if err != nil || !ok {
			return "", fatal(s.row, damaged)
		}
		return text, nil
	case kind == "b":
		return strconv.FormatBool(truth(value)), nil
	}
	format := plain
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.formats) {
		format = s.formats[i]
	}
	text, ok := format.show(value, s.date1904)
	if !ok {
		return "", fatal(s.row, damaged)
	}
	return text, nil
}
