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
	}
}

func (s *suite) announcement(a hub.Announcement) hub.Announcement {
	s.Helper()
	s.update(func(tx data.Tx) error { return tx.CreateAnnouncement(s.ctx, &a) })
	return a
}

func (s *suite) announcements(limit int) []hub.Announcement {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.Announcement, error) { return tx.Announcements(s.ctx, limit) })
}

func testAnnouncements(s *suite) {
	now := s.clock.Now()
	first := s.announcement(hub.Announcement{Level: hub.Info, Text: "Down on <b>Friday</b>", Author: "root"})
	second := s.announcement(hub.Announcement{Level: hub.Urgent, Text: "Save", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Author: "root"})
	s.equal("from now on", first.From, now)
	s.equal("the newest first", s.announcements(10), []hub.Announcement{second, first})
	s.equal("limited", s.announcements(1), []hub.Announcement{second})
	s.equal("counted", read(s, func(tx data.Tx) (int, error) { return tx.CountAnnouncements(s.ctx) }), 2)

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
	s.update(func(tx data.Tx) error { return tx.DeleteGroup(s.ctx, g.ID) })
	s.equal("gone with it", len(s.announcements(10)), 0)
}

func testAnnouncementsOver(s *suite) {
	now := s.clock.Now()
	short := s.announcement(hub.Announcement{Level: hub.Info, Text: "an hour", Until: now.Add(time.Hour), Author: "root"})
	lasting := s.announcement(hub.Announcement{Level: hub.Info, Text: "always", Author: "root"})
	later := s.announcement(hub.Announcement{Level: hub.Info, Text: "two hours", Until: now.Add(time.Hour), Author: "root"})
	s.clock.advance(time.Hour)
	s.equal("last", s.announcements(10), []hub.Announcement{lasting, later, short})
	s.equal("not counted", read(s, func(tx data.Tx) (int, error) { return tx.CountAnnouncements(s.ctx) }), 1)
	s.update(func(tx data.Tx) error { return tx.DeleteAnnouncementsOver(s.ctx, s.clock.Now().Add(-time.Second)) })
	s.equal("kept", len(s.announcements(10)), 3)
	s.update(func(tx data.Tx) error { return tx.DeleteAnnouncementsOver(s.ctx, s.clock.Now()) })
	s.equal("deleted", s.announcements(10), []hub.Announcement{lasting})
}
