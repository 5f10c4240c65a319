package e2e_test

import (
	"encoding/csv"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// commandsOf are the command lines of Atrium on a page of the guide, in its order: those
// that stand alone, and those in tables.
func commandsOf(page string) (lines []string) {
	for _, m := range regexp.MustCompile("(?m)^(atrium .*)$|`(atrium [^`]*)`").FindAllStringSubmatch(page, -1) {
		lines = append(lines, m[1]+m[2])
	}
	return lines
}

// block is the first fenced text of a kind.
func block(t *testing.T, page, kind string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "```"+kind+"\n")
	text, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatalf("the page has no block of %s", kind)
	}
	return text
}

// The guide for whoever has a class on Monday: its configuration is good, and its
// commands do what it says, one after the other.
func TestGuideForMonday(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "guide", "monday.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	dir := hubtest.Folder(t)
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "guide.yaml"), block(t, page, "yaml"))
	check := exec.CommandContext(t.Context(), programs.Atrium, "config", "check", filepath.Join(dir, "guide.yaml"))
	check.Env = append(hubtest.Environment(), "ATRIUM_DATA_DIR="+filepath.Join(dir, "none"))
	out, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("its configuration, %v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) { // what holds limits depends on the machine
		if strings.Contains(line, "warning") && !strings.HasPrefix(line, "atrium: warning: spawner.local.limits.") {
			t.Errorf("its configuration: %s", line)
		}
	}

	h := newHub(t, options{NoAdmin: true})
	write(h.configFile(), trivialConfig()+"data_dir: "+h.DataDir+"\n"+cheapPasswords)
	h.Start()
	write(filepath.Join(dir, "class.csv"), block(t, page, "csv"))
	for name, person := range map[string]string{"helpers": "teacher01", "forgot": "ada", "late": "zoe"} {
		write(filepath.Join(dir, name+".csv"), "username,groups\n"+person+",\n")
	}
	if err := os.Mkdir(filepath.Join(dir, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("/etc/atrium.yaml", h.configFile(), "/backups/", filepath.Join(dir, "backups")+"/")
	lines := commandsOf(page)
	if len(lines) < 15 {
		t.Fatalf("only these commands are found on the page: %q", lines)
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "atrium python ") { // see TestTeachInTheHubsOwnPython: these servers run the tests' own program
			continue
		}
		args := strings.Fields(here.Replace(line))
		cmd := exec.CommandContext(t.Context(), programs.Atrium, args[1:]...)
		cmd.Dir, cmd.Env = dir, append(hubtest.Environment(), "ATRIUM_DATA_DIR="+h.DataDir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		if line == "atrium servers list --active" && (!strings.Contains(string(out), "ada") || !strings.Contains(string(out), "ben")) {
			t.Errorf("%s:\n%s", line, out)
		}
	}
	for file, name := range map[string]string{"passwords.csv": "ben", "new.csv": "ada", "late-passwords.csv": "zoe", "helpers-passwords.csv": "teacher01"} {
		if got := h.Browser().LogIn(name, passwordIn(t, filepath.Join(dir, file), name), ""); got.Status >= http.StatusBadRequest {
			t.Errorf("%s cannot log in with the password in %s: status %d", name, file, got.Status)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "backups", "hub.backup")); err != nil || info.Size() == 0 {
		t.Errorf("the backup: %v, %v", info, err)
	}
}

// passwordIn is somebody's password in a file that a command has written.
func passwordIn(t *testing.T, path, name string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row[0] == name {
			return row[1]
		}
	}
	t.Fatalf("%s has nobody of the name %s: %v", path, name, rows)
	return ""
}
