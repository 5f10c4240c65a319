package compat_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/differences.md")

// The page for those who change over says what the list says.
func TestDifferencesPage(t *testing.T) {
	const path = "../../docs/reference/differences.md"
	want := differencesPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/reference/differences.md is not what the list says: run go test ./test/compat -run Page -update")
	}
}

// differencesPage is a section for each group of requests, in the order of the list.
func differencesPage() string {
	var b strings.Builder
	b.WriteString(`# Where Atrium answers otherwise than JupyterHub 6.1.1

The tests send the same requests to a JupyterHub 6.1.1 and to Atrium and compare statuses, headers and JSON. What
differs and is meant to is here: the requests (* is anything), JupyterHub's answer → Atrium's, and why. Everything else
that is compared is the same.
`)
	section := ""
	for _, d := range differences() {
		name, cases, _ := strings.Cut(d.cases, ": ")
		if name == "*" || cases == "" {
			name = "everything"
		}
		if name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n| requests | difference | why |\n| --- | --- | --- |\n", section)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(cases), cell(d.what), strings.ReplaceAll(d.reason, "|", `\|`))
	}
	return b.String()
}

func cell(pattern string) string {
	if pattern == "" {
		return "all"
	}
	return "`" + strings.ReplaceAll(pattern, "|", `\|`) + "`"
}
