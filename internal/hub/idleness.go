package hub

import "time"

// Idleness is what is known of a running server's use: what decides whether it is stopped
// because nobody uses it.
type Idleness struct {
	ServerID int64
	Started  time.Time
	// LastUsed is when somebody last did something with it, or it said that it was computing. What
	// an open page does by itself does not count, as it does for Server.LastActivity.
	LastUsed time.Time
	Kernels  Kernels
}

// Kernels is what a notebook server answered when it was asked for its kernels.
type Kernels struct {
	Asked       time.Time // zero: never, or it did not answer
	Total       int
	Busy        int       // they compute
	Connections int       // open connections of browsers to them
	LastUsed    time.Time // the last time that a kernel or a terminal did something; zero: unknown
}

// A Prospect is when a running server will be stopped, if nothing is done with it until then, and why.
type Prospect struct {
	Idleness
	Ends time.Time
	Why  StopReason
	// Spared: its time is over, or will be, but it goes on to the end of hours in which nobody is stopped.
	Spared bool
}
