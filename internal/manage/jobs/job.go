package jobs

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
	"github.com/atriumhub/atrium/internal/manage/talk"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

// A Runner is a console that runs jobs of many rows, and tells of them.
type Runner struct{ *talk.Console }

// NewRunner is the one of a command whose subcommands stand behind that name.
func NewRunner(e *command.Env, name string) Runner { return Runner{talk.New(e, name)} }

// Wording is how a kind of job is told of. Of rows that were not done only the results tell.
type Wording struct {
	Command  string
	Doing    string                                         // what is done to people, as "Creating"
	Line     func(x *roster.Item) (text string, plain bool) // plain: nothing beside what was asked for
	Plan     map[string]string                              // a line's beginning, by planned status
	Counters []Counter
	Strict   bool   // there is no --skip-invalid
	Filtered bool   // the rows are those whom a filter has found
	See      string // the command that shows how far rows are that were asked for
}

// Counter is a line of the results: rows of these statuses.
type Counter struct {
	Label    string
	Statuses []string
	Always   bool // also at zero
	Failed   bool
}

// failed tells whether a row with the status failed.
func (t Wording) failed(status string) bool {
	return slices.ContainsFunc(t.Counters, func(k Counter) bool { return k.Failed && slices.Contains(k.Statuses, status) })
}

// Reporter is told of rows and tells people.
type Reporter struct {
	c        Runner
	told     Wording
	warnings map[string][]string // whom each is about
	order    []string            // of the warnings
}

// Done writes a row's line.
func (r *Reporter) Done(x *roster.Item) {
	for _, w := range x.Warnings {
		w = command.Printable(strings.TrimPrefix(w, x.Name+" "))
		if r.warnings[w] == nil {
			r.order = append(r.order, w)
		}
		r.warnings[w] = append(r.warnings[w], x.Name)
	}
	text, plain := "", true
	if x.Status != roster.StatusUnsent && x.Status != roster.StatusUnderWay {
		text, plain = r.told.Line(x)
	}
	switch {
	case text == "" || r.c.Quiet && !r.told.failed(x.Status):
	case r.c.Quiet:
		r.c.Complain("  %s", command.Printable(text))
	case !r.c.Drawn() || !plain:
		r.c.Say("  %s", command.Printable(text))
	}
}

// Progress shows how far the run is.
func (r *Reporter) Progress(rows int) { r.c.AtBar(rows) }

// Reporter tells of a job with these words.
func (c Runner) Reporter(t Wording) *Reporter {
	return &Reporter{c: c, told: t, warnings: map[string][]string{}}
}

// Run runs a job and tells of it; the error has the exit status.
func (c Runner) Run(j *roster.Job, t Wording, results *roster.Results) error {
	r := c.Reporter(t)
	err := c.work(j, r)
	return c.Ended(r, j, results, err)
}

// work runs a job, with a bar where there is much to do.
func (c Runner) work(j *roster.Job, r *Reporter) error {
	c.StartBar(len(j.Items))
	defer c.EndBar()
	return j.Run(c.Ctx, r) //nolint:wrapcheck // told as it is
}

// Ended tells how a run ended.
func (c Runner) Ended(r *Reporter, j *roster.Job, results *roster.Results, err error) error {
	r.summary(j)
	stopped, cut := errors.AsType[*roster.StoppedError](err)
	if err == nil || cut { // otherwise they could not be written
		c.tellResults(results)
	}
	refused := cut && r.told.Filtered && client.IsConflict(stopped.Err) // more were found than were confirmed
	switch {
	case err == nil:
	case cut:
		c.tellStopped(stopped, len(j.Items), refused)
		if stopped.UnderWay > 0 {
			c.Complain("   The hub goes on with %d of %d rows, which were asked for. To see how far they are:  %s", stopped.UnderWay, len(j.Items), r.told.See)
		}
	default:
		return c.Fail("Error: %s", err)
	}
	if c.JSON {
		if err := c.Answer(reportOf(r.told.Command, j, false, results)); err != nil {
			return err
		}
	}
	switch {
	case c.Ctx.Err() != nil, refused:
		return &command.StatusError{Status: command.ExitNotStart}
	case err != nil, slices.ContainsFunc(j.Items, func(x *roster.Item) bool { return r.told.failed(x.Status) }):
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}

// tellStopped says why a run ended before its end, and how to go on. It was refused where the hub has done nothing on purpose.
func (c Runner) tellStopped(stopped *roster.StoppedError, rows int, refused bool) {
	goes, going := errors.AsType[*client.JobError](stopped.Err)
	switch {
	case c.Ctx.Err() != nil && stopped.Left > 0:
		c.Complain("⚠️  Interrupted: %d of %d rows are not done. Run the same command again to finish.", stopped.Left, rows)
	case c.Ctx.Err() != nil:
		c.Complain("⚠️  Interrupted.")
	case going:
		c.Complain("❌ Stopped: %s", talk.ReasonOf(goes.Err))
	case stopped.Left > 0 && !refused:
		c.Complain("❌ Stopped: %s", talk.ReasonOf(stopped.Err))
	default:
		c.Complain("❌ %s", talk.ReasonOf(stopped.Err))
	}
	if c.Ctx.Err() == nil && stopped.Left > 0 && !refused {
		c.Complain("   %d of %d rows are not done. Run the same command again to finish.", stopped.Left, rows)
	}
	c.tellGoesOn(stopped.Jobs...)
}

var rule = strings.Repeat("=", 50) //nolint:gochecknoglobals // a constant

func (r *Reporter) summary(j *roster.Job) {
	for _, w := range r.order {
		r.c.Say("  ⚠️  %s: %s", command.FirstFew(r.warnings[w]), w)
	}
	r.c.Say("\n%s\n📊 Results:", rule)
	counts := j.Counts()
	for _, k := range append(slices.Clone(r.told.Counters),
		Counter{"⏳ Under way at the hub", []string{roster.StatusUnderWay}, false, false}, Counter{"⏸️  Not done", []string{roster.StatusUnsent}, false, false}) {
		n := 0
		for _, status := range k.Statuses {
			n += counts[status]
		}
		if n > 0 || k.Always {
			r.c.Say("  %s: %d", k.Label, n)
		}
	}
	r.c.Say("%s", rule)
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

// PlanFlags are those of commands that plan first.
type PlanFlags struct{ DryRun, skip bool }

// Add adds the flags.
func (f *PlanFlags) Add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.DryRun, "dry-run", false, "show what would be done, and change nothing")
	cmd.Flags().BoolVar(&f.skip, "skip-invalid", false, "leave bad rows out and do the others (exit status 3)")
}

// CarryOut runs a job about people, or shows its plan where that is all that was asked
// for. agree is asked before anything is done.
func (c Runner) CarryOut(j *roster.Job, t Wording, f PlanFlags, results *roster.Results, agree func() error) error {
	if done, err := c.Checked(j, t, f); done || err != nil {
		return err
	}
	if agree != nil && j.Planned() > 0 {
		if err := agree(); err != nil {
			return err
		}
	}
	c.Say("\n🔄 %s %s...", t.Doing, command.Users(len(j.Items)))
	return c.Run(j, t, results)
}

// Checked ends a command with bad rows before anything is done, unless they may be
// left out. done is true when there is nothing more to do.
func (c Runner) Checked(j *roster.Job, t Wording, f PlanFlags) (done bool, err error) {
	refused := j.Refused()
	if !f.skip && !c.Script && (!f.DryRun || c.JSON || c.Quiet) { // otherwise they are lines of the plan, or of the run
		for _, x := range refused {
			c.Complain("  ❌ %s", command.Printable(BadRow(x)))
		}
	}
	if f.DryRun {
		return true, c.showPlan(j, t, f.skip)
	}
	if len(refused) == 0 || f.skip || c.Script {
		return false, nil
	}
	cure := "Correct the file, or use --skip-invalid to do the others."
	if t.Filtered {
		cure = "Narrow the filter, or use --skip-invalid to do the others."
	}
	if t.Strict {
		cure = "Correct it first."
		if len(refused) > 1 {
			cure = "Correct them first."
		}
	}
	c.Complain("❌ %s: nothing was done. %s", command.Counted(len(refused), "bad row"), cure)
	c.tellOdd(refused)
	if c.JSON {
		if err := c.Answer(reportOf(t.Command, j, false, nil)); err != nil {
			return true, err
		}
	}
	return true, &command.StatusError{Status: command.ExitNotStart}
}

// tellOdd says how to have names that were refused for being odd.
func (c Runner) tellOdd(refused []*roster.Item) {
	if slices.ContainsFunc(refused, (*roster.Item).Doubted) {
		c.Complain("   If that is how they are meant to be, use --allow-odd-names.")
	}
}

// BadRow names a row and what is wrong with it.
func BadRow(x *roster.Item) string {
	name := x.FullName()
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

// ShowPlan answers what would be done where rows that fail do not hold up the others.
func (c Runner) ShowPlan(j *roster.Job, t Wording) error { return c.showPlan(j, t, true) }

// showPlan answers what would be done.
func (c Runner) showPlan(j *roster.Job, t Wording, skip bool) error {
	status := command.ExitOK
	if len(j.Refused()) > 0 {
		defer c.tellOdd(j.Refused())
		status = command.ExitNotStart
		if skip || c.Script {
			status = command.ExitSomeFailed
		}
	}
	if c.JSON {
		if err := c.Answer(reportOf(t.Command, j, true, nil)); err != nil {
			return err
		}
	} else if !c.Quiet {
		c.planLines(j, t)
	}
	if status != command.ExitOK {
		return &command.StatusError{Status: status}
	}
	return nil
}

func (c Runner) planLines(j *roster.Job, t Wording) {
	var b strings.Builder
	for _, x := range j.Items {
		begin, known := t.Plan[x.Status]
		switch {
		case x.Refused():
			fmt.Fprintf(&b, "  ❌ Refused: %s\n", command.Printable(BadRow(x)))
		case known:
			fmt.Fprintf(&b, "  %s: %s\n", begin, command.Printable(x.FullName()+planned(x)))
		default:
			fmt.Fprintf(&b, "  %s: %s\n", command.Printable(x.Status), command.Printable(x.FullName()))
		}
		for _, w := range x.Warnings {
			fmt.Fprintf(&b, "  ⚠️  %s: %s\n", command.Printable(x.FullName()), command.Printable(w))
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
		label, known := t.Plan[status]
		if status == client.StatusFailed {
			label = "❌ Refused"
		} else if !known {
			label = status
		}
		fmt.Fprintf(&b, "  %s: %d\n", label, counts[status])
	}
	fmt.Fprintln(&b, rule)
	_, _ = io.WriteString(c.Env.Out, b.String())
}

// planned says what of a row is worth reading in a plan.
func planned(x *roster.Item) string {
	var parts []string
	if x.Admin != nil {
		parts = append(parts, "admin="+command.PythonBool(*x.Admin))
	}
	if x.Groups != nil {
		parts = append(parts, "groups="+peoplefile.FormatGroups(x.Groups))
	}
	if len(parts) == 0 || !x.Planned() {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (c Runner) tellResults(r *roster.Results) {
	switch {
	case r == nil:
	case r.Secrets():
		c.Say("📁 Saved passwords to: %s", r.Path())
		c.Say("⚠️  Keep this file secure, and delete it when the passwords are handed out!")
	default:
		c.Say("📁 Saved results to: %s", r.Path())
	}
}

// FailedTo is the line of a row that failed.
func FailedTo(what string, x *roster.Item) string {
	message := x.Message
	if x.Line > 0 && x.Bad != "" {
		message = fmt.Sprintf("line %d: %s", x.Line, message)
	}
	return fmt.Sprintf("❌ Failed to %s %s: %s", what, x.Name, message)
}

// RefuseBad ends a command before anything is done if a row is bad.
func (c Runner) RefuseBad(called string, rows []roster.Row) error {
	_, err := c.Checked(roster.Checked(rows), Wording{Command: called, Strict: true}, PlanFlags{})
	return err
}

// RunAll runs jobs one after the other, and reports them as one.
func (c Runner) RunAll(jobs []*roster.Job, t Wording, results *roster.Results) error {
	r := c.Reporter(t)
	var err error
	for _, j := range jobs {
		if err != nil {
			j.GiveUp()
			continue
		}
		err = c.work(j, r)
	}
	all := roster.Together(jobs...)
	if stopped, cut := errors.AsType[*roster.StoppedError](err); cut {
		stopped.Left = all.Counts()[roster.StatusUnsent]
	}
	return c.Ended(r, all, results, err)
}
