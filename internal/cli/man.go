package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/atriumhub/atrium/internal/command"
)

func newMan(e *command.Env) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write a manual page for each command",
		Long: `Write manual pages in man's format into a folder: atrium.1, atrium-users.1,
atrium-users-create.1 and so on, one for each command.`,
		Example: "  atrium man ~/.local/share/man/man1\n  man atrium-users-create",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return writeMan(e, cmd.Root(), args[0]) },
	}
}

func writeMan(e *command.Env, root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // nothing secret is in it
		return fmt.Errorf("make the folder %s: %w", dir, err)
	}
	root.DisableAutoGenTag = true // the same version writes the same pages
	header := &doc.GenManHeader{Section: "1", Source: "Atrium " + command.Version(), Manual: "Atrium"}
	if err := doc.GenManTree(root, header, dir); err != nil {
		return fmt.Errorf("write the manual pages: %w", err)
	}
	fmt.Fprintln(e.Err, "Wrote the manual pages to", dir)
	return nil
}
