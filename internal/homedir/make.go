package homedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// Path is where a home's files are.
func (p *Place) Path(r hub.HomeRecord) string { return filepath.Join(p.dir, r.Folder) }

// Ensure sees to it that the home is there and belongs to the person who claims it, and
// brings its record up to date. It is hub.Unavailable, in words for a person, where the
// record names somebody else and is newer than the claim: the database went back to a
// backup. Calling it again does nothing.
func (p *Place) Ensure(c hub.HomeClaim) (hub.HomeRecord, error) {
	p.making.Lock()
	defer p.making.Unlock()
	r, err := p.Record(c.HomeID)
	switch {
	case hub.Is(err, hub.NotFound) && c.Folder != "": // the homes went back to a backup that had none of it
		r, err = p.rewrite(c)
	case hub.Is(err, hub.NotFound):
		r, err = p.begin(c)
	case err == nil:
		r, err = p.settle(r, c)
	}
	if err == nil && r.Archive != "" {
		err = hub.Errorf(hub.Unavailable, "The home %s is packed away: an administrator unpacks it with atrium homes attach %s %s.", r.HomeID, r.HomeID, c.Owner.Name).Plainly(
			"The files of %s are packed away in an archive. Ask an administrator of this hub to bring them back.", c.Owner.Name)
	}
	if err != nil {
		return r, err
	}
	return r, p.makeFolder(&r)
}

// Note brings a home's record up to date with a claim, as Ensure does, and makes no
// folder.
func (p *Place) Note(c hub.HomeClaim) (hub.HomeRecord, error) {
	p.making.Lock()
	defer p.making.Unlock()
	r, err := p.Record(c.HomeID)
	if err != nil {
		return r, err
	}
	return p.settle(r, c)
}

// unusable is what people are told of a home that an operator has to look after.
const unusable = "The home folder cannot be used. Ask an administrator of this hub."

// begin writes the record of a home that is about to be made.
func (p *Place) begin(c hub.HomeClaim) (hub.HomeRecord, error) {
	if !goodID(c.HomeID) {
		return hub.HomeRecord{}, hub.Errorf(hub.Invalid, "%s is no id of a home.", hub.Clip(c.HomeID))
	}
	r := hub.HomeRecord{
		HomeID: c.HomeID, Folder: slug(c.Owner.Name) + "-" + c.HomeID, UID: uint32(os.Getuid()), Shared: !p.root,
		HubID: p.hubID, Owner: c.Owner, Changed: c.Changed, Created: p.clock(),
	}
	if p.root {
		var err error
		if r.UID, err = p.uids.take(); err != nil {
			return r, err
		}
	}
	return r, p.write(r)
}

// settle compares what a record says with a claim, and lets the later word count.
func (p *Place) settle(r hub.HomeRecord, c hub.HomeClaim) (hub.HomeRecord, error) {
	mine := r.HubID == p.hubID && r.Owner.Same(c.Owner)
	if !mine && !c.Changed.After(r.Changed) {
		return r, hub.Errorf(hub.Unavailable, "The home %s belongs to %s, says its own record, which is newer than the hub's database. "+
			"An administrator decides: atrium homes show %s", r.HomeID, r.Owner.Name, r.HomeID).Plainly(unusable)
	}
	if mine && r.Owner.Name == c.Owner.Name && !c.Changed.After(r.Changed) {
		return r, nil
	}
	r.HubID, r.Owner = p.hubID, c.Owner
	if c.Changed.After(r.Changed) {
		r.Changed = c.Changed
	}
	return r, p.write(r)
}

// makeFolder makes the folder, or checks that it is the home's uid's. Homes lie in a
// folder of the hub's, where people cannot put anything in their place.
func (p *Place) makeFolder(r *hub.HomeRecord) error {
	path := p.Path(*r)
	if r.Awaited {
		if err := p.arrived(r); err != nil {
			return err
		}
	}
	err := os.Mkdir(path, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make a home folder: %w", err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at the home folder: %w", err)
	}
	switch {
	case !info.IsDir():
		return hub.Errorf(hub.Unavailable, "The home %s is not a folder.", path).Plainly(unusable)
	case !p.root:
		return nil
	case r.Shared:
		return p.unshare(r)
	case disk.Owner(info) != r.UID:
		return p.give(path, disk.Owner(info), r.UID)
	}
	return nil
}

// arrived notes that the files of a home are there that a backup knew of; it is
// hub.Unavailable while they are not: an empty folder in their place would look as if they
// had been lost.
func (p *Place) arrived(r *hub.HomeRecord) error {
	if _, err := os.Lstat(p.Path(*r)); errors.Is(err, fs.ErrNotExist) {
		return p.lost(r.Owner.Name, p.Path(*r))
	} else if err != nil {
		return fmt.Errorf("look for the home folder: %w", err)
	}
	r.Awaited = false
	return p.write(*r)
}

// rewrite writes the record anew of a home that the database knows, and the place does not;
// hub.Unavailable where its files are not here either.
func (p *Place) rewrite(c hub.HomeClaim) (hub.HomeRecord, error) {
	r := hub.HomeRecord{
		HomeID: c.HomeID, Folder: c.Folder, Shared: !p.root, HubID: p.hubID, Owner: c.Owner, Changed: c.Changed, Created: p.clock(),
	}
	if !goodID(r.HomeID) || !goodFolder(r.Folder) {
		return r, hub.Errorf(hub.Invalid, "%s in %s is no home.", hub.Clip(r.HomeID), hub.Clip(r.Folder))
	}
	info, err := os.Lstat(p.Path(r))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, p.lost(c.Owner.Name, p.Path(r))
	case err != nil:
		return r, fmt.Errorf("look for the home folder: %w", err)
	}
	r.UID = disk.Owner(info)
	switch {
	case p.root && r.UID < firstPerson:
		return r, hub.Errorf(hub.Unavailable, "The home folder %s belongs to uid %d, which is no person's: was it copied without its owners?", p.Path(r), r.UID).Plainly(unusable)
	case p.root:
		if err := p.uids.note(r.UID); err != nil {
			return r, err
		}
	}
	return r, p.write(r)
}

// lost says that a home's files are not here, and what can be done.
func (p *Place) lost(name, path string) error {
	return hub.Errorf(hub.Unavailable, "The files of %s have not been brought here yet: they belong in %s. The operator copies them from a backup of the homes, "+
		"or an administrator lets %s begin with none: atrium homes detach %s", name, path, name, name).Plainly(
		"The files of %s have not been brought to this hub yet. Ask an administrator of this hub when they will be.", name)
}

// give makes an empty folder anew as the uid's. One that was made just before the hub
// was killed is empty; anything else is not given away.
func (p *Place) give(path string, owner, uid uint32) error {
	if err := os.Remove(path); err != nil {
		return hub.Errorf(hub.Unavailable, "The home folder %s belongs to uid %d, not to the home's uid %d: was it copied without its owners, "+
			"or made by a hub that did not run as root? The operator has to give it back: chown -R -h %d:%d %s", path, owner, uid, uid, uid, path).Plainly(unusable)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return fmt.Errorf("make a home folder: %w", err)
	}
	if err := os.Lchown(path, int(uid), int(uid)); err != nil {
		return fmt.Errorf("give the home folder to uid %d: %w", uid, err)
	}
	return nil
}

// unshare gives a home that was made while all had the hub's uid one of its own. What
// files it has must be given to it by the operator: to find them all, and nobody else's,
// is not to be had among links that people have made.
func (p *Place) unshare(r *hub.HomeRecord) error {
	uid, err := p.uids.take()
	if err != nil {
		return err
	}
	was := r.UID
	r.UID, r.Shared = uid, false
	if err := p.write(*r); err != nil {
		return err
	}
	return p.give(p.Path(*r), was, uid)
}

// slug is a name as part of a folder's: what is left of it in letters, digits, dots and
// dashes that need no quoting anywhere.
func slug(name string) string {
	const longest = 32
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		case r == '@', r == ' ', r == '+':
			return '-'
		}
		return -1
	}, strings.ToLower(name))
	if s = strings.Trim(s[:min(len(s), longest)], ".-_"); s == "" {
		return "home"
	}
	return s
}
