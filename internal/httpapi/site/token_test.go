package site_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

var (
	secretField = regexp.MustCompile(`id="secret"[^>]* value="([^"]+)"`)
	idField     = regexp.MustCompile(`name="id" value="(a\d+)"`)
)

func TestTokenPage(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.LoggedIn("ann", "ann's password")
	first := ann.Get("/hub/token")
	httpapitest.WantPage(t, "no tokens", first, http.StatusOK, "You have none", "None so far", `<option value="2592000" selected>`)
	w := ann.Post("/hub/token", url.Values{
		"_xsrf": {ann.Token(first)}, "note": {`my "script" <b>`}, "expires_in": {"3600"}, "scopes": {"read:users!user, read:servers!user"},
	})
	httpapitest.WantPage(t, "a new token", w, http.StatusOK, "not shown again", html.EscapeString(`my "script" <b>`), "in 1 hour", "read:servers!user")
	m := secretField.FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("no token in %s", w.Body)
	}
	secret := html.UnescapeString(m[1])
	if w := h.Do("GET", "/hub/api/users/ann", "", httpapitest.Bearer(secret)); w.Code != http.StatusOK {
		t.Errorf("the token does not work: %d %s", w.Code, w.Body)
	}
	if w := h.Do("POST", "/hub/api/users/ann/server", "", httpapitest.Bearer(secret)); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
		t.Errorf("the token does more than its scopes: %d", w.Code)
	}
	again := ann.Get("/hub/token")
	if strings.Contains(again.Body.String(), secret) || strings.Contains(h.Log.String(), secret) {
		t.Error("the token is shown again, or logged")
	}
	ids := idField.FindAllStringSubmatch(again.Body.String(), -1)
	if len(ids) != 1 {
		t.Fatalf("%d tokens can be revoked", len(ids))
	}
	form := url.Values{"_xsrf": {ann.Token(again)}, "id": {ids[0][1]}}
	httpapitest.WantRedirect(t, "revoking", ann.Post("/hub/token/revoke", form), "/hub/token")
	if w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(secret)); w.Code != http.StatusForbidden {
		t.Errorf("a revoked token: %d", w.Code)
	}
	httpapitest.WantRedirect(t, "revoking twice", ann.Post("/hub/token/revoke", form), "/hub/token")
}

func TestTokenPageRefuses(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/token"), "/hub/login?next=%2Fhub%2Ftoken")
	ann := h.LoggedIn("ann", "ann's password")
	token := ann.Token(ann.Get("/hub/token"))
	for name, c := range map[string]struct {
		form   url.Values
		status int
		say    string
	}{
		"somebody else's scopes": {url.Values{"scopes": {"admin:users"}, "note": {"kept"}}, 400, "admin:users"},
		"no such scope":          {url.Values{"scopes": {`<script>alert(1)</script>`}, "note": {"kept"}}, 400, "kept"},
		"a long note":            {url.Values{"note": {strings.Repeat("x", hub.MaxTokenNote+1)}}, 400, "too long"},
		"a strange lifetime":     {url.Values{"expires_in": {"soon"}, "note": {"kept"}}, 400, "kept"},
		"a lifetime gone by":     {url.Values{"expires_in": {"-1"}, "note": {"kept"}}, 400, "Choose from the list when it expires"},
	} {
		c.form.Set("_xsrf", token)
		w := ann.Post("/hub/token", c.form)
		httpapitest.WantPage(t, name, w, c.status, "No token was made", c.say)
		if strings.Contains(w.Body.String(), "<script>alert") || secretField.MatchString(w.Body.String()) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	for _, path := range []string{"/hub/token", "/hub/token/revoke"} {
		if w := ann.Post(path, url.Values{"note": {"x"}, "id": {"a1"}}); w.Code != http.StatusForbidden {
			t.Errorf("%s without the XSRF token: %d", path, w.Code)
		}
	}
	bob := h.User("bob", false)
	h.Token(bob)
	tokens := httpapitest.JSONBody[map[string][]map[string]any](t, h.Do("GET", "/hub/api/users/bob/tokens", "", httpapitest.Bearer(h.Token(h.User("root", true)))))
	id := tokens["api_tokens"][0]["id"].(string)
	httpapitest.WantRedirect(t, "somebody else's token", ann.Post("/hub/token/revoke", url.Values{"_xsrf": {token}, "id": {id}}), "/hub/token")
	if left := httpapitest.JSONBody[map[string][]any](t, h.Do("GET", "/hub/api/users/bob/tokens", "", httpapitest.Bearer(h.Token(h.User("root2", true))))); len(left["api_tokens"]) != 1 {
		t.Errorf("bob has %d tokens", len(left["api_tokens"]))
	}
}

// Only the field that is to blame is marked, and gets the focus; what was typed stays.
func TestTokenPageMarksTheFieldThatIsWrong(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.LoggedIn("ann", "ann's password")
	token := ann.Token(ann.Get("/hub/token"))
	invalid := regexp.MustCompile(`<(?:input|select)[^>]* id="(\w+)"[^>]* aria-invalid="true" autofocus>`)
	for field, form := range map[string]url.Values{
		"note":     {"note": {strings.Repeat("x", hub.MaxTokenNote+1)}, "scopes": {"read:users!user"}},
		"lifetime": {"note": {"a script"}, "expires_in": {"soon"}, "scopes": {"read:users!user"}},
		"scopes":   {"note": {"a script"}, "scopes": {"read:everything"}},
	} {
		form.Set("_xsrf", token)
		w := ann.Post("/hub/token", form)
		httpapitest.WantPage(t, field, w, http.StatusBadRequest, `aria-describedby="`, `id="problem"`, `value="`+form.Get("scopes")+`"`)
		marked := invalid.FindAllStringSubmatch(w.Body.String(), -1)
		if len(marked) != 1 || marked[0][1] != field || strings.Count(w.Body.String(), "aria-invalid") != 1 {
			t.Errorf("%s: marked are %v in\n%s", field, marked, w.Body)
		}
	}
	httpapitest.WantPage(t, "words", ann.Post("/hub/token", url.Values{"_xsrf": {token}, "scopes": {"read:everything"}}), http.StatusBadRequest,
		"There is no permission called read:everything.")
}

// All logins to one application are one row, and go at once.
func TestTokenPageListsApplications(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.LoggedIn("ann", "ann's password")
	var secrets []string
	h.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "ann")
		if err != nil {
			return err
		}
		if err := tx.PutOAuthClient(ctx, hub.OAuthClient{ID: "service-wiki", SecretHash: "x", RedirectURI: "/services/wiki/", Description: "The Wiki"}); err != nil {
			return err
		}
		for range 2 {
			secret := hub.NewToken()
			secrets = append(secrets, secret)
			_, err := tx.CreateToken(ctx, hub.Token{
				UserID: u.ID, Hash: hub.HashSecret(secret), Scopes: []string{"read:users:name!user"}, ClientID: "service-wiki",
				LastActivity: tx.Now().Add(-3 * time.Hour),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	w := ann.Get("/hub/token")
	httpapitest.WantPage(t, "applications", w, http.StatusOK, "The Wiki", "(2 logins)", "3 h ago", "All 2 logins to it end")
	id := idField.FindStringSubmatch(w.Body.String())
	if id == nil {
		t.Fatal("nothing can be revoked")
	}
	ann.Post("/hub/token/revoke", url.Values{"_xsrf": {ann.Token(w)}, "id": {id[1]}})
	for _, secret := range secrets {
		if w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(secret)); w.Code != http.StatusForbidden {
			t.Errorf("a login to a revoked application: %d", w.Code)
		}
	}
}

// Somebody with thousands of tokens sees as many of them at once as a page can show.
func TestTokenPageShowsThousandsPageByPage(t *testing.T) {
	for _, n := range []int{120, 1020} { // read at once, and part by part
		h := httpapitest.NewWithPages(t)
		ann := h.LoggedIn("ann", "ann's password")
		h.ManyTokens("ann", n)
		seen, pages := map[string]bool{}, 0
		address := "/hub/token"
		for address != "" {
			pages++
			w := ann.Get(address)
			if w.Code != http.StatusOK || w.Body.Len() > 200_000 {
				t.Fatalf("%s: %d, %d bytes", address, w.Code, w.Body.Len())
			}
			for _, note := range regexp.MustCompile(`>(token-\d+\.)</th>`).FindAllStringSubmatch(w.Body.String(), -1) {
				seen[note[1]] = true
			}
			address = ""
			if m := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(w.Body.String()); m != nil {
				address = html.UnescapeString(m[1])
			}
		}
		if len(seen) != n || pages != (n+49)/50 {
			t.Errorf("%d of %d tokens on %d pages", len(seen), n, pages)
		}
		last := ann.Get(fmt.Sprintf("/hub/token?page=%d", pages))
		httpapitest.WantPage(t, "the last page", last, http.StatusOK, fmt.Sprintf("%d of %d", n, n), `rel="prev"`, "token-0000.")
		for _, odd := range []string{"0", "-1", "x", "99999999999999999999", fmt.Sprint(pages + 1)} {
			httpapitest.WantPage(t, odd, ann.Get("/hub/token?page="+odd), http.StatusOK, fmt.Sprintf("token-%04d.", n-1), fmt.Sprintf("1–50 of %d", n))
		}
	}
}

func TestTokenPageSaysThatThereAreTooMany(t *testing.T) {
	h := httpapitest.NewWithPages(t, func(c *app.Config, _ *httpapi.Options) { c.TokenLimit = 3 })
	ann := h.LoggedIn("ann", "ann's password")
	h.ManyTokens("ann", 3)
	token := ann.Token(ann.Get("/hub/token"))
	w := ann.Post("/hub/token", url.Values{"_xsrf": {token}, "note": {"one more"}})
	httpapitest.WantPage(t, "one more", w, http.StatusBadRequest, "No token was made", "ann has 3 tokens, as many as one person may have", "one more")
	if strings.Contains(w.Body.String(), "aria-invalid") {
		t.Error("a field is marked, and none is wrong")
	}
}
