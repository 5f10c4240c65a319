package excel

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

const (
	sheetName  = "Sheet1"
	textFormat = 49 // "@": what is typed into such a cell stays text
	width      = 20 // of a column, in characters
)

// MaxRows is how many rows a sheet can have.
const MaxRows = 1 << 20

// Writer streams rows into excelize, which keeps them in a temporary file until all are there.
type Writer struct {
	out    io.Writer
	book   *excelize.File
	stream *excelize.StreamWriter
	text   int // the style
	row    int
	cells  []any
}

// NewWriter begins a workbook with one sheet. Finish writes it to out.
func NewWriter(out io.Writer) (*Writer, error) {
	w := &Writer{out: out, book: excelize.NewFile()}
	var err error
	if w.text, err = w.book.NewStyle(&excelize.Style{NumFmt: textFormat}); err == nil {
		w.stream, err = w.book.NewStreamWriter(sheetName)
	}
	if err != nil {
		w.Discard()
		return nil, fmt.Errorf("begin an Excel file: %w", err)
	}
	return w, nil
}

// Write writes a row; the first is the header.
func (w *Writer) Write(cells []string) error {
	if w.row == 0 && len(cells) > 0 {
		if err := w.prepare(len(cells)); err != nil {
			return err
		}
	}
	w.row++
	w.cells = w.cells[:0]
	for _, cell := range cells {
		if cell == "" {
			w.cells = append(w.cells, nil)
			continue
		}
		w.cells = append(w.cells, excelize.Cell{StyleID: w.text, Value: Guarded(cell)})
	}
	return w.stream.SetRow(fmt.Sprintf("A%d", w.row), w.cells)
}

// prepare formats the columns, and keeps the header in sight.
func (w *Writer) prepare(columns int) error {
	if err := w.stream.SetColStyle(1, columns, w.text); err != nil {
		return err
	}
	if err := w.stream.SetColWidth(1, columns, width); err != nil {
		return err
	}
	return w.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// Finish writes the file.
func (w *Writer) Finish() error {
	if err := w.stream.Flush(); err != nil {
		return err
	}
	return w.book.Write(w.out)
}

// Discard removes the temporary file; after Finish too.
func (w *Writer) Discard() { _ = w.book.Close() }

// Holds is false for what excelize 2.9.1 would change or lose: characters that XML has no way to write, and text that
// looks like half of a pair's escape, or like two escapes that share an underscore.
func Holds(cell string) bool {
	for _, r := range cell {
		if (r < ' ' && r != '\t' && r != '\n' && r != '\r') || r == 0xFFFE || r == 0xFFFF {
			return false
		}
	}
	for i := strings.Index(cell, "_x"); i >= 0 && i < len(cell); i++ {
		if !looksEscaped(cell[i:]) {
			continue
		}
		if _, ok := escaped(cell[i:]); !ok || looksEscaped(cell[i+len("_x0000"):]) {
			return false
		}
	}
	return true
}

// Guarded is a cell as it is written: of one that begins with an apostrophe, one would be taken off.
func Guarded(cell string) string {
	if strings.HasPrefix(cell, "'") {
		return grid.Guard(cell)
	}
	return cell
}
