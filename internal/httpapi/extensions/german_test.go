package extensions_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Who wants German reads why a row was not done, what is wrong with a file, and what a ready-made role is for.
func TestReasonsAreInTheLanguageOfTheBrowser(t *testing.T) {
	h := httpapitest.New(t)
	root := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.User("ann", false)
	german := httpapitest.Header("Accept-Language", "de-DE,de;q=0.9,en;q=0.8")
	for _, c := range []struct {
		method, path, body string
		english, german    []string
	}{
		{
			"POST", "/hub/api/bulk/users/change", `{"usernames": ["root"], "suspended": true}`,
			[]string{"You cannot suspend yourself"}, []string{"Sich selbst können Sie nicht sperren"},
		},
		{
			"POST", "/hub/api/bulk/users/change", `{"usernames": ["ann"], "must_change_password": true}`,
			[]string{"ann has no password that could be changed"}, []string{"ann hat kein Passwort, das sich ändern ließe"},
		},
		{
			"POST", "/hub/api/sheets", sheetBody("class.csv", []byte("username\nann\nann\n1-mar\n")),
			[]string{"ann is in line 2 already", "is a date, such as"}, []string{"ann steht schon in Zeile 2", "ist ein Datum, wie es eine Tabelle"},
		},
		{"GET", "/hub/api/roles", "", []string{"Looks after the people of one group"}, []string{"Kümmert sich um die Leute einer Gruppe"}},
	} {
		for _, said := range []struct {
			wants []string
			as    []httpapitest.Asker
		}{{c.english, []httpapitest.Asker{root}}, {c.german, []httpapitest.Asker{root, german}}} {
			body := h.Do(c.method, c.path, c.body, said.as...).Body.String()
			for _, want := range said.wants {
				quoted, err := json.Marshal(want)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(body, strings.Trim(string(quoted), `"`)) {
					t.Errorf("%s %s does not say %q: %s", c.method, c.path, want, body)
				}
			}
		}
	}
}
