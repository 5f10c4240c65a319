package telemetry

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of the reference anew")

// The reference lists every metric, and no other.
func TestReference(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "reference", "metrics.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(b)
	for _, part := range []string{"jupyterhub", "atrium"} {
		want = replaced(t, want, part, rows(part+"_"))
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(b), want); diff != "" {
		t.Errorf("docs/reference/metrics.md is not what it should be; run go test ./internal/telemetry -update\n%s", diff)
	}
}

// replaced puts text between the part's two marks.
func replaced(t *testing.T, page, part, text string) string {
	t.Helper()
	before, rest, found := strings.Cut(page, "<!-- "+part+":")
	mark, rest, marked := strings.Cut(rest, "\n")
	_, after, ended := strings.Cut(rest, "<!-- end -->")
	if !found || !marked || !ended {
		t.Fatalf("no place for the table %q", part)
	}
	return before + "<!-- " + part + ":" + mark + "\n" + text + "<!-- end -->" + after
}

func rows(prefix string) string {
	var b strings.Builder
	b.WriteString("\n| Name | Type | Labels | |\n| --- | --- | --- | --- |\n")
	for _, d := range New(Options{}).Definitions() {
		if !strings.HasPrefix(d.Name, prefix) {
			continue
		}
		labels := ""
		if len(d.Labels) > 0 {
			labels = "`" + strings.Join(d.Labels, "`, `") + "`"
		}
		b.WriteString("| `" + d.Name + "` | " + d.Type + " | " + labels + " | " + d.Help + " |\n")
	}
	return b.String() + "\n"
}
