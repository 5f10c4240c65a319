package events

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// How many streams there may be: with one session or token, of one person or service, and in all. A
// stream costs some 30 KB.
const (
	maxOfOne   = 12
	maxOfOwner = 60
	maxInAll   = 5000
)

// kept is how many events are kept for those who come back.
const kept = 8192

// Events is what happens. Make it with New.
type Events struct {
	directory  *mirror.Directory
	identities *access.Identities
	ring       *ring
	over       chan struct{} // closed when the hub ends
	end        func()

	mu   sync.Mutex
	open map[holder]int
}

// holder is whose streams are counted: those of a credential, of its owner, or with neither all.
type holder struct {
	owner      hub.Actor
	credential string
}

// New makes Events of all that the directory shows. Apply has to be called with all changes.
func New(directory *mirror.Directory, identities *access.Identities) *Events {
	ev := &Events{
		directory: directory, identities: identities,
		ring: newRing(rand.Text()[:10], kept), over: make(chan struct{}), open: map[holder]int{},
	}
	ev.end = sync.OnceFunc(func() { close(ev.over) })
	directory.OnTurns(ev.turned)
	return ev
}

// turned is told how people and their servers changed.
func (ev *Events) turned(turns []mirror.Turn) {
	if turns == nil {
		ev.ring.lose()
		return
	}
	var list []*Event
	for _, t := range turns {
		list = append(list, eventsOf(t)...)
	}
	ev.ring.add(list...)
}

// Apply takes from changes what the directory does not know: groups.
func (ev *Events) Apply(changes []data.Change) {
	var list []*Event
	for _, c := range changes {
		if c.Kind == data.GroupChanged && c.Key != "" {
			list = append(list, &Event{Kind: GroupKind, Name: c.Key})
		}
	}
	ev.ring.add(list...)
}

// EndEvents ends all streams, and lets nobody begin one: the hub is about to end.
func (ev *Events) EndEvents() { ev.end() }

// errEnding is the answer to who wants to hear of a hub that ends.
var errEnding = &hub.Error{Code: hub.Unavailable, Msg: "The hub is about to end. Try again in a moment.", RetryAfter: 2 * time.Second}

// FollowEvents begins a stream of what the requester may hear of and asks for: after the event that
// they had last, or with an empty text from now on. Close it. Whoever is somebody may ask: what they
// hear goes by their scopes.
func (ev *Events) FollowEvents(ctx context.Context, r *access.Requester, want Wanted, last string) (*Stream, error) {
	if !r.Known() {
		return nil, hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	if err := want.check(); err != nil {
		return nil, err
	}
	select {
	case <-ev.over:
		return nil, errEnding
	default:
	}
	release, err := ev.acquire(r)
	if err != nil {
		return nil, err
	}
	if err := ev.directory.Ready(ctx); err != nil {
		release()
		return nil, err
	}
	return newStream(ev, *r, want, last, release), nil
}

// acquire counts one more stream.
func (ev *Events) acquire(r *access.Requester) (release func(), err error) {
	limits := []struct {
		holder
		most  int
		whose string
	}{
		{holder{r.Actor(), credentialOf(r)}, maxOfOne, "with one session or token"},
		{holder{owner: r.Actor()}, maxOfOwner, "of one person or service"},
		{holder{}, maxInAll, "at this hub"},
	}
	ev.mu.Lock()
	defer ev.mu.Unlock()
	for _, l := range limits {
		if ev.open[l.holder] >= l.most {
			return nil, &hub.Error{
				Code: hub.Limit, RetryAfter: 10 * time.Second,
				Msg: fmt.Sprintf("Too many event streams are open: at most %d %s. Close some.", l.most, l.whose),
			}
		}
	}
	for _, l := range limits {
		ev.open[l.holder]++
	}
	return sync.OnceFunc(func() {
		ev.mu.Lock()
		defer ev.mu.Unlock()
		for _, l := range limits {
			if ev.open[l.holder]--; ev.open[l.holder] == 0 {
				delete(ev.open, l.holder)
			}
		}
	}), nil
}

func credentialOf(r *access.Requester) string {
	if r.Token != nil {
		return r.Token.Hash
	}
	if r.Session != nil {
		return r.Session.ID
	}
	return ""
}
