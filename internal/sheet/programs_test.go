package sheet_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/internal/sheet"
)

// Files that programs of this field really wrote: see testdata/make.py.

const (
	cure          = ": save the file once in a spreadsheet program, or write the values themselves"
	neverComputed = "is a formula that has never been computed, so that the file does not have its value" + cure
)

// list reads the columns of a list of people; bad rows are named without their file.
func list(t *testing.T, path, name string) (rows map[int][]string, bad []string, table *sheet.Table) {
	t.Helper()
	table, err := sheet.ReadAll(t.Context(), path, sheet.Options{Sheet: name, Only: []string{"username", "password", "groups", "admin"}})
	if err != nil {
		t.Fatal(err)
	}
	rows = map[int][]string{}
	for _, row := range table.Rows {
		rows[row.Line] = row.Cells
	}
	for _, b := range table.Bad {
		bad = append(bad, strings.TrimPrefix(b.Error(), path+", "))
	}
	return rows, bad, table
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// A password "=Secret99" is a formula to openpyxl, XlsxWriter and pandas, without a value or with the value 0: it must be
// neither an account that a stranger can claim, nor one whose password is 0.
func TestFormulaWithoutValueIsNamed(t *testing.T) {
	whole := map[int][]string{3: {"ben", "correct horse", "cs101"}, 4: {"cleo", "1234567890123456", "cs101"}}
	for _, c := range []struct {
		file string
		rows map[int][]string
		bad  []string
	}{
		{"pandas-openpyxl.xlsx", whole, []string{"line 2: cell Sheet1!B2 " + neverComputed}},
		{"pandas-xlsxwriter.xlsx", whole, []string{"line 2: cell Sheet1!B2 " + neverComputed}},
		{"pandas.ods", map[int][]string{2: {"ann", "=Secret99", "cs101"}, 3: whole[3], 4: whole[4]}, nil},
		{
			"openpyxl.xlsx", map[int][]string{6: {"dora", "correct horse", "cs101", "true", ""}}, // of a column that nobody asked for nothing is said
			[]string{
				"line 2: cell Sheet!B2 " + neverComputed,
				"line 3: cell Sheet!C3 " + neverComputed,
				"line 4: cell Sheet!D4 " + neverComputed,
				"line 5: cell Sheet!A5 " + neverComputed,
				"line 7: cell Sheet!A7 is a formula, for the cells to A9, that has never been computed, so that the file does not have their values" + cure,
				"line 8: cell Sheet!A8 is filled by a formula in Sheet!A7 that has never been computed" + cure,
				"line 10: cell Sheet!B10 is a formula, for the cells to B11, that has never been computed, so that the file does not have their values" + cure,
				"line 11: cell Sheet!B11 is filled by a formula in Sheet!B10 that has never been computed" + cure,
			},
		},
		{
			"xlsxwriter.xlsx", map[int][]string{2: {"ann", "correct horse", "cs101"}, 6: {"ben", "correct horse", "cs101"}},
			[]string{
				"line 3: cell Sheet1!A3 is a formula, for the cells to A4, that has never been computed, so that the file does not have their values" + cure,
				"line 4: cell Sheet1!A4 is filled by a formula in Sheet1!A3 that has never been computed" + cure,
				"line 5: cell Sheet1!A5 " + neverComputed,
			},
		},
	} {
		rows, bad, _ := list(t, filepath.Join("testdata", c.file), "")
		same(t, c.file, c.rows, rows)
		same(t, c.file+": bad rows", c.bad, bad)
	}
}

// What each cell of a formula can look like in the file.
func TestFormulasWithAndWithoutValues(t *testing.T) {
	const never = neverComputed
	for _, c := range []struct{ cell, want, bad string }{
		{`<c r="A2"><f>Secret99</f><v></v></c>`, "", never},
		{`<c r="A2"><f>Secret99</f><v/></c>`, "", never},
		{`<c r="A2"><f>Secret99</f></c>`, "", never},
		{`<c r="A2"><f>Secret99</f><v> </v></c>`, "", never},
		{`<c r="A2" t="str"><f>X()</f></c>`, "", never},
		{`<c r="A2" t="b"><f>X()</f><v></v></c>`, "", never},
		{`<c r="A2" t="s"><f>X()</f><v></v></c>`, "", never},
		{`<c r="A2" t="e"><f>X()</f><v></v></c>`, "", never},
		{`<c r="A2"><f t="shared" si="0"/><v></v></c>`, "", never},
		{`<c r="A2"><f t="shared" ref="A2:A9" si="0">X()</f><v>7</v></c>`, "7", ""},
		{`<c r="A2"><f t="array" ref="A2:A9">X()</f><v>7</v></c>`, "7", ""},
		{`<c r="A2" t="str"><f>X()</f><v></v></c>`, "", ""}, // a formula may well come to no text
		{`<c r="A2" t="b"><f>X()</f><v>1</v></c>`, "true", ""},
	} {
		path := save(t, "x.xlsx", pack(t, parts(header+`<row r="2">`+c.cell+`<c r="B2"><v>1</v></c></row>`)))
		rows, _, bad, err := read(t, path, sheet.Limits{})
		must(t, err)
		if c.bad != "" {
			same(t, c.cell, []string{"line 2: cell S!A2 " + c.bad}, bad)
			continue
		}
		same(t, c.cell, []string(nil), bad)
		same(t, c.cell, [][]string{{"name", "x"}, {c.want, "1"}}, rows)
	}
	for _, calc := range []string{`fullCalcOnLoad="1"`, `calcCompleted="0"`} { // values are there, and are not the formulas'
		p := parts(header + `<row r="2"><c r="A2"><f>X()</f><v>0</v></c></row><row r="3"><c r="A3"><f t="array" ref="A3:A4">X()</f><v>0</v></c></row>` +
			`<row r="4"><c r="A4"><v>0</v></c></row><row r="5"><c r="A5"><v>5</v></c></row>`)
		p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "</workbook>", "<calcPr "+calc+"/></workbook>", 1)
		rows, _, bad, err := read(t, save(t, "x.xlsx", pack(t, p)), sheet.Limits{})
		must(t, err)
		if same(t, calc, [][]string{{"name", "x"}, {"5", ""}}, rows); len(bad) != 3 {
			t.Errorf("%s: bad rows are %q", calc, bad)
		}
	}
}

// What a cell shows is what the list says, whatever number it holds.
func TestNumbersAreReadAsTheyAreShown(t *testing.T) {
	want := map[int]string{
		2: "stud007", 3: "12-345", 4: "0007", 5: "123-45-6789", 6: "-stud007", 7: "yes", 8: "7 kg",
		11: "2026-03-01", 12: "2026-03-01 08:30:00", 13: "08:30:00", 14: "1234567890123456", 15: "9007199254740992",
		16: "1234567.5", 17: "0.3", 18: "@staff", 19: "true", 20: "12 345", 21: "ann@example.org",
	}
	const cannot = " holds a number that its format shows with text, in a way that cannot be told: format the column as text, and write what is meant"
	for _, c := range []struct {
		file    string
		differs map[int]string
		bad     []string
	}{
		{"openpyxl-shown.xlsx", nil, []string{"line 9: cell 'Class 5a'!A9" + cannot, "line 10: cell 'Class 5a'!A10" + cannot}},
		// LibreOffice keeps fifteen digits in .xlsx, and what text is shown as not in .ods.
		{
			"libreoffice.xlsx", map[int]string{14: "1234567890123460", 15: "9007199254740990"},
			[]string{"line 9: cell 'Class 5a'!A9" + cannot, "line 10: cell 'Class 5a'!A10" + cannot},
		},
		{"libreoffice.ods", map[int]string{9: "12.5 cm", 10: "b1234567", 15: "9007199254740990", 19: "TRUE", 20: "12345", 21: "ann"}, nil},
	} {
		rows, bad, table := list(t, filepath.Join("testdata", c.file), "Class 5a")
		same(t, c.file+": bad rows", c.bad, bad)
		for line := 2; line <= 21; line++ {
			text := want[line]
			if other, differs := c.differs[line]; differs {
				text = other
			}
			if rows[line] == nil && text == "" {
				continue
			}
			if got := rows[line][0]; got != text {
				t.Errorf("%s, line %d: %q, want %q", c.file, line, got, text)
			}
		}
		if table.Hidden() != 1 || rows[2][1] != "correct horse" {
			t.Errorf("%s: %d hidden rows, %q", c.file, table.Hidden(), rows[2])
		}
		for _, row := range table.Rows {
			if is := row.Kinds[0] == sheet.Date; is != (row.Line >= 11 && row.Line <= 13) {
				t.Errorf("%s, line %d: a date: %t", c.file, row.Line, is)
			}
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for _, c := range []struct{ code, value, want string }{
		{`"stud"000`, "7", "stud007"},
		{`"stud"000`, "12345", "stud12345"},
		{`"stud"000`, "0", "stud000"},
		{`"stud"###`, "0", "stud"},
		{`"stud"000`, "7.5", ""},
		{`\s\t000`, "7", "st007"},
		{`000" of "000`, "12003", "012 of 003"},
		{`(000) 000-0000`, "5551234567", "(555) 123-4567"},
		{`?0"x"`, "7", " 7x"},
		{`"a";"b"0;"none"`, "-5", "b5"},
		{`"a";"b"0;"none"`, "0", "none"},
		{`[Red]"a"0`, "5", "a5"},
		{`[$EUR] 0`, "5", "5"},
		{`0" kr"`, "5", "5 kr"},
		{`0.00" kr"`, "5", ""},
		{`[<=9999999]###-####;(###) ###-####`, "5551234", ""},
		{`#,##0.00 "€"`, "5.5", "5.5"},
		{`_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-`, "0", "0"},
		{`_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-`, "-5", "-5"},
		{`#,##0_);(#,##0)`, "-5", "-5"},
		{`0000`, "7", "0007"},
		{`0000`, "7.5", "7.5"},
		{`00 000`, "7", "00 007"},
		{`# ##0`, "1234", "1234"},
		{`0%`, "0.3", "0.3"},
		{`0.00E+00`, "5", "5"},
		{`# ?/?`, "0.5", "0.5"},
		{`;;;`, "5", "5"},
		{`@`, "5", "5"},
		{`General" kg"`, "5.5", "5.5 kg"},
		{`yyyy-mm-dd`, "46053", "2026-01-31"},
		{`"week of "d mmm`, "46053", "2026-01-31"},
		{`"unclosed`, "5", "5"},
		{`[unclosed`, "5", "5"},
		{`\`, "5", "5"},
		{strings.Repeat("0", 5000), "5", ""},
		{`0`, "9007199254740993", ""},
		{`0`, "1E+16", ""},
		{`0`, "-9007199254740994", ""},
		{`0`, "1234567890123456.5", ""},
		{`0`, "123456789012345.5", "123456789012346"},
		{`0`, "0.30000000000000004", "0.3"},
	} {
		p := parts(header + `<row r="2"><c r="A2" s="0"><v>` + c.value + `</v></c><c r="B2"><v>1</v></c></row>`)
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(c.code)
		p["xl/styles.xml"] = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="` + escaped + `"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>`
		rows, _, bad, err := read(t, save(t, "x.xlsx", pack(t, p)), sheet.Limits{})
		must(t, err)
		switch {
		case c.want == "" && len(bad) == 1:
		case len(bad) > 0 || rows[1][0] != c.want:
			t.Errorf("%s shows %s as %q, want %q; bad rows: %q", c.code, c.value, rows[len(rows)-1][0], c.want, bad)
		}
	}
}

// A spreadsheet that opens our CSV and saves it in its own format keeps the apostrophes before what it would compute.
func TestExportSavedBySpreadsheetComesBack(t *testing.T) {
	want := map[int][]string{2: {"ann", "false", "@staff;''=odd"}, 3: {"ben", "false", "''quoted"}, 4: {"-rf", "true", "plain"}}
	for _, file := range []string{"libreoffice-export.xlsx", "libreoffice-export.ods"} {
		rows, bad, _ := list(t, filepath.Join("testdata", file), "")
		same(t, file, want, rows)
		same(t, file+": bad rows", []string(nil), bad)
	}
	cells := []string{"@staff", "'@staff", "''@staff", "'quoted", "=1+1", "'", "x"}
	written := filepath.Join(t.TempDir(), "x.xlsx")
	w, err := sheet.Create(written, sheet.CreateOptions{})
	must(t, err)
	must(t, w.Write("a", "b", "c", "d", "e", "f", "g"))
	must(t, w.Write(cells...))
	must(t, w.Close())
	rows, _, _, err := read(t, written, sheet.Limits{})
	must(t, err)
	same(t, "our own", cells, rows[1])
	f, err := excelize.OpenFile(written)
	must(t, err)
	defer f.Close()
	if seen, err := f.GetCellValue("Sheet1", "A2"); err != nil || seen != "@staff" {
		t.Errorf("a spreadsheet shows %q, %v", seen, err)
	}
}

// Only the first of merged cells has the text that all of them show.
func TestMergedCellsAreNamed(t *testing.T) {
	for _, file := range []string{"openpyxl-merged.xlsx", "libreoffice-merged.ods"} {
		path := filepath.Join("testdata", file)
		_, err := sheet.ReadAll(t.Context(), path, sheet.Options{})
		if err == nil || !strings.Contains(err.Error(), "the cells ") || !strings.Contains(err.Error(), "!B2 to B4 are merged") {
			t.Errorf("%s: %v", file, err)
		}
		if table, err := sheet.ReadAll(t.Context(), path, sheet.Options{Only: []string{"username"}}); err != nil || len(table.Rows) != 3 {
			t.Errorf("%s, without the column: %v", file, err)
		}
	}
	for merged, wrong := range map[string]bool{"A1:B1": false, "A1:A2": false, "B2:B3": true, "A2:B2": false, "C2:C9": false, "nonsense": false, "A0:A2": false} {
		p := parts(header + `<row r="2"><c r="A2"><v>1</v></c></row>`)
		p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</worksheet>", `<mergeCells><mergeCell ref="`+merged+`"/></mergeCells></worksheet>`, 1)
		_, err := sheet.ReadAll(t.Context(), save(t, "x.xlsx", pack(t, p)), sheet.Options{Only: []string{"name", "x"}})
		if (err != nil) != wrong {
			t.Errorf("%s: %v", merged, err)
		}
	}
}

func TestSheetIsChosenByName(t *testing.T) {
	for _, file := range []string{"openpyxl-shown.xlsx", "libreoffice.ods"} {
		path := filepath.Join("testdata", file)
		for _, c := range []struct {
			want, read string
			others     []string
		}{
			{"", "Notes", []string{"Class 5a"}},
			{"class 5A", "Class 5a", []string{"Notes"}},
			{"Old", "Old", []string{"Notes", "Class 5a"}},
		} {
			table, err := sheet.ReadAll(t.Context(), path, sheet.Options{Sheet: c.want})
			if err != nil && !strings.Contains(err.Error(), "is empty") {
				t.Fatalf("%s, %q: %v", file, c.want, err)
			}
			if name, others := table.Sheet(); name != c.read {
				t.Errorf("%s, %q: %q of %q", file, c.want, name, others)
			} else {
				same(t, file, c.others, others)
			}
		}
		_, err := sheet.ReadAll(t.Context(), path, sheet.Options{Sheet: "Class 5b"})
		refused(t, err, path, 0, `has no sheet called "Class 5b": it has "Notes", "Class 5a", "Old"`)
	}
	path := save(t, "x.csv", "a\n1\n")
	_, err := sheet.ReadAll(t.Context(), path, sheet.Options{Sheet: "x"})
	refused(t, err, path, 0, "is CSV, which has no sheets")
	path = book(t, "x.xlsx", func(f *excelize.File) {
		_, err := f.NewSheet("People")
		must(t, err)
	})
	_, err = sheet.ReadAll(t.Context(), path, sheet.Options{})
	refused(t, err, path, 0, `the sheet "Sheet1" is empty: the first line must name the columns; there are also "People"`)
}
