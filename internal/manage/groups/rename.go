package groups

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
)

func newGroupsRename(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "rename GROUP NEW", Short: "Give a group another name",
		Long: `Give a group another name. Its people, roles, properties and shares stay with it. What
names it and would not follow forbids it, and is named: the configuration, the scopes
of a role, somebody's token. Only Atrium can.`,
		Example: c.Example(`rename "class 5a" "class 6a"`, "rename lab lab-2026"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("name the group and its new name: GROUP NEW")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.renameGroup(c.Begin(cmd), args[0], args[1]) },
	}
}

func (c commands) renameGroup(ctx context.Context, group, name string) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	g, err := at.Client.RenameGroup(ctx, group, name)
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, which renames no groups: only Atrium does")
	}
	if err != nil {
		return c.Failed(at, err)
	}
	c.Say("✅ Renamed group: %s is %s now", command.Printable(group), command.Printable(g.Name))
	if c.JSON {
		return c.Answer(map[string]any{"command": "groups rename", "group": group, "name": g.Name})
	}
	return nil
}
