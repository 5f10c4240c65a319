package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/sharing"
	"github.com/atriumhub/atrium/internal/tokens"
)

// A student who makes something and takes it back, again and again, is told to wait before the
// log of changes has grown large; what takes something back goes on, and so does everybody else.
func TestAStudentCannotFillTheAuditLog(t *testing.T) {
	const most = 5
	rights, err := access.NewRights(nil, []scopes.Role{{Name: scopes.RoleUser, Scopes: []string{"self", "shares!user", "read:users:name"}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		make, back func(f *fixture, ctx context.Context, r *access.Requester) error
	}{
		"tokens": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.CreateToken(ctx, r, "alice", tokens.TokenRequest{})
				return err
			},
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				views, _, err := f.ListTokens(ctx, r, "alice", 0, 1)
				if err != nil || len(views) == 0 {
					return err
				}
				return f.DeleteToken(ctx, r, "alice", tokens.TokenID(views[0].Token))
			},
		},
		"starts": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.StartServer(ctx, r, "alice", "", servers.StartRequest{})
				return err
			},
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				s, err := f.StopServer(ctx, r, "alice", "", false)
				if err != nil || s.Phase != hub.Stopping {
					return err
				}
				return f.EndRun(ctx, s.ID, s.Fence, hub.EventStopped, "", "")
			},
		},
		"named servers": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.CreateServer(ctx, r, "alice", "x", servers.StartRequest{})
				return err
			},
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.StopServer(ctx, r, "alice", "x", true)
				return err
			},
		},
		"a server's name": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.PatchServer(ctx, r, "alice", "", servers.ServerPatch{Options: []byte(`{"a": 1}`)})
				return err
			},
			func(*fixture, context.Context, *access.Requester) error { return nil },
		},
		"share codes": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.CreateShareCode(ctx, r, "alice", "", nil, time.Hour)
				return err
			},
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				return f.DeleteShareCodes(ctx, r, "alice", "", "", "")
			},
		},
		"shares": {
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				_, err := f.GrantShare(ctx, r, "alice", "", sharing.ShareRequest{To: sharing.Recipient{User: "bob"}})
				return err
			},
			func(f *fixture, ctx context.Context, r *access.Requester) error {
				return f.RevokeShares(ctx, r, "alice", "")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *app.Config) { c.NamedLimit, c.OwnChanges, c.Rights = 5, most, rights })
			admin, alice := f.admin(), f.student("alice")
			bob := f.student("bob")
			ctx := t.Context()
			for n := range most {
				if err := try.make(f, ctx, alice); err != nil {
					t.Fatalf("the first ones, %d: %v", n, err)
				}
				if n < most-1 {
					if err := try.back(f, ctx, alice); err != nil {
						t.Fatalf("taking it back: %v", err)
					}
				}
			}
			if err := try.back(f, ctx, alice); err != nil {
				t.Errorf("taking back the last one: %v", err)
			}
			written := f.entries(admin)
			for range 3 {
				if err := try.make(f, ctx, alice); !hub.Is(err, hub.Limit) {
					t.Errorf("one too many: %v", err)
				}
				if err := try.back(f, ctx, alice); err != nil && !hub.Is(err, hub.NotFound) {
					t.Errorf("taking back what is not there: %v", err)
				}
			}
			if more := f.entries(admin) - written; more != 0 {
				t.Errorf("%d entries more", more)
			}
			if _, err := f.CreateToken(ctx, bob, "bob", tokens.TokenRequest{}); err != nil {
				t.Errorf("somebody else: %v", err)
			}
			if _, err := f.CreateToken(ctx, admin, "alice", tokens.TokenRequest{}); err != nil {
				t.Errorf("an administrator, for her: %v", err)
			}
			for range most + 1 {
				if _, err := f.CreateToken(ctx, admin, "admin", tokens.TokenRequest{}); err != nil {
					t.Errorf("an administrator: %v", err)
				}
			}
			f.clock.Add(24 * time.Hour)
			if err := try.make(f, ctx, alice); err != nil {
				t.Errorf("the next day: %v", err)
			}
		})
	}
}

// entries is how many entries there are.
func (f *fixture) entries(admin *access.Requester) int {
	f.t.Helper()
	entries, more, err := f.ListAudit(f.t.Context(), admin, hub.AuditQuery{Limit: 500})
	if err != nil || more {
		f.t.Fatal(more, err)
	}
	return len(entries)
}
