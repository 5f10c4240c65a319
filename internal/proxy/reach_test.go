package proxy

import (
	"context"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
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
	return func(o *Options) { o.MayReach = p.mayReach }
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
		for change, of := range map[string]app.Change{
			"their change": {Kind: app.UserChanged, ID: 2, UserID: 2}, "missed changes": {Kind: app.Resync},
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
	w.proxy.Apply(app.Change{Kind: app.UserChanged, ID: 2, UserID: 2})
	w.proxy.Apply(app.Change{Kind: app.Resync})
	says(t, guest, "still here")
}

// A database that is away takes nobody's access.
func TestAccessWhileTheDatabaseIsAway(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP, func(o *Options) {
		guests(o.Identities.(*people), "hash-of-bob")(o)
		o.Ready = func(context.Context) error { return context.DeadlineExceeded }
	})
	guest := w.dial(context.Background(), bobsSession)
	w.people.forget("session-of-bob")
	w.proxy.Apply(app.Change{Kind: app.Resync})
	says(t, guest, "still here")
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
