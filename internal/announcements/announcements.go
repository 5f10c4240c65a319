package announcements

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Scope is what those need who announce something: without a filter to everybody, with a
// filter by group to its members. It is Atrium's own.
const Scope = "announcements"

// How many announcements there may be that are not over: all of them are kept in memory, and nobody reads that many. Those
// for groups take no room from those for everybody, nor one group's from another's.
const (
	mostForAll    = 100
	mostForGroup  = 20
	mostForGroups = 1000 // together
)

// mostOver is how many that are over are kept for a group, or for everybody, and mostListed how many a list has.
const (
	mostOver   = 20
	mostListed = 2000
)

// keptOver is for how long those that are over stay in the list, to be announced again.
const keptOver = 90 * hub.Day

// Announcements makes, changes and deletes announcements, and tells who is told what.
type Announcements struct {
	store data.Store
	shown *shown
}

// New makes Announcements.
func New(store data.Store, clock hub.Clock) *Announcements {
	return &Announcements{store: store, shown: newShown(store, clock)}
}

// ToldTo is what the requester is told now, the newest first: nobody in particular what
// everybody is told. It does without where the database does not answer: it comes with pages
// that are needed most when something is wrong.
func (an *Announcements) ToldTo(ctx context.Context, r *access.Requester) []hub.Announcement {
	return an.shown.to(ctx, r.User.Groups)
}

// ManagedAnnouncements lists those that the requester may change, the newest first, also those
// that are not shown yet, and no more.
func (an *Announcements) ManagedAnnouncements(ctx context.Context, r *access.Requester) (list []hub.Announcement, err error) {
	if err := access.MaySome(r, Scope); err != nil {
		return nil, err
	}
	err = an.store.View(ctx, func(tx data.Tx) error {
		list, err = tx.Announcements(ctx, managed(r))
		return err
	})
	return list, err
}

// managed are those that the requester may change.
func managed(r *access.Requester) hub.AnnouncementQuery {
	q := hub.AnnouncementQuery{Limit: mostListed, Restricted: !r.Scopes.Has(Scope)}
	for _, f := range r.Scopes.Filters(Scope) {
		if f.Kind == scopes.KindGroup {
			q.OnlyGroups = append(q.OnlyGroups, f.Value)
		}
	}
	return q
}

// MayAnnounce is nil for one who may announce something to somebody.
func (an *Announcements) MayAnnounce(r *access.Requester) error { return access.MaySome(r, Scope) }

// may is nil for one who may announce something to the group, to everybody for none.
func may(r *access.Requester, group string) error {
	if group == "" {
		return r.Need(Scope)
	}
	return r.NeedGroup(group, Scope)
}

// Announce keeps an announcement for the group that it names. A zero From is now.
func (an *Announcements) Announce(ctx context.Context, r *access.Requester, a hub.Announcement) (hub.Announcement, error) {
	if err := may(r, a.Group); err != nil {
		return a, err
	}
	if err := hub.CheckAnnouncement(a); err != nil {
		return a, err
	}
	err := an.store.Update(ctx, func(tx data.Tx) error {
		if err := tx.DeleteAnnouncementsOver(ctx, tx.Now().Add(-keptOver)); err != nil {
			return err
		}
		if err := findGroup(ctx, tx, &a); err != nil {
			return err
		}
		if err := tx.KeepAnnouncementsOver(ctx, a.GroupID, mostOver); err != nil {
			return err
		}
		if err := room(ctx, tx, a); err != nil {
			return err
		}
		if a.From.IsZero() {
			a.From = tx.Now()
		}
		if err := hub.CheckAnnouncement(a); err != nil { // until may be over by now
			return err
		}
		a.Author = r.Name()
		if err := tx.CreateAnnouncement(ctx, &a); err != nil {
			return err
		}
		return tx.AddAudit(ctx, entry(r, "announcement.create", a, nil, recordOf(a)))
	})
	an.shown.forget()
	return a, err
}

// room refuses an announcement where there are as many as there may be.
func room(ctx context.Context, tx data.Tx, a hub.Announcement) error {
	forIt, forGroups, err := tx.CountAnnouncements(ctx, a.GroupID, a.ID)
	switch {
	case err != nil:
		return err
	case a.GroupID == 0 && forIt >= mostForAll:
		return hub.Said(hub.Conflict, "There may be %d announcements for everybody at a time. Delete some, or let them end.", mostForAll)
	case a.GroupID != 0 && forIt >= mostForGroup:
		return hub.Said(hub.Conflict, "There may be %d announcements for one group at a time. Delete some, or let them end.", mostForGroup)
	case a.GroupID != 0 && forGroups >= mostForGroups:
		return hub.Said(hub.Conflict, "There may be %d announcements for groups at a time. Ask an administrator to delete some that nobody needs.", mostForGroups)
	}
	return nil
}

// Change is what of an announcement is to be another; nil stays as it is.
type Change struct {
	Level       *hub.Level
	Text, Group *string
	From, Until *time.Time // zero: now, and until it is deleted
}

// Of is the announcement as it is to be.
func (c Change) Of(a hub.Announcement) hub.Announcement {
	set(&a.Level, c.Level)
	set(&a.Text, c.Text)
	set(&a.Group, c.Group)
	set(&a.From, c.From)
	set(&a.Until, c.Until)
	return a
}

func set[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

// ChangeAnnouncement changes one that the requester may change, for a group that they may
// announce something to.
func (an *Announcements) ChangeAnnouncement(ctx context.Context, r *access.Requester, id int64, c Change) (a hub.Announcement, err error) {
	err = an.store.Update(ctx, func(tx data.Tx) error {
		before, err := find(ctx, tx, r, id)
		if err != nil {
			return err
		}
		a = c.Of(before)
		if err := may(r, a.Group); err != nil {
			return err
		}
		if err := findGroup(ctx, tx, &a); err != nil {
			return err
		}
		if a.From.IsZero() {
			a.From = tx.Now()
		}
		if err := hub.CheckAnnouncement(a); err != nil {
			return err
		}
		if a.Until.IsZero() || a.Until.After(tx.Now()) {
			if err := room(ctx, tx, a); err != nil {
				return err
			}
		}
		a.Author = r.Name()
		if err := tx.UpdateAnnouncement(ctx, &a); err != nil {
			return err
		}
		return tx.AddAudit(ctx, entry(r, "announcement.update", a, recordOf(before), recordOf(a)))
	})
	an.shown.forget()
	return a, err
}

// DeleteAnnouncement deletes one that the requester may change.
func (an *Announcements) DeleteAnnouncement(ctx context.Context, r *access.Requester, id int64) error {
	err := an.store.Update(ctx, func(tx data.Tx) error {
		a, err := find(ctx, tx, r, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteAnnouncement(ctx, id); err != nil {
			return err
		}
		return tx.AddAudit(ctx, entry(r, "announcement.delete", a, recordOf(a), nil))
	})
	an.shown.forget()
	return err
}

// find gives an announcement that the requester may change; to others there is none.
func find(ctx context.Context, tx data.Tx, r *access.Requester, id int64) (hub.Announcement, error) {
	if err := access.MaySome(r, Scope); err != nil {
		return hub.Announcement{}, err
	}
	a, err := tx.AnnouncementByID(ctx, id)
	if err == nil && may(r, a.Group) != nil {
		err = hub.Errorf(hub.NotFound, "Not Found")
	}
	return a, err
}

// findGroup fills in the id of the group that is named.
func findGroup(ctx context.Context, tx data.Tx, a *hub.Announcement) error {
	a.GroupID = 0
	if a.Group == "" {
		return nil
	}
	g, err := access.GroupNamed(ctx, tx, a.Group)
	if hub.Is(err, hub.NotFound) {
		return hub.Errorf(hub.Invalid, "There is no group %s", hub.Clip(a.Group)).Plainly(
			"There is no group of that name. See the page of groups for those there are.")
	}
	a.GroupID = g.ID
	return err
}

func entry(r *access.Requester, action string, a hub.Announcement, before, after any) hub.AuditEntry {
	return r.Audit(action, "announcement", a.ID, a.Group, before, after)
}

func recordOf(a hub.Announcement) map[string]any {
	record := map[string]any{"level": a.Level, "text": a.Text, "from": a.From}
	if a.Group != "" {
		record["group"] = a.Group
	}
	if !a.Until.IsZero() {
		record["until"] = a.Until
	}
	return record
}
