package sheet_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/internal/sheet"
)

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "a,b\n1,2\n", "a;b\r\n\"1;\r\n2\";3", "sep=|\na|b\n", "\xEF\xBB\xBFa\tb\r1\t2", "\xFF\xFEa\x00\n\x00b\x00", "\xFE\xFF\x00a\x00\n\x00b",
		"a\n'=1\n''-2\n", "a,b\n1,\"2", "a\n\"1\"2\n", "\"\"\"\"\n\"\"\"a\"\n", "PK\x03\x04",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sound(t, save(t, "x.csv", string(text)))
	})
}

func FuzzXLSX(f *testing.F) {
	wide := parts(header + `<row r="2"><c r="A2" s="1"><v>46053.5</v></c><c r="B2" t="b"><v>1</v></c></row>`)
	f.Add(wide["xl/worksheets/sheet1.xml"], wide["xl/sharedStrings.xml"], wide["xl/styles.xml"], wide["xl/workbook.xml"], []byte(nil))
	f.Add(``, `<sst/>`, `<a><b></a>`, `<workbook/>`, []byte("PK\x03\x04"))
	f.Add(`<worksheet><sheetData><row/><row r="9"><c r="AB9" t="str"><f/><v>_x0041_</v></c></row></sheetData></worksheet>`, wide["xl/sharedStrings.xml"],
		`<styleSheet><numFmts><numFmt numFmtId="9" formatCode="[h]:&quot;"/></numFmts><cellXfs><xf numFmtId="9"/></cellXfs></styleSheet>`, wide["xl/workbook.xml"], []byte(nil))
	small := excelize.NewFile()
	defer small.Close()
	_ = small.SetCellValue("Sheet1", "A1", "x")
	whole, err := small.WriteToBuffer()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "", "", "", whole.Bytes())
	f.Fuzz(func(t *testing.T, rows, texts, styles, workbook string, raw []byte) {
		if len(raw) > 0 {
			sound(t, save(t, "x.xlsx", string(raw)))
			return
		}
		p := parts("")
		p["xl/worksheets/sheet1.xml"], p["xl/sharedStrings.xml"], p["xl/styles.xml"], p["xl/workbook.xml"] = rows, texts, styles, workbook
		sound(t, save(t, "x.xlsx", pack(t, p)))
	})
}

func FuzzODS(f *testing.F) {
	f.Add(odsParts(`<table:table-row><table:table-cell office:value-type="float" office:value="7"><text:p>0<text:s text:c="2"/>7</text:p></table:table-cell></table:table-row>`)["content.xml"], "")
	f.Add(odsParts(`<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2" office:value-type="date" office:date-value="2026-01-31T08:30:00"/>` +
		`</table:table-row>`)["content.xml"], `<manifest:manifest xmlns:manifest="m"/>`)
	f.Add(odsParts(`<table:table-row><table:table-cell table:formula="of:=X()" table:number-matrix-rows-spanned="2"/></table:table-row><table:table-row/>`)["content.xml"], "<a/>")
	f.Fuzz(func(t *testing.T, content, manifest string) {
		p := odsParts("")
		p["content.xml"], p["META-INF/manifest.xml"] = content, manifest
		sound(t, save(t, "x.ods", pack(t, p)))
	})
}

// sound checks that a file is either refused with a reason, or read as a table that comes back when it is written.
func sound(t *testing.T, path string) {
	table, err := sheet.ReadAll(t.Context(), path, sheet.Options{Limits: sheet.Limits{Unzipped: 1 << 20, Rows: 1000}})
	if err != nil {
		if e, ok := errors.AsType[*sheet.LineError](err); !ok || !e.Fatal || e.Reason == "" || e.File != path {
			t.Fatalf("refused with %#v", err)
		}
		return
	}
	again := filepath.Join(t.TempDir(), "again.csv")
	w, err := sheet.Create(again, sheet.CreateOptions{})
	must(t, err)
	defer w.Abort()
	must(t, w.Write(table.Header()...))
	for _, row := range table.Rows {
		if len(row.Cells) != len(table.Header()) || row.Line < 2 {
			t.Fatalf("row %+v below %q", row, table.Header())
		}
		if strings.ContainsRune(strings.Join(row.Cells, ""), 0) {
			t.Fatalf("a NUL in %q", row.Cells)
		}
		must(t, w.Write(row.Cells...))
	}
	must(t, w.Close())
	second, err := sheet.ReadAll(t.Context(), again, sheet.Options{})
	must(t, err)
	if len(second.Rows) != len(table.Rows) {
		text, _ := os.ReadFile(again)
		t.Fatalf("%d rows became %d: %q", len(table.Rows), len(second.Rows), text)
	}
	for i, row := range second.Rows {
		if strings.Join(row.Cells, "\x00") != strings.Join(table.Rows[i].Cells, "\x00") {
			t.Fatalf("%q became %q", table.Rows[i].Cells, row.Cells)
		}
	}
}
