package servers

import (
	"context"
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// roomAgain is when those who could not start a server for want of room may try again.
const roomAgain = time.Minute

// FullDisk is a disk of the hub's that is full.
type FullDisk struct {
	Path  string // a folder of the hub's on it
	Free  int64  // bytes
	Files int64  // that can still be made; -1 where there is no limit
}

// OnFull says how to learn that a disk is full. fn answers from memory.
func (sv *Servers) OnFull(fn func() (FullDisk, bool)) { sv.full.Store(&fn) }

// DiskFull tells whether a disk is full, in which case nothing starts.
func (sv *Servers) DiskFull() bool {
	_, full := sv.fullDisk()
	return full
}

func (sv *Servers) fullDisk() (FullDisk, bool) {
	if fn := sv.full.Load(); fn != nil {
		return (*fn)()
	}
	return FullDisk{}, false
}

// roomToStart refuses what needs room on a disk that has none: a server that starts writes from
// its first second on. Stops, deletions and logins need none; see the store's reserve.
// Which disk it is only those learn who may know of the hub's inside.
func (sv *Servers) roomToStart(r *access.Requester) error {
	if why := sv.Notice(r); why != "" {
		return &hub.Error{Code: hub.Unavailable, Msg: why, RetryAfter: roomAgain}
	}
	return nil
}

// Notice is what whoever comes to the hub's pages should know of its state, in words for
// them: that a disk is full. Empty is nothing.
func (sv *Servers) Notice(r *access.Requester) string {
	disk, full := sv.fullDisk()
	switch {
	case !full:
		return ""
	case r.Need("read:hub") == nil:
		return disk.words()
	}
	return noRoom
}

// homeOrWhy is homes.HomeFor, unless the disk has become full since the server was asked for.
func (sv *Servers) homeOrWhy(ctx context.Context, tx data.Tx, userID int64) (claim *hub.HomeClaim, refused string, err error) {
	if sv.DiskFull() {
		return nil, noRoom, nil
	}
	return sv.homes.HomeFor(ctx, tx, userID)
}

// noRoom is what everybody may know.
const noRoom = "The hub's disk is full, so no server can start. Ask an administrator of this hub to make room; " +
	"deleting what you do not need any more may help, too."

// words is for those who run the hub.
func (d FullDisk) words() string {
	left := megabytes(d.Free) + " are free"
	if d.Files >= 0 && d.Files < 1000 {
		left = fmt.Sprintf("%s, and room for %d files", left, d.Files)
	}
	return fmt.Sprintf("The disk of %s is full (%s), so no server can start. Make room on it: what runs, goes on, and can be stopped and deleted.", d.Path, left)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
