package settings

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
)

// New is 'atrium config'.
func New(e *command.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Check a configuration, or see what can be set", Args: cobra.NoArgs,
		Example: "  atrium config reference\n  atrium config check /etc/atrium.yaml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "check FILE", Short: "Say what is wrong with a configuration file",
			Long: `Read the file with the environment over it, as 'atrium serve --config FILE' would, and name
every fault at once, each with its line. It also looks at the files, programs and accounts
that the file names, on this machine and as the account that runs it; run it where the hub
runs, as the hub's account. Nothing is changed, and no database or other machine is asked.

What is odd but keeps no hub from starting is a warning, and leaves the exit status at 0.`,
			Example: "  sudo atrium config check /etc/atrium.yaml",
			Args:    cobra.ExactArgs(1),
			RunE:    func(cmd *cobra.Command, args []string) error { return checkConfig(cmd.Context(), e, args[0]) },
		},
		&cobra.Command{
			Use: "reference", Short: "Print every key with its meaning and default", Args: cobra.NoArgs,
			Example: "  atrium config reference",
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprint(e.Out, config.Reference())
				return err
			},
		},
	)
	return cmd
}
