package manage

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

// console is how a command that works on people speaks: under its own name it talks
// on standard error and answers on standard output; under the scripts' names all goes
// to standard output, as theirs did.
type console struct {
	env         *command.Env
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
		return c.env.Out
	}
	return c.env.Err
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
		fmt.Fprintf(c.env.Err, "⚠️  Warning: "+format+"\n", args...)
	}
}

// fail says what kept the command from doing anything.
func (c *console) fail(format string, args ...any) error {
	c.complain("❌ "+format, args...)
	return &command.StatusError{Status: command.ExitNotStart}
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
	enc := json.NewEncoder(c.env.Out)
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

// ask says what is about to happen and asks whether it may; only "yes" goes on.
func (c *console) ask(happens, what string) error { return c.askUnless("--yes", happens, what) }

// askUnless asks where a flag of another name says that nobody need be asked.
func (c *console) askUnless(flag, happens, what string) error {
	c.complain("\n⚠️  %s", happens)
	fmt.Fprintf(c.talk(), "⚠️  Are you sure you want to %s? (yes/no): ", what)
	answer, err := c.readLine()
	fmt.Fprintln(c.talk())
	switch {
	case c.ctx.Err() != nil:
		return c.fail("Interrupted: nothing was done")
	case errors.Is(err, io.EOF) && answer == "":
		return c.fail("Error: nobody is there to answer: use %s to %s without being asked. Nothing was done.", flag, what)
	case !strings.EqualFold(strings.TrimSpace(answer), "yes"):
		return c.fail("Operation cancelled")
	}
	return nil
}

// readLine reads an answer, as long as the command is not interrupted.
func (c *console) readLine() (string, error) {
	type read struct {
		line string
		err  error
	}
	answers := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(c.env.In, 1<<10)).ReadString('\n')
		answers <- read{line, err}
	}()
	select {
	case a := <-answers:
		return a.line, a.err
	case <-c.ctx.Done():
		return "", c.ctx.Err()
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
		mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string { return ofAll(int(s.Current), int(s.Total)) + " " })),
		mpb.AppendDecorators(decor.Percentage(), decor.AverageSpeed(0, " %.0f/s"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")),
	)}
}

// ofAll says how many of all there are: 1,240 of 10,000.
func ofAll(n, all int) string { return command.Thousands(n) + " of " + command.Thousands(all) }

func (b *bar) Write(p []byte) (int, error) { return b.progress.Write(p) } //nolint:wrapcheck // a writer

// startBar draws a bar where there is much to do, and somebody to see it.
func (c *console) startBar(rows int) {
	if c.terminal() && !c.quiet && !c.json && rows > barRows {
		c.bar = newBar(c.talk(), rows)
	}
}

// atBar moves the bar to so many rows. It never goes back.
func (c *console) atBar(rows int) {
	if c.bar != nil && rows > c.bar.rows {
		c.bar.rows = rows
		c.bar.bar.SetCurrent(int64(rows))
	}
}

// endBar leaves the bar as it is.
func (c *console) endBar() {
	if c.bar == nil {
		return
	}
	if !c.bar.bar.Completed() {
		c.bar.bar.Abort(false)
	}
	c.bar.progress.Wait()
	c.bar = nil
}
