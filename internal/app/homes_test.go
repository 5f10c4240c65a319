package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
	"github.com/atriumhub/atrium/internal/tokens"
)

// site is a machine with homes and a database, on which a hub can be opened again.
type site struct {
	dir, node string
	clock     *testkit.Clock
	databases *testkit.Databases
}

func newSite(t *testing.T) *site {
	t.Helper()
	return &site{dir: t.TempDir(), node: "node", clock: testkit.NewClock(), databases: testkit.NewDatabases(t)}
}

// opened is a hub on a site.
type opened struct {
	*fixture
	place *homedir.Place
	found homes.Found
	err   error // of OpenHomes
	close func()
}

// open starts a hub on the site's database, or on another one.
func (s *site) open(t *testing.T, database string) *opened {
	t.Helper()
	f := &fixture{t: t, clock: s.clock, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock, o.URL = s.clock.Now, s.databases.URL(database)
		o.Config.ClaimAge = 14 * 24 * time.Hour
	})}
	id, err := f.HubID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{fixture: f}
	o.place, err = homedir.Open(homedir.Options{
		Dir: filepath.Join(s.dir, "homes"), HubID: id, Root: os.Geteuid() == 0,
		UIDRange: [2]uint32{300_000, 390_000}, Registry: filepath.Join(s.dir, "uids"), Clock: s.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.close = func() {
		if err := errors.Join(o.place.Close(), f.DB.Close()); err != nil {
			t.Error(err)
		}
	}
	o.found, o.err = f.OpenHomes(t.Context(), o.place, hub.Node{ID: s.node, Host: "host-of-" + s.node}, false)
	return o
}

// run begins a run of somebody's default server, and makes the home as a driver would. It
// ends again.
func (o *opened) run(name string) (hub.HomeRecord, string) {
	o.t.Helper()
	ctx := o.t.Context()
	if _, err := o.StartServer(ctx, o.by(adminToken), name, "", servers.StartRequest{}); err != nil {
		o.t.Fatal(err)
	}
	live, err := o.LiveServers(ctx)
	i := slices.IndexFunc(live, func(s hub.Server) bool { return s.UserName == name })
	if err != nil || i < 0 {
		o.t.Fatalf("%d servers live, %v", len(live), err)
	}
	run, err := o.BeginRun(ctx, live[i], servers.Lease{Owner: "me", Node: "node"})
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() {
		if err := o.EndRun(ctx, run.Server.ID, run.Server.Fence, hub.EventFailed, "enough", ""); err != nil {
			o.t.Error(err)
		}
	}()
	if run.Refused != "" {
		return hub.HomeRecord{}, run.Refused
	}
	r, err := o.place.Ensure(*run.Home)
	if err != nil {
		return r, err.Error()
	}
	if err := o.TendHomes(ctx); err != nil {
		o.t.Fatal(err)
	}
	return r, ""
}

// works runs somebody's server, in whose home the files must be.
func (o *opened) works(name string, files ...string) hub.HomeRecord {
	o.t.Helper()
	r, refused := o.run(name)
	if refused != "" {
		o.t.Fatalf("%s's server: %s", name, refused)
	}
	entries, err := os.ReadDir(o.place.Path(r))
	if err != nil {
		o.t.Fatal(err)
	}
	got := []string{}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(append([]string{}, files...), got); diff != "" {
		o.t.Errorf("%s's files (-want +got):\n%s", name, diff)
	}
	return r
}

func (o *opened) put(r hub.HomeRecord, name string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.place.Path(r), name), []byte(name), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *opened) list(q hub.HomeQuery) (lines []string) {
	o.t.Helper()
	views, more, err := o.ListHomes(o.t.Context(), o.by(adminToken), q)
	if err != nil || more {
		o.t.Fatalf("%v, more: %t", err, more)
	}
	for _, v := range views {
		whose := "nobody, was " + v.UserName
		if v.UserID != 0 {
			whose = v.UserName
		}
		lines = append(lines, whose)
	}
	slices.Sort(lines)
	return lines
}

func (o *opened) wantHomes(what string, q hub.HomeQuery, want ...string) {
	o.t.Helper()
	if diff := cmp.Diff(want, o.list(q)); diff != "" {
		o.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestMondaysDatabaseOnTuesdaysHomes(t *testing.T) {
	s := newSite(t)
	monday := s.open(t, "a")
	monday.admin()
	monday.create("ann", "dan")
	ann := monday.works("ann")
	monday.put(ann, "anns-work")
	monday.close()
	s.databases.Copy("a", "backup")

	tuesday := s.open(t, "a")
	tuesday.create("zoe")
	zoe := tuesday.works("zoe")
	tuesday.put(zoe, "zoes-work")
	dan := tuesday.works("dan") // who had none yet on Monday
	tuesday.put(dan, "dans-work")
	tuesday.close()

	back := s.open(t, "backup")
	if back.err != nil {
		t.Fatal(back.err)
	}
	back.create("yan", "zoe")
	if u := back.user("yan"); u.ID <= zoe.Owner.ID {
		t.Errorf("yan got the number %d, which was zoe's or before", u.ID)
	}
	yan := back.works("yan")
	if yan.UID == zoe.UID && os.Geteuid() == 0 || yan.HomeID == zoe.HomeID {
		t.Errorf("yan got %+v, zoe had %+v", yan, zoe)
	}
	if again := back.works("ann", "anns-work"); again.UID != ann.UID || again.HomeID != ann.HomeID {
		t.Errorf("ann had %+v, and has %+v", ann, again)
	}
	if again := back.works("dan", "dans-work"); again.HomeID != dan.HomeID { // it is his own beyond doubt
		t.Errorf("dan had %+v, and has %+v", dan, again)
	}
	back.wantHomes("offered", hub.HomeQuery{Offered: true}, "nobody, was zoe")
	if back.found.Unowned != 1 {
		t.Errorf("%d unowned homes were told of", back.found.Unowned)
	}
	back.works("zoe") // made again: an empty home
	if _, err := back.AttachHome(t.Context(), back.by(adminToken), zoe.HomeID, "zoe"); err != nil {
		t.Fatal(err)
	}
	if again := back.works("zoe", "zoes-work"); again.UID != zoe.UID {
		t.Errorf("zoe had uid %d, and has %d", zoe.UID, again.UID)
	}
}

func (f *fixture) user(name string) (u hub.User) {
	f.t.Helper()
	f.Update(func(ctx context.Context, tx data.Tx) (err error) {
		u, err = tx.UserByName(ctx, name)
		return err
	})
	return u
}

func TestDatabaseLostAndPeopleMadeAgain(t *testing.T) {
	s := newSite(t)
	before := s.open(t, "a")
	before.admin()
	before.create("ann", "bob")
	ann, bob := before.works("ann"), before.works("bob")
	before.put(ann, "anns-work")
	before.put(bob, "bobs-work")
	before.close()

	lost := s.open(t, "new")
	lost.admin()
	if lost.place.Former() == "" || lost.found.Unowned != 2 {
		t.Errorf("former hub %q, %d unowned homes", lost.place.Former(), lost.found.Unowned)
	}
	lost.create("bob", "ann") // in another order: the numbers are those of the others
	for _, name := range []string{"ann", "bob"} {
		lost.works(name)
	}
	lost.wantHomes("offered", hub.HomeQuery{Offered: true}, "nobody, was ann", "nobody, was bob")
	for name, home := range map[string]hub.HomeRecord{"ann": ann, "bob": bob} {
		if _, err := lost.AttachHome(t.Context(), lost.by(adminToken), home.HomeID, name); err != nil {
			t.Fatal(err)
		}
		if again := lost.works(name, name+"s-work"); again.UID != home.UID {
			t.Errorf("%s had uid %d, and has %d", name, home.UID, again.UID)
		}
	}
}

func TestPersonDeletedAndMadeAgainGetsNoHomeByItself(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("bob")
	home := o.works("bob")
	o.put(home, "bobs-work")
	if err := o.DeleteUser(t.Context(), admin, "bob"); err != nil {
		t.Fatal(err)
	}
	o.wantHomes("all", hub.HomeQuery{}, "nobody, was bob")
	o.wantHomes("offered, nobody is called so", hub.HomeQuery{Offered: true})
	o.create("bob")
	o.wantHomes("offered", hub.HomeQuery{Offered: true}, "nobody, was bob")
	fresh := o.works("bob")
	if fresh.HomeID == home.HomeID || fresh.UID == home.UID && os.Geteuid() == 0 {
		t.Errorf("bob, made again, got %+v", fresh)
	}
	o.attach(home.HomeID, "bob")
	o.works("bob", "bobs-work")
	o.wantHomes("all", hub.HomeQuery{}, "bob", "nobody, was bob")
}

func (o *opened) attach(id, name string) homes.HomeView {
	o.t.Helper()
	v, err := o.AttachHome(o.t.Context(), o.by(adminToken), id, name)
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

// wantRefusal checks an error's code, and that it says what to do.
func (o *opened) wantRefusal(err error, code hub.Code, words ...string) {
	o.t.Helper()
	o.wantCode(err, code)
	for _, w := range words {
		if err != nil && !strings.Contains(err.Error(), w) {
			o.t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestAttachingAHome(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann", "bob", "carol", "gone")
	ann, gone := o.works("ann"), o.works("gone")
	o.put(gone, "work")
	if err := o.DeleteUser(t.Context(), admin, "gone"); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, err := o.AttachHome(ctx, admin, ann.HomeID, "bob")
	o.wantRefusal(err, hub.Conflict, "is ann's", "atrium homes detach ann")
	_, err = o.AttachHome(ctx, admin, "nothing", "bob")
	o.wantRefusal(err, hub.NotFound, "no home nothing")
	_, err = o.AttachHome(ctx, admin, gone.HomeID, "nobody")
	o.wantRefusal(err, hub.NotFound, "nobody called nobody")
	_, err = o.DetachHome(ctx, admin, "nobody")
	o.wantRefusal(err, hub.NotFound, "nobody called nobody")
	if _, err := o.StartServer(ctx, admin, "bob", "", servers.StartRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err = o.AttachHome(ctx, admin, gone.HomeID, "bob")
	o.wantRefusal(err, hub.Conflict, "atrium servers stop bob --wait")
	_, err = o.DetachHome(ctx, admin, "bob")
	o.wantRefusal(err, hub.Conflict, "atrium servers stop bob --wait")
	if _, err := o.StopServer(ctx, admin, "bob", "", false); err != nil {
		t.Fatal(err)
	}
	v := o.attach(gone.HomeID, "bob")
	if v.UserName != "bob" || !v.Attached || v.UID != int64(gone.UID) || v.Node.Host != "host-of-node" {
		t.Errorf("%+v", v)
	}
	o.works("bob", "work")
	if r, err := o.place.Record(gone.HomeID); err != nil || r.Owner.Name != "bob" {
		t.Errorf("its own record says %+v, %v", r, err)
	}
	o.attach(gone.HomeID, "bob") // again changes nothing
	o.works("bob", "work")

	_, err = o.DetachHome(ctx, admin, "carol")
	o.wantRefusal(err, hub.NotFound, "carol has no home yet")
	if _, err := o.DetachHome(ctx, admin, "bob"); err != nil {
		t.Fatal(err)
	}
	o.works("bob")
	o.wantHomes("all", hub.HomeQuery{}, "ann", "bob", "nobody, was bob")
}

func TestOnlyAdministratorsGiveHomes(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann", "bob")
	ann := o.works("ann")
	token := func(scopes ...string) *access.Requester {
		v, err := o.CreateToken(t.Context(), admin, "admin", tokens.TokenRequest{Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return o.by(v.Secret)
	}
	for _, r := range []*access.Requester{{}, o.by(o.token("ann")), token("admin:users!user=ann"), token("admin:users")} {
		_, err := o.AttachHome(t.Context(), r, ann.HomeID, "bob")
		o.wantCode(err, hub.Forbidden)
		_, err = o.ArchiveHome(t.Context(), r, ann.HomeID)
		o.wantCode(err, hub.Forbidden)
		_, err = o.DetachHome(t.Context(), r, "ann")
		o.wantCode(err, hub.Forbidden)
	}
	for _, r := range []*access.Requester{{}, o.by(o.token("ann")), token("admin:users!user=ann")} {
		_, _, err := o.ListHomes(t.Context(), r, hub.HomeQuery{})
		o.wantCode(err, hub.Forbidden)
		_, err = o.GetHome(t.Context(), r, ann.HomeID)
		o.wantCode(err, hub.Forbidden)
	}
	if _, err := o.GetHome(t.Context(), token("admin:users"), ann.HomeID); err != nil {
		t.Error(err)
	}
	o.wantHomes("all", hub.HomeQuery{}, "ann")
}

func TestAttachedHomeClosesTheClaim(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann", "gone")
	home := o.works("gone")
	if err := o.DeleteUser(t.Context(), admin, "gone"); err != nil {
		t.Fatal(err)
	}
	unclaimed := func() bool {
		_, err := o.login("ann", "correct horse battery")
		_, ok := errors.AsType[*login.UnclaimedError](err)
		return ok
	}
	if !unclaimed() {
		t.Fatal("ann cannot claim her account")
	}
	o.attach(home.HomeID, "ann")
	if unclaimed() {
		t.Error("whoever comes first as ann gets the files")
	}
	if _, err := o.Claim(t.Context(), "ann", "correct horse battery", login.Browser{Address: "192.0.2.1"}); err == nil {
		t.Error("ann's account was claimed")
	}
	if v, err := o.GetUser(t.Context(), admin, "ann"); err != nil || v.Fields.Password != access.PasswordUnset {
		t.Errorf("%v, %v", v.Fields.Password, err)
	}
}

func TestChangesOfHomesAreAudited(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	admin.RequestID = "this"
	o.create("ann", "bob")
	ann, bob := o.works("ann"), o.works("bob")
	if _, err := o.DetachHome(t.Context(), admin, "ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AttachHome(t.Context(), admin, ann.HomeID, "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ArchiveHome(t.Context(), admin, bob.HomeID); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range o.audited("this") {
		if strings.HasPrefix(e.Action, "home.") {
			got = append(got, strings.Join([]string{e.Action, e.TargetName, string(e.Before), string(e.After)}, " "))
		}
	}
	want := []string{
		`home.detach ann {"home":"` + ann.HomeID + `"} `,
		`home.attach bob {"home":"` + bob.HomeID + `"} {"home":"` + ann.HomeID + `","was":"ann"}`,
		`home.archive ` + bob.HomeID + `  {"was":"bob"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHomePackedAwayAndBroughtBack(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann", "gone")
	home := o.works("gone")
	o.put(home, "work")
	ctx := t.Context()
	_, err := o.ArchiveHome(ctx, admin, home.HomeID)
	o.wantRefusal(err, hub.Conflict, "is gone's")
	if err := o.DeleteUser(ctx, admin, "gone"); err != nil {
		t.Fatal(err)
	}
	if v, err := o.ArchiveHome(ctx, admin, home.HomeID); err != nil || v.State != hub.HomeArchiving {
		t.Fatalf("%v, %v", v.State, err)
	}
	_, err = o.AttachHome(ctx, admin, home.HomeID, "ann")
	o.wantRefusal(err, hub.Conflict, "being packed away")
	if err := o.PackHomes(ctx); err != nil {
		t.Fatal(err)
	}
	v, err := o.GetHome(ctx, admin, home.HomeID)
	if err != nil || v.State != hub.HomeArchived || v.Archive == "" || v.Problem != "" {
		t.Fatalf("%+v, %v", v, err)
	}
	if _, err := os.Stat(o.place.Path(home)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	if v := o.attach(home.HomeID, "ann"); v.State != hub.HomeUnpacking {
		t.Errorf("%v, want unpacking", v.State)
	}
	if _, refused := o.run("ann"); !strings.Contains(refused, "being brought back") {
		t.Errorf("a start meanwhile: %q", refused)
	}
	if err := o.PackHomes(ctx); err != nil {
		t.Fatal(err)
	}
	o.works("ann", "work")
}

// What cannot be done is told, and takes nothing away.
func TestHomeThatCannotBePacked(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("gone")
	home := o.works("gone")
	if err := o.DeleteUser(t.Context(), admin, "gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ArchiveHome(t.Context(), admin, home.HomeID); err != nil {
		t.Fatal(err)
	}
	archives := filepath.Join(o.place.Dir(), ".atrium", "archives")
	if err := errors.Join(os.Remove(archives), os.WriteFile(archives, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := o.PackHomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := o.GetHome(t.Context(), admin, home.HomeID)
	if err != nil || v.State != hub.HomeThere || v.Problem == "" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := os.Stat(o.place.Path(home)); err != nil {
		t.Error(err)
	}
}

func TestRenamedPersonsHomeKnowsTheName(t *testing.T) {
	o := newSite(t).open(t, "a")
	admin := o.admin()
	o.create("ann")
	home := o.works("ann")
	name := "anna"
	if _, err := o.PatchUser(t.Context(), admin, "ann", people.UserPatch{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if err := o.TendHomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := o.place.Record(home.HomeID); err != nil || r.Owner.Name != "anna" {
		t.Errorf("%+v, %v", r, err)
	}
	o.wantHomes("all", hub.HomeQuery{}, "anna")
	if again := o.works("anna"); again.HomeID != home.HomeID {
		t.Errorf("%+v", again)
	}
}

// A hub that is killed before the database knows of a home finds it again.
func TestHomeMadeJustBeforeTheHubWasKilled(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	o.admin()
	o.create("ann")
	u := o.user("ann")
	r, err := o.place.Ensure(hub.HomeClaim{HomeID: "abcd", Owner: hub.HomeOwner{ID: u.ID, Created: u.Created, Name: "ann"}, Changed: o.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	o.put(r, "work")
	o.close()
	s.open(t, "a").works("ann", "work")
}

func TestAHomesFolderThatIsEmptyAllOfASudden(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	o.admin()
	o.create("ann")
	o.put(o.works("ann"), "work")
	o.close()
	full, empty := filepath.Join(s.dir, "homes"), filepath.Join(s.dir, "unmounted")
	if err := os.Rename(full, empty); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it does not get used to it
		o = s.open(t, "a")
		o.wantRefusal(o.err, hub.Unavailable, full, "1 homes", "not mounted", "--new-homes")
		o.close()
	}
	if err := errors.Join(os.RemoveAll(full), os.Rename(empty, full)); err != nil {
		t.Fatal(err)
	}
	s.open(t, "a").works("ann", "work")
}

func TestBeginningWithNewHomes(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	o.admin()
	o.create("ann", "bob")
	o.works("ann")
	o.close()
	if err := os.RemoveAll(filepath.Join(s.dir, "homes")); err != nil {
		t.Fatal(err)
	}
	o = s.open(t, "a")
	if _, err := o.OpenHomes(t.Context(), o.place, hub.Node{ID: s.node, Host: "here"}, true); err != nil {
		t.Fatal(err)
	}
	o.works("bob")
	if _, refused := o.run("ann"); !strings.Contains(refused, "atrium homes list --name ann") {
		t.Errorf("ann's server: %q", refused)
	}
	if _, err := o.DetachHome(t.Context(), o.by(adminToken), "ann"); err != nil {
		t.Fatal(err)
	}
	o.works("ann")
}

// The first start of the version in which homes know whose they are, without their disk:
// empty homes for everybody would look as if all work were lost.
func TestUpgradeWithoutTheDiskOfTheHomesIsRefused(t *testing.T) {
	s := newSite(t)
	old := &fixture{t: t, clock: s.clock, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock, o.URL = s.clock.Now, s.databases.URL("a")
	})}
	old.admin()
	old.create("ann", "bob")
	old.warm(old.by(adminToken), "ann", "") // before this version
	if err := old.DB.Close(); err != nil {
		t.Fatal(err)
	}
	o := s.open(t, "a")
	o.wantRefusal(o.err, hub.Unavailable, "is a disk not mounted", "--new-homes", filepath.Join(s.dir, "homes"))
	if _, err := o.OpenHomes(t.Context(), o.place, hub.Node{ID: s.node}, true); err != nil {
		t.Fatal(err)
	}
	o.works("bob")
	o.close()
	if o = s.open(t, "a"); o.err != nil {
		t.Error(o.err)
	}
}

func TestHomesOfAFormerVersionAreTheirPeoples(t *testing.T) {
	s := newSite(t)
	old := &fixture{t: t, clock: s.clock, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock, o.URL = s.clock.Now, s.databases.URL("a")
	})}
	old.admin()
	old.create("ann", "bob", "gone")
	folders := map[string]int64{"ann": old.user("ann").ID, "bob": old.user("bob").ID, "gone": old.user("gone").ID}
	if err := old.DeleteUser(t.Context(), old.by(adminToken), "gone"); err != nil {
		t.Fatal(err)
	}
	for name, id := range folders {
		path := filepath.Join(s.dir, "homes", string(rune('0'+id)))
		if err := errors.Join(os.MkdirAll(path, 0o700), os.WriteFile(filepath.Join(path, name+"s-work"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(path, 300_000+int(id), 300_000+int(id)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := old.DB.Close(); err != nil {
		t.Fatal(err)
	}
	o := s.open(t, "a")
	if o.err != nil || o.found.Adopted != 3 || o.found.Unowned != 1 {
		t.Fatalf("%+v, %v", o.found, o.err)
	}
	for _, name := range []string{"ann", "bob"} {
		if r := o.works(name, name+"s-work"); r.UID != 300_000+uint32(folders[name]) && os.Geteuid() == 0 {
			t.Errorf("%s has uid %d", name, r.UID)
		}
	}
	o.close()
	if o = s.open(t, "a"); o.found.Adopted != 0 || o.found.Unowned != 1 {
		t.Errorf("at the next start: %+v", o.found)
	}
}

func TestServersStartOnlyWhereTheirHomesAre(t *testing.T) {
	s := newSite(t)
	first := s.open(t, "a")
	first.admin()
	first.create("ann", "bob")
	first.works("ann")
	first.close()
	if err := os.Rename(filepath.Join(s.dir, "homes"), filepath.Join(s.dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	s.node = "second"
	second := s.open(t, "a")
	if second.err != nil || second.found.Elsewhere != 1 || len(second.found.Nodes) != 2 {
		t.Fatalf("%+v, %v", second.found, second.err)
	}
	if _, err := second.StartServer(t.Context(), second.by(adminToken), "ann", "", servers.StartRequest{}); err != nil {
		t.Fatal(err)
	}
	live, err := second.LiveServers(t.Context())
	if err != nil || len(live) != 1 || live[0].Place == "" || live[0].Place == second.HomesHere() {
		t.Fatalf("%+v, %v", live, err)
	}
	if why, err := second.Stranded(t.Context(), live[0]); why != "" || err != nil {
		t.Errorf("the first node was seen just now: %q, %v", why, err)
	}
	s.clock.Add(2 * time.Minute)
	why, err := second.Stranded(t.Context(), live[0])
	if err != nil || !strings.Contains(why, "host-of-node") || !strings.Contains(why, "The files of ann lie in") {
		t.Errorf("%q, %v", why, err)
	}
	if _, err := second.StopServer(t.Context(), second.by(adminToken), "ann", "", false); err != nil {
		t.Fatal(err)
	}
	if err := second.EndRun(t.Context(), live[0].ID, live[0].Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	second.works("bob")
}

// Monday's database knows the home in its folder; on Tuesday it was packed away.
func TestAHomePackedAwaySinceTheBackupComesBack(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "tuesday")
	admin := o.admin()
	o.create("bob", "cid")
	home, other := o.works("bob"), o.works("cid")
	o.put(home, "work")
	s.databases.Copy("tuesday", "monday")
	for name, h := range map[string]hub.HomeRecord{"bob": home, "cid": other} {
		if err := o.DeleteUser(t.Context(), admin, name); err != nil {
			t.Fatal(err)
		}
		if _, err := o.ArchiveHome(t.Context(), admin, h.HomeID); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.PackHomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.close()
	o = s.open(t, "monday")
	tend := func() {
		t.Helper()
		if err := errors.Join(o.TendHomes(t.Context()), o.PackHomes(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.place.Ensure(hub.HomeClaim{HomeID: home.HomeID, Owner: home.Owner, Changed: home.Changed}); !hub.Is(err, hub.Unavailable) ||
		!strings.Contains(err.Error(), "atrium homes attach "+home.HomeID+" bob") {
		t.Fatalf("a start: %v", err)
	}
	o.attach(home.HomeID, "bob")
	tend()
	o.works("bob", "work")
	// Nobody asked for the files of the other one.
	name := "sid"
	if _, err := o.PatchUser(t.Context(), o.by(adminToken), "cid", people.UserPatch{Name: &name}); err != nil {
		t.Fatal(err)
	}
	tend()
	if v, err := o.GetHome(t.Context(), o.by(adminToken), other.HomeID); err != nil || v.State != hub.HomeArchived || v.Problem != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

// slowPlace is a place whose lock another hub has, while what is to be packed changes.
type slowPlace struct {
	*homedir.Place
	before func()
}

func (s *slowPlace) Pack(ctx context.Context, id string, still func() error) (hub.HomeRecord, error) {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Place.Pack(ctx, id, still)
}

// Two hubs are told to pack a home away. When the second one's turn comes, the first has
// done so, and brought it back for somebody.
func TestAHomeThatBecameSomebodysMeanwhileIsNotPackedAway(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	admin := o.admin()
	o.create("bob", "gone")
	home := o.works("gone")
	o.put(home, "work")
	slow := &slowPlace{Place: o.place}
	if _, err := o.OpenHomes(t.Context(), slow, hub.Node{ID: "node", Host: "host"}, false); err != nil {
		t.Fatal(err)
	}
	if err := o.DeleteUser(t.Context(), admin, "gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ArchiveHome(t.Context(), admin, home.HomeID); err != nil {
		t.Fatal(err)
	}
	pack := func() {
		t.Helper()
		if err := o.PackHomes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	slow.before = func() {
		pack()
		o.attach(home.HomeID, "bob")
		pack()
	}
	pack()
	o.works("bob", "work")
}

// Monday's database says that the home is ann's, and its own record that it became bob's
// on Tuesday: nobody gets it until an administrator has said whose it is, either way.
func TestAHomeThatBecameSomebodyElsesSinceTheBackup(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "tuesday")
	admin := o.admin()
	o.create("ann", "bob")
	home := o.works("ann")
	o.put(home, "work")
	s.databases.Copy("tuesday", "monday")
	if _, err := o.DetachHome(t.Context(), admin, "ann"); err != nil {
		t.Fatal(err)
	}
	o.attach(home.HomeID, "bob")
	o.works("bob", "work")
	anns := o.works("ann")
	o.put(anns, "tuesdays-work")
	o.close()

	o = s.open(t, "monday")
	_, err := o.place.Ensure(hub.HomeClaim{HomeID: home.HomeID, Owner: home.Owner, Changed: home.Changed})
	if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "belongs to bob") || !strings.Contains(err.Error(), "atrium homes show "+home.HomeID) {
		t.Errorf("ann's start: %v", err)
	}
	o.wantHomes("unowned", hub.HomeQuery{Unowned: true}, "nobody, was ann")
	// This machine's clock is behind the one that wrote the record: it is told what is wrong, and
	// saying it again helps.
	o.attach(home.HomeID, "ann")
	if err := o.TendHomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := o.GetHome(t.Context(), o.by(adminToken), home.HomeID); err != nil || !strings.Contains(v.Problem, "belongs to bob") {
		t.Errorf("the problem is %q, %v", v.Problem, err)
	}
	o.attach(home.HomeID, "ann")
	o.works("ann", "work")
	s.clock.Add(time.Hour)
	o.attach(anns.HomeID, "ann") // Tuesday was right, after all
	o.works("ann", "tuesdays-work")
	o.attach(home.HomeID, "bob")
	o.works("bob", "work")
}

// The disk with the homes was lost, and came back as it was on Monday; the database did not.
func TestAHomeThatTheBackupOfTheFilesLacksIsNotBegunAnew(t *testing.T) {
	s := newSite(t)
	o := s.open(t, "a")
	admin := o.admin()
	o.create("ann", "zoe")
	ann, zoe := o.works("ann"), o.works("zoe")
	o.put(ann, "work")
	for _, r := range []hub.HomeRecord{ann, zoe} {
		if err := os.Remove(filepath.Join(o.place.Dir(), ".atrium", "records", r.HomeID+".json")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(o.place.Path(zoe)); err != nil {
		t.Fatal(err)
	}
	if _, refused := o.run("zoe"); !strings.Contains(refused, "have not been brought here") || !strings.Contains(refused, "atrium homes detach zoe") {
		t.Errorf("zoe's server: %q", refused)
	}
	if _, err := os.Lstat(o.place.Path(zoe)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty home was made: %v", err)
	}
	if again := o.works("ann", "work"); again.UID != ann.UID || again.HomeID != ann.HomeID { // whose files alone came back
		t.Errorf("ann had %+v, and has %+v", ann, again)
	}
	if _, err := o.DetachHome(t.Context(), admin, "zoe"); err != nil {
		t.Fatal(err)
	}
	o.works("zoe")
}
