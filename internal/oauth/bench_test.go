package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/oauth"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/testkit"
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
	kit      *testkit.Hub
	db       *store.DB
	app      *app.App
	provider *oauth.Provider
	ann      access.Requester
	clock    *testkit.Clock
}

func newBench(t *testing.T) *bench {
	t.Helper()
	clock := testkit.NewClock()
	kit := testkit.New(t, func(o *testkit.Options) {
		o.Clock = clock.Now
		o.Config.SessionAge, o.Config.OAuthAge = time.Hour, 2*time.Hour
	})
	b := &bench{t: t, kit: kit, db: kit.DB, app: kit.App, clock: clock}
	b.provider = oauth.New(b.app)
	b.server("ann", false, clientID, callback)
	b.server("bob", false, "jupyterhub-user-bob", "/user/bob/oauth_callback")
	b.user("root", true)
	b.ann = b.login("ann")
	return b
}

func (b *bench) advance(d time.Duration) { b.clock.Add(d) }

func (b *bench) update(fn func(ctx context.Context, tx data.Tx) error) {
	b.t.Helper()
	b.kit.Update(fn)
}

func (b *bench) user(name string, admin bool) hub.User {
	b.t.Helper()
	return b.kit.User(name, admin)
}

func (b *bench) server(name string, admin bool, client, uri string) {
	b.t.Helper()
	u := b.user(name, admin)
	b.update(func(ctx context.Context, tx data.Tx) error {
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

// allow lets ann's client have these scopes.
func (b *bench) allow(list ...string) {
	b.t.Helper()
	b.client(func(c *hub.OAuthClient) { c.AllowedScopes = list })
}

// register gives ann's client another address to send people back to.
func (b *bench) register(uri string) {
	b.t.Helper()
	b.client(func(c *hub.OAuthClient) { c.RedirectURI = uri })
}

func (b *bench) client(change func(*hub.OAuthClient)) {
	b.t.Helper()
	b.update(func(ctx context.Context, tx data.Tx) error {
		c, err := tx.OAuthClient(ctx, clientID)
		if err != nil {
			return err
		}
		change(&c)
		return tx.PutOAuthClient(ctx, c)
	})
}

// login opens a session of an hour.
func (b *bench) login(name string) access.Requester {
	b.t.Helper()
	session, login := hub.NewSecret(), hub.NewSecret()
	b.update(func(ctx context.Context, tx data.Tx) error {
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
