package extensions_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
	"github.com/atriumhub/atrium/internal/upload"
)

const sheetsPath = "/hub/api/sheets"

// sheetBody is a request to have a file read.
func sheetBody(name string, content []byte) string {
	body, _ := json.Marshal(map[string]string{"name": name, "data": base64.StdEncoding.EncodeToString(content)})
	return string(body)
}

// workbook is an Excel file with these rows in its first sheet, and an empty second one.
func workbook(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for i, row := range rows {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.NewSheet("Notes"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipped is a ZIP file of some parts.
func zipped(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		part, err := w.Create(name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSheets(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := []httpapitest.Asker{httpapitest.Bearer(h.Token(root))}
	read := func(name string, content []byte, want string) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "POST", Path: sheetsPath, Body: sheetBody(name, content), As: admin, Status: http.StatusOK, Want: want}
	}
	ods, err := os.ReadFile(filepath.Join("..", "..", "sheet", "testdata", "libreoffice-export.ods"))
	if err != nil {
		t.Fatal(err)
	}
	class := []byte("Username;Admin;Password;Groups;Quota;Shoe size\n Ann ;yes;seven brown foxes;lab,cs101;5;42\nann;;;;;\n;;;;;\nbob;maybe;the old one;lab;;\ncleo\u200b;;;;;\n1-mar;;;;;\n\"dan;;;\n")
	h.Run(t, []httpapitest.Scenario{
		read("class.csv", class[:bytes.LastIndexByte(class, '"')], `{"rows": [
			{"line": 2, "username": "ann", "admin": true, "password": "seven brown foxes", "groups": ["lab", "cs101"], "quota": 5},
			{"line": 6, "username": "cleo`+"\u200b"+`"}, {"line": 7, "username": "1-mar"}],
			"problems": [
				{"line": 3, "column": "username", "username": "ann", "message": "ann is in line 2 already", "doubt": false, "row": {"line": 3, "username": "ann"}},
				{"line": 5, "column": "admin", "username": "bob", "message": "admin must be true or false (or yes, no, 1, 0), not \"maybe\"", "doubt": false,
					"row": {"line": 5, "username": "bob", "password": "the old one", "groups": ["lab"]}},
				{"line": 6, "column": "username", "username": "cleo`+"\u200b"+`", "message": "has a character that cannot be seen: U+200B (zero width space), after \"cleo\"", "doubt": true},
				{"line": 7, "column": "username", "username": "1-mar", "message": "is a date, such as a spreadsheet makes of mar1", "doubt": true}],
			"ignored_columns": ["Shoe size"], "sheet": null, "other_sheets": [], "hidden_rows": 0}`),
		read("class.xlsx", workbook(t, []any{"username", "password"}, []any{"<b>ann</b>", "0123"}, []any{"ann", "007"}), `{"rows": [{"line": 3, "username": "ann", "password": "007"}],
			"problems": [{"line": 2, "column": "username", "username": "<b>ann</b>", "message": "Invalid username: <b>ann</b> (it contains a slash)", "doubt": false}], "sheet": "Sheet1", "other_sheets": ["Notes"]}`),
		read("export.ods", ods, `{"problems": []}`),
		read("header alone.csv", []byte("username\n"), `{"rows": [], "problems": []}`),
	})
}

// What is no table, or more than one, is refused in words, whatever its name says.
func TestSheetsThatAreNone(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := []httpapitest.Asker{httpapitest.Bearer(h.Token(root))}
	refused := func(name string, content []byte, status int, message string) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "POST", Path: sheetsPath, Body: sheetBody(name, content), As: admin, Status: status, Message: message}
	}
	ole := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 600)...)
	locked := append(bytes.Clone(ole), []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...)
	bomb := zipped(t, map[string]string{"[Content_Types].xml": "<x/>", "xl/workbook.xml": strings.Repeat(" ", 65<<20)})
	raw := func(name, body string, status int, message string) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "POST", Path: sheetsPath, Body: body, As: admin, Status: status, Message: message}
	}
	h.Run(t, []httpapitest.Scenario{
		refused("picture.png", []byte("\x89PNG\r\n\x1a\n\x00\x00"), 400, "is not UTF-8"),
		refused("page.csv", []byte("<html><script>alert(1)</script>"), 400, "is a web page"),
		refused("old.xls", ole, 400, "Excel 97"),
		refused("locked.xlsx", locked, 400, "protected by a password"),
		refused("text.xlsx", []byte("username\nann\n"), 400, "is not an Excel file, whatever its name says"),
		refused("archive.csv", zipped(t, map[string]string{"a.txt": "x"}), 400, "ZIP file"),
		refused("bomb.xlsx", bomb, 400, "larger than 64 MiB when unzipped"),
		refused("empty.csv", nil, 400, "is empty"),
		refused("no header.csv", []byte("ann\nben\n"), 400, "one of them must be called 'username'"),
		refused("two headers.csv", []byte("username,Username,username\nann,,\n"), 400, "are both called 'username'"),
		refused("open quote.csv", []byte("username\n\"ann\n"), 400, "line 2"),
		refused("rows.csv", []byte("username\n"+strings.Repeat("a\n", 10_001)), 400, "more than 10,000 rows"),
		refused("columns.csv", []byte("username"+strings.Repeat(",x", 100)+"\n"), 400, "more than 100 columns"),
		refused("large.csv", make([]byte, upload.MaxSheetBytes+10), 413, "larger than 5 MiB"),
		raw("larger than any body", `{"name": "x.csv", "data": "`+strings.Repeat("A", 11<<20)+`"}`, 413, ""),
		raw("no base64", `{"name": "x.csv", "data": "?"}`, 400, "base64"),
		raw("no data", `{"name": "x.csv"}`, 400, "are needed"),
		raw("no name", `{"data": ""}`, 400, "are needed"),
		raw("an unknown key", `{"name": "x.csv", "data": "", "keep": true}`, 400, "keep"),
		raw("a name that is a path and long", `{"name": "`+strings.Repeat("../", 100)+`x.csv", "data": ""}`, 400, "at most 255"),
		raw("a sheet of CSV", `{"name": "x.csv", "data": "`+base64.StdEncoding.EncodeToString([]byte("username\na\n"))+`", "sheet": "A"}`, 400, "no sheets"),
		raw("no object", `[]`, 400, "object"),
		raw("no JSON", `{`, 400, httpapitest.BadJSON),
	})
}

// Whoever makes people, or says who is in a group, may have a file read; what is in it gets into no log.
func TestSheetsAreForThoseWhoMakePeople(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	body := sheetBody("class.csv", []byte("username,password,admin\nbob,a-secret-of-bob,a-secret-of-bob\n"))
	for name, c := range map[string]struct {
		as     httpapitest.Asker
		status int
	}{
		"nobody":                 {httpapitest.Anonymous, http.StatusForbidden},
		"a student":              {httpapitest.Bearer(h.Token(ann)), http.StatusForbidden},
		"who lists people":       {httpapitest.Bearer(h.Token(root, "list:users")), http.StatusForbidden},
		"who makes people":       {httpapitest.Bearer(h.Token(root, "admin:users")), http.StatusOK},
		"a teacher":              {httpapitest.Bearer(h.Token(root, "admin:users!group=cs101")), http.StatusOK},
		"who fills a group":      {httpapitest.Bearer(h.Token(root, "groups!group=cs101")), http.StatusOK},
		"an administrator":       {httpapitest.Bearer(h.Token(root)), http.StatusOK},
		"a page without a token": {h.Browser(root), http.StatusForbidden},
	} {
		if w := h.Do("POST", sheetsPath, body, c.as); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	h.Do("POST", sheetsPath, sheetBody("class.csv", []byte("username,a-secret-of-bob,a-secret-of-bob,username\nbob\n")), httpapitest.Bearer(h.Token(root)))
	if strings.Contains(h.Log.String(), "a-secret-of-bob") {
		t.Error("the log has what the file says")
	}
}
