package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func announcementTests() []test {
	return []test{
		{"made, changed and deleted", testAnnouncements},
		{"they go with their group", testAnnouncementsOfGroups},
		{"those that are over count no more, and are last", testAnnouncementsOver},
		{"of many that are over the newest are kept", testManyAnnouncementsOver},
	}
}

func (s *suite) announcement(a hub.Announcement) hub.Announcement {
	s.Helper()
	s.update(func(tx data.Tx) error { return tx.CreateAnnouncement(s.ctx, &a) })
	return a
}

func (s *suite) announcements(limit int) []hub.Announcement {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.Announcement, error) {
		return tx.Announcements(s.ctx, hub.AnnouncementQuery{Limit: limit})
	})
}

func (s *suite) countAnnouncements(groupID, but int64) (n [2]int) {
	s.Helper()
	return read(s, func(tx data.Tx) (n [2]int, err error) {
		n[0], n[1], err = tx.CountAnnouncements(s.ctx, groupID, but)
		return n, err
	})
}

func testAnnouncements(s *suite) {
	now := s.clock.Now()
	first := s.announcement(hub.Announcement{Level: hub.Info, Text: "Down on <b>Friday</b>", Author: "root"})
	second := s.announcement(hub.Announcement{Level: hub.Urgent, Text: "Save", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Author: "root"})
	s.equal("from now on", first.From, now)
	s.equal("the newest first", s.announcements(10), []hub.Announcement{second, first})
	s.equal("limited", s.announcements(1), []hub.Announcement{second})
	s.equal("counted", s.countAnnouncements(0, 0), [2]int{2, 0})
	s.equal("but for one", s.countAnnouncements(0, first.ID), [2]int{1, 0})

	s.clock.advance(time.Minute)
	first.Level, first.Text, first.Until, first.Author = hub.Warning, "Down on Monday", now.Add(time.Hour), "ada"
	s.update(func(tx data.Tx) error { return tx.UpdateAnnouncement(s.ctx, &first) })
	s.equal("when it was changed", first.Changed, s.clock.Now())
	s.equal("changed", read(s, func(tx data.Tx) (hub.Announcement, error) { return tx.AnnouncementByID(s.ctx, first.ID) }), first)

	s.update(func(tx data.Tx) error { return tx.DeleteAnnouncement(s.ctx, first.ID) })
	s.equal("deleted", s.announcements(10), []hub.Announcement{second})
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.AnnouncementByID(s.ctx, first.ID)
		return err
	})
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.UpdateAnnouncement(s.ctx, &first) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteAnnouncement(s.ctx, first.ID) })
}

func testAnnouncementsOfGroups(s *suite) {
	g := s.group("cs101")
	a := s.announcement(hub.Announcement{Level: hub.Info, Text: "Bring laptops", GroupID: g.ID, Author: "root"})
	a.Group = "cs101"
	s.equal("with the group's name", s.announcements(10), []hub.Announcement{a})
	other := s.announcement(hub.Announcement{Level: hub.Info, Text: "Bring paper", GroupID: s.group("cs102").ID, Author: "root"})
	s.announcement(hub.Announcement{Level: hub.Info, Text: "Hello", Author: "root"})
	for want, groups := range map[int][]string{0: {}, 1: {"cs101"}, 2: {"cs101", "cs102", "cs103"}} {
		s.equal("for some groups", len(read(s, func(tx data.Tx) ([]hub.Announcement, error) {
			return tx.Announcements(s.ctx, hub.AnnouncementQuery{Limit: 10, Restricted: true, OnlyGroups: groups})
		})), want)
	}
	s.equal("counted by group", s.countAnnouncements(g.ID, 0), [2]int{1, 2})
	s.equal("counted for everybody", s.countAnnouncements(0, other.ID), [2]int{1, 1})
	s.update(func(tx data.Tx) error { return tx.DeleteGroup(s.ctx, g.ID) })
	s.equal("gone with it", len(s.announcements(10)), 2)
}

func testManyAnnouncementsOver(s *suite) {
	now, g := s.clock.Now(), s.group("cs101")
	var over []hub.Announcement
	for i := range 3 {
		over = append(over, s.announcement(hub.Announcement{Level: hub.Info, Text: "short", GroupID: g.ID, Until: now.Add(time.Duration(i+1) * time.Minute), Author: "root"}))
	}
	s.announcement(hub.Announcement{Level: hub.Info, Text: "for everybody", Until: now.Add(time.Second), Author: "root"})
	s.announcement(hub.Announcement{Level: hub.Info, Text: "goes on", GroupID: g.ID, Author: "root"})
	s.clock.advance(time.Hour)
	s.update(func(tx data.Tx) error { return tx.KeepAnnouncementsOver(s.ctx, g.ID, 1) })
	s.equal("the others", len(s.announcements(10)), 3)
	s.equal("the newest of them", read(s, func(tx data.Tx) (hub.Announcement, error) { return tx.AnnouncementByID(s.ctx, over[2].ID) }).Until, over[2].Until)
	s.update(func(tx data.Tx) error { return tx.KeepAnnouncementsOver(s.ctx, 0, 0) })
	s.equal("none for everybody", len(s.announcements(10)), 2)
}

func testAnnouncementsOver(s *suite) {
	now := s.clock.Now()
	short := s.announcement(hub.Announcement{Level: hub.Info, Text: "an hour", Until: now.Add(time.Hour), Author: "root"})
	lasting := s.announcement(hub.Announcement{Level: hub.Info, Text: "always", Author: "root"})
	later := s.announcement(hub.Announcement{Level: hub.Info, Text: "two hours", Until: now.Add(time.Hour), Author: "root"})
	s.clock.advance(time.Hour)
	s.equal("last", s.announcements(10), []hub.Announcement{lasting, later, short})
	s.equal("not counted", s.countAnnouncements(0, 0), [2]int{1, 0})
	s.equal("without them", read(s, func(tx data.Tx) ([]hub.Announcement, error) {
		return tx.Announcements(s.ctx, hub.AnnouncementQuery{Limit: 10, Current: true})
	}), []hub.Announcement{lasting})
	s.update(func(tx data.Tx) error { return tx.DeleteAnnouncementsOver(s.ctx, s.clock.Now().Add(-time.Second)) })
	s.equal("kept", len(s.announcements(10)), 3)
	s.update(func(tx data.Tx) error { return tx.DeleteAnnouncementsOver(s.ctx, s.clock.Now()) })
	s.equal("deleted", s.announcements(10), []hub.Announcement{lasting})
}
