package manage

import (
	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/audit"
	"github.com/atriumhub/atrium/internal/manage/groups"
	"github.com/atriumhub/atrium/internal/manage/homes"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roles"
	"github.com/atriumhub/atrium/internal/manage/servers"
	"github.com/atriumhub/atrium/internal/manage/tokens"
	"github.com/atriumhub/atrium/internal/manage/usage"
	"github.com/atriumhub/atrium/internal/manage/users"
)

// Commands are those that look after a hub.
func Commands(e *command.Env) []*cobra.Command {
	return []*cobra.Command{
		users.New(e), groups.New(e), roles.New(e), servers.New(e), homes.New(e), tokens.New(e), jobs.New(e), audit.New(e), usage.New(e), newScripts(e),
	}
}
