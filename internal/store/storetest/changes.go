package storetest

import (
	"cmp"
	"errors"
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
		GroupByName GroupsNamed GroupInBrief ListGroups GroupInScopes RoleMembers RoleMemberNames ServiceByID ServiceByName ListServices TokensOfService
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
		Announcements AnnouncementByID CountAnnouncements CreateAnnouncement UpdateAnnouncement DeleteAnnouncement DeleteAnnouncementsOver KeepAnnouncementsOver
		EndingServers OpenIdleness IdlenessOf IdleServers NoteKernels CloseIdleness
		Visits EnterServer ExtendVisits
		ViewsOf PutView DeleteView
		QuotasOf ListQuotas OpenQuotas AddQuotaEntries SetQuotasUnlimited QuotaRequests QuotaEntries QuotaUsed QuotaSums
		PutQuotaRuns PriceQuotaRun QuotaRunsOf MeterQuotaRun ChargeQuotaRuns ChargeQuotas SkipQuotaRuns EmptyQuotaRuns HoldQuota QuotaRun DeleteQuotaRuns
		PutQuotaRuns QuotaRunsOf MeterQuotaRun ChargeQuotaRuns ChargeQuotas SkipQuotaRuns EmptyQuotaRuns HoldQuota QuotaRun DeleteQuotaRuns
		DevicesTaken ClaimDevices ReleaseDevices
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
