package manage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/command"
)

// Long options may be cut short under the scripts' names, as Python's argparse has it.
func TestExpandLong(t *testing.T) {
	for _, c := range []struct {
		script     string
		args, want []string
	}{
		{manageUsers, []string{"set-passwords", "--no-force", "f", "--gen", "--def=x"}, []string{"set-passwords", "--no-force-change", "f", "--generate", "--default-password=x"}},
		{manageUsers, []string{"--ur", "http://x", "create", "f"}, []string{"--url", "http://x", "create", "f"}},
		{manageUsers, []string{"set-admin", "-f", "x", "--rev"}, []string{"set-admin", "-f", "x", "--revoke"}},
		{manageUsers, []string{"list", "--tok", "x"}, []string{"list", "--token", "x"}}, // not --token-file, which the script never had
		{manageUsers, []string{"set-passwords", "--d", "x"}, []string{"set-passwords", "--default-password", "x"}},
		{manageUsers, []string{"list", "--token", "x", "--", "--gen"}, []string{"list", "--token", "x", "--", "--gen"}},
		{generateTemplate, []string{"--pre", "s", "--c", "3", "--out", "f"}, []string{"--prefix", "s", "--count", "3", "--output", "f"}},
		{generateTemplate, []string{"--bogus"}, []string{"--bogus"}},
	} {
		if diff := cmp.Diff(c.want, ExpandLong(NewScript(&command.Env{}, c.script), c.args)); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", c.script, c.args, diff)
		}
	}
}
