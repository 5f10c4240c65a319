package homes

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

// How many homes one page of a list has.
const (
	homesPage    = 100
	maxHomesPage = 1000
)

// HomeView is a home as an administrator sees it.
type HomeView struct {
	hub.Home
	Node hub.Node // that has the place; the zero Node where none is known
}

// ListHomes gives the homes that the query asks for, by ID, and whether there are more:
// those after the last one's. It needs admin:users.
func (hs *Homes) ListHomes(ctx context.Context, r *access.Requester, q hub.HomeQuery) (views []HomeView, more bool, err error) {
	if err := r.Need("admin:users"); err != nil {
		return nil, false, err
	}
	if q.Name != "" {
		if q.Name, err = hub.UserName(q.Name); err != nil {
			return nil, false, err
		}
	}
	if q.Limit <= 0 {
		q.Limit = homesPage
	}
	size := min(q.Limit, maxHomesPage)
	q.Limit = size + 1
	err = hs.store.View(ctx, func(tx data.Tx) error {
		list, err := tx.ListHomes(ctx, q)
		if err != nil {
			return err
		}
		views, err = homeViews(ctx, tx, list)
		return err
	})
	if len(views) > size {
		return views[:size], true, err
	}
	return views, false, err
}

// GetHome shows one home. It needs admin:users.
func (hs *Homes) GetHome(ctx context.Context, r *access.Requester, id string) (v HomeView, err error) {
	if err := r.Need("admin:users"); err != nil {
		return v, err
	}
	err = hs.store.View(ctx, func(tx data.Tx) error {
		v, err = homeView(ctx, tx, id)
		return err
	})
	return v, err
}

func homeView(ctx context.Context, tx data.Tx, id string) (HomeView, error) {
	h, err := findHome(ctx, tx, id)
	if err != nil {
		return HomeView{}, err
	}
	views, err := homeViews(ctx, tx, []hub.Home{h})
	if err != nil {
		return HomeView{}, err
	}
	return views[0], nil
}

func findHome(ctx context.Context, tx data.Tx, id string) (hub.Home, error) {
	h, err := tx.HomeByID(ctx, id)
	if hub.Is(err, hub.NotFound) {
		err = hub.Errorf(hub.NotFound, "There is no home %s", hub.Clip(id))
	}
	return h, err
}

// homeViews adds where the homes are.
func homeViews(ctx context.Context, tx data.Tx, list []hub.Home) ([]HomeView, error) {
	nodes, err := tx.ListNodes(ctx)
	if err != nil {
		return nil, err
	}
	serving := map[string]hub.Node{}
	for _, n := range nodes {
		if before, ok := serving[n.Place]; !ok || before.LastSeen.Before(n.LastSeen) {
			serving[n.Place] = n
		}
	}
	views := make([]HomeView, len(list))
	for i, h := range list {
		views[i] = HomeView{h, serving[h.Place]}
	}
	return views, nil
}

// mayGiveHomes asks for an administrator: files are given to somebody.
func (hs *Homes) mayGiveHomes(r *access.Requester) error {
	if err := r.Need("admin:users"); err != nil {
		return err
	}
	if !hs.policy.IsAdmin(r) {
		return hub.Errorf(hub.Forbidden, "Only an administrator can say whose a home is")
	}
	return nil
}

// AttachHome gives somebody a home that is nobody's, with the files in it. The home that
// they have had is nobody's then. Nothing of theirs may run. One that was packed away is
// unpacked. Somebody without a password cannot set one by logging in any more: the files
// would be whoever's comes first.
func (hs *Homes) AttachHome(ctx context.Context, r *access.Requester, id, name string) (v HomeView, err error) {
	if err := hs.mayGiveHomes(r); err != nil {
		return v, err
	}
	err = hs.store.Update(ctx, func(tx data.Tx) error {
		h, err := findHome(ctx, tx, id)
		if err != nil {
			return err
		}
		u, err := hs.homeless(ctx, tx, r, name)
		if err != nil {
			return err
		}
		if err := attachable(h, u); err != nil {
			return err
		}
		before, err := hs.leaveHome(ctx, tx, u, h.ID)
		if err != nil {
			return err
		}
		was := h.UserName
		h.UserID, h.UserName, h.Attached, h.Problem = u.ID, u.Name, true, ""
		if h.State == hub.HomeArchived {
			h.State = hub.HomeUnpacking
		}
		if err := changeHome(ctx, tx, h); err != nil {
			return err
		}
		if err := login.CloseClaim(ctx, tx, u); err != nil {
			return err
		}
		entry := r.Audit("home.attach", "user", u.ID, u.Name, map[string]any{"home": before}, map[string]any{"home": h.ID, "was": was})
		if err := tx.AddAudit(ctx, entry); err != nil {
			return err
		}
		v, err = homeView(ctx, tx, h.ID)
		return err
	})
	return v, err
}

// attachable refuses a home that is somebody else's, or on its way into an archive.
func attachable(h hub.Home, u hub.User) error {
	switch {
	case h.UserID != 0 && h.UserID != u.ID:
		return hub.Errorf(hub.Conflict, "The home %s is %s's. Take it from them first: atrium homes detach %s", h.ID, h.UserName, h.UserName)
	case h.State == hub.HomeArchiving:
		return hub.Errorf(hub.Conflict, "The home %s is just being packed away. Try again when that is done.", h.ID)
	}
	return nil
}

// homeless finds a person whose home may change: nothing of theirs runs.
func (hs *Homes) homeless(ctx context.Context, tx data.Tx, r *access.Requester, name string) (hub.User, error) {
	u, err := access.FindUser(ctx, tx, r, name, "admin:users")
	if hub.Is(err, hub.NotFound) {
		return u, hub.Errorf(hub.NotFound, "There is nobody called %s", hub.Clip(name))
	}
	if err != nil {
		return u, err
	}
	servers, err := tx.ServersOf(ctx, []int64{u.ID})
	if err == nil && slices.ContainsFunc(servers, hub.Server.Active) {
		err = hub.Errorf(hub.Conflict, "A server of %s is running in the home. Stop it first: atrium servers stop %s --wait", u.Name, u.Name)
	}
	return u, err
}

// leaveHome makes somebody's home nobody's, unless it is the one to keep, and gives its id.
func (hs *Homes) leaveHome(ctx context.Context, tx data.Tx, u hub.User, keep string) (string, error) {
	h, err := tx.HomeOf(ctx, u.ID)
	if hub.Is(err, hub.NotFound) {
		return "", nil
	}
	if err != nil || h.ID == keep {
		return h.ID, err
	}
	h.UserID, h.Attached = 0, false
	return h.ID, changeHome(ctx, tx, h)
}

// changeHome writes a home that changed, later than all that was noted of it.
func changeHome(ctx context.Context, tx data.Tx, h hub.Home) error {
	h.Changed = justAfter(tx.Now(), h.Changed, h.Noted)
	return tx.UpdateHome(ctx, h)
}

// justAfter is now, or just after the latest of the others.
func justAfter(now time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if !now.After(t) {
			now = t.Add(time.Microsecond)
		}
	}
	return now
}

// DetachHome takes somebody's home from them: it is nobody's then, with its files, and
// their next server gets a new one. It is hub.NotFound for somebody who has none.
func (hs *Homes) DetachHome(ctx context.Context, r *access.Requester, name string) (v HomeView, err error) {
	if err := hs.mayGiveHomes(r); err != nil {
		return v, err
	}
	err = hs.store.Update(ctx, func(tx data.Tx) error {
		u, err := hs.homeless(ctx, tx, r, name)
		if err != nil {
			return err
		}
		id, err := hs.leaveHome(ctx, tx, u, "")
		if err != nil {
			return err
		}
		if id == "" {
			return hub.Errorf(hub.NotFound, "%s has no home yet", u.Name)
		}
		if err := tx.AddAudit(ctx, r.Audit("home.detach", "user", u.ID, u.Name, map[string]any{"home": id}, nil)); err != nil {
			return err
		}
		v, err = homeView(ctx, tx, id)
		return err
	})
	return v, err
}

// ArchiveHome asks for a home that is nobody's to be packed into a file, after which its
// folder goes. The machine that has it does so in its own time.
func (hs *Homes) ArchiveHome(ctx context.Context, r *access.Requester, id string) (v HomeView, err error) {
	if err := hs.mayGiveHomes(r); err != nil {
		return v, err
	}
	err = hs.store.Update(ctx, func(tx data.Tx) error {
		h, err := findHome(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case h.UserID != 0:
			return hub.Errorf(hub.Conflict, "The home %s is %s's, and only homes that are nobody's are packed away: atrium homes detach %s", h.ID, h.UserName, h.UserName)
		case h.State == hub.HomeThere, h.State == hub.HomeArchiving && h.Problem != "": // that failed half-way, and is tried again
			h.State, h.Problem = hub.HomeArchiving, ""
			if err := changeHome(ctx, tx, h); err != nil {
				return err
			}
			entry := r.Audit("home.archive", "home", 0, h.ID, nil, map[string]any{"was": h.UserName})
			if err := tx.AddAudit(ctx, entry); err != nil {
				return err
			}
		}
		v, err = homeView(ctx, tx, h.ID)
		return err
	})
	return v, err
}

// RenameHome tells somebody's home what they are called now.
func RenameHome(ctx context.Context, tx data.Tx, u hub.User) error {
	h, err := tx.HomeOf(ctx, u.ID)
	if hub.Is(err, hub.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	h.UserName = u.Name
	return changeHome(ctx, tx, h)
}
