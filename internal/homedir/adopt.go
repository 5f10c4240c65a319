package homedir

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// Numbered lists the folders that a former version of the hub made, named after the
// numbers of the people whose they were, until Adopt has seen to them: records with the
// home's id, the same at each call, the folder, and the owner's number alone.
func (p *Place) Numbered() ([]hub.HomeRecord, error) {
	if p.on.Adopted {
		return nil, nil
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, fmt.Errorf("list the homes in %s: %w", p.dir, err)
	}
	var found []hub.HomeRecord
	for _, e := range entries {
		id, err := strconv.ParseInt(e.Name(), 10, 64)
		if err == nil && id > 0 && e.IsDir() && e.Name() == strconv.FormatInt(id, 10) {
			found = append(found, hub.HomeRecord{HomeID: hub.HashSecret(p.id + " " + e.Name())[:10], Folder: e.Name(), Owner: hub.HomeOwner{ID: id}})
		}
	}
	return found, nil
}

// Adopt writes records for such folders, with the claims of the people whose they are,
// by the id of the home. They keep their uids. A folder without a claim gets a record
// that names nobody.
func (p *Place) Adopt(folders []hub.HomeRecord, claims map[string]hub.HomeClaim) ([]hub.HomeRecord, error) {
	uids := make([]uint32, len(folders))
	users := map[uint32]int{}
	for i, f := range folders {
		info, err := os.Lstat(p.Path(f))
		if err != nil {
			return nil, fmt.Errorf("look at the home folder %s: %w", f.Folder, err)
		}
		uids[i] = disk.Owner(info)
		users[uids[i]]++
	}
	records := slices.Clone(folders)
	var own []uint32
	for i := range records {
		r := &records[i]
		r.UID, r.Created = uids[i], p.clock()
		if c, ok := claims[r.HomeID]; ok {
			r.HubID, r.Owner, r.Changed = p.hubID, c.Owner, c.Changed
		}
		r.Shared = !p.root || r.UID < firstPerson || users[r.UID] > 1
		if !r.Shared {
			own = append(own, r.UID)
		}
	}
	return records, p.adopt(records, own)
}

func (p *Place) adopt(records []hub.HomeRecord, uids []uint32) error {
	if p.root && len(uids) > 0 {
		if err := p.uids.note(uids...); err != nil {
			return err
		}
	}
	for _, r := range records {
		if err := p.write(r); err != nil {
			return err
		}
	}
	return p.update(func(d *descriptor) error {
		d.Adopted = true
		return nil
	})
}
