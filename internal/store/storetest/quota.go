package storetest

import (
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func quotaTests() []test {
	return []test{
		{"balances are what entries come to", testQuotaEntries},
		{"a list of everybody, by name", testListQuotas},
		{"runs are charged by the second, and not beyond what is left", testQuotaRuns},
		{"the time of runs passes uncharged", testSkipQuotaRuns},
		{"what was used of quotas is found by when", testQuotaUsed},
		{"quotas go with their people", testQuotasGo},
	}
}

// quota gives somebody an account with an amount.
func (s *suite) quota(u hub.User, amount int64) (id int64) {
	s.Helper()
	s.update(func(tx data.Tx) error {
		if err := tx.OpenQuotas(s.ctx, []int64{u.ID}); err != nil {
			return err
		}
		list, err := tx.QuotasOf(s.ctx, []int64{u.ID})
		if err != nil || len(list) != 1 {
			return fmt.Errorf("accounts of %s: %+v, %w", u.Name, list, err)
		}
		if id = list[0].ID; amount == 0 {
			return nil
		}
		return tx.AddQuotaEntries(s.ctx, hub.QuotaEntry{AccountID: id, Kind: hub.QuotaInitial, Amount: amount, Balance: amount})
	})
	return id
}

func (s *suite) quotaOf(u hub.User) hub.QuotaAccount {
	s.Helper()
	list := read(s, func(tx data.Tx) ([]hub.QuotaAccount, error) { return tx.QuotasOf(s.ctx, []int64{u.ID}) })
	if len(list) != 1 {
		s.Fatalf("accounts of %s: %+v", u.Name, list)
	}
	return list[0]
}

func testQuotaEntries(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	s.equal("none yet", read(s, func(tx data.Tx) (int, error) {
		list, err := tx.QuotasOf(s.ctx, []int64{ada.ID, 999})
		return len(list), err
	}), 0)
	a, b := s.quota(ada, 6000), s.quota(bob, 0)
	s.equal("opened once", s.quota(ada, 0), a)
	s.clock.advance(time.Minute)
	set := hub.QuotaEntry{AccountID: a, Kind: hub.QuotaSet, Amount: -1000, Balance: 5000, Actor: "root", Note: "why", Request: "k/0"}
	use := hub.QuotaEntry{AccountID: a, Kind: hub.QuotaUsage, Amount: -7, Balance: 4993, Actor: "atrium", ServerName: "lab", Fence: 3, Rate: 1, Seconds: 7}
	s.update(func(tx data.Tx) error {
		return tx.AddQuotaEntries(s.ctx, set, use, hub.QuotaEntry{AccountID: b, Kind: hub.QuotaAdd, Amount: -60, Balance: -60})
	})
	s.equal("the account", s.quotaOf(ada), hub.QuotaAccount{ID: a, UserID: ada.ID, UserName: "ada", Settled: 4993, Changed: s.clock.Now()})
	s.equal("below zero", s.quotaOf(bob).Settled, int64(-60))
	entries := func(before int64, limit int) (list []hub.QuotaEntry) {
		return read(s, func(tx data.Tx) ([]hub.QuotaEntry, error) { return tx.QuotaEntries(s.ctx, a, before, limit) })
	}
	got := entries(0, 2)
	use.ID, use.At, set.ID, set.At = got[0].ID, s.clock.Now(), got[1].ID, s.clock.Now()
	s.equal("the newest", got, []hub.QuotaEntry{use, set})
	s.equal("what is older", len(entries(set.ID, 10)), 1)
	s.equal("sums", read(s, func(tx data.Tx) ([]hub.QuotaSum, error) { return tx.QuotaSums(s.ctx, a) }), []hub.QuotaSum{
		{Kind: hub.QuotaInitial, Amount: 6000, Count: 1}, {Kind: hub.QuotaSet, Amount: -1000, Count: 1}, {Kind: hub.QuotaUsage, Amount: -7, Count: 1},
	})
	s.equal("under a key", read(s, func(tx data.Tx) ([]string, error) { return tx.QuotaRequests(s.ctx, []int64{a, b}, "k/") }), []string{"k/0"})
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.AddQuotaEntries(s.ctx, set) })
	s.update(func(tx data.Tx) error { return tx.SetQuotasUnlimited(s.ctx, []int64{b}, true) })
	s.equal("unlimited", []bool{s.quotaOf(ada).Unlimited, s.quotaOf(bob).Unlimited}, []bool{false, true})
}

func testListQuotas(s *suite) {
	bob, ada := s.user("bob"), s.user("ada")
	s.user("cy")
	s.group("lab", bob)
	s.quota(ada, 60)
	names := func(q hub.QuotaQuery) (names []string) {
		for _, a := range read(s, func(tx data.Tx) ([]hub.QuotaAccount, error) { return tx.ListQuotas(s.ctx, q) }) {
			names = append(names, a.UserName)
		}
		return names
	}
	s.equal("all", names(hub.QuotaQuery{}), []string{"ada", "bob", "cy"})
	s.equal("a part", names(hub.QuotaQuery{After: "ada", Limit: 1}), []string{"bob"})
	s.equal("by name", names(hub.QuotaQuery{Names: []string{"cy", "eve"}}), []string{"cy"})
	s.equal("of some", names(hub.QuotaQuery{Restricted: true, OnlyUsers: []string{"cy"}, OnlyGroups: []string{"lab"}}), []string{"bob", "cy"})
	s.equal("of none", names(hub.QuotaQuery{Restricted: true}), []string(nil))
}

// driven is a server that somebody drives, with a run that may spend.
func (s *suite) driven(u hub.User, account int64, name, owner string, held int64) hub.Server {
	s.Helper()
	v := s.server(u, name, hub.Ready)
	was := v.Fence
	v.Owner, v.WantRunning = owner, true
	s.update(func(tx data.Tx) error {
		if _, err := tx.UpdateServer(s.ctx, v, was); err != nil {
			return err
		}
		return tx.PutQuotaRuns(s.ctx, []hub.QuotaRun{{ServerID: v.ID, AccountID: account, Rate: 2, Held: held}})
	})
	return v
}

func (s *suite) quotaRun(v hub.Server) hub.QuotaRun {
	s.Helper()
	return read(s, func(tx data.Tx) (hub.QuotaRun, error) {
		r, _, err := tx.QuotaRun(s.ctx, v.ID)
		return r, err
	})
}

func (s *suite) chargeQuotas(owner string) (empty []int64) {
	s.Helper()
	return write(s, func(tx data.Tx) ([]int64, error) {
		if err := tx.ChargeQuotaRuns(s.ctx, owner, tx.Now()); err != nil {
			return nil, err
		}
		return tx.EmptyQuotaRuns(s.ctx, owner, tx.Now())
	})
}

func testQuotaRuns(s *suite) {
	ada := s.user("ada")
	account := s.quota(ada, 100)
	lab, work, far := s.driven(ada, account, "lab", "me", 50), s.driven(ada, account, "work", "me", 20), s.driven(ada, account, "far", "else", 0)
	s.equal("held", []int64{s.quotaOf(ada).Held, s.quotaOf(ada).Available()}, []int64{70, 30})
	s.clock.advance(time.Minute)
	s.equal("not metered", len(s.chargeQuotas("me")), 0)
	for _, rate := range []int64{9, 2} {
		s.update(func(tx data.Tx) error { return tx.PriceQuotaRun(s.ctx, lab.ID, rate) })
		s.equal("priced", s.quotaRun(lab).Rate, rate)
	}
	for _, v := range []hub.Server{lab, work} {
		s.update(func(tx data.Tx) error { return tx.MeterQuotaRun(s.ctx, v.ID, tx.Now()) })
	}
	s.update(func(tx data.Tx) error { return tx.PriceQuotaRun(s.ctx, lab.ID, 9) }) // too late
	s.clock.advance(11 * time.Second)
	s.equal("charged", len(s.chargeQuotas("me")), 0)
	s.equal("a run", s.quotaRun(lab), hub.QuotaRun{
		ServerID: lab.ID, AccountID: account, Rate: 2, Held: 50, Spent: 22, Seconds: 11, Until: s.clock.Now().Unix(),
	})
	s.equal("not another's", s.quotaRun(far).Until, int64(0))
	s.equal("the account", []int64{s.quotaOf(ada).Balance(), s.quotaOf(ada).Held}, []int64{56, 28})
	s.chargeQuotas("me")
	s.equal("charged once", s.quotaOf(ada).Balance(), int64(56))
	s.equal("held by hand", write(s, func(tx data.Tx) (int64, error) { return tx.HoldQuota(s.ctx, lab.ID) }), account)

	s.clock.advance(time.Hour)
	s.equal("used up", s.chargeQuotas("me"), []int64{lab.ID, work.ID})
	s.equal("nothing is left", s.quotaOf(ada).Balance(), int64(0))
	s.update(func(tx data.Tx) error {
		return tx.AddQuotaEntries(s.ctx, hub.QuotaEntry{AccountID: account, Kind: hub.QuotaAdd, Amount: 7})
	})
	s.clock.advance(time.Second)
	s.equal("more was given", s.chargeQuotas("me"), []int64{})
	s.clock.advance(time.Minute)
	s.update(func(tx data.Tx) error { return tx.ChargeQuotas(s.ctx, []int64{account}, tx.Now()) })
	s.equal("a second's worth below zero at most", s.quotaOf(ada).Balance(), int64(-1))
	s.update(func(tx data.Tx) error { return tx.DeleteQuotaRuns(s.ctx, []int64{lab.ID, work.ID}) })
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, _, err := tx.QuotaRun(s.ctx, lab.ID)
		return err
	})
	s.equal("of no run", write(s, func(tx data.Tx) (int64, error) { return tx.HoldQuota(s.ctx, lab.ID) }), int64(0))
}

func testQuotaUsed(s *suite) {
	ada, bob := s.quota(s.user("ada"), 100), s.quota(s.user("bob"), 100)
	begin := s.clock.Now()
	used := func(account, amount int64) {
		s.clock.advance(time.Minute)
		s.update(func(tx data.Tx) error {
			return tx.AddQuotaEntries(s.ctx, hub.QuotaEntry{AccountID: account, Kind: hub.QuotaUsage, Amount: -amount}, hub.QuotaEntry{AccountID: account, Kind: hub.QuotaSet, Amount: 7})
		})
	}
	used(ada, 1)
	used(ada, 2)
	used(bob, 4)
	used(ada, 8)
	s.equal("used", read(s, func(tx data.Tx) (map[int64]int64, error) {
		return tx.QuotaUsed(s.ctx, begin.Add(time.Minute), begin.Add(4*time.Minute))
	}), map[int64]int64{ada: 10, bob: 4})
}

func testSkipQuotaRuns(s *suite) {
	ada := s.user("ada")
	v := s.driven(ada, s.quota(ada, 100), "", "me", 0)
	s.update(func(tx data.Tx) error { return tx.MeterQuotaRun(s.ctx, v.ID, tx.Now()) })
	s.clock.advance(time.Hour)
	s.update(func(tx data.Tx) error { return tx.SkipQuotaRuns(s.ctx, "me", tx.Now()) })
	s.clock.advance(time.Second)
	s.chargeQuotas("me")
	s.equal("charged", s.quotaRun(v).Seconds, int64(1))
}

func testQuotasGo(s *suite) {
	ada := s.user("ada")
	account := s.quota(ada, 100)
	s.driven(ada, account, "", "me", 10)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{ada.ID}) })
	s.equal("entries", len(read(s, func(tx data.Tx) ([]hub.QuotaEntry, error) { return tx.QuotaEntries(s.ctx, account, 0, 10) })), 0)
	s.equal("runs", len(read(s, func(tx data.Tx) ([]hub.QuotaRun, error) { return tx.QuotaRunsOf(s.ctx, account) })), 0)
}
