package hub

import "time"

// Visit is somebody's time in a server of somebody else, to which they were not invited by a share.
type Visit struct {
	ServerID int64
	UserID   int64
	UserName string // read with it
	Since    time.Time
	Expires  time.Time // it is over by then, unless they come again
}
