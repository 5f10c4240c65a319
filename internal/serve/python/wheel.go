package python

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/jupyterlab"
)

func newPythonWheel(e *command.Env) *cobra.Command {
	return &cobra.Command{
		Use: "wheel [FOLDER]", Short: "Write the hub's extension of JupyterLab as a file for pip", Args: cobra.MaximumNArgs(1),
		Long: `Write the hub's extension of JupyterLab as a wheel, for environments and images that the hub does
not make itself. It needs no network: pip install --no-index atrium_jupyterlab-*.whl. It shows the
time and the credits that are left, notices before the server is stopped, and announcements.`,
		Example: "  atrium python wheel /tmp",
		RunE: func(_ *cobra.Command, args []string) error {
			folder := "."
			if len(args) > 0 {
				folder = args[0]
			}
			return writeWheel(e, folder)
		},
	}
}

func writeWheel(e *command.Env, folder string) error {
	wheel, err := jupyterlab.Wheel()
	if err != nil {
		return err
	}
	path := filepath.Join(folder, jupyterlab.Name())
	if err := os.WriteFile(path, wheel, 0o644); err != nil { //nolint:gosec // for everybody to install
		return fmt.Errorf("write the wheel: %w", err)
	}
	fmt.Fprintln(e.Out, path)
	return nil
}
