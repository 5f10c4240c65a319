package local

import "sync"

// census counts the processes of the machine, for all who ask at the same time at once:
// when a class's servers stop together, each asks several times, and each answer costs
// something for every process that there is. Nobody gets a list that was begun before
// they asked. A list is shared, so nobody writes to it.
type census struct {
	mu   sync.Mutex
	next *count     // was not begun
	turn sync.Mutex // one at a time
}

type count struct {
	taken bool
	all   []processInfo
}

func (c *census) take() []processInfo { return c.result(c.join(), listProcesses) }

// join is the count for whoever asks now.
func (c *census) join() *count {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = &count{}
	}
	return c.next
}

func (c *census) result(of *count, list func() []processInfo) []processInfo {
	c.turn.Lock()
	defer c.turn.Unlock()
	if !of.taken {
		c.mu.Lock()
		c.next = nil // it is this one: whoever asks from now on gets a later one
		c.mu.Unlock()
		of.all, of.taken = list(), true
	}
	return of.all
}
