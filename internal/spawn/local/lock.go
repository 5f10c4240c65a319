package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// runLock is the lock of a server, held by this process.
type runLock struct{ file *os.File }

// tryLock takes the lock; nil if another process holds it. The file is opened for reading
// only, because the notebook server inherits it.
func (f files) tryLock(id int64) (*runLock, error) {
	file, err := os.OpenFile(f.lock(id), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of server %d: %w", id, err)
	}
	err = procs.IgnoringEINTR(func() error { return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err == nil {
		return &runLock{file}, nil
	}
	closeErr := file.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, closeErr
	}
	return nil, fmt.Errorf("lock server %d: %w", id, err)
}

// release unlocks, even if a process that is being forked has a copy of the descriptor.
func (l *runLock) release() error {
	err := unix.Flock(int(l.file.Fd()), unix.LOCK_UN)
	return errors.Join(err, l.file.Close())
}

// handOver closes the descriptor without unlocking: the process that has inherited it holds
// the lock on.
func (l *runLock) handOver() error { return l.file.Close() }

// held reports whether another process holds the lock.
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

// keyedMutex is a mutex for each key, whose lock can be cancelled by a context.
type keyedMutex struct {
	mu   sync.Mutex
	byID map[int64]chan struct{}
}

func (m *keyedMutex) channel(id int64) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID == nil {
		m.byID = map[int64]chan struct{}{}
	}
	if m.byID[id] == nil {
		m.byID[id] = make(chan struct{}, 1)
	}
	return m.byID[id]
}

// lock waits for the key's mutex; the function returned unlocks it.
func (m *keyedMutex) lock(ctx context.Context, id int64) (func(), error) {
	turn := m.channel(id)
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for server %d: %w", id, ctx.Err())
	}
}

// tryLock is lock without waiting; nil if the mutex is locked.
func (m *keyedMutex) tryLock(id int64) func() {
	turn := m.channel(id)
	select {
	case turn <- struct{}{}:
		return func() { <-turn }
	default:
		return nil
	}
}
