package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

// Members are the processes in a group and those below it. A group that is not there has
// none.
func Members(dir string) (pids []int) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			found, _ := processes(path)
			pids = append(pids, found...)
		}
		return nil
	})
	return pids
}

func processes(dir string) (pids []int, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.procs")) //nolint:gosec // of a cgroup
	if err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(word); err == nil && pid > 0 { // 0: of another pid namespace
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

const pollEvery = 5 * time.Millisecond

// Kill ends all processes of a group, whatever they do meanwhile, and waits until they
// have. A group that is not there has none.
func Kill(ctx context.Context, dir string) error {
	for {
		members := Members(dir)
		if len(members) == 0 && !populated(dir) {
			return nil
		}
		if slices.Contains(members, os.Getpid()) {
			return fmt.Errorf("the hub itself is in the cgroup %s", dir)
		}
		if err := killAll(dir); err != nil {
			return err
		}
		if err := hub.Sleep(ctx, pollEvery); err != nil {
			return fmt.Errorf("processes of the cgroup %s do not end: %w", dir, err)
		}
	}
}

// populated tells whether the kernel still counts a process in a group: one that is ending
// is no member any more.
func populated(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.events")) //nolint:gosec // of a cgroup
	return err == nil && slices.Contains(strings.Split(string(text), "\n"), "populated 1")
}

// killAll sends SIGKILL to all at once. Kernels before 5.14 have no word for it: there
// they are frozen first, so that none gets away by making others.
func killAll(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, "cgroup.kill"), os.O_WRONLY, 0) //nolint:gosec // of the hub's own making
	if err == nil {
		_, err = file.WriteString("1")
		return errors.Join(err, file.Close())
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return killFrozen(dir)
}

func killFrozen(dir string) error {
	if err := write(dir, "cgroup.freeze", "1"); err != nil {
		return err
	}
	for _, pid := range Members(dir) {
		_ = unix.Kill(pid, unix.SIGKILL) // of a frozen one, too
	}
	return write(dir, "cgroup.freeze", "0")
}

// Remove deletes a group that has no processes any more, with those below.
func Remove(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(dir); err != nil && !errors.Is(err, unix.ENOENT) {
		return &fs.PathError{Op: "rmdir", Path: dir, Err: err}
	}
	return nil
}

// OutOfMemory tells whether a process of the group was ended since the group had used up
// its memory.
func OutOfMemory(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "memory.events")) //nolint:gosec // of a cgroup
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return count != "0"
		}
	}
	return false
}
