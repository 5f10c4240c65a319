package data

import (
	"context"
	"time"
)

// Ending is when a server has to stop.
type Ending struct {
	ServerID int64
	At       time.Time
}

// DeadlineTx finds servers by when their time is over; hub.Server.EndsAt says of one when that is.
type DeadlineTx interface {
	// EndingServers gives those servers of an owner that are wanted and whose time is over by the time given, in the order
	// of their ends. What that costs grows with these alone.
	EndingServers(ctx context.Context, owner string, by time.Time) ([]Ending, error)
}
