package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/internal/sheet"
)

// book has excelize write a workbook, as a second opinion on the format.
func book(t *testing.T, name string, fill func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	return save(t, name, buf.String())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWorkbooksOfOthersAreRead(t *testing.T) {
	path := book(t, "people.XLSX", func(f *excelize.File) {
		style := func(format string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			must(t, err)
			return id
		}
		set := func(cell string, value any, format string) {
			must(t, f.SetCellValue("Sheet1", cell, value))
			if format != "" {
				must(t, f.SetCellStyle("Sheet1", cell, cell, style(format)))
			}
		}
		for i, name := range []string{"text", "number", "other"} {
			set(string(rune('A'+i))+"2", name, "")
		}
		at := time.Date(2026, time.January, 31, 8, 30, 15, 0, time.UTC)
		set("A3", "007", "")
		set("B3", 123, "")
		set("C3", true, "")
		set("A5", "TRUE", "")
		set("B5", 1e5, "")
		set("C5", at, "dd/mm/yy")
		set("A6", " a\n\"b\" & <c> ", "")
		set("B6", 7, "0000")
		set("C6", at, `yyyy-mm-dd "at" hh:mm`)
		set("A7", "=1+1", "")
		set("B7", 0.1+0.2, "0%")
		set("C7", 0.5, "h:mm AM/PM")
		set("A8", "x", "")
		set("B8", -1234567.5, "#,##0.00;[Red]-#,##0.00")
		set("C8", 1.25, "[h]:mm")
		must(t, f.SetCellRichText("Sheet1", "A9", []excelize.RichTextRun{{Text: "bold", Font: &excelize.Font{Bold: true}}, {Text: " and not"}}))
		set("B9", 123456789012345, "General")
		must(t, f.SetCellFormula("Sheet1", "C9", "A1"))
		must(t, f.SetCellValue("Sheet1", "XFD9", ""))
		set("E10", "beyond", "")
	})
	rows, lines, bad, err := read(t, path, sheet.Limits{})
	must(t, err)
	want := [][]string{
		{"text", "number", "other"},
		{"007", "123", "true"},
		{"TRUE", "100000", "2026-01-31"},
		{" a\n\"b\" & <c> ", "0007", "2026-01-31 08:30:15"},
		{"=1+1", "0.3", "12:00:00"},
		{"x", "-1234567.5", "30:00:00"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error("rows (-want +got)\n" + diff)
	}
	if diff := cmp.Diff([]int{3, 5, 6, 7, 8}, lines); diff != "" {
		t.Error("lines (-want +got)\n" + diff)
	}
	wantBad := []string{
		"line 9: cell Sheet1!C9 " + neverComputed,
		"line 10: the row has more cells (5) than the header has columns (3): quote cells with delimiters in them, or name the columns",
	}
	if diff := cmp.Diff(wantBad, bad); diff != "" {
		t.Error("bad rows (-want +got)\n" + diff)
	}
}

func TestFirstVisibleSheetIsRead(t *testing.T) {
	path := book(t, "x.xlsx", func(f *excelize.File) {
		for _, name := range []string{"second", "third"} {
			_, err := f.NewSheet(name)
			must(t, err)
			must(t, f.SetCellValue(name, "A1", name))
		}
		must(t, f.SetSheetVisible("second", true))
		f.SetActiveSheet(1)
		must(t, f.SetCellValue("Sheet1", "A1", "first"))
		must(t, f.SetSheetVisible("Sheet1", false))
	})
	rows, _, _, err := read(t, path, sheet.Limits{})
	must(t, err)
	if diff := cmp.Diff([][]string{{"second"}}, rows); diff != "" {
		t.Error(diff)
	}
}

// parts of a workbook that others add to, or break.
func parts(rows string) map[string]string {
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const rel = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	return map[string]string{
		"_rels/.rels":     `<Relationships><Relationship Id="r1" Type="` + rel + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook ` + ns + `><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + rel + `worksheet" Target="/xl/worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + rel + `sharedStrings" Target="sharedStrings.xml"/>` +
			`<Relationship Id="r3" Type="` + rel + `styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml": `<sst><si><t>name</t></si><si><r><t xml:space="preserve">東 </t></r><rPh><t>あずま</t></rPh><r><t>京_x000D__x0041__xD800_</t></r></si></sst>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="000\-0"/><numFmt numFmtId="165" formatCode="&quot;d&quot;0;d"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="22"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

func pack(t *testing.T, parts map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		f, err := w.Create(name)
		must(t, err)
		_, err = f.Write([]byte(parts[name]))
		must(t, err)
	}
	must(t, w.Close())
	return buf.String()
}

const header = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c></row>`

func TestCellsOfEveryType(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{`<c t="s"><v>1</v></c>`, "東 京\rA_xD800_"},
		{`<c t="str"><f>X()</f><v>computed</v></c>`, "computed"},
		{`<c t="str"><f>X()</f><v></v></c>`, ""},
		{`<c t="b"><v>0</v></c>`, "false"},
		{`<c t="d"><v>2026-01-31</v></c>`, "2026-01-31"},
		{`<c><v>1E5</v></c>`, "100000"},
		{`<c t="n"><v> 3 </v></c>`, "3"},
		{`<c><v>-0</v></c>`, "0"},
		{`<c s="4"><v>12</v></c>`, "d12"},
		{`<c t="str"><v>'@x</v></c>`, "@x"},
		{`<c t="inlineStr"><v>no is</v></c>`, "no is"},
		{`<c><is><t>no type</t></is></c>`, "no type"},
		{`<c t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c>`, "rich"},
		{`<c><v>9007199254740992</v></c>`, "9007199254740992"},
		{`<c><v>1.234567890123456E+15</v></c>`, "1234567890123456"},
		{`<c><v>-1234567890123456</v></c>`, "-1234567890123456"},
		{`<c s="99"><v>12</v></c>`, "12"},
		{`<c s="1"><v>1</v></c>`, "1900-01-01"},
		{`<c s="1"><v>61</v></c>`, "1900-03-01"},
		{`<c s="1"><v>46053.9</v></c>`, "2026-01-31"},
		{`<c s="2"><v>46053.5</v></c>`, "2026-01-31 12:00:00"},
		{`<c s="3"><v>0.25</v></c>`, "06:00:00"},
		{`<c s="1"><v>-1</v></c>`, "-1"},
	} {
		path := save(t, "x.xlsm", pack(t, parts(header+`<row>`+c.cell+`<c><v>1</v></c></row>`)))
		rows, lines, bad, err := read(t, path, sheet.Limits{})
		if err != nil || len(bad) > 0 {
			t.Errorf("%s: %v %q", c.cell, err, bad)
			continue
		}
		if diff := cmp.Diff([][]string{{"name", "x"}, {c.want, "1"}}, rows); diff != "" || lines[0] != 2 {
			t.Errorf("%s: line %v (-want +got)\n%s", c.cell, lines, diff)
		}
	}
}

func TestBadCellsAreBadRows(t *testing.T) {
	path := save(t, "x.xlsx", pack(t, parts(header+
		`<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>1</v></c></row>`+
		`<row r="4"><c r="A4"><v>4</v></c><c r="B4" t="inlineStr"><is><t>sixsix</t></is></c></row>`+
		`<row r="5"><c r="A5"><v>5</v></c></row>`)))
	rows, _, bad, err := read(t, path, sheet.Limits{Cell: 5})
	must(t, err)
	if diff := cmp.Diff([][]string{{"name", "x"}, {"5", ""}}, rows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"line 2: cell S!A2 holds the error #N/A: correct it", "line 4: cell S!B4 has more than 5 characters: shorten it"}, bad); diff != "" {
		t.Error(diff)
	}
}

func TestBadWorkbooksAreRefused(t *testing.T) {
	whole := pack(t, parts(header+`<row r="2"><c r="A2" t="inlineStr"><is><t>some text</t></is></c></row>`))
	change := func(name, text string) string {
		p := parts(header)
		p[name] = text
		return pack(t, p)
	}
	without := func(name string) string {
		p := parts(header)
		delete(p, name)
		return pack(t, p)
	}
	workbook := func(sheets string) string {
		return change("xl/workbook.xml", `<workbook xmlns:r="r"><sheets>`+sheets+`</sheets></workbook>`)
	}
	rows := func(text string) string { return pack(t, parts(header+text)) }
	for _, c := range []struct {
		name, file, contents string
		limits               sheet.Limits
		line                 int
		reason               string
	}{
		{"text", "x.xlsx", "username\nada\n", sheet.Limits{}, 0, "rename it to end in .csv"},
		{"Excel as CSV", "x.csv", whole, sheet.Limits{}, 0, "name that ends in .xlsx"},
		{"Excel as .xls", "x.xls", whole, sheet.Limits{}, 0, "name that ends in .xlsx"},
		{"of the 1990s", "x.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1W\x00o\x00r\x00k\x00", sheet.Limits{}, 0, "Excel 97–2003: save it as .xlsx or CSV"},
		{"of the 1990s with a new name", "x.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1W\x00o\x00r\x00k\x00", sheet.Limits{}, 0, "Excel 97–2003: save it as .xlsx or CSV"},
		{"an empty ZIP", "x.xlsx", pack(t, nil), sheet.Limits{}, 0, "is not an Excel file"},
		{"another ZIP", "x.xlsx", pack(t, map[string]string{"mimetype": "application/vnd.oasis"}), sheet.Limits{}, 0, "is not an Excel file"},
		{"another document", "x.xlsx", change("_rels/.rels", `<Relationships/>`), sheet.Limits{}, 0, "is not an Excel file"},
		{"cut", "x.xlsx", whole[:len(whole)/2], sheet.Limits{}, 0, "is damaged"},
		{"no sheet", "x.xlsx", workbook(""), sheet.Limits{}, 0, "has no sheets"},
		{"no relation", "x.xlsx", workbook(`<sheet name="S" r:id="r9"/>`), sheet.Limits{}, 0, "has no sheets"},
		{"hidden", "x.xlsx", workbook(`<sheet name="S" state="hidden" r:id="r1"/><sheet name="T" state="veryHidden" r:id="r1"/>`), sheet.Limits{}, 0, "only hidden sheets"},
		{"missing sheet", "x.xlsx", without("xl/worksheets/sheet1.xml"), sheet.Limits{}, 0, "'xl/worksheets/sheet1.xml' is missing"},
		{"missing strings", "x.xlsx", without("xl/sharedStrings.xml"), sheet.Limits{}, 0, "is missing"},
		{"an empty sheet", "x.xlsx", pack(t, parts("")), sheet.Limits{}, 0, "is empty"},
		{"broken XML", "x.xlsx", rows(`<row r="2"><c r="A2"><v>1</c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"unfinished XML", "x.xlsx", change("xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+header+`<row r="2"><c r="A2"><v>1</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"a string that isn't there", "x.xlsx", rows(`<row r="2"><c r="A2" t="s"><v>2</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"a string before the first", "x.xlsx", rows(`<row r="2"><c r="A2" t="s"><v>-1</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"a text without its number", "x.xlsx", rows(`<row r="2"><c r="A2" t="s"><v></v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"neither true nor false", "x.xlsx", rows(`<row r="2"><c r="A2" t="b"><v>2</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"binary", "x.xlsb", pack(t, map[string]string{"xl/workbook.bin": ""}), sheet.Limits{}, 0, "binary format: save it as .xlsx or CSV"},
		{"of Apple's", "x.numbers", pack(t, map[string]string{"Index/Document.iwa": ""}), sheet.Limits{}, 0, "export it as Excel (.xlsx) or CSV"},
		{"a web page", "x.xls", "<html><table><tr><td>username</td></tr></table>", sheet.Limits{}, 0, "save it as .xlsx or CSV"},
		{"XML", "x.fods", "<?xml version='1.0'?><office:document/>", sheet.Limits{}, 0, "save it as .xlsx or CSV"},
		{"no number", "x.xlsx", rows(`<row r="2"><c r="A2"><v>NaN</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"rows out of order", "x.xlsx", rows(`<row r="1"><c r="A1"><v>1</v></c></row>`), sheet.Limits{}, 1, "is damaged"},
		{"cells out of order", "x.xlsx", rows(`<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"a cell of another row", "x.xlsx", rows(`<row r="2"><c r="B3"><v>1</v></c></row>`), sheet.Limits{}, 2, "is damaged"},
		{"too far down", "x.xlsx", rows(`<row r="1048577"/>`), sheet.Limits{}, 1048577, "is damaged"},
		{"too far right", "x.xlsx", rows(`<row r="2"><c r="XFD2"><v>1</v></c></row>`), sheet.Limits{}, 2, "more than 1,000 columns"},
		{"too many rows", "x.xlsx", rows(`<row><c><v>1</v></c></row><row/><row><c><v>1</v></c></row>`), sheet.Limits{Rows: 1}, 4, "more than 1 rows"},
		{"an entity", "x.xlsx", change("xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY b "b">]><sst><si><t>&b;</t></si></sst>`), sheet.Limits{}, 0, "is damaged"},
		{"deep", "x.xlsx", change("xl/styles.xml", strings.Repeat("<a>", 1000)), sheet.Limits{}, 0, "is damaged"},
		{"a part too large", "x.xlsx", change("xl/styles.xml", "<a>"+strings.Repeat("<b></b>", 3<<20)+"</a>"), sheet.Limits{}, 0, "when unzipped"},
		{"a text too large", "x.xlsx", change("xl/sharedStrings.xml", "<sst><si><t>"+strings.Repeat("x", 5<<20)), sheet.Limits{}, 0, "more than 4 MiB"},
		{"a bomb", "x.xlsx", whole, sheet.Limits{Unzipped: 1000}, 0, "when unzipped"},
		{"a bomb that nobody reads", "x.xlsx", change("xl/media/image1.png", strings.Repeat("\x00", 2<<20)), sheet.Limits{Unzipped: 1 << 20}, 0, "when unzipped"},
		{"too large", "x.xlsx", whole, sheet.Limits{Bytes: 100}, 0, "is larger than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := save(t, c.file, c.contents)
			_, _, _, err := read(t, path, c.limits)
			refused(t, err, path, c.line, c.reason)
		})
	}
}

// A directory that declares less than there is must not get more inflated than the limit.
func TestBombWithAFalseDirectory(t *testing.T) {
	p := parts(header)
	p["xl/worksheets/sheet1.xml"] = `<worksheet><sheetData>` + header + strings.Repeat(" ", 3<<20) + `</sheetData></worksheet>`
	file := []byte(pack(t, p))
	size := []byte{byte(len(p["xl/worksheets/sheet1.xml"])), byte(len(p["xl/worksheets/sheet1.xml"]) >> 8), byte(len(p["xl/worksheets/sheet1.xml"]) >> 16), 0}
	if bytes.Count(file, size) == 0 {
		t.Fatal("the size is not there")
	}
	path := save(t, "x.xlsx", string(bytes.ReplaceAll(file, size, []byte{100, 0, 0, 0})))
	_, _, _, err := read(t, path, sheet.Limits{Unzipped: 1 << 20})
	if err == nil {
		t.Error("it was read")
	}
}

func TestEncryptedWorkbookIsRefused(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	path := filepath.Join(t.TempDir(), "secret.xlsx")
	must(t, f.SaveAs(path, excelize.Options{Password: "x"}))
	_, _, _, err := read(t, path, sheet.Limits{})
	refused(t, err, path, 0, "protected by a password")
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	_, _, _, err := read(t, dir, sheet.Limits{})
	refused(t, err, dir, 0, "is a folder")
	absent := filepath.Join(dir, "absent.csv")
	_, _, _, err = read(t, absent, sheet.Limits{})
	refused(t, err, absent, 0, "no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not tell what it comes from", err)
	}
	_, _, _, err = read(t, "/dev/null", sheet.Limits{})
	refused(t, err, "/dev/null", 0, "a device or a pipe")
	pipe := filepath.Join(dir, "pipe.csv")
	must(t, syscall.Mkfifo(pipe, 0o600))
	_, _, _, err = read(t, pipe, sheet.Limits{})
	refused(t, err, pipe, 0, "a device or a pipe")
	if os.Geteuid() == 0 {
		return // root may read everything
	}
	secret := save(t, "secret.csv", "a\n")
	must(t, os.Chmod(secret, 0))
	_, _, _, err = read(t, secret, sheet.Limits{})
	refused(t, err, secret, 0, "you may not read it")
}
