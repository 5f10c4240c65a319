package serve

import (
	"context"
	"path/filepath"
	"time"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/servers"
)

// keepEvery is how often the database's reserve is looked after.
const keepEvery = time.Minute

// watchDisks begins to know how much room there is, and has the database keep its own.
func (p *parts) watchDisks(ctx context.Context) {
	paths := []string{p.cfg.DataDir}
	if file := p.store.File(); file != "" {
		paths = append(paths, filepath.Dir(file))
	}
	if p.homes != nil {
		paths = append(paths, p.homes.Dir())
	}
	p.disks = disk.NewWatch(disk.WatchOptions{Paths: paths, MinFree: p.cfg.Disk.MinFreeBytes, Logger: p.log})
	p.app.OnFull(func() (servers.FullDisk, bool) {
		s, full := p.disks.Full()
		return servers.FullDisk{Path: s.Path, Free: s.Free, Files: s.Inodes}, full
	})
	if err := p.store.KeepRoom(ctx); err != nil {
		p.log.WarnContext(ctx, "the database could not keep room for itself: a full disk may stop the hub from writing; it will try again", "error", err)
	}
}

// keepRoom has the database keep its room anew, once some was used up and the disk has
// enough, until ctx ends.
func (p *parts) keepRoom(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, full := p.disks.Full(); full {
			continue
		}
		if err := p.store.KeepRoom(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "the database could not keep room for itself; trying again", "error", err)
		}
	}
}
