package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/people"
)

// exitSomeFailed is the status of a run in which some rows failed.
const exitSomeFailed = 3

// statusError ends the program with a status; what there is to say has been said.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// console is how a command that works on people speaks: under its own name it talks
// on standard error and answers on standard output; under the scripts' names all goes
// to standard output, as theirs did.
type console struct {
	env         *env
	ctx         context.Context //nolint:containedctx // the command's own, while it runs
	script      bool            // called by a script's name
	name        string          // what its commands stand behind, for examples
	json, quiet bool
	conn        connectFlags
	bar         *bar
}

func (c *console) addFlags(flags *pflag.FlagSet) {
	c.conn.add(flags)
	flags.BoolVar(&c.json, "json", false, "answer with JSON on standard output, for programs")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "tell of errors only")
}

// talk is where lines go.
func (c *console) talk() io.Writer {
	switch {
	case c.bar != nil:
		return c.bar
	case c.script && !c.json:
		return c.env.out
	}
	return c.env.err
}

// say writes a line, unless only errors are wanted.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.talk(), format+"\n", args...)
	}
}

// complain writes a line about an error.
func (c *console) complain(format string, args ...any) { fmt.Fprintf(c.talk(), format+"\n", args...) }

// warn tells of something that a script's output never had, so that it goes beside it.
func (c *console) warn(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.env.err, "⚠️  Warning: "+format+"\n", args...)
	}
}

// fail says what kept the command from doing anything.
func (c *console) fail(format string, args ...any) error {
	c.complain("❌ "+format, args...)
	return &statusError{exitNotStart}
}

// failed says why the hub could not be asked.
func (c *console) failed(a access, err error) error {
	broken, noAnswer := errors.AsType[*client.ConnectionError](err)
	switch {
	case c.ctx.Err() != nil:
		return c.fail("Interrupted: nothing was done")
	case client.IsUnauthorized(err):
		return c.notKnown(a)
	case client.IsForbidden(err):
		return c.fail("Not allowed: the token from %s may not do this: %s", a.tokenFrom, reasonOf(err))
	case noAnswer:
		return c.notConnected(a, broken)
	}
	return c.fail("Error: %s", reasonOf(err))
}

// reasonOf is the hub's own sentence, or the error's.
func reasonOf(err error) string {
	if api, ok := errors.AsType[*client.APIError](err); ok {
		return api.Message
	}
	return err.Error()
}

// answer writes one value as JSON on standard output.
func (c *console) answer(v any) error {
	enc := json.NewEncoder(c.env.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// terminal tells whether lines go to somebody's screen, on which a bar can be drawn.
func (c *console) terminal() bool {
	file, ok := c.talk().(*os.File)
	if !ok {
		return false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	return err == nil && width > 0
}

// barRows is from how many rows on a bar is drawn.
const barRows = 100

// bar shows how far a run is, below the lines that are worth reading.
type bar struct {
	progress *mpb.Progress
	bar      *mpb.Bar
}

func newBar(out io.Writer, total int) *bar {
	progress := mpb.New(mpb.WithOutput(out), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	return &bar{progress, progress.AddBar(int64(total),
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Percentage(), decor.AverageSpeed(0, " %.0f/s"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")),
	)}
}

func (b *bar) Write(p []byte) (int, error) { return b.progress.Write(p) } //nolint:wrapcheck // a writer

func (b *bar) end() {
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.progress.Wait()
}

// told is how a kind of job is told of.
type told struct {
	command  string
	line     func(x *people.Item) (text string, plain bool) // plain: nothing beside what was asked for
	plan     map[string]string                              // a line's beginning, by planned status
	counters []counter
	strict   bool // there is no --skip-invalid
}

// counter is a line of the results: rows of these statuses.
type counter struct {
	label    string
	statuses []string
	always   bool // also at zero
}

// reporter is told of rows and tells people.
type reporter struct {
	c        *console
	told     told
	warnings map[string][]string // whom each is about
	order    []string            // of the warnings
}

// Done writes a row's line.
func (r *reporter) Done(x *people.Item) {
	for _, w := range x.Warnings {
		w = strings.TrimPrefix(w, x.Name+" ")
		if r.warnings[w] == nil {
			r.order = append(r.order, w)
		}
		r.warnings[w] = append(r.warnings[w], x.Name)
	}
	text, plain := r.told.line(x)
	switch {
	case text == "" || r.c.quiet && !x.Refused():
	case r.c.quiet:
		r.c.complain("  %s", text)
	case r.c.bar == nil || !plain:
		r.c.say("  %s", text)
	}
	if r.c.bar != nil {
		r.c.bar.bar.Increment()
	}
}

// run runs a job and tells of it; the error has the exit status.
func (c *console) run(j *people.Job, t told, results *people.Results) error {
	r := &reporter{c: c, told: t, warnings: map[string][]string{}}
	if c.terminal() && !c.quiet && len(j.Items) > barRows {
		c.bar = newBar(c.talk(), len(j.Items))
	}
	err := j.Run(c.ctx, r)
	if c.bar != nil {
		c.bar.end()
		c.bar = nil
	}
	r.summary(j)
	stopped, cut := errors.AsType[*people.StoppedError](err)
	if err == nil || cut { // otherwise they could not be written
		c.tellResults(results)
	}
	switch {
	case err == nil:
	case cut && c.ctx.Err() != nil:
		c.complain("⚠️  Interrupted: %d of %d rows are not done. Run the same command again to finish.", stopped.Left, len(j.Items))
	case cut && stopped.Left > 0:
		c.complain("❌ Stopped: %s", reasonOf(stopped.Err))
		c.complain("   %d of %d rows are not done. Run the same command again to finish.", stopped.Left, len(j.Items))
	case cut:
		c.complain("❌ %s", reasonOf(stopped.Err))
	default:
		return c.fail("Error: %s", err)
	}
	if c.json {
		if err := c.answer(reportOf(t.command, j, false, results)); err != nil {
			return err
		}
	}
	switch {
	case c.ctx.Err() != nil:
		return &statusError{exitNotStart}
	case err != nil, someFailed(j, t):
		return &statusError{exitSomeFailed}
	}
	return nil
}

// someFailed tells whether the results count a row as failed.
func someFailed(j *people.Job, t told) bool {
	counts := j.Counts()
	for _, k := range t.counters {
		if !strings.HasPrefix(k.label, "❌") {
			continue
		}
		for _, status := range k.statuses {
			if counts[status] > 0 {
				return true
			}
		}
	}
	return false
}

var rule = strings.Repeat("=", 50) //nolint:gochecknoglobals // a constant

func (r *reporter) summary(j *people.Job) {
	for _, w := range r.order {
		r.c.say("  ⚠️  %s: %s", firstFew(r.warnings[w]), w)
	}
	r.c.say("\n%s\n📊 Results:", rule)
	r.c.counters(j, r.told.counters)
	r.c.say("%s", rule)
}

func (c *console) counters(j *people.Job, counters []counter) {
	counts := j.Counts()
	for _, k := range counters {
		n := 0
		for _, status := range k.statuses {
			n += counts[status]
		}
		if n > 0 || k.always {
			c.say("  %s: %d", k.label, n)
		}
	}
}

// firstFew names the first few of a list, and says how many more there are.
func firstFew(names []string) string {
	const few = 5
	list := strings.Join(names[:min(len(names), few)], ", ")
	if more := len(names) - few; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

func users(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
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

func reportOf(command string, j *people.Job, dryRun bool, results *people.Results) report {
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

// checked ends a command with bad rows before anything is done, unless they may be
// left out. done is true when there is nothing more to do.
func (c *console) checked(j *people.Job, t told, skip, dryRun bool) (done bool, err error) {
	refused := j.Refused()
	if !skip && !c.script && (!dryRun || c.json || c.quiet) { // otherwise they are lines of the plan, or of the run
		for _, x := range refused {
			c.complain("  ❌ %s", badRow(x))
		}
	}
	if dryRun {
		return true, c.showPlan(j, t, skip)
	}
	if len(refused) == 0 || skip || c.script {
		return false, nil
	}
	rows := "1 bad row"
	if len(refused) > 1 {
		rows = fmt.Sprintf("%d bad rows", len(refused))
	}
	cure := "Correct the file, or use --skip-invalid to do the others."
	if t.strict {
		cure = "Correct it first."
		if len(refused) > 1 {
			cure = "Correct them first."
		}
	}
	c.complain("❌ %s: nothing was done. %s", rows, cure)
	if c.json {
		if err := c.answer(reportOf(t.command, j, false, nil)); err != nil {
			return true, err
		}
	}
	return true, &statusError{exitNotStart}
}

// badRow names a row and what is wrong with it.
func badRow(x *people.Item) string {
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
func (c *console) showPlan(j *people.Job, t told, skip bool) error {
	status := exitOK
	if len(j.Refused()) > 0 {
		status = exitNotStart
		if skip || c.script {
			status = exitSomeFailed
		}
	}
	if c.json {
		if err := c.answer(reportOf(t.command, j, true, nil)); err != nil {
			return err
		}
	} else if !c.quiet {
		c.planLines(j, t)
	}
	if status != exitOK {
		return &statusError{status}
	}
	return nil
}

func (c *console) planLines(j *people.Job, t told) {
	var b strings.Builder
	for _, x := range j.Items {
		begin, known := t.plan[x.Status]
		switch {
		case x.Refused():
			fmt.Fprintf(&b, "  ❌ Refused: %s\n", badRow(x))
		case known:
			fmt.Fprintf(&b, "  %s: %s%s\n", begin, x.Name, planned(x))
		default:
			fmt.Fprintf(&b, "  %s: %s\n", x.Status, x.Name)
		}
		for _, w := range x.Warnings {
			fmt.Fprintf(&b, "  ⚠️  %s: %s\n", x.Name, w)
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
	_, _ = io.WriteString(c.env.out, b.String())
}

// planned says what of a row is worth reading in a plan.
func planned(x *people.Item) string {
	var parts []string
	if x.Admin != nil {
		parts = append(parts, "admin="+pythonBool(*x.Admin))
	}
	if x.Groups != nil {
		parts = append(parts, "groups="+people.FormatGroups(x.Groups))
	}
	if len(parts) == 0 || !x.Planned() {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// pythonBool writes True and False, as the guide's output has them.
func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
