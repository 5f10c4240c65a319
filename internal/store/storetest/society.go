package storetest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// society is people with all that can hang on them. Names of people, groups and services, and
// keys, begin with its prefix.
type society struct {
	s      *suite
	prefix string

	ada, bob, eve      hub.User
	class, club        hub.Group
	work               hub.Server // ada's, shared with bob and the class
	spare              hub.Server // ada's
	service            hub.Service
	home               hub.Home // bob's
	api                hub.Token
	shareBob, shareAll hub.Share
}

func (w *society) named(name string) string { return w.prefix + name }

// build makes it. bob and eve are in the class, bob in the club too; ada has a session, with a
// token given during it; bob gave a token to the application that is ada's server work, and
// one to the service.
func build(s *suite, prefix string) *society {
	w := &society{s: s, prefix: prefix}
	us := s.users(w.named("ada"), w.named("bob"), w.named("eve"))
	w.ada, w.bob, w.eve = us[0], us[1], us[2]
	w.class, w.club = s.group(w.named("class"), w.bob, w.eve), s.group(w.named("club"), w.bob)
	w.work, w.spare = s.server(w.ada, "work", hub.Stopped), s.server(w.ada, "spare", hub.Stopped)
	w.shareBob, w.shareAll = s.share(w.work, w.bob.ID, 0, "access:servers"), s.share(w.work, 0, w.class.ID, "access:servers")
	w.service = write(s, func(tx data.Tx) (hub.Service, error) {
		return tx.CreateService(s.ctx, hub.Service{Name: w.named("service")})
	})
	s.client(hub.OAuthClient{ID: w.named("client"), ServerID: w.work.ID, OwnerID: w.ada.ID})
	s.client(hub.OAuthClient{ID: w.named("service-client"), ServiceID: w.service.ID})
	s.session(w.ada, w.named("session"))
	s.session(w.ada, w.named("other session"))
	w.api = s.token(hub.Token{UserID: w.ada.ID, Hash: w.named("api"), ClientID: hub.APIClient})
	for _, t := range []hub.Token{
		{UserID: w.ada.ID, Hash: w.named("in session"), SessionID: w.named("session")},
		{UserID: w.ada.ID, Hash: w.named("server's"), ServerID: w.work.ID},
		{UserID: w.bob.ID, Hash: w.named("given"), ClientID: w.named("client")},
		{UserID: w.bob.ID, Hash: w.named("given to service"), ClientID: w.named("service-client")},
		{ServiceID: w.service.ID, Hash: w.named("service's")},
	} {
		s.token(t)
	}
	w.home = hub.Home{ID: w.named("home"), Place: w.named("place"), UserID: w.bob.ID, State: hub.HomeThere, Created: s.clock.Now(), Changed: s.clock.Now()}
	s.update(func(tx data.Tx) error {
		if err := tx.CreateHomes(s.ctx, w.home); err != nil {
			return err
		}
		if err := tx.CreateMadeRole(s.ctx, hub.MadeRole{Name: w.named("made"), Scopes: []string{"proxy"}}); err != nil {
			return err
		}
		if err := tx.GiveRole(s.ctx, hub.GivenRole{Role: w.named("made"), UserID: w.eve.ID}); err != nil {
			return err
		}
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{{Role: "held", UserID: w.ada.ID}, {Role: "held", GroupID: w.class.ID}, {Role: "held", ServiceID: w.service.ID}})
	})
	return w
}

// show is a change in words: its kind, what it is of, and the groups.
func (w *society) show(n data.Noted) string {
	people := map[int64]string{w.ada.ID: "ada", w.bob.ID: "bob", w.eve.ID: "eve"}
	text := string(n.Kind)
	switch n.Kind {
	case data.UserChanged:
		text += " " + cmp.Or(people[n.Change.ID], "new")
		if n.UserID != n.Change.ID {
			text += " of somebody else"
		}
	case data.GroupChanged:
		text += " " + cmp.Or(map[int64]string{w.class.ID: "class", w.club.ID: "club"}[n.Change.ID], "new")
	case data.ServiceChanged:
		text += " " + cmp.Or(map[int64]string{w.service.ID: "service"}[n.Change.ID], "new")
	case data.ServerChanged, data.ServerDoubted:
		text += " " + cmp.Or(map[int64]string{w.work.ID: "work", w.spare.ID: "spare"}[n.Change.ID], "new")
	}
	if n.Key != "" {
		text += " " + strings.TrimPrefix(n.Key, w.prefix)
	}
	if n.UserID != 0 && n.Kind != data.UserChanged {
		text += " of " + people[n.UserID]
	}
	if n.After != nil {
		text += strings.ReplaceAll(fmt.Sprintf(" %v to %v", n.Before, n.After), w.prefix, "")
	}
	return text
}
