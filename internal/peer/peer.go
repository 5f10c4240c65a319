// Package peer tells whose process of this machine is at the other end of a connection.
package peer

import "errors"

var (
	// ErrElsewhere is the error of Owner for a connection whose other end is not on this
	// machine, or was and is gone without a trace.
	ErrElsewhere = errors.New("no process of this machine has the other end of the connection")
	// ErrGone is its error for one that the other end has closed, or is about to.
	ErrGone = errors.New("the other end of the connection is closed")
	// ErrUnknown is its error where the system does not tell.
	ErrUnknown = errors.New("the system does not tell whose the other end of a connection is")
)
