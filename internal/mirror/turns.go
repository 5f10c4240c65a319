package mirror

import "context"

// Turn is how a person was shown before a change and how they are after it: nil before they were
// made, and once they are deleted.
type Turn struct{ Before, After *Person }

// OnTurns has fn called with whatever changes of people once everybody was read, as soon as it is
// shown; with nil where anything may have changed. What they last did is no change. fn is not to ask
// the Directory. It is to be set before the Directory is used.
func (d *Directory) OnTurns(fn func([]Turn)) { d.told = fn }

// Ready makes sure that everybody was read, from when on changes are told.
func (d *Directory) Ready(ctx context.Context) error { return d.readOnce(ctx) }

// turn shows the people as they were just read in the place of what there was of all of the ids.
func (d *Directory) turn(ids []int64, fresh []*Person) []Turn {
	d.mu.Lock()
	defer d.mu.Unlock()
	turns := make([]Turn, len(ids))
	for i, id := range ids {
		turns[i].Before = d.by[id]
	}
	d.replace(ids, fresh, d.people)
	for i, id := range ids {
		turns[i].After = d.by[id]
	}
	return turns
}

// tell tells of turns. feeding is held.
func (d *Directory) tell(turns []Turn) {
	if d.told != nil {
		d.told(turns)
	}
}
