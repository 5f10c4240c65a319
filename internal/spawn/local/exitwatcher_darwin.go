package local

import "context"

// exitWatcher does nothing on this system: servers' processes are polled.
type exitWatcher struct{}

// exitEvent is the end of a server's process.
type exitEvent struct {
	server int64
	pid    int
}

func newExitWatcher() *exitWatcher { return &exitWatcher{} }

func (*exitWatcher) add(int64, int, func() bool) bool      { return false }
func (*exitWatcher) has(int64, int) bool                   { return false }
func (*exitWatcher) run(context.Context, chan<- exitEvent) {}
func (*exitWatcher) close()                                {}
