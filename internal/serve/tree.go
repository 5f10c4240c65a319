package serve

import (
	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/serve/backups"
	"github.com/atriumhub/atrium/internal/serve/python"
	"github.com/atriumhub/atrium/internal/serve/settings"
)

// Commands are those that work on a data directory.
func Commands(e *command.Env) []*cobra.Command {
	return []*cobra.Command{
		newServe(e), settings.New(e), newAdmin(e), backups.NewBackup(e), backups.NewRestore(e), python.New(e),
	}
}
