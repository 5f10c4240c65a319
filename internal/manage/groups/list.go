package groups

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
	"github.com/atriumhub/atrium/internal/sheet"
)

// groupShown is what lists tell of a group.
type groupShown struct {
	Name       string         `json:"name"`
	Users      []string       `json:"users"`
	Roles      []string       `json:"roles,omitempty"`
	Properties map[string]any `json:"properties"`
}

func newGroupsList(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all groups, with the people in them",
		Long:    `List all groups, with the first few of the people in them. --json has all.`,
		Example: c.Example("list", "list --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listGroups(c.Begin(cmd)) },
	}
}

// groupsOf reads the hub's groups, by name.
func groupsOf(ctx context.Context, at *talk.Connection) ([]client.Group, error) {
	var all []client.Group
	for g, err := range at.Client.Groups(ctx) {
		if err != nil {
			return nil, err
		}
		slices.Sort(g.Users)
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b client.Group) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (c commands) listGroups(ctx context.Context) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := groupsOf(ctx, at)
	if err != nil {
		return c.Failed(at, err)
	}
	if c.JSON {
		shown := make([]groupShown, len(all))
		for i, g := range all {
			shown[i] = groupShown{g.Name, append([]string{}, g.Users...), g.Roles, g.Properties}
			if g.Properties == nil {
				shown[i].Properties = map[string]any{}
			}
		}
		return c.Answer(shown)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No groups found")
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Total groups: %d\n\n%s %s %s\n%s\n", len(all), command.Pad("Group", 20), command.Pad("People", 10), "Who", strings.Repeat("-", 60))
	for _, g := range all {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%s %s %s", command.Pad(command.Printable(g.Name), 20), command.Pad(strconv.Itoa(len(g.Users)), 10), command.Printable(command.FirstFew(g.Users))), " "))
	}
	return talk.Flush(out)
}

func newGroupsExport(c commands) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write all groups to a file, which add can restore",
		Long: `Write all groups to a CSV file, or an Excel file where the name ends in .xlsx, with a
row for each person in each group: group, username, and properties (JSON, in the first
row of a group) where a group has any. A group without people has a row without a name.

'atrium groups add -f FILE' takes such a file as it is. A file of that name is replaced
if it is an export of groups, too; otherwise it asks.`,
		Example: c.Example("export groups.csv", "export groups_backup_$(date +%Y%m%d).xlsx"),
		Args:    command.OneFile,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.exportGroups(c.Begin(cmd), args[0], force) },
	}
	talk.AddForce(cmd, &force)
	return cmd
}

func (c commands) exportGroups(ctx context.Context, path string, force bool) error {
	isExport := func(t *sheet.Table) bool {
		return talk.HasColumns(t, "group", "username") && talk.OnlyColumns(t, "group", "username", "properties")
	}
	if err := c.MayReplace(ctx, path, force, isExport); err != nil {
		return err
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := groupsOf(ctx, at)
	switch {
	case err != nil:
		return c.Failed(at, err)
	case len(all) == 0:
		c.Say("No groups to export")
		return nil
	}
	if err := writeGroups(path, all); err != nil {
		return c.Fail("Error saving file: %s", err)
	}
	c.Say("✅ Saved %s to %s", command.Groups(len(all)), path)
	if c.JSON {
		return c.Answer(map[string]any{"command": "groups export", "file": path, "groups": len(all)})
	}
	return nil
}

func writeGroups(path string, all []client.Group) error {
	described := false
	for _, g := range all {
		described = described || len(g.Properties) > 0
	}
	return talk.WriteTable(path, func(write func(...string) error) error {
		row := func(cells ...string) error {
			if !described {
				cells = cells[:2]
			}
			return write(cells...)
		}
		if err := row("group", "username", "properties"); err != nil {
			return err
		}
		for _, g := range all {
			if err := writeGroup(row, g); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeGroup writes a row for each person in a group, and one for a group without people.
func writeGroup(row func(...string) error, g client.Group) error {
	properties := ""
	if len(g.Properties) > 0 {
		text, err := json.Marshal(g.Properties)
		if err != nil {
			return fmt.Errorf("write the properties of %s: %w", g.Name, err)
		}
		properties = string(text)
	}
	members := g.Users
	if len(members) == 0 {
		members = []string{""}
	}
	for _, name := range members {
		if err := row(g.Name, name, properties); err != nil {
			return err
		}
		properties = ""
	}
	return nil
}
