package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

func TestLogin(t *testing.T) {
	h := newPageHub(t)
	for _, c := range []struct{ name, query, want string }{
		{"ann", "", "/hub/home"},
		{" ANN ", "", "/hub/home"},
		{"ann", "?x=1", "/hub/home?x=1"},
		{"ann", "?next=%2Fuser%2Fann%2Flab%3Fa%3D1%23b", "/user/ann/lab?a=1#b"},
		{"ann", "?next=%2Fhub%2Fhome&x=1", "/hub/home"},
		{"ann", "?next=http%3A%2F%2Fhub.example%2Fuser%2Fann", "/user/ann"},
		{"ann", "?next=%2F%2Fevil.example", "/hub/home"},
		{"ann", "?next=%2F%5Cevil.example", "/%5Cevil.example"},
		{"ann", "?next=%2F%0A%2Fevil.example", "/hub/home"},
		{"ann", "?next=javascript%3Aalert(1)", "/hub/home"},
	} {
		v := h.visitor()
		wantRedirect(t, c.name+c.query, v.logIn(c.name, "ann's password", c.query), c.want)
		if v.cookie("/", SessionCookie) == "" || v.cookie("/user/ann/", LoginCookie) != "" || v.cookie("/hub/", LoginCookie) == "" {
			t.Error("the cookies are not where they belong")
		}
		wantPage(t, "home", v.get("/hub/home"), http.StatusOK, `"user":"ann"`)
		wantRedirect(t, "the login page of one who is logged in", v.get("/hub/login?next=/user/ann/"), "/user/ann/")
	}
}

func TestLoginFails(t *testing.T) {
	h := newPageHub(t)
	for _, name := range []string{"ann", "nobody", "", `"><script>alert(1)</script>`, "../..", strings.Repeat("x", 10_000), "a\x00b", "\xff"} {
		h.advance(time.Hour) // bad names count together
		v := h.visitor()
		w := v.logIn(name, "wrong", "?next=/user/ann/")
		wantPage(t, name, w, http.StatusForbidden, "The username or the password is not right.", `action="/hub/login?next=%2Fuser%2Fann%2F"`)
		if strings.Contains(w.Body.String(), "<script>alert") || len(w.Body.String()) > 10_000 {
			t.Errorf("%.40q comes back as it is", name)
		}
		if v.cookie("/", SessionCookie) != "" {
			t.Errorf("%.40q got a session", name)
		}
	}
	v := h.visitor()
	wantPage(t, "kept name", v.logIn("ann", "wrong", ""), http.StatusForbidden, `value="ann"`)
	wantRedirect(t, "the next try", v.logIn("ann", "ann's password", ""), "/hub/home")
}

func TestLoginWithoutXSRF(t *testing.T) {
	h := newPageHub(t)
	form := url.Values{"username": {"ann"}, "password": {"ann's password"}}
	for what, token := range map[string]string{"none": "", "wrong": "wrong"} {
		v := h.visitor()
		v.get("/hub/login")
		form.Set("_xsrf", token)
		w := v.post("/hub/login", form)
		wantPage(t, what, w, http.StatusForbidden, "open for too long", `value="ann"`)
		if v.cookie("/", SessionCookie) != "" {
			t.Error(what + ": logged in all the same")
		}
		form.Set("_xsrf", v.token(w))
		wantRedirect(t, "again after "+what, v.post("/hub/login", form), "/hub/home")
	}
	v := h.loggedIn("ann", "ann's password")
	form.Set("_xsrf", "of another time")
	w := v.post("/hub/login", form)
	wantPage(t, "a stale form of one who is logged in", w, http.StatusForbidden)
	form.Set("_xsrf", v.token(w))
	wantRedirect(t, "again", v.post("/hub/login", form), "/hub/home")

	other := h.visitor()
	form.Set("_xsrf", other.token(other.get("/hub/login")))
	w = other.post("/hub/login", form, header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Origin", "https://evil.example"))
	wantPage(t, "another site's form", w, http.StatusForbidden)
	if w := other.get("/hub/login", fetch("cors", "same-origin", "empty")); w.Code != http.StatusForbidden || xsrfField.MatchString(w.Body.String()) {
		t.Errorf("a script gets the login page: %d", w.Code)
	}
}

func TestLoginReplacesTheSession(t *testing.T) {
	h := newPageHub(t)
	v := h.loggedIn("ann", "ann's password")
	session, login := v.cookie("/", SessionCookie), v.cookie("/hub/", LoginCookie)
	page := v.get("/hub/change-password") // a form with the token of who is logged in
	w := v.post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {v.token(page)}})
	wantRedirect(t, "login again", w, "/hub/home")
	if v.cookie("/", SessionCookie) == session {
		t.Error("the session is the same")
	}
	if _, ok := h.app.Identities().ByCookies(t.Context(), session, login); ok {
		t.Error("the former session still lives")
	}
	wantPage(t, "home", v.get("/hub/home"), http.StatusOK)
}

// Every notebook server visited knows a person's session id; its owner must not be
// able to log the person out with it.
func TestLoginDoesNotEndTheSessionOfAnother(t *testing.T) {
	h := newPageHub(t)
	ann := h.loggedIn("ann", "ann's password")
	session, login := ann.cookie("/", SessionCookie), ann.cookie("/hub/", LoginCookie)
	bob := h.visitor()
	page := bob.get("/hub/login")
	h.password(h.user("bob", false), "bob's password")
	form := url.Values{"username": {"bob"}, "password": {"bob's password"}, "_xsrf": {bob.token(page)}}
	w := bob.post("/hub/login", form, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: session})
	})
	wantRedirect(t, "log in", w, "/hub/home")
	if _, ok := h.app.Identities().ByCookies(t.Context(), session, login); !ok {
		t.Error("ann's session was ended by bob")
	}
}

func TestLoginThrottled(t *testing.T) {
	h := newPageHub(t)
	v := h.visitor()
	for range 100 {
		w := v.logIn("ann", "wrong", "")
		if w.Code == http.StatusForbidden {
			continue
		}
		wantPage(t, "throttled", w, http.StatusTooManyRequests, "Try again in", `value="ann"`)
		if n, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || n < 1 {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		h.advance(time.Hour)
		wantRedirect(t, "later", v.logIn("ann", "ann's password", ""), "/hub/home")
		return
	}
	t.Error("100 wrong passwords in a row")
}

type oneWord string

func (p oneWord) Authenticate(_ context.Context, name, password string) (hub.Identity, bool, error) {
	return hub.Identity{Name: name}, password == string(p), nil
}

func TestDummyLogin(t *testing.T) {
	h := newPageHub(t, func(c *app.Config, _ *Options) {
		c.Logins = append(c.Logins, login.Method{Slug: "trial", Check: oneWord("trial"), Names: login.NamesArePeople, Trial: true})
	})
	v := h.visitor()
	wantPage(t, "form", v.get("/hub/login"), http.StatusOK, "for trials")
	wantRedirect(t, "anybody", v.logIn("zoe", "trial", ""), "/hub/home")
	wantPage(t, "no password to change", v.get("/hub/change-password"), http.StatusForbidden, "no password")
	if w := h.do("GET", "/hub/api/users/zoe", "", bearer(h.token(h.user("root", true)))); w.Code != http.StatusOK {
		t.Errorf("somebody made by their login is not found: %d", w.Code)
	}
	auth := `{"auth": {"username": "yan", "password": "trial"}}`
	if w := h.do("POST", "/hub/api/users/yan/tokens", auth); w.Code != http.StatusForbidden {
		t.Errorf("a program's credentials made somebody: %d", w.Code)
	}
}

func TestLogout(t *testing.T) {
	h := newPageHub(t)
	for what, out := range map[string]func(v *visitor) (int, string){
		"GET": func(v *visitor) (int, string) {
			w := v.get("/hub/logout")
			return w.Code, location(w)
		},
		"POST": func(v *visitor) (int, string) {
			w := v.post("/hub/logout", url.Values{"_xsrf": {v.token(v.get("/hub/change-password"))}})
			return w.Code, location(w)
		},
	} {
		v := h.loggedIn("ann", "ann's password")
		session, login := v.cookie("/", SessionCookie), v.cookie("/hub/", LoginCookie)
		if code, to := out(v); code != http.StatusFound || to != "/hub/login" {
			t.Errorf("%s: %d to %s", what, code, to)
		}
		if v.cookie("/", SessionCookie)+v.cookie("/hub/", LoginCookie)+v.cookie("/hub/", xsrfCookie) != "" {
			t.Errorf("%s: cookies are left", what)
		}
		if _, ok := h.app.Identities().ByCookies(t.Context(), session, login); ok {
			t.Errorf("%s: the session lives", what)
		}
		wantRedirect(t, what+", then home", v.get("/hub/home?x=1"), "/hub/login?next=%2Fhub%2Fhome%3Fx%3D1")
	}
	v := h.loggedIn("ann", "ann's password")
	wantPage(t, "POST without a token", v.post("/hub/logout", nil), http.StatusForbidden)
	wantPage(t, "still there", v.get("/hub/home"), http.StatusOK)
	wantRedirect(t, "nobody", h.visitor().get("/hub/logout"), "/hub/login")
}

func TestLogoutEverywhere(t *testing.T) {
	h := newPageHub(t)
	one, two := h.loggedIn("ann", "ann's password"), h.loggedIn("ann", "ann's password")
	if w := one.get("/hub/logout-everywhere"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	wantPage(t, "without a token", one.post("/hub/logout-everywhere", nil), http.StatusForbidden)
	token := one.token(one.get("/hub/change-password"))
	wantRedirect(t, "everywhere", one.post("/hub/logout-everywhere", url.Values{"_xsrf": {token}}), "/hub/login")
	for _, v := range []*visitor{one, two} {
		wantRedirect(t, "afterwards", v.get("/hub/home"), "/hub/login?next=%2Fhub%2Fhome")
	}
}

func TestChangePassword(t *testing.T) {
	h := newPageHub(t)
	v, other := h.loggedIn("ann", "ann's password"), h.loggedIn("ann", "ann's password")
	token := v.token(v.get("/hub/change-password"))
	change := func(old, fresh, again string) url.Values {
		return url.Values{"_xsrf": {token}, "old_password": {old}, "new_password": {fresh}, "new_password_confirmation": {again}}
	}
	for what, form := range map[string]url.Values{
		"wrong old": change("wrong", "another good one", "another good one"),
		"differ":    change("ann's password", "another good one", "another good two"),
		"short":     change("ann's password", "short", "short"),
		"the same":  change("ann's password", "ann's password", "ann's password"),
		"nothing":   change("", "", ""),
	} {
		wantPage(t, what, v.post("/hub/change-password", form), http.StatusBadRequest, `role="alert"`)
	}
	wantPage(t, "done", v.post("/hub/change-password?next=/user/ann/", change("ann's password", "another good one", "another good one")),
		http.StatusOK, "is changed", `href="/user/ann/"`)
	wantPage(t, "this browser", v.get("/hub/home"), http.StatusOK)
	wantRedirect(t, "the other browser", other.get("/hub/home"), "/hub/login?next=%2Fhub%2Fhome")
	wantPage(t, "the old password", h.visitor().logIn("ann", "ann's password", ""), http.StatusForbidden)
	h.loggedIn("ann", "another good one")
	wantRedirect(t, "nobody", h.visitor().get("/hub/change-password"), "/hub/login?next=%2Fhub%2Fchange-password")
}

// Who must change their password gets to no other page before, however they come.
func TestForcedChange(t *testing.T) {
	h := newPageHub(t)
	bob := h.user("bob", false)
	h.password(bob, "bob's password")
	h.update(func(ctx context.Context, tx data.Tx) error {
		p, err := tx.Password(ctx, bob.ID)
		if err != nil {
			return err
		}
		p.MustChange = true
		return tx.SetPassword(ctx, bob.ID, p)
	})
	v := h.visitor()
	wantRedirect(t, "login", v.logIn("bob", "bob's password", "?next=/user/bob/lab"), "/hub/change-password?next=%2Fuser%2Fbob%2Flab")
	for _, target := range []string{"/hub/", "/hub/home", "/hub/spawn", "/hub/spawn-pending/bob", "/hub/user-redirect/lab", "/hub/user/bob/lab", "/hub/api/oauth2/authorize?client_id=x"} {
		wantRedirect(t, target, v.get(target), "/hub/change-password?next="+url.QueryEscape(target))
	}
	if s, err := h.app.GetServer(t.Context(), &access.Requester{User: bob, Scopes: adminScopes(t, h)}, "bob", "", "read:servers"); err != nil || s.Active() {
		t.Errorf("a server was started: %v %v", s.Phase, err)
	}
	page := v.get("/hub/change-password?next=/user/bob/lab")
	wantPage(t, "form", page, http.StatusOK, "before you go on")
	w := v.post("/hub/change-password?next=/user/bob/lab", url.Values{
		"_xsrf": {v.token(page)}, "old_password": {"bob's password"},
		"new_password": {"bob's new one"}, "new_password_confirmation": {"bob's new one"},
	})
	wantRedirect(t, "done", w, "/user/bob/lab")
	wantPage(t, "home", v.get("/hub/home"), http.StatusOK)
}
