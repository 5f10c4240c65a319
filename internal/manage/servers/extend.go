package servers

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

func newServersExtend(c commands) *cobra.Command {
	var minutes int
	cmd := &cobra.Command{
		Use: "extend NAME...", Short: "Let servers with a time limit run longer",
		Long: `Let servers that run, and have a time limit, end later. A person's own can be extended up to what
the hub and the profile allow; with the scope admin:servers on it there is no such bound.
Where less is left than --minutes, it gets that.`,
		Example: c.Example("extend", "extend alice --minutes 30", "extend alice/gpu bob --minutes 60"),
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if minutes < 1 {
				return &command.UsageError{Err: errors.New("--minutes must be at least 1")}
			}
			return c.extend(c.Begin(cmd), args, minutes)
		},
	}
	cmd.Flags().IntVar(&minutes, "minutes", 30, "how much longer")
	return cmd
}

// extended is what became of one server.
type extended struct {
	User   string `json:"username"`
	Name   string `json:"server_name"`
	EndsAt string `json:"ends_at,omitempty"`
	Error  string `json:"error,omitempty"`
}

func (c commands) extend(ctx context.Context, args []string, minutes int) error {
	rows := make([]roster.Row, len(args))
	for i, arg := range args {
		if rows[i] = roster.ServerNamed(arg); rows[i].Bad != "" {
			return c.RefuseBad("servers extend", rows[i:i+1])
		}
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	failed := 0
	results := make([]extended, len(rows))
	for i, row := range rows {
		results[i] = extended{User: row.Name, Name: row.Server}
		name := command.Printable(row.FullName())
		ends, err := at.Client.ExtendServer(ctx, row.Name, row.Server, minutes)
		switch {
		case errors.Is(err, client.ErrNotAtrium):
			return c.Fail("Error: this hub is a JupyterHub, which knows no time limits: only Atrium does")
		case client.IsNotFound(err), errors.Is(err, client.ErrInvalid), errors.Is(err, client.ErrForbidden):
			failed++
			results[i].Error = talk.ReasonOf(err)
			c.Complain("  ❌ %s: %s", name, command.Printable(results[i].Error))
		case err != nil:
			return c.Failed(at, err)
		default:
			results[i].EndsAt = ends.Format("2006-01-02T15:04:05Z07:00")
			c.Say("  ✅ %s ends at %s", name, command.ShortTime(results[i].EndsAt, "-"))
		}
	}
	c.Say("\n📊 Extended: %d", len(rows)-failed)
	if c.JSON {
		if err := c.Answer(map[string]any{"command": "servers extend", "results": results}); err != nil {
			return err
		}
	}
	if failed > 0 {
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}
