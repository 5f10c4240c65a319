package homedir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// blockOf is how many uids are noted at once where there are plenty: a class that
	// comes for the first time does not wait for the disk in a row.
	blockOf = 32
	// plenty is a range in which a new place begins anywhere, so that two that do not
	// know of each other, on machines that share a disk, hardly meet.
	plenty = 1 << 20
)

// span is uids, the first and the last.
type span [2]uint32

// uids gives out the uids of a place's homes. What was given out stays so.
type uids struct {
	place    *Place
	registry string
	within   span

	mu   sync.Mutex
	free []uint32 // noted as given out, and not yet
}

// noted is a place's file in the registry.
type noted struct {
	Place string `json:"place"`
	Dir   string `json:"dir"`
	HubID string `json:"hub_id"`
	UIDs  []span `json:"uids"`
}

// openUIDs brings the registry up to date with what the place's homes use.
func openUIDs(p *Place, registry string, within [2]uint32) (*uids, error) {
	u := &uids{place: p, registry: registry, within: within}
	if err := os.MkdirAll(registry, 0o755); err != nil { //nolint:gosec // nothing secret: other hubs read it, too
		return nil, u.problem(err)
	}
	err := u.update(func(d *descriptor, others []noted) error {
		for _, o := range others {
			if common := overlap(o.UIDs, d.UIDs); common > 0 {
				p.log.Warn("homes of two hubs on this machine have the same user ids: their people can read each other's files. "+
					"Give new ones to the homes of one of them: copy the files as root and chown the copies",
					"homes", p.dir, "others", o.Dir, "uids", common)
			}
		}
		return nil
	})
	return u, err
}

// problem is an error about the registry, with the cure.
func (u *uids) problem(err error) error {
	return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The folder %s, where hubs of this machine note which user ids their homes have, "+
		"cannot be used; make it writable, or choose another with spawner.local.uid_registry", u.registry))
}

// take gives out a uid that no home of this machine has, nor any account that
// /etc/passwd knows. It is hub.Unavailable where the range has none left.
func (u *uids) take() (uint32, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.free) == 0 {
		if err := u.update(u.reserve); err != nil {
			return 0, err
		}
	}
	uid := u.free[0]
	u.free = u.free[1:]
	return uid, nil
}

// Owns tells whether some home of the place has, had or may get the uid.
func (p *Place) Owns(uid uint32) bool {
	if p.uids == nil {
		return false
	}
	p.uids.mu.Lock()
	defer p.uids.mu.Unlock()
	return slices.ContainsFunc(p.on.UIDs, func(s span) bool { return s[0] <= uid && uid <= s[1] })
}

// note marks uids as given out: those of homes that were not made here.
func (u *uids) note(list ...uint32) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.free = slices.DeleteFunc(u.free, func(uid uint32) bool { return slices.Contains(list, uid) })
	return u.update(func(d *descriptor, _ []noted) error {
		for _, uid := range list {
			d.UIDs = add(d.UIDs, span{uid, uid})
		}
		return nil
	})
}

// close gives back what was noted and not used.
func (u *uids) close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.free) == 0 {
		return nil
	}
	return u.update(func(d *descriptor, _ []noted) error {
		for _, uid := range u.free {
			d.UIDs = remove(d.UIDs, uid)
		}
		u.free = nil
		return nil
	})
}

// reserve notes a block of uids as given out, behind the last one.
func (u *uids) reserve(d *descriptor, others []noted) error {
	taken := slices.Clone(d.UIDs)
	for _, o := range others {
		for _, s := range o.UIDs {
			taken = add(taken, s)
		}
	}
	for _, uid := range accounts() {
		taken = add(taken, span{uid, uid})
	}
	size := 1
	if u.within[1]-u.within[0] >= plenty {
		size = blockOf
	}
	u.free = freeUIDs(taken, u.within, u.start(d.UIDs), size)
	if len(u.free) == 0 {
		return hub.Errorf(hub.Unavailable, "spawner.local.uid_range (%d to %d) has no user id left for another home: "+
			"the operator has to give it a higher end.", u.within[0], u.within[1]).Plainly(
			"This hub has no room for another home. Ask an administrator of this hub.")
	}
	for _, uid := range u.free {
		d.UIDs = add(d.UIDs, span{uid, uid})
	}
	return nil
}

// start is where the next uid is looked for.
func (u *uids) start(given []span) uint32 {
	for _, s := range slices.Backward(given) {
		if s[1] >= u.within[0] && s[1] < u.within[1] {
			return s[1] + 1
		}
	}
	size := u.within[1] - u.within[0]
	if size < plenty {
		return u.within[0]
	}
	const apart = 1024
	return u.within[0] + apart*rand.Uint32N(size/apart) //nolint:gosec // spreads, and guards nothing
}

// freeUIDs gives up to n uids that are not taken, from start on and then from the
// beginning.
func freeUIDs(taken []span, within span, start uint32, n int) []uint32 {
	var free []uint32
	parts := []span{{start, within[1]}}
	if start > within[0] {
		parts = append(parts, span{within[0], start - 1})
	}
	for _, part := range parts {
		for uid := uint64(part[0]); uid <= uint64(part[1]) && len(free) < n; {
			i, _ := slices.BinarySearchFunc(taken, uint32(uid), func(s span, uid uint32) int {
				if s[1] < uid {
					return -1
				}
				return 1
			})
			if i < len(taken) && uint64(taken[i][0]) <= uid {
				uid = uint64(taken[i][1]) + 1
				continue
			}
			free = append(free, uint32(uid))
			uid++
		}
		if len(free) > 0 {
			break
		}
	}
	return free
}

// update changes what the place has given out, while no other hub of this machine does
// so. The registry is written first: what another hub does not know of is not given out.
func (u *uids) update(fn func(d *descriptor, others []noted) error) error {
	return u.place.update(func(d *descriptor) error {
		lock, err := exclusively(filepath.Join(u.registry, "lock"))
		if err != nil {
			return u.problem(err)
		}
		defer lock.Close()
		others, err := u.others()
		if err != nil {
			return u.problem(err)
		}
		// The place may have gone back to a backup, which this machine did not, or be there
		// twice: a restore was tried beside it.
		own, err := readNoted(u.file(d.ID))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return u.problem(err)
		}
		for _, s := range own.UIDs {
			d.UIDs = add(d.UIDs, s)
		}
		if err := fn(d, others); err != nil {
			return err
		}
		return u.publish(*d)
	})
}

func (u *uids) file(place string) string { return filepath.Join(u.registry, place+".json") }

func (u *uids) others() ([]noted, error) {
	files, err := filepath.Glob(filepath.Join(u.registry, "*.json"))
	if err != nil {
		return nil, err
	}
	var others []noted
	for _, path := range files {
		if path == u.file(u.place.id) {
			continue
		}
		n, err := readNoted(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		others = append(others, n)
	}
	return others, nil
}

func readNoted(path string) (n noted, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // in the registry
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		return n, fmt.Errorf("read %s: %w", path, err)
	}
	return n, nil
}

// publish writes the place's file in the registry.
func (u *uids) publish(d descriptor) error {
	text, err := json.Marshal(noted{Place: d.ID, Dir: u.place.dir, HubID: d.HubID, UIDs: d.UIDs})
	if err == nil {
		err = disk.WriteFile(u.file(d.ID), append(text, '\n'), 0o644)
	}
	if err != nil {
		return u.problem(err)
	}
	return nil
}

// add puts a span into a sorted list of spans that do not touch.
func add(list []span, s span) []span {
	var out []span
	placed := false
	for _, have := range list {
		switch {
		case uint64(have[1])+1 < uint64(s[0]):
			out = append(out, have)
		case uint64(s[1])+1 < uint64(have[0]):
			if !placed {
				out, placed = append(out, s), true
			}
			out = append(out, have)
		default: // they touch
			s = span{min(s[0], have[0]), max(s[1], have[1])}
		}
	}
	if !placed {
		out = append(out, s)
	}
	return out
}

// remove takes a uid out of a list of spans.
func remove(list []span, uid uint32) []span {
	var out []span
	for _, s := range list {
		if uid < s[0] || uid > s[1] {
			out = append(out, s)
			continue
		}
		if s[0] < uid {
			out = append(out, span{s[0], uid - 1})
		}
		if uid < s[1] {
			out = append(out, span{uid + 1, s[1]})
		}
	}
	return out
}

// overlap counts the uids that are in both lists.
func overlap(a, b []span) (n uint64) {
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x[0], y[0]), min(x[1], y[1]); from <= to {
				n += uint64(to-from) + 1
			}
		}
	}
	return n
}

// accounts are the uids that the machine's own file of accounts knows.
func accounts() []uint32 {
	text, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return nil
	}
	var list []uint32
	for line := range bytes.Lines(text) {
		fields := strings.Split(string(line), ":")
		if len(fields) < 3 {
			continue
		}
		if uid, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			list = append(list, uint32(uid))
		}
	}
	return list
}
