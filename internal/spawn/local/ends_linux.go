package local

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// ends hears from the kernel of the end of each server's process, whoever has forked it, so
// that nobody has to ask: it holds a pidfd of each, in one epoll instance.
type ends struct {
	poll *os.File // the epoll instance; nil: the machine has no pidfds, and nothing is watched
	raw  syscall.RawConn

	mu    sync.Mutex
	byPID map[int]watched
	byFD  map[int32]int // process ids
}

// watched is a process whose end is waited for.
type watched struct {
	server int64
	fd     int
}

// ended is the end of a server's process.
type ended struct {
	server int64
	pid    int
}

func newEnds() *ends {
	e := &ends{byPID: map[int]watched{}, byFD: map[int32]int{}}
	probe, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil { // before Linux 5.3, or a sandbox without it
		return e
	}
	_ = unix.Close(probe)
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return e
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that the runtime waits for it, and no thread
		_ = unix.Close(fd)
		return e
	}
	e.poll = os.NewFile(uintptr(fd), "ends of servers' processes")
	if e.raw, err = e.poll.SyscallConn(); err != nil {
		_ = e.poll.Close()
		e.poll = nil
	}
	return e
}

// add begins to wait for the end of a server's process. same tells whether the process is
// still the one that is meant, once nobody else can get its id. It is false where that is
// not so, or nothing can be waited for.
func (e *ends) add(server int64, pid int, same func() bool) bool {
	if e.poll == nil {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !same() || e.control(unix.EPOLL_CTL_ADD, fd) != nil {
		_ = unix.Close(fd)
		return false
	}
	e.drop(pid) // of one with the same id that has ended
	e.byPID[pid], e.byFD[int32(fd)] = watched{server, fd}, pid
	return true
}

// has tells whether the end of the server's process is waited for.
func (e *ends) has(server int64, pid int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, ok := e.byPID[pid]
	return ok && w.server == server
}

// run sends each end until ctx ends or close is called.
func (e *ends) run(ctx context.Context, to chan<- ended) {
	if e.poll == nil {
		return
	}
	events := make([]unix.EpollEvent, 128)
	for {
		var list []ended
		err := e.raw.Read(func(fd uintptr) bool {
			n, err := unix.EpollWait(int(fd), events, 0)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return true
			}
			list = e.take(events[:max(n, 0)])
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

// take gives those that have ended, which are waited for no more.
func (e *ends) take(events []unix.EpollEvent) (list []ended) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range events {
		if pid, ok := e.byFD[event.Fd]; ok {
			list = append(list, ended{e.byPID[pid].server, pid})
			e.drop(pid)
		}
	}
	return list
}

// drop waits for a process no more. mu is held.
func (e *ends) drop(pid int) {
	w, ok := e.byPID[pid]
	if !ok {
		return
	}
	_ = e.control(unix.EPOLL_CTL_DEL, w.fd) // what is just being forked may have a copy of it
	_ = unix.Close(w.fd)
	delete(e.byPID, pid)
	delete(e.byFD, int32(w.fd))
}

func (e *ends) control(operation, fd int) (err error) {
	failed := e.raw.Control(func(poll uintptr) {
		err = unix.EpollCtl(int(poll), operation, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	})
	return errors.Join(failed, err)
}

// close ends run, and waits for nothing any more.
func (e *ends) close() {
	if e.poll == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for pid := range e.byPID {
		e.drop(pid)
	}
	_ = e.poll.Close()
}
