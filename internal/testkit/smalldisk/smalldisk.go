// Package smalldisk gives tests a disk that they can fill. Only tests import it.
package smalldisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Mount mounts a disk of that many bytes on a folder, made with the mode, until the test
// ends. Where nobody may mount, the test is skipped.
func Mount(t testing.TB, folder string, bytes int64, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(folder, mode); err != nil {
		t.Fatal(err)
	}
	if err := mount(folder, fmt.Sprintf("size=%d,mode=%o", bytes, mode)); err != nil {
		t.Skip("not shown: this machine lets nobody mount a small disk to fill: ", err)
	}
	t.Cleanup(func() {
		if err := unmount(folder); err != nil {
			t.Errorf("unmount %s: %v", folder, err)
		}
	})
}

// Fill writes into a file of the folder until the disk has no room left, and gives its
// path. Once it has failed it goes on with single bytes, to leave none.
func Fill(t testing.TB, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; size /= 16 {
		for {
			if _, err := file.Write(make([]byte, size)); err == nil {
				continue
			} else if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			break
		}
	}
	return path
}
