package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// runLock is the lock of a server, held by this process.
type runLock struct{ file *os.File }

// tryLock takes the lock; nil where somebody holds it. The file is opened for
// reading only: the notebook server inherits it.
func (f files) tryLock(id int64) (*runLock, error) {
	file, err := os.OpenFile(f.lock(id), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of server %d: %w", id, err)
	}
	err = ignoringEINTR(func() error { return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err == nil {
		return &runLock{file}, nil
	}
	closing := file.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, closing
	}
	return nil, fmt.Errorf("lock server %d: %w", id, err)
}

// release unlocks, also where a process that is just being forked has a copy.
func (l *runLock) release() error {
	err := unix.Flock(int(l.file.Fd()), unix.LOCK_UN)
	return errors.Join(err, l.file.Close())
}

// leave gives the lock to the process that has inherited it.
func (l *runLock) leave() error { return l.file.Close() }

// held tells whether somebody holds the lock.
func (f files) held(id int64) (bool, error) {
	lock, err := f.tryLock(id)
	if err != nil {
		return false, err
	}
	if lock == nil {
		return true, nil
	}
	return false, lock.release()
}

func ignoringEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// holds lets one call at a time work on a server.
type holds struct {
	mu   sync.Mutex
	byID map[int64]chan struct{}
}

func (h *holds) of(id int64) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byID == nil {
		h.byID = map[int64]chan struct{}{}
	}
	if h.byID[id] == nil {
		h.byID[id] = make(chan struct{}, 1)
	}
	return h.byID[id]
}

// take waits for the server's turn; the function returned ends it.
func (h *holds) take(ctx context.Context, id int64) (func(), error) {
	turn := h.of(id)
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for server %d: %w", id, ctx.Err())
	}
}

// try is take without waiting; nil where it is not the caller's turn.
func (h *holds) try(id int64) func() {
	turn := h.of(id)
	select {
	case turn <- struct{}{}:
		return func() { <-turn }
	default:
		return nil
	}
}
