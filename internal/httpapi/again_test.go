package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
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
	h := newTestHub(t)
	boss, thief := h.user("boss", true), h.user("thief", true)
	h.user("ann", false)
	by := &access.Requester{User: boss, Scopes: adminScopes(t, h)}
	revoke := func() {
		if err := h.app.Revoke(t.Context(), by, "thief"); err != nil {
			t.Fatal(err)
		}
	}
	demote := func() {
		no := false
		if _, err := h.app.PatchUser(t.Context(), by, "thief", people.UserPatch{Admin: &no}); err != nil {
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
			if _, err := h.app.PatchUser(t.Context(), by, "thief", people.UserPatch{Admin: &yes}); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, &slowBody{
				parts: []io.Reader{strings.NewReader(tc.body[:5]), strings.NewReader(tc.body[5:])}, then: tc.then,
			})
			bearer(h.token(thief))(r)
			w := httptest.NewRecorder()
			h.server.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// Who must change their password can do so, and nothing else, over the API neither.
func TestMustChangeOverTheAPI(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", true)
	h.password(ann, "ann's password")
	must := func(must bool) {
		h.update(func(ctx context.Context, tx data.Tx) error {
			p, err := tx.Password(ctx, ann.ID)
			if err != nil {
				return err
			}
			p.MustChange = must
			return tx.SetPassword(ctx, ann.ID, p)
		})
	}
	browser := h.browser(ann)
	must(true)
	for _, tc := range [][3]string{
		{"POST", "/hub/api/users/ann/tokens", `{}`}, {"GET", "/hub/api/users", ""},
		{"POST", "/hub/api/users/ann/server", ""}, {"GET", "/hub/api/user", ""},
	} {
		w := h.do(tc[0], tc[1], tc[2], browser, withXSRF(h.xsrfOf(browser)))
		if w.Code != http.StatusForbidden || !strings.HasPrefix(message(t, w), "Change your password first") {
			t.Errorf("%s %s: %d %s", tc[0], tc[1], w.Code, w.Body)
		}
	}
	// Whoever has a token got it with another password, or from somebody who may.
	if w := h.do("GET", "/hub/api/user", "", bearer(h.token(ann))); w.Code != http.StatusOK {
		t.Errorf("with a token: %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	browser(r)
	who := h.identified(r, page)
	if _, err := h.app.CreateToken(t.Context(), who, "ann", tokens.TokenRequest{}); !hub.Is(err, hub.Forbidden) {
		t.Errorf("a token: %v", err)
	}
	if err := h.app.ChangePassword(t.Context(), who, "ann's password", "another password"); err != nil {
		t.Fatal(err)
	}
	w := h.do("POST", "/hub/api/users/ann/tokens", `{}`, browser, withXSRF(h.xsrfOf(browser)))
	if w.Code != http.StatusCreated {
		t.Errorf("after the change: %d %s", w.Code, w.Body)
	}
}

// That nobody can tell who asks is not the same as that it is nobody.
func TestCannotTellWhoAsks(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	known, unknown, browser := bearer(h.token(ann)), bearer(h.token(ann)), h.browser(ann)
	if w := h.do("GET", "/hub/api/user", "", known); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		as     asker
		status int
	}{"known": {known, http.StatusOK}, "a token": {unknown, http.StatusServiceUnavailable}, "cookies": {browser, http.StatusServiceUnavailable}} {
		w := h.do("GET", "/hub/api/user", "", tc.as)
		if w.Code != tc.status || (w.Header().Get("Retry-After") == "") != (tc.status == http.StatusOK) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
