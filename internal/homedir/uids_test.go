package homedir

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

func TestTwoHubsOnAMachineNeverShareAUID(t *testing.T) {
	needRoot(t)
	registry := filepath.Join(t.TempDir(), "uids")
	narrow := func(id string) func(*Options) {
		return func(o *Options) { o.HubID, o.Registry, o.UIDRange = id, registry, [2]uint32{300_000, 300_019} }
	}
	one, two := place(t, narrow("one")), place(t, narrow("two"))
	seen := map[uint32]string{}
	for i := range 10 {
		for _, p := range []*Place{one, two} {
			r := ensure(t, p, claim("h"+string(rune('a'+i)), int64(i), "ann", 1, 1))
			if whose, taken := seen[r.UID]; taken {
				t.Fatalf("uid %d is %s's and %s's", r.UID, whose, p.hubID)
			}
			seen[r.UID] = p.hubID
		}
	}
	for _, p := range []*Place{one, two} {
		if _, err := p.Ensure(claim("more", 99, "zoe", 1, 1)); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "spawner.local.uid_range") {
			t.Errorf("%v, want it to name the key", err)
		}
	}
}

func TestUIDsNeverGoBack(t *testing.T) {
	needRoot(t)
	o := options(t, func(o *Options) { o.UIDRange = [2]uint32{1_900_000_000, 1_999_999_999} })
	seen := map[uint32]bool{}
	for i := range 20 {
		p, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		r := ensure(t, p, claim("h"+string(rune('a'+i)), int64(i), "ann", 1, 1))
		if seen[r.UID] {
			t.Errorf("uid %d was given out twice", r.UID)
		}
		seen[r.UID] = true
		// The home goes, its record too: the uid stays what it was.
		if err := errors.Join(os.RemoveAll(p.Path(r)), os.Remove(p.recordFile(r.HomeID))); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 { // else the hub was killed
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		} else if err := p.lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
	uids := slices.Sorted(maps.Keys(seen))
	if last, first := uids[len(uids)-1], uids[0]; last-first > 20*blockOf {
		t.Errorf("20 homes took uids %d to %d", first, last)
	}
}

// The homes came back from Monday's backup: files of Tuesday's people may lie elsewhere on
// the machine, under the uids that they had.
func TestUIDsStayGivenOutWhereTheHomesWentBackToABackup(t *testing.T) {
	needRoot(t)
	o := options(t, func(o *Options) { o.UIDRange = [2]uint32{300_000, 300_099} })
	begin := func() *Place {
		p, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := begin()
	file := p.inner("place.json")
	ensure(t, p, claim("monday", 1, "ann", 1, 1))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p = begin()
	zoe := ensure(t, p, claim("tuesday", 2, "zoe", 2, 2))
	if err := errors.Join(os.RemoveAll(p.Path(zoe)), os.Remove(p.recordFile(zoe.HomeID)), p.Close(), os.WriteFile(file, backup, 0o600)); err != nil {
		t.Fatal(err)
	}
	p = begin()
	defer p.Close()
	for i := range 10 {
		if r := ensure(t, p, claim("again"+string(rune('a'+i)), int64(3+i), "yan", 3, 3)); r.UID == zoe.UID {
			t.Errorf("yan got uid %d, which was zoe's", r.UID)
		}
	}
}

// A restore that is tried beside the real homes has a copy of them, and so the same place.
func TestACopyOfTheHomesOnTheMachineNeverSharesAUID(t *testing.T) {
	needRoot(t)
	o := options(t, func(o *Options) { o.UIDRange = [2]uint32{300_000, 300_099} })
	first := place(t, func(x *Options) { *x = o })
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(first.Dir())); err != nil {
		t.Fatal(err)
	}
	second := place(t, func(x *Options) { *x, x.Dir = o, dir })
	if first.ID() != second.ID() {
		t.Fatalf("%s and %s", first.ID(), second.ID())
	}
	seen := map[uint32]string{}
	for i := range 10 {
		for _, p := range []*Place{first, second} {
			r := ensure(t, p, claim("h"+string(rune('a'+i)), int64(i+1), "ann", 1, 1))
			if whose, taken := seen[r.UID]; taken {
				t.Fatalf("uid %d is given out in %s and %s", r.UID, whose, p.Dir())
			}
			seen[r.UID] = p.Dir()
		}
	}
}

// Replicas with the same disk may run on machines with registries of their own.
func TestReplicasNeverShareAUID(t *testing.T) {
	needRoot(t)
	a := options(t)
	b := a
	b.Registry = filepath.Join(t.TempDir(), "uids")
	one, two := place(t, func(o *Options) { *o = a }), place(t, func(o *Options) { *o = b })
	var mu sync.Mutex
	seen := map[uint32]int{}
	var wg sync.WaitGroup
	for _, p := range []*Place{one, two} {
		wg.Go(func() {
			for range 50 {
				uid, err := p.uids.take()
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[uid]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 100 {
		t.Errorf("%d different uids of 100", len(seen))
	}
}

func TestAPlaceThatMovesToAnotherMachineKeepsItsUIDs(t *testing.T) {
	needRoot(t)
	o := options(t, func(o *Options) { o.UIDRange = [2]uint32{300_000, 300_009} })
	p := place(t, func(x *Options) { *x = o })
	r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	o.Registry = filepath.Join(t.TempDir(), "uids") // the other machine's
	p = place(t, func(x *Options) { *x = o })
	other := place(t, func(x *Options) { x.HubID, x.Registry, x.UIDRange = "another", o.Registry, o.UIDRange })
	if next := ensure(t, other, claim("def", 1, "bob", 1, 1)); next.UID == r.UID {
		t.Errorf("uid %d was given to a home of another hub", r.UID)
	}
	if again := ensure(t, p, claim("abc", 7, "ann", 1, 1)); again.UID != r.UID {
		t.Errorf("uid %d became %d", r.UID, again.UID)
	}
}

func TestAccountsOfTheMachineKeepTheirUIDs(t *testing.T) {
	needRoot(t)
	p := place(t, func(o *Options) { o.UIDRange = [2]uint32{65_530, 65_539} }) // nobody is 65534
	for range 9 {
		if uid, err := p.uids.take(); err != nil || uid == 65_534 {
			t.Errorf("uid %d, %v", uid, err)
		}
	}
}

func TestARegistryThatCannotBeWritten(t *testing.T) {
	needRoot(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refuseOpen(t, options(t, func(o *Options) { o.Registry = filepath.Join(file, "uids") }), hub.Unavailable, "spawner.local.uid_registry")
}

func TestSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []span
		model := map[uint32]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			from := rapid.Uint32Range(0, 40).Draw(t, "from")
			if rapid.Bool().Draw(t, "add") {
				to := from + rapid.Uint32Range(0, 5).Draw(t, "more")
				list = add(list, span{from, to})
				for uid := from; uid <= to; uid++ {
					model[uid] = true
				}
				continue
			}
			list = remove(list, from)
			delete(model, from)
		}
		got := map[uint32]bool{}
		for i, s := range list {
			if s[0] > s[1] || i > 0 && s[0] <= list[i-1][1]+1 {
				t.Fatalf("%v is out of order", list)
			}
			for uid := s[0]; uid <= s[1]; uid++ {
				got[uid] = true
			}
		}
		if !maps.Equal(got, model) {
			t.Fatalf("%v holds %v, want %v", list, got, model)
		}
		within := span{rapid.Uint32Range(0, 20).Draw(t, "first"), 45}
		start := rapid.Uint32Range(within[0], within[1]).Draw(t, "start")
		free := freeUIDs(list, within, start, 3)
		for _, uid := range free {
			if model[uid] || uid < within[0] || uid > within[1] {
				t.Fatalf("%d of %v is taken, or out of %v", uid, free, within)
			}
		}
		left := 0
		for uid := within[0]; uid <= within[1]; uid++ {
			if !model[uid] {
				left++
			}
		}
		if len(free) == 0 && left > 0 {
			t.Fatalf("none found of %d", left)
		}
	})
}

func TestUIDsAtTheEndOfNumbers(t *testing.T) {
	const last = 1<<32 - 1
	list := add(add(nil, span{last - 5, last}), span{0, 0})
	if !slices.Equal(list, []span{{0, 0}, {last - 5, last}}) {
		t.Error(list)
	}
	if free := freeUIDs(list, span{last - 7, last}, last-6, 9); !slices.Equal(free, []uint32{last - 6}) {
		t.Error(free)
	}
}
