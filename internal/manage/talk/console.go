package talk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
)

// Console is how a command that works on people speaks: under its own name it talks
// on standard error and answers on standard output; under the scripts' names all goes
// to standard output, as theirs did.
type Console struct {
	Env         *command.Env
	Ctx         context.Context //nolint:containedctx // the command's own, while it runs
	Script      bool            // called by a script's name
	name        string          // what its commands stand behind, for examples
	JSON, Quiet bool
	conn        connectFlags
	bar         *bar
}

// New is the console of a command whose subcommands stand behind that name.
func New(e *command.Env, name string) *Console { return &Console{Env: e, name: name} }

// AddFlags adds the flags that all commands have which speak to a hub.
func (c *Console) AddFlags(flags *pflag.FlagSet) {
	c.conn.add(flags)
	flags.BoolVar(&c.JSON, "json", false, "answer with JSON on standard output, for programs")
	flags.BoolVarP(&c.Quiet, "quiet", "q", false, "tell of errors only")
}

// talk is where lines go.
func (c *Console) talk() io.Writer {
	switch {
	case c.bar != nil:
		return c.bar
	case c.Script && !c.JSON:
		return c.Env.Out
	}
	return c.Env.Err
}

// Say writes a line, unless only errors are wanted.
func (c *Console) Say(format string, args ...any) {
	if !c.Quiet {
		fmt.Fprintf(c.talk(), format+"\n", args...)
	}
}

// Complain writes a line about an error.
func (c *Console) Complain(format string, args ...any) { fmt.Fprintf(c.talk(), format+"\n", args...) }

// Warn tells of something that a script's output never had, so that it goes beside it.
func (c *Console) Warn(format string, args ...any) {
	if !c.Quiet {
		fmt.Fprintf(c.Env.Err, "⚠️  Warning: "+format+"\n", args...)
	}
}

// Fail says what kept the command from doing anything.
func (c *Console) Fail(format string, args ...any) error {
	c.Complain("❌ "+format, args...)
	return &command.StatusError{Status: command.ExitNotStart}
}

// Failed says why the hub could not be asked.
func (c *Console) Failed(at *Connection, err error) error {
	broken, noAnswer := errors.AsType[*client.ConnectionError](err)
	switch {
	case c.Ctx.Err() != nil:
		return c.Fail("Interrupted: nothing was done")
	case client.IsUnauthorized(err):
		return c.notKnown(at.access)
	case client.IsForbidden(err):
		return c.Fail("Not allowed: the token from %s may not do this: %s", at.TokenFrom, ReasonOf(err))
	case noAnswer:
		return c.notConnected(at.access, broken)
	}
	return c.Fail("Error: %s", ReasonOf(err))
}

// ReasonOf is the hub's own sentence, or the error's.
func ReasonOf(err error) string {
	if api, ok := errors.AsType[*client.APIError](err); ok {
		return api.Message
	}
	return err.Error()
}

// Answer writes one value as JSON on standard output.
func (c *Console) Answer(v any) error {
	enc := json.NewEncoder(c.Env.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// terminal tells whether lines go to somebody's screen, on which a bar can be drawn.
func (c *Console) terminal() bool {
	file, ok := c.talk().(*os.File)
	if !ok {
		return false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	return err == nil && width > 0
}

// Ask says what is about to happen and asks whether it may; only "yes" goes on.
func (c *Console) Ask(happens, what string) error { return c.askUnless("--yes", happens, what) }

// askUnless asks where a flag of another name says that nobody need be asked.
func (c *Console) askUnless(flag, happens, what string) error {
	c.Complain("\n⚠️  %s", happens)
	fmt.Fprintf(c.talk(), "⚠️  Are you sure you want to %s? (yes/no): ", what)
	answer, err := c.readLine()
	fmt.Fprintln(c.talk())
	switch {
	case c.Ctx.Err() != nil:
		return c.Fail("Interrupted: nothing was done")
	case errors.Is(err, io.EOF) && answer == "":
		return c.Fail("Error: nobody is there to answer: use %s to %s without being asked. Nothing was done.", flag, what)
	case !strings.EqualFold(strings.TrimSpace(answer), "yes"):
		return c.Fail("Operation cancelled")
	}
	return nil
}

// readLine reads an answer, as long as the command is not interrupted.
func (c *Console) readLine() (string, error) {
	type read struct {
		line string
		err  error
	}
	answers := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(c.Env.In, 1<<10)).ReadString('\n')
		answers <- read{line, err}
	}()
	select {
	case a := <-answers:
		return a.line, a.err
	case <-c.Ctx.Done():
		return "", c.Ctx.Err()
	}
}

// barRows is from how many rows on a bar is drawn.
const barRows = 100

// bar shows how far a run is, below the lines that are worth reading.
type bar struct {
	progress *mpb.Progress
	bar      *mpb.Bar
	rows     int // that are done
}

func newBar(out io.Writer, total int) *bar {
	progress := mpb.New(mpb.WithOutput(out), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	return &bar{progress: progress, bar: progress.AddBar(int64(total),
		mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string { return OfAll(int(s.Current), int(s.Total)) + " " })),
		mpb.AppendDecorators(decor.Percentage(), decor.AverageSpeed(0, " %.0f/s"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")),
	)}
}

// OfAll says how many of all there are: 1,240 of 10,000.
func OfAll(n, all int) string { return command.Thousands(n) + " of " + command.Thousands(all) }

func (b *bar) Write(p []byte) (int, error) { return b.progress.Write(p) } //nolint:wrapcheck // a writer

// StartBar draws a bar where there is much to do, and somebody to see it.
func (c *Console) StartBar(rows int) {
	if c.terminal() && !c.Quiet && !c.JSON && rows > barRows {
		c.bar = newBar(c.talk(), rows)
	}
}

// AtBar moves the bar to so many rows. It never goes back.
func (c *Console) AtBar(rows int) {
	if c.bar != nil && rows > c.bar.rows {
		c.bar.rows = rows
		c.bar.bar.SetCurrent(int64(rows))
	}
}

// Drawn tells whether there is a bar.
func (c *Console) Drawn() bool { return c.bar != nil }

// EndBar leaves the bar as it is.
func (c *Console) EndBar() {
	if c.bar == nil {
		return
	}
	if !c.bar.bar.Completed() {
		c.bar.bar.Abort(false)
	}
	c.bar.progress.Wait()
	c.bar = nil
}

// Moment writes a time as hubs do.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// Flush writes out what an answer still holds back.
func Flush(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// Example writes examples under the name that the command has.
func (c *Console) Example(lines ...string) string {
	for i, line := range lines {
		lines[i] = "  " + c.name + " " + line
	}
	return strings.Join(lines, "\n")
}
