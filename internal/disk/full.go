package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// block is how much of a file lies in one piece, on every file system in use: what has
// some of it has room for all of it.
const block = 4096

// Full tells whether an error says that there is no room: on the disk, or in what its
// owner may have of it.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// writeOver puts content in the place of a small file's own, in the room that it has
// already. Longer content that was there ends as empty lines first, so that whoever is
// killed meanwhile leaves the new content and nothing else.
func writeOver(path string, content []byte, mode fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm() != mode || info.Size() == 0 ||
		info.Size() > block || len(content) > block {
		return syscall.ENOSPC
	}
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0) //nolint:gosec // the caller's choice
	if err != nil {
		return err
	}
	padded := append([]byte{}, content...)
	for int64(len(padded)) < info.Size() {
		padded = append(padded, '\n')
	}
	_, err = file.WriteAt(padded, 0)
	if err == nil {
		err = file.Truncate(int64(len(content)))
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
