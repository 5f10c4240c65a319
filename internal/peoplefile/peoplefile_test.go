package peoplefile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNamed(t *testing.T) {
	got := Named([]string{" Ann", "ann", "a/b", "", "bob"})
	want := []Row{{Name: "ann"}, {Name: "a/b", Bad: "Invalid username: a/b (it contains a slash)"}, {Bad: "the username is empty"}, {Name: "bob"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseGroups(t *testing.T) {
	for cell, want := range map[string][]string{
		"": nil, " ; , ": nil, "lab": {"lab"}, "lab;physics": {"lab", "physics"}, "lab, physics ,": {"lab", "physics"},
		"year 1;year 1": {"year 1"}, `"a;b", "say ""hi"""`: {"a;b", `say "hi"`}, `it's "so"`: {`it's "so"`},
	} {
		got, err := ParseGroups(cell)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", cell, got, err, want)
		}
	}
	for _, cell := range []string{`"open`, `"a"b`} {
		if got, err := ParseGroups(cell); err == nil {
			t.Errorf("%s: %q, want an error", cell, got)
		}
	}
}

// What is written for groups is read as the same groups, whatever their names.
func TestGroupsSurviveTheirCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.StringMatching(`[a-z;,"' ]{1,8}`), func(s string) string { return s }).Draw(t, "names")
		got, err := ParseGroups(FormatGroups(names))
		if err != nil || !slices.Equal(got, names) {
			t.Fatalf("%q became %q by %s (%v)", names, got, FormatGroups(names), err)
		}
	})
}
