package endpoint

import (
	"bufio"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sheet"
)

const csvMedia = "text/csv"

// AcceptsCSV reports whether the client asks for a table as CSV, in the place of JSON.
func AcceptsCSV(r *http.Request) bool {
	for item := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, _, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(media), csvMedia) {
			return true
		}
	}
	return false
}

// WriteCSV responds with a table that is sent as its rows come, for browsers to keep under a file name. Cells that
// spreadsheets would take for formulas are guarded, as in the command line's files. An error before the first row is
// returned, and nothing was sent; after that the connection is cut, so that no client takes a part for the whole.
func WriteCSV(w http.ResponseWriter, name string, header []string, rows iter.Seq2[[]string, error]) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	row, err, more := next()
	if more && err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", csvMedia+"; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	conn := http.NewResponseController(w)
	defer func() { _ = conn.SetWriteDeadline(time.Time{}) }() // the connection may serve others after this
	out := bufio.NewWriterSize(patient{w, conn}, 32<<10)
	table, err := sheet.NewWriter(out, sheet.CSV)
	if err != nil {
		return err
	}
	err = table.Write(header...)
	for more && err == nil {
		if err = table.Write(clean(row)...); err != nil {
			break
		}
		row, err, more = next()
	}
	if err == nil {
		err = table.Close()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// clean is a row without what no text file may have.
func clean(cells []string) []string {
	for i, cell := range cells {
		cells[i] = strings.ToValidUTF8(strings.ReplaceAll(cell, "\x00", ""), "\uFFFD")
	}
	return cells
}

// patient gives a client so long for each part that it is sent, and no longer.
type patient struct {
	w    http.ResponseWriter
	conn *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	_ = p.conn.SetWriteDeadline(hub.SystemClock().Add(WriteTimeout))
	return p.w.Write(b)
}
