package mirror

import (
	"context"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Everybody is read in parts, beside the people that are shown: writers and readers go on
// meanwhile. Who changes is noted, and read again before the new people take the place of
// the old ones.

// reload is everybody as they are being read.
type reload struct {
	next    *people
	changed map[int64]struct{} // since it began, and not read again yet; held by feeding
	touched map[int64]struct{} // who was active since it began; held by mu
}

const (
	// partOfAll is how many people are read in one transaction.
	partOfAll = 1000
	// catchUpRounds is how often those who changed meanwhile are read again before writers
	// have to wait for the rest, and enoughChanged how few may be left for that.
	catchUpRounds = 5
	enoughChanged = 50
)

// Load reads everybody anew.
func (d *Directory) Load(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	return d.loadAll(ctx)
}

// reloadMissed reads everybody anew where nobody knows who changed, and nobody has done so
// since.
func (d *Directory) reloadMissed(ctx context.Context) {
	d.loading.Lock()
	defer d.loading.Unlock()
	d.feeding.Lock()
	lost := d.missed.all
	d.feeding.Unlock()
	if !lost {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, loadAllInTime)
	defer cancel()
	d.warn(ctx, d.loadAll(ctx))
}

// loadAll reads everybody anew. loading is held.
func (d *Directory) loadAll(ctx context.Context) error {
	r := &reload{next: newPeople(), changed: map[int64]struct{}{}, touched: map[int64]struct{}{}}
	d.feeding.Lock()
	lost := d.missed.all
	d.missed.all = false // what is missed from now on, this may not see
	d.setReload(r)
	d.feeding.Unlock()
	err := d.readParts(ctx, r)
	if err == nil {
		err = d.readChanged(ctx, r)
	}
	d.feeding.Lock()
	defer d.feeding.Unlock()
	if err == nil { // those who changed in the last moment: no change is applied before they are shown
		err = d.readAgain(ctx, r, slices.Sorted(maps.Keys(r.changed)))
	}
	if err != nil {
		d.missed.all = d.loaded
		d.setReload(nil)
		return err
	}
	d.show(r)
	if lost {
		d.tell(nil)
	}
	return nil
}

func (d *Directory) setReload(r *reload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reload = r
}

// readParts reads everybody, by their ids.
func (d *Directory) readParts(ctx context.Context, r *reload) error {
	for after := int64(0); ; {
		part, err := d.read(ctx, func(tx data.Tx) ([]hub.User, error) { return tx.UsersAfter(ctx, after, partOfAll) })
		if err != nil {
			return err
		}
		d.mu.RLock()
		for _, p := range part {
			p.notBefore(d.by[p.ID])
		}
		d.mu.RUnlock()
		for _, p := range part {
			r.next.put(p)
			after = p.ID
		}
		if len(part) < partOfAll {
			return nil
		}
	}
}

// readChanged reads again who changed meanwhile, until they are few.
func (d *Directory) readChanged(ctx context.Context, r *reload) error {
	for range catchUpRounds {
		d.feeding.Lock()
		changed := slices.Sorted(maps.Keys(r.changed))
		few := len(changed) <= enoughChanged
		if !few {
			r.changed = map[int64]struct{}{}
		}
		d.feeding.Unlock()
		if few {
			return nil
		}
		if err := d.readAgain(ctx, r, changed); err != nil {
			return err
		}
	}
	return nil
}

// readAgain reads people of those being read again.
func (d *Directory) readAgain(ctx context.Context, r *reload, ids []int64) error {
	for len(ids) > 0 {
		part := ids[:min(partOfAll, len(ids))]
		ids = ids[len(part):]
		fresh, err := d.read(ctx, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByID(ctx, part) })
		if err != nil {
			return err
		}
		d.mu.RLock()
		r.next.replace(part, fresh, d.people)
		d.mu.RUnlock()
	}
	return nil
}

// show puts what was read in the place of what is shown, with the activity since. feeding
// is held.
func (d *Directory) show(r *reload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range r.touched {
		if p := r.next.by[id]; p != nil {
			r.next.put(p.clone().notBefore(d.by[id]))
		}
	}
	d.people, d.loaded, d.reload = r.next, true, nil
}
