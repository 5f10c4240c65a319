package site_test

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
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

var claimField = regexp.MustCompile(`name="claim" value="([^"]+)"`)

// The first login of somebody without a password sets it, once it was typed twice.
func TestClaimPage(t *testing.T) {
	const chosen, query = "seven brown foxes", "?next=/user/bob/lab"
	h := httpapitest.NewWithPages(t, httpapitest.WithClaims)
	h.User("bob", false)
	h.User("eve", false)
	v := h.Visitor()
	httpapitest.WantPage(t, "a common password", v.LogIn("bob", "password1", query), http.StatusForbidden,
		"You have no password yet", "everybody tries", `value="bob"`, `action="/hub/login?next=%2Fuser%2Fbob%2Flab"`)

	w := v.LogIn(" BOB ", chosen, query)
	httpapitest.WantPage(t, "the second form", w, http.StatusOK, "Set your password", `value="bob"`, `action="/hub/login?next=%2Fuser%2Fbob%2Flab"`)
	ticket := claimField.FindStringSubmatch(w.Body.String())
	if ticket == nil || strings.Contains(w.Body.String(), chosen) {
		t.Fatalf("the form has no ticket, or the password: %s", w.Body)
	}
	again := func(name, password, ticket, xsrf string) *httptest.ResponseRecorder {
		return v.Post("/hub/login"+query, url.Values{"username": {name}, "password": {password}, "claim": {ticket}, "_xsrf": {xsrf}})
	}
	xsrf := v.Token(w)
	httpapitest.WantPage(t, "a slip", again("bob", "seven brown foxed", ticket[1], xsrf), http.StatusBadRequest, "not the same", `value="bob"`)
	httpapitest.WantPage(t, "somebody else", again("eve", chosen, ticket[1], xsrf), http.StatusBadRequest, "not the same")
	httpapitest.WantPage(t, "no ticket of ours", again("bob", chosen, strings.Repeat("A", 54), xsrf), http.StatusBadRequest)
	httpapitest.WantPage(t, "no ticket at all", again("bob", chosen, "x", xsrf), http.StatusBadRequest, "open for too long")
	httpapitest.WantPage(t, "another site's form", again("bob", chosen, ticket[1], "wrong"), http.StatusForbidden, "open for too long")
	h.Advance(11 * time.Minute)
	httpapitest.WantPage(t, "too late", again("bob", chosen, ticket[1], xsrf), http.StatusBadRequest, "open for too long")
	if v.Cookie("/", endpoint.SessionCookie) != "" {
		t.Error("bob is logged in already")
	}

	w = v.LogIn("bob", chosen, query)
	w = again("bob", chosen, claimField.FindStringSubmatch(w.Body.String())[1], v.Token(w))
	httpapitest.WantRedirect(t, "done", w, "/user/bob/lab")
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK, `"user":"bob"`)
	httpapitest.WantPage(t, "eve cannot claim it again", h.Visitor().LogIn("bob", "the words of eve", ""), http.StatusForbidden, "The username or the password is not right.")
	h.LoggedIn("bob", chosen)
}

// A failed login says the same, whoever is asked for: somebody with a password, somebody
// whose claim is closed, nobody at all. It says whom to ask.
func TestFailedLoginsLookAlike(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithClaims)
	h.User("old", false)
	h.Advance(15 * 24 * time.Hour)
	h.User("root", true)
	v := h.Visitor()
	page := func(name string) string {
		h.Advance(time.Hour)
		w := v.LogIn(name, "seven brown foxes", "")
		httpapitest.WantPage(t, name, w, http.StatusForbidden, "The username or the password is not right.", "Ask an administrator of this hub")
		return strings.ReplaceAll(w.Body.String(), `value="`+name+`"`, `value=""`)
	}
	want := httpapitest.XSRFField.ReplaceAllString(page("ann"), "")
	for _, name := range []string{"old", "root", "nobody"} {
		if got := httpapitest.XSRFField.ReplaceAllString(page(name), ""); got != want {
			t.Errorf("%s is answered otherwise than ann:\n%s\n%s", name, got, want)
		}
	}
}

// Credentials in a body neither claim an account nor go round a forced change, and say
// of it to those alone who know the password.
func TestCredentialsInABody(t *testing.T) {
	h := httpapitest.New(t, httpapitest.WithClaims, func(c *app.Config, _ *httpapi.Options) { c.PasswordTokens = true })
	root := h.User("root", true)
	h.User("ann", false)
	h.User("bob", false)
	admin := httpapitest.Bearer(h.Token(root))
	const chosen = "seven brown foxes"
	if w := h.Do("POST", "/hub/api/bulk/users/passwords", `{"users": [{"username": "bob", "password": "`+chosen+`"}]}`, admin); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	var scenarios []httpapitest.Scenario
	for _, c := range []struct{ name, password, message string }{
		{"ann", chosen, "Forbidden"}, {"bob", "wrong", "Forbidden"}, {"bob", chosen, "Change your password first"},
	} {
		who := `{"username": "` + c.name + `", "password": "` + c.password + `"}`
		scenarios = append(scenarios,
			httpapitest.Scenario{Name: c.name + " to themselves, " + c.password, Method: "POST", Path: "/hub/api/users/" + c.name + "/tokens", Body: `{"auth": ` + who + `}`, Status: 403, Message: c.message},
			httpapitest.Scenario{Name: c.name + " for a password, " + c.password, Method: "POST", Path: "/hub/api/authorizations/token", Body: who, Status: 403, Message: c.message})
	}
	scenarios = append(scenarios, httpapitest.Scenario{Name: "still unclaimed", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"password": "unclaimed"}`})
	h.Run(t, scenarios)
}

// A hash that another program made lets its person in, and is made anew then.
func TestImportedHash(t *testing.T) {
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuuXsi17ulqVreSncopoj6e859g9cjwKpW" // of "an imported word"
	h := httpapitest.NewWithPages(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.Run(t, []httpapitest.Scenario{
		{
			Name: "import", Method: "POST", Path: "/hub/api/bulk/users", As: []httpapitest.Asker{admin}, Status: 200,
			Body: `{"users": [{"username": "bob", "password_hash": "` + bcrypt + `"}, {"username": "cy", "password_hash": "plain"}]}`, Want: `{"counts": {"created": 1, "failed": 1}}`,
		},
	})
	hash := func() (hash string) {
		err := h.DB.View(t.Context(), func(tx data.Tx) error {
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
	httpapitest.WantPage(t, "a wrong word", h.Visitor().LogIn("bob", "another word", ""), http.StatusForbidden)
	if hash() != bcrypt {
		t.Errorf("a wrong word has changed the hash to %s", hash())
	}
	h.LoggedIn("bob", "an imported word")
	if !strings.HasPrefix(hash(), "$argon2id$") {
		t.Errorf("after the login the hash is %s", hash())
	}
	h.LoggedIn("bob", "an imported word")
}
