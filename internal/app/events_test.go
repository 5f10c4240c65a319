package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/events"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

// allowed is the administrator with a token that may do that alone.
func (f *fixture) allowed(scopes ...string) *access.Requester {
	f.t.Helper()
	v, err := f.CreateToken(f.t.Context(), f.by(adminToken), "admin", tokens.TokenRequest{Scopes: scopes})
	f.must(err)
	return f.by(v.Secret)
}

// follow begins a stream that ends with the test, and reads that it is open.
func (f *fixture) follow(r *access.Requester, want events.Wanted, last string) *events.Stream {
	f.t.Helper()
	s, err := f.FollowEvents(f.t.Context(), r, want, last)
	f.must(err)
	f.t.Cleanup(s.Close)
	return s
}

// hears gives what a stream tells, in words, as far as the number of events given.
func (f *fixture) hears(s *events.Stream, count int) (heard []string) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	for len(heard) < count {
		list, err := s.Next(ctx)
		if err != nil {
			f.t.Fatalf("%v after %q", err, heard)
		}
		for _, e := range list {
			heard = append(heard, inWords(e))
		}
	}
	return heard
}

func inWords(e *events.Event) string {
	text := string(e.Kind)
	if e.Name != "" {
		text += " " + e.Name
	}
	if e.Kind == events.ServerKind {
		text += "/" + e.Server.Name + " " + string(e.Server.Phase)
	}
	if e.Gone {
		text += " gone"
	}
	return text
}

func (f *fixture) wantHeard(s *events.Stream, want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.hears(s, len(want))); diff != "" {
		f.t.Errorf("heard (-want +got):\n%s", diff)
	}
}

// Everybody hears of what they may read, and of nothing else: of the end of somebody whoever could
// read them until then, and whoever may not any more because a group was left, the same.
func TestEventsAreForThoseWhoMayRead(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann", "bob", "cat")
	_, err := f.CreateGroup(t.Context(), admin, "cs101", []string{"ann"})
	f.must(err)
	_, err = f.CreateGroup(t.Context(), admin, "art", nil)
	f.must(err)
	streams := map[string]*events.Stream{}
	for name, scopes := range map[string][]string{
		"all":     {"read:users", "read:servers", "read:groups"},
		"class":   {"read:users!group=cs101", "read:servers!group=cs101", "read:groups!group=cs101"},
		"servers": {"read:servers!group=cs101"},
		"one":     {"read:servers!server=bob/lab"},
		"names":   {"read:users:name!user=bob"},
		"groups":  {"read:groups:name"},
	} {
		streams[name] = f.follow(f.allowed(scopes...), events.Wanted{}, "")
	}
	f.running(admin, "ann", "")
	f.running(admin, "bob", "lab")
	_, err = f.ChangeMembers(t.Context(), admin, "cs101", []string{"bob"}, true, false)
	f.must(err)
	_, err = f.ChangeMembers(t.Context(), admin, "cs101", []string{"ann"}, false, false)
	f.must(err)
	f.rename("cat", "kit")
	f.must(f.DeleteUser(t.Context(), admin, "kit"))
	_, err = f.SetGroupProperties(t.Context(), admin, "art", []byte(`{"a": 1}`), false)
	f.must(err)
	f.must(f.DeleteGroup(t.Context(), admin, "art"))
	// The end, which all of them hear of: it ends the comparison.
	f.running(admin, "bob", "end")
	f.patch("bob", people.UserPatch{Admin: new(true)})
	_, err = f.CreateGroup(t.Context(), admin, "end", nil)
	f.must(err)

	start := func(server string) []string {
		return []string{"server " + server + " queued", "server " + server + " starting", "server " + server + " waiting", "server " + server + " ready"}
	}
	for name, want := range map[string][]string{
		"all": slices.Concat(
			[]string{"open"}, start("ann/"), start("bob/lab"), []string{
				"user bob", "user ann", "user kit", "user cat gone", "user kit", "user kit gone", "group art", "group art",
			}, start("bob/end"), []string{"user bob", "group end"}),
		"class":   slices.Concat([]string{"open"}, start("ann/"), []string{"user bob", "user ann gone"}, start("bob/end"), []string{"user bob"}),
		"servers": slices.Concat([]string{"open"}, start("ann/"), []string{"user bob", "user ann gone"}, start("bob/end"), []string{"user bob"}),
		"one":     slices.Concat([]string{"open"}, start("bob/lab")),
		"names":   {"open", "user bob", "user bob"},
		"groups":  {"open", "group art", "group art", "group end"},
	} {
		t.Run(name, func(t *testing.T) {
			of := *f
			of.t = t
			of.wantHeard(streams[name], want...)
		})
	}
}

// Who may read is judged when the event is sent: not when the stream began.
func TestEventsFollowRights(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann", "bob")
	f.patch("bob", people.UserPatch{Admin: new(true)})
	s := f.follow(f.by(f.token("bob")), events.Wanted{}, "")
	_, err := f.CreateGroup(t.Context(), admin, "cs101", []string{"ann"})
	f.must(err)
	f.wantHeard(s, "open", "user ann", "group cs101")
	f.patch("bob", people.UserPatch{Admin: new(false)})
	f.patch("ann", people.UserPatch{Admin: new(true)})
	f.running(admin, "bob", "")
	f.wantHeard(s, "user bob", "server bob/ queued", "server bob/ starting", "server bob/ waiting", "server bob/ ready")
}

// A stream that comes back goes on where it was; one that was away too long, or at another hub, is
// told to read again.
func TestEventsGoOnAfterTheLast(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	s := f.follow(admin, events.Wanted{}, "")
	f.create("ann")
	f.wantHeard(s, "open", "user ann")
	last := s.ID()
	f.create("bob")
	f.wantHeard(f.follow(admin, events.Wanted{}, last), "open", "user bob")
	f.wantHeard(f.follow(admin, events.Wanted{}, s.ID()), "open", "user bob")
	f.wantHeard(f.follow(admin, events.Wanted{}, "elsewhere-1"), "open", "reset")
	f.Bus.Publish(t.Context(), data.Change{Kind: data.Resync}) // the directory reads everybody anew: nobody knows what was missed
	f.wantHeard(f.follow(admin, events.Wanted{}, last), "open", "reset")
	f.wantHeard(s, "reset")
}

func TestEventsOfSomePeopleAndKinds(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann", "bob")
	servers := f.follow(admin, events.Wanted{Kinds: []events.Kind{events.ServerKind}, Names: []string{"bob"}}, "")
	f.running(admin, "ann", "")
	f.patch("bob", people.UserPatch{Admin: new(true)})
	f.running(admin, "bob", "")
	f.wantHeard(servers, "open", "server bob/ queued", "server bob/ starting", "server bob/ waiting", "server bob/ ready")
	for name, want := range map[string]events.Wanted{
		"a kind that there is not": {Kinds: []events.Kind{"secret"}},
		"too many people":          {Names: make([]string, 201)},
	} {
		if _, err := f.FollowEvents(t.Context(), admin, want, ""); !hub.Is(err, hub.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.FollowEvents(t.Context(), &access.Requester{}, events.Wanted{}, ""); !hub.Is(err, hub.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
}

// A stream ends with the token that it was begun with, with its person's suspension, and with the hub.
func TestEventStreamsEnd(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann", "bob")
	ends := func(what string, s *events.Stream, code hub.Code, end func() error) {
		t.Helper()
		f.wantHeard(s, "open")
		f.must(end())
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for {
			if _, err := s.Next(ctx); err != nil {
				if !hub.Is(err, code) {
					t.Errorf("%s: %v", what, err)
				}
				return
			}
		}
	}
	token := f.by(f.token("ann"))
	ends("revoked", f.follow(token, events.Wanted{}, ""), hub.Forbidden, func() error {
		return f.DB.Update(t.Context(), func(tx data.Tx) error { return second(tx.DeleteToken(t.Context(), token.Token.ID)) })
	})
	ends("suspended", f.follow(f.by(f.token("bob")), events.Wanted{}, ""), hub.Forbidden, func() error {
		_, err := f.PatchUser(t.Context(), admin, "bob", people.UserPatch{Suspended: new(true)})
		return err
	})
	ends("the hub", f.follow(admin, events.Wanted{}, ""), hub.Unavailable, func() error { f.EndEvents(); return nil })
	if _, err := f.FollowEvents(t.Context(), admin, events.Wanted{}, ""); !hub.Is(err, hub.Unavailable) {
		t.Errorf("a stream of a hub that ends: %v", err)
	}
}

func TestEventStreamsAreLimited(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("ann")
	var open []*events.Stream
	begin := func(r *access.Requester) error {
		s, err := f.FollowEvents(t.Context(), r, events.Wanted{}, "")
		if err == nil {
			open = append(open, s)
		}
		return err
	}
	var refused error
	for range 5 {
		token := f.by(f.token("ann"))
		for range 12 {
			f.must(begin(token))
		}
		refused = begin(token)
		f.wantCode(refused, hub.Limit)
	}
	f.wantCode(begin(f.by(f.token("ann"))), hub.Limit)
	if e, ok := errors.AsType[*hub.Error](refused); !ok || e.RetryAfter == 0 {
		t.Errorf("it does not say when to come again: %v", refused)
	}
	f.must(begin(f.by(f.token("admin"))))
	open[0].Close()
	open[0].Close() // counts once
	f.must(begin(f.by(f.token("ann"))))
	f.wantCode(begin(f.by(f.token("ann"))), hub.Limit)
	for _, s := range open {
		s.Close()
	}
}

// What is changed at one hub is heard at the other.
func TestEventsOfTheOtherHub(t *testing.T) {
	one, other, _ := followingHubs(t)
	s := other.follow(other.by(adminToken), events.Wanted{}, "")
	other.wantHeard(s, "open")
	one.create("ann")
	admin := one.by(adminToken)
	other.wantHeard(s, "user ann")
	one.running(admin, "ann", "")
	_, err := one.CreateGroup(t.Context(), admin, "cs101", nil)
	one.must(err)
	// It reads what is there by then, so that steps in between may be left out.
	var heard []string
	for !slices.Contains(heard, "group cs101") {
		heard = append(heard, other.hears(s, 1)...)
	}
	if !slices.Contains(heard, "server ann/ ready") {
		t.Errorf("heard %q", heard)
	}
}
