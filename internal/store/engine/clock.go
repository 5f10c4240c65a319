package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// serverClock follows the clock of a PostgreSQL server: between two readings of it, time
// passes as this process measures it. Replicas whose own clocks differ agree on it to
// within half the time that an answer takes.
type serverClock struct {
	elapsed hub.Elapsed
	zero    atomic.Int64 // the server's time, in microseconds since 1970, when elapsed was 0

	mu     sync.Mutex
	told   time.Duration // the latest time that now gave, since 1970
	toldAt time.Duration // what elapsed was then
}

// set takes a reading that lies between two moments of elapsed.
func (c *serverClock) set(at time.Time, asked, answered time.Duration) {
	c.zero.Store(at.UnixMicro() - ((asked + answered) / 2).Microseconds())
}

// exact is the server's time as far as it is known: it goes back when the server's is set back.
func (c *serverClock) exact() time.Time {
	return time.UnixMicro(c.zero.Load() + c.elapsed().Microseconds()).UTC()
}

// now never goes back: where the server's clock was set back, time passes half as fast until
// that has caught up. So what waits or expires does, though later.
func (c *serverClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	passed := c.elapsed()
	exact := time.Duration(c.zero.Load())*time.Microsecond + passed
	c.told = max(exact, c.told+(passed-c.toldAt)/2)
	c.toldAt = passed
	return time.UnixMicro(c.told.Microseconds()).UTC()
}

// Now is the time of a transaction that begins now: the database server's on PostgreSQL,
// the machine's on SQLite. It never goes back on PostgreSQL: after that clock was set back, time
// passes half as fast until it has caught up.
func (db *DB) Now() time.Time {
	if db.clock != nil {
		return hub.Micro(db.clock())
	}
	return db.server.now()
}

// Alone tells whether no other process can have the database while this one has it.
func (db *DB) Alone() bool { return db.Leases == db.Writer }

// ExactNow is what leases are compared with: as Now, but it also goes back.
func (db *DB) ExactNow() time.Time {
	if db.clock != nil {
		return hub.Micro(db.clock())
	}
	return db.server.exact()
}

// ReadClock asks a PostgreSQL server for its time, unless something else tells the time.
func (db *DB) ReadClock(ctx context.Context) error {
	if db.clock != nil {
		return nil
	}
	asked := db.elapsed()
	var micros int64
	if err := db.Leases.QueryRowContext(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(&micros); err != nil {
		return err
	}
	db.server.set(time.UnixMicro(micros), asked, db.elapsed())
	return nil
}
