package roster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

// What a spreadsheet takes for a date or a truth was typed otherwise.
func TestDatesOfASpreadsheetAreNoNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "class.xlsx")
	book := excelize.NewFile()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for cell, value := range map[string]any{
		"A1": "username", "B1": "password", "C1": "groups", "A2": 46082, "A3": true, "A4": "ann", "B4": 46082, "A5": "ben", "C5": 46082, "A6": "cleo", "B6": "01.03.2026",
	} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, cell := range []string{"A2", "B4", "C5"} {
		if err := book.SetCellStyle("Sheet1", cell, cell, date); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	f, err := Load(t.Context(), Source{Path: path})
	if err != nil || len(f.Rows) != 5 {
		t.Fatal(err, f)
	}
	const whatever = " to the spreadsheet, whatever was typed"
	want := []peoplefile.Doubts{
		{Name: "is a date or a time" + whatever},
		{Name: "is TRUE or FALSE" + whatever},
		{Password: "the password is a date or a time" + whatever},
		{Groups: "the group 2026-03-01 is a date or a time" + whatever},
		{},
	}
	for i, row := range f.Rows {
		if row.Bad != "" || row.Odd != want[i] {
			t.Errorf("line %d: %s, %+v, want %+v", row.Line, row.Bad, row.Odd, want[i])
		}
	}
}

// Odd names are refused where somebody would be made by them, and nowhere else.
func TestOddNamesAreRefusedUnlessAllowed(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["old\u200b"] = ""
	rows := rowsNamed("old\u200b", "new\u200b", "plain", "dated", "grouped")
	rows[0].Odd.Name, rows[1].Odd.Name = "is odd", "is odd"
	rows[3].Password, rows[3].Odd.Password = "2026-03-01", "the password is odd"
	rows[4].Groups, rows[4].Odd.Groups = []string{"lab\u200b"}, "the group is odd"
	j, err := PlanCreate(t.Context(), h, rows, CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	statuses := func() (all []string) {
		for _, x := range j.Items {
			all = append(all, x.Status+" "+x.Message+strings.Join(x.Warnings, ";"))
		}
		return all
	}
	expect(t, "refused", statuses(), []string{"exists ", "failed is odd", "created ", "failed the password is odd", "failed the group is odd"})
	if !j.Items[1].Doubted() || j.Items[0].Doubted() || j.Planned() != 1 {
		t.Errorf("%d planned", j.Planned())
	}
	if j, err = PlanCreate(t.Context(), h, rows, CreateOptions{AllowOdd: true}); err != nil {
		t.Fatal(err)
	}
	want := []string{"exists ", "created is odd", "created ", "created the password is odd", "created the group is odd"}
	expect(t, "planned", statuses(), want)
	var told seen
	if err := j.Run(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	expect(t, "done", statuses(), want)

	rows = rows[3:4]
	for _, allowed := range []bool{false, true} {
		j, err := PlanPasswords(t.Context(), h, rows, PasswordOptions{AllowOdd: allowed})
		if err != nil {
			t.Fatal(err)
		}
		if got := j.Items[0].Status == client.StatusChanged; got != allowed {
			t.Errorf("allowed %t: the password is %s: %s", allowed, j.Items[0].Status, j.Items[0].Message)
		}
	}
}

// A column without a name is not left out in silence.
func TestColumnWithoutANameIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"username,,groups\nann,secret,lab\n": "column 2, which has no name", "username,,groups\nann, ,lab\n": "", "username,passwort\nann,x\n": "passwort",
		"username,password_state\nann,unset\n": "",
	} {
		f, err := load(t, text)
		if err != nil || strings.Join(f.Ignored, ";") != want {
			t.Errorf("%q: ignored are %q, %v", text, f.Ignored, err)
		}
	}
}

// A file of results in a workbook with more in it would take that along.
func TestResultsSpareOtherSheets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.xlsx")
	book := excelize.NewFile()
	_ = book.SetCellValue("Sheet1", "A1", "username")
	if _, err := book.NewSheet("Notes"); err != nil {
		t.Fatal(err)
	}
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if _, err := OpenResults(t.Context(), path, "x.csv", nil); err == nil || !strings.Contains(err.Error(), "other sheets, which would be lost") {
		t.Error(err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("it was written")
	}
}
