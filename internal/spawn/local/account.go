package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	accounts "github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// account is whom a server runs as.
type account struct {
	uid, gid uint32
	groups   []uint32
	name     string
	home     string
	shell    string
}

// account decides whom the server runs as, and sees to the home folder.
func (d *Driver) account(ctx context.Context, spec spawn.Spec) (account, error) {
	if d.root && d.opt.SystemUsers {
		return systemAccount(ctx, spec.UserName)
	}
	who := account{
		uid: uint32(os.Getuid()), gid: uint32(os.Getgid()),
		name: spec.UserName, shell: defaultShell(),
		home: filepath.Join(d.opt.DataDir, "homes", strconv.FormatInt(spec.UserID, 10)),
	}
	if d.root {
		uid := int64(d.opt.UIDRange[0]) + spec.UserID
		if spec.UserID < 0 || uid > int64(d.opt.UIDRange[1]) {
			return account{}, hub.Errorf(hub.Unavailable,
				"spawner.local.uid_range (%d to %d) has no uid left for this person: the operator has to give it a higher end.",
				d.opt.UIDRange[0], d.opt.UIDRange[1])
		}
		who.uid, who.gid = uint32(uid), uint32(uid)
	}
	d.homes.Lock()
	defer d.homes.Unlock()
	if err := makeHome(who, d.root); err != nil {
		return account{}, err
	}
	return who, nil
}

// makeHome makes the folder, or checks that it is this uid's. Homes lie in a folder
// of the hub's, where people cannot put anything in their place.
func makeHome(who account, chown bool) error {
	err := os.Mkdir(who.home, 0o700)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make a home folder: %w", err)
	}
	info, err := os.Lstat(who.home)
	if err != nil {
		return fmt.Errorf("look at the home folder: %w", err)
	}
	if !info.IsDir() {
		return hub.Errorf(hub.Unavailable, "The home %s is not a folder.", who.home)
	}
	owner := ownerOf(info)
	if chown && owner != who.uid {
		// One that was made just before the hub was killed is empty; anything else is not given away.
		if err := os.Remove(who.home); err != nil {
			return hub.Errorf(hub.Unavailable, "The home folder %s belongs to uid %d, not to uid %d: "+
				"was spawner.local.uid_range changed? (chown -R would give it back)", who.home, owner, who.uid)
		}
		if err := os.Mkdir(who.home, 0o700); err != nil {
			return fmt.Errorf("make a home folder: %w", err)
		}
		if err := os.Chown(who.home, int(who.uid), int(who.gid)); err != nil {
			return fmt.Errorf("give the home folder to uid %d: %w", who.uid, err)
		}
	}
	return nil
}

func defaultShell() string {
	if _, err := os.Stat("/bin/bash"); err == nil {
		return "/bin/bash"
	}
	return "/bin/sh"
}

// firstPerson is the lowest uid of a person, by the convention of distributions.
// Below are accounts like that of the database: whoever got its name on this hub
// would read what it may.
const firstPerson = 1000

// systemAccount is the account of this machine with the person's name.
func systemAccount(ctx context.Context, name string) (account, error) {
	found, err := accounts.Lookup(ctx, name)
	switch {
	case errors.Is(err, accounts.ErrAbsent):
		return account{}, hub.Errorf(hub.Unavailable,
			"There is no account %q on this machine, and spawner.local.system_users is on: the operator has to make one.", name)
	case err != nil:
		return account{}, err
	case found.UID == 0:
		return account{}, hub.Errorf(hub.Unavailable, "The account %q is root, and a notebook server never runs as root.", name)
	case found.UID < firstPerson:
		return account{}, hub.Errorf(hub.Unavailable, "The account %q (uid %d) belongs to the system, not to a person: "+
			"uids below %d run no notebook servers.", name, found.UID, firstPerson)
	}
	if found.Shell == "" {
		found.Shell = defaultShell()
	}
	return account{
		uid: found.UID, gid: found.GID, name: name, home: found.Home, shell: found.Shell, groups: found.Groups,
	}, nil
}
