// Package cli is the command line, and the one place where Atrium's parts are put
// together.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local"
)

// Exit statuses, as documented.
const (
	exitOK       = 0
	exitNotStart = 1
	exitUsage    = 2
)

// env is what commands work with, so that tests can bring their own.
type env struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// lookup finds a variable of the environment.
func (e *env) lookup(name string) (string, bool) {
	for i := len(e.environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e.environ[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// Main runs the command line and gives the exit status.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) > 1 && args[1] == local.ExecArgument {
		return local.ExecMain(in, errOut)
	}
	ctx, stop := untilTold()
	defer stop()
	e := &env{in: in, out: out, err: errOut, environ: os.Environ()}
	name, root := "atrium", newRoot
	arguments := args[1:]
	if script := scriptCalled(args[0]); script != "" {
		name, root = script, func(e *env) *cobra.Command { return newScript(e, script) }
		arguments = expandLong(root(e), arguments)
	}
	return exitStatus(ctx, run(ctx, root(e), arguments), name, errOut)
}

// untilTold is a context that ends with Ctrl-C, SIGTERM, or the end of the terminal; the
// second of the former two ends the program at once. That of the terminal is told more
// than once by some shells, and whoever has asked to be spared it (nohup) is.
func untilTold() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, stop
	}
	ctx, cancel := context.WithCancel(ctx)
	closed := make(chan os.Signal, 1)
	signal.Notify(closed, syscall.SIGHUP)
	go func() {
		defer cancel()
		select {
		case <-closed:
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(); stop() }
}

func run(ctx context.Context, root *cobra.Command, args []string) error {
	root.SetArgs(args)
	return root.ExecuteContext(ctx) //nolint:wrapcheck // told as it is
}

// exitStatus says what went wrong, unless that has been said, and gives the status.
func exitStatus(ctx context.Context, err error, name string, errOut io.Writer) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(errOut, "atrium: stopped before it was ready")
		return exitNotStart
	}
	fmt.Fprintf(errOut, "%s: %s\n", name, toldOf(err))
	if _, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(errOut, "Run '%s --help' for usage.\n", name)
		return exitUsage
	}
	return exitNotStart
}

// toldOf is what a person is told of an error: a hub.Error's own sentence, without
// what only a log wants to know.
func toldOf(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal && e.Msg != "" {
		return e.Msg
	}
	return err.Error()
}

// usageError marks wrong usage, which has an exit status of its own.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "atrium",
		Short: "A hub for shared Jupyter",
		Long: `Atrium is a hub for shared Jupyter: people log in and get notebook servers.

Start one:           atrium serve
People in bulk:      atrium users --help
Groups and servers:  atrium groups --help, atrium servers --help
Whose home is what:  atrium homes --help
Who changed what:    atrium audit --since 7d
What can be set:     atrium config reference
Keep it safe:        atrium backup hub.backup
Python packages:     atrium python --help
Lost the password:   atrium admin reset-password`,
		Version: Version(),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("atrium {{.Version}}\n")
	root.AddCommand(newServe(e), newConfig(e), newAdmin(e), newBackup(e), newRestore(e), newUsers(e), newGroups(e), newServers(e), newHomes(e), newTokens(e), newAudit(e), newPython(e), newScripts(e), newMan(e), newVersion(e))
	addCompletions(root)
	setUpRoot(e, root)
	return root
}

// setUpRoot makes a tree of commands one that the program can run.
func setUpRoot(e *env, root *cobra.Command) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	wrapArgs(root)
}

// wrapArgs makes wrong arguments, too, usage errors.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if err == nil {
				err = c.ValidateFlagGroups() // which would come too late to be one
			}
			if err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}
