package homes

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
func (p *Place) Pack(ctx context.Context, id string) (hub.HomeRecord, error) {
	done, err := p.onlyOne(ctx)
	if err != nil {
		return hub.HomeRecord{}, err
	}
	defer done()
	r, err := p.Record(id)
	if err != nil {
		return r, err
	}
	if r.Archive == "" {
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

// Unpack brings a home's files back out of its archive, which is then removed. All of
// them belong to the home's uid.
func (p *Place) Unpack(ctx context.Context, id string) (hub.HomeRecord, error) {
	done, err := p.onlyOne(ctx)
	if err != nil {
		return hub.HomeRecord{}, err
	}
	defer done()
	r, err := p.Record(id)
	if err != nil || r.Archive == "" {
		return r, err
	}
	file := p.ArchivePath(r)
	next := p.inner("unpacking-" + id)
	if err := os.RemoveAll(next); err != nil {
		return r, fmt.Errorf("clear the way to unpack home %s: %w", id, err)
	}
	if err := p.readArchive(ctx, r, file, next); err != nil {
		return r, errors.Join(fmt.Errorf("unpack home %s from %s: %w", id, file, err), os.RemoveAll(next))
	}
	// An empty folder may be there; one with files may not: it would be somebody's work.
	if err := os.Remove(p.Path(r)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("unpack home %s: %w", id, err)
	}
	if err := os.Rename(next, p.Path(r)); err != nil {
		return r, fmt.Errorf("unpack home %s: %w", id, err)
	}
	r.Archive = ""
	if err := p.write(r); err != nil {
		return r, err
	}
	if err := os.Remove(file); err != nil {
		return r, fmt.Errorf("remove the archive of home %s, which is unpacked: %w", id, err)
	}
	return r, nil
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
			timer := time.NewTimer(lockEvery)
			select {
			case <-timer.C:
				continue
			case <-ctx.Done():
				timer.Stop()
				err = ctx.Err()
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
	buffered := bufio.NewWriterSize(out, 1<<20)
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

// packer writes what is below a root into an archive.
type packer struct {
	ctx  context.Context //nolint:containedctx // of the one call that it is made for
	root *os.Root
	tar  *tar.Writer
}

// folder writes a folder's entries, and what is below them.
func (w *packer) folder(name string) error {
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
	u := &unpacker{ctx: ctx, root: root, tar: tar.NewReader(zipped), uid: -1}
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
	_, err = io.Copy(file, u.tar)
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
