package endpoint_test

import (
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

func rowsOf(end error, rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	w := httptest.NewRecorder()
	err := endpoint.WriteCSV(w, "x.csv", []string{"name", "hours"}, rowsOf(nil, []string{"=cmd()", "1"}, []string{"a,b\x00\xff", "2"}))
	want := "name,hours\n'=cmd(),1\n\"a,b\uFFFD\",2\n"
	if err != nil || w.Body.String() != want || w.Header().Get("Content-Disposition") != `attachment; filename="x.csv"` {
		t.Errorf("%v %v %q, want %q", err, w.Header(), w.Body, want)
	}
	none := httptest.NewRecorder()
	if err := endpoint.WriteCSV(none, "x.csv", []string{"name"}, rowsOf(nil)); err != nil || none.Body.String() != "name\n" {
		t.Errorf("without rows: %v %q", err, none.Body)
	}
}

// An error before the first row is an answer of its own; a later one cuts the connection, since a part would be taken
// for the whole.
func TestWriteCSVThatFails(t *testing.T) {
	bad := errors.New("bad")
	w := httptest.NewRecorder()
	if err := endpoint.WriteCSV(w, "x.csv", []string{"name"}, rowsOf(bad)); !errors.Is(err, bad) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("at once: %v %v %q", err, w.Header(), w.Body)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // the value itself is what net/http knows
			t.Errorf("later: %v", p)
		}
	}()
	_ = endpoint.WriteCSV(httptest.NewRecorder(), "x.csv", []string{"name"}, rowsOf(bad, []string{"ann"}))
	t.Error("it ended as if it were whole")
}

func TestAcceptsCSV(t *testing.T) {
	for accept, want := range map[string]bool{"text/csv": true, "application/json, Text/CSV;q=0.9": true, "*/*": false, "": false, "text/csv2": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if endpoint.AcceptsCSV(r) != want {
			t.Errorf("%q", accept)
		}
	}
}
