package login

import (
	"log/slog"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Config is what logins need to know of the configuration.
type Config struct {
	Methods    Methods
	SessionAge time.Duration
	ClaimAge   time.Duration // for how long after somebody was made their first login sets the password; 0: never
	Passwords  PasswordPolicy
}

// Deps is what Logins is made from.
type Deps struct {
	Config    Config
	Store     data.Store
	Policy    *access.Policy
	Rights    *access.Rights
	Hasher    PasswordHasher
	Throttle  Throttle
	Activity  *mirror.Activity
	Directory *mirror.Directory
	Clock     hub.Clock
	Logger    *slog.Logger
}

// Logins opens and ends sessions, and looks after passwords. Passwords, and who they belong
// to, are read from the database at each login; nothing is decided from memory.
type Logins struct {
	cfg       Config
	store     data.Store
	policy    *access.Policy
	rights    *access.Rights
	hasher    PasswordHasher
	throttle  Throttle
	failed    *failedLogins
	activity  *mirror.Activity
	directory *mirror.Directory
	common    func() ([]string, error) // passwords that everybody tries
	clock     hub.Clock
	log       *slog.Logger
}

// New makes Logins.
func New(d Deps) *Logins {
	return &Logins{
		cfg: d.Config, store: d.Store, policy: d.Policy, rights: d.Rights, hasher: d.Hasher, throttle: d.Throttle,
		failed: newFailedLogins(d.Logger, d.Clock), activity: d.Activity, directory: d.Directory,
		common: sync.OnceValues(readCommon), clock: d.Clock, log: d.Logger,
	}
}
