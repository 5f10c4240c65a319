package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
	"github.com/atriumhub/atrium/internal/sheet"
)

type templateFlags struct {
	prefix, first, output string
	count, start, digits  int
	admin, force          bool
}

// maxTemplate is as many rows as a file that is read may have.
const maxTemplate = 1_000_000

func newTemplate(c commands, use string) *cobra.Command {
	var f templateFlags
	name := "atrium users template"
	if c.Script {
		name = "python scripts/generate_users_template.py"
	}
	lines := []string{
		"--prefix student --count 50 --output users.csv", "--prefix AUP --count 30 --start 1 --output aup_users.xlsx",
		"--prefix student --count 100 --digits 3 --output users.csv", "--names alice bob charlie --output custom.csv",
	}
	cmd := &cobra.Command{
		Use: use + " (--prefix PREFIX --count N | --names NAME...) --output FILE", Short: "Write a list of people to fill in and create",
		Long: `Write a list of people to a CSV file, or an Excel file where the name ends in .xlsx,
with the columns username and admin: numbered names, or your own.

Before it replaces a file of that name, in which something may have been filled in
meanwhile, it asks; --force doesn't.`,
		Example: "  " + name + " " + strings.Join(lines, "\n  "+name+" "),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.template(c.Begin(cmd), f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.prefix, "prefix", "", "what numbered `names` begin with")
	flags.IntVar(&f.count, "count", 0, "how `many` numbered names")
	flags.IntVar(&f.start, "start", 1, "the first `number`")
	flags.IntVar(&f.digits, "digits", 2, "at least so `many` digits")
	flags.StringVar(&f.first, "names", "", "these `names` instead, with spaces between them")
	flags.BoolVar(&f.admin, "admin", false, "all are administrators")
	flags.StringVarP(&f.output, "output", "o", "", "the `file` to write")
	if !c.Script { // which never asked
		talk.AddForce(cmd, &f.force)
	}
	return cmd
}

func (f templateFlags) names(args []string) ([]string, error) {
	switch {
	case f.output == "":
		return nil, errors.New("the following arguments are required: --output/-o")
	case f.prefix == "" && f.first == "":
		return nil, errors.New("one of the arguments --prefix --names is required")
	case f.prefix != "" && f.first != "":
		return nil, errors.New("argument --names: not allowed with argument --prefix")
	case f.prefix != "" && len(args) > 0:
		return nil, fmt.Errorf("unrecognized arguments: %s", strings.Join(args, " "))
	case f.prefix != "" && f.count == 0:
		return nil, errors.New("--count is required when using --prefix")
	case f.count > maxTemplate:
		return nil, fmt.Errorf("--count is %d at most", maxTemplate)
	case f.digits < 0 || f.digits > 100:
		return nil, errors.New("--digits must be 0 to 100")
	}
	if f.first != "" {
		names := append([]string{f.first}, args...)
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		return names, nil
	}
	names := make([]string, 0, max(0, f.count))
	for i := range f.count {
		names = append(names, fmt.Sprintf("%s%0*d", f.prefix, f.digits, f.start+i))
	}
	return names, nil
}

func (c commands) template(ctx context.Context, f templateFlags, args []string) error {
	names, err := f.names(args)
	if err != nil {
		return &command.UsageError{Err: err}
	}
	if err := c.MayReplace(ctx, f.output, f.force, f.isUntouched(names)); err != nil {
		return err
	}
	if err := writeTemplate(f.output, names, f.admin); err != nil {
		return c.Fail("Error saving file: %s", err)
	}
	c.Say("✅ Generated %s in %s\n\n📄 Preview:", command.Users(len(names)), f.output)
	const preview = 10
	shown := names[:min(len(names), preview)]
	width := len("username")
	for _, name := range shown {
		width = max(width, utf8.RuneCountInString(name))
	}
	right := func(s string, width int) string {
		return strings.Repeat(" ", width-utf8.RuneCountInString(s)) + s
	}
	c.Say("%s  admin", right("username", width))
	for _, name := range shown {
		c.Say("%s  %s", right(name, width), right(strconv.FormatBool(f.admin), len("admin")))
	}
	if more := len(names) - len(shown); more > 0 {
		c.Say("... and %d more users", more)
	}
	return nil
}

// isUntouched tells a list that is as it would be written again.
func (f templateFlags) isUntouched(names []string) func(*sheet.Table) bool {
	return func(t *sheet.Table) bool {
		if len(t.Rows) != len(names) || !slices.Equal(t.Header(), []string{"username", "admin"}) {
			return false
		}
		for i, row := range t.Rows {
			if row.Cells[0] != names[i] || row.Cells[1] != strconv.FormatBool(f.admin) {
				return false
			}
		}
		return true
	}
}

func writeTemplate(path string, names []string, admin bool) error {
	return talk.WriteTable(path, func(write func(...string) error) error {
		err := write("username", "admin")
		for _, name := range names {
			if err != nil {
				return err
			}
			err = write(name, strconv.FormatBool(admin))
		}
		return err
	})
}
