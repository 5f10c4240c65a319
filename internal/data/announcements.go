package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// AnnouncementTx reads and writes what people are told.
type AnnouncementTx interface {
	// Announcements lists at most limit, the newest first, those that are over last.
	Announcements(ctx context.Context, limit int) ([]hub.Announcement, error)
	AnnouncementByID(ctx context.Context, id int64) (hub.Announcement, error)
	// CountAnnouncements counts those that are not over.
	CountAnnouncements(ctx context.Context) (int, error)
	// CreateAnnouncement fills in the id and when that was; a zero From is now.
	CreateAnnouncement(ctx context.Context, a *hub.Announcement) error
	// UpdateAnnouncement writes all but the id, and fills in when that was.
	UpdateAnnouncement(ctx context.Context, a *hub.Announcement) error
	// DeleteAnnouncementsOver deletes those that were over at that time.
	DeleteAnnouncementsOver(ctx context.Context, at time.Time) error
	DeleteAnnouncement(ctx context.Context, id int64) error
}
