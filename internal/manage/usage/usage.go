package usage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands is 'atrium usage', on its console.
type commands struct{ *talk.Console }

// maxDays is what the hub tells of at once.
const maxDays = 400

type usageFlags struct {
	days  int
	group string
	limit int
}

// New is 'atrium usage'.
func New(e *command.Env) *cobra.Command {
	c := commands{talk.New(e, "atrium usage")}
	f := usageFlags{}
	cmd := &cobra.Command{
		Use: "usage [days|users|groups]", Short: "Tell for how long servers ran, by day, by person or by group",
		Long: `Tell for how long servers ran, in hours: by day of UTC, the first; or by person or by
group, those who ran the most first. Members of groups are those who are it now.

It tells of those whose servers the token may read: read:servers. The hub must be Atrium.

The hub and the token come from where 'atrium users' has them.`,
		Example:   c.Example("", "users --days 7 --limit 50", "days --group cs101 --days 365 --json"),
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{string(client.UsageDays), string(client.UsageUsers), string(client.UsageGroups)},
		RunE: func(cmd *cobra.Command, args []string) error {
			by := client.UsageDays
			if len(args) > 0 {
				by = client.UsageTable(args[0])
			}
			return c.usage(c.Begin(cmd), by, f)
		},
	}
	c.AddFlags(cmd.Flags())
	flags := cmd.Flags()
	flags.IntVar(&f.days, "days", 30, "of so `many` days, today among them")
	flags.StringVar(&f.group, "group", "", "only of the members of this `group`")
	flags.IntVar(&f.limit, "limit", 20, "at most so `many` people or groups")
	return cmd
}

func (c commands) usage(ctx context.Context, by client.UsageTable, f usageFlags) error {
	if f.days < 1 || f.days > maxDays {
		return &command.UsageError{Err: fmt.Errorf("--days must be from 1 to %d", maxDays)}
	}
	if f.limit < 1 {
		return &command.UsageError{Err: errors.New("--limit must be positive")}
	}
	q := client.UsageQuery{From: hub.SystemClock().UTC().AddDate(0, 0, 1-f.days), Group: f.group}
	if by != client.UsageDays {
		q.Limit = f.limit
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	list, err := at.Client.Usage(ctx, by, q)
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, which keeps no record of usage: only Atrium has one")
	}
	if err != nil {
		return c.Failed(at, err)
	}
	if c.JSON {
		return c.Answer(append([]client.Used{}, list...))
	}
	out := bufio.NewWriter(c.Env.Out)
	writeTable(out, by, list)
	return talk.Flush(out)
}

// writeTable writes a line for each, and the sum of days.
func writeTable(out io.Writer, by client.UsageTable, list []client.Used) {
	if len(list) == 0 {
		fmt.Fprintln(out, "Nothing ran")
		return
	}
	first := map[client.UsageTable]string{client.UsageDays: "Day", client.UsageUsers: "Username", client.UsageGroups: "Group"}[by]
	fmt.Fprintln(out, row(first, "Hours", people(by, "People")))
	fmt.Fprintln(out, strings.Repeat("-", 60))
	var all time.Duration
	for _, u := range list {
		used := time.Duration(u.Seconds * float64(time.Second))
		all += used
		fmt.Fprintln(out, row(u.Day+u.Name, hours(used), people(by, strconv.Itoa(u.People))))
	}
	if by == client.UsageDays {
		fmt.Fprintln(out, row("All", hours(all), ""))
	}
}

func row(name, hours, people string) string {
	return strings.TrimRight(fmt.Sprintf("%s %10s %10s", command.Pad(command.Printable(name), 30), hours, people), " ")
}

// people is a cell of the tables that have it.
func people(by client.UsageTable, cell string) string {
	if by == client.UsageUsers {
		return ""
	}
	return cell
}

func hours(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', 1, 64) }
