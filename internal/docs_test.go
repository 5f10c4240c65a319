package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Newcomers read the code by the files that CONTRIBUTING and the decision records name.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	named := regexp.MustCompile("`((?:internal|client)/[a-z0-9_/.-]+)`")
	for _, doc := range []string{"../CONTRIBUTING.md", "../docs/adr/0025-rooms.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s names no file", doc)
		}
		for _, m := range found {
			if _, err := os.Stat(filepath.Join("..", string(m[1]))); err != nil {
				t.Errorf("%s: %v", doc, err)
			}
		}
	}
}
