package disk

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// lookEvery is how often a Watch looks.
const lookEvery = 2 * time.Second

// fewInodes is how many more files a disk must be able to hold: one that has room for
// bytes and for no file is as full.
const fewInodes = 64

// Space is how much room there is on a disk.
type Space struct {
	Path   string // a folder on it
	Free   int64  // bytes that programs without special rights can still write
	Size   int64  // bytes
	Inodes int64  // files that can still be made; -1 where the disk sets no limit
	Full   bool   // as a Watch has found
}

// Look asks how much room there is where a folder lies.
func Look(path string) (Space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return Space{}, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	unit := int64(st.Bsize) //nolint:unconvert // another type elsewhere
	s := Space{Path: path, Free: int64(st.Bavail) * unit, Size: int64(st.Blocks) * unit, Inodes: -1}
	if st.Files > 0 {
		s.Inodes = int64(st.Ffree)
	}
	return s, nil
}

// WatchOptions are what a Watch needs to know.
type WatchOptions struct {
	Paths   []string                         // folders; those on one disk are looked at once, under the first one's name
	MinFree int64                            // with less free, in bytes, a disk is full, and until there is a quarter more; 0: none is ever
	Look    func(path string) (Space, error) // nil is Look
	Logger  *slog.Logger
}

// A Watch knows how much room there is on the hub's disks, as of a few seconds ago.
type Watch struct {
	o     WatchOptions
	known atomic.Pointer[[]Space]
}

// NewWatch looks for the first time. Folders that are not there are left out.
func NewWatch(o WatchOptions) *Watch {
	if o.Look == nil {
		o.Look = Look
	}
	o.Paths = onePerDisk(o.Paths)
	w := &Watch{o: o}
	w.known.Store(&[]Space{})
	w.look()
	return w
}

// Run looks every few seconds until ctx ends. It does not wait for a disk that does not
// answer, such as one of a server that is gone.
func (w *Watch) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looked := make(chan struct{})
		go func() {
			defer close(looked)
			w.look()
		}()
		select {
		case <-ctx.Done():
			return
		case <-looked:
		}
	}
}

// Spaces are the disks as they were found last; not to be changed.
func (w *Watch) Spaces() []Space { return *w.known.Load() }

// Full gives a disk that is full; false: none is.
func (w *Watch) Full() (Space, bool) {
	for _, s := range w.Spaces() {
		if s.Full {
			return s, true
		}
	}
	return Space{}, false
}

func (w *Watch) look() {
	before := map[string]Space{}
	for _, s := range w.Spaces() {
		before[s.Path] = s
	}
	var now []Space
	for _, path := range w.o.Paths {
		was, known := before[path]
		s, err := w.o.Look(path)
		if err != nil {
			w.o.Logger.Warn("cannot ask how much room there is on a disk", "path", path, "error", err)
			if known {
				now = append(now, was)
			}
			continue
		}
		s.Path = path
		s.Full = w.tooLittle(s, was.Full)
		now = append(now, s)
	}
	w.known.Store(&now)
	for _, s := range now { // what the log says is so already
		w.tell(s, before[s.Path].Full)
	}
}

// tooLittle tells whether a disk is full. One that was must have a bit more to count as
// one that is not, so that it does not come and go with each file.
func (w *Watch) tooLittle(s Space, was bool) bool {
	bytes, inodes := w.o.MinFree, int64(fewInodes)
	if was {
		bytes, inodes = bytes+bytes/4, 2*inodes
	}
	return w.o.MinFree > 0 && (s.Free < bytes || s.Inodes >= 0 && s.Inodes < inodes)
}

func (w *Watch) tell(s Space, was bool) {
	switch {
	case s.Full && !was:
		w.o.Logger.Error("the disk is full: no notebook server starts until there is room",
			"path", s.Path, "free_bytes", s.Free, "free_inodes", s.Inodes, "min_free_bytes", w.o.MinFree)
	case was && !s.Full:
		w.o.Logger.Info("there is room on the disk again", "path", s.Path, "free_bytes", s.Free)
	}
}

// onePerDisk leaves out folders on a disk that another one is on, and those that are not
// there.
func onePerDisk(paths []string) []string {
	seen := map[uint64]bool{}
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || seen[uint64(st.Dev)] { //nolint:unconvert // another type elsewhere
			continue
		}
		seen[uint64(st.Dev)] = true //nolint:unconvert // another type elsewhere
		out = append(out, path)
	}
	return out
}
