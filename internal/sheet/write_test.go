package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/sheet"
)

func write(t *testing.T, path string, o sheet.CreateOptions, rows ...[]string) {
	t.Helper()
	w, err := sheet.Create(path, o)
	must(t, err)
	defer w.Abort()
	for _, row := range rows {
		must(t, w.Write(row...))
	}
	must(t, w.Close())
	must(t, w.Close()) // harmless
}

func TestCSVIsWritten(t *testing.T) {
	var buf bytes.Buffer
	w, err := sheet.NewWriter(&buf, sheet.CSV)
	must(t, err)
	for _, row := range [][]string{
		{"username", "a;b", "\uFEFFc", "d|e"},
		{"007", `say "hi"`, " x", "a,b"},
		{"=1+1", "+x", "-x", "@x"},
		{"\tx", "\rx", "'=x", "''＝x"},
		{"'x", "a\nb", "", "日本"},
		{"short"},
	} {
		must(t, w.Write(row...))
	}
	must(t, w.Close())
	want := "username,\"a;b\",\"\uFEFFc\",\"d|e\"\n" +
		"007,\"say \"\"hi\"\"\",\" x\",\"a,b\"\n" +
		"'=1+1,'+x,'-x,'@x\n" +
		"\"'\tx\",\"'\rx\",''=x,'''＝x\n" +
		"'x,\"a\nb\",,日本\n" +
		"short\n"
	if diff := cmp.Diff(want, buf.String()); diff != "" {
		t.Error(diff)
	}
}

// Another program must see text, and no formulas.
func TestExcelIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.xlsx")
	rows := [][]string{{"username", "password"}, {"007", "=1+1"}, {"-x", " \n<&\"'"}, {"", "@x"}}
	write(t, path, sheet.CreateOptions{}, rows...)
	f, err := excelize.OpenFile(path)
	must(t, err)
	defer f.Close()
	got, err := f.GetRows("Sheet1")
	must(t, err)
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
	for _, cell := range []string{"A2", "B2", "A3", "B4"} {
		kind, err := f.GetCellType("Sheet1", cell)
		formula, formulaErr := f.GetCellFormula("Sheet1", cell)
		if err != nil || formulaErr != nil || kind != excelize.CellTypeInlineString || formula != "" {
			t.Errorf("%s: type %v, formula %q, %v %v", cell, kind, formula, err, formulaErr)
		}
	}
	if names := f.GetSheetList(); !cmp.Equal(names, []string{"Sheet1"}) {
		t.Errorf("sheets %q", names)
	}
}

func TestFilesAppearWhole(t *testing.T) {
	for _, name := range []string{"out.csv", "out.xlsx"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("before"), 0o640))
		must(t, os.Chmod(path, 0o640))

		w, err := sheet.Create(path, sheet.CreateOptions{})
		must(t, err)
		must(t, w.Write("a"))
		w.Abort()
		w.Abort()
		if text, _ := os.ReadFile(path); string(text) != "before" {
			t.Errorf("%s: after Abort %q", name, text)
		}
		if err := w.Write("b"); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s: a write after the end: %v", name, err)
		}

		write(t, path, sheet.CreateOptions{}, []string{"a"})
		mode(t, path, 0o640)
		write(t, path, sheet.CreateOptions{Private: true}, []string{"a"})
		mode(t, path, 0o600)
		link := filepath.Join(dir, "link"+filepath.Ext(name))
		must(t, os.Symlink(name, link))
		write(t, link, sheet.CreateOptions{}, []string{"b"})
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s: the link is gone: %v", name, err)
		}
		if rows, _, _, err := read(t, path, sheet.Limits{}); err != nil || rows[0][0] != "b" {
			t.Errorf("%s: %v %v", name, rows, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

func mode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: mode %v, %v, want %v", path, info.Mode(), err, want)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	for path, reason := range map[string]string{dir: "is a folder", filepath.Join(dir, "no", "x.csv"): "no such folder"} {
		_, err := sheet.Create(path, sheet.CreateOptions{})
		refused(t, err, path, 0, reason)
	}
	for _, c := range []struct {
		format sheet.Format
		row    []string
		reason string
	}{
		{sheet.CSV, []string{"a", "b", "c"}, "has 3 cells, but the header has 2"},
		{sheet.CSV, []string{"a", "\x00"}, "its cell 2 has a NUL byte"},
		{sheet.CSV, []string{"\xFF"}, "its cell 1 is not UTF-8"},
		{sheet.CSV, []string{strings.Repeat("😀", 16384)}, "more than 32,767 characters"},
		{sheet.CSV, []string{"=" + strings.Repeat("x", 32766)}, "more than 32,767 characters"},
		{sheet.Excel, []string{"'=" + strings.Repeat("x", 32765)}, "more than 32,767 characters"},
		{sheet.Excel, []string{"\x01"}, "cannot be kept in an Excel file"},
		{sheet.Excel, []string{"ü\uFFFF"}, "cannot be kept in an Excel file"},
		{sheet.Excel, []string{"_xD800_"}, "cannot be kept in an Excel file"},
		{sheet.Excel, []string{"_x0041_x0042_"}, "cannot be kept in an Excel file"},
	} {
		w, err := sheet.NewWriter(&bytes.Buffer{}, c.format)
		must(t, err)
		must(t, w.Write("1", "2"))
		err = w.Write(c.row...)
		if e, ok := errors.AsType[*sheet.LineError](err); !ok || e.Line != 2 || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%q: %v, want %q", c.row, err, c.reason)
		}
		must(t, w.Write("it goes on"))
		must(t, w.Close())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestFullDisk(t *testing.T) {
	for _, format := range []sheet.Format{sheet.CSV, sheet.Excel} {
		w, err := sheet.NewWriter(full{}, format)
		must(t, err)
		for range 10_000 {
			if err = w.Write("some", "text", "and", "more"); err != nil {
				break
			}
		}
		if closeErr := w.Close(); !errors.Is(closeErr, syscall.ENOSPC) || (err != nil && !errors.Is(err, syscall.ENOSPC)) {
			t.Errorf("%s: %v, then %v", format, err, closeErr)
		}
	}
}

// Whatever is written is read again.
func TestEverythingComesBack(t *testing.T) {
	for _, name := range []string{"x.csv", "x.xlsx"} {
		path := filepath.Join(t.TempDir(), name)
		excel := sheet.FormatOf(name) == sheet.Excel
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				header, rows := drawTable(t, excel)
				w, err := sheet.Create(path, sheet.CreateOptions{})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Abort()
				for _, row := range append([][]string{header}, rows...) {
					if err := w.Write(row...); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				table, err := sheet.ReadAll(t.Context(), path, sheet.Options{})
				if err != nil || len(table.Bad) > 0 {
					t.Fatal(err, table)
				}
				if diff := cmp.Diff(trimmed(header), table.Header()); diff != "" {
					t.Fatal("header (-want +got)\n" + diff)
				}
				var got [][]string
				for _, row := range table.Rows {
					got = append(got, row.Cells)
				}
				if diff := cmp.Diff(rows, got); diff != "" {
					t.Fatal("rows (-want +got)\n" + diff)
				}
			})
		})
	}
}

func drawTable(t *rapid.T, excel bool) (header []string, rows [][]string) {
	char := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("=+-@\t\r\n'\",;| \uFEFF_x0041\uFFFD😀")), rapid.RuneFrom([]rune("abc")))
	cell := rapid.StringOfN(char, 0, 20, -1).Filter(func(s string) bool {
		if excel && (strings.Contains(s, "_x0041_") || strings.ContainsFunc(s, func(r rune) bool {
			return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0xFFFE || r == 0xFFFF
		})) {
			return false
		}
		return utf8.ValidString(s) && !strings.Contains(s, "\x00")
	})
	solid := cell.Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	n := rapid.IntRange(1, 4).Draw(t, "columns")
	header = rapid.SliceOfN(solid, n, n).Draw(t, "header")
	for i := range rapid.IntRange(0, 4).Draw(t, "rows") {
		row := rapid.SliceOfN(cell, n, n).Draw(t, fmt.Sprint("row ", i))
		row[rapid.IntRange(0, n-1).Draw(t, "solid")] = solid.Draw(t, "cell")
		rows = append(rows, row)
	}
	return header, rows
}

func trimmed(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimSpace(c)
	}
	return out
}

func TestEscapesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.xlsx")
	rows := [][]string{{"h"}, {"_x0041_"}, {"_x005F_"}, {"_x005F_x"}, {"_x005f_"}, {"_xZ800_"}, {"_x00_"}, {"__x0041__"}, {"_x005F"}, {"_x0041_ _x0042_"}}
	w, err := sheet.Create(path, sheet.CreateOptions{})
	must(t, err)
	want := rows[:0:0]
	for _, row := range rows {
		must(t, w.Write(row...))
		want = append(want, row)
	}
	must(t, w.Close())
	got, _, _, err := read(t, path, sheet.Limits{})
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
