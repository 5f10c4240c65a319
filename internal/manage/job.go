package manage

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// wording is how a kind of job is told of. Of rows that were not done only the results tell.
type wording struct {
	command  string
	doing    string                                         // what is done to people, as "Creating"
	line     func(x *roster.Item) (text string, plain bool) // plain: nothing beside what was asked for
	plan     map[string]string                              // a line's beginning, by planned status
	counters []counter
	strict   bool // there is no --skip-invalid
	filtered bool // the rows are those whom a filter has found
}

// counter is a line of the results: rows of these statuses.
type counter struct {
	label    string
	statuses []string
	always   bool // also at zero
	failed   bool
}

// failed tells whether a row with the status failed.
func (t wording) failed(status string) bool {
	return slices.ContainsFunc(t.counters, func(k counter) bool { return k.failed && slices.Contains(k.statuses, status) })
}

// reporter is told of rows and tells people.
type reporter struct {
	c        *console
	told     wording
	warnings map[string][]string // whom each is about
	order    []string            // of the warnings
}

// Done writes a row's line.
func (r *reporter) Done(x *roster.Item) {
	for _, w := range x.Warnings {
		w = command.Printable(strings.TrimPrefix(w, x.Name+" "))
		if r.warnings[w] == nil {
			r.order = append(r.order, w)
		}
		r.warnings[w] = append(r.warnings[w], x.Name)
	}
	text, plain := "", true
	if x.Status != roster.StatusUnsent && x.Status != roster.StatusUnderWay {
		text, plain = r.told.line(x)
	}
	switch {
	case text == "" || r.c.quiet && !r.told.failed(x.Status):
	case r.c.quiet:
		r.c.complain("  %s", command.Printable(text))
	case r.c.bar == nil || !plain:
		r.c.say("  %s", command.Printable(text))
	}
}

// Progress shows how far the run is.
func (r *reporter) Progress(rows int) { r.c.atBar(rows) }

// run runs a job and tells of it; the error has the exit status.
func (c *console) run(j *roster.Job, t wording, results *roster.Results) error {
	r := &reporter{c: c, told: t, warnings: map[string][]string{}}
	err := c.work(j, r)
	return c.ended(r, j, results, err)
}

// work runs a job, with a bar where there is much to do.
func (c *console) work(j *roster.Job, r *reporter) error {
	c.startBar(len(j.Items))
	defer c.endBar()
	return j.Run(c.ctx, r) //nolint:wrapcheck // told as it is
}

// ended tells how a run ended.
func (c *console) ended(r *reporter, j *roster.Job, results *roster.Results, err error) error {
	r.summary(j)
	stopped, cut := errors.AsType[*roster.StoppedError](err)
	if err == nil || cut { // otherwise they could not be written
		c.tellResults(results)
	}
	refused := cut && r.told.filtered && client.IsConflict(stopped.Err) // more were found than were confirmed
	switch {
	case err == nil:
	case cut:
		c.tellStopped(stopped, len(j.Items), refused)
	default:
		return c.fail("Error: %s", err)
	}
	if c.json {
		if err := c.answer(reportOf(r.told.command, j, false, results)); err != nil {
			return err
		}
	}
	switch {
	case c.ctx.Err() != nil, refused:
		return &command.StatusError{Status: command.ExitNotStart}
	case err != nil, slices.ContainsFunc(j.Items, func(x *roster.Item) bool { return r.told.failed(x.Status) }):
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}

// tellStopped says why a run ended before its end, and how to go on. It was refused where the hub has done nothing on purpose.
func (c *console) tellStopped(stopped *roster.StoppedError, rows int, refused bool) {
	goes, going := errors.AsType[*client.JobError](stopped.Err)
	switch {
	case c.ctx.Err() != nil && stopped.Left > 0:
		c.complain("⚠️  Interrupted: %d of %d rows are not done. Run the same command again to finish.", stopped.Left, rows)
	case c.ctx.Err() != nil:
		c.complain("⚠️  Interrupted.")
	case going:
		c.complain("❌ Stopped: %s", reasonOf(goes.Err))
	case stopped.Left > 0 && !refused:
		c.complain("❌ Stopped: %s", reasonOf(stopped.Err))
	default:
		c.complain("❌ %s", reasonOf(stopped.Err))
	}
	if c.ctx.Err() == nil && stopped.Left > 0 && !refused {
		c.complain("   %d of %d rows are not done. Run the same command again to finish.", stopped.Left, rows)
	}
	c.tellGoesOn(stopped.Jobs...)
}

var rule = strings.Repeat("=", 50) //nolint:gochecknoglobals // a constant

func (r *reporter) summary(j *roster.Job) {
	for _, w := range r.order {
		r.c.say("  ⚠️  %s: %s", command.FirstFew(r.warnings[w]), w)
	}
	r.c.say("\n%s\n📊 Results:", rule)
	counts := j.Counts()
	for _, k := range append(slices.Clone(r.told.counters),
		counter{"⏳ Under way at the hub", []string{roster.StatusUnderWay}, false, false}, counter{"⏸️  Not done", []string{roster.StatusUnsent}, false, false}) {
		n := 0
		for _, status := range k.statuses {
			n += counts[status]
		}
		if n > 0 || k.always {
			r.c.say("  %s: %d", k.label, n)
		}
	}
	r.c.say("%s", rule)
}

// report is what --json answers.
type report struct {
	Command string         `json:"command"`
	DryRun  bool           `json:"dry_run"`
	Counts  map[string]int `json:"counts"`
	Results []reportRow    `json:"results"`
	File    string         `json:"results_file,omitempty"` // where the passwords are
}

type reportRow struct {
	Line     int      `json:"line,omitempty"`
	Group    string   `json:"group,omitempty"`
	Username string   `json:"username,omitempty"`
	Server   *string  `json:"server_name,omitempty"` // of commands about servers; empty is the default server
	Status   string   `json:"status"`
	Message  string   `json:"message,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

func reportOf(command string, j *roster.Job, dryRun bool, results *roster.Results) report {
	out := report{Command: command, DryRun: dryRun, Counts: j.Counts(), Results: make([]reportRow, len(j.Items))}
	for i, x := range j.Items {
		row := reportRow{Line: x.Line, Group: x.Group, Username: x.Name, Status: x.Status, Message: x.Message, Warnings: x.Warnings}
		if strings.HasPrefix(command, "servers ") {
			row.Server = &x.Server
		}
		out.Results[i] = row
	}
	if results != nil && !dryRun {
		out.File = results.Path()
	}
	return out
}

// planFlags are those of commands that plan first.
type planFlags struct{ dryRun, skip bool }

func (f *planFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be done, and change nothing")
	cmd.Flags().BoolVar(&f.skip, "skip-invalid", false, "leave bad rows out and do the others (exit status 3)")
}

// carryOut runs a job about people, or shows its plan where that is all that was asked
// for. agree is asked before anything is done.
func (c *console) carryOut(j *roster.Job, t wording, f planFlags, results *roster.Results, agree func() error) error {
	if done, err := c.checked(j, t, f); done || err != nil {
		return err
	}
	if agree != nil && j.Planned() > 0 {
		if err := agree(); err != nil {
			return err
		}
	}
	c.say("\n🔄 %s %s...", t.doing, command.Users(len(j.Items)))
	return c.run(j, t, results)
}

// checked ends a command with bad rows before anything is done, unless they may be
// left out. done is true when there is nothing more to do.
func (c *console) checked(j *roster.Job, t wording, f planFlags) (done bool, err error) {
	refused := j.Refused()
	if !f.skip && !c.script && (!f.dryRun || c.json || c.quiet) { // otherwise they are lines of the plan, or of the run
		for _, x := range refused {
			c.complain("  ❌ %s", command.Printable(badRow(x)))
		}
	}
	if f.dryRun {
		return true, c.showPlan(j, t, f.skip)
	}
	if len(refused) == 0 || f.skip || c.script {
		return false, nil
	}
	cure := "Correct the file, or use --skip-invalid to do the others."
	if t.filtered {
		cure = "Narrow the filter, or use --skip-invalid to do the others."
	}
	if t.strict {
		cure = "Correct it first."
		if len(refused) > 1 {
			cure = "Correct them first."
		}
	}
	c.complain("❌ %s: nothing was done. %s", command.Counted(len(refused), "bad row"), cure)
	c.tellOdd(refused)
	if c.json {
		if err := c.answer(reportOf(t.command, j, false, nil)); err != nil {
			return true, err
		}
	}
	return true, &command.StatusError{Status: command.ExitNotStart}
}

// tellOdd says how to have names that were refused for being odd.
func (c *console) tellOdd(refused []*roster.Item) {
	if slices.ContainsFunc(refused, (*roster.Item).Doubted) {
		c.complain("   If that is how they are meant to be, use --allow-odd-names.")
	}
}

// badRow names a row and what is wrong with it.
func badRow(x *roster.Item) string {
	name := x.Name
	if name != "" && !strings.Contains(x.Message, name) {
		name += ": "
	} else {
		name = ""
	}
	if x.Line == 0 {
		return name + x.Message
	}
	return fmt.Sprintf("line %d: %s%s", x.Line, name, x.Message)
}

// showPlan answers what would be done.
func (c *console) showPlan(j *roster.Job, t wording, skip bool) error {
	status := command.ExitOK
	if len(j.Refused()) > 0 {
		defer c.tellOdd(j.Refused())
		status = command.ExitNotStart
		if skip || c.script {
			status = command.ExitSomeFailed
		}
	}
	if c.json {
		if err := c.answer(reportOf(t.command, j, true, nil)); err != nil {
			return err
		}
	} else if !c.quiet {
		c.planLines(j, t)
	}
	if status != command.ExitOK {
		return &command.StatusError{Status: status}
	}
	return nil
}

func (c *console) planLines(j *roster.Job, t wording) {
	var b strings.Builder
	for _, x := range j.Items {
		begin, known := t.plan[x.Status]
		switch {
		case x.Refused():
			fmt.Fprintf(&b, "  ❌ Refused: %s\n", command.Printable(badRow(x)))
		case known:
			fmt.Fprintf(&b, "  %s: %s\n", begin, command.Printable(x.Name+planned(x)))
		default:
			fmt.Fprintf(&b, "  %s: %s\n", command.Printable(x.Status), command.Printable(x.Name))
		}
		for _, w := range x.Warnings {
			fmt.Fprintf(&b, "  ⚠️  %s: %s\n", command.Printable(x.Name), command.Printable(w))
		}
	}
	fmt.Fprintf(&b, "\n%s\n📊 Plan (nothing was changed):\n", rule)
	counts := j.Counts()
	statuses := make([]string, 0, len(counts))
	for status := range counts {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	for _, status := range statuses {
		label, known := t.plan[status]
		if status == client.StatusFailed {
			label = "❌ Refused"
		} else if !known {
			label = status
		}
		fmt.Fprintf(&b, "  %s: %d\n", label, counts[status])
	}
	fmt.Fprintln(&b, rule)
	_, _ = io.WriteString(c.env.Out, b.String())
}

// planned says what of a row is worth reading in a plan.
func planned(x *roster.Item) string {
	var parts []string
	if x.Admin != nil {
		parts = append(parts, "admin="+command.PythonBool(*x.Admin))
	}
	if x.Groups != nil {
		parts = append(parts, "groups="+roster.FormatGroups(x.Groups))
	}
	if len(parts) == 0 || !x.Planned() {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
