package users

import (
	"bufio"
	"context"
	"errors"
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

	Quota *client.Quota `json:"quota,omitempty"` // of hubs with quotas, where the token may know them
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
	return all, addQuotas(ctx, at, all)
}

// addQuotas adds what people have, where there are quotas and the token may know of them.
func addQuotas(ctx context.Context, at *talk.Connection, all []person) error {
	if !at.Hub.Atrium {
		return nil
	}
	has := map[string]*client.Quota{}
	for q, err := range at.Client.Quotas(ctx) {
		if errors.Is(err, client.ErrNoQuotas) || client.IsForbidden(err) {
			return nil
		}
		if err != nil {
			return err
		}
		has[q.Username] = &q
	}
	for i := range all {
		all[i].Quota = has[all[i].Name]
	}
	return nil
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
	rows := [][]string{{"Username", "Admin", "Groups", "Password", "Quota", "Last Activity"}}
	shown := []bool{true, true, false, false, false, true}
	for _, p := range all {
		shown[2], shown[3], shown[4] = shown[2] || len(p.Groups) > 0, shown[3] || p.Password != "", shown[4] || p.Quota != nil
		if p.Password != "" && p.Password != "set" {
			missing++
		}
		rows = append(rows, []string{command.Printable(p.Name), p.tick(), command.FirstFew(p.Groups), p.password(), p.quota(), command.ShortTime(p.LastActivity, "Never")})
	}
	fmt.Fprintf(out, "\n📋 Total users: %d\n", len(all))
	if missing > 0 {
		fmt.Fprintf(out, "🔑 Without a password: %d\n", missing)
	}
	fmt.Fprintln(out)
	writeColumns(out, rows, shown, []int{20, 10, 0, 0, 0, 0})
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

// quota is what they may spend.
func (p person) quota() string {
	if p.Quota == nil {
		return ""
	}
	return quotaCell(*p.Quota)
}

func newExport(c commands) *cobra.Command {
	var f chosen
	var force bool
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write all people to a file, which create can restore",
		Long: `Write all people, or those of a group, to a CSV file, or an Excel file where the name
ends in .xlsx: username, admin, created, last_activity; groups where somebody is in one;
password_state (set, unset, or unclaimed: the first login sets it) where the hub tells
it; and quota on hubs with quotas, in whole credits, empty for who is unlimited.

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
	return talk.HasColumns(t, "username", "created", "last_activity") && talk.OnlyColumns(t, "username", "admin", "created", "last_activity", "groups", "password_state", "quota")
}

// exported are the columns of an export, with what each says of somebody.
func exported(all []person, more bool) (names []string, cells []func(person) string) {
	add := func(name string, shown bool, cell func(person) string) {
		if shown {
			names, cells = append(names, name), append(cells, cell)
		}
	}
	some := func(has func(person) bool) bool { return slices.ContainsFunc(all, has) }
	add("username", true, func(p person) string { return p.Name })
	add("admin", true, func(p person) string { return strconv.FormatBool(p.Admin) })
	add("created", true, func(p person) string { return p.Created })
	add("last_activity", true, func(p person) string { return p.LastActivity })
	add("groups", some(func(p person) bool { return len(p.Groups) > 0 }), func(p person) string { return peoplefile.FormatGroups(p.Groups) })
	add("password_state", more && some(func(p person) bool { return p.Password != "" }), func(p person) string { return p.Password })
	add("quota", more && some(func(p person) bool { return p.Quota != nil }), func(p person) string {
		if p.Quota != nil && p.Quota.Unlimited {
			return ""
		}
		return p.quota()
	})
	return names, cells
}

// writePeople writes an export; more than the scripts had, where it is asked for.
func writePeople(path string, all []person, more bool) error {
	return talk.WriteTable(path, func(write func(...string) error) error {
		names, cells := exported(all, more)
		err := write(names...)
		for _, p := range all {
			if err != nil {
				return err
			}
			row := make([]string, len(cells))
			for i, cell := range cells {
				row[i] = cell(p)
			}
			err = write(row...)
		}
		return err
	})
}
