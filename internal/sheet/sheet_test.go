package sheet_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/atriumhub/atrium/internal/sheet"
)

// save writes a file into a folder of the test's own.
func save(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read gives the header and the rows as one table, and what is wrong with rows.
func read(t *testing.T, path string, limits sheet.Limits) (rows [][]string, lines []int, bad []string, err error) {
	t.Helper()
	table, err := sheet.ReadAll(t.Context(), path, sheet.Options{Limits: limits})
	if err != nil {
		return nil, nil, nil, err
	}
	rows = append(rows, table.Header())
	for _, row := range table.Rows {
		rows, lines = append(rows, row.Cells), append(lines, row.Line)
	}
	for _, b := range table.Bad {
		bad = append(bad, strings.TrimPrefix(b.Error(), path+", "))
	}
	return rows, lines, bad, nil
}

func utf16(t *testing.T, order unicode.Endianness, s string) string {
	t.Helper()
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCSVIsRead(t *testing.T) {
	plain := [][]string{{"username", "admin"}, {"ada", "true"}, {"007", ""}}
	for _, c := range []struct {
		name, text string
		rows       [][]string
		lines      []int
		bad        []string
	}{
		{"comma", "username,admin\nada,true\n007,\n", plain, []int{2, 3}, nil},
		{"semicolon", "username;admin\nada;true\n007;\n", plain, []int{2, 3}, nil},
		{"tab", "username\tadmin\nada\ttrue\n007\t\n", plain, []int{2, 3}, nil},
		{"bar", "username|admin\nada|true\n007|\n", plain, []int{2, 3}, nil},
		{"said by its first line", "sep=;\r\nusername;admin\r\nada;true\r\n007\r\n", plain, []int{3, 4}, nil},
		{"no end of the last line", "username,admin\nada,true\n007", plain, []int{2, 3}, nil},
		{"Windows", "\xEF\xBB\xBFusername,admin\r\nada,true\r\n007,\r\n", plain, []int{2, 3}, nil},
		{"old Mac", "username,admin\rada,true\r007,\r", plain, []int{2, 3}, nil},
		{"blank lines", "\n\n username , admin ,,\n\nada,true\n,,\n  \n007,\n\n", plain, []int{5, 8}, nil},
		{"UTF-16, little", utf16(t, unicode.LittleEndian, "username\tadmin\r\nada\ttrue\r\n007\r\n"), plain, []int{2, 3}, nil},
		{"UTF-16, big", utf16(t, unicode.BigEndian, "username,admin\nada,true\n007\n"), plain, []int{2, 3}, nil},
		{
			"quotes", "\"user,name;;;\",\"a \"\"b\"\"\"\n\"one\r\ntwo\nthree\rfour\",x\n5\" disk, \"y\"\n\"\",z\n",
			[][]string{{"user,name;;;", `a "b"`}, {"one\r\ntwo\nthree\rfour", "x"}, {`5" disk`, ` "y"`}, {"", "z"}},
			[]int{2, 6, 7}, nil,
		},
		{"quote at the end", "a,b\n1,\"2\"", [][]string{{"a", "b"}, {"1", "2"}}, []int{2}, nil},
		{
			"ragged", "a,b\n1\n1,2,,\n1,2,3\n4,5\n", [][]string{{"a", "b"}, {"1", ""}, {"1", "2"}, {"4", "5"}}, []int{2, 3, 5},
			[]string{"line 4: the row has more cells (3) than the header has columns (2): quote cells with delimiters in them, or name the columns"},
		},
		{
			"apostrophes", "a\n'=1+1\n''-x\n'x\n'\n'' \n=1\n'＝1\n",
			[][]string{{"a"}, {"=1+1"}, {"'-x"}, {"'x"}, {"'"}, {"'' "}, {"=1"}, {"＝1"}}, []int{2, 3, 4, 5, 6, 7, 8}, nil,
		},
		{"only a header", "a,b\n", [][]string{{"a", "b"}}, nil, nil},
		{"Unicode", "имя,名前\nадa,花子\n", [][]string{{"имя", "名前"}, {"адa", "花子"}}, []int{2}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, lines, bad, err := read(t, save(t, "people.csv", c.text), sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.rows, rows); diff != "" {
				t.Error("rows (-want +got)\n" + diff)
			}
			if diff := cmp.Diff(c.lines, lines); diff != "" {
				t.Error("lines (-want +got)\n" + diff)
			}
			if diff := cmp.Diff(c.bad, bad); diff != "" {
				t.Error("bad rows (-want +got)\n" + diff)
			}
		})
	}
}

func TestBadCSVIsRefused(t *testing.T) {
	small := sheet.Limits{Bytes: 100, Columns: 3, Cell: 5, Rows: 2}
	for _, c := range []struct {
		name, text string
		limits     sheet.Limits
		line       int
		reason     string // what it contains
	}{
		{"empty", "", small, 0, "is empty"},
		{"blank", "\n , \n\n", small, 0, "is empty"},
		{"only a mark", "\xEF\xBB\xBF", small, 0, "is empty"},
		{"too large", "a\n" + strings.Repeat("x\n", 100), small, 0, "is larger than"},
		{"rows", "a\n\n1\n2\n3\n", small, 5, "more than 2 rows"},
		{"columns of the header", "a,b,c,d", small, 1, "more than 3 columns"},
		{"columns", "a,b\n1,2,,\n", small, 2, "more than 3 columns"},
		{"a million columns", strings.Repeat("x,", 1_000_000) + "\n", sheet.Limits{}, 1, "more than 1,000 columns"},
		{"cell", "a\nb\nsixsix\n", small, 3, "more than 5 characters"},
		{"cell by Excel's count", "a\n😀😀😀\n", small, 2, "more than 5 characters"},
		{"row", "a\n" + strings.Repeat(strings.Repeat("x", 32767)+",", 200), sheet.Limits{}, 2, "larger than 4 MiB"},
		{"Latin-1", "a\nb\nJos\xE9\n", sheet.Limits{}, 3, "not UTF-8"},
		{"NUL", "a\nb\nc\x00\n", sheet.Limits{}, 3, "NUL"},
		{"UTF-16 without a mark", "a\x00\n\x00", sheet.Limits{}, 1, "NUL"},
		{"half of a pair", "\xFF\xFEa\x00\n\x00\x00\xD8\n\x00", sheet.Limits{}, 2, "not UTF-16"},
		{"open quote", "a,b\n1,2\n3,\"4\n5\n6\n", sheet.Limits{}, 3, "never closed"},
		{"open quote, long", "a,b\n1,\"2\n" + strings.Repeat("3\n", 40), sheet.Limits{Cell: 10}, 2, "close the quote"},
		{"after a quote", "a,b\n1,\"2\"3\n", sheet.Limits{}, 2, "after a closing quote"},
		{"ZIP", "PK\x03\x04 and so on", sheet.Limits{}, 0, "is an Excel or ZIP file"},
		{"OLE2", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on", sheet.Limits{}, 0, "Excel 97–2003"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := save(t, "people.csv", c.text)
			_, _, _, err := read(t, path, c.limits)
			refused(t, err, path, c.line, c.reason)
		})
	}
}

func refused(t *testing.T, err error, file string, line int, reason string) {
	t.Helper()
	e, ok := errors.AsType[*sheet.LineError](err)
	if !ok {
		t.Fatalf("error %v, want a LineError with %q", err, reason)
	}
	if e.File != file || e.Line != line || !strings.Contains(e.Reason, reason) || !e.Fatal {
		t.Errorf("error %+v, want line %d of %s with %q, fatal", e, line, file, reason)
	}
}

func TestStandardInput(t *testing.T) {
	table, err := sheet.ReadAll(t.Context(), "-", sheet.Options{Stdin: strings.NewReader("a;b\n1;2\n")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]sheet.Row{{Line: 2, Cells: []string{"1", "2"}}}, table.Rows); diff != "" {
		t.Error(diff)
	}
	for reason, in := range map[string]io.Reader{"cannot be read here": nil, "Excel or ZIP": strings.NewReader("PK\x03\x04"), "is empty": strings.NewReader("")} {
		_, err := sheet.Open(t.Context(), "-", sheet.Options{Stdin: in})
		refused(t, err, "standard input", 0, reason)
	}
}

func TestColumn(t *testing.T) {
	table, err := sheet.ReadAll(t.Context(), save(t, "x.csv", " Username ,admin,Admin,X,x,Groups,groups,groups\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"username": 0, "admin": 1, "Admin": 2, "x": 4, "X": 3, "Groups": 5, "absent": -1} {
		i, found, err := table.Column(name)
		if err != nil || i != want || found != (want >= 0) {
			t.Errorf("%s: column %d, %t, %v, want %d", name, i, found, err, want)
		}
	}
	for _, name := range []string{"ADMIN", "groups"} {
		if _, _, err := table.Column(name); err == nil || !strings.Contains(err.Error(), "both called '"+name+"'") {
			t.Errorf("%s: error %v, want one that says that it's there twice", name, err)
		}
	}
}

func TestReadingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := sheet.Open(ctx, save(t, "x.csv", "a\n1\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cancel()
	for range 2 {
		if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the context's", err)
		}
	}
}
