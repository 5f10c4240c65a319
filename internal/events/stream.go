package events

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// atOnce is for how long a stream gathers events after it gave some: however much happens, it is
	// written to a few times a second.
	atOnce = 250 * time.Millisecond
	// lookAgain is after how long it is looked again whether who reads still may.
	lookAgain = 2 * time.Second
	// beatEvery is after how long without anything a stream says that it is alive.
	beatEvery = 15 * time.Second
)

// Wanted is which events are asked for.
type Wanted struct {
	Kinds []Kind   // none: all
	Names []string // of people; none: all
}

// maxNames is of how many people at most one may ask for the events.
const maxNames = 200

func (w Wanted) check() error {
	for _, k := range w.Kinds {
		if !slices.Contains([]Kind{UserKind, ServerKind, GroupKind}, k) {
			return hub.Errorf(hub.Invalid, "kind must be user, server or group")
		}
	}
	if len(w.Names) > maxNames {
		return hub.Errorf(hub.Invalid, "There are events of at most %d people at a time", maxNames)
	}
	return nil
}

func (w Wanted) includes(e *Event) bool {
	if len(w.Kinds) > 0 && !slices.Contains(w.Kinds, e.Kind) {
		return false
	}
	return len(w.Names) == 0 || e.Kind == GroupKind || slices.Contains(w.Names, e.Name)
}

// Stream is what one reader hears. It is for one goroutine.
type Stream struct {
	ev      *Events
	who     access.Requester
	want    Wanted
	at      uint64 // the number of the last event that was looked at
	begun   bool
	missed  bool // since the reader was here last
	release func()
}

func newStream(ev *Events, who access.Requester, want Wanted, last string, release func()) *Stream {
	at, whole := ev.ring.enter(last)
	return &Stream{ev: ev, who: who, want: want, at: at, missed: !whole, release: release}
}

// Close ends it.
func (s *Stream) Close() { s.release() }

// ID is the place up to which the stream was read, for Last-Event-ID.
func (s *Stream) ID() string { return s.ev.ring.id(s.at) }

// Next waits for events and gives all that there are. The error is hub.Unavailable where the hub
// ends, hub.Forbidden where what the reader came with is no longer good, or ctx's.
func (s *Stream) Next(ctx context.Context) ([]*Event, error) {
	if !s.begun {
		s.begun = true
		if s.missed {
			return []*Event{{Kind: openKind}, {Kind: resetKind}}, nil
		}
		return []*Event{{Kind: openKind}}, nil
	}
	beat := time.NewTimer(beatEvery)
	defer beat.Stop()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		list, news, err := s.take(ctx)
		if err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.ev.over:
			return nil, errEnding
		case <-beat.C:
			return []*Event{{Kind: beatKind}}, nil
		case <-look.C:
		case <-news:
			if err := s.gather(ctx); err != nil {
				return nil, err
			}
		}
	}
}

// gather waits a moment for further events, so that many cost little more than one.
func (s *Stream) gather(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ev.over:
		return errEnding
	case <-time.After(atOnce):
		return nil
	}
}

// take gives the events that are there and that the reader may hear of at this moment.
func (s *Stream) take(ctx context.Context) (mine []*Event, news <-chan struct{}, err error) {
	err = s.ev.identities.Refresh(ctx, &s.who)
	if hub.Is(err, hub.Unavailable) {
		return nil, nil, nil // who they are cannot be told now: they hear of it later
	}
	if err != nil {
		return nil, nil, err
	}
	if s.who.MustChange {
		return nil, nil, hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	for {
		list, upTo, news, whole := s.ev.ring.since(s.at)
		s.at = upTo
		if !whole {
			return []*Event{{Kind: resetKind}}, news, nil
		}
		for _, e := range list {
			if s.want.includes(e) && e.concerns(&s.who) {
				mine = append(mine, e)
			}
		}
		if len(mine) > 0 || len(list) < mostAtOnce {
			return mine, news, nil
		}
	}
}
