package local

import "golang.org/x/sys/unix"

// duplicate is dup2, which not every architecture has.
func duplicate(from, to int) error {
	if from == to {
		return nil
	}
	return unix.Dup3(from, to, 0)
}

// prepareThread unblocks all signals, and gives up privileges through files for
// good. Both are the thread's, and exec keeps those of the thread that calls it.
func prepareThread(noNewPrivs bool) error {
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return err
	}
	if !noNewPrivs {
		return nil
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
