package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

// university is a provider of logins: subjects by the names that people type. All have one
// password there.
type university struct {
	mu   sync.Mutex
	ids  map[string]hub.Identity
	away error
}

const atUniversity = "theirs at the university"

func (u *university) Authenticate(_ context.Context, name, password string) (hub.Identity, bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	id, there := u.ids[name]
	return id, there && password == atUniversity, u.away
}

func (u *university) has(name, subject, called string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = map[string]hub.Identity{}
	}
	u.ids[name] = hub.Identity{Subject: subject, Name: called}
}

func withUniversity(t *testing.T, names login.NameTrust) (*fixture, *university) {
	t.Helper()
	u := &university{}
	return newFixture(t, func(c *app.Config) {
		c.ClaimAge = 14 * 24 * time.Hour
		c.Logins = login.Methods{{Slug: "uni", Check: u, Names: names}, login.NativeMethod()}
	}), u
}

// A name alone makes nobody somebody who is there: only who was made beforehand, and has nothing
// that could be had by it, is bound, and only where the names are trusted with that.
func TestANameMakesNobodySomebodyElse(t *testing.T) {
	yes := true
	for name, tc := range map[string]struct {
		prepare func(f *fixture, u *university)
		binds   bool // where names bind
	}{
		"made beforehand": {func(*fixture, *university) {}, true},
		"with a password": {func(f *fixture, _ *university) {
			f.must(f.SetPassword(f.t.Context(), f.admin(), "alice", "a good long one", false))
		}, false},
		"an administrator":   {func(f *fixture, _ *university) { f.patch("alice", people.UserPatch{Admin: &yes}) }, false},
		"suspended":          {func(f *fixture, _ *university) { f.patch("alice", people.UserPatch{Suspended: &yes}) }, false},
		"with a role":        {func(f *fixture, _ *university) { f.teaches("alice", "physics") }, false},
		"bound to another":   {func(f *fixture, _ *university) { f.bind("uni", "99", "alice") }, false},
		"bound by others":    {func(f *fixture, _ *university) { f.bind("github", "17", "alice") }, false},
		"in a group":         {func(f *fixture, _ *university) { f.joins("alice", "class") }, true},
		"renamed to it here": {func(f *fixture, _ *university) { f.create("bob"); f.rename("alice", "carol"); f.rename("bob", "alice") }, true},
	} {
		for trust, binds := range map[login.NameTrust]bool{login.NamesSuggest: false, login.NamesBind: tc.binds} {
			t.Run(name, func(t *testing.T) {
				f, u := withUniversity(t, trust)
				f.admin()
				f.create("alice")
				tc.prepare(f, u)
				was := f.user("alice")
				u.has("alice", "17", "alice")
				in, err := f.login("alice", atUniversity)
				if binds {
					f.must(err)
					if in.Requester.User.ID != was.ID {
						t.Errorf("logged in as %d, not %d", in.Requester.User.ID, was.ID)
					}
					return
				}
				f.wantCode(err, hub.Forbidden)
				if !strings.Contains(err.Error(), "administrator of this hub can rename it") {
					t.Errorf("it does not say what to do: %v", err)
				}
			})
		}
	}
}

func (f *fixture) patch(name string, p people.UserPatch) {
	f.t.Helper()
	_, err := f.PatchUser(f.t.Context(), f.admin(), name, p)
	f.must(err)
}

func (f *fixture) rename(name, to string) {
	f.t.Helper()
	f.patch(name, people.UserPatch{Name: &to})
}

func (f *fixture) joins(name, group string) {
	f.t.Helper()
	admin := f.admin()
	_, err := f.CreateGroup(f.t.Context(), admin, group, []string{name})
	f.must(err)
}

func (f *fixture) bind(provider, subject, name string) {
	f.t.Helper()
	id := f.user(name).ID
	f.must(f.DB.Update(f.t.Context(), func(tx data.Tx) error {
		return tx.BindIdentity(f.t.Context(), hub.Identity{Provider: provider, Subject: subject, Name: name, UserID: id})
	}))
}

// Who has been here is known by their subject: whatever they are called now, there or here, and
// whoever is called so there now.
func TestSomebodyIsKnownByTheirSubject(t *testing.T) {
	f, u := withUniversity(t, login.NamesBind)
	f.admin()
	u.has("alice", "17", "Alice")
	first, err := f.login("alice", atUniversity)
	f.must(err)
	if got := first.Requester.User.Name; got != "alice" {
		t.Errorf("called %s", got)
	}
	u.has("alice", "18", "alice") // the name goes to somebody else, and she has a new one
	u.has("countess", "17", "countess")
	if _, err := f.login("alice", atUniversity); !hub.Is(err, hub.Forbidden) {
		t.Errorf("somebody else by her name: %v", err)
	}
	again, err := f.login("countess", atUniversity)
	f.must(err)
	if again.Requester.User.ID != first.Requester.User.ID || again.Requester.User.Name != "alice" {
		t.Errorf("she is taken for %+v", again.Requester.User)
	}
	bound := read(f, func(ctx context.Context, tx data.Tx) (hub.Identity, error) { return tx.Identity(ctx, "uni", "17") })
	if bound.Name != "countess" {
		t.Errorf("the hub does not know what she is called there: %+v", bound)
	}
	if actions := f.auditActions(""); actions["user.bind"] != 1 {
		t.Errorf("bindings in the audit log: %v", actions)
	}
	// Somebody who is deleted and comes again inherits nothing.
	f.must(f.DeleteUser(t.Context(), f.admin(), "alice"))
	later, err := f.login("countess", atUniversity)
	f.must(err)
	if later.Requester.User.ID == first.Requester.User.ID || later.Requester.User.Name != "countess" {
		t.Errorf("she is taken for %+v", later.Requester.User)
	}
}

// Somebody who is suspended stays out, whoever vouches for them; and a program's credentials make
// nobody.
func TestVouchedLoginsThatAreRefused(t *testing.T) {
	f, u := withUniversity(t, login.NamesBind)
	f.admin()
	u.has("alice", "17", "alice")
	_, _, err := f.CheckPassword(t.Context(), "alice", atUniversity, login.Browser{}, false)
	f.wantCode(err, hub.Unauthenticated)
	_, err = f.login("alice", "something else")
	f.wantCode(err, hub.Unauthenticated)
	_, err = f.login("alice", atUniversity)
	f.must(err)
	_, _, err = f.CheckPassword(t.Context(), "alice", atUniversity, login.Browser{}, false)
	f.must(err)
	yes := true
	f.patch("alice", people.UserPatch{Suspended: &yes})
	_, err = f.login("alice", atUniversity)
	f.wantCode(err, hub.Unauthenticated)
	u.has("odd", "20", "no/slashes")
	_, err = f.login("odd", atUniversity)
	f.wantCode(err, hub.Forbidden)
}

// While a provider is away, whoever has a password of the hub's own comes in, and others are told
// what is away; nobody can try passwords of the hub's own without being slowed down.
func TestAProviderThatIsAway(t *testing.T) {
	f, u := withUniversity(t, login.NamesBind)
	f.admin()
	u.away = hub.Errorf(hub.Unavailable, "The university's directory does not answer.")
	_, err := f.login("admin", adminPassword)
	f.must(err)
	_, err = f.login("alice", atUniversity)
	f.wantCode(err, hub.Unavailable)
	if !strings.Contains(err.Error(), "university's directory") {
		t.Errorf("it says %v", err)
	}
	slowed := slices.ContainsFunc(make([]int, 50), func(int) bool {
		_, err := f.login("admin", "a guess")
		return hub.Is(err, hub.Limit)
	})
	if !slowed {
		t.Error("50 guesses, and nobody slowed them down")
	}
}

// Somebody new who logs in many times at once is made once.
func TestManyFirstLoginsAtOnceMakeOnePerson(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	u.has("alice", "17", "alice")
	ids := make([]int64, 4)
	var logins sync.WaitGroup
	for i := range ids {
		logins.Go(func() {
			in, err := f.login("alice", atUniversity)
			if err != nil {
				t.Error(err)
			}
			ids[i] = in.Requester.User.ID
		})
	}
	logins.Wait()
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
		t.Errorf("they are %v", ids)
	}
}

// Whoever has a name at the provider that is somebody else's here must not guess that person's
// password without being slowed down, by logging in at the provider in between.
func TestVouchedLoginsResetNoThrottle(t *testing.T) {
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
func TestUndecidedIsNotWrong(t *testing.T) {
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
func TestAProviderThatComesBack(t *testing.T) {
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
func TestABoundPersonMayBeCalledAnything(t *testing.T) {
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
func TestNoSubjectIsNobody(t *testing.T) {
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
func TestNamesBindNobodyWhoHasBeenHere(t *testing.T) {
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
func TestPromisedNamesAreNotForTheTaking(t *testing.T) {
	f, u := withUniversity(t, login.NamesSuggest)
	f.admin()
	f.Policy.Promise(access.Promises{scopes.User("boss"): {scopes.RoleAdmin}})
	u.has("boss", "666", "boss")
	if in, err := f.login("boss", atUniversity); err == nil {
		t.Errorf("a stranger is %s, whom the configuration makes an administrator at the next start", in.Requester.User.Name)
	}
}

// The last administrator who can get in stays.
func TestTheLastAdministratorWhoCanGetIn(t *testing.T) {
	f, u := withUniversity(t, login.NamesBind)
	f.admin()
	f.create("boss")
	yes, no := true, false
	f.patch("boss", people.UserPatch{Admin: &yes}) // no password, no binding: names bind no administrator
	u.has("boss", "17", "boss")
	if _, err := f.login("boss", atUniversity); err == nil {
		t.Skip("boss gets in")
	}
	if _, err := f.PatchUser(t.Context(), f.service(), "admin", people.UserPatch{Admin: &no}); err == nil {
		t.Error("nobody can administer this hub any more")
	}
}
