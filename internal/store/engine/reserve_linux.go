package engine

import (
	"os"
	"syscall"
)

// keepSize is FALLOC_FL_KEEP_SIZE of fallocate(2).
const keepSize = 1

func preallocate(file *os.File, size int64) error {
	for {
		err := syscall.Fallocate(int(file.Fd()), keepSize, 0, size)
		if err != syscall.EINTR {
			return err
		}
	}
}
