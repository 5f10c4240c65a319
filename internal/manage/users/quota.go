package users

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
)

// quotasOff is what the quota commands say.
const quotasOff = "Quotas are not enabled on this hub"

// quotaFlags are the scripts' own.
type quotaFlags struct {
	file, namespace string
	amount          int
}

func (c commands) quota(cmd *cobra.Command) error {
	if _, err := c.Connect(c.Begin(cmd)); err != nil {
		return err
	}
	return c.Fail("Error: %s", quotasOff)
}

func newSetQuota(c commands) *cobra.Command {
	var f quotaFlags
	cmd := &cobra.Command{
		Use: "set-quota [NAME...]", Short: "Set quotas, by name or from a file's quota column",
		Example: c.Example("set-quota student01 student02 --amount 500", "set-quota -f quotas.csv"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.quota(cmd) },
	}
	f.add(cmd)
	return cmd
}

func newAddQuota(c commands) *cobra.Command {
	var f quotaFlags
	cmd := &cobra.Command{
		Use: "add-quota [NAME...]", Short: "Add to quotas; a negative amount takes away",
		Example: c.Example("add-quota student01 --amount 100", "add-quota -f users.csv --amount=-20"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("amount") {
				return &command.UsageError{Err: errors.New("the following arguments are required: --amount/-a")}
			}
			return c.quota(cmd)
		},
	}
	f.add(cmd)
	return cmd
}

func (f *quotaFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column, instead of names")
	cmd.Flags().IntVarP(&f.amount, "amount", "a", 0, "how `much`")
	addNamespace(cmd, &f.namespace)
}

func newListQuota(c commands) *cobra.Command {
	var f quotaFlags
	cmd := &cobra.Command{
		Use: "list-quota", Short: "List quotas", Example: c.Example("list-quota"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.quota(cmd) },
	}
	addNamespace(cmd, &f.namespace)
	return cmd
}
