package events

import (
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Kind is what an event is about.
type Kind string

// The kinds that can be asked for.
const (
	UserKind   Kind = "user"
	ServerKind Kind = "server"
	GroupKind  Kind = "group"
)

// The kinds that every stream has.
const (
	openKind  Kind = "open"  // the first of each stream: from here on nothing is missed
	resetKind Kind = "reset" // some were missed: read again what is shown
	beatKind  Kind = "beat"  // nothing happened for a while
)

// Event is something that happened. It does not change, and all streams share it.
type Event struct {
	Kind Kind
	Name string // of the person or group
	// Server is one of the person's, as it is now; of one that is gone there is the name alone.
	Server hub.Server
	Gone   bool

	seq           uint64
	before, after *mirror.Person // of people and their servers; nil: not there

	once sync.Once
	text []byte
}

// Text is the event as it is sent, made by the first who asks.
func (e *Event) Text(of func(*Event) []byte) []byte {
	e.once.Do(func() { e.text = of(e) })
	return e.text
}

// concerns tells whether the requester may hear of the event: whoever may read what it is about,
// and of the end of a thing whoever could read it until then. To whom a person is hidden now,
// because of a group that they left, they are gone.
func (e *Event) concerns(r *access.Requester) bool {
	switch e.Kind {
	case GroupKind:
		return r.NeedGroup(e.Name, readGroup()...) == nil
	case ServerKind:
		if e.Gone {
			return reads(r, e.before, e.Server.Name)
		}
		return reads(r, e.after, e.Server.Name)
	case UserKind:
		sees := mayRead(r, e.after)
		if !e.Gone {
			return sees
		}
		return mayRead(r, e.before) && !(sees && e.after.Name == e.Name)
	case openKind, resetKind, beatKind:
	}
	return true
}

func mayRead(r *access.Requester, p *mirror.Person) bool {
	return p != nil && access.FieldsOf(r, p.User).Any()
}

func reads(r *access.Requester, p *mirror.Person, server string) bool {
	return p != nil && r.Scopes.AllowsServer("read:servers", p.Name, server, access.GroupsOf(p.User))
}

func readGroup() []string { return []string{"read:groups", "read:groups:name", "list:groups"} }

// eventsOf is what a turn is to those who see the person.
func eventsOf(t mirror.Turn) (list []*Event) {
	if t.Before == nil && t.After == nil {
		return nil
	}
	add := func(e *Event) {
		e.before, e.after = t.Before, t.After
		list = append(list, e)
	}
	if t.After != nil {
		if t.Before == nil || !sameUser(t.Before.User, t.After.User) {
			add(&Event{Kind: UserKind, Name: t.After.Name})
		}
		for _, s := range changed(t) {
			add(&Event{Kind: ServerKind, Name: t.After.Name, Server: s})
		}
	}
	if t.Before != nil {
		if t.After == nil || t.After.Name != t.Before.Name || !slices.Equal(t.Before.Groups, t.After.Groups) {
			add(&Event{Kind: UserKind, Name: t.Before.Name, Gone: true})
		}
		for _, s := range ended(t) {
			add(&Event{Kind: ServerKind, Name: t.Before.Name, Server: hub.Server{Name: s.Name}, Gone: true})
		}
	}
	return list
}

func sameUser(a, b hub.User) bool {
	return a.Name == b.Name && a.Admin == b.Admin && a.Suspended == b.Suspended && a.HasPassword == b.HasPassword &&
		a.MustChange == b.MustChange && a.ClaimClosed == b.ClaimClosed && a.Created.Equal(b.Created) &&
		slices.Equal(a.Groups, b.Groups) && slices.Equal(a.Roles, b.Roles) && slices.Equal(a.GroupRoles, b.GroupRoles) && slices.EqualFunc(a.Given, b.Given, sameGiven) &&
		slices.Equal(a.Shared, b.Shared)
}

func sameGiven(a, b hub.Given) bool {
	return a.Role == b.Role && a.Group == b.Group && slices.Equal(a.Scopes, b.Scopes)
}

// changed are the servers that are another after the turn, to those who see them.
func changed(t mirror.Turn) (list []hub.Server) {
	for _, s := range t.After.Servers {
		was, ok := find(t.Before, s.ID)
		if !ok || shownAs(was) != shownAs(s) {
			list = append(list, s)
		}
	}
	return list
}

// ended are the servers that are there no more; with their person all are.
func ended(t mirror.Turn) (list []hub.Server) {
	if t.After == nil {
		return nil
	}
	for _, s := range t.Before.Servers {
		if now, ok := find(t.After, s.ID); !ok || now.Name != s.Name {
			list = append(list, s)
		}
	}
	return list
}

func find(p *mirror.Person, id int64) (hub.Server, bool) {
	if p == nil {
		return hub.Server{}, false
	}
	at := slices.IndexFunc(p.Servers, func(s hub.Server) bool { return s.ID == id })
	if at < 0 {
		return hub.Server{}, false
	}
	return p.Servers[at], true
}

// look is what is shown of a server, so that steps within are no events.
type look struct {
	user, name, display, failure string
	phase                        hub.Phase
	fence                        int64
	started                      time.Time
}

func shownAs(s hub.Server) look {
	return look{s.UserName, s.Name, s.DisplayName, s.Failure, s.Phase, s.Fence, s.Started.UTC()}
}
