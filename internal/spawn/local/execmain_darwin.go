package local

import "golang.org/x/sys/unix"

func duplicate(from, to int) error {
	if from == to {
		return nil
	}
	return unix.Dup2(from, to)
}

// prepareThread has nothing to do: there is no such promise here.
func prepareThread(bool) error { return nil }
