package tokens

import (
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Config is what tokens need to know of the configuration.
type Config struct {
	OAuthAge   time.Duration // of what applications get
	TokenLimit int           // API tokens a person, and logins of a person's to one application; 0 or less: no limit
}

// Deps is what Tokens is made from.
type Deps struct {
	Config     Config
	Store      data.Store
	Policy     *access.Policy
	Rights     *access.Rights
	Logins     *login.Logins
	OwnChanges *access.OwnChanges
	Activity   *mirror.Activity
}

// Tokens makes, shows and revokes API tokens, and gives applications theirs by OAuth. It
// reads the database; when a token was last used it knows from memory.
type Tokens struct {
	cfg      Config
	store    data.Store
	policy   *access.Policy
	rights   *access.Rights
	logins   *login.Logins
	own      *access.OwnChanges
	activity *mirror.Activity
}

// New makes Tokens.
func New(d Deps) *Tokens {
	return &Tokens{
		cfg: d.Config, store: d.Store, policy: d.Policy, rights: d.Rights, logins: d.Logins, own: d.OwnChanges, activity: d.Activity,
	}
}
