package groups

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium groups', on one console.
type commands struct{ jobs.Runner }

// New is 'atrium groups'.
func New(e *command.Env) *cobra.Command {
	c := commands{jobs.NewRunner(e, "atrium groups")}
	cmd := &cobra.Command{
		Use: "groups", Short: "Look after groups, on Atrium or any JupyterHub",
		Long: `Look after the groups of a hub: Atrium, or any JupyterHub.

The hub and the token come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newGroupsList(c), newGroupsCreate(c), newGroupsRename(c), newGroupsDelete(c), newMembers(c, true), newMembers(c, false), newGroupsExport(c))
	return cmd
}

type groupsCreateFlags struct {
	jobs.ListFlags
	users    []string
	file     string
	allowOdd bool
}

func newGroupsCreate(c commands) *cobra.Command {
	var f groupsCreateFlags
	cmd := &cobra.Command{
		Use: "create NAME...", Short: "Make groups, empty or with people in them",
		Long: `Make groups. Who is named by --users, or by the username column of --file, is put into
each of them. A group that exists is left alone, with a warning: 'add' is for those.`,
		Example: c.Example(`create "class 5a" choir`, "create lab --users ada,ben", "create lab -f users.csv"),
		Args:    command.Names("NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.createGroups(c.Begin(cmd), args, f) },
	}
	cmd.Flags().StringSliceVar(&f.users, "users", nil, "`names` of people, with commas between them")
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column")
	cmd.MarkFlagsMutuallyExclusive("users", "file")
	jobs.AddAllowOdd(cmd, &f.allowOdd)
	f.ListFlags.Add(cmd)
	return cmd
}

func (c commands) createGroups(ctx context.Context, groups []string, f groupsCreateFlags) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.Whom(f.users, f.file, f.Sheet)
	if err != nil {
		return err
	}
	if err := c.RefuseBad("groups create", rows); err != nil {
		return err
	}
	j := roster.PlanGroups(at.Hub, distinct(groups), f.allowOdd, roster.Pace{Workers: c.Workers()})
	if len(rows) == 0 {
		c.Say("\n🔄 Creating %s...", command.Groups(len(j.Items)))
		return c.Run(j, groupsTold("groups create", "create", client.StatusCreated), nil)
	}
	c.Say("\n🔄 Creating %s with %s...", command.Groups(len(j.Items)), command.Users(len(rows)))
	return c.groupsThenMembers(ctx, at, j, func() []roster.Row {
		var in []roster.Row
		for _, x := range j.Items {
			if x.Status == client.StatusCreated {
				in = append(in, roster.InGroup(x.Group, rows)...)
			}
		}
		return in
	}, "groups create")
}

// groupsThenMembers makes groups, then puts people into them, and reports both as one.
func (c commands) groupsThenMembers(ctx context.Context, at *talk.Connection, j *roster.Job, members func() []roster.Row, called string) error {
	t := groupsTold(called, "create", client.StatusCreated)
	if made := t.Line; called == "groups add" { // that they exist is what is wanted
		t.Line = func(x *roster.Item) (string, bool) {
			if x.Status == client.StatusExists {
				return "", true
			}
			return made(x)
		}
	}
	r := c.Reporter(t)
	if err := j.Run(ctx, r); err != nil {
		return c.Ended(r, j, nil, err)
	}
	add, err := roster.PlanMembers(ctx, at.Hub, members(), true, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Ended(r, j, nil, &roster.StoppedError{
			Err: errors.New("The groups are made, but nobody was put into them: " + talk.ReasonOf(err) + ". 'groups add' does that."),
		})
	}
	add.Before(j)
	both := membersTold(called, true)
	both.Line = func(x *roster.Item) (string, bool) {
		if x.Name == "" && x.Line == 0 {
			return "", true // a group, of which its own run told
		}
		return membersTold(called, true).Line(x)
	}
	both.Counters = append([]jobs.Counter{
		{Label: "✅ Created", Statuses: []string{client.StatusCreated}, Always: true}, {Label: "⚠️  Already exist", Statuses: []string{client.StatusExists}},
	}, both.Counters...)
	return c.Run(add, both, nil)
}

func distinct(names []string) []roster.GroupRow {
	var groups []roster.GroupRow
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			groups = append(groups, roster.NewGroup(name))
		}
	}
	return groups
}

func groupsTold(called, verb, status string) jobs.Wording {
	t := jobs.Wording{Command: called, Counters: []jobs.Counter{
		{Label: "✅ Created", Statuses: []string{client.StatusCreated}, Always: status == client.StatusCreated},
		{Label: "✅ Deleted", Statuses: []string{client.StatusDeleted}, Always: status == client.StatusDeleted},
		{Label: "⚠️  Already exist", Statuses: []string{client.StatusExists}, Always: status == client.StatusCreated},
		{Label: "⚠️  Not found", Statuses: []string{client.StatusNotFound}, Always: status == client.StatusDeleted},
		{Label: "❌ Failed", Statuses: []string{client.StatusFailed}, Always: true, Failed: true},
	}}
	t.Line = func(x *roster.Item) (string, bool) {
		switch x.Status {
		case client.StatusCreated:
			return "✅ Created group: " + x.Group, true
		case client.StatusDeleted:
			return "✅ Deleted group: " + x.Group, true
		case client.StatusExists:
			return "⚠️  Group already exists: " + x.Group, true
		case client.StatusNotFound:
			return "⚠️  Group not found: " + x.Group, true
		}
		return fmt.Sprintf("❌ Failed to %s group %s: %s", verb, x.Group, x.Message), false
	}
	return t
}

func newGroupsDelete(c commands) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME...", Short: "Delete groups; their people stay",
		Long: `Delete groups. Their people stay, and lose what the group gave them. It asks first;
only "yes" goes on. A group that does not exist is a warning.`,
		Example: c.Example(`delete "class 5a"`, "delete lab choir --yes"),
		Args:    command.Names("NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.deleteGroups(c.Begin(cmd), args, yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c commands) deleteGroups(ctx context.Context, args []string, yes bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	j := roster.PlanDeleteGroups(at.Hub, args, roster.Pace{Workers: c.Workers()})
	if !yes {
		if err := c.Ask("This deletes the group "+command.FirstFew(args)+". Its people stay.", "delete "+command.Groups(len(j.Items))); err != nil {
			return err
		}
	}
	c.Say("\n🔄 Deleting %s...", command.Groups(len(j.Items)))
	return c.Run(j, groupsTold("groups delete", "delete", client.StatusDeleted), nil)
}

type membersFlags struct {
	jobs.ListFlags
	file     string
	allowOdd bool
}

// newMembers is the command that puts people into a group, or takes them out.
func newMembers(c commands, join bool) *cobra.Command {
	var f membersFlags
	cmd := &cobra.Command{
		Use: "add [GROUP [NAME...]]", Short: "Put people into a group",
		Long: `Put people into a group: those that are named, or those in the username column of a
file. Who is in it already stays.

Without a GROUP the file has a column group beside username, as 'export' writes it: each
row puts somebody into a group. Groups that don't exist are made, with their
properties; those that do keep theirs, and whoever is in them.`,
		Example: c.Example("add lab ada ben", "add lab -f users.csv", "add -f groups_backup.csv"),
	}
	if !join {
		cmd.Use, cmd.Short = "remove GROUP [NAME...]", "Take people out of a group"
		cmd.Long = `Take people out of a group: those that are named, or those in the username column of a
file. Who is not in it is left as they are.`
		cmd.Example = c.Example("remove lab ada ben", "remove lab -f users.csv")
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && (f.file == "" || !join):
			return errors.New("the following arguments are required: GROUP")
		case len(args) == 1 && f.file == "":
			return errors.New("name people, or a file of them with --file")
		case len(args) > 1 && f.file != "":
			return errors.New("name people, or a file of them with --file, not both")
		case f.Sheet != "" && f.file == "":
			return errors.New("--sheet is of a file: name one with --file")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return c.members(c.Begin(cmd), args, f, join) }
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column")
	f.ListFlags.Add(cmd)
	if join {
		jobs.AddAllowOdd(cmd, &f.allowOdd)
	}
	return cmd
}

func (c commands) members(ctx context.Context, args []string, f membersFlags, join bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return c.restoreGroups(ctx, at, f)
	}
	rows, err := c.Whom(args[1:], f.file, f.Sheet)
	if err != nil {
		return err
	}
	called, doing := "groups remove", "Removing %s from %s..."
	if join {
		called, doing = "groups add", "Adding %s to %s..."
	}
	if err := c.RefuseBad(called, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.Fail("No users specified")
	}
	j, err := roster.PlanMembers(ctx, at.Hub, roster.InGroup(args[0], rows), join, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Failed(at, err)
	}
	c.Say("\n🔄 "+doing, command.Users(len(rows)), args[0])
	return c.Run(j, membersTold(called, join), nil)
}

func (c commands) restoreGroups(ctx context.Context, at *talk.Connection, from membersFlags) error {
	f, err := roster.LoadGroups(ctx, c.Source(from.file, from.Sheet))
	if err != nil {
		return c.NotLoaded(from.file, err)
	}
	c.Loaded(command.Groups(len(f.Groups)), from.file, from.Sheet, f.Sheets)
	if err := c.RefuseBad("groups add", f.Rows); err != nil {
		return err
	}
	j := roster.PlanGroups(at.Hub, f.Groups, from.allowOdd, roster.Pace{Workers: c.Workers()})
	c.Say("\n🔄 Restoring %s...", command.Groups(len(f.Groups)))
	return c.groupsThenMembers(ctx, at, j, func() []roster.Row { return f.Rows }, "groups add")
}

func membersTold(called string, join bool) jobs.Wording {
	done, already, verb := "Added to", "Already in", "add"
	if !join {
		done, already, verb = "Removed from", "Not in", "remove"
	}
	return jobs.Wording{
		Command: called,
		Counters: []jobs.Counter{
			{Label: "✅ " + strings.Fields(done)[0], Statuses: []string{client.StatusChanged}, Always: true},
			{Label: "✅ Unchanged", Statuses: []string{client.StatusUnchanged}, Always: true},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusChanged:
				return fmt.Sprintf("✅ %s %s: %s", done, x.Group, x.Name), true
			case client.StatusUnchanged:
				return fmt.Sprintf("✅ %s %s: %s", already, x.Group, x.Name), true
			}
			return jobs.FailedTo(verb, x), false
		},
	}
}
