package internal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// On a new machine Go compiles for minutes: people are told what goes on, and for how long.
func TestMakeRunSaysWhatGoesOnWhileGoBuilds(t *testing.T) {
	for _, c := range []struct {
		name   string
		build  string // what go build does
		want   []string
		absent []string
		fails  bool
	}{
		{"everything is new", "for i in $(seq 250); do echo example.org/p$i; done", []string{
			"Go compiles Atrium with all its libraries", "some minutes", "compiled 100 of about 250 packages", "compiled 200 of about 250 packages",
		}, []string{"example.org/p1\n"}, false},
		{"only our own changed", "echo github.com/atriumhub/atrium/internal/cli; echo github.com/atriumhub/atrium", nil, []string{"Go compiles", "atrium"}, false},
		{
			"it does not build", "echo example.org/p; echo '# example.org/p'; echo 'p/p.go:3:1: syntax error'; exit 1",
			[]string{"# example.org/p", "p/p.go:3:1: syntax error"},
			nil, true,
		},
		{"libraries are fetched", "echo 'go: downloading example.org/p v1.0.0'", []string{"go: downloading example.org/p v1.0.0"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			script := fmt.Sprintf("#!/bin/bash\ncase $1 in\nlist) seq 250;;\nbuild) %s;;\nesac\n", c.build)
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "../scripts/go-build", "-o", "x", ".")
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails {
				t.Errorf("it ends with %v", err)
			}
			for _, text := range c.want {
				if !strings.Contains(string(out), text) {
					t.Errorf("it does not say %q:\n%s", text, out)
				}
			}
			for _, text := range c.absent {
				if strings.Contains(string(out), text) {
					t.Errorf("it says %q:\n%s", text, out)
				}
			}
		})
	}
}
