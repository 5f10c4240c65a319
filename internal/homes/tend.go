package homes

import (
	"context"
	"errors"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// homesAtOnce is how many homes one transaction reads or writes: few, so that nobody waits for it.
const homesAtOnce = 500

// HomesDue gives a value when there may be something for TendHomes and PackHomes to do.
func (hs *Homes) HomesDue() <-chan struct{} { return hs.homes.wake }

// TendHomes brings the records of this machine's homes up to date with the database: whose
// they are, and by what name. What cannot be noted is noted as a problem.
func (hs *Homes) TendHomes(ctx context.Context) error { return hs.tendHomes(ctx, false) }

// PackHomes packs and unpacks the homes of this machine for which that was asked.
func (hs *Homes) PackHomes(ctx context.Context) error { return hs.tendHomes(ctx, true) }

func (hs *Homes) tendHomes(ctx context.Context, packing bool) error {
	place := hs.homes.here()
	if place == nil {
		return nil
	}
	for {
		var due []hub.Home
		owners := map[int64]hub.User{}
		err := hs.store.View(ctx, func(tx data.Tx) (err error) {
			if due, err = tx.DueHomes(ctx, place.ID(), packing, homesAtOnce); err != nil {
				return err
			}
			owners, err = ownersOf(ctx, tx, due)
			return err
		})
		if err != nil {
			return err
		}
		for _, h := range due {
			if err := hs.tendHome(ctx, place, h, owners[h.UserID]); err != nil {
				return err
			}
		}
		if len(due) < homesAtOnce {
			return nil
		}
	}
}

func ownersOf(ctx context.Context, tx data.Tx, homes []hub.Home) (map[int64]hub.User, error) {
	var ids []int64
	for _, h := range homes {
		if h.UserID != 0 {
			ids = append(ids, h.UserID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	people, err := tx.UsersByID(ctx, ids)
	by := make(map[int64]hub.User, len(people))
	for _, u := range people {
		by[u.ID] = u
	}
	return by, err
}

// errMeanwhile is that a home has changed since it was found to be due.
var errMeanwhile = errors.New("the home has changed meanwhile")

// tendHome does what is due for one home, and writes down how it went.
func (hs *Homes) tendHome(ctx context.Context, place HomePlace, h hub.Home, owner hub.User) error {
	r, state, err := hs.doHome(ctx, place, h, owner)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errMeanwhile) {
		return nil
	}
	return hs.store.Update(ctx, func(tx data.Tx) error {
		now, nowErr := tx.HomeByID(ctx, h.ID)
		if nowErr != nil || !now.Changed.Equal(h.Changed) { // it changed meanwhile, and is due again
			return nowErr
		}
		now.State, now.Noted, now.Problem = state, now.Changed, ""
		if err != nil {
			now.Problem = problemOf(err)
			hs.log.ErrorContext(ctx, "a home is not as it should be", "home", h.ID, "state", h.State, "error", err)
			if r.Changed.After(now.Noted) { // by a clock that was ahead of ours: the next word is to be a later one
				now.Noted = r.Changed
			}
		}
		if h.State == hub.HomeThere && state == hub.HomeUnpacking {
			now.Noted = h.Noted // that is due next
		}
		if r.HomeID != "" {
			now.Folder, now.UID, now.Archive = r.Folder, int64(r.UID), r.Archive
		}
		return tx.UpdateHome(ctx, now)
	})
}

// doHome does what is due for one home, and tells the state that it has then.
func (hs *Homes) doHome(ctx context.Context, place HomePlace, h hub.Home, owner hub.User) (r hub.HomeRecord, state hub.HomeState, err error) {
	still := func() error {
		return hs.store.View(ctx, func(tx data.Tx) error {
			now, err := tx.HomeByID(ctx, h.ID)
			if err == nil && !now.Changed.Equal(h.Changed) {
				err = errMeanwhile
			}
			return err
		})
	}
	switch h.State {
	case hub.HomeArchiving:
		if r, err = place.Pack(ctx, h.ID, still); err == nil {
			return r, hub.HomeArchived, nil
		}
		if r.Archive == "" { // nothing was taken away
			return r, hub.HomeThere, err
		}
	case hub.HomeUnpacking:
		if r, err = place.Unpack(ctx, h.ID, still); err != nil {
			return r, h.State, err
		}
		if owner.ID != 0 {
			r, err = place.Ensure(h.Claim(owner))
		}
		return r, hub.HomeThere, err
	case hub.HomeArchived:
		r, err = place.Record(h.ID)
	case hub.HomeThere:
		r, err = place.Record(h.ID)
		switch {
		case err == nil && r.Archive != "": // the database went back to a backup
			return r, packedAfterAll(h), nil
		case owner.ID != 0: // else it stays noted as its last person's
			r, err = place.Ensure(h.Claim(owner))
		}
	}
	return r, h.State, err
}

// packedAfterAll is the state of a home that the database did not know to be packed away.
// To attach it was to ask for its files.
func packedAfterAll(h hub.Home) hub.HomeState {
	if h.UserID != 0 && h.Attached {
		return hub.HomeUnpacking
	}
	return hub.HomeArchived
}

// problemOf is what a person may be told of an error.
func problemOf(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Msg != "" {
		return e.Msg
	}
	return "It could not be done; the hub's log says why."
}
