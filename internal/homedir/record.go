package homedir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// recordFormat is the version of the records' form.
const recordFormat = 1

// record is a home's record as it is kept.
type record struct {
	Format int `json:"format"`
	hub.HomeRecord
}

// goodID tells whether a text can be a home's id, and so the name of a file.
func goodID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// goodFolder tells whether the text names a folder in the place, and not one elsewhere.
func goodFolder(name string) bool {
	return name != "" && name[0] != '.' && name == filepath.Base(name)
}

func (p *Place) recordFile(id string) string { return filepath.Join(p.inner("records"), id+".json") }

// Record reads a home's record; hub.NotFound where there is none.
func (p *Place) Record(id string) (hub.HomeRecord, error) {
	var r record
	if !goodID(id) {
		return r.HomeRecord, hub.Errorf(hub.NotFound, "There is no home %s in %s.", hub.Clip(id), p.dir)
	}
	text, err := os.ReadFile(p.recordFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return r.HomeRecord, hub.Errorf(hub.NotFound, "There is no home %s in %s.", id, p.dir)
	}
	if err != nil {
		return r.HomeRecord, fmt.Errorf("read the record of home %s: %w", id, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r.HomeRecord, fmt.Errorf("read the record %s: %w", p.recordFile(id), err)
	}
	if r.Format > recordFormat {
		return r.HomeRecord, hub.Errorf(hub.Unavailable, "The record %s was written by a newer Atrium: run that one.", p.recordFile(id)).Plainly(unusable)
	}
	if r.HomeID != id || !goodFolder(r.Folder) || r.Archive != "" && !goodFolder(r.Archive) {
		return r.HomeRecord, hub.Errorf(hub.Unavailable, "The record %s is damaged: it speaks of home %s in folder %s.",
			p.recordFile(id), hub.Clip(r.HomeID), hub.Clip(r.Folder)).Plainly(unusable)
	}
	return r.HomeRecord, nil
}

// write replaces a record, whole and durably.
func (p *Place) write(r hub.HomeRecord) error {
	text, err := json.Marshal(record{recordFormat, r})
	if err == nil {
		err = disk.WriteFile(p.recordFile(r.HomeID), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the record of home %s: %w", r.HomeID, err)
	}
	return nil
}

// Homes lists the ids of the homes that have a record, in no order.
func (p *Place) Homes() ([]string, error) {
	folder, err := os.Open(p.inner("records"))
	if err != nil {
		return nil, fmt.Errorf("list the homes in %s: %w", p.dir, err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list the homes in %s: %w", p.dir, err)
	}
	ids := make([]string, 0, len(names))
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, ".json"); ok && goodID(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Import writes a record that came out of a backup, where the home has none; it says
// whether it did. The home's files come by another way: until its folder is there, nobody
// can use the home.
func (p *Place) Import(r hub.HomeRecord) (bool, error) {
	if !goodID(r.HomeID) || !goodFolder(r.Folder) || r.Archive != "" && !goodFolder(r.Archive) {
		return false, hub.Errorf(hub.Invalid, "%s is no record of a home.", hub.Clip(r.HomeID))
	}
	_, err := p.Record(r.HomeID)
	if !hub.Is(err, hub.NotFound) {
		return false, err
	}
	if p.root && !r.Shared {
		if err := p.uids.note(r.UID); err != nil {
			return false, err
		}
	}
	r.Awaited = true
	return true, p.write(r)
}
