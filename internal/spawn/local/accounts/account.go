package accounts

import (
	"context"
	"errors"
	"os"

	accountdb "github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/hub"
)

// Account is the account that a server runs as.
type Account struct {
	UID, GID  uint32
	Exclusive bool // the uid is one home's alone
	Groups    []uint32
	Name      string
	Home      string
	Shell     string
}

// DefaultShell is that of people of whom nothing else is known.
func DefaultShell() string {
	if _, err := os.Stat("/bin/bash"); err == nil {
		return "/bin/bash"
	}
	return "/bin/sh"
}

// FirstUserUID is the lowest uid of a user, by the convention of distributions. Below are
// accounts like that of the database: a user of the hub with its name could read its files.
const FirstUserUID = 1000

// systemAccountText is the message to users for such an account.
const systemAccountText = "The account %s belongs to the system of this hub's machine, and no notebook server runs as that. Log in under a name of your own."

// System is the account of this machine with the person's name.
func System(ctx context.Context, name string) (Account, error) {
	found, err := accountdb.Lookup(ctx, name)
	switch {
	case errors.Is(err, accountdb.ErrAbsent):
		return Account{}, hub.Errorf(hub.Unavailable,
			"There is no account %q on this machine, and spawner.local.system_users is on: the operator has to make one.", name).Plainly(
			"There is no account %s on the machine of this hub, so no server can start. Ask an administrator of this hub for one.", name)
	case err != nil:
		return Account{}, err
	case found.UID == 0:
		return Account{}, hub.Errorf(hub.Unavailable, "The account %q is root, and a notebook server never runs as root.", name).Plainly(systemAccountText, name)
	case found.UID < FirstUserUID:
		return Account{}, hub.Errorf(hub.Unavailable, "The account %q (uid %d) belongs to the system, not to a person: "+
			"uids below %d run no notebook servers.", name, found.UID, FirstUserUID).Plainly(systemAccountText, name)
	}
	if found.Shell == "" {
		found.Shell = DefaultShell()
	}
	return Account{
		UID: found.UID, GID: found.GID, Name: name, Home: found.Home, Shell: found.Shell, Groups: found.Groups,
	}, nil
}
