package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	clientID = "jupyterhub-user-ann"
	secret   = "the server's own token"
	callback = "/user/ann/oauth_callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
)

// bench is a provider over the real use cases and a real database, with ann, her
// server and its client, bob with another, and an administrator.
type bench struct {
	t        *testing.T
	db       *store.DB
	app      *app.App
	provider *oauth.Provider
	ann      app.Requester

	mu  sync.Mutex
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	relay := &app.Relay{Next: bus.New(log)}
	var err error
	b.db, err = store.Open(t.Context(), store.Options{
		URL: "sqlite://" + filepath.Join(t.TempDir(), "atrium.sqlite"), Clock: b.clock, Bus: relay, Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	b.app = app.New(app.Deps{
		Config: app.Config{Base: "/", NamedLimit: -1, SessionAge: time.Hour, OAuthAge: 2 * time.Hour},
		Store:  b.db, Relay: relay, Clock: b.clock, Logger: log,
	})
	b.provider = oauth.New(b.app)
	b.server("ann", false, clientID, callback)
	b.server("bob", false, "jupyterhub-user-bob", "/user/bob/oauth_callback")
	b.user("root", true)
	b.ann = b.login("ann")
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) update(fn func(ctx context.Context, tx app.Tx) error) {
	b.t.Helper()
	if err := b.db.Update(b.t.Context(), func(tx app.Tx) error { return fn(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) user(name string, admin bool) (u hub.User) {
	b.t.Helper()
	b.update(func(ctx context.Context, tx app.Tx) error {
		made, err := tx.CreateUsers(ctx, []string{name}, admin)
		if err == nil {
			u = made[0]
		}
		return err
	})
	return u
}

func (b *bench) server(name string, admin bool, client, uri string) {
	b.t.Helper()
	u := b.user(name, admin)
	b.update(func(ctx context.Context, tx app.Tx) error {
		s, err := tx.CreateServer(ctx, hub.Server{UserID: u.ID, UserName: name, Options: []byte(`{}`), Phase: hub.Stopped, PhaseSince: tx.Now()})
		if err != nil {
			return err
		}
		return tx.PutOAuthClient(ctx, hub.OAuthClient{
			ID: client, SecretHash: hub.HashSecret(secret), RedirectURI: uri, Description: "Server at /user/" + name + "/",
			AllowedScopes: []string{"read:users!user"}, ServerID: s.ID, OwnerID: u.ID,
		})
	})
}

// login opens a session of an hour.
func (b *bench) login(name string) app.Requester {
	b.t.Helper()
	session, login := hub.NewSecret(), hub.NewSecret()
	b.update(func(ctx context.Context, tx app.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.CreateSession(ctx, hub.Session{
			ID: hub.HashSecret(session), LoginHash: hub.HashSecret(login), UserID: u.ID,
			Created: tx.Now(), LastSeen: tx.Now(), Expires: tx.Now().Add(time.Hour),
		})
	})
	who, ok := b.app.Identities().ByCookies(b.t.Context(), session, login)
	if !ok {
		b.t.Fatal("a fresh session is not good")
	}
	return who
}

// change puts pairs into values; a pair with the value "-" takes the key away, and
// a key given twice is there twice.
func change(values url.Values, pairs ...string) url.Values {
	seen := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		switch {
		case value == "-":
			values.Del(key)
		case seen[key]:
			values.Add(key, value)
		default:
			values.Set(key, value)
		}
		seen[key] = true
	}
	return values
}

func ask(pairs ...string) url.Values {
	return change(url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"a b/+=&?#ü"},
	}, pairs...)
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// code gets a code for ann's server.
func (b *bench) code(pairs ...string) string {
	b.t.Helper()
	target, confirm, err := b.provider.Authorize(b.t.Context(), &b.ann, ask(pairs...))
	if err != nil || confirm != nil {
		b.t.Fatalf("%v, %v", confirm, err)
	}
	code := answered(b.t, target).Get("code")
	if code == "" {
		b.t.Fatalf("no code in %s", target)
	}
	return code
}

func answered(t *testing.T, target string) url.Values {
	t.Helper()
	uri, query, _ := strings.Cut(target, "?")
	if uri != callback {
		t.Fatalf("the browser is sent to %s", target)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func form(code string, pairs ...string) url.Values {
	return change(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {clientID}, "client_secret": {secret},
		"code": {code}, "redirect_uri": {callback},
	}, pairs...)
}
