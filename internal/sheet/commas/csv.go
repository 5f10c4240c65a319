package commas

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

const (
	delimiters  = ",;\t|" // in the order of preference
	headSize    = 64 << 10
	recordBytes = 4 << 20 // of one row
)

var errTooLarge = errors.New("too many bytes")

// capped ends in errTooLarge where io.LimitedReader would feign the end.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// A Source yields the rows of a file.
type Source struct {
	in     *bufio.Reader
	closer io.Closer
	limits grid.Limits
	comma  byte
	utf16  bool
	line   int // of the next byte, from 1

	// The record under way.
	start   int // its line
	field   []byte
	bytes   int
	cells   []string
	touched bool // it has at least one byte
}

// Open finds out how the file is encoded and which its delimiter is. The file is the Source's to close then.
func Open(file io.ReadCloser, limits grid.Limits) (*Source, error) {
	c := &Source{closer: file, limits: limits, line: 1}
	c.in = bufio.NewReaderSize(&capped{r: file, left: limits.Bytes}, headSize)
	head, err := c.in.Peek(grid.MagicLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, c.readError(err)
	}
	switch {
	case grid.IsZip(head):
		return nil, grid.ZipAsCSV()
	case grid.IsOLE(head):
		return nil, grid.Fatal(0, "is an old or protected Excel file, not CSV: save it as CSV")
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		_, _ = c.in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		c.utf16 = true
		decoded := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(c.in)
		c.in = bufio.NewReaderSize(decoded, headSize)
	}
	return c, c.chooseDelimiter()
}

func (c *Source) chooseDelimiter() error {
	head, err := c.in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return c.readError(err)
	}
	if len(head) > 4 && strings.EqualFold(string(head[:4]), "sep=") && strings.IndexByte(delimiters, head[4]) >= 0 {
		if rest := head[5:]; len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r' {
			c.comma = head[4]
			_, err := c.Next()
			return err
		}
	}
	c.comma = commonest(head)
	return nil
}

// commonest finds the delimiter that the first line with something on it has most of, outside quotes.
func commonest(head []byte) byte {
	head = bytes.TrimLeft(head, " \r\n")
	counts := make([]int, len(delimiters))
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		} else if quoted {
			continue
		} else if b == '\n' || b == '\r' {
			break
		} else if i := strings.IndexByte(delimiters, b); i >= 0 {
			counts[i]++
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return delimiters[best]
}

func (c *Source) readError(err error) error {
	if errors.Is(err, errTooLarge) {
		return grid.TooManyBytes(c.limits.Bytes)
	}
	return &grid.LineError{Line: c.line, Reason: "cannot be read: " + err.Error(), Fatal: true, Err: err}
}

// Next reads one record.
func (c *Source) Next() (grid.Record, error) {
	c.start, c.field, c.bytes, c.touched = c.line, c.field[:0], 0, false
	c.cells = make([]string, 0, max(len(c.cells), 4))
	for {
		b, err := c.read()
		if errors.Is(err, io.EOF) {
			if !c.touched {
				return grid.Record{}, io.EOF
			}
			return c.end()
		}
		if err != nil {
			return grid.Record{}, err
		}
		switch {
		case b == '\n':
			return c.end()
		case b == c.comma:
			err = c.endCell()
		case b == '"' && len(c.field) == 0:
			var last bool
			if last, err = c.quoted(); last && err == nil {
				return grid.Record{Line: c.start, Cells: c.cells}, nil
			}
		default:
			err = c.add(b, c.start)
		}
		if err != nil {
			return grid.Record{}, err
		}
	}
}

// end ends the record under way, and its last cell.
func (c *Source) end() (grid.Record, error) {
	err := c.endCell()
	return grid.Record{Line: c.start, Cells: c.cells}, err
}

// quoted reads the cell after its opening quote, and what follows it. last says that the record is over.
func (c *Source) quoted() (last bool, err error) {
	begin := c.line
	for {
		b, err := c.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, grid.Fatal(begin, "a quote is opened here and never closed: close it, or write a quote that is part of the text twice")
		}
		if err != nil {
			return false, c.readError(err)
		}
		if b == '"' {
			next, err := c.in.Peek(1)
			if err != nil && !errors.Is(err, io.EOF) {
				return false, c.readError(err)
			}
			if len(next) == 0 || next[0] != '"' {
				return c.afterQuote()
			}
			_, _ = c.in.Discard(1)
		}
		if err := c.add(b, begin); err != nil {
			return false, err
		}
		c.countLine(b)
	}
}

// countLine counts the lines inside of quotes, where every byte is kept: \r\n is one.
func (c *Source) countLine(b byte) {
	if b == '\n' {
		c.line++
	}
	if b == '\r' {
		if next, _ := c.in.Peek(1); len(next) == 0 || next[0] != '\n' {
			c.line++
		}
	}
}

func (c *Source) afterQuote() (last bool, err error) {
	line := c.line
	b, err := c.read()
	switch {
	case errors.Is(err, io.EOF):
		return true, c.endCell()
	case err != nil:
		return false, err
	case b == '\n':
		return true, c.endCell()
	case b == c.comma:
		if err := c.endCell(); err != nil {
			return false, err
		}
		return false, nil
	}
	return false, grid.Fatal(line, "there is text after a closing quote: write a quote that is part of the text twice")
}

// read gives the next byte outside quotes, with every end of a line as \n.
func (c *Source) read() (byte, error) {
	b, err := c.in.ReadByte()
	if errors.Is(err, io.EOF) {
		return 0, io.EOF
	}
	if err != nil {
		return 0, c.readError(err)
	}
	c.touched = true
	if b == '\r' {
		if next, _ := c.in.Peek(1); len(next) == 1 && next[0] == '\n' {
			_, _ = c.in.Discard(1)
		}
		b = '\n'
	}
	if b == '\n' {
		c.line++
	}
	return b, nil
}

func (c *Source) add(b byte, line int) error {
	if b == 0 {
		return grid.Fatal(c.line, "there is a NUL byte, which no text has: save the file as CSV in UTF-8")
	}
	c.field = append(c.field, b)
	if len(c.field) > c.limits.Cell*utf8.UTFMax {
		return c.tooLong(line)
	}
	if c.bytes++; c.bytes > recordBytes {
		return grid.Fatal(c.start, "the row is larger than %d MiB: is a quote before it not closed?", recordBytes>>20)
	}
	return nil
}

func (c *Source) tooLong(line int) error {
	return grid.Fatal(line, "a cell has more than %s characters: shorten it, or close the quote if one is open here", grid.Thousands(c.limits.Cell))
}

func (c *Source) endCell() error {
	if len(c.cells) >= c.limits.Columns {
		return grid.Fatal(c.start, "there are more than %s columns: is this the right file?", grid.Thousands(c.limits.Columns))
	}
	if !utf8.Valid(c.field) || (c.utf16 && bytes.ContainsRune(c.field, utf8.RuneError)) {
		return grid.Fatal(c.start, "the text is not %s: save the file as CSV in UTF-8", c.encoding())
	}
	cell := string(c.field)
	if len(cell) > c.limits.Cell && grid.Chars(cell) > c.limits.Cell {
		return c.tooLong(c.start)
	}
	c.field = c.field[:0]
	c.cells = append(c.cells, grid.Bare(cell))
	return nil
}

func (c *Source) encoding() string {
	if c.utf16 {
		return "UTF-16"
	}
	return "UTF-8"
}

// Close closes the file.
func (c *Source) Close() error { return c.closer.Close() }

// Writer writes rows, by the rules in the comment of package sheet.
type Writer struct{ out *bufio.Writer }

// NewWriter writes to out, which it does not close.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: bufio.NewWriterSize(out, 64<<10)}
}

// Write writes a row.
func (w *Writer) Write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		_, _ = w.out.WriteString(quote(grid.Guard(cell)))
	}
	if err := w.out.WriteByte('\n'); err != nil { // a bufio.Writer keeps its first error
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

// Finish writes what is left.
func (w *Writer) Finish() error { return w.out.Flush() }

// quote also quotes the delimiters that we do not use, which would mislead whoever guesses them from the header.
func quote(cell string) string {
	if !strings.ContainsAny(cell, delimiters+"\"\r\n\uFEFF") && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// Discard does nothing: there is nothing to let go of.
func (w *Writer) Discard() {}
