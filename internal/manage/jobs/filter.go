package jobs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// FilterFlags find people in the place of a list of them.
type FilterFlags struct {
	client.PeopleFilter
	confirmed int
}

// unconfirmed is that nobody has said how many may be found.
const unconfirmed = -1

// Add adds the flags.
func (f *FilterFlags) Add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Group, "group", "", "the people of this `group`")
	flags.StringVar(&f.Name, "name", "", "the people with this `text` in their names")
	flags.StringVar(&f.State, "state", "", "the people whose servers are in this `state`: active (one runs, or is on its way), ready or inactive")
	flags.IntVar(&f.confirmed, "confirmed", unconfirmed, "with these: go on without a question if no more than this `number` are found")
	flags.Lookup("confirmed").DefValue = "0" // which help does not show
}

// checkSet refuses a filter that is empty though its flag is there: a variable of a script that is not set must not make
// what is done reach further.
func checkSet(cmd *cobra.Command) error {
	for _, name := range []string{"group", "name", "state"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty: say which, or leave it out", name)
		}
	}
	return nil
}

// Given tells whether there is a filter.
func (f *FilterFlags) Given() bool { return f.PeopleFilter != client.PeopleFilter{} }

// Limited tells whether it was said how many may be found.
func (f *FilterFlags) Limited() bool { return f.confirmed != unconfirmed }

// Check says what of them makes no sense.
func (f *FilterFlags) Check(cmd *cobra.Command) error {
	if err := checkSet(cmd); err != nil {
		return err
	}
	switch f.State {
	case "", "active", "ready", "inactive":
	default:
		return fmt.Errorf("--state is active, ready or inactive, not %q", f.State)
	}
	switch {
	case f.confirmed == unconfirmed:
		return nil
	case f.confirmed < 0:
		return errors.New("--confirmed is how many may be found")
	case !f.Given():
		return errors.New("--confirmed goes with --group, --name or --state")
	}
	return nil
}

// TellFound says how many a filter finds, and names the first few. With nobody found there is nothing to do, and it is over:
// that is told in the command's words, or the error is that there is no such group.
func (c Runner) TellFound(at *talk.Connection, f FilterFlags, j *roster.Job, what func(int) string, t Wording, dryRun bool) (over bool, err error) {
	names := make([]string, len(j.Items))
	for i, x := range j.Items {
		names[i] = x.FullName()
	}
	if len(names) > 0 {
		c.Say("🔍 Found %s: %s", what(len(names)), command.FirstFew(names))
		return false, nil
	}
	if f.Group != "" {
		if _, err := at.Client.Group(c.Ctx, f.Group); client.IsNotFound(err) { // who may not see it was not told whether it is there
			return true, c.NoGroup(f.Group)
		}
	}
	return true, c.NobodyFound(j, t, dryRun)
}

// NoGroup says that there is no such group.
func (c Runner) NoGroup(group string) error {
	return c.Fail("Error: there is no group %s", command.Printable(group))
}

// NobodyFound says that there is nobody about whom something could be done.
func (c Runner) NobodyFound(j *roster.Job, t Wording, dryRun bool) error {
	c.Say("🔍 Found nobody to whom this applies: nothing was done")
	if c.JSON {
		return c.Answer(reportOf(t.Command, j, dryRun, nil))
	}
	return nil
}

// Confirm says whom a filter has found, and asks whether that is meant, unless it was said before how many may be found.
// The hub refuses more than were confirmed.
func (c Runner) Confirm(f FilterFlags, j *roster.Job, found string, ask func() error) error {
	switch {
	case f.confirmed == unconfirmed && ask != nil:
		return ask()
	case f.confirmed == unconfirmed:
		return nil
	case len(j.Items) > f.confirmed:
		return c.Fail("%s found, and %d were confirmed: nothing was done. Look at them with --dry-run, and confirm how many there are.", found, f.confirmed)
	}
	j.Confirmed = f.confirmed
	return nil
}
