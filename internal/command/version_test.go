package command

import (
	"runtime/debug"
	"testing"
)

// People see the tag, or the commit, and no number that go made up.
func TestVersionIsTheTagOrTheCommit(t *testing.T) {
	const revision = "d89b0135e1d3c0ffee00c0ffee00c0ffee00c0ff"
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}
	}
	for _, c := range []struct {
		name, module string
		settings     []debug.BuildSetting
		want         string
	}{
		{"a tag", "v1.2.0", vcs("false"), "1.2.0"},
		{"a tag, from the module proxy", "v1.2.0", nil, "1.2.0"},
		{"a tag for trials", "v1.2.0-rc.1", vcs("false"), "1.2.0-rc.1"},
		{"a tag, changed since", "v1.2.0+dirty", vcs("true"), "1.2.0-dirty"},
		{"no tag yet", "v0.0.0-20261130081513-d89b0135e1d3", vcs("false"), "d89b013"},
		{"no tag yet, changed since", "v0.0.0-20261130081513-d89b0135e1d3+dirty", vcs("true"), "d89b013-dirty"},
		{"after a tag", "v1.2.1-0.20261130081513-d89b0135e1d3", vcs("false"), "d89b013"},
		{"after a tag for trials", "v1.2.0-rc.1.0.20261130081513-d89b0135e1d3", nil, "d89b013"},
		{"an unnamed commit from the module proxy", "v0.0.0-20261130081513-d89b0135e1d3", nil, "d89b013"},
		{"a test, or go run", "(devel)", nil, "dev"},
		{"go run in a repository", "(devel)", vcs("false"), "d89b013"},
		{"nothing is known", "", nil, "dev"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings}
		if got := versionOf(info); got != c.want {
			t.Errorf("%s (%s): %q, want %q", c.name, c.module, got, c.want)
		}
	}
}
