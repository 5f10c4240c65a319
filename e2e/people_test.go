package e2e_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// peopleConfig is for hubs on which many people are made and no servers start.
func peopleConfig() string { return trivialConfig() + cheapPasswords }

// The command is killed before it sends anything, then in the middle, each time
// without a chance to clean up. Run once more it makes exactly the file's people, once
// each, and every password that was written down works. G32.
func TestKilledCreateIsFinishedByTheNext(t *testing.T) {
	const count = 10_000
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, count))
	args := []string{"users", "create", "users.csv", "--generate", "--output", "out.csv"}

	p.killWhen(args, func() bool { _, err := os.Stat(p.Path("out.csv")); return err == nil })
	early := p.Table("out.csv")
	if len(early) != count || early[0]["password"] == "" || !strings.HasPrefix(early[count-1]["status"], "pending ") {
		t.Fatalf("before anything is sent, %d passwords are written down, the first row is %v", len(early), early[0])
	}
	p.killWhen(args, func() bool { return h.Admin().Count() > count/4 })
	if made := h.Admin().Count() - 1; made >= count {
		t.Fatalf("the second run made %d people before it was killed: that shows nothing", made)
	}
	p.Want(p.Do(p.Command(args...)), 0, "Failed: 0")

	if got := h.Admin().Count() - 1; got != count {
		t.Errorf("%d people, want %d", got, count)
	}
	table := p.Table("out.csv")
	seen := map[string]bool{}
	for i, row := range table {
		if row["status"] != "created" || row["password"] == "" || seen[row["username"]] {
			t.Fatalf("the row %v", row)
		}
		seen[row["username"]] = true
		if row["password"] != early[i]["password"] {
			t.Fatalf("%s was to have another password", row["username"])
		}
		if i%250 == 0 && !h.LogsIn(row["username"], row["password"]) {
			t.Errorf("%s does not log in with the password that was written down", row["username"])
		}
	}
	if len(seen) != count {
		t.Errorf("%d rows, want %d", len(seen), count)
	}
	if info, err := os.Stat(p.Path("out.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the passwords: %v, %v", info.Mode(), err)
	}
	p.Want(p.Do(p.Command(args...)), 0, "Created: 0", fmt.Sprintf("Already exist: %d", count))
	if again := p.Table("out.csv"); again[0]["password"] != table[0]["password"] || again[0]["status"] != "created" {
		t.Errorf("a further run makes the row %v of %v", again[0], table[0])
	}
}

// killWhen starts the command and kills it as soon as the condition holds.
func (p *teacher) killWhen(args []string, ready func() bool) {
	p.T.Helper()
	cmd := p.Command(args...)
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		p.T.Fatal(err)
	}
	deadline := time.Now().Add(startPatience)
	for !ready() {
		if time.Now().After(deadline) {
			p.T.Errorf("the command does not get that far:\n%s", hubtest.Tail(said.String()))
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		p.T.Error("the command ended before it was killed")
	}
}

// An interrupt says what was done, and that the same command finishes the rest.
func TestInterruptedCreateSaysHowToFinish(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, 5000))
	cmd := p.Command("users", "create", "users.csv", "--generate")
	said := &output{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "some are made", startPatience, func() bool { return h.Admin().Count() > 500 })
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 1 || !strings.Contains(said.String(), "Run the same command again") {
		t.Fatalf("status %d:\n%s", status, hubtest.Tail(said.String()))
	}
	p.Want(p.Users("create", "users.csv", "--generate"), 0, "Failed: 0", "users_passwords.csv")
	if got := h.Admin().Count() - 1; got != 5000 {
		t.Errorf("%d people, want 5000", got)
	}
	for _, row := range p.Table("users_passwords.csv") {
		if row["status"] != "created" || row["password"] == "" {
			t.Fatalf("the row %v", row)
		}
	}
}

// The hub dies in the middle. The command says so and how to go on; when the hub is
// back, it finishes, and every password that was written down works.
func TestHubKilledDuringCreate(t *testing.T) {
	const count = 4000
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", numbered("s", 1, count))
	args := []string{"users", "create", "users.csv", "--generate", "-o", "out.csv"}
	ended := make(chan hubtest.Ran, 1)
	cmd := p.Command(args...)
	go func() { ended <- p.Do(cmd) }()
	eventually(t, "some are made", startPatience, func() bool { return h.Admin().Count() > count/4 })
	h.Kill()
	p.Want(<-ended, 3, "rows are not done. Run the same command again to finish.")
	h.Start()
	p.Want(p.Do(p.Command(args...)), 0, "Failed: 0")
	if got := h.Admin().Count() - 1; got != count {
		t.Errorf("%d people, want %d", got, count)
	}
	for i, row := range p.Table("out.csv") {
		if row["status"] != "created" || row["password"] == "" {
			t.Fatalf("the row %v", row)
		}
		if i%100 == 0 && !h.LogsIn(row["username"], row["password"]) {
			t.Errorf("%s does not log in with the password that was written down", row["username"])
		}
	}
}

// Two administrators, whose files overlap, at once: everybody is made once, with the
// password that one of the two has.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	one, two := h.Teacher(), h.Teacher()
	one.Write("users.csv", numbered("s", 1, 1200))
	two.Write("users.csv", numbered("s", 801, 2000))
	var wg sync.WaitGroup
	runs := make([]hubtest.Ran, 2)
	for i, p := range []*teacher{one, two} {
		cmd := p.Command("users", "create", "users.csv", "--generate", "-o", "out.csv")
		wg.Go(func() { runs[i] = p.Do(cmd) })
	}
	wg.Wait()
	one.Want(runs[0], 0, "Failed: 0")
	two.Want(runs[1], 0, "Failed: 0")
	if got := h.Admin().Count() - 1; got != 2000 {
		t.Errorf("%d people, want 2000", got)
	}
	passwords := map[string]string{}
	for _, row := range slices.Concat(one.Table("out.csv"), two.Table("out.csv")) {
		name, password := row["username"], row["password"]
		switch {
		case (row["status"] == "created") != (password != ""):
			t.Fatalf("the row %v", row)
		case password == "":
		case passwords[name] != "":
			t.Fatalf("%s was made twice", name)
		default:
			passwords[name] = password
		}
	}
	if len(passwords) != 2000 {
		t.Errorf("%d have a password, want 2000", len(passwords))
	}
	for i := 750; i < 1300; i += 50 {
		name := fmt.Sprintf("s%05d", i)
		if !h.LogsIn(name, passwords[name]) {
			t.Errorf("%s does not log in", name)
		}
	}
}

// Names that are code elsewhere are names here; those that cannot be are named by
// their line, and then nothing is done.
func TestNastyNames(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	names := []string{
		`o'brien`, `say "hello"`, `two words`, `semi;colon`, `a,b`, `$(touch pwned)`, "`touch pwned`", `'; drop table users; --`,
		`=1+1`, `-rf`, `@import`, `+49`, `'quoted`, `#hash?query=1&x`, `100%`, `%2e%2e`, `back\slash`, `<img src=x onerror=alert(1)>`,
		`ünïcødé`, `名前`, `🙂`, `a@b.example`, strings.Repeat("x", 255),
	}
	var b strings.Builder
	b.WriteString("username,groups\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\"%s\",\"\"\"a;b\"\";c,$(touch pwned)\"\n", apostrophe(strings.ReplaceAll(name, `"`, `""`)))
	}
	p.Write("nasty.csv", b.String())
	p.Want(p.Users("create", "nasty.csv"), 0, fmt.Sprintf("Created: %d", len(names)))
	want := append([]string{"admin"}, names...)
	slices.Sort(want)
	if got := p.names(); !slices.Equal(got, want) {
		t.Errorf("the hub has\n%q, want\n%q", got, want)
	}
	for _, person := range p.Everybody() {
		if person.Username != "admin" && !slices.Equal(slices.Sorted(slices.Values(person.Groups)), []string{"$(touch pwned)", "a;b", "c"}) {
			t.Errorf("%s is in %q", person.Username, person.Groups)
		}
	}
	for _, file := range []string{"backup.csv", "backup.xlsx"} {
		before := p.Everybody()
		p.Want(p.Users("export", file), 0)
		p.Want(p.Users("delete", "nasty.csv", "--yes"), 0, fmt.Sprintf("Deleted: %d", len(names)))
		p.Want(p.Users("create", file), 0, fmt.Sprintf("Created: %d", len(names)), "Already exist: 1")
		if got := p.Everybody(); fmt.Sprint(got) != fmt.Sprint(before) {
			t.Errorf("from %s come\n%v, want\n%v", file, got, before)
		}
	}
	long := strings.Repeat("x", 256)
	for _, bad := range []struct{ row, want string }{
		{"a/b", "line 3"}, {"..", "line 3"}, {long, "line 3"}, {"\"\",true", "line 3"}, {"good2,perhaps", "line 3: good2"}, {"GOOD", "line 3"},
		{"\"new\nline\"", "line 3"},
	} {
		p.Write("bad.csv", "username,admin\ngood,\n"+bad.row+"\n")
		p.Want(p.Users("create", "bad.csv"), 1, bad.want, "nothing was done")
	}
	if got := len(p.names()); got != len(names)+1 {
		t.Errorf("%d people, want %d", got, len(names)+1)
	}
	p.Want(p.Users("create", "bad.csv", "--skip-invalid"), 3, "Created: 1", "Failed: 1")
	for _, dir := range []string{p.Dir, h.DataDir, "/"} {
		if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
			t.Fatalf("a name was run: there is %s/pwned", dir)
		}
	}
}

// apostrophe marks a cell that a spreadsheet would take for a formula as text.
func apostrophe(cell string) string {
	if strings.ContainsAny(cell[:1], "=+-@") {
		return "'" + cell
	}
	return cell
}

func (p *teacher) names() []string {
	p.T.Helper()
	var names []string
	for _, person := range p.Everybody() {
		names = append(names, person.Username)
	}
	return names
}

// Files that are none, or that are meant to hurt: a clear error, nothing done, under
// both names. G25, G29.
func TestHostileFiles(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	if err := os.Mkdir(p.Path("folder.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.Write("empty.csv", "")
	p.Write("nameless.csv", "name,admin\nx,true\n")
	p.Write("wide.csv", "username"+strings.Repeat(",c", 1_000_000)+"\nx\n")
	p.Write("old.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600))
	p.Write("text.xlsx", "username\nx\n")
	p.Write("quote.csv", "username\nx\n\"y\n")
	p.Write("binary.csv", "username\nx\xff\xfe\x00\n")
	p.bomb("bomb.xlsx")
	for _, c := range []struct{ file, want string }{
		{"folder.csv", "folder"}, {"empty.csv", "empty"}, {"nameless.csv", "File must contain 'username' column"}, {"wide.csv", "columns"},
		{"old.xls", "xls"}, {"text.xlsx", "text.xlsx"}, {"quote.csv", "line 3"}, {"binary.csv", "line 2"}, {"bomb.xlsx", "bomb.xlsx"}, {"nosuch.csv", "nosuch.csv"},
	} {
		for _, args := range [][]string{{"create", c.file}, {"delete", "--yes", c.file}, {"set-admin", "-f", c.file}, {"set-passwords", "--generate", c.file, "-o", "out.csv"}} {
			p.Want(p.Users(args...), 1, c.want)
		}
	}
	link := p.Path("manage_users")
	if err := os.Symlink(programs.Atrium, link); err != nil {
		t.Fatal(err)
	}
	cmd := p.Command()
	cmd.Path, cmd.Args = link, []string{"manage_users", "create", "bomb.xlsx"}
	p.Want(p.Do(cmd), 1, "Error loading file")
	if got := p.names(); !slices.Equal(got, []string{"admin"}) {
		t.Errorf("the hub has %q", got)
	}
	if _, err := os.Stat(p.Path("out.csv")); err == nil {
		t.Error("there are results of nothing")
	}
}

// bomb writes an Excel file whose sheet is gigabytes of nothing.
func (p *teacher) bomb(name string) {
	p.T.Helper()
	f, err := os.Create(p.Path(name))
	if err != nil {
		p.T.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, part := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		w, err := z.Create(part)
		if err != nil {
			p.T.Fatal(err)
		}
		blank := []byte(strings.Repeat(" ", 1<<20))
		for range 400 {
			if _, err := w.Write(blank); err != nil {
				p.T.Fatal(err)
			}
			if part != "xl/worksheets/sheet1.xml" {
				break
			}
		}
	}
	if err := z.Close(); err != nil {
		p.T.Fatal(err)
	}
}

// A backup of many, restored into an empty hub, is the same people, administrators
// and groups; restored again, it changes nothing. G23.
func TestBackupRestores(t *testing.T) {
	const count = 25_000
	old, fresh := startHub(t, options{Config: peopleConfig()}), startHub(t, options{Config: peopleConfig()})
	p, q := old.Teacher(), fresh.Teacher()
	var b strings.Builder
	b.WriteString("username,admin,groups\n")
	for i := range count {
		groups := fmt.Sprintf("class %d;year %d", i%40, i%3)
		if i%10 == 0 {
			groups = ""
		}
		fmt.Fprintf(&b, "s%05d,%t,%s\n", i, i%5000 == 0, groups)
	}
	p.Write("users.csv", b.String())
	p.Want(p.Users("create", "users.csv"), 0, fmt.Sprintf("Created: %d", count))
	want := p.Everybody()
	if len(want) != count+1 || !want[5001].Admin || len(want[2].Groups) != 2 {
		t.Fatalf("%d people, such as %v and %v", len(want), want[5001], want[2])
	}
	p.Want(p.Users("export", q.Path("backup.xlsx")), 0, fmt.Sprintf("Saved %d users", count+1))
	q.Want(q.Users("create", "backup.xlsx"), 0, fmt.Sprintf("Created: %d", count), "Already exist: 1")
	if got := q.Everybody(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error("the restored people differ")
	}
	q.Want(q.Users("create", "backup.xlsx"), 0, "Created: 0", fmt.Sprintf("Already exist: %d", count+1))
	q.Want(q.Users("create", "backup.xlsx", "--update"), 0, "Created: 0", "Changed: 0", fmt.Sprintf("Unchanged: %d", count+1))
	if got := q.Everybody(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error("the second restore changed something")
	}
}

// What a plan shows, it does, and itself changes nothing.
func TestDryRunChangesNothing(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("old.csv", "username,admin\nann,false\nbob,false\n")
	p.Want(p.Users("create", "old.csv"), 0)
	p.Write("users.csv", "username,admin,groups\nann,true,lab\nbob,false,\ncy,false,lab;physics\n")
	r := p.Users("create", "users.csv", "--update", "--dry-run")
	p.Want(r, 0, "To change: ann (admin=True, groups=lab)", "Unchanged: bob", "To create: cy (admin=False, groups=lab;physics)", "nothing was changed")
	if got := p.names(); len(got) != 3 {
		t.Errorf("the hub has %q", got)
	}
	var plan struct {
		DryRun bool `json:"dry_run"`
		Counts map[string]int
	}
	r = p.Users("create", "users.csv", "--update", "--dry-run", "--json")
	if err := json.Unmarshal([]byte(r.Out), &plan); err != nil || !plan.DryRun || plan.Counts["created"] != 1 || plan.Counts["changed"] != 1 {
		t.Errorf("%v, %v in %s", err, plan, r.Out)
	}
	p.Want(p.Users("delete", "users.csv", "--dry-run"), 0, "To delete: ann", "Not found: cy")
	p.Want(p.Users("set-admin", "ann", "cy", "--dry-run"), 0, "To grant: ann", "Not found: cy")
	p.Want(p.Users("set-passwords", "users.csv", "--generate", "--dry-run", "-o", "out.csv"), 0, "To set: ann")
	if _, err := os.Stat(p.Path("out.csv")); err == nil {
		t.Error("a plan wrote passwords")
	}
	p.Want(p.Users("create", "users.csv", "--update"), 0, "Created: 1", "Changed: 1", "Unchanged: 1")
	if got := p.Everybody(); !got[1].Admin || !slices.Equal(got[1].Groups, []string{"lab"}) {
		t.Errorf("ann is %v", got[1])
	}
}

// Under the scripts' names a bad row is a failed line, and the others are done.
func TestScriptsDoTheOtherRows(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Write("users.csv", "username,admin,password\nann,,\na/b,,\nbob,perhaps,\ncy,true,short\nann,,\ndee,true,a long enough word\n")
	link := p.Path("manage_users.py")
	if err := os.Symlink(programs.Atrium, link); err != nil {
		t.Fatal(err)
	}
	cmd := p.Command()
	cmd.Path, cmd.Args = link, []string{"manage_users.py", "create", "users.csv"}
	r := p.Do(cmd)
	p.Want(r, 3, "✅ Created user: ann (admin=False)", "Failed to create a/b: line 3: ", "Failed to create bob: line 4: ", "Failed to create cy: ",
		"Failed to create ann: line 6: ", "✅ Created user: dee (admin=True)", "Created: 2", "Failed: 4")
	if r.Err != "" {
		t.Errorf("on standard error: %s", r.Err)
	}
	p.Want(p.Users("create", "users.csv"), 1, "line 3: ", "line 4: ", "line 5: ", "line 6: ", "4 bad rows: nothing was done")
}

// Who may not do it is told so, and where the token came from, not its text.
func TestTokenWithoutTheRight(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	token := h.Admin().NewUser("ann").token
	p.Env[1] = "JUPYTERHUB_TOKEN=" + token
	p.Write("users.csv", "username\nbob\n")
	p.Write("token.txt", token+"\n")
	for _, args := range [][]string{
		{"create", "users.csv"}, {"delete", "users.csv", "--yes"}, {"set-admin", "ann"}, {"set-passwords", "users.csv", "--generate"}, {"export", "out.csv"},
		{"create", "users.csv", "--token-file", "token.txt"},
	} {
		r := p.Users(args...)
		p.Want(r, 1, "❌ ")
		if strings.Contains(r.All, token) {
			t.Errorf("%s tells the token:\n%s", r.CommandLine, r.All)
		}
	}
	p.Want(p.Users("create", "users.csv", "--token-file", "token.txt"), 1, "Not allowed: the token from the file token.txt may not do this")
	p.Want(p.Users("create", "users.csv", "--token", adminToken), 0, "can be seen by everybody on this machine", "Created: 1")
}

// With the hub's own file nothing needs to be said on its machine, and its token goes
// nowhere else.
func TestCredentialsFileIsForItsOwnHubAlone(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig(), NoAdmin: true})
	p := h.Teacher()
	p.Env = []string{"ATRIUM_DATA_DIR=" + h.DataDir}
	p.Want(p.Users("list"), 0, "Connected to JupyterHub at "+h.URL)
	p.Want(p.Users("list", "--url", "http://127.0.0.1:1"), 1, "API token required")
	p.Want(p.Users("list", "--url", h.URL+"/"), 0)
	p.Env = append(p.Env, "JUPYTERHUB_TOKEN=something-else")
	p.Want(p.Users("list"), 1, "http://localhost:30890")
}

// Scripts that 'atrium scripts' writes find the binary, and hand it their lines.
func TestWrittenScripts(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig()})
	p := h.Teacher()
	p.Want(p.Do(p.Command("scripts", "tools")), 0)
	for _, name := range []string{"manage_users.py", "generate_users_template.py"} {
		written, err := os.ReadFile(p.Path(filepath.Join("tools", name)))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("..", "scripts", name))
		if err != nil || string(kept) != string(written) {
			t.Errorf("scripts/%s is not what 'atrium scripts' writes (%v)", name, err)
		}
	}
	python := hubtest.Variable(t, "HUBTEST_PYTHON")
	cmd := p.Command()
	cmd.Path, cmd.Args = python, []string{"python3", "tools/manage_users.py", "list"}
	cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(programs.Atrium)+string(os.PathListSeparator)+os.Getenv("PATH"))
	r := p.Do(cmd)
	p.Want(r, 0, "Total users: 1")
	if r.Err != "" {
		t.Errorf("on standard error: %s", r.Err)
	}
}
