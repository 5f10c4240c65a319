package storetest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func tokenTests() []test {
	return []test{
		{"create and read", testCreateToken},
		{"several at once", testTokensByHash},
		{"refused", testCreateTokenRefused},
		{"list", testTokensOf},
		{"parts of the list", testListTokens},
		{"those that people made", testGivenTokens},
		{"clients", testTokenClients},
		{"counted, and the stalest", testStalestTokens},
		{"delete", testDeleteTokens},
		{"ids are not reused", testTokenIDs},
		{"die with what they belong to", testTokenCascades},
		{"touch moves forward only", testTouchTokens},
		{"expired ones go in small batches", testDeleteExpired},
	}
}

func testGivenTokens(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	server := s.server(ada, "", hub.Ready)
	client := s.client(hub.OAuthClient{ID: "service-x", RedirectURI: "/x"})
	now := s.clock.Now()
	first := s.token(hub.Token{UserID: ada.ID, Hash: "h1", Note: "script", ClientID: hub.APIClient, Scopes: []string{"self"}})
	second := s.token(hub.Token{UserID: bob.ID, Hash: "h2", Scopes: []string{}, Expires: now.Add(time.Hour)})
	third := s.token(hub.Token{UserID: ada.ID, Hash: "h3", ClientID: hub.APIClient, Scopes: []string{}})
	s.token(hub.Token{UserID: ada.ID, Hash: "server", ServerID: server.ID, ClientID: hub.APIClient})
	s.token(hub.Token{UserID: ada.ID, Hash: "application", ClientID: client.ID})
	s.token(hub.Token{UserID: ada.ID, Hash: "expired", ClientID: hub.APIClient, Expires: now})
	given := func(q hub.GivenTokenQuery) []hub.Token {
		return read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.GivenTokens(s.ctx, q) })
	}
	s.equal("all", given(hub.GivenTokenQuery{Limit: 9}), []hub.Token{third, second, first})
	s.equal("a page", given(hub.GivenTokenQuery{Limit: 2}), []hub.Token{third, second})
	s.equal("the next", given(hub.GivenTokenQuery{Limit: 2, Before: second.ID}), []hub.Token{first})
	s.equal("somebody's", given(hub.GivenTokenQuery{Limit: 9, User: "ada"}), []hub.Token{third, first})
	s.equal("nobody's", len(given(hub.GivenTokenQuery{Limit: 9, User: "eve"})), 0)
}

func testCreateToken(s *suite) {
	u := s.user("ada")
	server := s.server(u, "", hub.Ready)
	s.session(u, "sess")
	client := s.client(hub.OAuthClient{ID: "service-x", Description: "Service x", RedirectURI: "/x"})
	now := s.clock.Now()
	for _, tok := range []hub.Token{
		{UserID: u.ID, Hash: "h1", ClientID: hub.APIClient, Scopes: []string{}},
		{
			UserID: u.ID, Hash: "h2", Note: "nötig\n'\"", Scopes: []string{"read:users!user=ada", "self"}, ClientID: client.ID,
			ServerID: server.ID, SessionID: "sess", Expires: now.Add(-time.Second), LastActivity: now,
		},
		{UserID: u.ID, Hash: "h3", Scopes: []string{}},
	} {
		made := s.token(tok)
		want := tok
		want.ID, want.UserName, want.Created = made.ID, "ada", now
		want.ClientName = map[string]string{hub.APIClient: "JupyterHub", client.ID: "Service x"}[tok.ClientID]
		s.equal("made", made, want)
		s.equal("by hash", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, tok.Hash) }), want)
		s.equal("by id", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByID(s.ctx, made.ID) }), want)
	}
	absent(s, "hash", func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "h") })
	absent(s, "id", func(tx data.Tx) (hub.Token, error) { return tx.TokenByID(s.ctx, 999) })
}

func testTokensByHash(s *suite) {
	u := s.user("ada")
	service := write(s, func(tx data.Tx) (hub.Service, error) { return tx.CreateService(s.ctx, hub.Service{Name: "x"}) })
	s.token(hub.Token{UserID: u.ID, Hash: "a", Scopes: []string{"self"}})
	s.token(hub.Token{UserID: u.ID, Hash: "b", Expires: s.clock.Now().Add(-time.Hour)})
	s.token(hub.Token{ServiceID: service.ID, Hash: "service's"})
	for _, c := range []struct{ hashes, want []string }{
		{nil, nil}, {[]string{"gone"}, nil}, {[]string{"a"}, []string{"a"}}, {[]string{"service's"}, []string{"service's"}},
		{[]string{"service's", "gone", "b", "a", "a"}, []string{"a", "b", "service's"}},
	} {
		var got []string
		for _, v := range read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensByHash(s.ctx, c.hashes) }) {
			s.equal("the same by itself", v, read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, v.Hash) }))
			got = append(got, v.Hash)
		}
		slices.Sort(got)
		s.equal(strings.Join(c.hashes, " "), got, c.want)
	}
}

func testCreateTokenRefused(s *suite) {
	u := s.user("ada")
	s.token(hub.Token{UserID: u.ID, Hash: "h"})
	for code, list := range map[hub.Code][]hub.Token{
		hub.Conflict: {{UserID: u.ID, Hash: "h"}},
		hub.NotFound: {
			{UserID: 999, Hash: "a"},
			{UserID: u.ID, Hash: "a", ServerID: 999},
			{UserID: u.ID, Hash: "a", SessionID: "gone"},
			{UserID: u.ID, Hash: "a", ClientID: "gone"},
		},
	} {
		for _, tok := range list {
			s.refuse(code, func(tx data.Tx) error {
				_, err := tx.CreateToken(s.ctx, tok)
				return err
			})
		}
	}
}

func testTokensOf(s *suite) {
	us := s.users("ada", "bob")
	for i, hash := range []string{"z", "y", "x"} {
		s.token(hub.Token{UserID: us[i%2].ID, Hash: hash})
	}
	list := read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, us[0].ID) })
	s.equal("hashes by id", tokenHashes(list), []string{"z", "x"})
}

// manyTokens makes, of each kind, what lists and limits tell apart, and somebody else's.
func manyTokens(s *suite) (u hub.User) {
	us := s.users("ada", "bob")
	u = us[0]
	s.client(hub.OAuthClient{ID: "c", Description: "Client c", RedirectURI: "/c"})
	s.client(hub.OAuthClient{ID: "d", Description: "Client d", RedirectURI: "/d"})
	now := s.clock.Now()
	for _, tok := range []hub.Token{
		{Hash: "a1", ClientID: hub.APIClient, LastActivity: now.Add(time.Minute)},
		{Hash: "c1", ClientID: "c"},
		{Hash: "expired", ClientID: hub.APIClient, Expires: now.Add(time.Second)},
		{Hash: "its", ClientID: hub.APIClient, ServerID: s.server(u, "", hub.Ready).ID},
		{Hash: "d1", ClientID: "d", LastActivity: now.Add(time.Hour)},
		{Hash: "a2", ClientID: hub.APIClient, Note: "noted", Expires: now.Add(time.Hour)},
		{Hash: "c2", ClientID: "c", LastActivity: now.Add(2 * time.Minute)},
		{Hash: "plain"},
		{Hash: "c gone", ClientID: "c", Expires: now.Add(time.Second)},
		{UserID: us[1].ID, Hash: "bob's", ClientID: "c"},
	} {
		if tok.UserID == 0 {
			tok.UserID = u.ID
		}
		s.token(tok)
		s.clock.advance(time.Second)
	}
	return u
}

func testListTokens(s *suite) {
	u := manyTokens(s)
	for _, c := range []struct {
		what  string
		q     hub.TokenQuery
		want  string
		total int
	}{
		{"all, by their last use", hub.TokenQuery{}, "c1 its a2 plain a1 c2 d1", 7},
		{"a part", hub.TokenQuery{Offset: 2, Limit: 3}, "a2 plain a1", 7},
		{"as many as there are", hub.TokenQuery{Limit: 7}, "c1 its a2 plain a1 c2 d1", 7},
		{"beyond", hub.TokenQuery{Offset: 7, Limit: 3}, "", 7},
		{"newest first", hub.TokenQuery{Newest: true, Limit: 3}, "plain c2 a2", 7},
		{"no client's", hub.TokenQuery{Own: true, Newest: true, Offset: 1, Limit: 2}, "a2 its", 4},
	} {
		c.q.UserID = u.ID
		s.view(func(tx data.Tx) error {
			list, total, err := tx.ListTokens(s.ctx, c.q)
			s.equal(c.what, strings.Join(tokenHashes(list), " "), c.want)
			s.equal(c.what+", in all", total, c.total)
			return err
		})
	}
	ofClient := read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOfClient(s.ctx, u.ID, "c") })
	s.equal("a client's", tokenHashes(ofClient), []string{"c1", "c2", "c gone"})
}

func testTokenClients(s *suite) {
	began := s.clock.Now()
	u := manyTokens(s)
	clients := read(s, func(tx data.Tx) ([]hub.TokenClient, error) { return tx.TokenClients(s.ctx, u.ID, 0) })
	for i := range clients {
		clients[i].First = 0 // which one is the engine's business
	}
	s.equal("clients", clients, []hub.TokenClient{
		{ID: "d", Name: "Client d", Tokens: 1, Created: began.Add(4 * time.Second), LastActivity: began.Add(time.Hour)},
		{ID: "c", Name: "Client c", Tokens: 2, Created: began.Add(time.Second), LastActivity: began.Add(2 * time.Minute)},
	})
	s.equal("some", len(read(s, func(tx data.Tx) ([]hub.TokenClient, error) { return tx.TokenClients(s.ctx, u.ID, 1) })), 1)
}

func testStalestTokens(s *suite) {
	u := manyTokens(s)
	count := func(client string, most int) int {
		return read(s, func(tx data.Tx) (int, error) { return tx.CountTokens(s.ctx, u.ID, client, most) })
	}
	drop := func(client, note string, n int) []string {
		return write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteStalest(s.ctx, u.ID, client, note, n) })
	}
	s.equal("counted", []int{count(hub.APIClient, 10), count("c", 10), count("c", 1), count("e", 1)}, []int{2, 2, 1, 0})
	s.equal("none of that note", drop(hub.APIClient, "other", 1), []string{})
	s.equal("with the note", drop(hub.APIClient, "noted", 3), []string{"a2"})
	s.equal("none", drop("c", "", 0), []string{})
	s.equal("the stalest", drop("c", "", 1), []string{"c1"})
	s.equal("left", []int{count(hub.APIClient, 10), count("c", 10)}, []int{1, 1})
}

func tokenHashes(list []hub.Token) []string {
	hashes := make([]string, len(list))
	for i, tok := range list {
		hashes[i] = tok.Hash
	}
	return hashes
}

func testDeleteTokens(s *suite) {
	us := s.users("ada", "bob", "cyd")
	s.token(hub.Token{UserID: us[2].ID, Hash: "mine"})
	s.token(hub.Token{UserID: us[2].ID, Hash: "its", ServerID: s.server(us[2], "", hub.Ready).ID})
	server := s.server(us[0], "", hub.Ready)
	s.session(us[0], "sess")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	first := s.token(hub.Token{UserID: us[0].ID, Hash: "first"})
	for _, tok := range []hub.Token{
		{UserID: us[0].ID, Hash: "client1", ClientID: "c"}, {UserID: us[0].ID, Hash: "client2", ClientID: "c"},
		{UserID: us[1].ID, Hash: "client3", ClientID: "c"},
		{UserID: us[0].ID, Hash: "server1", ServerID: server.ID},
		{UserID: us[0].ID, Hash: "session1", SessionID: "sess"},
		{UserID: us[0].ID, Hash: "rest1"}, {UserID: us[0].ID, Hash: "rest2"},
	} {
		s.token(tok)
	}
	for _, c := range []struct {
		what string
		fn   func(data.Tx) ([]string, error)
		want string
	}{
		{"one", func(tx data.Tx) ([]string, error) { return tx.DeleteToken(s.ctx, first.ID) }, "first"},
		{"a client's", func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfClient(s.ctx, us[0].ID, "c") }, "client1 client2"},
		{"a server's", func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfServer(s.ctx, server.ID) }, "server1"},
		{"a session's", func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfSession(s.ctx, "sess") }, "session1"},
		{"a person's but their servers'", func(tx data.Tx) ([]string, error) { return tx.DeleteGivenTokens(s.ctx, us[2].ID) }, "mine"},
		{"a person's", func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfUser(s.ctx, us[0].ID) }, "rest1 rest2"},
		{"a person's without any", func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfUser(s.ctx, us[0].ID) }, ""},
	} {
		hashes := write(s, c.fn)
		slices.Sort(hashes)
		s.equal(c.what, strings.Join(hashes, " "), c.want)
	}
	left := read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, us[1].ID) })
	s.equal("another's", tokenHashes(left), []string{"client3"})
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.DeleteToken(s.ctx, first.ID)
		return err
	})
}

func testTokenIDs(s *suite) {
	u := s.user("ada")
	last := int64(0)
	for i := range 3 {
		tok := s.token(hub.Token{UserID: u.ID, Hash: strconv.Itoa(i)})
		if tok.ID <= last {
			s.Errorf("id %d after %d", tok.ID, last)
		}
		last = tok.ID
		write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteToken(s.ctx, tok.ID) })
	}
}

func testTokenCascades(s *suite) {
	u := s.user("ada")
	server := s.server(u, "", hub.Ready)
	s.session(u, "sess")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c", ServerID: server.ID, OwnerID: u.ID})
	s.token(hub.Token{UserID: u.ID, Hash: "server's", ServerID: server.ID})
	s.token(hub.Token{UserID: u.ID, Hash: "client's", ClientID: "c"})
	s.token(hub.Token{UserID: u.ID, Hash: "session's", SessionID: "sess"})
	s.token(hub.Token{UserID: u.ID, Hash: "stays"})
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, server.ID) })
	s.update(func(tx data.Tx) error { return tx.DeleteSession(s.ctx, "sess") })
	left := read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, u.ID) })
	s.equal("left", tokenHashes(left), []string{"stays"})
}

func testTouchTokens(s *suite) {
	u := s.user("ada")
	now := s.clock.Now()
	a, b := s.token(hub.Token{UserID: u.ID, Hash: "a"}), s.token(hub.Token{UserID: u.ID, Hash: "b", LastActivity: now})
	s.touch(data.Seen{Tokens: map[int64]time.Time{a.ID: now, b.ID: now.Add(-time.Minute), 999: now}})
	s.touch(data.Seen{Tokens: nil})
	for _, id := range []int64{a.ID, b.ID} {
		s.equal("last activity", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByID(s.ctx, id) }).LastActivity, now)
	}
}

func testDeleteExpired(s *suite) {
	u := s.user("ada")
	now := s.clock.Now()
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	for i := range 3 {
		id := strconv.Itoa(i)
		s.token(hub.Token{UserID: u.ID, Hash: id, Expires: now.Add(time.Duration(i) * time.Second)})
		s.update(func(tx data.Tx) error {
			expires := now.Add(time.Duration(i) * time.Second)
			if err := tx.CreateSession(s.ctx, hub.Session{ID: id, UserID: u.ID, Expires: expires}); err != nil {
				return err
			}
			return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{Hash: id, ClientID: "c", UserID: u.ID, Expires: expires})
		})
	}
	s.token(hub.Token{UserID: u.ID, Hash: "for ever"})
	s.update(func(tx data.Tx) error { return tx.CreateSession(s.ctx, hub.Session{ID: "for ever", UserID: u.ID}) })

	sweep := func(limit int) int {
		return write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, limit) })
	}
	s.equal("the moment itself has passed", sweep(100), 3)
	s.clock.advance(time.Second)
	s.equal("limited", []int{sweep(2), sweep(2), sweep(2)}, []int{2, 1, 0})
	left := read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, u.ID) })
	s.equal("tokens left", tokenHashes(left), []string{"2", "for ever"})
	s.equal("sessions left", len(read(s, func(tx data.Tx) ([]hub.Session, error) { return tx.SessionsOf(s.ctx, u.ID) })), 2)
	absent(s, "code", func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "1") })
	s.equal("code left", read(s, func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "2") }).Hash, "2")
}
