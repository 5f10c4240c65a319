package procs

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Watcher learns from the kernel when servers' processes end, also of those that another
// hub has forked, without polling: it has a pidfd of each in one epoll instance.
type Watcher struct {
	epoll *os.File // nil: the kernel has no pidfds, and nothing is watched
	raw   syscall.RawConn

	mu    sync.Mutex
	byPID map[int]watchedProcess
	byFD  map[int32]int // process ids
}

// watchedProcess is a process whose end is waited for.
type watchedProcess struct {
	server int64
	fd     int
}

// Exit is the end of a server's process.
type Exit struct {
	Server int64
	PID    int
}

// NewWatcher watches nothing yet. close ends it.
func NewWatcher() *Watcher {
	w := &Watcher{byPID: map[int]watchedProcess{}, byFD: map[int32]int{}}
	probe, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil { // before Linux 5.3, or a sandbox without it
		return w
	}
	_ = unix.Close(probe)
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return w
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that Go's poller waits, and not a thread
		_ = unix.Close(fd)
		return w
	}
	w.epoll = os.NewFile(uintptr(fd), "ends of servers' processes")
	if w.raw, err = w.epoll.SyscallConn(); err != nil {
		_ = w.epoll.Close()
		w.epoll = nil
	}
	return w
}

// Add begins to watch a server's process. same, which is called once the pidfd keeps the id
// from being reused, reports whether it is still the process that is meant. add returns false
// if it is not, or cannot be watched.
func (w *Watcher) Add(server int64, pid int, same func() bool) bool {
	if w.epoll == nil {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !same() || w.control(unix.EPOLL_CTL_ADD, fd) != nil {
		_ = unix.Close(fd)
		return false
	}
	w.remove(pid) // of one with the same id that has ended
	w.byPID[pid], w.byFD[int32(fd)] = watchedProcess{server, fd}, pid
	return true
}

// Has reports whether the server's process is watched.
func (w *Watcher) Has(server int64, pid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.byPID[pid]
	return ok && p.server == server
}

// Run sends the end of each watched process until ctx ends or close is called.
func (w *Watcher) Run(ctx context.Context, to chan<- Exit) {
	if w.epoll == nil {
		return
	}
	events := make([]unix.EpollEvent, 128)
	for {
		var list []Exit
		err := w.raw.Read(func(fd uintptr) bool {
			n, err := unix.EpollWait(int(fd), events, 0)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return true
			}
			list = w.collect(events[:max(n, 0)])
			return len(list) > 0
		})
		if err != nil || len(list) == 0 {
			return
		}
		for _, end := range list {
			select {
			case to <- end:
			case <-ctx.Done():
				return
			}
		}
	}
}

// collect returns the processes that have ended, and stops to watch them.
func (w *Watcher) collect(events []unix.EpollEvent) (list []Exit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, event := range events {
		if pid, ok := w.byFD[event.Fd]; ok {
			list = append(list, Exit{w.byPID[pid].server, pid})
			w.remove(pid)
		}
	}
	return list
}

// remove stops to watch a process. mu is held.
func (w *Watcher) remove(pid int) {
	p, ok := w.byPID[pid]
	if !ok {
		return
	}
	_ = w.control(unix.EPOLL_CTL_DEL, p.fd) // a process that is being forked may have a copy of it
	_ = unix.Close(p.fd)
	delete(w.byPID, pid)
	delete(w.byFD, int32(p.fd))
}

func (w *Watcher) control(operation, fd int) (err error) {
	failed := w.raw.Control(func(poll uintptr) {
		err = unix.EpollCtl(int(poll), operation, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	})
	return errors.Join(failed, err)
}

// Close ends run and stops to watch all processes.
func (w *Watcher) Close() {
	if w.epoll == nil {
		return
	}
	w.mu.Lock()
	for pid := range w.byPID {
		w.remove(pid)
	}
	w.mu.Unlock()
	_ = w.epoll.Close() // it waits for Run, which may be about to collect
}
