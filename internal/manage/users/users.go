package users

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium users', on one console.
type commands struct{ jobs.Runner }

// New is 'atrium users'.
func New(e *command.Env) *cobra.Command {
	c := commands{jobs.NewRunner(e, "atrium users")}
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
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newTemplate(c, "template"))
	c.addUserCommands(cmd)
	return cmd
}

// addUserCommands adds what the scripts' manage_users has.
func (c commands) addUserCommands(cmd *cobra.Command) {
	cmd.AddCommand(newCreate(c), newDelete(c), newList(c), newExport(c), newSetAdmin(c), newSetPasswords(c),
		newSetQuota(c), newAddQuota(c), newListQuota(c))
}

type createFlags struct {
	roster.CreateOptions
	jobs.PlanFlags
	jobs.ListFlags
	rosterFlags
	output      string
	force, keep bool
}

func newCreate(c commands) *cobra.Command {
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
		Example: c.Example("create users.csv", "create users.csv --dry-run", "create users.xlsx --generate --output passwords.csv",
			"create users.csv --generate --force-change -o passwords.xlsx", "create backup.xlsx --update",
			"create class.xlsx --sheet 'Class 5a' --group cs101", "create class.csv --exact --group cs101 --dry-run"),
		Args: command.OneFile,
		RunE: func(cmd *cobra.Command, args []string) error { return c.create(c.Begin(cmd), args[0], f) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.Generate, "generate", "g", false, "make passwords for those without one in the file")
	flags.StringVarP(&f.Default, "default-password", "p", "", "with --generate: this `password` for all, instead of random ones")
	flags.StringVarP(&f.output, "output", "o", "", "`file` for a result per person, with the passwords")
	flags.BoolVar(&f.Update, "update", false, "change who exists to what the file says")
	flags.BoolVar(&f.force, "force-change", false, "passwords must be changed at the first login")
	flags.BoolVar(&f.keep, "no-force-change", false, "passwords may be kept (as by default)")
	jobs.AddAllowOdd(cmd, &f.AllowOdd)
	f.PlanFlags.Add(cmd)
	f.ListFlags.Add(cmd)
	f.rosterFlags.add(cmd)
	return cmd
}

func (c commands) create(ctx context.Context, path string, f createFlags) error {
	if f.force && f.keep {
		return &command.UsageError{Err: errors.New("--force-change and --no-force-change exclude each other")}
	}
	if err := f.check(); err != nil {
		return err
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	file, err := c.Load(path, f.Sheet)
	if err != nil {
		return err
	}
	f.MustChange, f.Workers = f.force, c.Workers()
	if f.Results, err = c.results(ctx, path, f.output, f.Generate && f.Default == "", f.DryRun); err != nil {
		return err
	}
	defer f.Results.Close()
	if err := c.createIn(ctx, at, file.Rows, f); err != nil || f.DryRun {
		return err
	}
	c.tellOffered(ctx, at, file.Rows)
	return nil
}

// createIn makes people, and brings a group to what the file says where one is named.
func (c commands) createIn(ctx context.Context, at *talk.Connection, rows []roster.Row, f createFlags) error {
	if f.group != "" {
		return c.createRoster(ctx, at, rows, f)
	}
	j, err := roster.PlanCreate(ctx, at.Hub, rows, f.CreateOptions)
	if err != nil {
		return c.Failed(at, err)
	}
	c.warnOpen(at, j)
	return c.CarryOut(j, createTold(f.Update), f.PlanFlags, f.Results, nil)
}

// warnOpen warns of people who are to be made without a password in a file that has some for others.
func (c commands) warnOpen(at *talk.Connection, j *roster.Job) {
	var open []string
	for _, x := range j.Items {
		if x.Planned() && x.Status == client.StatusCreated && x.Password == "" {
			open = append(open, x.Name)
		}
	}
	if at.Hub.Atrium && !c.Script && len(open) > 0 && slices.ContainsFunc(j.Items, func(x *roster.Item) bool { return x.Password != "" }) {
		c.Warn("no password in the file for %s: the first login by such a name may set it; --generate makes one", command.FirstFew(open))
	}
}

// results opens the results file: the one that was named, or, where passwords are
// made that nobody would know otherwise, one beside the person who asks.
func (c commands) results(ctx context.Context, input, output string, needed, dryRun bool) (*roster.Results, error) {
	if output == "" && needed && !dryRun {
		base := filepath.Base(input)
		if input == "-" {
			base = "users"
		}
		output = strings.TrimSuffix(base, filepath.Ext(base)) + "_passwords.csv"
		c.Say("🔑 The passwords go to %s", output)
	}
	if output == "" || dryRun && !exists(output) {
		return nil, nil //nolint:nilnil // no results are kept
	}
	if err := c.MayWrite(output); err != nil {
		return nil, err
	}
	results, err := roster.OpenResults(ctx, output, input, hub.SystemClock)
	if err != nil {
		return nil, c.Fail("Error: %s", err)
	}
	return results, nil
}

func createTold(update bool) jobs.Wording {
	return jobs.Wording{
		Command: "create", Doing: "Creating",
		Plan: map[string]string{
			client.StatusCreated: "To create", client.StatusChanged: "To change", client.StatusUnchanged: "Unchanged", client.StatusExists: "Already exists",
		},
		Counters: []jobs.Counter{
			{Label: "✅ Created", Statuses: []string{client.StatusCreated}, Always: true},
			{Label: "✅ Changed", Statuses: []string{client.StatusChanged}, Always: update},
			{Label: "✅ Unchanged", Statuses: []string{client.StatusUnchanged}, Always: update},
			{Label: "⚠️  Already exist", Statuses: []string{client.StatusExists}, Always: true},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
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
			return jobs.FailedTo("create", x), false
		},
	}
}

type deleteFlags struct {
	jobs.PlanFlags
	jobs.ListFlags
	jobs.FilterFlags
	yes bool
}

func newDelete(c commands) *cobra.Command {
	var f deleteFlags
	cmd := &cobra.Command{
		Use: "delete [FILE]", Short: "Delete the people of a file, or those whom a filter finds, with their servers",
		Long: `Delete the people of a file, their servers, passwords and tokens. It asks first;
only "yes" goes on. Who does not exist is a warning.

Instead of a file, --group, --name and --state find people: those to whom all that is
given applies. It says how many there are; where there are more when they are deleted,
nothing is done. --confirmed is for scripts, which have looked before.`,
		Example: c.Example("delete remove_list.csv", "delete remove_list.csv --yes", "delete remove_list.csv --dry-run",
			"delete --group cs101 --dry-run", "delete --name guest- --state inactive", "delete --group cs101 --confirmed 240"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.delete(c.Begin(cmd), args, f) },
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := f.FilterFlags.Check(cmd); err != nil {
			return err
		}
		switch {
		case !f.Given() && len(args) == 0 && !c.Script:
			return errors.New("say whom: by a FILE, or by --group, --name and --state")
		case !f.Given():
			return command.OneFile(cmd, args) //nolint:wrapcheck // told as it is
		case len(args) > 0, f.Sheet != "":
			return errors.New("name a file, or say by --group, --name and --state whom, not both")
		}
		return nil
	}
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	f.FilterFlags.Add(cmd)
	f.PlanFlags.Add(cmd)
	f.ListFlags.Add(cmd)
	return cmd
}

func (c commands) delete(ctx context.Context, args []string, f deleteFlags) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	if f.Given() {
		return c.deleteFound(ctx, at, f)
	}
	file, err := c.Load(args[0], f.Sheet)
	if err != nil {
		return err
	}
	j, err := roster.PlanDelete(ctx, at.Hub, file.Rows, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Failed(at, err)
	}
	agree := func() error { return c.askDelete(j) }
	if f.yes {
		agree = nil
	}
	return c.CarryOut(j, deleteTold(), f.PlanFlags, nil, agree)
}

// deleteFound deletes those whom a filter finds.
func (c commands) deleteFound(ctx context.Context, at *talk.Connection, f deleteFlags) error {
	j, err := roster.PlanDeleteFound(ctx, at.Hub, f.PeopleFilter, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Failed(at, err)
	}
	t := deleteTold()
	t.Filtered = true
	if over, err := c.TellFound(at, f.FilterFlags, j, command.Users, t, f.DryRun); over {
		return err
	}
	return c.CarryOut(j, t, f.PlanFlags, nil, func() error {
		ask := func() error { return c.askDelete(j) }
		if f.yes {
			ask = nil
		}
		return c.Confirm(f.FilterFlags, j, command.Users(len(j.Items)), ask)
	})
}

func deleteTold() jobs.Wording {
	return jobs.Wording{
		Command: "delete", Doing: "Deleting",
		Plan: map[string]string{client.StatusDeleted: "To delete", client.StatusNotFound: "Not found"},
		Counters: []jobs.Counter{
			{Label: "✅ Deleted", Statuses: []string{client.StatusDeleted}, Always: true},
			{Label: "⚠️  Not found", Statuses: []string{client.StatusNotFound}, Always: true},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusDeleted:
				return "✅ Deleted user: " + x.Name, true
			case client.StatusNotFound:
				return "⚠️  User not found: " + x.Name, true
			}
			return jobs.FailedTo("delete", x), false
		},
	}
}

// askDelete says how many people go and names the first few; only "yes" goes on.
func (c commands) askDelete(j *roster.Job) error {
	var names []string
	for _, x := range j.Items {
		if x.Planned() {
			names = append(names, x.Name)
		}
	}
	return c.Ask("This deletes "+command.FirstFew(names), "delete "+command.Users(j.Planned()))
}

type setAdminFlags struct {
	jobs.PlanFlags
	jobs.ListFlags
	file   string
	revoke bool
}

func newSetAdmin(c commands) *cobra.Command {
	var f setAdminFlags
	cmd := &cobra.Command{
		Use: "set-admin [NAME...]", Short: "Grant or revoke administrator's rights",
		Example: c.Example("set-admin teacher01", "set-admin teacher01 teacher02 teacher03", "set-admin -f admins.csv",
			"set-admin --revoke student01", "set-admin --revoke -f demote_list.csv"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.setAdmin(c.Begin(cmd), args, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "`file` with a username column, instead of names")
	flags.BoolVarP(&f.revoke, "revoke", "r", false, "take the rights away")
	f.PlanFlags.Add(cmd)
	f.ListFlags.Add(cmd)
	return cmd
}

func (c commands) setAdmin(ctx context.Context, names []string, f setAdminFlags) error {
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
	j, err := roster.PlanAdmin(ctx, at.Hub, rows, !f.revoke, roster.Pace{Workers: c.Workers()})
	if err != nil {
		return c.Failed(at, err)
	}
	return c.CarryOut(j, setAdminTold(f.revoke), f.PlanFlags, nil, nil)
}

func setAdminTold(revoke bool) jobs.Wording {
	doing, doneSo, to := "Granting", "granted", "To grant"
	if revoke {
		doing, doneSo, to = "Revoking", "revoked", "To revoke"
	}
	return jobs.Wording{
		Command: "set-admin", Doing: doing + " admin privileges for",
		Plan: map[string]string{client.StatusChanged: to, client.StatusUnchanged: "Unchanged", client.StatusNotFound: "❌ Not found"},
		Counters: []jobs.Counter{
			{Label: "✅ Success", Statuses: []string{client.StatusChanged, client.StatusUnchanged}, Always: true},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusChanged, client.StatusUnchanged:
				return "✅ Admin " + doneSo + " for: " + x.Name, true
			case client.StatusNotFound:
				return "❌ User not found: " + x.Name, false
			}
			return jobs.FailedTo("modify", x), false
		},
	}
}

// tellOffered says that people of the file have namesakes whose homes are nobody's. Nothing
// else depends on it: a hub that does not say, or may not, is left alone.
func (c commands) tellOffered(ctx context.Context, at *talk.Connection, rows []roster.Row) {
	if c.Script {
		return
	}
	listed := make(map[string]bool, len(rows))
	for _, row := range rows {
		listed[row.Name] = true
	}
	var whose []string
	for h, err := range at.Client.Homes(ctx, client.HomeQuery{Offered: true}) {
		if err != nil {
			return
		}
		if listed[h.LastOwner] {
			whose = append(whose, h.LastOwner)
		}
	}
	if n := len(whose); n > 0 {
		slices.Sort(whose)
		c.Say("ℹ️  Homes of earlier people of the same names, which nobody gets by themselves: %d, of %s. See atrium homes list --offered",
			n, command.FirstFew(slices.Compact(whose)))
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// NewTemplateScript is the command line of the script that wrote templates.
func NewTemplateScript(e *command.Env, use, program string) *cobra.Command {
	c := commands{jobs.NewRunner(e, program)}
	c.Script = true
	cmd := newTemplate(c, use)
	cmd.Flags().BoolVar(&c.Quiet, "quiet", false, "tell of errors only")
	return cmd
}

// AddScriptCommands adds to a script's command line what manage_users has, with its flags.
func AddScriptCommands(e *command.Env, root *cobra.Command, program string) {
	c := commands{jobs.NewRunner(e, program)}
	c.Script = true
	c.AddFlags(root.PersistentFlags())
	c.addUserCommands(root)
}
