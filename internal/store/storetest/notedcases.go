package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

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
