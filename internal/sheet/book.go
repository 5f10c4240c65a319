package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// book is what Excel's and OpenDocument's files have beside cells. Rows and columns count from 1. Of CSV it is nil.
type book struct {
	sheet  string   // that is read
	others []string // that could have been

	header int    // the header's row; 0 while it is not known
	all    bool   // what stands in any column matters
	wanted []bool // … or what stands in these, from 0
	merged []area // over several rows, in or above the header
	cover  error  // the first below it that matters
	stale  []area // cells whose values would come from a formula that nothing has computed
}

// area is a rectangle of cells.
type area struct{ top, left, bottom, right int }

const maxAreas = 1000 // that reach into one row

// find chooses the sheet that is called so, or the first that can be seen. The names are as people see them, in order.
func (b *book) find(want string, names []string, hidden func(int) bool) (index int, err error) {
	index = slices.Index(names, want)
	if index < 0 {
		index = slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, want) })
	}
	if want == "" {
		index = -1
		for i := range names {
			if !hidden(i) {
				index = i
				break
			}
		}
	}
	switch {
	case len(names) == 0:
		return 0, fatal(0, "has no sheets: save it as .xlsx in a spreadsheet program")
	case index < 0 && want == "":
		return 0, fatal(0, "has only hidden sheets: unhide the one with the table, and save the file")
	case index < 0:
		return 0, fatal(0, "has no sheet called %q: it has %s", want, quoted(names))
	}
	b.sheet = names[index]
	for i, name := range names {
		if i != index && !hidden(i) {
			b.others = append(b.others, name)
		}
	}
	return index, nil
}

func quoted(names []string) string {
	const few = 10
	var out []string
	for _, name := range names[:min(len(names), few)] {
		out = append(out, fmt.Sprintf("%q", name))
	}
	if more := len(names) - few; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

// empty says that there is no header.
func (b *book) empty() string {
	const cure = ": the first line must name the columns"
	if b == nil || len(b.others) == 0 {
		return "is empty" + cure
	}
	return fmt.Sprintf("the sheet %q is empty%s; there are also %s", b.sheet, cure, quoted(b.others))
}

// below notes where the header is, and which columns matter; for none named, all do.
func (b *book) below(line int, header, only []string) {
	if b == nil {
		return
	}
	b.header, b.all, b.wanted = line, len(only) == 0, make([]bool, len(header))
	for i, name := range header {
		b.wanted[i] = slices.ContainsFunc(only, func(w string) bool { return strings.EqualFold(w, name) })
	}
	for _, a := range b.merged {
		b.merge(a)
	}
	b.merged = nil
}

// firstWanted is the first column between two that matters, or 0.
func (b *book) firstWanted(left, right int) int {
	if b.header == 0 || b.all {
		return left
	}
	for column := left; column <= min(right, len(b.wanted)); column++ {
		if b.wanted[column-1] {
			return column
		}
	}
	return 0
}

// wants tells whether it matters what stands in a column.
func (b *book) wants(column int) bool { return b.firstWanted(column, column) > 0 }

// merge notes that cells are merged.
func (b *book) merge(a area) {
	column := b.firstWanted(a.left, a.right)
	switch {
	case a.bottom <= a.top || column == 0 || b.cover != nil:
	case b.header == 0:
		b.merged = append(b.merged, a)
	case a.top > b.header:
		b.cover = fatal(a.top, "the cells %s to %s%d are merged, so that only the first has what all of them show: unmerge them, and fill in each",
			b.ref(column, a.top), columnName(column), a.bottom)
	}
}

// covered is what is wrong with a sheet in which cells are merged over several rows.
func (b *book) covered() error {
	if b == nil {
		return nil
	}
	return b.cover
}

// outdate notes cells that a formula without a value should have filled.
func (b *book) outdate(a area) error {
	if a.bottom <= a.top {
		return nil // its row is bad by itself
	}
	if len(b.stale) >= maxAreas {
		return fatal(a.top, "has more than %s formulas over several cells that were never computed: save it once in a spreadsheet program", thousands(maxAreas))
	}
	b.stale = append(b.stale, a)
	return nil
}

// unfilled is what is wrong with a row that has cells which a formula elsewhere should have filled.
func (b *book) unfilled(row int) error {
	b.stale = slices.DeleteFunc(b.stale, func(a area) bool { return a.bottom < row })
	for _, a := range b.stale {
		if column := b.firstWanted(a.left, a.right); column > 0 && a.top <= row {
			return b.bad(column, row, badCell(
				"is filled by a formula in %s that has never been computed: %s", b.ref(a.left, a.top), computeIt))
		}
	}
	return nil
}

// computeIt is the cure for formulas without a value.
const computeIt = "save the file once in a spreadsheet program, or write the values themselves"

// neverComputed is what is wrong with a formula without a value.
func neverComputed(filled area) error {
	if filled.bottom > filled.top || filled.right > filled.left {
		return badCell("is a formula, for the cells to %s%d, that has never been computed, so that the file does not have their values: %s",
			columnName(filled.right), filled.bottom, computeIt)
	}
	return badCell("is a formula that has never been computed, so that the file does not have its value: %s", computeIt)
}

// checked lets through what a cell may hold.
func checked(text string, kind Kind, limits Limits) (string, Kind, error) {
	switch {
	case len(text) > limits.Cell && chars(text) > limits.Cell:
		return "", kind, badCell("has more than %s characters: shorten it", thousands(limits.Cell))
	case strings.ContainsRune(text, 0):
		return "", kind, badCell("has a NUL character, which no text has: remove it")
	}
	return text, kind, nil
}

// badCell is a bad row whose place is yet to be filled in.
func badCell(format string, args ...any) *LineError {
	return &LineError{Reason: fmt.Sprintf(format, args...)}
}

// bad puts the place into a badCell.
func (b *book) bad(column, row int, e *LineError) *LineError {
	return &LineError{Line: row, Reason: fmt.Sprintf("cell %s %s", b.ref(column, row), e.Reason)}
}

var simpleSheet = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// ref names a cell as spreadsheets do: Sheet1!B2, 'Class 5a'!B2.
func (b *book) ref(column, row int) string {
	name := strings.ToValidUTF8(b.sheet, "?")
	if !simpleSheet.MatchString(name) {
		name = "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return fmt.Sprintf("%s!%s%d", name, columnName(column), row)
}

// place puts a cell into its column, from 1. Empty ones do not count: they are formatted, perhaps, to the far right.
func (r *record) place(column int, cell string, kind Kind, limits Limits) error {
	if cell == "" {
		return nil
	}
	if column > limits.Columns {
		return fatal(r.line, "there are more than %s columns: is this the right file?", thousands(limits.Columns))
	}
	for len(r.cells) < column-1 {
		r.cells = append(r.cells, "")
	}
	r.cells = append(r.cells, cell)
	if kind != Text {
		if r.kinds == nil {
			r.kinds = map[int]Kind{}
		}
		r.kinds[column-1] = kind
	}
	return nil
}

func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
