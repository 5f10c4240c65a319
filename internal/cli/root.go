// Package cli is the command line: the tree of its commands, which serve and manage have,
// and how the program ends.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage"
	"github.com/atriumhub/atrium/internal/serve"
	"github.com/atriumhub/atrium/internal/spawn/local"
)

// Main runs the command line and gives the exit status.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) > 1 && args[1] == local.ExecArgument {
		return local.ExecMain(in, errOut)
	}
	ctx, stop := signalContext()
	defer stop()
	e := &command.Env{In: in, Out: out, Err: errOut, Environ: os.Environ()}
	name, root := "atrium", newRoot
	arguments := args[1:]
	if script := manage.ScriptCalled(args[0]); script != "" {
		name, root = script, func(e *command.Env) *cobra.Command { return manage.NewScript(e, script) }
		arguments = manage.ExpandLong(root(e), arguments)
	}
	return exitStatus(ctx, run(ctx, root(e), arguments), name, errOut)
}

// signalContext is a context that ends with Ctrl-C, SIGTERM, or the end of the terminal; the
// second of the former two ends the program at once. That of the terminal is told more
// than once by some shells, and whoever has asked to be spared it (nohup) is.
func signalContext() (context.Context, context.CancelFunc) {
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
		return command.ExitOK
	}
	if e, ok := errors.AsType[*command.StatusError](err); ok {
		return e.Status
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(errOut, "atrium: stopped before it was ready")
		return command.ExitNotStart
	}
	fmt.Fprintf(errOut, "%s: %s\n", name, command.MessageFor(err))
	if _, ok := errors.AsType[*command.UsageError](err); ok {
		fmt.Fprintf(errOut, "Run '%s --help' for usage.\n", name)
		return command.ExitUsage
	}
	return command.ExitNotStart
}

func newRoot(e *command.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "atrium",
		Short: "A hub for shared Jupyter",
		Long: `Atrium is a hub for shared Jupyter: people log in and get notebook servers.

Start one:           atrium serve
People in bulk:      atrium users --help
Groups and servers:  atrium groups --help, atrium servers --help
Whose home is what:  atrium homes --help
Is it done yet:      atrium jobs show 12
Who changed what:    atrium audit --since 7d
What can be set:     atrium config reference
Keep it safe:        atrium backup hub.backup
Python packages:     atrium python --help
Lost the password:   atrium admin reset-password`,
		Version: command.Version(),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("atrium {{.Version}}\n")
	root.AddCommand(serve.Commands(e)...)
	root.AddCommand(manage.Commands(e)...)
	root.AddCommand(newMan(e), newVersion(e))
	addCompletions(root)
	command.SetUpRoot(e, root)
	return root
}
