package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Names is a check for one or more names.
func Names(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("the following arguments are required: %s", what)
		}
		return nil
	}
}

// First is the first argument, empty where there is none.
func First(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// MaybeOne takes one argument or none.
func MaybeOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("unrecognized arguments: %s", strings.Join(args[1:], " "))
	}
	return nil
}

// OneName takes exactly one argument.
func OneName(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := Names(what)(cmd, args); err != nil {
			return err
		}
		return MaybeOne(cmd, args)
	}
}

// OneFile is what most commands take.
func OneFile(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("the following arguments are required: FILE")
	case 1:
		return nil
	}
	return fmt.Errorf("unrecognized arguments: %s", strings.Join(args[1:], " "))
}
