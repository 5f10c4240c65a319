package roles

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium roles', on one console.
type commands struct{ *talk.Console }

// New is 'atrium roles'.
func New(e *command.Env) *cobra.Command {
	c := commands{talk.New(e, "atrium roles")}
	cmd := &cobra.Command{
		Use: "roles", Short: "Make somebody the teacher of a group, and give other roles while the hub runs",
		Long: `Make somebody the teacher of a group, and give other roles while the hub runs. Roles of
the configuration file are given there. The hub must be Atrium, which asks for the scope
admin:roles, and that one holds what the role allows.

The hub and the token come from where 'atrium users' has them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newRolesList(c), newRolesMove(c, true), newRolesMove(c, false))
	return cmd
}

func newRolesList(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the roles that can be given, and who has them",
		Long:    `List the roles that can be given while the hub runs, what they allow, and who has them.`,
		Example: c.Example("list", "list --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listRoles(c.Begin(cmd)) },
	}
}

func (c commands) listRoles(ctx context.Context) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := at.Client.Roles(ctx)
	if err != nil {
		return c.failed(at, err)
	}
	if c.JSON {
		return c.Answer(all)
	}
	out := bufio.NewWriter(c.Env.Out)
	for _, r := range all {
		fmt.Fprintf(out, "%s: %s\n  allows %s\n", command.Printable(r.Name), command.Printable(r.Description), command.Printable(strings.Join(r.Scopes, ", ")))
		for _, h := range r.Users {
			fmt.Fprintf(out, "  %s\n", command.Printable(told(h)))
		}
		if len(r.Users) == 0 {
			fmt.Fprintln(out, "  nobody has it")
		}
	}
	return talk.Flush(out)
}

// told says who has a role, and on what.
func told(h client.RoleHolder) string {
	if h.Group == "" {
		return h.User
	}
	return h.User + ", on " + h.Group
}

func newRolesMove(c commands, give bool) *cobra.Command {
	var group string
	cmd := &cobra.Command{
		Use: "give ROLE USER", Short: "Give somebody a role, on a group with --group",
		Long: `Give somebody a role. With --group what it allows is for the members of that group alone.
The ready-made role teacher is always given on one: its holder sees the group's people,
starts, stops and opens their servers, sets their passwords, and makes people, who land
in the group. It does nothing to a member who may more than the teacher.`,
		Example: c.Example("give teacher tess --group cs101", "give metrics-reader bob"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.move(c.Begin(cmd), args, group, give) },
	}
	if !give {
		cmd.Use, cmd.Short = "take ROLE USER", "Take a role from somebody"
		cmd.Long = `Take a role from somebody, with --group where it was given on one. What it allows ends
at once.`
		cmd.Example = c.Example("take teacher tess --group cs101", "take metrics-reader bob")
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 2 {
			return errors.New("say which role and whose: ROLE USER")
		}
		return nil
	}
	cmd.Flags().StringVar(&group, "group", "", "the `group` on whose members it is")
	return cmd
}

func (c commands) move(ctx context.Context, args []string, group string, give bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	role, h := args[0], client.RoleHolder{User: args[1], Group: group}
	called, move, done := "roles take", at.Client.TakeRole, "✅ Taken from %s: the role %s"
	if give {
		called, move, done = "roles give", at.Client.GiveRole, "✅ Given to %s: the role %s"
	}
	if err := move(ctx, role, h); err != nil {
		return c.failed(at, err)
	}
	c.Say(done, command.Printable(told(h)), command.Printable(role))
	if c.JSON {
		return c.Answer(map[string]any{"command": called, "role": role, "user": h.User, "group": h.Group})
	}
	return nil
}

func (c commands) failed(at *talk.Connection, err error) error {
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, whose roles stand in its configuration: only Atrium gives them while it runs")
	}
	return c.Failed(at, err)
}
