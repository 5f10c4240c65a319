package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSQLitePath(t *testing.T) {
	t.Parallel()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"sqlite:///var/lib/a.sqlite":  "/var/lib/a.sqlite",
		"sqlite:////var/lib/a.sqlite": "/var/lib/a.sqlite",
		"sqlite:///a b?c%20d#e":       "/a b?c%20d#e",
		"sqlite:///./a.sqlite":        filepath.Join(dir, "a.sqlite"),
		"sqlite:///../a.sqlite":       filepath.Join(filepath.Dir(dir), "a.sqlite"),
		"sqlite:///:memory:":          ":memory:",
	} {
		if got, err := sqlitePath(from); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", from, got, err, want)
		}
	}
}
