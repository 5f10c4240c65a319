package local

import (
	"context"
	"time"
)

const (
	// logAge is how long the log of a run that has ended is kept. What its person is shown
	// of one that failed is in the hub's database.
	logAge = 30 * 24 * time.Hour
	// pruneInterval is how often logs are looked through.
	pruneInterval = time.Hour
)

// pruneLogs removes the logs that nothing was written to since the time, but for those of
// servers that run.
func (d *Driver) pruneLogs(before time.Time) error {
	return d.logs.Prune(before, d.serverLocks.tryLock, d.ended)
}

// ended tells whether nothing of a server runs or is about to; false where that is not known.
// The caller holds the server's lock in serverLocks.
func (d *Driver) ended(id int64) bool {
	rec, err := d.files.read(id)
	return err == nil && rec.State != starting && rec.State != running
}

// removeOldLogs prunes logs, and writes to the hub's log where it fails.
func (d *Driver) removeOldLogs() {
	if err := d.pruneLogs(d.opt.Clock().Add(-logAge)); err != nil {
		d.log.Warn("old logs of notebook servers could not be removed", "error", err)
	}
}

// Logs returns the last bytes of what the newest run printed, from the start of a
// line where there is one.
func (d *Driver) Logs(_ context.Context, serverID int64, limit int) (string, error) {
	return d.logs.Tail(serverID, limit)
}
