package local

import (
	"context"
	"errors"
	"os"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
)

// account decides which account the server runs as, and makes sure that the home exists.
func (d *Driver) account(ctx context.Context, spec spawn.Spec) (accounts.Account, error) {
	if d.root && d.opt.SystemUsers {
		return accounts.System(ctx, spec.UserName)
	}
	if spec.Home == nil {
		return accounts.Account{}, errors.New("the start says nothing of a home")
	}
	ready := d.reportIfSlow(spec, 30, "Preparing the home folder")
	home, err := d.opt.Homes.Ensure(*spec.Home)
	ready()
	if err != nil {
		return accounts.Account{}, err
	}
	who := accounts.Account{
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
		Name: spec.UserName, Shell: accounts.DefaultShell(), Home: d.opt.Homes.Path(home),
	}
	if d.root {
		who.UID, who.GID, who.Exclusive = home.UID, home.UID, !home.Shared
	}
	return who, nil
}

// accountEntryFor is nil if servers run as accounts of the machine.
func (d *Driver) accountEntryFor(who accounts.Account) *accounts.Entry {
	if !d.root || d.opt.SystemUsers || d.opt.Unnamed {
		return nil
	}
	return &accounts.Entry{Name: who.Name, Home: who.Home, Shell: who.Shell}
}

// keepAccountNames mounts the files in running servers again when the machine's files were
// replaced. Otherwise it costs three calls of stat.
func (d *Driver) keepAccountNames() {
	if d.accountEntryFor(accounts.Account{}) == nil {
		return
	}
	if !d.accountFiles.Changed() {
		return
	}
	records, err := d.files.all()
	if err != nil {
		d.log.Error("running servers' accounts may have lost their names", "error", err)
		return
	}
	for _, rec := range records {
		p, ok := rec.process()
		if rec.State != running || rec.Person == nil || !ok || !p.Alive() {
			continue
		}
		if err := rec.Person.Remount(p, rec.UID, rec.UID, d.files.dir); err != nil {
			d.log.Warn("a running server's account has no name any more, until it is started anew", "server_id", rec.ServerID, "error", err)
		}
	}
}
