package homedir

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
)

// numbered makes folders as a former version did: by the person's number, and the uid by it.
func numbered(t *testing.T, dir string, uids map[int64]int) {
	t.Helper()
	for id, uid := range uids {
		path := filepath.Join(dir, strconv.FormatInt(id, 10))
		if err := errors.Join(os.MkdirAll(path, 0o700), os.WriteFile(filepath.Join(path, "work"), nil, 0o600), os.Chown(path, uid, uid)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHomesOfAFormerVersionKeepTheirUIDs(t *testing.T) {
	needRoot(t)
	o := options(t)
	numbered(t, o.Dir, map[int64]int{3: 300_003, 4: 300_004, 5: 300_777})
	if err := errors.Join(os.Mkdir(filepath.Join(o.Dir, "notes"), 0o700), os.Mkdir(filepath.Join(o.Dir, "007"), 0o700)); err != nil {
		t.Fatal(err)
	}
	p := place(t, func(x *Options) { *x = o })
	folders, err := p.Numbered()
	if err != nil || len(folders) != 3 {
		t.Fatalf("%v, %v", folders, err)
	}
	ids, claims := map[int64]string{}, map[string]hub.HomeClaim{}
	for _, f := range folders {
		ids[f.Owner.ID] = f.HomeID
	}
	claims[ids[3]] = claim(ids[3], 3, "ann", 10, 20)
	claims[ids[5]] = claim(ids[5], 5, "eve", 10, 20) // uid_range was changed once: it keeps its uid all the same
	if _, err := p.Adopt(folders, claims); err != nil {
		t.Fatal(err)
	}
	for id, uid := range map[int64]uint32{3: 300_003, 5: 300_777} {
		if r := ensure(t, p, claims[ids[id]]); r.UID != uid || r.Folder != strconv.FormatInt(id, 10) || r.HubID != "hub" {
			t.Errorf("%+v, want uid %d", r, uid)
		}
	}
	// The fourth person is not known any more: nobody gets their home by number.
	if r, err := p.Record(ids[4]); err != nil || r.HubID != "" || r.UID != 300_004 {
		t.Errorf("%+v, %v", r, err)
	}
	if again, err := p.Numbered(); err != nil || len(again) != 0 {
		t.Errorf("there are %v again, %v", again, err)
	}
	if next := ensure(t, p, claim("new", 9, "new", 1, 1)); next.UID == 300_003 || next.UID == 300_004 || next.UID == 300_777 {
		t.Errorf("uid %d was given out again", next.UID)
	}
}

// A hub that is killed in between does the same again.
func TestAdoptionThatWasCutShort(t *testing.T) {
	needRoot(t)
	o := options(t)
	numbered(t, o.Dir, map[int64]int{3: 300_003, 4: 300_004})
	p := place(t, func(x *Options) { *x = o })
	before, err := p.Numbered()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.write(before[0]); err != nil { // as far as it got
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = place(t, func(x *Options) { *x = o })
	after, err := p.Numbered()
	if err != nil || len(after) != 2 || after[0].HomeID != before[0].HomeID || after[1].HomeID != before[1].HomeID {
		t.Errorf("%v, then %v (%v)", before, after, err)
	}
}

// When the hub did not run as root, all homes had its uid: that one is nobody's own.
func TestHomesFromBeforeTheHubRanAsRoot(t *testing.T) {
	needRoot(t)
	o := options(t)
	numbered(t, o.Dir, map[int64]int{3: 5000, 4: 5000})
	p := place(t, func(x *Options) { *x = o })
	folders, err := p.Numbered()
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]hub.HomeClaim{}
	for _, f := range folders {
		claims[f.HomeID] = claim(f.HomeID, f.Owner.ID, "ann", 1, 1)
	}
	if _, err := p.Adopt(folders, claims); err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		refused(t, p, claims[f.HomeID], "belongs to uid 5000", "chown -R -h")
		r, err := p.Record(f.HomeID)
		if err != nil || r.UID == 5000 {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := os.Lchown(p.Path(r), int(r.UID), int(r.UID)); err != nil { // as it says
			t.Fatal(err)
		}
		ensure(t, p, claims[f.HomeID])
	}
}
