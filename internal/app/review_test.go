package app_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/dummy"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
)

// Whoever has a name at the provider that is somebody else's here must not guess that person's
// password without being slowed down, by logging in at the provider in between.
func TestReviewVouchedLoginsResetNoThrottle(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	u.has("admin", "666", "admin")
	for i := range 60 {
		_, err := f.login("admin", fmt.Sprintf("guess %d", i))
		if hub.Is(err, hub.Limit) {
			return
		}
		if _, err := f.login("admin", atUniversity); hub.Is(err, hub.Limit) {
			return
		}
	}
	t.Error("60 guesses at the administrator's password, and nobody slowed them down")
}

// Where the hub's own passwords cannot be checked, an attempt is neither right nor wrong, also where
// another method does not know it.
func TestReviewUndecidedIsNotWrong(t *testing.T) {
	f := newFixture(t, func(c *app.Config) {
		c.Logins = login.Methods{
			{Slug: "dummy", Check: dummy.New("the one"), Names: login.NamesArePeople, Trial: true}, login.NativeMethod(),
		}
	})
	f.admin()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the browser goes away, or the hasher is busy: nobody has compared anything
	for range 20 {
		_, err := f.Login(ctx, "admin", adminPassword, login.Browser{Address: "192.0.2.1"})
		if err == nil {
			t.Fatal("it went through")
		}
	}
	if _, err := f.login("admin", adminPassword); err != nil {
		t.Errorf("after logins that nobody could check: %v", err)
	}
}

// A provider that was away has not made anybody guess.
func TestReviewAProviderThatComesBack(t *testing.T) {
	u := &university{}
	f := newFixture(t, func(c *app.Config) {
		c.Logins = login.Methods{{Slug: "uni", Check: u, Names: login.NamesSuggest}}
	})
	u.has("alice", "17", "alice")
	u.away = hub.Errorf(hub.Unavailable, "The university's directory does not answer.")
	for range 10 {
		_, err := f.login("alice", atUniversity)
		if !hub.Is(err, hub.Unavailable) {
			t.Fatalf("told %v instead of what is away", err)
		}
	}
	u.away = nil
	_, err := f.login("alice", atUniversity)
	f.must(err)
}

// A name decides nothing once bound.
func TestReviewABoundPersonMayBeCalledAnything(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	u.has("alice", "17", "alice")
	_, err := f.login("alice", atUniversity)
	f.must(err)
	u.has("alice", "17", "Alice/Müller <math>")
	_, err = f.login("alice", atUniversity)
	f.must(err)
}

// A subject that is missing is nobody's.
func TestReviewNoSubjectIsNobody(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	u.has("alice", "", "alice")
	u.has("bob", "", "bob")
	one, err := f.login("alice", atUniversity)
	if err != nil {
		return
	}
	two, err := f.login("bob", atUniversity)
	if err == nil && one.Requester.User.ID == two.Requester.User.ID {
		t.Errorf("bob is logged in as %s", two.Requester.User.Name)
	}
}

// Somebody in whose name others have been here has something that could be had.
func TestReviewNamesBindNobodyWhoHasBeenHere(t *testing.T) {
	for name, prepare := range map[string]func(f *fixture){
		"has tokens": func(f *fixture) { f.token("alice") },
		"has been here": func(f *fixture) { // by the trial login, or somebody has entered their server
			f.Update(func(ctx context.Context, tx data.Tx) error {
				u, err := tx.UserByName(ctx, "alice")
				return errors.Join(err, login.CloseClaim(ctx, tx, u))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, u := withUniversity(t, login.NamesBind)
			f.admin()
			f.create("alice")
			prepare(f)
			u.has("alice", "666", "alice")
			if in, err := f.login("alice", atUniversity); err == nil {
				t.Errorf("a stranger is %s, id %d", in.Requester.User.Name, in.Requester.User.ID)
			}
		})
	}
}

// A name to which the configuration promises rights is nobody's for the asking.
func TestReviewPromisedNamesAreNotForTheTaking(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	f.Policy.Promise(access.Promises{scopes.User("boss"): {scopes.RoleAdmin}})
	u.has("boss", "666", "boss")
	if in, err := f.login("boss", atUniversity); err == nil {
		t.Errorf("a stranger is %s, whom the configuration makes an administrator at the next start", in.Requester.User.Name)
	}
}

// The last administrator who can get in stays.
func TestReviewTheLastAdministratorWhoCanGetIn(t *testing.T) {
	f, u := withUniversity(t, login.NamesBind)
	admin := f.admin()
	f.create("boss")
	yes, no := true, false
	f.patch("boss", people.UserPatch{Admin: &yes}) // no password, no binding: names bind no administrator
	u.has("boss", "17", "boss")
	if _, err := f.login("boss", atUniversity); err == nil {
		t.Skip("boss gets in")
	}
	if _, err := f.PatchUser(t.Context(), admin, "admin", people.UserPatch{Admin: &no}); err == nil {
		t.Error("nobody can administer this hub any more")
	}
}

// Somebody who was let in again while they were being deleted is not told that their server was.
func TestReviewAServerThatIsThereWasNotDeleted(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.wantCode(f.DeleteUser(t.Context(), admin, "alice"), hub.Unavailable)
	no := false
	f.patch("alice", people.UserPatch{Suspended: &no})
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
	got := read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, s.ID) })
	if got.StopReason.Text() == "It was deleted." {
		t.Errorf("the page says: %s Its files are still there.", got.StopReason.Text())
	}
}
