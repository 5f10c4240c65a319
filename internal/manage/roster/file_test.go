package roster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/atriumhub/atrium/internal/peoplefile"
)

func load(t *testing.T, text string) (*peoplefile.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(t.Context(), Source{Path: path})
}

func TestLoad(t *testing.T) {
	yes, no, fifty := true, false, 50
	for _, c := range []struct {
		name, text string
		want       []Row
		ignored    []string
	}{
		{name: "header alone", text: "username,admin\n", want: []Row{}},
		{
			name: "all columns, in any order and case", text: "Quota,groups,PASSWORD,Admin,Username\n50,lab;physics, secret ,TRUE, Ann \n",
			want: []Row{{Line: 2, Name: "ann", Admin: &yes, Password: "secret", Groups: []string{"lab", "physics"}, Quota: &fifty}},
		},
		{
			name: "what counts as true and false", text: "username,admin\na,1\nb,1.0\nc,Yes\nd,t\ne,0\nf,no\ng,\nh,FALSE\n",
			want: []Row{
				{Line: 2, Name: "a", Admin: &yes}, {Line: 3, Name: "b", Admin: &yes}, {Line: 4, Name: "c", Admin: &yes}, {Line: 5, Name: "d", Admin: &yes},
				{Line: 6, Name: "e", Admin: &no}, {Line: 7, Name: "f", Admin: &no}, {Line: 8, Name: "g"}, {Line: 9, Name: "h", Admin: &no},
			},
		},
		{
			name: "numbers stay text", text: "username,password\n0123,007\n",
			want: []Row{{Line: 2, Name: "0123", Password: "007"}},
		},
		{
			name: "what an export has beside is no news, other columns are", text: "username,admin,created,last_activity,shoe size\na,true,2026-01-01,,42\n",
			want: []Row{{Line: 2, Name: "a", Admin: &yes}}, ignored: []string{"shoe size"},
		},
		{
			name: "bad rows stand with the others", text: "username,admin,groups,quota\nok,,,\nOK,,,\n,true,,\na/b,,,\nx,maybe,,\ny,,\"\"\"open\",\nz,,,many\n",
			want: []Row{
				{Line: 2, Name: "ok"},
				{Line: 3, Name: "ok", Bad: "ok is in line 2 already", Column: "username"},
				{Line: 4, Admin: &yes, Bad: "the username is empty", Column: "username"},
				{Line: 5, Name: "a/b", Bad: "Invalid username: a/b (it contains a slash)", Column: "username"},
				{Line: 6, Name: "x", Bad: `admin must be true or false (or yes, no, 1, 0), not "maybe"`, Column: "admin"},
				{Line: 7, Name: "y", Bad: `the quote before the group "open" has no end`, Column: "groups"},
				{Line: 8, Name: "z", Bad: `quota must be a whole number, not "many"`, Column: "quota"},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := load(t, c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, f.Rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.ignored, f.Ignored, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ignored (-want +got):\n%s", diff)
			}
		})
	}
}

// Spreadsheets in other languages show TRUE by another word; saved as CSV it is that word.
func TestTrueInAnotherLanguageIsToldWhatIsAccepted(t *testing.T) {
	f, err := load(t, "username,admin\nann,WAHR\nben,VRAI\ncid,TRUE\n")
	if err != nil || len(f.Rows) != 3 {
		t.Fatalf("%+v, %v", f, err)
	}
	for i, word := range []string{"WAHR", "VRAI"} {
		if bad := f.Rows[i].Bad; !strings.Contains(bad, "true or false (or yes, no, 1, 0)") || !strings.Contains(bad, word) {
			t.Errorf("%s: %q", word, bad)
		}
	}
	if admin := f.Rows[2].Admin; f.Rows[2].Bad != "" || admin == nil || !*admin {
		t.Errorf("TRUE: %+v", f.Rows[2])
	}
}

func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"name,admin\nx,true\n": "File must contain 'username' column",
		"":                     "empty",
		"username\n\"x\n":      "line 2",
		"username,username\nx": "username",
	} {
		if f, err := load(t, text); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q: %v, %v", text, f, err)
		}
	}
}
