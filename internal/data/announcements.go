package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// AnnouncementTx reads and writes what people are told.
type AnnouncementTx interface {
	// Announcements lists what the query asks for.
	Announcements(ctx context.Context, q hub.AnnouncementQuery) ([]hub.Announcement, error)
	AnnouncementByID(ctx context.Context, id int64) (hub.Announcement, error)
	// CountAnnouncements counts those that are not over, but for one: those for a group, or for 0 those for everybody,
	// and those for any group.
	CountAnnouncements(ctx context.Context, groupID, but int64) (forIt, forGroups int, err error)
	// CreateAnnouncement fills in the id and when that was; a zero From is now.
	CreateAnnouncement(ctx context.Context, a *hub.Announcement) error
	// UpdateAnnouncement writes all but the id, and fills in when that was.
	UpdateAnnouncement(ctx context.Context, a *hub.Announcement) error
	// DeleteAnnouncementsOver deletes those that were over at that time.
	DeleteAnnouncementsOver(ctx context.Context, at time.Time) error
	// KeepAnnouncementsOver deletes those of a group, or for 0 of those for everybody, that are over, but for so many of the
	// newest.
	KeepAnnouncementsOver(ctx context.Context, groupID int64, most int) error
	DeleteAnnouncement(ctx context.Context, id int64) error
}
