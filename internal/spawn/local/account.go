package local

import (
	"context"
	"errors"
	"os"

	accounts "github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// account is the account that a server runs as.
type account struct {
	uid, gid  uint32
	exclusive bool // the uid is one home's alone
	groups    []uint32
	name      string
	home      string
	shell     string
}

// account decides which account the server runs as, and makes sure that the home exists.
func (d *Driver) account(ctx context.Context, spec spawn.Spec) (account, error) {
	if d.root && d.opt.SystemUsers {
		return systemAccount(ctx, spec.UserName)
	}
	if spec.Home == nil {
		return account{}, errors.New("the start says nothing of a home")
	}
	ready := d.reportIfSlow(spec, 30, "Preparing the home folder")
	home, err := d.opt.Homes.Ensure(*spec.Home)
	ready()
	if err != nil {
		return account{}, err
	}
	who := account{
		uid: uint32(os.Getuid()), gid: uint32(os.Getgid()),
		name: spec.UserName, shell: defaultShell(), home: d.opt.Homes.Path(home),
	}
	if d.root {
		who.uid, who.gid, who.exclusive = home.UID, home.UID, !home.Shared
	}
	return who, nil
}

func defaultShell() string {
	if _, err := os.Stat("/bin/bash"); err == nil {
		return "/bin/bash"
	}
	return "/bin/sh"
}

// firstUserUID is the lowest uid of a user, by the convention of distributions. Below are
// accounts like that of the database: a user of the hub with its name could read its files.
const firstUserUID = 1000

// systemAccountText is the message to users for such an account.
const systemAccountText = "The account %s belongs to the system of this hub's machine, and no notebook server runs as that. Log in under a name of your own."

// systemAccount is the account of this machine with the person's name.
func systemAccount(ctx context.Context, name string) (account, error) {
	found, err := accounts.Lookup(ctx, name)
	switch {
	case errors.Is(err, accounts.ErrAbsent):
		return account{}, hub.Errorf(hub.Unavailable,
			"There is no account %q on this machine, and spawner.local.system_users is on: the operator has to make one.", name).Plainly(
			"There is no account %s on the machine of this hub, so no server can start. Ask an administrator of this hub for one.", name)
	case err != nil:
		return account{}, err
	case found.UID == 0:
		return account{}, hub.Errorf(hub.Unavailable, "The account %q is root, and a notebook server never runs as root.", name).Plainly(systemAccountText, name)
	case found.UID < firstUserUID:
		return account{}, hub.Errorf(hub.Unavailable, "The account %q (uid %d) belongs to the system, not to a person: "+
			"uids below %d run no notebook servers.", name, found.UID, firstUserUID).Plainly(systemAccountText, name)
	}
	if found.Shell == "" {
		found.Shell = defaultShell()
	}
	return account{
		uid: found.UID, gid: found.GID, name: name, home: found.Home, shell: found.Shell, groups: found.Groups,
	}, nil
}
