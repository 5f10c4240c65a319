package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// flaky is a database that can be away or slow, and counts who looks something up.
type flaky struct {
	data.Store
	away  atomic.Bool
	views atomic.Int64
	gate  chan struct{} // where it is not nil, reads wait for it
}

func (s *flaky) View(ctx context.Context, fn func(data.Tx) error) error {
	s.views.Add(1)
	if s.gate != nil {
		<-s.gate
	}
	if s.away.Load() {
		return hub.Wrap(hub.Unavailable, errors.New("connection refused"), "the database is not available")
	}
	return s.Store.View(ctx, fn)
}

// second is another replica's App on the same database: it hears only what tell says.
func (f *fixture) second(db data.Store) (a *app.App, tell func(...data.Change)) {
	f.t.Helper()
	relay := &mirror.Relay{}
	a = app.New(app.Deps{Config: f.Config(), Store: db, Relay: relay, Hasher: f.Hasher, Clock: f.clock.Now, Logger: discard()})
	return a, relay.Apply
}

func (f *fixture) browser(name string) (session, login string) {
	f.t.Helper()
	f.Password(name, "password of "+name)
	in, err := f.login(name, "password of "+name)
	if err != nil {
		f.t.Fatal(err)
	}
	return in.SessionCookie, in.LoginCookie
}

// A revocation that nobody was told of holds within the age of an identity.
func TestIdentitiesAreReadAgain(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	token := f.token("alice")
	session, login := f.browser("alice")
	other, _ := f.second(f.DB)
	good := func() (byToken, byCookie bool) {
		_, byToken = other.Identities().ByToken(t.Context(), token)
		_, byCookie = other.Identities().ByCookies(t.Context(), session, login)
		return byToken, byCookie
	}
	if a, b := good(); !a || !b {
		t.Fatal("the credentials do not work")
	}
	if err := f.Revoke(t.Context(), f.by(adminToken), "alice"); err != nil {
		t.Fatal(err)
	}
	f.clock.Add(30 * time.Second)
	if a, b := good(); a || b {
		t.Errorf("half a minute after a lost revocation a token works: %t, a session: %t", a, b)
	}
}

// While the database is away, those who are known stay so, and of the others it is
// not said that they are nobody.
func TestIdentitiesWhileTheDatabaseIsAway(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice", "bob")
	known, unknown, revoked := f.token("alice"), f.token("bob"), f.token("alice")
	session, login := f.browser("alice")
	db := &flaky{Store: f.DB}
	other, tell := f.second(db)
	ids := other.Identities()
	check := func(when, token string, code hub.Code) {
		t.Helper()
		_, err := ids.TokenRequester(t.Context(), token)
		if got := hub.ErrorCode(err); got != code {
			t.Errorf("%s: %v", when, err)
		}
	}
	check("known", known, "")
	check("to be revoked", revoked, "")
	if _, err := ids.CookieRequester(t.Context(), []string{session}, []string{login}); err != nil {
		t.Fatal(err)
	}
	db.away.Store(true)
	tell(data.Change{Kind: data.Resync}, data.Change{Kind: data.TokenRevoked, Key: hub.HashSecret(revoked)})
	for _, d := range []time.Duration{0, time.Minute, time.Hour} {
		f.clock.Add(d)
		check("known, away for "+d.String(), known, "")
		check("unknown, away for "+d.String(), unknown, hub.Unavailable)
		check("revoked, away for "+d.String(), revoked, hub.Unavailable)
		if _, err := ids.Session(t.Context(), session); err != nil {
			t.Error("a notebook's cookie is nobody's")
		}
		if _, err := ids.CookieRequester(t.Context(), []string{session}, []string{login}); err != nil {
			t.Error(err)
		}
		_, err := ids.CookieRequester(t.Context(), []string{hub.NewSecret()}, []string{login})
		f.wantCode(err, hub.Unavailable)
	}
	before := db.views.Load()
	for range 100 {
		check("asked often", known, "")
	}
	if n := db.views.Load() - before; n > 1 {
		t.Errorf("a database that is away was asked %d times at once for one who is known", n)
	}
	if err := f.Revoke(t.Context(), f.by(adminToken), "alice"); err != nil {
		t.Fatal(err)
	}
	db.away.Store(false)
	f.clock.Add(2 * time.Second)
	check("revoked meanwhile", known, hub.Unauthenticated)
	check("known again", unknown, "")
}

// A database that is away is no reason to go on with what is revoked while it is asked.
func TestRevokedDuringALookupThatFails(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	id := f.by(f.token("alice")).User.ID
	for name, said := range map[string]func(token string) data.Change{
		"the token": func(token string) data.Change {
			return data.Change{Kind: data.TokenRevoked, Key: hub.HashSecret(token)}
		},
		"the person": func(string) data.Change { return data.Change{Kind: data.UserChanged, ID: id, UserID: id} },
	} {
		token := f.token("alice")
		db := &flaky{Store: f.DB}
		other, tell := f.second(db)
		if _, ok := other.Identities().ByToken(t.Context(), token); !ok {
			t.Fatal("the token does not work")
		}
		f.clock.Add(time.Minute)
		db.gate = make(chan struct{})
		db.away.Store(true)
		before := db.views.Load()
		answer := make(chan error)
		go func() {
			_, err := other.Identities().TokenRequester(t.Context(), token)
			answer <- err
		}()
		for db.views.Load() == before {
			time.Sleep(time.Millisecond)
		}
		tell(said(token))
		close(db.gate)
		if err := <-answer; !hub.Is(err, hub.Unavailable) {
			t.Errorf("%s, revoked meanwhile: %v", name, err)
		}
	}
}

// A Resync says that something may have been missed, so everything is read again.
func TestIdentitiesAfterAResync(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	token := f.token("alice")
	other, tell := f.second(f.DB)
	if _, ok := other.Identities().ByToken(t.Context(), token); !ok {
		t.Fatal("the token does not work")
	}
	if err := f.Revoke(t.Context(), f.by(adminToken), "alice"); err != nil {
		t.Fatal(err)
	}
	tell(data.Change{Kind: data.Resync})
	if _, ok := other.Identities().ByToken(t.Context(), token); ok {
		t.Error("a revoked token outlived a Resync")
	}
}

// What has not the form of ours is not looked up, each cookie only once, and what is
// nobody's not again and again.
func TestLookupsOfUnknownCredentials(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	db := &flaky{Store: f.DB}
	other, tell := f.second(db)
	ids := other.Identities()
	reads := func(fn func()) int64 {
		before := db.views.Load()
		fn()
		return db.views.Load() - before
	}
	if n := reads(func() {
		for _, secret := range []string{"x", "atr_", "atr_" + hub.NewSecret() + "x", hub.NewSecret()[1:] + "!"} {
			if secret[:1] != "x" {
				_, _ = ids.ByToken(t.Context(), "atr_"+secret)
			}
			_, _ = ids.ByCookies(t.Context(), secret, hub.NewSecret())
		}
	}); n != 0 {
		t.Errorf("what cannot be ours was looked up %d times", n)
	}
	four := func() (list []string) {
		for range 4 {
			list = append(list, hub.NewSecret())
		}
		return list
	}
	sessions := four()
	if n := reads(func() { _, _ = ids.CookieRequester(t.Context(), sessions, four()) }); n != 4 {
		t.Errorf("four session cookies and four login cookies cost %d lookups", n)
	}
	if n := reads(func() { _, _ = ids.CookieRequester(t.Context(), sessions, four()) }); n != 0 {
		t.Errorf("the same again cost %d lookups", n)
	}
	tell(data.Change{Kind: data.UserChanged, ID: 1, UserID: 1})
	if n := reads(func() { _, _ = ids.CookieRequester(t.Context(), sessions, four()) }); n != 4 {
		t.Errorf("after a change, the same cost %d lookups", n)
	}
	f.clock.Add(time.Minute)
	if n := reads(func() { _, _ = ids.CookieRequester(t.Context(), sessions, four()) }); n != 4 {
		t.Errorf("later, the same cost %d lookups", n)
	}
}

// A token that somebody chose works from the moment that it is applied, whoever tried
// it before.
func TestTriedBeforeItWasMade(t *testing.T) {
	f := newFixture(t, nil)
	if f.works(adminToken) {
		t.Fatal("works before it is made")
	}
	f.apply(adminPassword, adminToken)
	if !f.works(adminToken) {
		t.Error("does not work")
	}
}

// Those who come with anything wait for few readers, and are told that it takes too
// long; those who are known have others.
func TestBoundOnLookups(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	token := f.token("alice")
	db := &flaky{Store: f.DB}
	other, _ := f.second(db)
	if _, ok := other.Identities().ByToken(t.Context(), token); !ok {
		t.Fatal("the token does not work")
	}
	db.gate = make(chan struct{})
	before := db.views.Load()
	var wg sync.WaitGroup
	var busy atomic.Int64
	impatient, leave := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer leave()
	for n := range 20 {
		wg.Go(func() {
			_, err := other.Identities().TokenRequester(impatient, hub.NewToken())
			if hub.Is(err, hub.Unavailable) {
				busy.Add(1)
			}
		})
		if n < 2 { // whoever comes before a read begins is read with others
			f.until("a stranger reads", func() bool { return db.views.Load()-before > int64(n) })
		}
	}
	f.until("the others are told that it takes too long", func() bool { return busy.Load() >= 18 })
	if n := db.views.Load() - before; n != 2 {
		t.Errorf("%d strangers read at a time", n)
	}
	f.clock.Add(time.Minute)
	wg.Go(func() {
		if _, ok := other.Identities().ByToken(t.Context(), token); !ok {
			t.Error("somebody known was turned away")
		}
	})
	f.until("somebody known reads, too", func() bool { return db.views.Load()-before >= 3 })
	close(db.gate)
	wg.Wait()
}

// slowly is a database to which the way takes a moment.
type slowly struct {
	data.Store
	views atomic.Int64
}

func (s *slowly) View(ctx context.Context, fn func(data.Tx) error) error {
	s.views.Add(1)
	time.Sleep(2 * time.Millisecond) // what it costs to ask it at all
	return s.Store.View(ctx, fn)
}

// After a restart of the hub all open notebooks ask at once who their people are, whatever
// strangers ask meanwhile: they are looked up together, and nobody is taken for a stranger.
func TestEverybodyComesBackAfterARestart(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	const people = 600
	names := make([]string, people)
	for n := range names {
		names[n] = fmt.Sprintf("p%04d", n)
	}
	f.create(names...)
	sessions, tokens := make([]string, people), make([]string, people)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		for n, name := range names {
			u, err := tx.UserByName(ctx, name)
			if err != nil {
				return err
			}
			sessions[n], tokens[n] = hub.NewSecret(), hub.TokenPrefix+hub.NewSecret()
			if err := tx.CreateSession(ctx, hub.Session{ID: hub.HashSecret(sessions[n]), UserID: u.ID, Expires: tx.Now().Add(time.Hour)}); err != nil {
				return err
			}
			if _, err := tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: hub.HashSecret(tokens[n]), Scopes: []string{"inherit"}}); err != nil {
				return err
			}
		}
		return nil
	})
	db := &slowly{Store: f.DB}
	other, _ := f.second(db)
	ids := other.Identities()
	var all sync.WaitGroup
	for n := range people {
		all.Go(func() {
			if _, err := ids.Session(t.Context(), sessions[n]); err != nil {
				t.Errorf("%s by their session: %v", names[n], err)
			}
		})
		all.Go(func() {
			if r, err := ids.TokenRequester(t.Context(), tokens[n]); err != nil || r.Name() != names[n] {
				t.Errorf("%s by their token: %s, %v", names[n], r.Name(), err)
			}
		})
		all.Go(func() {
			if _, err := ids.Token(t.Context(), hub.TokenPrefix+hub.NewSecret()); !hub.Is(err, hub.Unauthenticated) {
				t.Errorf("a stranger: %v", err)
			}
		})
	}
	all.Wait()
	if n := db.views.Load(); n > 3*people/10 {
		t.Errorf("%d people by session and token, and as many strangers, cost %d reads", people, n)
	}
}
