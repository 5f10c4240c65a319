package talk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/sheet"
)

// AddForce adds the flag of commands that write a file.
func AddForce(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "force", false, "replace a file of that name without being asked")
}

// MayWrite refuses a name that promises what cannot be written.
func (c *Console) MayWrite(path string) error {
	if err := sheet.Writable(path); err != nil {
		return c.Fail("Error saving file: %s", err)
	}
	return nil
}

// MayReplace asks before a file is replaced in which there may be somebody's work: any but one that spare tells to be of
// the command's own making. Under the scripts' names nobody is asked, as they never asked.
func (c *Console) MayReplace(ctx context.Context, path string, force bool, spare func(*sheet.Table) bool) error {
	if err := c.MayWrite(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || force || c.Script {
		return nil //nolint:nilerr // there is nothing to lose; what is wrong with the name, writing tells
	}
	content := "which is no list that can be read"
	if table, err := sheet.ReadAll(ctx, path, sheet.Options{}); err == nil {
		if _, others := table.Sheet(); len(others) == 0 && len(table.Bad) == 0 && spare(table) {
			return nil
		}
		content = fmt.Sprintf("with %s and the columns %s", command.Counted(len(table.Rows), "row"), command.FirstFew(table.Header()))
	}
	return c.askUnless("--force", fmt.Sprintf("There is a file %s already, %s.", path, content), "replace "+filepath.Base(path))
}

// HasColumns tells whether a table has all of the columns.
func HasColumns(t *sheet.Table, columns ...string) bool {
	return !slices.ContainsFunc(columns, func(name string) bool { _, found, err := t.Column(name); return !found || err != nil })
}

// OnlyColumns tells whether a table has no other columns.
func OnlyColumns(t *sheet.Table, columns ...string) bool {
	return !slices.ContainsFunc(t.Header(), func(name string) bool {
		return !slices.ContainsFunc(columns, func(known string) bool { return strings.EqualFold(known, name) })
	})
}

// WriteTable writes a file whole or not at all.
func WriteTable(path string, rows func(write func(...string) error) error) error {
	w, err := sheet.Create(path, sheet.CreateOptions{})
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	defer w.Abort()
	if err := rows(w.Write); err != nil {
		return err
	}
	return w.Close() //nolint:wrapcheck // it names the file
}
