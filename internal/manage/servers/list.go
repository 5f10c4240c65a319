package servers

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// serverShown is what lists tell of a server.
type serverShown struct {
	User         string `json:"username"`
	Name         string `json:"server_name"`   // empty is the default server
	State        string `json:"state"`         // ready, queued, starting, stopping, stopped or failed
	Started      string `json:"started"`       // RFC 3339; empty while stopped
	LastActivity string `json:"last_activity"` // RFC 3339; empty for none
	URL          string `json:"url"`
	Failure      string `json:"failure,omitempty"` // why the last start failed, where the hub tells
}

func newServersList(c commands) *cobra.Command {
	var active bool
	cmd := &cobra.Command{
		Use: "list", Short: "List servers, with their state and last activity",
		Example: c.Example("list", "list --active", "list --active --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listServers(c.Begin(cmd), active) },
	}
	cmd.Flags().BoolVar(&active, "active", false, "only those that run, or are on their way")
	return cmd
}

func serversOf(ctx context.Context, at *talk.Connection, active bool) ([]serverShown, error) {
	q := client.UserQuery{IncludeStopped: true}
	if active {
		q = client.UserQuery{State: "active"}
	}
	all := []serverShown{}
	for u, err := range at.Client.Users(ctx, q) {
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(u.Servers)) {
			s := u.Servers[name]
			if active && !roster.Active(s) {
				continue
			}
			all = append(all, serverShown{u.Name, name, stateOf(s), talk.Moment(s.Started), talk.Moment(s.LastActivity), s.URL, s.Failure})
		}
	}
	return all, nil
}

func stateOf(s client.Server) string {
	switch {
	case s.Pending == "spawn" && s.Phase == "queued":
		return "queued"
	case s.Pending == "spawn":
		return "starting"
	case s.Pending == "stop":
		return "stopping"
	case s.Pending != "":
		return s.Pending
	case s.Ready:
		return "ready"
	case s.Phase == "failed":
		return "failed"
	}
	return "stopped"
}

func (c commands) listServers(ctx context.Context, active bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := serversOf(ctx, at, active)
	if err != nil {
		return c.Failed(at, err)
	}
	if c.JSON {
		return c.Answer(all)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No servers found")
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Total servers: %d\n\n%s %s %s %s\n%s\n", len(all), command.Pad("Server", 25), command.Pad("State", 10), command.Pad("Started", 19), "Last Activity", strings.Repeat("-", 76))
	for _, s := range all {
		name := roster.Row{Name: s.User, Server: s.Name}.FullName()
		fmt.Fprintf(out, "%s %s %s %s\n", command.Pad(command.Printable(name), 25), command.Pad(command.Printable(s.State), 10), command.Pad(command.ShortTime(s.Started, "-"), 19), command.ShortTime(s.LastActivity, "Never"))
	}
	return talk.Flush(out)
}
