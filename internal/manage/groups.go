package manage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// NewGroups is 'atrium groups'.
func NewGroups(e *command.Env) *cobra.Command {
	c := &console{env: e, name: "atrium groups"}
	cmd := &cobra.Command{
		Use: "groups", Short: "Look after groups, on Atrium or any JupyterHub",
		Long: `Look after the groups of a hub: Atrium, or any JupyterHub.

The hub and the token come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(newGroupsList(c), newGroupsCreate(c), newGroupsDelete(c), newMembers(c, true), newMembers(c, false), newGroupsExport(c))
	return cmd
}

type groupsCreateFlags struct {
	listFlags
	users    []string
	file     string
	allowOdd bool
}

func newGroupsCreate(c *console) *cobra.Command {
	var f groupsCreateFlags
	cmd := &cobra.Command{
		Use: "create NAME...", Short: "Make groups, empty or with people in them",
		Long: `Make groups. Who is named by --users, or by the username column of --file, is put into
each of them. A group that exists is left alone, with a warning: 'add' is for those.`,
		Example: c.example(`create "class 5a" choir`, "create lab --users ada,ben", "create lab -f users.csv"),
		Args:    command.Names("NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.createGroups(c.begin(cmd), args, f) },
	}
	cmd.Flags().StringSliceVar(&f.users, "users", nil, "`names` of people, with commas between them")
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column")
	cmd.MarkFlagsMutuallyExclusive("users", "file")
	addAllowOdd(cmd, &f.allowOdd)
	f.listFlags.add(cmd)
	return cmd
}

func (c *console) createGroups(ctx context.Context, groups []string, f groupsCreateFlags) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.whom(f.users, f.file, f.sheet)
	if err != nil {
		return err
	}
	if err := c.refuseBad("groups create", rows); err != nil {
		return err
	}
	j := roster.PlanGroups(at.hub, distinct(groups), f.allowOdd, roster.Pace{Workers: c.conn.concurrency})
	if len(rows) == 0 {
		c.say("\n🔄 Creating %s...", command.Groups(len(j.Items)))
		return c.run(j, groupsTold("groups create", "create", client.StatusCreated), nil)
	}
	c.say("\n🔄 Creating %s with %s...", command.Groups(len(j.Items)), command.Users(len(rows)))
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
func (c *console) groupsThenMembers(ctx context.Context, at *connection, j *roster.Job, members func() []roster.Row, called string) error {
	t := groupsTold(called, "create", client.StatusCreated)
	if made := t.line; called == "groups add" { // that they exist is what is wanted
		t.line = func(x *roster.Item) (string, bool) {
			if x.Status == client.StatusExists {
				return "", true
			}
			return made(x)
		}
	}
	r := &reporter{c: c, told: t, warnings: map[string][]string{}}
	if err := j.Run(ctx, r); err != nil {
		return c.ended(r, j, nil, err)
	}
	add, err := roster.PlanMembers(ctx, at.hub, members(), true, roster.Pace{Workers: c.conn.concurrency})
	if err != nil {
		return c.ended(r, j, nil, &roster.StoppedError{
			Err: errors.New("The groups are made, but nobody was put into them: " + reasonOf(err) + ". 'groups add' does that."),
		})
	}
	add.Before(j)
	both := membersTold(called, true)
	both.line = func(x *roster.Item) (string, bool) {
		if x.Name == "" && x.Line == 0 {
			return "", true // a group, of which its own run told
		}
		return membersTold(called, true).line(x)
	}
	both.counters = append([]counter{
		{"✅ Created", []string{client.StatusCreated}, true, false}, {"⚠️  Already exist", []string{client.StatusExists}, false, false},
	}, both.counters...)
	return c.run(add, both, nil)
}

// refuseBad ends a command before anything is done if a row is bad.
func (c *console) refuseBad(called string, rows []roster.Row) error {
	_, err := c.checked(roster.Checked(rows), wording{command: called, strict: true}, planFlags{})
	return err
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

func groupsTold(called, verb, status string) wording {
	t := wording{command: called, counters: []counter{
		{"✅ Created", []string{client.StatusCreated}, status == client.StatusCreated, false},
		{"✅ Deleted", []string{client.StatusDeleted}, status == client.StatusDeleted, false},
		{"⚠️  Already exist", []string{client.StatusExists}, status == client.StatusCreated, false},
		{"⚠️  Not found", []string{client.StatusNotFound}, status == client.StatusDeleted, false},
		{"❌ Failed", []string{client.StatusFailed}, true, true},
	}}
	t.line = func(x *roster.Item) (string, bool) {
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

func newGroupsDelete(c *console) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME...", Short: "Delete groups; their people stay",
		Long: `Delete groups. Their people stay, and lose what the group gave them. It asks first;
only "yes" goes on. A group that does not exist is a warning.`,
		Example: c.example(`delete "class 5a"`, "delete lab choir --yes"),
		Args:    command.Names("NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.deleteGroups(c.begin(cmd), args, yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c *console) deleteGroups(ctx context.Context, args []string, yes bool) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	j := roster.PlanDeleteGroups(at.hub, args, roster.Pace{Workers: c.conn.concurrency})
	if !yes {
		if err := c.ask("This deletes the group "+command.FirstFew(args)+". Its people stay.", "delete "+command.Groups(len(j.Items))); err != nil {
			return err
		}
	}
	c.say("\n🔄 Deleting %s...", command.Groups(len(j.Items)))
	return c.run(j, groupsTold("groups delete", "delete", client.StatusDeleted), nil)
}

type membersFlags struct {
	listFlags
	file     string
	allowOdd bool
}

// newMembers is the command that puts people into a group, or takes them out.
func newMembers(c *console, join bool) *cobra.Command {
	var f membersFlags
	cmd := &cobra.Command{
		Use: "add [GROUP [NAME...]]", Short: "Put people into a group",
		Long: `Put people into a group: those that are named, or those in the username column of a
file. Who is in it already stays.

Without a GROUP the file has a column group beside username, as 'export' writes it: each
row puts somebody into a group. Groups that don't exist are made, with their
properties; those that do keep theirs, and whoever is in them.`,
		Example: c.example("add lab ada ben", "add lab -f users.csv", "add -f groups_backup.csv"),
	}
	if !join {
		cmd.Use, cmd.Short = "remove GROUP [NAME...]", "Take people out of a group"
		cmd.Long = `Take people out of a group: those that are named, or those in the username column of a
file. Who is not in it is left as they are.`
		cmd.Example = c.example("remove lab ada ben", "remove lab -f users.csv")
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && (f.file == "" || !join):
			return errors.New("the following arguments are required: GROUP")
		case len(args) == 1 && f.file == "":
			return errors.New("name people, or a file of them with --file")
		case len(args) > 1 && f.file != "":
			return errors.New("name people, or a file of them with --file, not both")
		case f.sheet != "" && f.file == "":
			return errors.New("--sheet is of a file: name one with --file")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return c.members(c.begin(cmd), args, f, join) }
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "`file` with a username column")
	f.listFlags.add(cmd)
	if join {
		addAllowOdd(cmd, &f.allowOdd)
	}
	return cmd
}

func (c *console) members(ctx context.Context, args []string, f membersFlags, join bool) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return c.restoreGroups(ctx, at, f)
	}
	rows, err := c.whom(args[1:], f.file, f.sheet)
	if err != nil {
		return err
	}
	called, doing := "groups remove", "Removing %s from %s..."
	if join {
		called, doing = "groups add", "Adding %s to %s..."
	}
	if err := c.refuseBad(called, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.fail("No users specified")
	}
	j, err := roster.PlanMembers(ctx, at.hub, roster.InGroup(args[0], rows), join, roster.Pace{Workers: c.conn.concurrency})
	if err != nil {
		return c.failed(at.access, err)
	}
	c.say("\n🔄 "+doing, command.Users(len(rows)), args[0])
	return c.run(j, membersTold(called, join), nil)
}

func (c *console) restoreGroups(ctx context.Context, at *connection, from membersFlags) error {
	f, err := roster.LoadGroups(ctx, c.source(from.file, from.sheet))
	if err != nil {
		return c.notLoaded(from.file, err)
	}
	c.loaded(command.Groups(len(f.Groups)), from.file, from.sheet, f.Sheets)
	if err := c.refuseBad("groups add", f.Rows); err != nil {
		return err
	}
	j := roster.PlanGroups(at.hub, f.Groups, from.allowOdd, roster.Pace{Workers: c.conn.concurrency})
	c.say("\n🔄 Restoring %s...", command.Groups(len(f.Groups)))
	return c.groupsThenMembers(ctx, at, j, func() []roster.Row { return f.Rows }, "groups add")
}

func membersTold(called string, join bool) wording {
	done, already, verb := "Added to", "Already in", "add"
	if !join {
		done, already, verb = "Removed from", "Not in", "remove"
	}
	return wording{
		command: called,
		counters: []counter{
			{"✅ " + strings.Fields(done)[0], []string{client.StatusChanged}, true, false},
			{"✅ Unchanged", []string{client.StatusUnchanged}, true, false},
			{"❌ Failed", []string{client.StatusFailed, client.StatusNotFound}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusChanged:
				return fmt.Sprintf("✅ %s %s: %s", done, x.Group, x.Name), true
			case client.StatusUnchanged:
				return fmt.Sprintf("✅ %s %s: %s", already, x.Group, x.Name), true
			}
			return failedTo(verb, x), false
		},
	}
}
