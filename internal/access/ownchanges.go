package access

import (
	"cmp"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// mostOwnChanges is how many changes to their own things somebody may make within changesAge.
// Each is written down and kept for a year or so: a program that makes a token and revokes it
// again and again would fill the disk with entries, within all limits on tokens. What takes
// something back is never refused, and undoes a change that was counted.
const (
	mostOwnChanges = 10_000
	changesAge     = 24 * time.Hour
)

// OwnChanges counts them.
type OwnChanges struct {
	clock hub.Clock
	most  int

	mu    sync.Mutex
	since time.Time
	of    map[int64]int // by the person's ID
}

// NewOwnChanges allows so many within a day; 0 is far more than anybody needs.
func NewOwnChanges(clock hub.Clock, most int) *OwnChanges {
	return &OwnChanges{clock: clock, most: cmp.Or(most, mostOwnChanges)}
}

// Count counts one of the requester's changes to what is ownerID's, or refuses it. Services,
// administrators, and what people do to others' things, are not counted.
func (c *OwnChanges) Count(r *Requester, ownerID int64) error {
	if r.User.ID == 0 || r.User.ID != ownerID || r.User.Admin {
		return nil
	}
	now := c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if left := c.since.Add(changesAge).Sub(now); left <= 0 || left > changesAge {
		c.since, c.of = now, map[int64]int{}
	}
	if c.of[ownerID] >= c.most {
		err := hub.Errorf(hub.Limit, "%s has made %d changes within a day. What takes something back can still be done, and everything else tomorrow", r.User.Name, c.most).Plainly(
			"You have changed what is yours %d times within a day, so this has to wait until tomorrow. You can still stop, delete and revoke.", c.most)
		err.RetryAfter = c.since.Add(changesAge).Sub(now)
		return err
	}
	c.of[ownerID]++
	return nil
}
