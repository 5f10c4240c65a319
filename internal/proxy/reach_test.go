package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	bobsSession = "Cookie: jupyterhub-session-id=session-of-bob"
	bobsToken   = hub.TokenPrefix + "of-bob"
)

// guests says which credentials, by their hashes, give access to others' servers.
func guests(p *people, hashes ...string) func(*Options) {
	p.access = map[string]bool{}
	for _, h := range hashes {
		p.access[h] = true
	}
	return func(o *Options) { o.MayAccess = p.mayReach }
}

// Who loses their access to somebody's server loses their open connections to it, and
// nobody else does.
func TestLosingAccessClosesWebsockets(t *testing.T) {
	for name, c := range map[string]struct {
		with []string
		lost []string
		ends bool
	}{
		"by a session":           {[]string{bobsSession}, []string{"hash-of-bob"}, true},
		"by a token":             {[]string{"Authorization: token " + bobsToken}, []string{"hash-of-bobs-token"}, true},
		"one of two still gives": {[]string{bobsSession, "Authorization: token " + bobsToken}, []string{"hash-of-bob"}, false},
		"of two neither gives":   {[]string{bobsSession, "Authorization: token " + bobsToken}, []string{"hash-of-bob", "hash-of-bobs-token"}, true},
		"another's is lost":      {[]string{bobsSession}, []string{"hash-of-carol"}, false},
	} {
		for change, of := range map[string]data.Change{
			"their change": {Kind: data.UserChanged, ID: 2, UserID: 2}, "missed changes": {Kind: data.Resync},
		} {
			t.Run(name+", "+change, func(t *testing.T) {
				w := newWorld(t, newEcho().ServeHTTP, func(o *Options) {
					guests(o.Identities.(*people), "hash-of-bob", "hash-of-bobs-token", "hash-of-carol")(o)
				})
				guest := w.dial(context.Background(), c.with...)
				owner := w.dial(context.Background(), withSession)
				says(t, guest, "hello")
				w.people.deny(c.lost...)
				w.proxy.Apply(of)
				if c.ends {
					closedWith(t, guest, policyViolation)
				} else {
					says(t, guest, "still here")
				}
				says(t, owner, "still here")
			})
		}
	}
}

// Whom the server lets in without the hub's word is the server's business.
func TestGuestsOfTheServerItselfStay(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP, func(o *Options) { guests(o.Identities.(*people))(o) })
	guest := w.dial(context.Background(), bobsSession)
	w.proxy.Apply(data.Change{Kind: data.UserChanged, ID: 2, UserID: 2})
	w.proxy.Apply(data.Change{Kind: data.Resync})
	says(t, guest, "still here")
}

// A database that is away takes nobody's access.
func TestAccessWhileTheDatabaseIsAway(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP, func(o *Options) {
		guests(o.Identities.(*people), "hash-of-bob")(o)
	})
	guest := w.dial(context.Background(), bobsSession)
	w.people.setUnavailable(true)
	w.people.forget("session-of-bob")
	w.proxy.Apply(data.Change{Kind: data.Resync})
	says(t, guest, "still here")
}

// Somebody of whom nobody can tell who they are is told to come back: their server would
// take them for a stranger, and what they came with would be lost.
func TestWhoCannotBeLookedUpIsNoStranger(t *testing.T) {
	var asked atomic.Int64
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	kept := w.people.sessions[aliceSession]
	w.people.setUnavailable(true)
	w.people.forget(aliceSession)
	for path, headers := range map[string][]string{
		"/user/alice/lab":             {withSession},
		"/user/alice/api/contents":    {withSession},
		"/user/alice/api/status":      {"Authorization: token " + hub.TokenPrefix + "unknown"},
		"/user/alice/?token=unknown":  {},
		"/user/alice/api/kernels/1/c": {withSession, "Connection: Upgrade", "Upgrade: websocket"},
	} {
		got, text := w.get(path, headers...)
		if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v %s", path, got.StatusCode, got.Header, text)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
	if got, _ := w.get("/user/alice/lab"); got.StatusCode != http.StatusOK || asked.Load() != 1 {
		t.Errorf("somebody who brings nothing along: %d", got.StatusCode)
	}
	if got, _ := w.get("/user/alice/lab", withSession, "Authorization: token "+aliceToken); got.StatusCode != http.StatusOK {
		t.Errorf("somebody who is known by something else: %d", got.StatusCode)
	}
	w.people.setUnavailable(false)
	w.people.sessions[aliceSession] = kept
	if got, _ := w.get("/user/alice/lab", withSession); got.StatusCode != http.StatusOK {
		t.Errorf("once they can be looked up: %d", got.StatusCode)
	}
}

// What the server remembers of somebody does not let them in again: its own cookie
// stays behind, and a websocket's token.
func TestWithoutAccessNothingIsRemembered(t *testing.T) {
	w := newWorld(t, mirror, func(o *Options) { guests(o.Identities.(*people), "hash-of-bob", "hash-of-bobs-token")(o) })
	const own = "; jupyterhub-user-alice=own"
	upgrade := []string{"Connection: Upgrade", "Upgrade: websocket"}
	for _, access := range []bool{true, false} {
		if !access {
			w.people.deny("hash-of-bob", "hash-of-bobs-token")
		}
		want := "jupyterhub-session-id=session-of-bob"
		if access {
			want += own
		}
		if got := w.mirrored("/user/alice/lab", bobsSession+own).Header.Get("Cookie"); got != want {
			t.Errorf("access %t: the server sees the cookies %q", access, got)
		}
		auth := "token " + bobsToken
		if got := w.mirrored("/user/alice/api", "Authorization: "+auth).Header.Get("Authorization"); got != auth {
			t.Errorf("access %t: a request's token reaches the server as %q, which has to answer it", access, got)
		}
		if got := w.mirrored("/user/alice/ws", append(upgrade, "Authorization: "+auth)...).Header.Get("Authorization") == auth; got != access {
			t.Errorf("access %t: a websocket's token reaches the server: %t", access, got)
		}
		if got := w.mirrored("/user/alice/ws?token="+bobsToken, upgrade...).URI == "/user/alice/ws?token="+bobsToken; got != access {
			t.Errorf("access %t: a websocket's token in the URL reaches the server: %t", access, got)
		}
	}
}

// Whoever may use somebody else's server is told of before anything of theirs gets there;
// its owner, and those who may not, are not.
func TestVisitorsAreToldOfBeforeTheyEnter(t *testing.T) {
	var told []string
	var refused error
	var reached atomic.Int64
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) }, func(o *Options) {
		guests(o.Identities.(*people), "hash-of-bob", "hash-of-bobs-token")(o)
		o.OnVisit = func(_ context.Context, c Credential, owner, server int64, from func() string) error {
			told = append(told, fmt.Sprintf("%d to %d at %d from %s", c.UserID, server, owner, from()))
			return refused
		}
	})
	get := func(header string, want int) {
		t.Helper()
		if res, _ := w.get("/user/alice/api/contents", header); res.StatusCode != want {
			t.Errorf("with %q the status is %d, want %d", header, res.StatusCode, want)
		}
	}
	get(withSession, http.StatusOK)
	get("Authorization: token "+aliceToken, http.StatusOK)
	get("X-Nothing: at all", http.StatusOK)
	if len(told) != 0 {
		t.Errorf("of alice and of nobody it is told %v", told)
	}
	get(bobsSession, http.StatusOK)
	get("Authorization: token "+bobsToken, http.StatusOK)
	refused = errors.New("the database is away")
	get(bobsSession, http.StatusServiceUnavailable)
	if n := reached.Load(); n != 5 {
		t.Errorf("%d requests reached the server, not 5", n)
	}
	w.people.deny("hash-of-bob", "hash-of-bobs-token")
	get(bobsSession, http.StatusOK) // whom the server will not let in
	if want := slices.Repeat([]string{"2 to 7 at 1 from 127.0.0.1"}, 3); !slices.Equal(told, want) {
		t.Errorf("it is told %v, want %v", told, want)
	}
}

// Who is in somebody else's server is told of for as long as a websocket of theirs is open, though nothing else of theirs
// is asked for: once in a look for all that they have open there.
func TestVisitorsAreToldOfWhileAWebsocketIsOpen(t *testing.T) {
	var mu sync.Mutex
	var told []string
	var refused error
	w := newWorld(t, newEcho().ServeHTTP, func(o *Options) {
		guests(o.Identities.(*people), "hash-of-bob")(o)
		o.OnVisit = func(_ context.Context, c Credential, owner, server int64, from func() string) error {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprintf("%d to %d at %d from %s", c.UserID, server, owner, from()))
			return refused
		}
	})
	look := func() []string {
		mu.Lock()
		told = nil
		mu.Unlock()
		w.proxy.look(t.Context())
		return told
	}
	guest, second := w.dial(context.Background(), bobsSession), w.dial(context.Background(), bobsSession)
	owner := w.dial(context.Background(), withSession)
	says(t, guest, "hello")
	for _, refused = range []error{nil, errors.New("the database is away"), nil} {
		if want := []string{"2 to 7 at 1 from 127.0.0.1"}; !slices.Equal(look(), want) {
			t.Errorf("it is told %v, want %v", told, want)
		}
		says(t, guest, "still here")
	}
	for _, c := range []*websocket.Conn{guest, second} {
		_ = c.CloseNow()
	}
	eventually(t, "nobody of others is there", func() bool { return len(look()) == 0 })
	says(t, owner, "still here")
}
