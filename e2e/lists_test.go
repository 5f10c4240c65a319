package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// list copies a file that another program wrote.
func (p *teacher) list(name string) string {
	p.T.Helper()
	text, err := os.ReadFile(filepath.Join("..", "internal", "sheet", "testdata", name))
	if err != nil {
		p.T.Fatal(err)
	}
	p.Write(name, string(text))
	return name
}

// A password "=Secret99" in a list that openpyxl, pandas or XlsxWriter wrote has no value in the file. It makes neither an
// account that a stranger can claim, nor one with another password; the cell is named.
func TestPasswordThatIsAFormulaMakesNoOpenAccount(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	link := p.Path("manage_users")
	if err := os.Symlink(programs.Atrium, link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"pandas-openpyxl.xlsx", "pandas-xlsxwriter.xlsx"} {
		p.list(file)
		p.Want(p.Users("create", file), 1, "line 2: cell Sheet1!B2 is a formula that has never been computed", "write the values themselves", "1 bad row: nothing was done")
		p.Want(p.Users("set-passwords", file), 1, "line 2: cell Sheet1!B2 is a formula")
		p.Want(p.Users("create", file, "--dry-run"), 1, "Refused: line 2: cell Sheet1!B2", "To create: ben")
	}
	p.Want(p.Users("create", p.list("openpyxl.xlsx"), "--dry-run"), 1,
		"cell Sheet!B2", "cell Sheet!C3", "cell Sheet!D4", "cell Sheet!A5", "cell Sheet!A7", "cell Sheet!A8", "cell Sheet!B10", "cell Sheet!B11", "To create: dora")
	if got := p.names(); !slices.Equal(got, []string{"admin"}) {
		t.Errorf("the hub has %q", got)
	}
	cmd := p.Command()
	cmd.Path, cmd.Args = link, []string{"manage_users", "create", "pandas-xlsxwriter.xlsx"}
	p.Want(p.Do(cmd), 3, "line 2: cell Sheet1!B2 is a formula", "Created user: ben", "Created user: cleo")
	if got := p.names(); !slices.Equal(got, []string{"admin", "ben", "cleo"}) {
		t.Errorf("the hub has %q", got)
	}
	if !h.LogsIn("cleo", "1234567890123456") {
		t.Error("sixteen digits are not the password that they were")
	}
	p.Want(p.Users("create", p.list("pandas.ods")), 0, "Created user: ann")
	if !h.LogsIn("ann", "=Secret99") {
		t.Error("where it is text, =Secret99 is not the password")
	}
}

// Of a workbook with several sheets it is said which was read, and another one can be.
func TestSheetThatIsReadIsNamed(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	for _, file := range []string{"openpyxl-shown.xlsx", "libreoffice.ods"} {
		p.list(file)
		p.Want(p.Users("create", file), 1, `File must contain 'username' column: `+file+`, sheet "Notes", has none in its first line`, `There are other sheets, too: "Class 5a". --sheet NAME reads one of them.`)
		p.Want(p.Users("create", file, "--sheet", "Class 5b"), 1, `has no sheet called "Class 5b": it has "Notes", "Class 5a", "Old"`)
		r := p.Users("create", file, "--sheet", "class 5A", "--dry-run")
		p.Want(r, 1, `Loaded 20 users from `+file+`, sheet "Class 5a"`, "1 row is hidden in the spreadsheet", "To create: stud007", "To create: 0007",
			"2026-03-01: is a date or a time to the spreadsheet, whatever was typed", "use --allow-odd-names")
	}
	p.Write("users.csv", "username\nann\n")
	p.Want(p.Users("create", "users.csv", "--sheet", "x"), 1, "is CSV, which has no sheets")
	p.Want(p.Users("set-admin", "ann", "--sheet", "x"), 2, "--sheet is of a file")
}

// Names that nobody can type are refused where somebody would be made, and nowhere else.
func TestOddNamesAreRefused(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("odd.csv", "username,groups\nan\u200bna,\n\u0430nna,\nben,lab\u202e\n2026-03-01,\nünïcødé,\n")
	p.Want(p.Users("create", "odd.csv"), 1, "line 2: ", "U+200B (zero width space)", "line 3: ", "U+0430 (Cyrillic)", "line 4: ben: the group ", "U+202E", "line 5: 2026-03-01: is a date",
		"4 bad rows: nothing was done", "use --allow-odd-names")
	p.Want(p.Users("create", "odd.csv", "--allow-odd-names", "--dry-run"), 0, "To create: 2026-03-01", "⚠️  2026-03-01: is a date", "To create: 5")
	p.Want(p.Users("create", "odd.csv", "--allow-odd-names"), 0, "Created: 5", "U+200B")
	p.Want(p.Users("export", "backup.xlsx"), 0)
	p.Want(p.Users("create", "backup.xlsx"), 0, "Already exist: 6")
	p.Want(p.Users("set-admin", "-f", "odd.csv"), 0, "Success: 5")
	p.Want(p.Users("delete", "odd.csv", "--yes"), 0, "Deleted: 5")
	p.Want(p.Run("groups", "create", "la\u200bb"), 3, "U+200B", "--allow-odd-names takes it as it is")
	p.Want(p.Run("groups", "create", "la\u200bb", "--allow-odd-names"), 0, "Created: 1")
}

// What a teacher asks before a lesson: who is in which group, and who has no password yet; of whom they may know it.
func TestListSaysWhoHasNoPasswordYet(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", "username,password,groups\nann,,cs101\nben,a long enough word,cs101;lab\ncleo,,lab\n")
	p.Want(p.Users("create", "users.csv"), 0, "Created: 3", "no password in the file for ann, cleo: the first login by such a name may set it")
	r := p.Users("list")
	p.Want(r, 0, "Total users: 4\n", "Without a password: 2", "no password yet")
	for name, want := range map[string]string{"ann": "cs101 no password yet Never", "ben": "cs101, lab Never", "cleo": "lab no password yet Never"} {
		at := strings.Index(r.Out, "\n"+name+" ")
		line, _, _ := strings.Cut(r.Out[at+1:], "\n")
		if got := strings.Join(strings.Fields(line)[1:], " "); at < 0 || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	r = p.Users("list", "--group", "cs101", "--without-password", "--json")
	var list []struct{ Username, Password string }
	if err := json.Unmarshal([]byte(r.Out), &list); err != nil || len(list) != 1 || list[0].Username != "ann" || list[0].Password != "unclaimed" {
		t.Errorf("%v in %s", err, r.Out)
	}
	p.Want(p.Users("export", "backup.csv"), 0, "Saved 4 users")
	if row := p.Table("backup.csv")[1]; row["groups"] != "cs101" || row["password_state"] != "unclaimed" {
		t.Errorf("the export says %v", row)
	}
	p.Want(p.Users("export", "backup.csv"), 0, "Saved 4 users")
	p.Want(p.Users("export", "users.csv"), 1, "There is a file users.csv already, with 3 rows and the columns username, password, groups", "use --force to replace users.csv")
	p.Want(p.Users("delete", "users.csv", "--yes"), 0, "Deleted: 3")
	r = p.Users("create", "backup.csv")
	p.Want(r, 0, "Created: 3")
	if strings.Contains(r.All, "ignored") {
		t.Errorf("it does not know its own export:\n%s", r.All)
	}

	admin := h.Admin()
	admin.NewUser("reader")
	var made struct{ Token string }
	decode(t, admin.Do("POST", "/hub/api/users/admin/tokens", map[string]any{"scopes": []string{"list:users", "read:users"}}, 201).Body, &made)
	p = &teacher{p.As(made.Token)}
	r = p.Users("list")
	p.Want(r, 0, "Total users: 5\n", "cs101")
	if strings.Contains(r.Out, "password") {
		t.Errorf("whoever may read people is told of passwords:\n%s", r.Out)
	}
	p.Want(p.Users("list", "--without-password"), 1, "who has a password is not known", "admin:users")
}

// A list of a course is who is in the course's group: the others leave it, after a question, and keep their accounts.
func TestExactListIsTheGroup(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	groupOf := func() string {
		var names []string
		for _, person := range p.Everybody() {
			if slices.Contains(person.Groups, "cs101") {
				names = append(names, person.Username)
			}
		}
		return strings.Join(names, " ")
	}
	answer := func(text string, args ...string) hubtest.Ran {
		cmd := p.Command(append([]string{"users"}, args...)...)
		cmd.Stdin = strings.NewReader(text + "\n")
		return p.Do(cmd)
	}
	p.Write("spring.csv", "username,groups\nann,\nben,lab\nzoe,lab\n")
	p.Want(p.Users("create", "spring.csv", "--group", "cs101"), 0, "There is no group cs101 yet", "Created: 3")
	p.Write("admins.csv", "username\nadmin\n")
	p.Want(p.Users("create", "admins.csv", "--group", "cs101"), 0, "Added to cs101: admin")

	p.Write("summer.csv", "username\nann\nben\ncleo\n")
	exact := []string{"create", "summer.csv", "--exact", "--group", "cs101"}
	p.Want(p.Users(append(exact, "--dry-run")...), 0, "To create: cleo (groups=cs101)", "To take out of cs101: admin", "To take out of cs101: zoe", "To take out of cs101: 2")
	asked := answer("no", exact...)
	p.Want(asked, 1, "This takes out of cs101 who is not in the file, 2 users: admin, zoe. Their accounts stay.", "take 2 users out of cs101? (yes/no)", "Operation cancelled")
	p.Want(p.Users(exact...), 1, "use --yes to take 2 users out of cs101")
	if got := groupOf(); got != "admin ann ben zoe" || len(p.names()) != 4 {
		t.Fatalf("without an answer the group is %s of %q", got, p.names())
	}
	p.Want(answer("yes", exact...), 0, "Created user: cleo", "Taken out of cs101: zoe", "Created: 1", "Already exist: 2", "Taken out of cs101: 2", "Failed: 0")
	if got := groupOf(); got != "ann ben cleo" || !slices.Contains(p.names(), "zoe") {
		t.Errorf("the group is %s of %q", got, p.names())
	}
	p.Want(p.Users(exact...), 0, "Created: 0", "Added to cs101: 0", "Taken out of cs101: 0")

	// Who is in a row that cannot be read may be somebody of the group.
	p.Write("bad.csv", "username,admin\nann,\nben,perhaps\n")
	p.Want(p.Users("create", "bad.csv", "--exact", "--group", "cs101", "--yes"), 1, "line 3: ben", "nothing was done")
	p.Want(p.Users("create", "bad.csv", "--exact", "--group", "cs101", "--yes", "--skip-invalid"), 3, "Nobody is taken out of cs101: with 1 bad row")
	p.Write("empty.csv", "username\n")
	p.Want(p.Users("create", "empty.csv", "--exact", "--group", "cs101", "--yes"), 1, "the list names nobody")
	if got := groupOf(); got != "ann ben cleo" {
		t.Errorf("the group is %s", got)
	}

	// With --update the file's groups are changed, and the group is theirs as well.
	p.Write("update.csv", "username,groups\nann,choir\nben,\ncleo,\ndora,\n")
	p.Want(p.Users("create", "update.csv", "--update", "--exact", "--group", "cs101"), 0, "Changed user: ann", "Created user: dora", "Taken out of cs101: 0")
	if got := groupOf(); got != "ann ben cleo dora" {
		t.Errorf("the group is %s", got)
	}

	// Accounts go with --delete alone, and never those of administrators.
	p.Want(p.Users("create", "admins.csv", "--group", "cs101"), 0)
	p.Write("autumn.csv", "username\nann\n")
	removed := []string{"create", "autumn.csv", "--exact", "--group", "cs101", "--delete"}
	p.Want(p.Users(append(removed, "--dry-run")...), 0, "To delete: ben (groups=", "To take out of cs101: admin", "Administrators, and you, are taken out of cs101 and not deleted: admin")
	asked = answer("yes", removed...)
	p.Want(asked, 0, "This deletes who is in cs101 and not in the file, 3 users with their servers: ben, cleo, dora (1 in other groups, too)", "Deleted user: cleo", "Deleted: 3", "Taken out of cs101: 1")
	if got := p.names(); groupOf() != "ann" || !slices.Equal(got, []string{"admin", "ann", "zoe"}) {
		t.Errorf("the group is %s of %q", groupOf(), got)
	}
	p.Want(p.Users("create", "autumn.csv", "--exact"), 2, "--exact is about a group")
	p.Want(p.Users("create", "autumn.csv", "--group", "cs101", "--delete"), 2, "--delete is about who is not in the file")
	p.Want(p.Users("create", "autumn.csv", "--group", "a/b"), 2, "slash")
}
