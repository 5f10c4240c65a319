package command

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/hub"
)

// Exit statuses, as documented.
const (
	ExitOK       = 0
	ExitNotStart = 1
	ExitUsage    = 2
	// ExitSomeFailed is the status of a run in which some rows failed.
	ExitSomeFailed = 3
)

// Env is what commands work with, so that tests can bring their own.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
}

// Lookup finds a variable of the environment.
func (e *Env) Lookup(name string) (string, bool) {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e.Environ[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// StatusError ends the program with a status; what there is to say has been said.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// MessageFor is what a person is told of an error: a hub.Error's own sentence, without
// what only a log wants to know.
func MessageFor(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal && e.Msg != "" {
		return e.Msg
	}
	return err.Error()
}

// UsageError marks wrong usage, which has an exit status of its own.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong.
func (e *UsageError) Unwrap() error { return e.Err }

// SetUpRoot makes a tree of commands one that the program can run.
func SetUpRoot(e *Env, root *cobra.Command) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &UsageError{err} })
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
				return &UsageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}
