package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

// slowHasher lets something happen while a password waits to be checked.
type slowHasher struct {
	login.PasswordHasher
	rehash    bool
	meanwhile func()
}

func (h *slowHasher) Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error) {
	ok, rehash, err = h.PasswordHasher.Verify(ctx, hash, password)
	if fn := h.meanwhile; fn != nil {
		h.meanwhile = nil
		fn()
	}
	return ok, rehash || h.rehash, err
}

// A password that was right when it was read is of no use if it was changed, or all
// was revoked, before it had been checked.
func TestPasswordChangedDuringAnAttempt(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.PasswordTokens = true })
	admin := f.admin()
	f.create("alice")
	hasher := &slowHasher{PasswordHasher: f.Hasher}
	hub2 := app.New(app.Deps{
		Config: f.Config(), Store: f.DB, Relay: &mirror.Relay{}, Hasher: hasher, Clock: f.clock.Now, Logger: discard(),
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now}),
	})
	from := login.Browser{Address: "192.0.2.1"}
	attempts := map[string]func() error{
		"login": func() error { _, err := hub2.Login(t.Context(), "alice", "wonderland", from); return err },
		"token for a password": func() error {
			_, _, err := hub2.TokenByPassword(t.Context(), "alice", "wonderland", from)
			return err
		},
		"password in a body": func() error {
			r, err := hub2.PasswordRequester(t.Context(), "alice", "wonderland", from)
			if err == nil {
				_, err = hub2.CreateToken(t.Context(), &r, "alice", tokens.TokenRequest{})
			}
			return err
		},
	}
	change := func() {
		f.clock.Add(time.Microsecond)
		f.Password("alice", "looking glass")
	}
	for what, tc := range map[string]struct {
		meanwhile func()
		rehash    bool
		refused   bool
	}{
		"nothing":                              {},
		"a renewed hash":                       {rehash: true},
		"another password":                     {meanwhile: change, refused: true},
		"another password, and a renewed hash": {meanwhile: change, rehash: true, refused: true},
		"all revoked": {meanwhile: func() {
			if err := f.Revoke(t.Context(), admin, "alice"); err != nil {
				t.Error(err)
			}
		}, refused: true},
		"another login renews the hash": {
			meanwhile: func() {
				if _, err := hub2.Login(t.Context(), "alice", "wonderland", from); err != nil {
					t.Error(err)
				}
			},
			rehash: true,
		},
	} {
		for name, attempt := range attempts {
			f.Password("alice", "wonderland")
			hasher.meanwhile, hasher.rehash = tc.meanwhile, tc.rehash
			err := attempt()
			if refused := hub.Is(err, hub.Unauthenticated) || hub.Is(err, hub.Forbidden); refused != tc.refused || !refused && err != nil {
				t.Errorf("%s, meanwhile %s: %v", name, what, err)
			}
		}
	}
}

// absentStore cannot read a person inside a transaction that writes.
type absentStore struct{ data.Store }

func (s absentStore) Update(ctx context.Context, fn func(data.Tx) error) error {
	return s.Store.Update(ctx, func(tx data.Tx) error { return fn(absentTx{tx}) })
}

type absentTx struct{ data.Tx }

func (absentTx) UserByID(context.Context, int64) (hub.User, error) {
	return hub.User{}, hub.Errorf(hub.Unavailable, "the database is away")
}

// That the database fails does not make a right password a wrong one.
func TestLoginWhileTheDatabaseFails(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	hub2 := app.New(app.Deps{
		Config: f.Config(), Store: absentStore{f.DB}, Relay: &mirror.Relay{}, Hasher: f.Hasher, Clock: f.clock.Now, Logger: discard(),
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now}),
	})
	_, err := hub2.Login(t.Context(), "admin", adminPassword, login.Browser{Address: "192.0.2.1"})
	f.wantCode(err, hub.Unavailable)
}

// Whoever is told to change their password is logged out, so that nothing which is open
// goes on without it: by a change of the person, and in bulk.
func TestForcedChangeEndsSessions(t *testing.T) {
	f := newFixture(t, nil)
	admin, must := f.admin(), true
	f.create("alice")
	f.Password("alice", "wonderland")
	for what, force := range map[string]func() error{
		"patch": func() error {
			_, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{MustChange: &must})
			return err
		},
		"bulk": func() error {
			_, err := f.BulkUsers(t.Context(), admin, people.Request{Change: true, Rows: []people.UserRow{{Username: "alice", MustChange: &must}}})
			return err
		},
	} {
		in, err := f.login("alice", "wonderland")
		if err != nil {
			t.Fatal(err)
		}
		if err := force(); err != nil {
			t.Fatal(err)
		}
		if _, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie); ok {
			t.Errorf("%s: the session goes on", what)
		}
		again, err := f.login("alice", "wonderland")
		if err != nil || !again.MustChange {
			t.Errorf("%s: the next login: %+v, %v", what, again.MustChange, err)
		}
		f.Password("alice", "wonderland") // to begin with
	}
}
