package users

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// quotaFlags are the scripts' own, and those that all jobs have.
type quotaFlags struct {
	jobs.PlanFlags
	jobs.ListFlags
	file, namespace string
	amount          int
}

func (f *quotaFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column, instead of names")
	cmd.Flags().IntVarP(&f.amount, "amount", "a", 0, "how `much`, in whole credits")
	addNamespace(cmd, &f.namespace)
	f.PlanFlags.Add(cmd)
	f.ListFlags.Add(cmd)
}

func newSetQuota(c commands) *cobra.Command {
	var f quotaFlags
	cmd := &cobra.Command{
		Use: "set-quota [NAME...]", Short: "Set quotas, by name or from a file's quota column",
		Long: `Set how many credits people have: by name to --amount, or from a file to its column
quota, and to --amount where that is empty.`,
		Example: c.Example("set-quota student01 student02 --amount 500", "set-quota -f quotas.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var amount *int
			if cmd.Flags().Changed("amount") {
				amount = &f.amount
			}
			return c.changeQuotas(c.Begin(cmd), args, f, amount, setQuotaTold())
		},
	}
	f.add(cmd)
	return cmd
}

func newAddQuota(c commands) *cobra.Command {
	var f quotaFlags
	cmd := &cobra.Command{
		Use: "add-quota [NAME...]", Short: "Add to quotas; a negative amount takes away",
		Example: c.Example("add-quota student01 --amount 100", "add-quota -f users.csv --amount=-20"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("amount") {
				return &command.UsageError{Err: errors.New("the following arguments are required: --amount/-a")}
			}
			return c.changeQuotas(c.Begin(cmd), args, f, &f.amount, addQuotaTold(f.amount))
		},
	}
	f.add(cmd)
	return cmd
}

func (c commands) changeQuotas(ctx context.Context, names []string, f quotaFlags, amount *int, told jobs.Wording) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.Whom(names, f.file, f.Sheet)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.Fail("No users specified")
	}
	action, _, _ := strings.Cut(told.Command, "-")
	j, err := roster.PlanQuota(ctx, at.Hub, rows, action, amount, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Failed(at, err)
	}
	return c.CarryOut(j, told, f.PlanFlags, nil, nil)
}

func setQuotaTold() jobs.Wording {
	t := quotaTold("set-quota", "Setting the quotas of", "To set")
	t.Line = quotaLine("set the quota of", func(x *roster.Item) string { return fmt.Sprintf("✅ Set %d quota for: %s", *x.Quota, x.Name) })
	return t
}

func addQuotaTold(amount int) jobs.Wording {
	t := quotaTold("add-quota", fmt.Sprintf("Adding %d quota to", amount), "To add to")
	t.Line = quotaLine("add to the quota of", func(x *roster.Item) string { return fmt.Sprintf("✅ Added %d quota to: %s", amount, x.Name) })
	return t
}

func quotaLine(what string, done func(*roster.Item) string) func(*roster.Item) (string, bool) {
	return func(x *roster.Item) (string, bool) {
		switch x.Status {
		case client.StatusChanged:
			return done(x), true
		case client.StatusNotFound:
			return "❌ User not found: " + x.Name, false
		case roster.StatusSkipped:
			return fmt.Sprintf("⚠️  Skipping %s: %s", x.Name, x.Message), false
		}
		return jobs.FailedTo(what, x), false
	}
}

func quotaTold(name, doing, plan string) jobs.Wording {
	return jobs.Wording{
		Command: name, Doing: doing,
		Plan: map[string]string{client.StatusChanged: plan, client.StatusNotFound: "❌ Not found", roster.StatusSkipped: "Skipped"},
		Counters: []jobs.Counter{
			{Label: "✅ Success", Statuses: []string{client.StatusChanged}, Always: true},
			{Label: "⚠️  Skipped", Statuses: []string{roster.StatusSkipped}},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
	}
}

func newListQuota(c commands) *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use: "list-quota", Short: "List quotas: whole credits, rounded down", Example: c.Example("list-quota", "list-quota --json"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listQuotas(c.Begin(cmd)) },
	}
	addNamespace(cmd, &namespace)
	return cmd
}

func (c commands) listQuotas(ctx context.Context) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all := []client.Quota{}
	for q, err := range at.Client.Quotas(ctx) {
		if err != nil {
			return c.Failed(at, err)
		}
		all = append(all, q)
	}
	if c.JSON {
		return c.Answer(all)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No quota records found")
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Quota Balances (%s):\n\n%s %s %s\n%s\n", command.Users(len(all)),
		command.Pad("Username", 25), command.Pad("Balance", 15), command.Pad("Last Updated", 25), strings.Repeat("-", 65))
	for _, q := range all {
		updated := ""
		if q.UpdatedAt != nil {
			updated = q.UpdatedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintln(out, strings.TrimRight(command.Pad(command.Printable(q.Username), 25)+" "+command.Pad(quotaCell(q), 15)+" "+command.ShortTime(updated, "Never"), " "))
	}
	return talk.Flush(out)
}

// quotaCell is what a list says of a quota.
func quotaCell(q client.Quota) string {
	if q.Unlimited {
		return "∞"
	}
	return strconv.FormatInt(q.Balance, 10)
}
