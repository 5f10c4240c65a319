package ledger

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectAnnouncement = `SELECT a.id, a.level, a.content, COALESCE(a.group_id, 0), COALESCE(g.name, ''), a.begins, a.ends, a.author, a.changed
	FROM announcements a LEFT JOIN groups g ON g.id = a.group_id `

func scanAnnouncement(s engine.Scanner) (a hub.Announcement, err error) {
	err = s.Scan(&a.ID, &a.Level, &a.Text, &a.GroupID, &a.Group, engine.At(&a.From), engine.At(&a.Until), &a.Author, engine.At(&a.Changed))
	return a, err
}

// Announcements lists those that are over last, else the newest first.
func (t *Ledger) Announcements(ctx context.Context, q hub.AnnouncementQuery) ([]hub.Announcement, error) {
	args, where := []any{max(q.Limit, 0), engine.Micros(t.Now())}, "WHERE TRUE "
	if q.Current {
		where += "AND (a.ends = 0 OR a.ends > $2) "
	}
	if q.Restricted {
		args = append(args, engine.Texts(q.OnlyGroups))
		where += "AND g.name IN " + t.Dialect.Names("$3") + " "
	}
	return engine.Many(ctx, t.Tx, "list announcements", scanAnnouncement, selectAnnouncement+where+
		"ORDER BY CASE WHEN a.ends = 0 OR a.ends > $2 THEN 0 ELSE 1 END, a.id DESC LIMIT $1", args...)
}

// AnnouncementByID finds one.
func (t *Ledger) AnnouncementByID(ctx context.Context, id int64) (hub.Announcement, error) {
	return engine.One(ctx, t.Tx, "read announcement", scanAnnouncement, selectAnnouncement+"WHERE a.id = $1", id)
}

// CountAnnouncements counts those that are not over, but for one.
func (t *Ledger) CountAnnouncements(ctx context.Context, groupID, but int64) (forIt, forGroups int, err error) {
	type counts struct{ forIt, forGroups int }
	c, err := engine.One(ctx, t.Tx, "count announcements", func(s engine.Scanner) (c counts, err error) {
		err = s.Scan(&c.forIt, &c.forGroups)
		return c, err
	}, `SELECT COALESCE(sum(CASE WHEN COALESCE(group_id, 0) = $1 THEN 1 ELSE 0 END), 0), count(group_id)
		FROM announcements WHERE (ends = 0 OR ends > $2) AND id <> $3`, groupID, engine.Micros(t.Now()), but)
	return c.forIt, c.forGroups, err
}

// CreateAnnouncement fills in the id and when that was; a zero From is now.
func (t *Ledger) CreateAnnouncement(ctx context.Context, a *hub.Announcement) (err error) {
	a.Changed = t.Now()
	if a.From.IsZero() {
		a.From = a.Changed
	}
	a.ID, err = engine.One(ctx, t.Tx, "create announcement", engine.Value[int64], `INSERT INTO announcements
		(level, content, group_id, begins, ends, author, changed) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, announcementState(a)...)
	return err
}

// UpdateAnnouncement writes all but the id, and fills in when that was.
func (t *Ledger) UpdateAnnouncement(ctx context.Context, a *hub.Announcement) error {
	a.Changed = t.Now()
	return t.ExecOne(ctx, "update announcement", `UPDATE announcements
		SET level = $1, content = $2, group_id = $3, begins = $4, ends = $5, author = $6, changed = $7 WHERE id = $8`,
		append(announcementState(a), a.ID)...)
}

// announcementState is what CreateAnnouncement and UpdateAnnouncement write.
func announcementState(a *hub.Announcement) []any {
	return []any{
		a.Level, a.Text, engine.OrNull(a.GroupID), engine.Micros(a.From), engine.Micros(a.Until), a.Author, engine.Micros(a.Changed),
	}
}

// DeleteAnnouncement deletes one.
func (t *Ledger) DeleteAnnouncement(ctx context.Context, id int64) error {
	return t.ExecOne(ctx, "delete announcement", "DELETE FROM announcements WHERE id = $1", id)
}

// DeleteAnnouncementsOver deletes those that were over at that time.
func (t *Ledger) DeleteAnnouncementsOver(ctx context.Context, at time.Time) error {
	_, err := t.Exec(ctx, "delete old announcements", "DELETE FROM announcements WHERE ends > 0 AND ends <= $1", engine.Micros(at))
	return err
}

// KeepAnnouncementsOver deletes those that are over but for the newest.
func (t *Ledger) KeepAnnouncementsOver(ctx context.Context, groupID int64, most int) error {
	_, err := t.Exec(ctx, "delete many old announcements", `DELETE FROM announcements WHERE id IN (SELECT id FROM (
			SELECT id, row_number() OVER (ORDER BY ends DESC, id DESC) AS place FROM announcements
			WHERE ends > 0 AND ends <= $1 AND COALESCE(group_id, 0) = $2) AS over_ones WHERE place > $3)`,
		engine.Micros(t.Now()), groupID, max(most, 0))
	return err
}
