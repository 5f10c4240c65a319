package users

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
	"github.com/atriumhub/atrium/internal/peoplefile"
	"github.com/atriumhub/atrium/internal/sheet"
)

// person is what lists and exports tell of somebody: little, since there may be many.
type person struct {
	Name         string   `json:"username"`
	Admin        bool     `json:"admin"`
	Groups       []string `json:"groups"`
	Created      string   `json:"created"`       // RFC 3339; empty for unknown
	LastActivity string   `json:"last_activity"` // … for never

	// Of Atrium alone.
	Suspended  *bool  `json:"suspended,omitempty"`
	MustChange *bool  `json:"must_change_password,omitempty"`
	Password   string `json:"password,omitempty"` // "set", "unset" or "unclaimed"
}

// everybody reads the hub's people.
func everybody(ctx context.Context, at *talk.Connection) ([]person, error) {
	var all []person
	for u, err := range at.Client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return nil, err
		}
		p := person{Name: u.Name, Admin: u.Admin, Created: talk.Moment(u.Created), LastActivity: talk.Moment(u.LastActivity)}
		p.Groups = append([]string{}, u.Groups...)
		slices.Sort(p.Groups)
		if at.Hub.Atrium {
			p.Suspended, p.MustChange, p.Password = &u.Suspended, &u.MustChangePassword, u.Password
		}
		all = append(all, p)
	}
	return all, nil
}

// chosen says which people a list or an export has; all for the zero value.
type chosen struct {
	group   string
	without bool // a password
}

func (f *chosen) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.group, "group", "", "only the people of this `group`")
	cmd.Flags().BoolVar(&f.without, "without-password", false, "only those who have no password")
}

// choose reads the people who are meant.
func (c commands) choose(ctx context.Context, at *talk.Connection, f chosen) ([]person, error) {
	all, err := everybody(ctx, at)
	if err != nil {
		return nil, c.Failed(at, err)
	}
	if f.without && !slices.ContainsFunc(all, func(p person) bool { return p.Password != "" }) {
		why := "only Atrium tells, and this is a JupyterHub"
		if at.Hub.Atrium {
			why = "the token from " + at.TokenFrom + " may not know it: that takes admin:users"
		}
		return nil, c.Fail("Error: who has a password is not known: %s", why)
	}
	return slices.DeleteFunc(all, func(p person) bool {
		return f.group != "" && !slices.Contains(p.Groups, f.group) || f.without && (p.Password == "" || p.Password == "set")
	}), nil
}

func newList(c commands) *cobra.Command {
	var f chosen
	cmd := &cobra.Command{
		Use: "list", Short: "List all people, with their groups, and who has no password yet",
		Long: `List all people, or those of a group: administrators, groups, when they were here last.
On Atrium, to those who may administer them, it also says who has no password yet: the
first login sets it. For who has 'no password' and can no more set it so, 'set-passwords'
does.`,
		Example: c.Example("list", "list --group cs101", "list --group cs101 --without-password", "list --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.list(c.Begin(cmd), f) },
	}
	f.add(cmd)
	return cmd
}

func (c commands) list(ctx context.Context, f chosen) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := c.choose(ctx, at, f)
	if err != nil {
		return err
	}
	if c.JSON {
		if all == nil {
			all = []person{}
		}
		return c.Answer(all)
	}
	out := bufio.NewWriter(c.Env.Out)
	switch {
	case len(all) == 0:
		fmt.Fprintln(out, "No users found")
	case c.Script:
		listPlain(out, all)
	default:
		listPeople(out, all)
	}
	return talk.Flush(out)
}

// listPlain is the list as the scripts had it.
func listPlain(out io.Writer, all []person) {
	fmt.Fprintf(out, "\n📋 Total users: %d\n\n%s %s %s\n%s\n", len(all), command.Pad("Username", 20), command.Pad("Admin", 10), command.Pad("Last Activity", 25), strings.Repeat("-", 60))
	for _, p := range all {
		fmt.Fprintf(out, "%s %s %s\n", command.Pad(command.Printable(p.Name), 20), command.Pad(p.tick(), 10), command.Pad(command.ShortTime(p.LastActivity, "Never"), 25))
	}
}

// listPeople writes a table whose columns are as wide as they need to be, without those that say nothing.
func listPeople(out io.Writer, all []person) {
	missing := 0
	rows := [][]string{{"Username", "Admin", "Groups", "Password", "Last Activity"}}
	shown := []bool{true, true, false, false, true}
	for _, p := range all {
		shown[2], shown[3] = shown[2] || len(p.Groups) > 0, shown[3] || p.Password != ""
		if p.Password != "" && p.Password != "set" {
			missing++
		}
		rows = append(rows, []string{command.Printable(p.Name), p.tick(), command.FirstFew(p.Groups), p.password(), command.ShortTime(p.LastActivity, "Never")})
	}
	fmt.Fprintf(out, "\n📋 Total users: %d\n", len(all))
	if missing > 0 {
		fmt.Fprintf(out, "🔑 Without a password: %d\n", missing)
	}
	fmt.Fprintln(out)
	writeColumns(out, rows, shown, []int{20, 10, 0, 0, 0})
}

// writeColumns writes the columns that are shown, at least so wide, below a ruled header.
func writeColumns(out io.Writer, rows [][]string, shown []bool, widths []int) {
	const widest = 40
	total := -1
	for i := range widths {
		for _, row := range rows {
			widths[i] = max(widths[i], min(utf8.RuneCountInString(row[i]), widest))
		}
		if shown[i] {
			total += widths[i] + 1
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			if shown[column] {
				line.WriteString(command.Pad(cell, widths[column]) + " ")
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
		if i == 0 {
			fmt.Fprintln(out, strings.Repeat("-", total))
		}
	}
}

func (p person) tick() string {
	if p.Admin {
		return "✓"
	}
	return ""
}

// password says what a teacher asks before a lesson; nothing where all is well.
func (p person) password() string {
	switch {
	case p.Password == "unclaimed":
		return "no password yet"
	case p.Password == "unset":
		return "no password"
	case p.MustChange != nil && *p.MustChange:
		return "to be changed"
	}
	return ""
}

func newExport(c commands) *cobra.Command {
	var f chosen
	var force bool
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write all people to a file, which create can restore",
		Long: `Write all people, or those of a group, to a CSV file, or an Excel file where the name
ends in .xlsx: username, admin, created, last_activity; groups where somebody is in one;
and password_state (set, unset, or unclaimed: the first login sets it) where the hub
tells it.

'create' takes such a file as it is: people, administrators and groups come back.
Passwords are not in it. A file of that name is replaced if it is an export, too;
otherwise it asks.`,
		Example: c.Example("export all_users.csv", "export users_backup_$(date +%Y%m%d).xlsx", "export no_password.csv --group cs101 --without-password"),
		Args:    command.OneFile,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.export(c.Begin(cmd), args[0], f, force) },
	}
	f.add(cmd)
	talk.AddForce(cmd, &force)
	return cmd
}

func (c commands) export(ctx context.Context, path string, f chosen, force bool) error {
	if err := c.MayReplace(ctx, path, force, isExport); err != nil {
		return err
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := c.choose(ctx, at, f)
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		c.Say("No users to export")
		return nil
	}
	if err := writePeople(path, all, !c.Script); err != nil {
		return c.Fail("Error saving file: %s", err)
	}
	c.Say("✅ Saved %s to %s", command.Users(len(all)), path)
	if c.JSON {
		return c.Answer(map[string]any{"command": "export", "file": path, "users": len(all)})
	}
	return nil
}

// isExport tells an earlier export of people by its columns.
func isExport(t *sheet.Table) bool {
	return talk.HasColumns(t, "username", "created", "last_activity") && talk.OnlyColumns(t, "username", "admin", "created", "last_activity", "groups", "password_state")
}

func writePeople(path string, all []person, passwords bool) error {
	grouped, known := false, false
	for _, p := range all {
		grouped, known = grouped || len(p.Groups) > 0, known || p.Password != ""
	}
	return talk.WriteTable(path, func(write func(...string) error) error {
		row := func(name, admin, created, active, groups, password string) error {
			cells := []string{name, admin, created, active}
			if grouped {
				cells = append(cells, groups)
			}
			if known && passwords {
				cells = append(cells, password)
			}
			return write(cells...)
		}
		err := row("username", "admin", "created", "last_activity", "groups", "password_state")
		for _, p := range all {
			if err != nil {
				return err
			}
			err = row(p.Name, strconv.FormatBool(p.Admin), p.Created, p.LastActivity, peoplefile.FormatGroups(p.Groups), p.Password)
		}
		return err
	})
}
