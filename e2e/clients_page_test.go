package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page of programs names the versions that the tests install, and tests that there
// are; and what is installed for the tests is on the page.
func TestClientsPageSaysWhatIsRun(t *testing.T) {
	page, err := os.ReadFile("../docs/reference/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, _, found := strings.Cut(string(page), "\n## What does not work")
	if !found {
		t.Fatal("no list of what does not work")
	}
	pinned := pinnedPackages(t)
	onPage := map[string]bool{}
	programs := 0
	for line := range strings.Lines(tables) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || strings.HasPrefix(line, "| program") || strings.HasPrefix(line, "| ---") {
			continue
		}
		programs++
		test := strings.TrimSpace(cells[3])
		if _, err := os.Stat(test); err != nil {
			t.Errorf("%s: %v", strings.TrimSpace(cells[0]), err)
		}
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)` ([0-9][0-9.]*[0-9])").FindAllStringSubmatch(line, -1) {
			pin := m[1] + "==" + m[2]
			onPage[pin] = true
			if !pinned[pin] {
				t.Errorf("%s is on the page, and not what the tests install", pin)
			}
		}
	}
	if programs < 25 {
		t.Errorf("%d programs on the page", programs)
	}
	for pin := range pinned {
		if !onPage[pin] {
			t.Errorf("%s is installed for the tests, and not on the page", pin)
		}
	}
}

// pinnedPackages are the exact versions that scripts/setup installs from PyPI.
func pinnedPackages(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("clients/environments/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no environments: %v", err)
	}
	pinned := map[string]bool{}
	for _, file := range append(files, "../scripts/test-requirements.txt") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = regexp.MustCompile(`\[.*\]`).ReplaceAllString(strings.TrimSpace(line), "")
			if strings.Contains(line, "==") && !strings.HasPrefix(line, "#") {
				pinned[line] = true
			}
		}
	}
	return pinned
}
