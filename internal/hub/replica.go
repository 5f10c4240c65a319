package hub

import "time"

// Replica is one running process of the hub. Several share one PostgreSQL.
type Replica struct {
	ID         string // random, and another one at each start
	Node       string // the machine that its servers are bound to; empty where any replica can drive them
	Version    string // of the program
	Started    time.Time
	LeaseUntil time.Time
	Alive      bool // whether its lease held when this was read, by the database's time
}
