package storetest

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func oauthTests() []test {
	return []test{
		{"put and read clients", testOAuthClients},
		{"the API's own client", testAPIClient},
		{"delete clients", testDeleteOAuthClient},
		{"clients go with their server", testOAuthClientCascade},
		{"codes", testOAuthCodes},
		{"old codes go", testTrimOAuthCodes},
		{"a code is exchanged once", testUseOAuthCodeRace},
		{"codes go with their session", testOAuthCodeCascade},
	}
}

func testOAuthClients(s *suite) {
	u := s.user("ada")
	server := s.server(u, "", hub.Ready)
	c := s.client(hub.OAuthClient{ID: "jupyterhub-user-ada", SecretHash: "1", RedirectURI: "/user/ada/oauth_callback", AllowedScopes: []string{}})
	get := func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, c.ID) }
	s.equal("made", read(s, get), c)
	s.token(hub.Token{UserID: u.ID, Hash: "h", ClientID: c.ID})

	c = s.client(hub.OAuthClient{
		ID: c.ID, SecretHash: "2", RedirectURI: "/other", Description: "Server at /user/ada/",
		AllowedScopes: []string{"self"}, ServerID: server.ID, OwnerID: u.ID,
	})
	s.equal("replaced", read(s, get), c)
	s.equal("its token", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "h") }).ClientName, c.Description)
	other := s.server(u, "lab", hub.Ready)
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		return tx.PutOAuthClient(s.ctx, hub.OAuthClient{ID: c.ID, SecretHash: "3", ServerID: other.ID, OwnerID: u.ID})
	})
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		return tx.PutOAuthClient(s.ctx, hub.OAuthClient{ID: c.ID, SecretHash: "3"})
	})
	s.equal("not taken over", read(s, get), c)
	wiki, grades := s.service("wiki"), s.service("grades")
	ofService := s.client(hub.OAuthClient{ID: "service-wiki", SecretHash: "1", RedirectURI: "/wiki", AllowedScopes: []string{}, ServiceID: wiki.ID})
	for _, taker := range []hub.OAuthClient{
		{ID: ofService.ID, SecretHash: "2", ServiceID: grades.ID},
		{ID: ofService.ID, SecretHash: "2", ServerID: other.ID, OwnerID: u.ID},
		{ID: ofService.ID, SecretHash: "2"},
		{ID: c.ID, SecretHash: "2", ServiceID: grades.ID},
	} {
		s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.PutOAuthClient(s.ctx, taker) })
	}
	s.equal("a service's, not taken over", read(s, func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, ofService.ID) }), ofService)
	absent(s, "client", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, "x\x00") })
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		return tx.PutOAuthClient(s.ctx, hub.OAuthClient{ID: "y", ServerID: 999})
	})
}

func testAPIClient(s *suite) {
	absent(s, "as a client to log in through", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, hub.APIClient) })
	s.refuse(hub.Invalid, func(tx data.Tx) error { return tx.PutOAuthClient(s.ctx, hub.OAuthClient{ID: hub.APIClient}) })
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.DeleteOAuthClient(s.ctx, hub.APIClient)
		return err
	})
}

func testDeleteOAuthClient(s *suite) {
	us := s.users("ada", "bob")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	s.token(hub.Token{UserID: us[0].ID, Hash: "1", ClientID: "c"})
	s.token(hub.Token{UserID: us[1].ID, Hash: "2", ClientID: "c"})
	s.token(hub.Token{UserID: us[1].ID, Hash: "stays"})
	s.update(func(tx data.Tx) error {
		return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{Hash: "code", ClientID: "c", UserID: us[0].ID})
	})
	hashes := write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteOAuthClient(s.ctx, "c") })
	slices.Sort(hashes)
	s.equal("tokens deleted", strings.Join(hashes, " "), "1 2")
	absent(s, "client", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, "c") })
	absent(s, "code", func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "code") })
	absent(s, "token", func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "1") })
	s.equal("left", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "stays") }).UserID, us[1].ID)
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.DeleteOAuthClient(s.ctx, "c")
		return err
	})
}

func testOAuthClientCascade(s *suite) {
	us := s.users("ada", "visitor")
	server := s.server(us[0], "", hub.Ready)
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c", ServerID: server.ID, OwnerID: us[0].ID})
	s.token(hub.Token{UserID: us[1].ID, Hash: "visitor's", ClientID: "c"})
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, server.ID) })
	absent(s, "client", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, "c") })
	absent(s, "a visitor's token", func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "visitor's") })
}

func testOAuthCodes(s *suite) {
	u := s.user("ada")
	s.session(u, "sess")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	want := hub.OAuthCode{
		Hash: "code", ClientID: "c", UserID: u.ID, SessionID: "sess", RedirectURI: "/c?x=%2F", Scopes: []string{"self"},
		Challenge: "ch", ChallengeMethod: "S256", Expires: s.clock.Now().Add(5 * time.Minute),
	}
	get := func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "code") }
	s.update(func(tx data.Tx) error { return tx.CreateOAuthCode(s.ctx, want) })
	s.equal("made", read(s, get), want)
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.CreateOAuthCode(s.ctx, want) })
	for _, c := range []hub.OAuthCode{
		{Hash: "x", ClientID: "gone", UserID: u.ID}, {Hash: "x", ClientID: "c", UserID: 999},
		{Hash: "x", ClientID: "c", UserID: u.ID, SessionID: "gone"},
	} {
		s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.CreateOAuthCode(s.ctx, c) })
	}

	tok := s.token(hub.Token{UserID: u.ID, Hash: "t", ClientID: "c"})
	use := func(tx data.Tx) (bool, error) { return tx.UseOAuthCode(s.ctx, "code", tok.ID) }
	s.equal("first and second use", []bool{write(s, use), write(s, use)}, []bool{true, false})
	write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteToken(s.ctx, tok.ID) })
	s.equal("still used when its token is gone", write(s, use), false)
	s.equal("remembers its token", read(s, get).TokenID, tok.ID)
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.UseOAuthCode(s.ctx, "other", 1)
		return err
	})
}

func testTrimOAuthCodes(s *suite) {
	us := s.users("ada", "bob")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	for i := range 4 {
		s.update(func(tx data.Tx) error {
			return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{
				Hash: strconv.Itoa(i), ClientID: "c", UserID: us[i/3].ID, Expires: s.clock.Now().Add(time.Duration(i) * time.Second),
			})
		})
	}
	s.update(func(tx data.Tx) error { return tx.TrimOAuthCodes(s.ctx, us[0].ID, 1) })
	for i, want := range []bool{false, false, true, true} {
		s.view(func(tx data.Tx) error {
			_, err := tx.OAuthCode(s.ctx, strconv.Itoa(i))
			s.equal(strconv.Itoa(i), err == nil, want)
			return nil
		})
	}
}

func testUseOAuthCodeRace(s *suite) {
	u := s.user("ada")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	s.update(func(tx data.Tx) error {
		return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{Hash: "code", ClientID: "c", UserID: u.ID})
	})
	var won atomic.Int32
	s.parallel(20, func(i int) error {
		var first bool
		err := s.store.Update(s.ctx, func(tx data.Tx) (err error) {
			first, err = tx.UseOAuthCode(s.ctx, "code", int64(i+1))
			return err
		})
		if err == nil && first {
			won.Add(1)
		}
		return err
	})
	s.equal("exchanged", won.Load(), int32(1))
}

func testOAuthCodeCascade(s *suite) {
	u := s.user("ada")
	s.session(u, "sess")
	s.client(hub.OAuthClient{ID: "c", RedirectURI: "/c"})
	s.update(func(tx data.Tx) error {
		return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{Hash: "code", ClientID: "c", UserID: u.ID, SessionID: "sess"})
	})
	s.update(func(tx data.Tx) error { return tx.DeleteSession(s.ctx, "sess") })
	absent(s, "code", func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "code") })
}
