package grid

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Book is what Excel's and OpenDocument's files have beside cells. Rows and columns count from 1. Of CSV it is nil.
type Book struct {
	Sheet  string   // that is read
	Others []string // that could have been

	header int    // the header's row; 0 while it is not known
	all    bool   // what stands in any column matters
	wanted []bool // … or what stands in these, from 0
	merged []Area // over several rows, in or above the header
	cover  error  // the first below it that matters
	stale  []Area // cells whose values would come from a formula that nothing has computed
}

// Area is a rectangle of cells.
type Area struct{ Top, Left, Bottom, Right int }

const maxAreas = 1000 // that reach into one row

// Find chooses the sheet that is called so, or the first that can be seen. The names are as people see them, in order.
func (b *Book) Find(want string, names []string, hidden func(int) bool) (index int, err error) {
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
		return 0, Fatal(0, "has no sheets: save it as .xlsx in a spreadsheet program")
	case index < 0 && want == "":
		return 0, Fatal(0, "has only hidden sheets: unhide the one with the table, and save the file")
	case index < 0:
		return 0, Fatal(0, "has no sheet called %q: it has %s", want, quoted(names))
	}
	b.Sheet = names[index]
	for i, name := range names {
		if i != index && !hidden(i) {
			b.Others = append(b.Others, name)
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

// Empty says that there is no header.
func (b *Book) Empty() string {
	const cure = ": the first line must name the columns"
	if b == nil || len(b.Others) == 0 {
		return "is empty" + cure
	}
	return fmt.Sprintf("the sheet %q is empty%s; there are also %s", b.Sheet, cure, quoted(b.Others))
}

// Below notes where the header is, and which columns matter; for none named, all do.
func (b *Book) Below(line int, header, only []string) {
	if b == nil {
		return
	}
	b.header, b.all, b.wanted = line, len(only) == 0, make([]bool, len(header))
	for i, name := range header {
		b.wanted[i] = slices.ContainsFunc(only, func(w string) bool { return strings.EqualFold(w, name) })
	}
	for _, a := range b.merged {
		b.Merge(a)
	}
	b.merged = nil
}

// FirstWanted is the first column between two that matters, or 0.
func (b *Book) FirstWanted(left, right int) int {
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

// Wants tells whether it matters what stands in a column.
func (b *Book) Wants(column int) bool { return b.FirstWanted(column, column) > 0 }

// Merge notes that cells are merged.
func (b *Book) Merge(a Area) {
	column := b.FirstWanted(a.Left, a.Right)
	switch {
	case a.Bottom <= a.Top || column == 0 || b.cover != nil:
	case b.header == 0:
		b.merged = append(b.merged, a)
	case a.Top > b.header:
		b.cover = Fatal(a.Top, "the cells %s to %s%d are merged, so that only the first has what all of them show: unmerge them, and fill in each",
			b.ref(column, a.Top), columnName(column), a.Bottom)
	}
}

// Covered is what is wrong with a sheet in which cells are merged over several rows.
func (b *Book) Covered() error {
	if b == nil {
		return nil
	}
	return b.cover
}

// Outdate notes cells that a formula without a value should have filled.
func (b *Book) Outdate(a Area) error {
	if a.Bottom <= a.Top {
		return nil // its row is bad by itself
	}
	if len(b.stale) >= maxAreas {
		return Fatal(a.Top, "has more than %s formulas over several cells that were never computed: save it once in a spreadsheet program", Thousands(maxAreas))
	}
	b.stale = append(b.stale, a)
	return nil
}

// Unfilled is what is wrong with a row that has cells which a formula elsewhere should have filled.
func (b *Book) Unfilled(row int) error {
	b.stale = slices.DeleteFunc(b.stale, func(a Area) bool { return a.Bottom < row })
	for _, a := range b.stale {
		if column := b.FirstWanted(a.Left, a.Right); column > 0 && a.Top <= row {
			return b.Bad(column, row, BadCell(
				"is filled by a formula in %s that has never been computed: %s", b.ref(a.Left, a.Top), computeIt))
		}
	}
	return nil
}

// computeIt is the cure for formulas without a value.
const computeIt = "save the file once in a spreadsheet program, or write the values themselves"

// NeverComputed is what is wrong with a formula without a value.
func NeverComputed(filled Area) error {
	if filled.Bottom > filled.Top || filled.Right > filled.Left {
		return BadCell("is a formula, for the cells to %s%d, that has never been computed, so that the file does not have their values: %s",
			columnName(filled.Right), filled.Bottom, computeIt)
	}
	return BadCell("is a formula that has never been computed, so that the file does not have its value: %s", computeIt)
}

// Bad puts the place into a BadCell.
func (b *Book) Bad(column, row int, e *LineError) *LineError {
	return &LineError{Line: row, Reason: fmt.Sprintf("cell %s %s", b.ref(column, row), e.Reason)}
}

var simpleSheet = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// ref names a cell as spreadsheets do: Sheet1!B2, 'Class 5a'!B2.
func (b *Book) ref(column, row int) string {
	name := strings.ToValidUTF8(b.Sheet, "?")
	if !simpleSheet.MatchString(name) {
		name = "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return fmt.Sprintf("%s!%s%d", name, columnName(column), row)
}

func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
