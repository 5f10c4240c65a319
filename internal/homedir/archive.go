package homedir

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

// ArchivePath is the file that a home was packed into.
func (p *Place) ArchivePath(r hub.HomeRecord) string {
	return filepath.Join(p.inner("archives"), r.Archive)
}

// Pack puts a home's files into an archive (tar and gzip) and then removes the folder. A
// home that is packed already is left as it is. What cannot be kept in an archive, such as
// sockets and devices, is left out; extended attributes are lost, and a file with several
// names becomes several files.
//
// still is asked once nobody else packs or unpacks: meanwhile the home may have become
// somebody's. Its error is the answer, and nothing is done then.
func (p *Place) Pack(ctx context.Context, id string, still func() error) (hub.HomeRecord, error) {
	r, done, err := p.alone(ctx, id, still)
	if err != nil {
		return r, err
	}
	defer done()
	if !p.packed(r) {
		if r.Archive != "" {
			if err := p.present(r); err != nil {
				return r, err
			}
		}
		name := r.Folder + ".tar.gz"
		if err := p.writeArchive(ctx, r, filepath.Join(p.inner("archives"), name)); err != nil {
			return r, fmt.Errorf("pack home %s: %w", id, err)
		}
		r.Archive = name
		if err := p.write(r); err != nil {
			return r, err
		}
	}
	if err := os.RemoveAll(p.Path(r)); err != nil {
		return r, fmt.Errorf("remove home %s, which is packed: %w", id, err)
	}
	return r, nil
}

// packed tells whether the archive that a home's record speaks of is there. Record and
// archive may come out of two backups, of which one knows nothing of the other.
func (p *Place) packed(r hub.HomeRecord) bool {
	if r.Archive == "" {
		return false
	}
	info, err := os.Lstat(p.ArchivePath(r))
	return err == nil && info.Mode().IsRegular()
}

// Present tells whether the files of a home are here, in its folder or its archive.
func (p *Place) Present(r hub.HomeRecord) bool { return p.packed(r) || p.present(r) == nil }

// present is hub.Unavailable where neither a home's archive nor its folder is there.
func (p *Place) present(r hub.HomeRecord) error {
	_, err := os.Lstat(p.Path(r))
	if errors.Is(err, fs.ErrNotExist) {
		return hub.Errorf(hub.Unavailable, "The files of home %s are not here: they belong in %s, from a backup of the homes.", r.HomeID, p.ArchivePath(r)).Plainly(unusable)
	}
	if err != nil {
		return fmt.Errorf("look for the home folder: %w", err)
	}
	return nil
}

// Unpack brings a home's files back out of its archive, which is then removed. All of
// them belong to the home's uid. still is as for Pack.
func (p *Place) Unpack(ctx context.Context, id string, still func() error) (hub.HomeRecord, error) {
	r, done, err := p.alone(ctx, id, still)
	if err != nil {
		return r, err
	}
	defer done()
	if r.Archive == "" {
		return r, nil
	}
	if err := p.bringBack(ctx, r); err != nil {
		return r, fmt.Errorf("unpack home %s from %s: %w", id, p.ArchivePath(r), err)
	}
	r.Archive = ""
	return r, p.write(r)
}

// bringBack puts an archive's files in the place of the home's folder. Whoever is killed
// meanwhile leaves the archive, or all of its files below one of two names.
func (p *Place) bringBack(ctx context.Context, r hub.HomeRecord) error {
	whole := p.inner("unpacked-" + r.HomeID)
	_, err := os.Lstat(whole)
	switch {
	case err == nil: // unpacked, and not in its place yet
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case !p.packed(r): // in its place already
		return p.present(r)
	default:
		if err := p.unpackBeside(ctx, r, whole); err != nil {
			return err
		}
	}
	// An empty folder may be there; one with files may not: it would be somebody's work.
	if err := os.Remove(p.Path(r)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(p.ArchivePath(r)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(whole, p.Path(r))
}

// unpackBeside unpacks an archive into a folder that is there once all of it is on the disk.
func (p *Place) unpackBeside(ctx context.Context, r hub.HomeRecord, whole string) error {
	next := p.inner("unpacking-" + r.HomeID)
	if err := os.RemoveAll(next); err != nil {
		return err
	}
	if err := p.readArchive(ctx, r, p.ArchivePath(r), next); err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	unix.Sync() // the archive goes: what was in it must outlive a machine that loses its power
	return os.Rename(next, whole)
}

// alone waits until no other hub on the same disk packs or unpacks, and reads the record
// of a home then; done lets the next one go on.
func (p *Place) alone(ctx context.Context, id string, still func() error) (r hub.HomeRecord, done func(), err error) {
	if done, err = p.onlyOne(ctx); err != nil {
		return r, nil, err
	}
	if err = still(); err == nil {
		r, err = p.Record(id)
	}
	if err != nil {
		done()
		return r, nil, err
	}
	return r, done, nil
}

// onlyOne waits until no other hub on the same disk packs or unpacks; done lets the next
// one go on.
func (p *Place) onlyOne(ctx context.Context) (done func(), err error) {
	lock, err := os.OpenFile(p.inner("archives.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the archives of homes: %w", err)
	}
	for {
		err := flock(lock, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = lock.Close() }, nil
		}
		if errors.Is(err, unix.EWOULDBLOCK) {
			if err = hub.Sleep(ctx, lockEvery); err == nil {
				continue
			}
		}
		return nil, errors.Join(fmt.Errorf("lock the archives of homes: %w", err), lock.Close())
	}
}

// lockEvery is how often somebody who waits asks for the lock of the archives.
const lockEvery = 200 * time.Millisecond

// writeArchive writes the archive whole or not at all.
func (p *Place) writeArchive(ctx context.Context, r hub.HomeRecord, file string) (err error) {
	out, err := os.OpenFile(file+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // in a folder of the hub's own
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err == nil {
			err = os.Rename(out.Name(), file)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(&room{to: out, dir: p.dir}, 1<<20)
	zipped, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w := &packer{ctx: ctx, tar: tar.NewWriter(zipped)}
	// Whatever the home's people put into the way of whoever reads it, a root never leads out of itself.
	if w.root, err = os.OpenRoot(p.Path(r)); err == nil {
		err = errors.Join(w.entry("."), w.root.Close())
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil // it was never made: an empty archive
	}
	if err != nil {
		return err
	}
	return errors.Join(w.tar.Close(), zipped.Close(), buffered.Flush(), out.Sync())
}

const (
	// deepest is how far down folders may lie. Each one on the way down is held open, and a
	// hub that has opened all that it may serves nobody.
	deepest = 500
	// mostHoles is how many bytes of a home's files may take no room on the disk: they would
	// in the archive's time and, a thousandth of them, in its size.
	mostHoles = 64 << 30
)

// packer writes what is below a root into an archive.
type packer struct {
	ctx   context.Context //nolint:containedctx // of the one call that it is made for
	root  *os.Root
	tar   *tar.Writer
	depth int
	holes int64
}

// folder writes a folder's entries, and what is below them.
func (w *packer) folder(name string) error {
	if w.depth++; w.depth > deepest {
		return hub.Errorf(hub.Unavailable, "Folders lie in each other more than %d deep: look what they are for, and remove them or pack the home by hand.", deepest)
	}
	defer func() { w.depth-- }()
	folder, err := w.root.Open(name)
	if err != nil {
		return err
	}
	defer folder.Close()
	for {
		const some = 1000
		names, err := folder.Readdirnames(some)
		for _, n := range names {
			if err := w.entry(path.Join(name, n)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (w *packer) entry(name string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	info, err := w.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went meanwhile
	}
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		if err := w.header(name, info, ""); err != nil {
			return err
		}
		return w.folder(name)
	case info.Mode().IsRegular():
		return w.file(name)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := w.root.Readlink(name)
		if err != nil {
			return err
		}
		return w.header(name, info, target)
	}
	return nil
}

func (w *packer) header(name string, info fs.FileInfo, target string) error {
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	h.Name = name
	if info.IsDir() {
		h.Name += "/"
	}
	h.Uname, h.Gname = "", ""
	h.Format = tar.FormatPAX
	return w.tar.WriteHeader(h)
}

// file writes a regular file: as long as it was when it was opened, whatever becomes of it.
func (w *packer) file(name string) error {
	file, err := w.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe put in its place would be waited for
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		const unit = 512 // of Blocks, on every system
		w.holes += max(0, info.Size()-stat.Blocks*unit)
	}
	if w.holes > mostHoles {
		return hub.Errorf(hub.Unavailable, "The file %s pretends to be far larger than what it holds: remove it, or pack the home by hand.", hub.Clip(name))
	}
	if err := w.header(name, info, ""); err != nil {
		return err
	}
	n, err := io.Copy(w.tar, io.LimitReader(file, info.Size()))
	if err == nil && n < info.Size() {
		_, err = io.CopyN(w.tar, zeros{}, info.Size()-n)
	}
	return err
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// readArchive unpacks an archive into a folder that it makes.
func (p *Place) readArchive(ctx context.Context, r hub.HomeRecord, file, into string) error {
	in, err := os.Open(file) //nolint:gosec // in a folder of the hub's own
	if err != nil {
		return err
	}
	defer in.Close()
	zipped, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<20))
	if err != nil {
		return err
	}
	if err := os.Mkdir(into, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(into)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, tar: tar.NewReader(zipped), uid: -1, room: room{dir: p.dir}}
	if p.root {
		u.uid = int(r.UID)
	}
	return errors.Join(u.own(".", 0o700), u.all())
}

// unpacker makes what is in an archive below a root.
type unpacker struct {
	ctx     context.Context //nolint:containedctx // of the one call that it is made for
	root    *os.Root
	tar     *tar.Reader
	uid     int          // -1: the hub's own
	folders []tar.Header // their modes and times come last
	room    room         // for all files together
}

func (u *unpacker) all() error {
	for {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		h, err := u.tar.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := u.entry(h); err != nil {
			return fmt.Errorf("%s: %w", hub.Clip(h.Name), err)
		}
	}
	for i := len(u.folders) - 1; i >= 0; i-- {
		h := u.folders[i]
		if err := errors.Join(u.own(h.Name, h.FileInfo().Mode()), u.root.Chtimes(h.Name, h.ModTime, h.ModTime)); err != nil {
			return fmt.Errorf("%s: %w", hub.Clip(h.Name), err)
		}
	}
	return nil
}

func (u *unpacker) entry(h *tar.Header) error {
	h.Name = path.Clean(h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		u.folders = append(u.folders, *h)
		if h.Name == "." {
			return nil
		}
		return u.root.Mkdir(h.Name, 0o700)
	case tar.TypeSymlink:
		if err := u.root.Symlink(h.Linkname, h.Name); err != nil || u.uid < 0 {
			return err
		}
		return u.root.Lchown(h.Name, u.uid, u.uid)
	case tar.TypeReg:
		return u.file(h)
	}
	return nil
}

func (u *unpacker) file(h *tar.Header) error {
	file, err := u.root.OpenFile(h.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	u.room.to = file
	_, err = io.Copy(&u.room, u.tar)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return errors.Join(u.own(h.Name, h.FileInfo().Mode()), u.root.Chtimes(h.Name, h.ModTime, h.ModTime))
}

// own gives a file or folder to the home's uid, with the rights that it had; a right to
// run as its owner is not among them.
func (u *unpacker) own(name string, mode fs.FileMode) error {
	if u.uid >= 0 {
		if err := u.root.Lchown(name, u.uid, u.uid); err != nil {
			return err
		}
	}
	return u.root.Chmod(name, mode.Perm())
}
