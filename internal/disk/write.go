// Package disk is the hub's own files and folders: written so that they outlive a crash
// of the machine, and nobody else's.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file so that after a crash it has either its old or its new
// content: beside it first, to the disk, and then in its place. Whoever calls it is the
// only one who writes the file. A symbolic link at path is replaced, not followed.
//
// Where the disk is full, text of up to 4 KiB goes over the old one's of as much: a hub
// must be able to write down that something has ended.
func WriteFile(path string, content []byte, mode fs.FileMode) error {
	err := writeBeside(path, content, mode)
	if Full(err) && writeOver(path, content, mode) == nil {
		return nil
	}
	return err
}

func writeBeside(path string, content []byte, mode fs.FileMode) (err error) {
	next := path + ".new"
	defer func() {
		if err != nil {
			_ = os.Remove(next)
		}
	}()
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode) //nolint:gosec // the caller's choice
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder writes down which files a folder has.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the caller's choice
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
