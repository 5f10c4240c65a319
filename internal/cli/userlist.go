package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/people"
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
func (at *connection) everybody(ctx context.Context) ([]person, error) {
	var all []person
	for u, err := range at.client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return nil, err
		}
		p := person{Name: u.Name, Admin: u.Admin, Groups: u.Groups, Created: moment(u.Created), LastActivity: moment(u.LastActivity)}
		if p.Groups == nil {
			p.Groups = []string{}
		}
		if at.hub.Atrium {
			p.Suspended, p.MustChange, p.Password = &u.Suspended, &u.MustChangePassword, u.Password
		}
		all = append(all, p)
	}
	return all, nil
}

// moment writes a time as hubs do.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func newList(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all people",
		Example: c.example("list", "list --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.list(c.begin(cmd)) },
	}
}

func (c *console) list(ctx context.Context) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	all, err := at.everybody(ctx)
	if err != nil {
		return c.failed(at.access, err)
	}
	if c.json {
		if all == nil {
			all = []person{}
		}
		return c.answer(all)
	}
	out := bufio.NewWriter(c.env.out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No users found")
		return flush(out)
	}
	fmt.Fprintf(out, "\n📋 Total users: %d\n\n%s %s %s\n%s\n", len(all), pad("Username", 20), pad("Admin", 10), pad("Last Activity", 25), strings.Repeat("-", 60))
	for _, p := range all {
		admin := ""
		if p.Admin {
			admin = "✓"
		}
		fmt.Fprintf(out, "%s %s %s\n", pad(printable(p.Name), 20), pad(admin, 10), pad(shortTime(p.LastActivity, "Never"), 25))
	}
	return flush(out)
}

func flush(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func newExport(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "export FILE", Short: "Write all people to a file, which create can restore",
		Long: `Write all people to a CSV file, or an Excel file where the name ends in .xlsx:
username, admin, created, last_activity, and groups where somebody is in one.

'create' takes such a file as it is: people, administrators and groups come back.
Passwords are not in it.`,
		Example: c.example("export all_users.csv", "export users_backup_$(date +%Y%m%d).xlsx"),
		Args:    oneFile,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.export(c.begin(cmd), args[0]) },
	}
}

func (c *console) export(ctx context.Context, path string) error {
	if err := c.mayWrite(path); err != nil {
		return err
	}
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	all, err := at.everybody(ctx)
	switch {
	case err != nil:
		return c.failed(at.access, err)
	case len(all) == 0:
		c.say("No users to export")
		return nil
	}
	if err := writePeople(path, all); err != nil {
		return c.fail("Error saving file: %s", err)
	}
	c.say("✅ Saved %s to %s", users(len(all)), path)
	if c.json {
		return c.answer(map[string]any{"command": "export", "file": path, "users": len(all)})
	}
	return nil
}

// mayWrite refuses a name that promises what cannot be written.
func (c *console) mayWrite(path string) error {
	if strings.EqualFold(filepath.Ext(path), ".xls") {
		return c.fail("Error saving file: %s: Excel files are written as .xlsx: use that ending, or .csv", path)
	}
	return nil
}

func writePeople(path string, all []person) error {
	w, err := sheet.Create(path, sheet.CreateOptions{})
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	defer w.Abort()
	header := []string{"username", "admin", "created", "last_activity"}
	grouped := false
	for _, p := range all {
		grouped = grouped || len(p.Groups) > 0
	}
	if grouped {
		header = append(header, "groups")
	}
	err = w.Write(header...)
	for _, p := range all {
		if err != nil {
			return err
		}
		cells := []string{p.Name, strconv.FormatBool(p.Admin), p.Created, p.LastActivity}
		if grouped {
			cells = append(cells, people.FormatGroups(p.Groups))
		}
		err = w.Write(cells...)
	}
	if err != nil {
		return err
	}
	return w.Close() //nolint:wrapcheck // it names the file
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
