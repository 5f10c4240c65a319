package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
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

type csvSource struct {
	in     *bufio.Reader
	closer io.Closer
	limits Limits
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

func newCSV(file io.ReadCloser, limits Limits) (*csvSource, error) {
	c := &csvSource{closer: file, limits: limits, line: 1}
	c.in = bufio.NewReaderSize(&capped{r: file, left: limits.Bytes}, headSize)
	head, err := c.in.Peek(magicLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, c.readError(err)
	}
	switch {
	case isZip(head):
		return nil, zipAsCSV()
	case isOLE(head):
		return nil, fatal(0, "is an old or protected Excel file, not CSV: save it as CSV")
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		_, _ = c.in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		c.utf16 = true
		decoded := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(c.in)
		c.in = bufio.NewReaderSize(decoded, headSize)
	}
	return c, c.chooseDelimiter()
}

func (c *csvSource) chooseDelimiter() error {
	head, err := c.in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return c.readError(err)
	}
	if len(head) > 4 && strings.EqualFold(string(head[:4]), "sep=") && strings.IndexByte(delimiters, head[4]) >= 0 {
		if rest := head[5:]; len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r' {
			c.comma = head[4]
			_, err := c.next()
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

func (c *csvSource) readError(err error) error {
	if errors.Is(err, errTooLarge) {
		return tooManyBytes(c.limits.Bytes)
	}
	return &LineError{Line: c.line, Reason: "cannot be read: " + err.Error(), Fatal: true, Err: err}
}

// next reads one record.
func (c *csvSource) next() (record, error) {
	c.start, c.field, c.bytes, c.touched = c.line, c.field[:0], 0, false
	c.cells = make([]string, 0, max(len(c.cells), 4))
	for {
		b, err := c.read()
		if errors.Is(err, io.EOF) {
			if !c.touched {
				return record{}, io.EOF
			}
			return c.end()
		}
		if err != nil {
			return record{}, err
		}
		switch {
		case b == '\n':
			return c.end()
		case b == c.comma:
			err = c.endCell()
		case b == '"' && len(c.field) == 0:
			var last bool
			if last, err = c.quoted(); last && err == nil {
				return record{line: c.start, cells: c.cells}, nil
			}
		default:
			err = c.add(b, c.start)
		}
		if err != nil {
			return record{}, err
		}
	}
}

// end ends the record under way, and its last cell.
func (c *csvSource) end() (record, error) {
	err := c.endCell()
	return record{line: c.start, cells: c.cells}, err
}

// quoted reads the cell after its opening quote, and what follows it. last says that the record is over.
func (c *csvSource) quoted() (last bool, err error) {
	begin := c.line
	for {
		b, err := c.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, fatal(begin, "a quote is opened here and never closed: close it, or write a quote that is part of the text twice")
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
func (c *csvSource) countLine(b byte) {
	if b == '\n' {
		c.line++
	}
	if b == '\r' {
		if next, _ := c.in.Peek(1); len(next) == 0 || next[0] != '\n' {
			c.line++
		}
	}
}

func (c *csvSource) afterQuote() (last bool, err error) {
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
	return false, fatal(line, "there is text after a closing quote: write a quote that is part of the text twice")
}

// read gives the next byte outside quotes, with every end of a line as \n.
func (c *csvSource) read() (byte, error) {
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

func (c *csvSource) add(b byte, line int) error {
	if b == 0 {
		return fatal(c.line, "there is a NUL byte, which no text has: save the file as CSV in UTF-8")
	}
	c.field = append(c.field, b)
	if len(c.field) > c.limits.Cell*utf8.UTFMax {
		return c.tooLong(line)
	}
	if c.bytes++; c.bytes > recordBytes {
		return fatal(c.start, "the row is larger than %d MiB: is a quote before it not closed?", recordBytes>>20)
	}
	return nil
}

func (c *csvSource) tooLong(line int) error {
	return fatal(line, "a cell has more than %s characters: shorten it, or close the quote if one is open here", thousands(c.limits.Cell))
}

func (c *csvSource) endCell() error {
	if len(c.cells) >= c.limits.Columns {
		return fatal(c.start, "there are more than %s columns: is this the right file?", thousands(c.limits.Columns))
	}
	if !utf8.Valid(c.field) || (c.utf16 && bytes.ContainsRune(c.field, utf8.RuneError)) {
		return fatal(c.start, "the text is not %s: save the file as CSV in UTF-8", c.encoding())
	}
	cell := string(c.field)
	if len(cell) > c.limits.Cell && chars(cell) > c.limits.Cell {
		return c.tooLong(c.start)
	}
	c.field = c.field[:0]
	c.cells = append(c.cells, bare(cell))
	return nil
}

func (c *csvSource) encoding() string {
	if c.utf16 {
		return "UTF-16"
	}
	return "UTF-8"
}

// Close closes the file.
func (c *csvSource) Close() error { return c.closer.Close() }

// csvWriter writes as the package's comment says.
type csvWriter struct{ out *bufio.Writer }

func (w *csvWriter) write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		_, _ = w.out.WriteString(quote(CSV.guarded(cell)))
	}
	if err := w.out.WriteByte('\n'); err != nil { // a bufio.Writer keeps its first error
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

func (w *csvWriter) finish() error { return w.out.Flush() }

// quote also quotes the delimiters that we do not use, which would mislead whoever guesses them from the header.
func quote(cell string) string {
	if !strings.ContainsAny(cell, delimiters+"\"\r\n\uFEFF") && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// active is true for text that a spreadsheet would compute, after any apostrophes.
func active(cell string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, "'"))
	return r != utf8.RuneError && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
}

// guard takes the meaning from a cell that would be a formula.
func guard(cell string) string {
	if active(cell) {
		return "'" + cell
	}
	return cell
}

// bare is guard's inverse.
func bare(cell string) string {
	if strings.HasPrefix(cell, "'") && active(cell) {
		return cell[1:]
	}
	return cell
}
