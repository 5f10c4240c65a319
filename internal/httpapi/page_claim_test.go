package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
)

var claimField = regexp.MustCompile(`name="claim" value="([^"]+)"`)

// The first login of somebody without a password sets it, once it was typed twice.
func TestClaimPage(t *testing.T) {
	const chosen, query = "seven brown foxes", "?next=/user/bob/lab"
	h := newPageHub(t, withClaims)
	h.user("bob", false)
	h.user("eve", false)
	v := h.visitor()
	wantPage(t, "a common password", v.logIn("bob", "password1", query), http.StatusForbidden,
		"You have no password yet", "everybody tries", `value="bob"`, `action="/hub/login?next=%2Fuser%2Fbob%2Flab"`)

	w := v.logIn(" BOB ", chosen, query)
	wantPage(t, "the second form", w, http.StatusOK, "Set your password", `value="bob"`, `action="/hub/login?next=%2Fuser%2Fbob%2Flab"`)
	ticket := claimField.FindStringSubmatch(w.Body.String())
	if ticket == nil || strings.Contains(w.Body.String(), chosen) {
		t.Fatalf("the form has no ticket, or the password: %s", w.Body)
	}
	again := func(name, password, ticket, xsrf string) *httptest.ResponseRecorder {
		return v.post("/hub/login"+query, url.Values{"username": {name}, "password": {password}, "claim": {ticket}, "_xsrf": {xsrf}})
	}
	xsrf := v.token(w)
	wantPage(t, "a slip", again("bob", "seven brown foxed", ticket[1], xsrf), http.StatusBadRequest, "not the same", `value="bob"`)
	wantPage(t, "somebody else", again("eve", chosen, ticket[1], xsrf), http.StatusBadRequest, "not the same")
	wantPage(t, "no ticket of ours", again("bob", chosen, strings.Repeat("A", 54), xsrf), http.StatusBadRequest)
	wantPage(t, "no ticket at all", again("bob", chosen, "x", xsrf), http.StatusBadRequest, "open for too long")
	wantPage(t, "another site's form", again("bob", chosen, ticket[1], "wrong"), http.StatusForbidden, "open for too long")
	h.advance(11 * time.Minute)
	wantPage(t, "too late", again("bob", chosen, ticket[1], xsrf), http.StatusBadRequest, "open for too long")
	if v.cookie("/", SessionCookie) != "" {
		t.Error("bob is logged in already")
	}

	w = v.logIn("bob", chosen, query)
	w = again("bob", chosen, claimField.FindStringSubmatch(w.Body.String())[1], v.token(w))
	wantRedirect(t, "done", w, "/user/bob/lab")
	wantPage(t, "home", v.get("/hub/home"), http.StatusOK, `"user":"bob"`)
	wantPage(t, "eve cannot claim it again", h.visitor().logIn("bob", "the words of eve", ""), http.StatusForbidden, "The username or the password is not right.")
	h.loggedIn("bob", chosen)
}

// A failed login says the same, whoever is asked for: somebody with a password, somebody
// whose claim is closed, nobody at all. It says whom to ask.
func TestFailedLoginsLookAlike(t *testing.T) {
	h := newPageHub(t, withClaims)
	h.user("old", false)
	h.advance(15 * 24 * time.Hour)
	h.user("root", true)
	v := h.visitor()
	page := func(name string) string {
		h.advance(time.Hour)
		w := v.logIn(name, "seven brown foxes", "")
		wantPage(t, name, w, http.StatusForbidden, "The username or the password is not right.", "Ask an administrator of this hub")
		return strings.ReplaceAll(w.Body.String(), `value="`+name+`"`, `value=""`)
	}
	want := xsrfField.ReplaceAllString(page("ann"), "")
	for _, name := range []string{"old", "root", "nobody"} {
		if got := xsrfField.ReplaceAllString(page(name), ""); got != want {
			t.Errorf("%s is answered otherwise than ann:\n%s\n%s", name, got, want)
		}
	}
}

// Credentials in a body neither claim an account nor go round a forced change, and say
// of it to those alone who know the password.
func TestCredentialsInABody(t *testing.T) {
	h := newTestHub(t, withClaims, func(c *app.Config, _ *Options) { c.PasswordTokens = true })
	root := h.user("root", true)
	h.user("ann", false)
	h.user("bob", false)
	admin := bearer(h.token(root))
	const chosen = "seven brown foxes"
	if w := h.do("POST", "/hub/api/bulk/users/passwords", `{"users": [{"username": "bob", "password": "`+chosen+`"}]}`, admin); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	var scenarios []scenario
	for _, c := range []struct{ name, password, message string }{
		{"ann", chosen, "Forbidden"}, {"bob", "wrong", "Forbidden"}, {"bob", chosen, "Change your password first"},
	} {
		who := `{"username": "` + c.name + `", "password": "` + c.password + `"}`
		scenarios = append(scenarios,
			scenario{name: c.name + " to themselves, " + c.password, method: "POST", path: "/hub/api/users/" + c.name + "/tokens", body: `{"auth": ` + who + `}`, status: 403, message: c.message},
			scenario{name: c.name + " for a password, " + c.password, method: "POST", path: "/hub/api/authorizations/token", body: who, status: 403, message: c.message})
	}
	scenarios = append(scenarios, scenario{name: "still unclaimed", method: "GET", path: "/hub/api/users/ann", as: []asker{admin}, status: 200, want: `{"password": "unclaimed"}`})
	h.run(t, scenarios)
}

// A hash that another program made lets its person in, and is made anew then.
func TestImportedHash(t *testing.T) {
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuuXsi17ulqVreSncopoj6e859g9cjwKpW" // of "an imported word"
	h := newPageHub(t)
	admin := bearer(h.token(h.user("root", true)))
	h.run(t, []scenario{
		{
			name: "import", method: "POST", path: "/hub/api/bulk/users", as: []asker{admin}, status: 200,
			body: `{"users": [{"username": "bob", "password_hash": "` + bcrypt + `"}, {"username": "cy", "password_hash": "plain"}]}`, want: `{"counts": {"created": 1, "failed": 1}}`,
		},
	})
	hash := func() (hash string) {
		err := h.db.View(t.Context(), func(tx data.Tx) error {
			u, err := tx.UserByName(t.Context(), "bob")
			if err != nil {
				return err
			}
			p, err := tx.Password(t.Context(), u.ID)
			hash = p.Hash
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	wantPage(t, "a wrong word", h.visitor().logIn("bob", "another word", ""), http.StatusForbidden)
	if hash() != bcrypt {
		t.Errorf("a wrong word has changed the hash to %s", hash())
	}
	h.loggedIn("bob", "an imported word")
	if !strings.HasPrefix(hash(), "$argon2id$") {
		t.Errorf("after the login the hash is %s", hash())
	}
	h.loggedIn("bob", "an imported word")
}
