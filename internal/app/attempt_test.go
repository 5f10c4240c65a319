package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/hub"
)

// slowHasher lets something happen while a password waits to be checked.
type slowHasher struct {
	app.PasswordHasher
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
		Config: f.Config(), Store: f.DB, Relay: &app.Relay{}, Hasher: hasher, Clock: f.clock.Now, Logger: discard(),
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now}),
	})
	from := app.Browser{Address: "192.0.2.1"}
	attempts := map[string]func() error{
		"login": func() error { _, err := hub2.Login(t.Context(), "alice", "wonderland", from); return err },
		"token for a password": func() error {
			_, _, err := hub2.TokenByPassword(t.Context(), "alice", "wonderland", from)
			return err
		},
		"password in a body": func() error {
			r, err := hub2.PasswordRequester(t.Context(), "alice", "wonderland", from)
			if err == nil {
				_, err = hub2.CreateToken(t.Context(), &r, "alice", app.TokenRequest{})
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
