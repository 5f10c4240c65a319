package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/config"
)

func newConfig(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Check a configuration, or see what can be set", Args: cobra.NoArgs,
		Example: "  atrium config reference\n  atrium config check /etc/atrium.yaml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "check FILE", Short: "Say what is wrong with a configuration file",
			Long:    "Read the file with the environment over it, as 'atrium serve --config FILE' would, and name every fault.",
			Example: "  atrium config check /etc/atrium.yaml",
			Args:    cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				cfg, warnings, err := config.Load(args[0], e.environ, os.ReadFile)
				for _, w := range warnings {
					fmt.Fprintf(e.err, "atrium: warning: %s\n", w)
				}
				if err == nil {
					err = cfg.Validate()
				}
				if err == nil {
					_, err = rightsOf(cfg)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(e.out, "%s is good.\n", args[0])
				return err
			},
		},
		&cobra.Command{
			Use: "reference", Short: "Print every key with its meaning and default", Args: cobra.NoArgs,
			Example: "  atrium config reference",
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprint(e.out, config.Reference())
				return err
			},
		},
	)
	return cmd
}
