package homedir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	inside      = ".atrium" // the hub's own folder in the place
	placeFormat = 1
	// firstPerson is the lowest uid of a person, by the convention of distributions.
	firstPerson = 1000
)

// Options are what a Place needs to know. Dir and HubID must be given.
type Options struct {
	Dir   string // the folder with the homes; made where it is missing, unless a symbolic link leads to it
	HubID string
	// Root gives each home a uid of its own from UIDRange (first and last). Otherwise all
	// belong to the hub's own.
	Root     bool
	UIDRange [2]uint32
	Registry string    // the folder of this machine where uids are noted; with Root
	PlaceID  string    // the id of a place that has none yet; empty makes one up
	Clock    hub.Clock // nil is hub.SystemClock
	Logger   *slog.Logger
}

// Place is a folder with homes, opened. It is safe for concurrent use.
type Place struct {
	dir    string // without symbolic links
	hubID  string
	root   bool
	former string
	clock  hub.Clock
	log    *slog.Logger
	lock   *os.File
	uids   *uids

	id string
	on descriptor // its UIDs belong to uids

	making sync.Mutex // held while a folder is made: two servers of one person may start at once
}

// descriptor is place.json.
type descriptor struct {
	Format  int       `json:"format"`
	ID      string    `json:"id"`
	HubID   string    `json:"hub_id"` // of the hub that works on it, or did last
	Created time.Time `json:"created"`
	UIDs    []span    `json:"uids,omitempty"` // that were given out
	Adopted bool      `json:"adopted"`        // folders of former versions have their records
}

// Open makes the folder where it is missing, takes its lock, and reads who has homes
// there. It is hub.Conflict where another hub works on it, hub.Unavailable for what else
// is in the way; the error is one sentence with the cure.
func Open(o Options) (*Place, error) {
	p := &Place{hubID: o.HubID, root: o.Root, clock: o.Clock, log: o.Logger}
	if p.clock == nil {
		p.clock = hub.SystemClock
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if p.dir, err = p.prepare(o.Dir); err != nil {
		return nil, err
	}
	for _, name := range []string{"", "records", "archives"} {
		if err := disk.MakeFolder(p.inner(name), 0o700); err != nil {
			return nil, err
		}
	}
	if p.lock, err = takeLock(p.inner("lock"), o.HubID, p.dir); err != nil {
		return nil, err
	}
	if err := p.open(o); err != nil {
		return nil, errors.Join(err, p.lock.Close())
	}
	return p, nil
}

// open reads or makes place.json, and the uids that belong to the place.
func (p *Place) open(o Options) error {
	if err := p.read(o.PlaceID); err != nil {
		return err
	}
	if !p.root {
		return nil
	}
	var err error
	p.uids, err = openUIDs(p, o.Registry, o.UIDRange)
	return err
}

// Close lets go of the place for another hub.
func (p *Place) Close() error {
	var err error
	if p.uids != nil {
		err = p.uids.close()
	}
	return errors.Join(err, p.lock.Close())
}

// ID names the place wherever it is mounted.
func (p *Place) ID() string { return p.id }

// Dir is where it lies, without symbolic links.
func (p *Place) Dir() string { return p.dir }

// Former is the hub that worked on the place before this one; empty where it was the
// same: another one's database was lost, or this one's is new.
func (p *Place) Former() string { return p.former }

func (p *Place) inner(name string) string { return filepath.Join(p.dir, inside, name) }

// mode of the folder itself: people's uids must get through it, as root.
func (p *Place) mode() fs.FileMode {
	if p.root {
		return 0o711
	}
	return 0o700
}

// prepare makes the folder, and follows a symbolic link to where it lies.
func (p *Place) prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the folder %s of homes: %w", dir, err)
	}
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		target, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", hub.Errorf(hub.Unavailable, "The folder %s of homes is a symbolic link that leads nowhere: is its disk mounted?", dir)
		}
		dir = target
	}
	if err := disk.MakeFolder(dir, p.mode()); err != nil {
		return "", err
	}
	return dir, nil
}

// exclusively opens a file and waits for its lock, which goes with the file.
func exclusively(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in a folder of the hub's own
	if err != nil {
		return nil, err
	}
	if err := flock(file, unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

const (
	// lockTries and lockPause are how often and when a place's lock is asked for: replicas
	// that start at the same time are in each other's way for a moment.
	lockTries = 20
	lockPause = 25 * time.Millisecond
)

// takeLock lets hubs with the same id share a place, as replicas do, and no others.
func takeLock(path, hubID, dir string) (*os.File, error) {
	for try := 1; ; try++ {
		file, err := tryLock(path, hubID, dir)
		if err == nil || try == lockTries || !hub.Is(err, hub.Conflict) && !errors.Is(err, unix.EWOULDBLOCK) {
			return file, err
		}
		time.Sleep(lockPause)
	}
}

func tryLock(path, hubID, dir string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // in a folder of the hub's own
	if err != nil {
		return nil, fmt.Errorf("open the lock of the homes in %s: %w", dir, err)
	}
	err = flock(file, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil { // nobody else is there
		if err = file.Truncate(0); err == nil {
			_, err = file.WriteAt([]byte(hubID+"\n"), 0)
		}
	} else if errors.Is(err, unix.EWOULDBLOCK) {
		err = sameHub(file, hubID, dir)
	}
	if err == nil {
		err = flock(file, unix.LOCK_SH|unix.LOCK_NB)
	}
	if err == nil {
		return file, nil
	}
	if _, ok := errors.AsType[*hub.Error](err); !ok {
		err = fmt.Errorf("lock the homes in %s: %w", dir, err)
	}
	return nil, errors.Join(err, file.Close())
}

func sameHub(file *os.File, hubID, dir string) error {
	holder := make([]byte, 256)
	n, _ := file.ReadAt(holder, 0)
	if strings.TrimSpace(string(holder[:n])) == hubID {
		return nil
	}
	return hub.Errorf(hub.Conflict, "Another hub is running on the homes in %s: stop it first, or give this one a folder of its own with spawner.local.homes.", dir)
}

func flock(file *os.File, how int) error {
	for {
		if err := unix.Flock(int(file.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// read makes place.json where there is none, and notes that this hub works here.
func (p *Place) read(id string) error {
	return p.update(func(d *descriptor) error {
		if d.ID == "" {
			*d = descriptor{Format: placeFormat, ID: id, Created: p.clock(), HubID: p.hubID}
			if !goodID(id) {
				d.ID = hub.NewHomeID()
			}
		}
		p.id = d.ID
		if d.HubID != p.hubID {
			p.former, d.HubID = d.HubID, p.hubID
		}
		return nil
	})
}

// update changes place.json, while no replica that has the same disk does.
func (p *Place) update(fn func(d *descriptor) error) error {
	lock, err := exclusively(p.inner("place.lock"))
	if err != nil {
		return fmt.Errorf("lock what is known of the homes in %s: %w", p.dir, err)
	}
	defer lock.Close()
	was, d, err := p.load()
	if err != nil {
		return err
	}
	if err := fn(&d); err != nil {
		return err
	}
	p.on = d
	text, err := json.Marshal(d)
	if err == nil && string(text) != strings.TrimSpace(string(was)) {
		err = disk.WriteFile(p.inner("place.json"), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write about the homes in %s: %w", p.dir, err)
	}
	return nil
}

// load reads place.json; nothing where there is none yet.
func (p *Place) load() (text []byte, d descriptor, err error) {
	text, err = os.ReadFile(p.inner("place.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.id == "":
		return nil, d, nil
	case err == nil:
		err = json.Unmarshal(text, &d)
	}
	switch {
	case p.id != "" && (err != nil || d.ID != p.id):
		return nil, d, hub.Errorf(hub.Unavailable, "The homes in %s are not those that were there when the hub started: was a disk mounted or taken away? "+
			"Start the hub again.", p.dir).Plainly(unusable)
	case errors.Is(err, fs.ErrPermission):
		return nil, d, fmt.Errorf("read about the homes in %s: %w", p.dir, err)
	case err != nil || !goodID(d.ID):
		return nil, d, hub.Errorf(hub.Unavailable, "%s is damaged: restore it from a backup of the homes.", p.inner("place.json")).Plainly(unusable)
	case d.Format > placeFormat:
		return nil, d, hub.Errorf(hub.Unavailable, "The homes in %s were used by a newer Atrium: run that one.", p.dir).Plainly(unusable)
	}
	return text, d, nil
}
