package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
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
		return &usageError{errors.New("--exact is about a group: name it with --group")}
	case f.delete && !f.exact:
		return &usageError{errors.New("--delete is about who is not in the file: it needs --exact")}
	case f.group == "":
		return nil
	}
	if _, err := hub.GroupName(f.group); err != nil {
		return &usageError{errors.New(toldOf(err))}
	}
	return nil
}

// createRoster makes people and brings a group to what the file says.
func (c *console) createRoster(ctx context.Context, at *connection, rows []people.Row, f createFlags) error {
	o := people.RosterOptions{CreateOptions: f.CreateOptions, Group: f.group, Exact: f.exact, Delete: f.delete}
	if reason := people.NewGroup(f.group).Odd; reason != "" && !f.AllowOdd {
		return c.fail("The group's name %s: use --allow-odd-names if that is how it is meant to be", reason)
	}
	if f.delete {
		me, err := at.client.Me(ctx)
		if err != nil && !client.IsForbidden(err) {
			return c.failed(at.access, err)
		}
		o.Me = me.Name
	}
	r, err := people.PlanRoster(ctx, at.hub, rows, o)
	if errors.Is(err, people.ErrNobody) {
		return c.fail("Error: %s", err)
	}
	if err != nil {
		return c.failed(at.access, err)
	}
	c.warnOpen(at, r.Create)
	t, all := rosterTold(f), people.Together(r.Jobs()...)
	done, err := c.checked(all, t, f.planFlags)
	if !done || f.dryRun {
		c.tellRoster(r, f)
	}
	if done || err != nil {
		return err
	}
	if err := c.askRoster(r, f); err != nil {
		return err
	}
	c.say("\n🔄 %s %s...", t.doing, users(len(r.Create.Items)))
	if err := r.MakeGroup(ctx, at.hub); err != nil {
		return c.failed(at.access, err)
	}
	return c.runAll(r.Jobs(), t, f.Results)
}

// tellRoster says what a plan cannot.
func (c *console) tellRoster(r *people.Roster, f createFlags) {
	if r.New {
		c.say("  There is no group %s yet: it is made.", printable(r.Group))
	}
	if f.exact && r.Unsound > 0 {
		c.complain("  ⚠️  Nobody is taken out of %s: with %s it cannot be told who is not in the file.", printable(r.Group), counted(r.Unsound, "bad row"))
	}
	if len(r.Spared) > 0 {
		c.say("  ⚠️  Administrators, and you, are taken out of %s and not deleted: %s", printable(r.Group), firstFew(r.Spared))
	}
}

// askRoster says who leaves the group, or the hub; only "yes" goes on.
func (c *console) askRoster(r *people.Roster, f createFlags) error {
	removed, deleted := r.Leaving()
	group := printable(r.Group)
	switch {
	case f.yes, len(removed)+len(deleted) == 0:
		return nil
	case len(deleted) == 0:
		return c.ask(fmt.Sprintf("This takes out of %s who is not in the file, %s: %s. Their accounts stay.", group, users(len(removed)), firstFew(removed)),
			fmt.Sprintf("take %s out of %s", users(len(removed)), group))
	}
	others := ""
	if n := r.InOtherGroups(); n > 0 {
		others = fmt.Sprintf(" (%d in other groups, too)", n)
	}
	return c.ask(fmt.Sprintf("This deletes who is in %s and not in the file, %s with their servers: %s%s", group, users(len(deleted)), firstFew(deleted), others),
		"delete "+users(len(deleted)))
}

// runAll runs jobs one after the other, and reports them as one.
func (c *console) runAll(jobs []*people.Job, t told, results *people.Results) error {
	r := &reporter{c: c, told: t, warnings: map[string][]string{}}
	var err error
	for _, j := range jobs {
		if err != nil {
			j.GiveUp()
			continue
		}
		err = c.work(j, r)
	}
	all := people.Together(jobs...)
	if stopped, cut := errors.AsType[*people.StoppedError](err); cut {
		stopped.Left = all.Counts()[people.StatusUnsent]
	}
	return c.ended(r, all, results, err)
}

func rosterTold(f createFlags) told {
	t := createTold(f.Update)
	group := printable(f.group)
	plan := maps.Clone(t.plan)
	plan[people.StatusAdded], plan[people.StatusRemoved], plan[client.StatusDeleted] = "To add to "+group, "To take out of "+group, "To delete"
	made := t.line
	t.plan, t.counters = plan, slices.Insert(t.counters, len(t.counters)-1,
		counter{"✅ Added to " + group, []string{people.StatusAdded}, true, false},
		counter{"✅ Taken out of " + group, []string{people.StatusRemoved}, f.exact, false},
		counter{"✅ Deleted", []string{client.StatusDeleted}, f.delete, false},
		counter{"⚠️  Not found", []string{client.StatusNotFound}, false, false})
	t.line = func(x *people.Item) (string, bool) {
		switch {
		case x.Status == people.StatusAdded:
			return fmt.Sprintf("✅ Added to %s: %s", group, x.Name), true
		case x.Status == people.StatusRemoved:
			return fmt.Sprintf("✅ Taken out of %s: %s", group, x.Name), true
		case x.Status == client.StatusDeleted, x.Status == client.StatusNotFound:
			return deleteTold().line(x)
		case x.Status == client.StatusExists && x.Message == "": // which is as it should be
			return "", true
		case x.Refused() && x.Group != "":
			return fmt.Sprintf("❌ Failed to change the group of %s: %s", x.Name, x.Message), false
		}
		return made(x)
	}
	return t
}
