package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// addCompletions says what a shell may offer for the arguments and flags of a tree of
// commands. Nothing of it asks a hub: pressing a key must neither wait nor tell anybody.
func addCompletions(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil && cmd.RunE != nil {
		cmd.ValidArgsFunction = argumentsOf(cmd.Use)
		if cmd.Name() == "export" {
			cmd.ValidArgsFunction = written
		}
	}
	for flag, offer := range map[string]cobra.CompletionFunc{
		"file": tables, "output": written, "target-kind": cobra.FixedCompletions(targetKinds(), cobra.ShellCompDirectiveNoFileComp),
		"url": cobra.NoFileCompletions, "token": cobra.NoFileCompletions, "timeout": cobra.NoFileCompletions,
		"concurrency": cobra.NoFileCompletions, "group": cobra.NoFileCompletions, "name": cobra.NoFileCompletions,
		"state": cobra.FixedCompletions([]string{"active", "ready", "inactive"}, cobra.ShellCompDirectiveNoFileComp), "confirmed": cobra.NoFileCompletions, "users": cobra.NoFileCompletions,
		"profile": cobra.NoFileCompletions, "option": cobra.NoFileCompletions, "note": cobra.NoFileCompletions,
		"expires-in": cobra.FixedCompletions([]string{"12h", "7d", "30d", "365d"}, cobra.ShellCompDirectiveNoFileComp),
		"since":      cobra.FixedCompletions([]string{"1h", "1d", "7d", "30d"}, cobra.ShellCompDirectiveNoFileComp),
		"until":      cobra.NoFileCompletions, "actor": cobra.NoFileCompletions, "action": cobra.NoFileCompletions,
		"target": cobra.NoFileCompletions, "request-id": cobra.NoFileCompletions, "limit": cobra.NoFileCompletions,
		"sheet": cobra.NoFileCompletions, "scope": cobra.NoFileCompletions, "role": cobra.NoFileCompletions, "user": cobra.NoFileCompletions,
	} {
		if cmd.Flags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, offer) // which fails where the command has one of its own
		}
	}
	for _, sub := range cmd.Commands() {
		addCompletions(sub)
	}
}

// argumentsOf is what the words after a command's name stand for.
func argumentsOf(use string) cobra.CompletionFunc {
	_, words, _ := strings.Cut(use, " ")
	switch {
	case strings.HasPrefix(words, "FILE"), words == "[FILE]":
		return tables
	case words == "DIR":
		return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	}
	return cobra.NoFileCompletions
}

// tables are files that people can be in, or be written to.
func tables(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"csv", "xlsx", "ods"}, cobra.ShellCompDirectiveFilterFileExt
}

// written are files that people can be written to.
func written(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"csv", "xlsx"}, cobra.ShellCompDirectiveFilterFileExt
}

func targetKinds() []string { return []string{"user", "group", "server", "service", "hub"} }
