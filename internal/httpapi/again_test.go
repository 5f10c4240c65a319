package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
	"github.com/atriumhub/atrium/internal/tokens"
)

// slowBody does something after its first part, before the rest arrives.
type slowBody struct {
	parts []io.Reader
	then  func()
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.parts[0].Read(p)
	if err == io.EOF && len(b.parts) > 1 {
		b.parts, err = b.parts[1:], nil
		b.then()
	}
	return n, err
}

// Who loses what they came with while their request arrives gets nothing done by it.
func TestRevokedWhileTheBodyArrives(t *testing.T) {
	h := httpapitest.New(t)
	boss, thief := h.User("boss", true), h.User("thief", true)
	h.User("ann", false)
	by := &access.Requester{User: boss, Scopes: httpapitest.AdminScopes(t, h)}
	revoke := func() {
		if err := h.App.Revoke(t.Context(), by, "thief"); err != nil {
			t.Fatal(err)
		}
	}
	demote := func() {
		no := false
		if _, err := h.App.PatchUser(t.Context(), by, "thief", people.UserPatch{Admin: &no}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name, method, path, body string
		then                     func()
	}{
		{"a token for another", "POST", "/hub/api/users/ann/tokens", `{"note": "mine"}`, revoke},
		{"a new administrator", "POST", "/hub/api/users/zed", `{"admin": true}`, revoke},
		{"people", "POST", "/hub/api/users", `{"usernames": ["zed"]}`, demote},
		{"an administrator again", "PATCH", "/hub/api/users/thief", `{"admin": true}`, demote},
	} {
		t.Run(tc.name, func(t *testing.T) {
			yes := true
			if _, err := h.App.PatchUser(t.Context(), by, "thief", people.UserPatch{Admin: &yes}); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, &slowBody{
				parts: []io.Reader{strings.NewReader(tc.body[:5]), strings.NewReader(tc.body[5:])}, then: tc.then,
			})
			httpapitest.Bearer(h.Token(thief))(r)
			w := httptest.NewRecorder()
			h.Server.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// Who must change their password can do so, and nothing else, over the API neither.
func TestMustChangeOverTheAPI(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", true)
	h.Password(ann, "ann's password")
	must := func(must bool) {
		h.Update(func(ctx context.Context, tx data.Tx) error {
			p, err := tx.Password(ctx, ann.ID)
			if err != nil {
				return err
			}
			p.MustChange = must
			return tx.SetPassword(ctx, ann.ID, p)
		})
	}
	browser := h.Browser(ann)
	must(true)
	for _, tc := range [][3]string{
		{"POST", "/hub/api/users/ann/tokens", `{}`}, {"GET", "/hub/api/users", ""},
		{"POST", "/hub/api/users/ann/server", ""}, {"GET", "/hub/api/user", ""},
	} {
		w := h.Do(tc[0], tc[1], tc[2], browser, httpapitest.WithXSRF(h.XSRFOf(browser)))
		if w.Code != http.StatusForbidden || !strings.HasPrefix(httpapitest.Message(t, w), "Change your password first") {
			t.Errorf("%s %s: %d %s", tc[0], tc[1], w.Code, w.Body)
		}
	}
	// Whoever has a token got it with another password, or from somebody who may.
	if w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(h.Token(ann))); w.Code != http.StatusOK {
		t.Errorf("with a token: %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	browser(r)
	who := h.Identified(r, endpoint.Page)
	if _, err := h.App.CreateToken(t.Context(), who, "ann", tokens.TokenRequest{}); !hub.Is(err, hub.Forbidden) {
		t.Errorf("a token: %v", err)
	}
	if err := h.App.ChangePassword(t.Context(), who, "ann's password", "another password"); err != nil {
		t.Fatal(err)
	}
	w := h.Do("POST", "/hub/api/users/ann/tokens", `{}`, browser, httpapitest.WithXSRF(h.XSRFOf(browser)))
	if w.Code != http.StatusCreated {
		t.Errorf("after the change: %d %s", w.Code, w.Body)
	}
}

// That nobody can tell who asks is not the same as that it is nobody.
func TestCannotTellWhoAsks(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	known, unknown, browser := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(h.Token(ann)), h.Browser(ann)
	if w := h.Do("GET", "/hub/api/user", "", known); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if err := h.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		as     httpapitest.Asker
		status int
	}{"known": {known, http.StatusOK}, "a token": {unknown, http.StatusServiceUnavailable}, "cookies": {browser, http.StatusServiceUnavailable}} {
		w := h.Do("GET", "/hub/api/user", "", tc.as)
		if w.Code != tc.status || (w.Header().Get("Retry-After") == "") != (tc.status == http.StatusOK) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
