package pages

import (
	"html"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/language"
)

var (
	said  = regexp.MustCompile(`[{(]t "((?:[^"\\]|\\.)*)"|\(reveal "[a-z]+" "([^"]+)"`)
	alike = map[string]bool{"Server": true, "Status %d": true}
)

// What templates say is in the catalogue, and nothing that a person reads goes past it.
func TestTemplatesAreInTheCatalogue(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	actions, tags := regexp.MustCompile(`\{\{.*?\}\}`), regexp.MustCompile(`<[^>]*>`)
	attributes := regexp.MustCompile(`[a-z-]+="[^"]*"`)
	words := regexp.MustCompile(`[a-zA-Z]{2,}`)
	texts := 0
	for _, name := range files {
		raw, err := fs.ReadFile(templateFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
			text := m[1] + m[2]
			texts++
			if language.German.Text(text) == text && !alike[text] {
				t.Errorf("%s: %q has no German", name, text)
			}
		}
		bare := attributes.ReplaceAllString(actions.ReplaceAllString(string(raw), ""), "")
		bare = tags.ReplaceAllString(bare, "")
		if m := words.FindString(strings.NewReplacer("Atrium", "", "autofocus", "").Replace(bare)); m != "" {
			t.Errorf("%s: %q is in no catalogue", name, m)
		}
	}
	if texts < 150 {
		t.Errorf("only %d texts were found", texts)
	}
}

// A page is in the language of who reads it, and escapes what it was given there, too.
func TestPagesInGerman(t *testing.T) {
	p := newPages(t, "/", builtApp())
	for name, page := range map[string]Page{
		"Anmelden": Login{Common: Common{Language: language.German, XSRF: "x"}},
		"Versuchen Sie es in 30 Sekunden noch einmal.": Login{Common: Common{Language: language.German}, Error: "Too many failed attempts.", RetryAfter: 30},
		"In der Warteschlange: 3.":                     Starting{Common: Common{Language: language.German}, Place: 3},
		"Der Server lab von ann läuft nicht":           NotRunning{Common: Common{Language: language.German, User: "bob"}, Owner: "ann", Server: "lab"},
	} {
		body := render(t, p, 200, page).Body.String()
		if !strings.Contains(html.UnescapeString(body), name) || !strings.Contains(body, `<html lang="de">`) {
			t.Errorf("no %q in %s", name, body)
		}
	}
	w := render(t, p, 200, AcceptShare{Common: Common{Language: language.German, User: hostile}, Owner: hostile, Server: hostile})
	if strings.Contains(w.Body.String(), "<script>alert") || !strings.Contains(w.Body.String(), "<strong>&#34;&gt;&lt;script") {
		t.Errorf("what it was given got in as markup: %s", w.Body)
	}
	if got := w.Header().Get("Vary"); got != "Accept-Language" {
		t.Errorf("it varies by %q", got)
	}
}
