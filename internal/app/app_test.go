package app_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/testkit"
	"github.com/atriumhub/atrium/internal/tokens"
)

type fixture struct {
	*testkit.Hub
	t     *testing.T
	clock *testkit.Clock
}

func newFixture(t *testing.T, change func(*app.Config)) *fixture {
	t.Helper()
	c := testkit.NewClock()
	return &fixture{t: t, clock: c, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock = c.Now
		if change != nil {
			change(&o.Config)
		}
	})}
}

const adminToken, adminPassword = "the-admins-token", "correct horse"

// admin sets up the administrator and gives them as a requester.
func (f *fixture) admin() *access.Requester {
	f.t.Helper()
	f.apply(adminPassword, adminToken)
	return f.by(adminToken)
}

func (f *fixture) apply(password, token string) bool {
	f.t.Helper()
	done, err := f.ApplyAdmin(f.t.Context(), bootstrap.AdminCredentials{Username: "admin", Password: password, Token: token})
	if err != nil {
		f.t.Fatal(err)
	}
	return done.Changed
}

func (f *fixture) by(token string) *access.Requester {
	f.t.Helper()
	r, ok := f.Identities().ByToken(f.t.Context(), token)
	if !ok {
		f.t.Fatalf("the token %s does not work", token)
	}
	return &r
}

func (f *fixture) works(token string) bool {
	_, ok := f.Identities().ByToken(f.t.Context(), token)
	return ok
}

func (f *fixture) create(names ...string) {
	f.t.Helper()
	if _, err := f.CreateUsers(f.t.Context(), f.by(adminToken), names, false); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) token(name string) string {
	f.t.Helper()
	v, err := f.CreateToken(f.t.Context(), f.by(adminToken), name, tokens.TokenRequest{})
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Secret
}

func (f *fixture) login(name, password string) (login.LoggedIn, error) {
	return f.Login(f.t.Context(), name, password, login.Browser{Address: "192.0.2.1"})
}

func (f *fixture) wantCode(err error, code hub.Code) {
	f.t.Helper()
	if !hub.Is(err, code) {
		f.t.Errorf("got %v (%s), want %s", err, hub.ErrorCode(err), code)
	}
}

// audited are the audit entries of a request, oldest first.
func (f *fixture) audited(requestID string) (entries []hub.AuditEntry) {
	f.t.Helper()
	err := f.DB.View(f.t.Context(), func(tx data.Tx) (err error) {
		entries, err = tx.ListAudit(f.t.Context(), hub.AuditQuery{RequestID: requestID, Limit: 10_000})
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	slices.Reverse(entries)
	return entries
}

// auditActions counts the audit entries of a request by action.
func (f *fixture) auditActions(requestID string) map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	for _, e := range f.audited(requestID) {
		counts[e.Action]++
	}
	return counts
}

// until waits until something is so.
func (f *fixture) until(what string, so func() bool) {
	f.t.Helper()
	for range 2000 {
		if so() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.t.Fatalf("%s: not within 10 s", what)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
