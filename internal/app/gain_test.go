package app_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/sharing"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Whatever somebody does with what they have (tokens, groups, shares, codes, names),
// by their session or by any token that they got hold of, they never come to a right
// over somebody else, or over a group, that they did not have at the beginning.
// Whoever may make tokens for a person, or set their password, has that person's own from the
// beginning: that is what the scopes say.
func TestNobodyGainsARight(t *testing.T) {
	// Each run has a hub of its own; a longer look is -rapid.checks=1000.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rt)
		w.begin()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			what := w.step()
			for right := range w.powers() {
				if !w.initial[right] {
					rt.Fatalf("%s gained %s\nmallory's role: %v\ngroup's role: %v", what, w.show(right), w.mallorys, w.groups0)
				}
			}
		}
	})
}

// right is a base scope on a person, a person's server or a group, by id.
type right struct {
	base string
	kind string
	id   int64
	sub  string // the server's name, for servers: as it was at the beginning
}

type world struct {
	*fixture
	rt                *rapid.T
	people            map[int64]string // id to the name at the beginning
	groupIDs          map[int64]string
	servers           map[int64]int64 // server to its owner
	mallory           hub.User
	session           *access.Requester
	own               string   // a token of mallory's by which she may all that she may
	secrets           []string // tokens that mallory got hold of
	codes             []string
	mallorys, groups0 []string
	initial           map[right]bool
	now               map[int64]hub.User // who is left of people, as look found them
	running           []hub.Server       // what is left of servers
}

func (w *world) show(r right) string {
	return fmt.Sprintf("%s on %s %d (%s%s)", r.base, r.kind, r.id, w.people[r.id], w.groupIDs[r.id])
}

var gainBases = []string{
	"self", "admin:users", "create:users", "admin:passwords", "users", "read:users", "read:users:name", "list:users", "tokens", "read:tokens", "admin:servers", "servers",
	"access:servers", "start:servers", "admin:groups", "groups", "shares", "read:groups:name", "users:shares", "groups:shares", "delete:users", "proxy",
}

// themes are what somebody needs to try one of the ways to more.
var themes = [][]string{
	nil,
	{"groups!group=g1", "admin:servers!group=g1"},
	{"admin:groups", "servers!group=free"},
	{"groups!group=g0"},
	{"admin:users!user=u0", "servers!user=free"},
	{"admin:users!group=g0"},
	{"create:users!group=g0", "admin:passwords!group=g0", "servers!group=g0"},
	{"admin:passwords!group=g1", "access:servers!group=g1", "groups!group=g1"},
	{"admin:users", "access:servers!server=free/lab"},
	{"tokens!user=u1"},
	{"tokens!group=g1"},
	{"shares!user=u1", "read:users:name"},
	{"start:servers!server=u1/lab", "access:servers!server=u1/other"},
}

// drawScopes draws raw scopes with all kinds of filters, also on names that nobody has.
func drawScopes(rt *rapid.T, label string) []string {
	one := rapid.Custom(func(rt *rapid.T) string {
		base := rapid.SampledFrom(gainBases).Draw(rt, "base")
		if base == "self" {
			return base
		}
		return base + rapid.SampledFrom([]string{
			"", "!user", "!user=u0", "!user=u1", "!user=free", "!group=g0", "!group=g1", "!server=u1/lab", "!server=u1/other", "!group=free",
		}).Draw(rt, "filter")
	})
	return rapid.SliceOfN(one, 0, 4).Draw(rt, label)
}

func newWorld(t *testing.T, rt *rapid.T) *world {
	w := &world{rt: rt, people: map[int64]string{}, groupIDs: map[int64]string{}, servers: map[int64]int64{}, initial: map[right]bool{}}
	w.mallorys, w.groups0 = append(drawScopes(rt, "mallory's"), rapid.SampledFrom(themes).Draw(rt, "theme")...), drawScopes(rt, "group's")
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "mallorys", Scopes: w.mallorys}, {Name: "groups0", Scopes: w.groups0}})
	if err != nil {
		rt.Fatal(err)
	}
	w.fixture = newFixture(t, func(c *app.Config) { c.Rights, c.NamedLimit = rights, -1 })
	w.Update(func(ctx context.Context, tx data.Tx) error {
		us, err := tx.CreateUsers(ctx, []string{"mallory", "u0", "u1", "u2"}, false)
		if err != nil {
			return err
		}
		boss, err := tx.CreateUsers(ctx, []string{"boss"}, true)
		if err != nil {
			return err
		}
		w.mallory = us[0]
		for _, u := range append(us, boss...) {
			w.people[u.ID] = u.Name
		}
		for i, members := range [][]int64{{us[1].ID}, {us[2].ID, boss[0].ID}} {
			g, err := tx.CreateGroup(ctx, fmt.Sprintf("g%d", i))
			if err != nil {
				return err
			}
			w.groupIDs[g.ID] = g.Name
			if err := tx.AddMembers(ctx, g.ID, members); err != nil {
				return err
			}
			if i == 0 {
				err = tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "mallorys", UserID: w.mallory.ID}, {Role: "groups0", GroupID: g.ID}})
			}
			if err != nil {
				return err
			}
		}
		s, err := tx.CreateServer(ctx, hub.Server{UserID: us[2].ID, Name: "lab", Phase: hub.Stopped})
		w.servers[s.ID] = us[2].ID
		return err
	})
	return w
}

func (w *world) begin() {
	session, login := hub.NewSecret(), hub.NewSecret()
	w.own = hub.NewToken()
	w.Update(func(ctx context.Context, tx data.Tx) error {
		token := hub.Token{UserID: w.mallory.ID, Hash: hub.HashSecret(w.own), Scopes: []string{"inherit"}, ClientID: hub.APIClient}
		if _, err := tx.CreateToken(ctx, token); err != nil {
			return err
		}
		return tx.CreateSession(ctx, hub.Session{
			ID: hub.HashSecret(session), LoginHash: hub.HashSecret(login), UserID: w.mallory.ID,
			Created: tx.Now(), LastSeen: tx.Now(), Expires: tx.Now().Add(1000 * 3600e9),
		})
	})
	who, ok := w.Identities().ByCookies(w.t.Context(), session, login)
	if !ok {
		w.rt.Fatal("no session")
	}
	w.session = &who
	w.initial = w.closed(w.powers())
}

// powers is every right that mallory has now, by session or token.
func (w *world) powers() map[right]bool {
	all := map[right]bool{}
	requesters := []*access.Requester{}
	requesters = append(requesters, w.fresh())
	for _, secret := range w.secrets {
		if who, ok := w.Identities().ByToken(w.t.Context(), secret); ok {
			requesters = append(requesters, &who)
		}
	}
	w.look()
	for _, who := range requesters {
		w.add(all, who.Scopes)
	}
	return all
}

// fresh is mallory herself with all that she may now.
func (w *world) fresh() *access.Requester {
	if who, ok := w.Identities().ByToken(w.t.Context(), w.own); ok {
		return &who
	}
	return &access.Requester{}
}

// look reads the people and the servers as they are now, which add then takes them for.
func (w *world) look() {
	ctx := w.t.Context()
	if err := w.DB.View(ctx, func(tx data.Tx) error {
		people, err := tx.UsersByID(ctx, slices.Collect(maps.Keys(w.people)))
		if err != nil {
			return err
		}
		w.now = map[int64]hub.User{}
		for _, u := range people {
			w.now[u.ID] = u
		}
		w.running = w.running[:0]
		for id := range w.servers {
			s, err := tx.ServerByID(ctx, id)
			if err == nil {
				w.running = append(w.running, s)
			} else if !hub.Is(err, hub.NotFound) {
				return err
			}
		}
		return nil
	}); err != nil {
		w.rt.Fatal(err)
	}
}

// add adds what a set of scopes allows, on the people, servers and groups of look.
func (w *world) add(all map[right]bool, set scopes.Set) {
	for _, base := range set.Bases() {
		for id, name := range w.groupIDs {
			if set.AllowsGroup(base, name) {
				all[right{base, "group", id, ""}] = true
			}
		}
		if scopes.OnGroups(base) {
			continue
		}
		for id, u := range w.now {
			if set.AllowsUser(base, u.Name, access.GroupsOf(u)) {
				all[right{base, "user", id, ""}] = true
			}
		}
		for _, s := range w.running {
			owner := w.now[s.UserID]
			if set.AllowsServer(base, owner.Name, s.Name, access.GroupsOf(owner)) {
				all[right{base, "server", s.ID, ""}] = true
			}
		}
	}
}

// closed adds the own of everybody for whom tokens can be made, or a password set.
func (w *world) closed(all map[right]bool) map[right]bool {
	for id := range w.people {
		if !all[right{"tokens", "user", id, ""}] && !all[right{"admin:passwords", "user", id, ""}] {
			continue
		}
		u := w.now[id]
		own, _ := (*scopes.Catalog)(nil).Expand([]string{"self"}, scopes.Owner{Kind: "user", Name: u.Name}, scopes.Client{})
		w.add(all, own)
	}
	// Mallory's own token may hold what it is to be her.
	own, _ := (*scopes.Catalog)(nil).Expand([]string{"self"}, scopes.Owner{Kind: "user", Name: w.mallory.Name}, scopes.Client{})
	w.add(all, own)
	return all
}

// step does one thing at random, and says what. That it is refused is no failure.
func (w *world) step() string {
	ctx := w.t.Context()
	who := w.session
	if len(w.secrets) > 0 && rapid.Bool().Draw(w.rt, "by token") {
		if r, ok := w.Identities().ByToken(ctx, rapid.SampledFrom(w.secrets).Draw(w.rt, "token")); ok {
			who = &r
		}
	} else {
		who = w.fresh()
	}
	name := rapid.SampledFrom([]string{"mallory", "u0", "u1", "u2", "boss", "free"}).Draw(w.rt, "name")
	to := rapid.SampledFrom([]string{"free", "other", "u0", "mallory"}).Draw(w.rt, "to")
	group := rapid.SampledFrom([]string{"g0", "g1", "free"}).Draw(w.rt, "group")
	server := rapid.SampledFrom([]string{"lab", "other", ""}).Draw(w.rt, "server")
	yes := true
	done := func(what string, err error) string {
		return fmt.Sprintf("%s %s %s/%s: %v", what, name, group, server, err)
	}
	switch rapid.IntRange(0, 15).Draw(w.rt, "what") {
	case 0, 1:
		list := drawScopes(w.rt, "asked")
		if rapid.Bool().Draw(w.rt, "inherit") {
			list = nil
		}
		v, err := w.CreateToken(ctx, who, name, tokens.TokenRequest{Scopes: list})
		if err == nil {
			w.secrets = append(w.secrets, v.Secret)
		}
		return done(fmt.Sprint("token ", list), err)
	case 2:
		_, err := w.PatchUser(ctx, who, name, people.UserPatch{Name: &to})
		return done("rename to "+to, err)
	case 3:
		_, err := w.PatchUser(ctx, who, name, people.UserPatch{Admin: &yes})
		return done("make admin", err)
	case 4:
		_, err := w.CreateUsers(ctx, who, []string{"free"}, rapid.Bool().Draw(w.rt, "admin"))
		return done("create", err)
	case 5:
		_, err := w.CreateGroups(ctx, who, []string{"free"}, []string{name})
		return done("group", err)
	case 6:
		_, err := w.ChangeMembers(ctx, who, group, []string{name}, true, false)
		return done("join", err)
	case 7:
		_, err := w.GrantShare(ctx, who, name, server, sharing.ShareRequest{To: sharing.Recipient{User: "mallory"}, Scopes: unfiltered(drawScopes(w.rt, "shared"))})
		return done("share", err)
	case 8:
		v, err := w.CreateShareCode(ctx, who, name, server, nil, 3600e9)
		if err == nil {
			w.codes = append(w.codes, v.Secret)
		}
		return done("code", err)
	case 9:
		if len(w.codes) == 0 {
			return "nothing"
		}
		_, err := w.AcceptShare(ctx, w.session, w.codes[0])
		return done("accept", err)
	case 10:
		_, err := w.PatchUser(ctx, who, name, people.UserPatch{Groups: &[]string{group}})
		return done("exactly this group", err)
	case 11:
		row := people.UserRow{Username: name, Groups: &[]string{group}, Admin: rapid.SampledFrom([]*bool{nil, &yes}).Draw(w.rt, "admin")}
		results, err := w.BulkUsers(ctx, who, people.Request{Change: true, MakeGroups: true, Rows: []people.UserRow{row}})
		return done(fmt.Sprint("bulk ", results), err)
	case 12:
		return done("password", w.takeOver(ctx, who, name))
	case 13:
		_, err := w.ChangeMembers(ctx, who, group, []string{name}, false, false)
		return done("leave", err)
	case 14:
		row := people.UserRow{Username: name, Groups: &[]string{group}, Password: knownPassword}
		results, err := w.BulkUsers(ctx, who, people.Request{Change: true, MakeGroups: true, Rows: []people.UserRow{row}})
		if err == nil && (results[0].Status == bulk.Created || results[0].Status == bulk.Changed) {
			w.logIn(name)
		}
		return done(fmt.Sprint("bulk with a password ", results), err)
	default:
		_, err := w.PatchServer(ctx, who, name, server, servers.ServerPatch{Name: &to})
		return done("rename the server to "+to, err)
	}
}

// takeOver sets somebody's password and logs in with it: then their rights are mallory's.
func (w *world) takeOver(ctx context.Context, who *access.Requester, name string) error {
	if err := w.SetPassword(ctx, who, name, knownPassword, false); err != nil {
		return err
	}
	w.logIn(name)
	return nil
}

const knownPassword = "a password that mallory knows"

// logIn is what a login with the known password comes to: the person's rights are mallory's.
func (w *world) logIn(name string) {
	secret := hub.NewToken()
	w.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		_, err = tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: hub.HashSecret(secret), Scopes: []string{"inherit"}, ClientID: hub.APIClient})
		return err
	})
	w.secrets = append(w.secrets, secret)
}

func unfiltered(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "self" })
}
