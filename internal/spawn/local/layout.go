package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
)

// Check reports whether servers can be started: the data directory, the uids, and
// the program, for which it makes a Python environment where there is none.
func (d *Driver) Check(ctx context.Context) error {
	if err := d.checkLayout(); err != nil {
		return err
	}
	if d.root && !d.opt.SystemUsers {
		if err := checkUIDRange(d.opt.UIDRange); err != nil {
			return err
		}
	}
	if err := d.prepareLimits(); err != nil {
		return err
	}
	return d.chooseCommand(ctx)
}

// mode is that of the data directory and of what is in it; see the package's comment.
func (d *Driver) mode(open fs.FileMode) fs.FileMode {
	if d.root {
		return open
	}
	return 0o700
}

func (d *Driver) makeDataDir() error {
	dir := d.opt.DataDir
	if err := os.MkdirAll(dir, d.mode(0o711)); err != nil {
		return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The data directory %s cannot be made", dir))
	}
	if dir == "/" {
		return hub.Errorf(hub.Unavailable, "The data directory cannot be /: give the hub a folder of its own.")
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the data directory: %w", err)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return hub.Errorf(hub.Unavailable, "Everybody can write to the data directory %s: give the hub a folder of its own.", dir)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The data directory %s cannot be written", dir))
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("write to the data directory: %w", err)
	}
	return disk.MakeFolder(d.files.dir, 0o700)
}

// checkLayout removes users' access to what they must not reach, and checks that they can
// reach the rest.
func (d *Driver) checkLayout() error {
	info, err := os.Stat(d.opt.DataDir)
	if err != nil {
		return fmt.Errorf("look at the data directory: %w", err)
	}
	if err := disk.SetMode(d.opt.DataDir, info, d.mode(0o711)); err != nil {
		return err
	}
	entries, err := os.ReadDir(d.opt.DataDir)
	if err != nil {
		return fmt.Errorf("list the data directory: %w", err)
	}
	for _, e := range entries {
		if err := d.restrictFile(e); err != nil {
			return err
		}
	}
	if !d.root {
		return nil
	}
	if err := checkOpenToOthers(d.opt.DataDir, 0); err != nil {
		return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The notebook servers' users cannot reach the data directory %s; "+
			"choose another data_dir, for example /var/lib/atrium", d.opt.DataDir))
	}
	if d.opt.Homes == nil {
		return nil
	}
	if err := checkOpenToOthers(d.opt.Homes.Dir(), 0); err != nil {
		return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The notebook servers' users cannot reach their homes in %s; "+
			"open the way, or choose another folder with spawner.local.homes", d.opt.Homes.Dir()))
	}
	return nil
}

// restrictFile removes all others' rights to a file in the data directory: the database,
// credentials, and what an operator has put there.
func (d *Driver) restrictFile(e fs.DirEntry) error {
	path := filepath.Join(d.opt.DataDir, e.Name())
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	switch {
	case info.Mode().IsRegular():
		return disk.SetMode(path, info, info.Mode().Perm()&^0o077)
	case info.IsDir() && e.Name() != "homes" && e.Name() != "python" && e.Name() != "servers" && info.Mode().Perm()&0o005 != 0 && d.root:
		d.log.Warn("people's notebook servers can read this folder in the data directory", "path", path)
	}
	return nil
}

// checkUIDRange refuses ranges that are somebody else's or do not exist here.
func checkUIDRange(r [2]uint32) error {
	const key = "spawner.local.uid_range"
	switch {
	case r[0] >= r[1]:
		return hub.Errorf(hub.Unavailable, "%s is a first and a last uid, the first one lower: %d to %d is not.", key, r[0], r[1])
	case r[0] < accounts.FirstUserUID:
		return hub.Errorf(hub.Unavailable, "%s begins at %d, but uids below 1000 belong to the system: begin at 1000 or higher.", key, r[0])
	case r[0] <= 65535 && r[1] >= 65534:
		return hub.Errorf(hub.Unavailable, "%s (%d to %d) contains 65534 and 65535, which mean nobody: choose a range beside them.", key, r[0], r[1])
	case r[1] >= 1<<32-2:
		return hub.Errorf(hub.Unavailable, "%s ends at %d, which is no uid: end lower.", key, r[1])
	}
	for _, path := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		text, err := os.ReadFile(path) //nolint:gosec // one of the two above
		if errors.Is(err, fs.ErrNotExist) {
			continue // no user namespaces here
		}
		if err != nil {
			return fmt.Errorf("read the ids that exist here: %w", err)
		}
		if !isMapped(string(text), r) {
			return hub.Errorf(hub.Unavailable, "%s (%d to %d) is not within the ids of this container (%s: %s): "+
				"choose a range that is, or run the container with more.", key, r[0], r[1], path, strings.Join(strings.Fields(string(text)), " "))
		}
	}
	return nil
}

// isMapped reports whether every id of the range is in the map, see user_namespaces(7).
func isMapped(text string, r [2]uint32) bool {
	next := uint64(r[0])
	for grown := true; grown && next <= uint64(r[1]); {
		grown = false
		lines := bufio.NewScanner(strings.NewReader(text))
		for lines.Scan() {
			var first, outside, count uint64
			if n, _ := fmt.Sscan(lines.Text(), &first, &outside, &count); n == 3 && first <= next && next < first+count {
				next, grown = first+count, true
			}
		}
	}
	return next > uint64(r[1])
}
