package roster

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file of groups: empty groups, properties, and bad rows by their lines.
func TestLoadGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "groups.csv")
	text := "group,username,properties\n" +
		"lab,Ada,\"{\"\"room\"\": 12}\"\n" + // 2
		"lab,ben,\n" + // 3
		"empty,,\n" + // 4
		"lab,ada,\n" + // 5: again
		"a/b,ada,\n" + // 6
		"lab,a/b,\n" + // 7
		"lab,cleo,[]\n" + // 8
		"choir,ada,\n" // 9
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := LoadGroups(t.Context(), Source{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	want := []GroupRow{{Name: "lab", Properties: map[string]any{"room": 12.0}}, {Name: "empty"}, {Name: "choir"}}
	if diff := cmp.Diff(want, f.Groups); diff != "" {
		t.Error(diff)
	}
	good, bad := []string{}, []int{}
	for _, row := range f.Rows {
		if row.Bad != "" {
			bad = append(bad, row.Line)
			continue
		}
		good = append(good, row.Group+":"+row.Name)
	}
	if diff := cmp.Diff([]string{"lab:ada", "lab:ben", "choir:ada"}, good); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{5, 6, 7, 8}, bad); diff != "" {
		t.Error(diff)
	}
}

func TestServerNamed(t *testing.T) {
	for text, want := range map[string]Row{
		"Alice": {Name: "alice"}, "alice/gpu": {Name: "alice", Server: "gpu"}, "alice/": {Name: "alice"},
	} {
		if diff := cmp.Diff(want, ServerNamed(text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for _, text := range []string{"", "/gpu", "alice/gpu/2", "\x00"} {
		if ServerNamed(text).Bad == "" {
			t.Errorf("%q is taken", text)
		}
	}
}
