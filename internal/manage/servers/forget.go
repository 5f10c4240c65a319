package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

func newServersForget(c commands) *cobra.Command {
	var node string
	var yes bool
	cmd := &cobra.Command{
		Use: "forget [NODE | NAME...]", Short: "Give up servers whose machine is gone",
		Long: `Give up servers that are on record as running on a machine that is gone, so that their
people can start again: after a backup was restored on another machine, say, or the hub
moved to one. NODE is all servers of a machine, by its id or its host's name, after a
question; NAME is one server, as alice or alice/gpu. Without either it lists the machines.

Nobody can stop what may still run on the machine. One that has been seen within the last
minute is refused: stop its servers instead.`,
		Example: c.Example("forget", "forget lab-server-2", "forget --node K7WQ4ZL2 --yes", "forget alice bob/gpu"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if node != "" && len(args) > 0 {
				return &command.UsageError{Err: errors.New("say a node or servers, not both")}
			}
			return c.forget(c.Begin(cmd), node, args, yes)
		},
	}
	cmd.Flags().StringVar(&node, "node", "", "all servers of this `node`, also where a person has the same name")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c commands) forget(ctx context.Context, node string, args []string, yes bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	nodes, err := at.Client.Nodes(ctx)
	if err != nil && (node != "" || len(args) < 2) {
		return c.nodesFailed(at, err)
	}
	if node == "" && len(args) == 0 {
		return c.listNodes(nodes)
	}
	for _, n := range nodes {
		if len(args) == 1 && (n.ID == args[0] || n.Host != "" && n.Host == args[0]) {
			node = args[0]
		}
	}
	if node != "" {
		return c.forgetNode(ctx, at, nodes, node, yes)
	}
	rows := make([]client.BulkServer, len(args))
	for i, arg := range args {
		row := roster.ServerNamed(arg)
		if row.Bad != "" {
			return c.RefuseBad("servers forget", []roster.Row{row})
		}
		rows[i] = client.BulkServer{Username: row.Name, ServerName: row.Server}
	}
	answer, err := at.Client.ForgetServers(ctx, rows)
	if err != nil {
		return c.nodesFailed(at, err)
	}
	return c.forgot(answer)
}

func (c commands) nodesFailed(at *talk.Connection, err error) error {
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, whose servers belong to no machine: only Atrium's do")
	}
	return c.Failed(at, err)
}

func (c commands) forgetNode(ctx context.Context, at *talk.Connection, nodes []client.Node, node string, yes bool) error {
	count := 0
	for _, n := range nodes {
		if n.ID == node || n.Host == node {
			count += n.Servers
		}
	}
	if !yes {
		if err := c.Ask(fmt.Sprintf("This gives up %s of %s. Nobody can stop what may still run there.", command.Servers(count), command.Printable(node)), "forget "+command.Servers(count)); err != nil {
			return err
		}
	}
	answer, err := at.Client.ForgetNode(ctx, node)
	if err != nil {
		return c.nodesFailed(at, err)
	}
	return c.forgot(answer)
}

// forgot tells what became of servers that were to be given up.
func (c commands) forgot(answer client.BulkAnswer) error {
	failed := false
	for _, x := range answer.Results {
		name := command.Printable(roster.Row{Name: x.Username, Server: x.ServerName}.FullName())
		switch x.Status {
		case client.StatusForgotten:
			c.Say("  ✅ Given up: %s", name)
		case client.StatusNotRunning:
			c.Say("  ✅ Not running: %s", name)
		case client.StatusNotFound:
			failed = true
			c.Complain("  ❌ Not found: %s", name)
		default:
			failed = true
			c.Complain("  ❌ %s: %s", name, command.Printable(x.Message))
		}
	}
	c.Say("\n📊 Given up: %d", answer.Counts[client.StatusForgotten])
	if c.JSON {
		if err := c.Answer(map[string]any{"command": "servers forget", "results": answer.Results}); err != nil {
			return err
		}
	}
	if failed {
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}

func (c commands) listNodes(nodes []client.Node) error {
	if c.JSON {
		return c.Answer(nodes)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(nodes) == 0 {
		fmt.Fprintln(out, "No machines are known")
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Machines that run servers, or did: %d\n\n%s %s %s %s %s\n%s\n", len(nodes),
		command.Pad("Host", 20), command.Pad("Servers", 8), command.Pad("Last Seen", 19), command.Pad("Homes", 24), "Node", strings.Repeat("-", 100))
	for _, n := range nodes {
		seen := "Never"
		if n.LastSeen != nil {
			seen = command.ShortTime(talk.Moment(*n.LastSeen), "Never")
		}
		fmt.Fprintln(out, strings.Join([]string{
			command.Pad(command.Printable(n.Host), 20), command.Pad(strconv.Itoa(n.Servers), 8), command.Pad(seen, 19), command.Pad(command.Printable(n.Homes), 24), n.ID,
		}, " "))
	}
	return talk.Flush(out)
}
