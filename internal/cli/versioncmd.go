package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
)

func newVersion(e *command.Env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Example: "  atrium version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(e.Out, "atrium %s, speaks JupyterHub %s\n", command.Version(), hub.JupyterHubVersion)
			return err
		},
	}
}
