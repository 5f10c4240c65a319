package homedir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/atriumhub/atrium/internal/hub"
)

// Recorded is what a place knows of its homes, for a reader beside the hub that works there.
type Recorded struct {
	PlaceID string // empty where there is no place
	Dir     string
	All     iter.Seq2[hub.HomeRecord, error] // of a record that cannot be read: its HomeID and why
}

// Records reads a place without taking its lock, or changing anything. There need not be
// one; dir may be empty.
func Records(dir string) (Recorded, error) {
	none := Recorded{All: func(func(hub.HomeRecord, error) bool) {}}
	if dir == "" {
		return none, nil
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("look for the homes in %s: %w", dir, err)
	}
	p := &Place{dir: resolved}
	text, err := os.ReadFile(p.inner("place.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	var d descriptor
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		return none, fmt.Errorf("read about the homes in %s: %w", dir, err)
	}
	ids, err := p.Homes()
	if err != nil {
		return none, err
	}
	return Recorded{PlaceID: d.ID, Dir: resolved, All: func(yield func(hub.HomeRecord, error) bool) {
		for _, id := range ids {
			r, err := p.Record(id)
			if hub.Is(err, hub.NotFound) { // it went meanwhile
				continue
			}
			r.HomeID = id
			if !yield(r, err) {
				return
			}
		}
	}}, nil
}
