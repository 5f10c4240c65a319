package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func changeTests() []test {
	return []test{
		{"each writing method notes what it touches", testNotes},
		{"every method is known to note, or to be silent", testEveryMethod},
		{"of several changes of groups the first and the last are told", testNotedGroups},
		{"a transaction that changes nothing notes nothing", testNothingNoted},
		{"what was rolled back is not noted", testRolledBackNotes},
		{"in batches from a position on", testChangesSince},
		{"what was deleted is missed", testPruneChanges},
	}
}

// silent are the methods of a transaction that change nothing that anybody keeps in memory.
func silent() []string {
	return strings.Fields(`Now
		UserByID UserByName UsersByID UsersByName UsersAfter ListUsers OtherAdmin Password
		GroupByName GroupsNamed ListGroups GroupInScopes RoleMembers RoleMemberNames ServiceByID ServiceByName ListServices TokensOfService
		TokenByHash TokensByHash TokenByID TokensOf ListTokens GivenTokens TokensOfClient TokenClients CountTokens
		SessionByID SessionsByID SessionByLogin SessionsOf StaleSessions CreateSession
		OAuthClient PutOAuthClient CreateOAuthCode TrimOAuthCodes OAuthCode UseOAuthCode
		ServerByID ServersByID Server ServersOf ServersInBrief ServerOptions ListServers LiveServers LiveServersByID NextTicket NextTickets
		HomeByID HomeOf ListHomes HomeIDs DueHomes CountHomes
		SeeNode ListNodes ServersOn DeleteNode RaiseIDs
		ListReplicas DeleteReplicas EndLease TakeServers MarkDriven
		ListShares ListShareCodes Share ShareCodeByHash CreateShareCode UseShareCode DeleteShareCodes
		AddAudit ListAudit AddEvents EventsOf ServerEvents OpenUsage ChargeUsage CloseUsage
		CountUsage UsageByDay UsageByUser UsageByGroup AddStarts NoteEnd CountStarts DeleteStartsBefore
		DeleteAuditBefore DeleteEventsBefore AddRun Run RaiseRun DeleteRunsBefore Identity IdentitiesOf BindIdentity RenameIdentity Setting SetSetting CountUsers CountServers
		CreateJob JobByID JobByKey RunningJob JobTask CountJobs FreeJobs JobsOf CallOffJob ClaimJob KeepJob AdvanceJob DeleteJob PutJobResults JobResults CountJobResults
		ChangePosition ChangesSince ChangesAhead
		LoginFailures SetLoginFailures DeleteLoginFailures LoginAddresses
		Announcements AnnouncementByID CountAnnouncements CreateAnnouncement UpdateAnnouncement DeleteAnnouncement DeleteAnnouncementsOver
		Visits EnterServer ExtendVisits
		ViewsOf PutView DeleteView
		MadeRoles CreateMadeRole GivenRoles`)
}

func testEveryMethod(s *suite) {
	known := map[string]bool{}
	for _, name := range silent() {
		known[name] = true
	}
	for _, c := range notedCases() {
		known[c.method] = true
	}
	tx := reflect.TypeFor[data.Tx]()
	for i := range tx.NumMethod() {
		if name := tx.Method(i).Name; !known[name] {
			s.Errorf("%s: does it change what others keep in memory? Say what it notes in notedCases, or that it is silent", name)
		}
	}
}

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

// noted runs fn in a transaction and gives what it noted, in that order.
func noted(s *suite, fn func(data.Tx) error) (list []data.Noted) {
	s.Helper()
	from := read(s, func(tx data.Tx) (data.Position, error) { return tx.ChangePosition(s.ctx) })
	all := func() (list []data.Noted) {
		s.view(func(tx data.Tx) error {
			complete, err := tx.ChangesSince(s.ctx, from, 0)
			if err != nil {
				return err
			}
			ahead, err := tx.ChangesAhead(s.ctx, 0, 0)
			list = slices.Concat(complete, ahead)
			return err
		})
		slices.SortFunc(list, func(a, b data.Noted) int { return cmp.Compare(a.Position.ID, b.Position.ID) })
		return list
	}
	before := all()
	if err := s.store.Update(s.ctx, fn); err != nil && !errors.Is(err, errMine) {
		s.Fatal(err)
	}
	return all()[len(before):]
}

// notedCase is one call of a writing method, and what it must note, in any order.
type notedCase struct {
	method string
	do     func(w *society, tx data.Tx) error
	want   []string
}

func testNotes(s *suite) {
	for i, c := range notedCases() {
		w := build(s, fmt.Sprintf("n%d-", i))
		got := []string{}
		for _, n := range noted(s, func(tx data.Tx) error { return c.do(w, tx) }) {
			got = append(got, w.show(n))
			if n.Origin != s.store.Origin() || n.At.IsZero() {
				s.Errorf("%s: noted by %q at %s", c.method, n.Origin, n.At)
			}
		}
		slices.Sort(got)
		want := append([]string{}, c.want...)
		slices.Sort(want)
		s.equal(fmt.Sprintf("%d: what %s noted", i, c.method), got, want)
	}
}

func second[A any](_ A, err error) error { return err }

func notedCases() []notedCase {
	return slices.Concat(userNotes(), groupNotes(), accessNotes(), serverNotes(), serviceNotes(), homeAndShareNotes(), manyNotes())
}

func userNotes() []notedCase {
	return []notedCase{
		{"CreateUsers", func(w *society, tx data.Tx) error {
			return second(tx.CreateUsers(w.s.ctx, []string{w.named("x"), w.named("y")}, false))
		}, []string{"user new", "user new"}},
		{"UpdateUser", func(w *society, tx data.Tx) error {
			w.ada.Suspended = true
			return tx.UpdateUser(w.s.ctx, w.ada)
		}, []string{"user ada"}},
		{"UpdateUser", func(w *society, tx data.Tx) error {
			w.ada.Name = w.named("renamed")
			return tx.UpdateUser(w.s.ctx, w.ada)
		}, []string{"user ada", "user bob", "user eve"}},
		{"CloseClaims", func(w *society, tx data.Tx) error {
			return second(tx.CloseClaims(w.s.ctx, w.home.Place))
		}, []string{"user bob"}},
		{"DeleteUsers", func(w *society, tx data.Tx) error {
			return tx.DeleteUsers(w.s.ctx, []int64{w.ada.ID, 1 << 40})
		}, []string{
			"user ada [] to []", "user bob", "user eve", "server work of ada", "server spare of ada", "session session of ada",
			"session other session of ada", "token api of ada", "token in session of ada", "token server's of ada", "token given of bob",
		}},
		{"DeleteUsers", func(w *society, tx data.Tx) error {
			return tx.DeleteUsers(w.s.ctx, []int64{w.bob.ID, w.eve.ID})
		}, []string{
			"user bob [class club] to []", "user eve [class] to []", "home home of bob", "token given of bob", "token given to service of bob",
		}},
		{"SetPassword", func(w *society, tx data.Tx) error {
			return tx.SetPassword(w.s.ctx, w.ada.ID, hub.Password{Hash: "h"})
		}, []string{"user ada"}},
		{"SetPasswords", func(w *society, tx data.Tx) error {
			return tx.SetPasswords(w.s.ctx, map[int64]hub.Password{w.ada.ID: {Hash: "h"}, w.eve.ID: {Hash: "h"}})
		}, []string{"user ada", "user eve"}},
	}
}

func groupNotes() []notedCase {
	return []notedCase{
		{"CreateGroup", func(w *society, tx data.Tx) error {
			return second(tx.CreateGroup(w.s.ctx, w.named("g")))
		}, []string{"group new g [] to [g]"}},
		{"DeleteGroup", func(w *society, tx data.Tx) error {
			return tx.DeleteGroup(w.s.ctx, w.class.ID)
		}, []string{"group class class [class] to []", "user bob [class club] to [club]", "user eve [class] to []"}},
		{"RenameGroup", func(w *society, tx data.Tx) error {
			return tx.RenameGroup(w.s.ctx, w.class.ID, w.named("renamed"))
		}, []string{"group class class [class] to [renamed]", "group class renamed", "user bob [class club] to [club renamed]", "user eve [class] to [renamed]"}},
		{"SetGroupProperties", func(w *society, tx data.Tx) error {
			return tx.SetGroupProperties(w.s.ctx, w.class.ID, []byte(`{"a":1}`))
		}, []string{"group class class"}},
		{"AddMembers", func(w *society, tx data.Tx) error {
			return tx.AddMembers(w.s.ctx, w.club.ID, []int64{w.ada.ID, w.bob.ID, w.eve.ID})
		}, []string{"user ada [] to [club]", "user eve [class] to [class club]"}},
		{"RemoveMembers", func(w *society, tx data.Tx) error {
			return tx.RemoveMembers(w.s.ctx, w.class.ID, []int64{w.ada.ID, w.bob.ID})
		}, []string{"user bob [class club] to [club]"}},
		{"AddRoleMembers", func(w *society, tx data.Tx) error {
			return tx.AddRoleMembers(w.s.ctx, []hub.RoleMember{
				{Role: "held", UserID: w.ada.ID}, {Role: "r", UserID: w.ada.ID}, {Role: "r", GroupID: w.club.ID}, {Role: "r", ServiceID: w.service.ID},
			})
		}, []string{"user ada", "group club", "user bob", "service service"}},
		{"RemoveRoleMembers", func(w *society, tx data.Tx) error {
			return tx.RemoveRoleMembers(w.s.ctx, []hub.RoleMember{
				{Role: "held", UserID: w.ada.ID}, {Role: "other", UserID: w.eve.ID}, {Role: "held", GroupID: w.class.ID}, {Role: "held", ServiceID: w.service.ID},
			})
		}, []string{"user ada", "group class", "user bob", "user eve", "service service"}},
		{"GiveRole", func(w *society, tx data.Tx) error {
			return tx.GiveRole(w.s.ctx, hub.GivenRole{Role: "fresh", UserID: w.eve.ID})
		}, []string{"user eve"}},
		{"TakeRole", func(w *society, tx data.Tx) error {
			return tx.TakeRole(w.s.ctx, hub.GivenRole{Role: w.named("made"), UserID: w.eve.ID})
		}, []string{"user eve"}},
		{"UpdateMadeRole", func(w *society, tx data.Tx) error {
			return tx.UpdateMadeRole(w.s.ctx, hub.MadeRole{Name: w.named("made"), Scopes: []string{"users"}})
		}, []string{"user eve"}},
		{"DeleteMadeRole", func(w *society, tx data.Tx) error {
			return tx.DeleteMadeRole(w.s.ctx, w.named("made"))
		}, []string{"user eve"}},
	}
}

func accessNotes() []notedCase {
	return []notedCase{
		{"CreateToken", func(w *society, tx data.Tx) error {
			return second(tx.CreateToken(w.s.ctx, hub.Token{UserID: w.ada.ID, Hash: w.named("new")}))
		}, nil},
		{"CreateToken", func(w *society, tx data.Tx) error {
			return second(tx.CreateToken(w.s.ctx, hub.Token{UserID: w.ada.ID, Hash: w.named("new"), Chosen: true}))
		}, []string{"user ada"}},
		{"CreateToken", func(w *society, tx data.Tx) error {
			return second(tx.CreateToken(w.s.ctx, hub.Token{ServiceID: w.service.ID, Hash: w.named("new")}))
		}, []string{"service service"}},
		{"DeleteToken", func(w *society, tx data.Tx) error {
			return second(tx.DeleteToken(w.s.ctx, w.api.ID))
		}, []string{"token api of ada"}},
		{"DeleteTokensOfClient", func(w *society, tx data.Tx) error {
			return second(tx.DeleteTokensOfClient(w.s.ctx, w.bob.ID, w.named("client")))
		}, []string{"token given of bob"}},
		{"DeleteTokensOfServer", func(w *society, tx data.Tx) error {
			return second(tx.DeleteTokensOfServer(w.s.ctx, w.work.ID))
		}, []string{"token server's of ada"}},
		{"DeleteTokensOfSession", func(w *society, tx data.Tx) error {
			return second(tx.DeleteTokensOfSession(w.s.ctx, w.named("session")))
		}, []string{"token in session of ada"}},
		{"DeleteTokensOfUser", func(w *society, tx data.Tx) error {
			return second(tx.DeleteTokensOfUser(w.s.ctx, w.ada.ID))
		}, []string{"token api of ada", "token in session of ada", "token server's of ada"}},
		{"DeleteGivenTokens", func(w *society, tx data.Tx) error {
			return second(tx.DeleteGivenTokens(w.s.ctx, w.ada.ID))
		}, []string{"token api of ada", "token in session of ada"}},
		{"DeleteStalest", func(w *society, tx data.Tx) error {
			return second(tx.DeleteStalest(w.s.ctx, w.ada.ID, hub.APIClient, "", 5))
		}, []string{"token api of ada"}},
		{"DeleteExpired", func(w *society, tx data.Tx) error {
			past := w.s.clock.Now().Add(-time.Minute)
			if err := tx.CreateSession(w.s.ctx, hub.Session{ID: w.named("over"), UserID: w.eve.ID, Expires: past}); err != nil {
				return err
			}
			for _, t := range []hub.Token{
				{UserID: w.eve.ID, Hash: w.named("goes along"), SessionID: w.named("over")}, {UserID: w.eve.ID, Hash: w.named("expired"), Expires: past},
			} {
				if _, err := tx.CreateToken(w.s.ctx, t); err != nil {
					return err
				}
			}
			return second(tx.DeleteExpired(w.s.ctx, 100))
		}, []string{"token expired of eve", "token goes along of eve", "session over of eve"}},
		{"DeleteSession", func(w *society, tx data.Tx) error {
			return tx.DeleteSession(w.s.ctx, w.named("session"))
		}, []string{"session session of ada", "token in session of ada"}},
		{"DeleteSession", func(w *society, tx data.Tx) error {
			return tx.DeleteSession(w.s.ctx, "gone")
		}, nil},
		{"DeleteSessionsOf", func(w *society, tx data.Tx) error {
			return second(tx.DeleteSessionsOf(w.s.ctx, w.ada.ID, w.named("other session")))
		}, []string{"session session of ada", "token in session of ada"}},
		{"DeleteOAuthClient", func(w *society, tx data.Tx) error {
			return second(tx.DeleteOAuthClient(w.s.ctx, w.named("client")))
		}, []string{"token given of bob"}},
	}
}

func serverNotes() []notedCase {
	return []notedCase{
		{"AddEvent", func(w *society, tx data.Tx) error {
			return second(tx.AddEvent(w.s.ctx, hub.ServerEvent{ServerID: w.work.ID, UserID: w.ada.ID, Kind: hub.EventProgress}))
		}, []string{"server work of ada"}},
		{"CreateServer", func(w *society, tx data.Tx) error {
			return second(tx.CreateServer(w.s.ctx, hub.Server{UserID: w.eve.ID, Name: "x"}))
		}, []string{"server new of eve"}},
		{"UpdateServer", func(w *society, tx data.Tx) error {
			return second(tx.UpdateServer(w.s.ctx, w.work, w.work.Fence))
		}, []string{"server work of ada"}},
		{"UpdateServer", func(w *society, tx data.Tx) error {
			return second(tx.UpdateServer(w.s.ctx, w.work, w.work.Fence+1))
		}, nil},
		{"RenameServer", func(w *society, tx data.Tx) error {
			return tx.RenameServer(w.s.ctx, w.work.ID, "other")
		}, []string{"server work of ada", "user bob", "user eve"}},
		{"DeleteServer", func(w *society, tx data.Tx) error {
			return tx.DeleteServer(w.s.ctx, w.work.ID)
		}, []string{"server work of ada", "user bob", "user eve", "token server's of ada", "token given of bob"}},
		{"DoubtServers", func(w *society, tx data.Tx) error {
			return tx.DoubtServers(w.s.ctx, []int64{w.work.ID, w.spare.ID})
		}, []string{"doubt work", "doubt spare"}},
	}
}

func serviceNotes() []notedCase {
	return []notedCase{
		{"CreateService", func(w *society, tx data.Tx) error {
			return second(tx.CreateService(w.s.ctx, hub.Service{Name: w.named("new")}))
		}, []string{"service new"}},
		{"UpdateService", func(w *society, tx data.Tx) error {
			return tx.UpdateService(w.s.ctx, w.service)
		}, []string{"service service"}},
		{"DeleteService", func(w *society, tx data.Tx) error {
			return second(tx.DeleteService(w.s.ctx, w.service.ID))
		}, []string{"service service", "token service's", "token given to service of bob"}},
		{"DeleteServiceToken", func(w *society, tx data.Tx) error {
			return tx.DeleteServiceToken(w.s.ctx, w.named("service's"))
		}, []string{"token service's"}},
		{"DeleteTokensOfService", func(w *society, tx data.Tx) error {
			return second(tx.DeleteTokensOfService(w.s.ctx, w.service.ID))
		}, []string{"token service's"}},
	}
}

func homeAndShareNotes() []notedCase {
	return []notedCase{
		{"CreateHomes", func(w *society, tx data.Tx) error {
			return tx.CreateHomes(w.s.ctx, hub.Home{ID: w.named("h1"), UserID: w.eve.ID, State: hub.HomeThere}, hub.Home{ID: w.named("h2"), State: hub.HomeThere})
		}, []string{"home h1 of eve", "home h2"}},
		{"LeaveHomes", func(w *society, tx data.Tx) error {
			return tx.LeaveHomes(w.s.ctx, []int64{w.bob.ID, w.eve.ID})
		}, []string{"home home of bob"}},
		{"UpdateHome", func(w *society, tx data.Tx) error {
			return tx.UpdateHome(w.s.ctx, w.home)
		}, []string{"home home of bob"}},
		{"PutShare", func(w *society, tx data.Tx) error {
			return second(tx.PutShare(w.s.ctx, hub.Share{ServerID: w.spare.ID, GroupID: w.class.ID, Scopes: []string{"access:servers"}}))
		}, []string{"user bob", "user eve"}},
		{"PutShare", func(w *society, tx data.Tx) error {
			w.shareBob.Scopes = []string{"read:servers"}
			return second(tx.PutShare(w.s.ctx, w.shareBob))
		}, []string{"user bob"}},
		{"DeleteShare", func(w *society, tx data.Tx) error {
			return tx.DeleteShare(w.s.ctx, w.shareAll.ID)
		}, []string{"user bob", "user eve"}},
		{"DeleteSharesOfServer", func(w *society, tx data.Tx) error {
			return tx.DeleteSharesOfServer(w.s.ctx, w.work.ID)
		}, []string{"user bob", "user eve"}},
	}
}

func testNotedGroups(s *suite) {
	w := build(s, "")
	list := noted(s, func(tx data.Tx) error {
		if err := tx.SetPassword(s.ctx, w.bob.ID, hub.Password{Hash: "h"}); err != nil {
			return err
		}
		if err := tx.RemoveMembers(s.ctx, w.class.ID, []int64{w.bob.ID}); err != nil {
			return err
		}
		g, err := tx.CreateGroup(s.ctx, "zoo")
		if err != nil {
			return err
		}
		if err := tx.AddMembers(s.ctx, g.ID, []int64{w.bob.ID}); err != nil {
			return err
		}
		return tx.DeleteGroup(s.ctx, w.club.ID)
	})
	var got []string
	for _, n := range list {
		got = append(got, w.show(n))
	}
	s.equal("noted, each once", got, []string{"user bob [class club] to [zoo]", "group new zoo [] to [zoo]", "group club club [club] to []"})
}

func testNothingNoted(s *suite) {
	w := build(s, "")
	list := noted(s, func(tx data.Tx) error {
		if err := tx.AddMembers(s.ctx, w.class.ID, []int64{w.bob.ID}); err != nil {
			return err
		}
		return tx.SetSetting(s.ctx, "k", "v")
	})
	s.equal("noted", len(list), 0)
}

func testRolledBackNotes(s *suite) {
	list := noted(s, func(tx data.Tx) error {
		_, _ = tx.CreateUsers(s.ctx, []string{"ada"}, false)
		return errMine
	})
	s.equal("noted", len(list), 0)
}

// complete waits until all that was noted is given by ChangesSince: transactions of other
// tests may be under way on the same server.
func complete(s *suite) {
	s.Helper()
	for deadline := time.After(30 * time.Second); ; {
		ahead := read(s, func(tx data.Tx) ([]data.Noted, error) { return tx.ChangesAhead(s.ctx, 0, 1) })
		if len(ahead) == 0 {
			return
		}
		select {
		case <-deadline:
			s.Fatal("a change is not complete after half a minute")
		case <-time.After(time.Millisecond):
		}
	}
}

func testChangesSince(s *suite) {
	from := read(s, func(tx data.Tx) (data.Position, error) { return tx.ChangePosition(s.ctx) })
	want := s.users("a", "b", "c", "d", "e")
	complete(s)
	var got []int64
	for at := from; ; {
		part := read(s, func(tx data.Tx) ([]data.Noted, error) { return tx.ChangesSince(s.ctx, at, 2) })
		if len(part) == 0 {
			break
		}
		for _, n := range part {
			got = append(got, n.Change.ID)
		}
		at = part[len(part)-1].Position
	}
	s.equal("people in the order of the notes", got, userIDs(want))

	now := read(s, func(tx data.Tx) (data.Position, error) { return tx.ChangePosition(s.ctx) })
	s.equal("nothing after now", len(read(s, func(tx data.Tx) ([]data.Noted, error) { return tx.ChangesSince(s.ctx, now, 9) })), 0)
	absent(s, "a position of another database", func(tx data.Tx) ([]data.Noted, error) {
		return tx.ChangesSince(s.ctx, data.Position{Tx: now.Tx + 1<<40, ID: now.ID + 1<<40}, 9)
	})
}

func testPruneChanges(s *suite) {
	from := read(s, func(tx data.Tx) (data.Position, error) { return tx.ChangePosition(s.ctx) })
	s.users("a", "b", "c", "d")
	s.clock.advance(time.Hour)
	s.users("e")
	complete(s)
	list := read(s, func(tx data.Tx) ([]data.Noted, error) { return tx.ChangesSince(s.ctx, from, 0) })
	prune := func(limit int) int {
		s.Helper()
		n, err := s.store.PruneChanges(s.ctx, s.clock.Now(), limit)
		if err != nil {
			s.Fatal(err)
		}
		return n
	}
	s.equal("at most as many as asked for", prune(2), 2) // among them the row before all
	s.equal("those that are old, but for the last", prune(100), 2)
	s.equal("nothing more", prune(100), 0)
	absent(s, "after a change that is gone, and is not the last of them", func(tx data.Tx) ([]data.Noted, error) {
		return tx.ChangesSince(s.ctx, list[2].Position, 9)
	})
	rest := read(s, func(tx data.Tx) ([]data.Noted, error) { return tx.ChangesSince(s.ctx, list[3].Position, 9) })
	s.equal("after the last that is old", rest, list[4:])
}
