package homedir

import (
	"io"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// roomEvery is after how many bytes it is looked whether there is room for more.
	roomEvery = 4 << 20
	// leftFree is how many bytes packing and unpacking leave on a disk, and at most a
	// twentieth of it: what people save meanwhile, and the hub itself, need some.
	leftFree  = 1 << 30
	leftParts = 20
)

// room writes as long as there is enough left on the disk of a folder.
type room struct {
	to      io.Writer
	dir     string
	written int64 // since it was looked
}

func (r *room) Write(b []byte) (int, error) {
	if r.written += int64(len(b)); r.written >= roomEvery {
		r.written = 0
		if s, err := disk.Look(r.dir); err == nil && s.Free < min(leftFree, s.Size/leftParts) {
			return 0, hub.Errorf(hub.Unavailable, "There is too little room on the disk of %s: make some, and try again.", r.dir)
		}
	}
	return r.to.Write(b)
}
