package users

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

type passwordFlags struct {
	roster.PasswordOptions
	jobs.PlanFlags
	jobs.ListFlags
	output, namespace string
	keep              bool
}

func newSetPasswords(c commands) *cobra.Command {
	var f passwordFlags
	cmd := &cobra.Command{
		Use: "set-passwords FILE", Short: "Set the passwords of people who exist",
		Long: `Set passwords: those of the file's password column, and with --generate new ones for
everybody else in it. Unless --no-force-change is given, each must be changed at the
next login. Whoever is logged in is logged out.

Passwords that are made are in the results file (readable for you alone) before the
hub knows them. A run that was cut off is finished by the same command.`,
		Example: c.Example("set-passwords users_with_passwords.csv", "set-passwords users.csv --generate -o passwords_output.csv",
			`set-passwords users.csv --generate --default-password "Welcome123"`, "set-passwords users.csv --no-force-change"),
		Args: command.OneFile,
		RunE: func(cmd *cobra.Command, args []string) error { return c.setPasswords(c.Begin(cmd), args[0], f) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.Generate, "generate", "g", false, "make passwords for those without one in the file")
	flags.StringVarP(&f.Default, "default-password", "p", "", "with --generate: this `password` for all, instead of random ones")
	flags.BoolVar(&f.keep, "no-force-change", false, "passwords need not be changed at the next login")
	flags.StringVarP(&f.output, "output", "o", "", "`file` for a result per person, with the passwords")
	addNamespace(cmd, &f.namespace)
	jobs.AddAllowOdd(cmd, &f.AllowOdd)
	f.PlanFlags.Add(cmd)
	f.ListFlags.Add(cmd)
	return cmd
}

// addNamespace adds the scripts' flag for kubectl, which nothing needs any more.
func addNamespace(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVarP(into, "namespace", "n", "jupyterhub", "not needed any more, and ignored")
}

func (c commands) setPasswords(ctx context.Context, path string, f passwordFlags) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	file, err := c.Load(path, f.Sheet)
	if err != nil {
		return err
	}
	if !f.Generate && !hasPassword(file.Rows) {
		c.Complain("⚠️  No password column found. Use --generate to make random passwords,")
		c.Complain("   or add a 'password' column to %s.", path)
		return &command.StatusError{Status: command.ExitNotStart}
	}
	f.MustChange, f.Workers = !f.keep, c.Workers()
	if f.Results, err = c.results(ctx, path, f.output, f.Generate && f.Default == "", f.DryRun); err != nil {
		return err
	}
	defer f.Results.Close()
	j, err := roster.PlanPasswords(ctx, at.Hub, file.Rows, f.PasswordOptions)
	if err != nil {
		return c.Failed(at, err)
	}
	return c.CarryOut(j, passwordsTold(f.MustChange), f.PlanFlags, f.Results, nil)
}

func passwordsTold(force bool) jobs.Wording {
	forced := ""
	if force {
		forced = " (force change)"
	}
	return jobs.Wording{
		Command: "set-passwords", Doing: "Setting passwords for",
		Plan: map[string]string{client.StatusChanged: "To set", client.StatusNotFound: "❌ Not found", roster.StatusSkipped: "Skipped"},
		Counters: []jobs.Counter{
			{Label: "✅ Success", Statuses: []string{client.StatusChanged}, Always: true},
			{Label: "⏭️  Skipped", Statuses: []string{roster.StatusSkipped}},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusChanged:
				return "✅ Set password for: " + x.Name + forced, true
			case roster.StatusSkipped:
				return "⚠️  Skipping " + x.Name + ": " + x.Message, x.Message != roster.NoPassword
			case client.StatusNotFound:
				return "❌ Failed: " + x.Name + ": there is no such user", false
			}
			return "❌ Failed: " + jobs.BadRow(x), false
		},
	}
}

func hasPassword(rows []roster.Row) bool {
	for _, row := range rows {
		if row.Password != "" {
			return true
		}
	}
	return false
}
