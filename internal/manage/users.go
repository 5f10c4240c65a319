package manage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// NewUsers is 'atrium users'.
func NewUsers(e *command.Env) *cobra.Command {
	c := &console{env: e, name: "atrium users"}
	cmd := &cobra.Command{
		Use: "users", Short: "Look after people, one or a hundred thousand, on Atrium or any JupyterHub",
		Long: `Look after the people of a hub: Atrium, or any JupyterHub.

Files are CSV, Excel where the name ends in .xlsx, or OpenDocument (.ods). The
column username must be there; admin, password, groups and quota may be. Groups
stand between semicolons (or commas): "lab;physics". Other columns are ignored. Of
several sheets the first is read, or the one that --sheet names.

The hub and the token come from JUPYTERHUB_URL and JUPYTERHUB_TOKEN. On the
machine of a hub, for whoever may read its data directory, neither is needed.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some rows failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(newTemplate(c, "template"))
	c.addUserCommands(cmd)
	return cmd
}

// addUserCommands adds what the scripts' manage_users has.
func (c *console) addUserCommands(cmd *cobra.Command) {
	cmd.AddCommand(newCreate(c), newDelete(c), newList(c), newExport(c), newSetAdmin(c), newSetPasswords(c),
		newSetQuota(c), newAddQuota(c), newListQuota(c))
}

// example writes examples under the name that the command has.
func (c *console) example(lines ...string) string {
	for i, line := range lines {
		lines[i] = "  " + c.name + " " + line
	}
	return strings.Join(lines, "\n")
}

type createFlags struct {
	roster.CreateOptions
	planFlags
	listFlags
	rosterFlags
	output      string
	force, keep bool
}

func newCreate(c *console) *cobra.Command {
	var f createFlags
	cmd := &cobra.Command{
		Use: "create FILE", Short: "Make the people of a file",
		Long: `Make the people of a file. Who exists already is left alone, with a warning; with
--update they are changed to what the file says (what it doesn't say stays).

The whole file is checked first. With a bad row nothing is done, and each is named
with its line; --skip-invalid does the others. Running the same file again finishes
what a run that was cut off has left.

--generate gives everybody without a password in the file a random one. They are
written to the results file (readable for you alone) before the hub knows them.

--group puts everybody in the file into a group, who exists already as well. With
--exact the file says who is in that group: who is in it and not in the file is
taken out, after a question that names them. Their accounts stay, unless --delete
is given.`,
		Example: c.example("create users.csv", "create users.csv --dry-run", "create users.xlsx --generate --output passwords.csv",
			"create users.csv --generate --force-change -o passwords.xlsx", "create backup.xlsx --update",
			"create class.xlsx --sheet 'Class 5a' --group cs101", "create class.csv --exact --group cs101 --dry-run"),
		Args: command.OneFile,
		RunE: func(cmd *cobra.Command, args []string) error { return c.create(c.begin(cmd), args[0], f) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.Generate, "generate", "g", false, "make passwords for those without one in the file")
	flags.StringVarP(&f.Default, "default-password", "p", "", "with --generate: this `password` for all, instead of random ones")
	flags.StringVarP(&f.output, "output", "o", "", "`file` for a result per person, with the passwords")
	flags.BoolVar(&f.Update, "update", false, "change who exists to what the file says")
	flags.BoolVar(&f.force, "force-change", false, "passwords must be changed at the first login")
	flags.BoolVar(&f.keep, "no-force-change", false, "passwords may be kept (as by default)")
	addAllowOdd(cmd, &f.AllowOdd)
	f.planFlags.add(cmd)
	f.listFlags.add(cmd)
	f.rosterFlags.add(cmd)
	return cmd
}

func (c *console) create(ctx context.Context, path string, f createFlags) error {
	if f.force && f.keep {
		return &command.UsageError{Err: errors.New("--force-change and --no-force-change exclude each other")}
	}
	if err := f.check(); err != nil {
		return err
	}
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	file, err := c.load(path, f.sheet)
	if err != nil {
		return err
	}
	f.MustChange, f.Workers = f.force, c.conn.concurrency
	if f.Results, err = c.results(ctx, path, f.output, f.Generate && f.Default == "", f.dryRun); err != nil {
		return err
	}
	defer f.Results.Close()
	if err := c.createIn(ctx, at, file.Rows, f); err != nil || f.dryRun {
		return err
	}
	c.tellOffered(ctx, at)
	return nil
}

// createIn makes people, and brings a group to what the file says where one is named.
func (c *console) createIn(ctx context.Context, at *connection, rows []roster.Row, f createFlags) error {
	if f.group != "" {
		return c.createRoster(ctx, at, rows, f)
	}
	j, err := roster.PlanCreate(ctx, at.hub, rows, f.CreateOptions)
	if err != nil {
		return c.failed(at.access, err)
	}
	c.warnOpen(at, j)
	return c.carryOut(j, createTold(f.Update), f.planFlags, f.Results, nil)
}

// warnOpen warns of people who are to be made without a password in a file that has some for others.
func (c *console) warnOpen(at *connection, j *roster.Job) {
	var open []string
	for _, x := range j.Items {
		if x.Planned() && x.Status == client.StatusCreated && x.Password == "" {
			open = append(open, x.Name)
		}
	}
	if at.hub.Atrium && !c.script && len(open) > 0 && slices.ContainsFunc(j.Items, func(x *roster.Item) bool { return x.Password != "" }) {
		c.warn("no password in the file for %s: the first login by such a name may set it; --generate makes one", command.FirstFew(open))
	}
}

// results opens the results file: the one that was named, or, where passwords are
// made that nobody would know otherwise, one beside the person who asks.
func (c *console) results(ctx context.Context, input, output string, needed, dryRun bool) (*roster.Results, error) {
	if output == "" && needed && !dryRun {
		base := filepath.Base(input)
		if input == "-" {
			base = "users"
		}
		output = strings.TrimSuffix(base, filepath.Ext(base)) + "_passwords.csv"
		c.say("🔑 The passwords go to %s", output)
	}
	if output == "" || dryRun && !exists(output) {
		return nil, nil //nolint:nilnil // no results are kept
	}
	if err := c.mayWrite(output); err != nil {
		return nil, err
	}
	results, err := roster.OpenResults(ctx, output, input, hub.SystemClock)
	if err != nil {
		return nil, c.fail("Error: %s", err)
	}
	return results, nil
}

func (c *console) tellResults(r *roster.Results) {
	switch {
	case r == nil:
	case r.Secrets():
		c.say("📁 Saved passwords to: %s", r.Path())
		c.say("⚠️  Keep this file secure, and delete it when the passwords are handed out!")
	default:
		c.say("📁 Saved results to: %s", r.Path())
	}
}

func createTold(update bool) wording {
	return wording{
		command: "create", doing: "Creating",
		plan: map[string]string{
			client.StatusCreated: "To create", client.StatusChanged: "To change", client.StatusUnchanged: "Unchanged", client.StatusExists: "Already exists",
		},
		counters: []counter{
			{"✅ Created", []string{client.StatusCreated}, true, false},
			{"✅ Changed", []string{client.StatusChanged}, update, false},
			{"✅ Unchanged", []string{client.StatusUnchanged}, update, false},
			{"⚠️  Already exist", []string{client.StatusExists}, true, false},
			{"❌ Failed", []string{client.StatusFailed}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusCreated:
				return fmt.Sprintf("✅ Created user: %s (admin=%s)", x.Name, command.PythonBool(x.Admin != nil && *x.Admin)), true
			case client.StatusChanged:
				return "✅ Changed user: " + x.Name, true
			case client.StatusUnchanged:
				return "✅ Unchanged: " + x.Name, true
			case client.StatusExists:
				if x.Message != "" {
					return "⚠️  User already exists: " + x.Name + " (" + x.Message + ")", false
				}
				return "⚠️  User already exists: " + x.Name, true
			}
			return failedTo("create", x), false
		},
	}
}

// failedTo is the line of a row that failed.
func failedTo(what string, x *roster.Item) string {
	message := x.Message
	if x.Line > 0 && x.Bad != "" {
		message = fmt.Sprintf("line %d: %s", x.Line, message)
	}
	return fmt.Sprintf("❌ Failed to %s %s: %s", what, x.Name, message)
}

type deleteFlags struct {
	planFlags
	listFlags
	filterFlags
	yes bool
}

func newDelete(c *console) *cobra.Command {
	var f deleteFlags
	cmd := &cobra.Command{
		Use: "delete [FILE]", Short: "Delete the people of a file, or those whom a filter finds, with their servers",
		Long: `Delete the people of a file, their servers, passwords and tokens. It asks first;
only "yes" goes on. Who does not exist is a warning.

Instead of a file, --group, --name and --state find people: those to whom all that is
given applies. It says how many there are; where there are more when they are deleted,
nothing is done. --confirmed is for scripts, which have looked before.`,
		Example: c.example("delete remove_list.csv", "delete remove_list.csv --yes", "delete remove_list.csv --dry-run",
			"delete --group cs101 --dry-run", "delete --name guest- --state inactive", "delete --group cs101 --confirmed 240"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.delete(c.begin(cmd), args, f) },
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := f.filterFlags.check(); err != nil {
			return err
		}
		switch {
		case !f.given():
			return command.OneFile(cmd, args) //nolint:wrapcheck // told as it is
		case len(args) > 0, f.sheet != "":
			return errors.New("name a file, or say by --group, --name and --state whom, not both")
		}
		return nil
	}
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	f.filterFlags.add(cmd)
	f.planFlags.add(cmd)
	f.listFlags.add(cmd)
	return cmd
}

func (c *console) delete(ctx context.Context, args []string, f deleteFlags) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if f.given() {
		return c.deleteFound(ctx, at, f)
	}
	file, err := c.load(args[0], f.sheet)
	if err != nil {
		return err
	}
	j, err := roster.PlanDelete(ctx, at.hub, file.Rows, roster.Pace{Workers: c.conn.concurrency})
	if err != nil {
		return c.failed(at.access, err)
	}
	agree := func() error { return c.askDelete(j) }
	if f.yes {
		agree = nil
	}
	return c.carryOut(j, deleteTold(), f.planFlags, nil, agree)
}

// deleteFound deletes those whom a filter finds.
func (c *console) deleteFound(ctx context.Context, at *connection, f deleteFlags) error {
	j, err := roster.PlanDeleteFound(ctx, at.hub, f.PeopleFilter, roster.Pace{Workers: c.conn.concurrency})
	if err != nil {
		return c.failed(at.access, err)
	}
	c.tellFound(j, command.Users)
	t := deleteTold()
	t.filtered = true
	return c.carryOut(j, t, f.planFlags, nil, func() error {
		ask := func() error { return c.askDelete(j) }
		if f.yes {
			ask = nil
		}
		return f.confirm(c, j, command.Users(len(j.Items)), ask)
	})
}

func deleteTold() wording {
	return wording{
		command: "delete", doing: "Deleting",
		plan: map[string]string{client.StatusDeleted: "To delete", client.StatusNotFound: "Not found"},
		counters: []counter{
			{"✅ Deleted", []string{client.StatusDeleted}, true, false},
			{"⚠️  Not found", []string{client.StatusNotFound}, true, false},
			{"❌ Failed", []string{client.StatusFailed}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusDeleted:
				return "✅ Deleted user: " + x.Name, true
			case client.StatusNotFound:
				return "⚠️  User not found: " + x.Name, true
			}
			return failedTo("delete", x), false
		},
	}
}

// askDelete says how many people go and names the first few; only "yes" goes on.
func (c *console) askDelete(j *roster.Job) error {
	var names []string
	for _, x := range j.Items {
		if x.Planned() {
			names = append(names, x.Name)
		}
	}
	return c.ask("This deletes "+command.FirstFew(names), "delete "+command.Users(j.Planned()))
}

type setAdminFlags struct {
	planFlags
	listFlags
	file   string
	revoke bool
}

func newSetAdmin(c *console) *cobra.Command {
	var f setAdminFlags
	cmd := &cobra.Command{
		Use: "set-admin [NAME...]", Short: "Grant or revoke administrator's rights",
		Example: c.example("set-admin teacher01", "set-admin teacher01 teacher02 teacher03", "set-admin -f admins.csv",
			"set-admin --revoke student01", "set-admin --revoke -f demote_list.csv"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.setAdmin(c.begin(cmd), args, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "`file` with a username column, instead of names")
	flags.BoolVarP(&f.revoke, "revoke", "r", false, "take the rights away")
	f.planFlags.add(cmd)
	f.listFlags.add(cmd)
	return cmd
}

func (c *console) setAdmin(ctx context.Context, names []string, f setAdminFlags) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.whom(names, f.file, f.sheet)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.fail("No users specified")
	}
	j, err := roster.PlanAdmin(ctx, at.hub, rows, !f.revoke, roster.Pace{Workers: c.conn.concurrency})
	if err != nil {
		return c.failed(at.access, err)
	}
	return c.carryOut(j, setAdminTold(f.revoke), f.planFlags, nil, nil)
}

func setAdminTold(revoke bool) wording {
	doing, doneSo, to := "Granting", "granted", "To grant"
	if revoke {
		doing, doneSo, to = "Revoking", "revoked", "To revoke"
	}
	return wording{
		command: "set-admin", doing: doing + " admin privileges for",
		plan: map[string]string{client.StatusChanged: to, client.StatusUnchanged: "Unchanged", client.StatusNotFound: "❌ Not found"},
		counters: []counter{
			{"✅ Success", []string{client.StatusChanged, client.StatusUnchanged}, true, false},
			{"❌ Failed", []string{client.StatusFailed, client.StatusNotFound}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusChanged, client.StatusUnchanged:
				return "✅ Admin " + doneSo + " for: " + x.Name, true
			case client.StatusNotFound:
				return "❌ User not found: " + x.Name, false
			}
			return failedTo("modify", x), false
		},
	}
}
