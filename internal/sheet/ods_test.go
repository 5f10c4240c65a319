package sheet_test

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/sheet"
)

// odsParts is an OpenDocument file with a sheet of these rows below a header of two.
func odsParts(rows string) map[string]string {
	const ns = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"` +
		` xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="s" xmlns:calcext="c" xmlns:draw="d" xmlns:number="n"`
	return map[string]string{
		"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
		"content.xml": `<office:document-content ` + ns + `><office:automatic-styles><style:style style:name="no"><style:table-properties table:display="false"/></style:style>` +
			`</office:automatic-styles><office:body><office:spreadsheet>` +
			`<table:tracked-changes><table:cell-content-change><table:previous><table:change-track-table-cell><text:p>old</text:p></table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes>` +
			`<table:table table:name="Hidden" table:style-name="no"/>` +
			`<table:table table:name="S"><table:table-column table:number-columns-repeated="1024"/><table:shapes><draw:frame><text:p>a picture</text:p></draw:frame></table:shapes>` +
			`<table:table-header-rows><table:table-row>` + odsText("name") + odsText("x") + `<table:table-cell table:number-columns-repeated="16382"/></table:table-row></table:table-header-rows>` +
			`<table:table-row-group>` + rows + `</table:table-row-group>` +
			`<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>` +
			`</table:table><table:named-expressions/></office:spreadsheet></office:body></office:document-content>`,
	}
}

func odsText(text string) string {
	return `<table:table-cell office:value-type="string"><text:p>` + text + `</text:p></table:table-cell>`
}

func TestOpenDocumentCellsOfEveryType(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{odsText("a <text:s/><text:s text:c='2'/>b<text:tab/>c<text:line-break/>d  e\n f"), "a    b\tc\nd e f"},
		{`<table:table-cell office:value-type="string"><text:p>one</text:p><text:p/><text:p>two</text:p></table:table-cell>`, "one\n\ntwo"},
		{`<table:table-cell office:value-type="string" office:string-value="as  given"><text:p>shown</text:p></table:table-cell>`, "as  given"},
		{`<table:table-cell office:value-type="string"><office:annotation><text:p>a remark</text:p></office:annotation><text:p>an<text:span>na</text:span></text:p></table:table-cell>`, "anna"},
		{`<table:table-cell office:value-type="string"><draw:frame><text:p>a box</text:p></draw:frame><text:list><text:list-item><text:p>item</text:p></text:list-item></text:list></table:table-cell>`, "item"},
		{`<table:table-cell><text:p>untyped</text:p></table:table-cell>`, "untyped"},
		{`<table:table-cell office:value-type="float" office:value="7"><text:p>007</text:p></table:table-cell>`, "007"},
		{`<table:table-cell office:value-type="float" office:value="-7"><text:p>-007</text:p></table:table-cell>`, "-007"},
		{`<table:table-cell office:value-type="float" office:value="1234567.891"><text:p>1.234.567,89</text:p></table:table-cell>`, "1234567.891"},
		{`<table:table-cell office:value-type="float" office:value="1234567.891"><text:p>1 234 567,89 €</text:p></table:table-cell>`, "1234567.891"},
		{`<table:table-cell office:value-type="currency" office:value="-5"><text:p>(€5.00)</text:p></table:table-cell>`, "-5"},
		{`<table:table-cell office:value-type="percentage" office:value="0.3"><text:p>30 %</text:p></table:table-cell>`, "0.3"},
		{`<table:table-cell office:value-type="float" office:value="150000"><text:p>1.5E+05</text:p></table:table-cell>`, "150000"},
		{`<table:table-cell office:value-type="float" office:value="7"/>`, "7"},
		{`<table:table-cell office:value-type="float" office:value="5551234567"><text:p>(555) 123-4567</text:p></table:table-cell>`, "(555) 123-4567"},
		{`<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>`, "true"},
		{`<table:table-cell office:value-type="date" office:date-value="2026-03-01"><text:p>01.03.26</text:p></table:table-cell>`, "2026-03-01"},
		{`<table:table-cell office:value-type="date" office:date-value="2026-03-01T00:00:00"/>`, "2026-03-01"},
		{`<table:table-cell office:value-type="date" office:date-value="2026-03-01T08:30:00.5"/>`, "2026-03-01 08:30:00"},
		{`<table:table-cell office:value-type="time" office:time-value="PT8H05M00S"/>`, "08:05:00"},
		{`<table:table-cell table:formula="of:=X()" office:value-type="float" office:value="8"><text:p>8</text:p></table:table-cell>`, "8"},
		{`<table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>`, ""},
		{`<table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="1" office:value-type="string"><text:p>wide</text:p></table:table-cell>`, "wide"},
	} {
		path := save(t, "x.ODS", pack(t, odsParts(`<table:table-row>`+c.cell+odsText("1")+`</table:table-row>`)))
		rows, lines, bad, err := read(t, path, sheet.Limits{})
		must(t, err)
		same(t, c.cell, [][]string{{"name", "x"}, {c.want, "1"}}, rows)
		same(t, c.cell+": lines", []int{2}, lines)
		same(t, c.cell+": bad rows", []string(nil), bad)
	}
}

func TestOpenDocumentRows(t *testing.T) {
	row := func(attrs, cells string) string {
		return `<table:table-row ` + attrs + `>` + cells + `</table:table-row>`
	}
	path := save(t, "x.ods", pack(t, odsParts(
		row("", odsText("ann")+odsText("1"))+
			row(`table:number-rows-repeated="2"`, `<table:table-cell table:number-columns-repeated="2"/>`)+
			row(`table:number-rows-repeated="2" table:visibility="filter"`, `<table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>twice</text:p></table:table-cell>`)+
			row("", `<table:table-cell table:formula="of:=X()"/>`+odsText("1"))+
			row("", `<table:table-cell table:formula="of:=X()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#NAME?</text:p></table:table-cell>`)+
			row("", `<table:table-cell table:formula="of:=X()" office:value-type="float" office:value="0"><text:p>Err:508</text:p></table:table-cell>`)+
			row("", `<table:table-cell table:formula="of:=X()" table:number-matrix-columns-spanned="1" table:number-matrix-rows-spanned="3"/>`)+
			row(`table:number-rows-repeated="2"`, ``)+
			row("", odsText("last")+`<table:covered-table-cell/>`))))
	rows, lines, bad, err := read(t, path, sheet.Limits{})
	must(t, err)
	same(t, "rows", [][]string{{"name", "x"}, {"ann", "1"}, {"twice", "twice"}, {"twice", "twice"}, {"last", ""}}, rows)
	same(t, "lines", []int{2, 5, 6, 13}, lines)
	same(t, "bad rows", []string{
		"line 7: cell S!A7 " + neverComputed,
		"line 8: cell S!A8 holds the error #NAME?: correct it",
		"line 9: cell S!A9 holds the error Err:508: correct it",
		"line 10: cell S!A10 is a formula, for the cells to A12, that has never been computed, so that the file does not have their values" + cure,
		"line 11: cell S!A11 is filled by a formula in S!A10 that has never been computed" + cure,
	}, bad)
	table, err := sheet.ReadAll(t.Context(), path, sheet.Options{})
	must(t, err)
	if name, others := table.Sheet(); name != "S" || len(others) != 0 || table.Hidden() != 2 {
		t.Errorf("%q of %q, %d hidden rows", name, others, table.Hidden())
	}
}

func TestBadOpenDocumentIsRefused(t *testing.T) {
	whole := pack(t, odsParts(""))
	rows := func(text string) string { return pack(t, odsParts(text)) }
	change := func(name, text string) string {
		p := odsParts("")
		p[name] = text
		return pack(t, p)
	}
	for _, c := range []struct {
		name, file, contents string
		limits               sheet.Limits
		line                 int
		reason               string
	}{
		{"text", "x.ods", "username\nada\n", sheet.Limits{}, 0, "is not an OpenDocument spreadsheet, whatever its name says: if it is CSV, rename it to end in .csv"},
		{"as CSV", "x.csv", whole, sheet.Limits{}, 0, "give it a name that ends in .ods"},
		{"as Excel", "x.xlsx", whole, sheet.Limits{}, 0, "give it a name that ends in .ods"},
		{"Excel's", "x.ods", pack(t, parts(header)), sheet.Limits{}, 0, "give it a name that ends in .xlsx"},
		{"protected", "x.ods", change("META-INF/manifest.xml", `<m><file-entry><encryption-data/></file-entry></m>`), sheet.Limits{}, 0, "protected by a password"},
		{"another ZIP", "x.ods", pack(t, map[string]string{"a": "b"}), sheet.Limits{}, 0, "is not an OpenDocument spreadsheet, or is damaged"},
		{"a letter", "x.ods", change("content.xml", `<office:document-content xmlns:office="o"><office:body/></office:document-content>`), sheet.Limits{}, 0, "has no sheets"},
		{"cut", "x.ods", whole[:len(whole)/2], sheet.Limits{}, 0, "is damaged"},
		{"cut inside", "x.ods", change("content.xml", strings.TrimSuffix(odsParts("")["content.xml"], "</office:document-content>")), sheet.Limits{}, 0, "is damaged"},
		{"an entity", "x.ods", change("content.xml", `<!DOCTYPE a [<!ENTITY b "b">]>`+odsParts("")["content.xml"]), sheet.Limits{}, 0, "is damaged"},
		{"deep", "x.ods", rows(strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)), sheet.Limits{}, 0, "is damaged"},
		{"no number", "x.ods", rows(`<table:table-row><table:table-cell office:value-type="float" office:value="NaN"/></table:table-row>`), sheet.Limits{}, 2, "is damaged"},
		{"repeated less than once", "x.ods", rows(`<table:table-row table:number-rows-repeated="0"/>`), sheet.Limits{}, 2, "is damaged"},
		{"too far right", "x.ods", rows(`<table:table-row><table:table-cell table:number-columns-repeated="5000"/>` + odsText("x") + `</table:table-row>`), sheet.Limits{}, 2, "more than 1,000 columns"},
		{"too wide", "x.ods", rows(`<table:table-row><table:table-cell table:number-columns-repeated="16000000" office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>`), sheet.Limits{}, 2, "more than 1,000 columns"},
		{"too many rows", "x.ods", rows(`<table:table-row table:number-rows-repeated="16000000">` + odsText("x") + `</table:table-row>`), sheet.Limits{Rows: 10}, 12, "more than 10 rows"},
		{"a text too large", "x.ods", rows(`<table:table-row>` + odsText(strings.Repeat("<text:s text:c='4000000'/>", 2)) + `</table:table-row>`), sheet.Limits{}, 2, "more than 4 MiB"},
		{"a bomb", "x.ods", change("content.xml", odsParts(strings.Repeat("<table:table-row/>", 1<<16))["content.xml"]), sheet.Limits{Unzipped: 1 << 19}, 0, "when unzipped"},
		{"only hidden", "x.ods", change("content.xml", strings.ReplaceAll(odsParts("")["content.xml"], `table:name="S"`, `table:name="S" table:style-name="no"`)), sheet.Limits{}, 0, "only hidden sheets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := save(t, c.file, c.contents)
			_, _, _, err := read(t, path, c.limits)
			refused(t, err, path, c.line, c.reason)
		})
	}
}

// What is not written is refused by its name, before a CSV file stands under it.
func TestOnlyWhatIsWrittenIsPromised(t *testing.T) {
	for _, name := range []string{"x.ods", "x.xls", "x.XLSM", "x.xlsb", "x.numbers", "x.fods"} {
		if _, err := sheet.Create(t.TempDir()+"/"+name, sheet.CreateOptions{}); err == nil || !strings.Contains(err.Error(), ".xlsx or .csv") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
