package users

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// rosterFlags say which group a list is of.
type rosterFlags struct {
	group              string
	exact, delete, yes bool
}

func (f *rosterFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.group, "group", "", "put everybody in the file into this `group`, too, who exists as well")
	flags.BoolVar(&f.exact, "exact", false, "with --group: take out of the group who is not in the file, after a question")
	flags.BoolVar(&f.delete, "delete", false, "with --exact: delete their accounts, too")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
}

func (f *rosterFlags) check() error {
	switch {
	case f.exact && f.group == "":
		return &command.UsageError{Err: errors.New("--exact is about a group: name it with --group")}
	case f.delete && !f.exact:
		return &command.UsageError{Err: errors.New("--delete is about who is not in the file: it needs --exact")}
	case f.group == "":
		return nil
	}
	if _, err := hub.GroupName(f.group); err != nil {
		return &command.UsageError{Err: errors.New(command.MessageFor(err))}
	}
	return nil
}

// createRoster makes people and brings a group to what the file says.
func (c commands) createRoster(ctx context.Context, at *talk.Connection, rows []roster.Row, f createFlags) error {
	o := roster.Options{CreateOptions: f.CreateOptions, Group: f.group, Exact: f.exact, Delete: f.delete}
	if reason := roster.NewGroup(f.group).Odd; reason != "" && !f.AllowOdd {
		return c.Fail("The group's name %s: use --allow-odd-names if that is how it is meant to be", reason)
	}
	if f.delete {
		me, err := at.Client.Me(ctx)
		if err != nil && !client.IsForbidden(err) {
			return c.Failed(at, err)
		}
		o.Me = me.Name
	}
	r, err := roster.PlanRoster(ctx, at.Hub, rows, o)
	if errors.Is(err, roster.ErrNobody) {
		return c.Fail("Error: %s", err)
	}
	if err != nil {
		return c.Failed(at, err)
	}
	c.warnOpen(at, r.Create)
	t, all := rosterTold(f), roster.Together(r.Jobs()...)
	done, err := c.Checked(all, t, f.PlanFlags)
	if !done || f.DryRun {
		c.tellRoster(r, f)
	}
	if done || err != nil {
		return err
	}
	if err := c.askRoster(r, f); err != nil {
		return err
	}
	c.Say("\n🔄 %s %s...", t.Doing, command.Users(len(r.Create.Items)))
	if err := r.MakeGroup(ctx, at.Hub); err != nil {
		return c.Failed(at, err)
	}
	return c.RunAll(r.Jobs(), t, f.Results)
}

// tellRoster says what a plan cannot.
func (c commands) tellRoster(r *roster.Roster, f createFlags) {
	if r.New {
		c.Say("  There is no group %s yet: it is made.", command.Printable(r.Group))
	}
	if f.exact && r.Unsound > 0 {
		c.Complain("  ⚠️  Nobody is taken out of %s: with %s it cannot be told who is not in the file.", command.Printable(r.Group), command.Counted(r.Unsound, "bad row"))
	}
	if len(r.Spared) > 0 {
		c.Say("  ⚠️  Administrators, and you, are taken out of %s and not deleted: %s", command.Printable(r.Group), command.FirstFew(r.Spared))
	}
}

// askRoster says who leaves the group, or the hub; only "yes" goes on.
func (c commands) askRoster(r *roster.Roster, f createFlags) error {
	removed, deleted := r.Leaving()
	group := command.Printable(r.Group)
	switch {
	case f.yes, len(removed)+len(deleted) == 0:
		return nil
	case len(deleted) == 0:
		return c.Ask(fmt.Sprintf("This takes out of %s who is not in the file, %s: %s. Their accounts stay.", group, command.Users(len(removed)), command.FirstFew(removed)),
			fmt.Sprintf("take %s out of %s", command.Users(len(removed)), group))
	}
	others := ""
	if n := r.InOtherGroups(); n > 0 {
		others = fmt.Sprintf(" (%d in other groups, too)", n)
	}
	return c.Ask(fmt.Sprintf("This deletes who is in %s and not in the file, %s with their servers: %s%s", group, command.Users(len(deleted)), command.FirstFew(deleted), others),
		"delete "+command.Users(len(deleted)))
}

func rosterTold(f createFlags) jobs.Wording {
	t := createTold(f.Update)
	group := command.Printable(f.group)
	plan := maps.Clone(t.Plan)
	plan[roster.StatusAdded], plan[roster.StatusRemoved], plan[client.StatusDeleted] = "To add to "+group, "To take out of "+group, "To delete"
	made := t.Line
	t.Plan, t.Counters = plan, slices.Insert(t.Counters, len(t.Counters)-1,
		jobs.Counter{Label: "✅ Added to " + group, Statuses: []string{roster.StatusAdded}, Always: true},
		jobs.Counter{Label: "✅ Taken out of " + group, Statuses: []string{roster.StatusRemoved}, Always: f.exact},
		jobs.Counter{Label: "✅ Deleted", Statuses: []string{client.StatusDeleted}, Always: f.delete},
		jobs.Counter{Label: "⚠️  Not found", Statuses: []string{client.StatusNotFound}})
	t.Line = func(x *roster.Item) (string, bool) {
		switch {
		case x.Status == roster.StatusAdded:
			return fmt.Sprintf("✅ Added to %s: %s", group, x.Name), true
		case x.Status == roster.StatusRemoved:
			return fmt.Sprintf("✅ Taken out of %s: %s", group, x.Name), true
		case x.Status == client.StatusDeleted, x.Status == client.StatusNotFound:
			return deleteTold().Line(x)
		case x.Status == client.StatusExists && x.Message == "": // which is as it should be
			return "", true
		case x.Refused() && x.Group != "":
			return fmt.Sprintf("❌ Failed to change the group of %s: %s", x.Name, x.Message), false
		}
		return made(x)
	}
	return t
}
