package manage

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/users"
)

// The scripts' names, under which the same binary takes their command lines.
const (
	manageUsers      = "manage_users"
	generateTemplate = "generate_users_template"
)

// ScriptCalled is the script whose name the binary was called by, if any.
func ScriptCalled(program string) string {
	name := strings.TrimSuffix(filepath.Base(program), ".py")
	if name == manageUsers || name == generateTemplate {
		return name
	}
	return ""
}

// NewScript is the command line of one of the scripts.
func NewScript(e *command.Env, name string) *cobra.Command {
	program := "python scripts/" + name + ".py"
	var root *cobra.Command
	if name == generateTemplate {
		root = users.NewTemplateScript(e, name, program)
	} else {
		root = &cobra.Command{
			Use: name, Short: "Look after the people of a hub",
			Long: `Look after the people of a hub: Atrium, or any JupyterHub. This is 'atrium users'
under the name of a script, with that script's command lines and output.

  export JUPYTERHUB_URL=http://localhost:30890
  export JUPYTERHUB_TOKEN=...`,
			Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return errors.Join(cmd.Help(), &command.StatusError{Status: command.ExitNotStart})
			},
		}
		users.AddScriptCommands(e, root, program)
	}
	root.CompletionOptions.DisableDefaultCmd = true
	command.SetUpRoot(e, root)
	return root
}

// ExpandLong writes out what long options were cut short to, as Python's argparse
// takes them. What is not clear stays as it is, for the flags' own error.
func ExpandLong(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil {
		cmd = root
	}
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, value, valued := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if !strings.HasPrefix(arg, "--") || name == "" {
			out = append(out, arg)
			continue
		}
		full := "--" + fullName(cmd, name)
		if valued {
			full += "=" + value
		}
		out = append(out, full)
	}
	return out
}

func fullName(cmd *cobra.Command, name string) string {
	var found, own []string
	exact := name == "help"
	seen := map[string]bool{}
	visit := func(f *pflag.Flag) {
		exact = exact || f.Name == name
		if strings.HasPrefix(f.Name, name) && !seen[f.Name] {
			seen[f.Name] = true
			found = append(found, f.Name)
			if slices.Contains(scriptOptions(), f.Name) {
				own = append(own, f.Name)
			}
		}
	}
	cmd.LocalFlags().VisitAll(visit)
	cmd.InheritedFlags().VisitAll(visit)
	if help := "help"; !exact && strings.HasPrefix(help, name) && !seen[help] {
		found = append(found, "help")
	}
	switch {
	case exact:
		return name
	case len(own) == 1: // what the scripts never had takes nothing from what was clear there
		return own[0]
	case len(found) == 1:
		return found[0]
	}
	return name
}

// scriptOptions are those that the scripts had.
func scriptOptions() []string {
	return []string{
		"url", "token", "yes", "file", "revoke", "generate", "default-password", "no-force-change", "output", "namespace", "amount",
		"prefix", "names", "count", "start", "digits", "admin",
	}
}

//go:embed shims/*.py
var shims embed.FS

// newScripts is 'atrium scripts'.
func newScripts(e *command.Env) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "scripts DIR", Short: "Write the Python scripts of the user management guide",
		Long: `Write manage_users.py and generate_users_template.py into a folder. They need Python
alone, and hand their command lines to this binary: the one that ATRIUM_BIN names,
else ../bin/atrium beside them, else the atrium that PATH finds.`,
		Example: "  atrium scripts ./scripts\n  python scripts/manage_users.py list",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return writeScripts(e, args[0], force) },
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace scripts of these names that are others")
	return cmd
}

// isShim tells a script that hands its command line to this binary from one that does the work itself.
func isShim(text []byte) bool { return bytes.Contains(text, []byte("ATRIUM_BIN")) }

func writeScripts(e *command.Env, dir string, force bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // nothing secret is in it
		return fmt.Errorf("make the folder %s: %w", dir, err)
	}
	names := []string{manageUsers + ".py", generateTemplate + ".py"}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if there, err := os.ReadFile(path); err == nil && !isShim(there) && !force { //nolint:gosec // the person names the folder
			return fmt.Errorf("%s is there already, and another script: name another folder, or replace it with --force", path)
		}
	}
	for _, name := range names {
		text, err := shims.ReadFile("shims/" + name)
		if err != nil {
			return fmt.Errorf("find the script %s: %w", name, err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o755); err != nil { //nolint:gosec // people run it
			return fmt.Errorf("write the script: %w", err)
		}
		fmt.Fprintln(e.Err, "Wrote", path)
	}
	return nil
}
