package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// The user management guide, section by section, each command as it stands there:
// with the Python scripts, with links to the binary by their names, and with the
// binary's own. G6, G16 to G19, G21 to G30, G33.
func TestGuide(t *testing.T) {
	for _, way := range []struct{ name, manage, template string }{
		{"scripts", "python scripts/manage_users.py", "python scripts/generate_users_template.py"},
		{"links", "manage_users", "generate_users_template"},
		{"users", "atrium users", "atrium users template"},
	} {
		t.Run(way.name, func(t *testing.T) {
			h := startHub(t, options{Config: trivialConfig() + cheapPasswords})
			dir := t.TempDir()
			text, err := os.ReadFile("testdata/people/guide.txtar")
			if err != nil {
				t.Fatal(err)
			}
			script := strings.NewReplacer("python scripts/manage_users.py", way.manage, "python scripts/generate_users_template.py", way.template).Replace(string(text))
			if err := os.WriteFile(filepath.Join(dir, "guide.txtar"), []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			bin := linkPrograms(t)
			testscript.Run(t, testscript.Params{
				Dir: dir, RequireExplicitExec: true,
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"said": said, "told": told},
				Setup: func(env *testscript.Env) error {
					env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
					env.Setenv("JUPYTERHUB_URL", h.URL)
					env.Setenv("JUPYTERHUB_TOKEN", adminToken)
					env.Setenv("ATRIUM_BIN", programs.Atrium)
					env.Setenv("LANG", "C.UTF-8")
					return writeScripts(filepath.Join(env.WorkDir, "scripts"))
				},
			})
		})
	}
}

// linkPrograms is a folder with the binary under each of its names, and python.
func linkPrograms(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	python := hubtest.Variable(t, "HUBTEST_PYTHON")
	for name, to := range map[string]string{
		"atrium": programs.Atrium, "manage_users": programs.Atrium, "generate_users_template": programs.Atrium, "python": python,
	} {
		if err := os.Symlink(to, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// writeScripts copies the repository's scripts.
func writeScripts(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"manage_users.py", "generate_users_template.py"} {
		text, err := os.ReadFile(filepath.Join("..", "scripts", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func words(ts *testscript.TestScript) string { return ts.ReadFile("stdout") + ts.ReadFile("stderr") }

// said looks for a pattern in what the last command wrote, wherever it wrote it.
func said(ts *testscript.TestScript, neg bool, args []string) {
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if found := re.MatchString(words(ts)); found == neg {
		ts.Fatalf("said %t: %s", found, args[0])
	}
}

// told compares what the last command wrote with a file, in which a line "..." stands
// for any lines, and $NAME for a variable.
func told(ts *testscript.TestScript, _ bool, args []string) {
	want := strings.Split(strings.TrimSpace(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), "\n")
	got := strings.Split(strings.TrimSpace(words(ts)), "\n")
	if problem := match(got, want); problem != "" {
		ts.Fatalf("%s: %s", args[0], problem)
	}
}

func match(got, want []string) string {
	for len(want) > 0 {
		if want[0] == "..." {
			if len(want) == 1 {
				return ""
			}
			for len(got) > 0 && got[0] != want[1] {
				got = got[1:]
			}
			want = want[1:]
			continue
		}
		if len(got) == 0 {
			return fmt.Sprintf("nothing where %q should be", want[0])
		}
		if got[0] != want[0] {
			return fmt.Sprintf("%q where %q should be", got[0], want[0])
		}
		got, want = got[1:], want[1:]
	}
	if len(got) > 0 {
		return fmt.Sprintf("more than there should be: %q", got[0])
	}
	return ""
}
