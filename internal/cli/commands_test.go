package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
)

// quiet is an environment without anything in it.
func quiet(t *testing.T) (*command.Env, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return &command.Env{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}}, &out
}

// Every command says more than its name in its help, and has a manual page.
func TestEveryCommandIsExplained(t *testing.T) {
	e, _ := quiet(t)
	dir := filepath.Join(t.TempDir(), "man")
	if err := run(t.Context(), newRoot(e), []string{"man", dir}); err != nil {
		t.Fatal(err)
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if cmd.Hidden || cmd.Name() == "help" {
			return
		}
		if cmd.Short == "" || cmd.Long == "" && cmd.Example == "" {
			t.Errorf("'%s' has no text or examples", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("'%s' has the example %q", cmd.CommandPath(), line)
			}
		}
		page := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
		} else if !strings.HasPrefix(string(text), ".nh\n.TH") || strings.Contains(string(text), "Auto generated") {
			t.Errorf("%s is no page, or one with a date:\n%.200s", page, text)
		}
	}
	visit(newRoot(e))
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		e, out := quiet(t)
		if err := run(t.Context(), newRoot(e), []string{"completion", shell}); err != nil || !strings.Contains(out.String(), "atrium") {
			t.Errorf("completion for %s: %v, %d bytes", shell, err, out.Len())
		}
	}
	for line, want := range map[string]string{
		"servers st":            "start\t",
		"servers stop --gr":     "--group\t",
		"users create ":         "csv\nxlsx\nods\n:8",
		"groups add lab -f ":    "csv\nxlsx\nods\n:8",
		"users export ":         "csv\nxlsx\n:8",
		"tokens revoke ":        ":4",
		"audit --target-kind s": "server\n",
		"usage gr":              "groups\n",
		"man ":                  ":16",
	} {
		e, out := quiet(t)
		if err := run(t.Context(), newRoot(e), append([]string{"__complete"}, strings.Split(line, " ")...)); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("after %q: %v, %q has no %q", line, err, out.String(), want)
		}
	}
}
