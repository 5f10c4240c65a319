package homes

import (
	"context"
	"strconv"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Who has a home but no password yet may still set one by their first login, as long as
// nobody was in the home: see internal/login/claim.go. The database knows that, unless it goes back to a
// backup and the homes do not. So it counts, and the homes' place keeps how far it had
// come: a database that finds itself behind that closes the claims of all who have a home.

// settingMark is followed by the place's id.
const settingMark = "homes.mark."

// MarkHomes counts one further, and notes in the place what was counted the last time: by
// now that is on the disk, also where the database does not wait for it. To be called
// every minute or so.
func (hs *Homes) MarkHomes(ctx context.Context) error {
	place := hs.homes.here()
	if place == nil {
		return nil
	}
	if before := hs.homes.marked.Load(); before > 0 {
		if err := place.SetMark(before); err != nil {
			return err
		}
	}
	var now int64
	err := hs.store.Update(ctx, func(tx data.Tx) (err error) {
		_, now, err = countOn(ctx, tx, place.ID(), 0)
		return err
	})
	if err == nil {
		hs.homes.marked.Store(now)
	}
	return err
}

// distrust closes the claims of people with homes in the place where the database went
// back, and says how many they are.
func (hs *Homes) distrust(ctx context.Context, place HomePlace) (closed int, err error) {
	noted, err := place.Mark()
	if err != nil {
		return 0, err
	}
	var now int64
	err = hs.store.Update(ctx, func(tx data.Tx) error {
		closed = 0
		var counted int64
		if counted, now, err = countOn(ctx, tx, place.ID(), noted); err != nil || counted >= noted {
			return err
		}
		ids, err := tx.CloseClaims(ctx, place.ID())
		closed = len(ids)
		return err
	})
	if err == nil {
		hs.homes.marked.Store(now)
	}
	return closed, err
}

// countOn reads how far the database has counted, and counts one further: beyond what the
// place has noted, too.
func countOn(ctx context.Context, tx data.Tx, place string, noted int64) (counted, now int64, err error) {
	v, err := data.OptionalSetting(ctx, tx, settingMark+place)
	if err != nil {
		return 0, 0, err
	}
	if v != "" {
		if counted, err = strconv.ParseInt(v, 10, 64); err != nil {
			return 0, 0, hub.Wrap(hub.Internal, err, "the setting "+settingMark+place+" is no number")
		}
	}
	now = max(counted, noted) + 1
	return counted, now, tx.SetSetting(ctx, settingMark+place, strconv.FormatInt(now, 10))
}
