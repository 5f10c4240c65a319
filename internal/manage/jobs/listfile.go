package jobs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

// ListFlags say what of a file is read.
type ListFlags struct{ Sheet string }

// Add adds the flag.
func (f *ListFlags) Add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Sheet, "sheet", "", "of an Excel or OpenDocument file, the sheet with this `name` (default: the first)")
}

// AddAllowOdd adds the flag of commands that make names.
func AddAllowOdd(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "allow-odd-names", false, "take names and passwords that nobody can have typed: invisible characters, mixed scripts, dates of a spreadsheet")
}

// Source is where a list is read from: a file, or what is piped in.
func (c Runner) Source(path, sheet string) roster.Source {
	return roster.Source{Path: path, Sheet: sheet, Stdin: c.Env.In}
}

// Load reads a file of people, and says so.
func (c Runner) Load(path, sheet string) (*peoplefile.File, error) {
	file, err := roster.Load(c.Ctx, c.Source(path, sheet))
	if err != nil {
		return nil, c.NotLoaded(path, err)
	}
	if len(file.Ignored) > 0 {
		c.Warn("%s: ignored columns: %s", path, command.Printable(strings.Join(file.Ignored, ", ")))
	}
	c.Loaded(command.Users(len(file.Rows)), path, sheet, file.Sheets)
	return file, nil
}

// NotLoaded says what is wrong with a file as a whole.
func (c Runner) NotLoaded(path string, err error) error {
	column, missing := errors.AsType[*peoplefile.NoColumnError](err)
	if !missing {
		return c.Fail("Error loading file: %s", command.Printable(err.Error()))
	}
	where := path
	if column.Name != "" {
		where = fmt.Sprintf("%s, sheet %s,", path, quoted(column.Name))
	}
	if c.Complain("❌ Error: %s: %s has none in its first line", column, command.Printable(where)); len(column.Others) > 0 {
		c.Complain("   There are other sheets, too: %s. --sheet NAME reads one of them.", sheetNames(column.Others))
	}
	if column.Column == "group" {
		c.Complain("   Name the group before the file, or have a column for it.")
	}
	return &command.StatusError{Status: command.ExitNotStart}
}

// Loaded says what was read.
func (c Runner) Loaded(what, path, asked string, from peoplefile.Sheets) {
	where := path
	if !c.Script && (asked != "" || len(from.Others) > 0) {
		where = fmt.Sprintf("%s, sheet %s", path, quoted(from.Name))
	}
	c.Say("📄 Loaded %s from %s", what, command.Printable(where))
	if asked == "" && len(from.Others) > 0 {
		c.Warn("%s: the sheet %s was read. There are others, too: %s. --sheet NAME reads one of them.", path, quoted(from.Name), sheetNames(from.Others))
	}
	if from.Hidden > 0 {
		c.Warn("%s: %s hidden in the spreadsheet, by a filter or by hand, and read all the same", path, rowsAre(from.Hidden))
	}
}

func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}

func quoted(name string) string { return fmt.Sprintf("%q", command.Printable(name)) }

func sheetNames(names []string) string {
	quotes := make([]string, len(names))
	for i, name := range names {
		quotes[i] = quoted(name)
	}
	return command.FirstFew(quotes)
}

// Whom are the people that names or a file say.
func (c Runner) Whom(names []string, file, sheet string) ([]roster.Row, error) {
	if file == "" && sheet != "" {
		return nil, &command.UsageError{Err: errors.New("--sheet is of a file: name one with --file")}
	}
	if file == "" {
		return peoplefile.Named(names), nil
	}
	loaded, err := c.Load(file, sheet)
	if err != nil {
		return nil, err
	}
	return loaded.Rows, nil
}
