package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// names is a check for one or more names.
func names(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("the following arguments are required: %s", what)
		}
		return nil
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// maybeOne takes one argument or none.
func maybeOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("unrecognized arguments: %s", strings.Join(args[1:], " "))
	}
	return nil
}

// oneName takes exactly one argument.
func oneName(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := names(what)(cmd, args); err != nil {
			return err
		}
		return maybeOne(cmd, args)
	}
}

// oneFile is what most commands take.
func oneFile(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("the following arguments are required: FILE")
	case 1:
		return nil
	}
	return fmt.Errorf("unrecognized arguments: %s", strings.Join(args[1:], " "))
}
