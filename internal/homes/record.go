package homes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

// recordFormat is the version of the records' form.
const recordFormat = 1

// record is a home's record as it is kept. Times are microseconds since 1970.
type record struct {
	Format  int    `json:"format"`
	ID      string `json:"id"`
	Folder  string `json:"folder"`
	UID     uint32 `json:"uid"`
	Shared  bool   `json:"shared,omitempty"`
	HubID   string `json:"hub_id"`
	Owner   owner  `json:"owner"`
	Changed int64  `json:"changed"`
	Archive string `json:"archive,omitempty"`
	Created int64  `json:"created"`
}

type owner struct {
	ID      int64  `json:"id"`
	Created int64  `json:"created"`
	Name    string `json:"name"`
}

func kept(r hub.HomeRecord) record {
	return record{
		Format: recordFormat, ID: r.HomeID, Folder: r.Folder, UID: r.UID, Shared: r.Shared, HubID: r.HubID,
		Owner:   owner{ID: r.Owner.ID, Created: micros(r.Owner.Created), Name: r.Owner.Name},
		Changed: micros(r.Changed), Archive: r.Archive, Created: micros(r.Created),
	}
}

func (r record) told() hub.HomeRecord {
	return hub.HomeRecord{
		HomeID: r.ID, Folder: r.Folder, UID: r.UID, Shared: r.Shared, HubID: r.HubID,
		Owner:   hub.HomeOwner{ID: r.Owner.ID, Created: moment(r.Owner.Created), Name: r.Owner.Name},
		Changed: moment(r.Changed), Archive: r.Archive, Created: moment(r.Created),
	}
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return hub.Micro(time.UnixMicro(micros))
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
		return r.told(), hub.Errorf(hub.NotFound, "There is no home %s in %s.", hub.Clip(id), p.dir)
	}
	text, err := os.ReadFile(p.recordFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return r.told(), hub.Errorf(hub.NotFound, "There is no home %s in %s.", id, p.dir)
	}
	if err != nil {
		return r.told(), fmt.Errorf("read the record of home %s: %w", id, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r.told(), fmt.Errorf("read the record %s: %w", p.recordFile(id), err)
	}
	if r.Format > recordFormat {
		return r.told(), hub.Errorf(hub.Unavailable, "The record %s was written by a newer Atrium: run that one.", p.recordFile(id))
	}
	if r.ID != id || !goodFolder(r.Folder) {
		return r.told(), hub.Errorf(hub.Unavailable, "The record %s is damaged: it speaks of home %s in folder %s.",
			p.recordFile(id), hub.Clip(r.ID), hub.Clip(r.Folder))
	}
	return r.told(), nil
}

// write replaces a record, whole and durably.
func (p *Place) write(r hub.HomeRecord) error {
	text, err := json.Marshal(kept(r))
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

// Import writes a record that came from elsewhere, such as a backup, where the home has
// none; it says whether it did. The home's files must come by another way.
func (p *Place) Import(r hub.HomeRecord) (bool, error) {
	if !goodID(r.HomeID) || !goodFolder(r.Folder) {
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
	return true, p.write(r)
}
