package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	buttonRow = regexp.MustCompile(`(?s)<(div|form)[^>]* class="actions"[^>]*>(.*?)</(?:div|section)>`)
	button    = regexp.MustCompile(`(?s)<(?:a|button) class="btn([^"]*)"[^>]*>(.*?)</(?:a|button)>`)
)

// What a page is for comes first among its buttons, and the way out last. Where something
// is lost or given to others, the safe answer comes first.
func TestButtonsHaveOneOrder(t *testing.T) {
	giving := regexp.MustCompile("^(confirm|share)")
	rows := 0
	p := newPages(t, "/", builtApp())
	for name, page := range everyPage("text", "/user/x/") {
		for _, row := range buttonRow.FindAllStringSubmatch(render(t, p, 200, page).Body.String(), -1) {
			var kinds, labels []string
			for _, b := range button.FindAllStringSubmatch(row[2], -1) {
				kinds, labels = append(kinds, strings.TrimSpace(b[1])), append(labels, b[2])
			}
			if len(kinds) == 0 {
				t.Errorf("%s: no buttons in %s", name, row[0])
				continue
			}
			rows++
			main := slices.Index(kinds, "primary")
			switch way := slices.Index(labels, "Home"); {
			case slices.Contains(kinds, "danger") && kinds[0] == "danger", giving.MatchString(name) && main == 0:
				t.Errorf("%s: the safe answer comes after another: %q", name, labels)
			case !giving.MatchString(name) && main > 0:
				t.Errorf("%s: %q comes after another button: %q", name, labels[main], labels)
			case way >= 0 && way != len(labels)-1:
				t.Errorf("%s: the way out is not the last: %q", name, labels)
			}
			if n := len(kinds) - len(slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == "primary" })); n > 1 {
				t.Errorf("%s: %d buttons are filled: %q", name, n, labels)
			}
		}
	}
	if rows < 12 {
		t.Errorf("only %d rows of buttons were found", rows)
	}
}
