package site_test

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
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestLogin(t *testing.T) {
	h := httpapitest.NewWithPages(t)
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
		v := h.Visitor()
		httpapitest.WantRedirect(t, c.name+c.query, v.LogIn(c.name, "ann's password", c.query), c.want)
		if v.Cookie("/", endpoint.SessionCookie) == "" || v.Cookie("/user/ann/", endpoint.LoginCookie) != "" || v.Cookie("/hub/", endpoint.LoginCookie) == "" {
			t.Error("the cookies are not where they belong")
		}
		httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK, `"user":"ann"`)
		httpapitest.WantRedirect(t, "the login page of one who is logged in", v.Get("/hub/login?next=/user/ann/"), "/user/ann/")
	}
}

func TestLoginFails(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	for _, name := range []string{"ann", "nobody", "", `"><script>alert(1)</script>`, "../..", strings.Repeat("x", 10_000), "a\x00b", "\xff"} {
		h.Advance(time.Hour) // bad names count together
		v := h.Visitor()
		w := v.LogIn(name, "wrong", "?next=/user/ann/")
		httpapitest.WantPage(t, name, w, http.StatusForbidden, "The username or the password is not right.", `action="/hub/login?next=%2Fuser%2Fann%2F"`)
		if strings.Contains(w.Body.String(), "<script>alert") || len(w.Body.String()) > 10_000 {
			t.Errorf("%.40q comes back as it is", name)
		}
		if v.Cookie("/", endpoint.SessionCookie) != "" {
			t.Errorf("%.40q got a session", name)
		}
	}
	v := h.Visitor()
	httpapitest.WantPage(t, "kept name", v.LogIn("ann", "wrong", ""), http.StatusForbidden, `value="ann"`)
	httpapitest.WantRedirect(t, "the next try", v.LogIn("ann", "ann's password", ""), "/hub/home")
}

func TestLoginWithoutXSRF(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	form := url.Values{"username": {"ann"}, "password": {"ann's password"}}
	for what, token := range map[string]string{"none": "", "wrong": "wrong"} {
		v := h.Visitor()
		v.Get("/hub/login")
		form.Set("_xsrf", token)
		w := v.Post("/hub/login", form)
		httpapitest.WantPage(t, what, w, http.StatusForbidden, "open for too long", `value="ann"`)
		if v.Cookie("/", endpoint.SessionCookie) != "" {
			t.Error(what + ": logged in all the same")
		}
		form.Set("_xsrf", v.Token(w))
		httpapitest.WantRedirect(t, "again after "+what, v.Post("/hub/login", form), "/hub/home")
	}
	v := h.LoggedIn("ann", "ann's password")
	form.Set("_xsrf", "of another time")
	w := v.Post("/hub/login", form)
	httpapitest.WantPage(t, "a stale form of one who is logged in", w, http.StatusForbidden)
	form.Set("_xsrf", v.Token(w))
	httpapitest.WantRedirect(t, "again", v.Post("/hub/login", form), "/hub/home")

	other := h.Visitor()
	form.Set("_xsrf", other.Token(other.Get("/hub/login")))
	w = other.Post("/hub/login", form, httpapitest.Header("Sec-Fetch-Site", "cross-site"), httpapitest.Header("Sec-Fetch-Mode", "navigate"), httpapitest.Header("Origin", "https://evil.example"))
	httpapitest.WantPage(t, "another site's form", w, http.StatusForbidden)
	if w := other.Get("/hub/login", httpapitest.Fetch("cors", "same-origin", "empty")); w.Code != http.StatusForbidden || httpapitest.XSRFField.MatchString(w.Body.String()) {
		t.Errorf("a script gets the login page: %d", w.Code)
	}
}

func TestLoginReplacesTheSession(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	session, login := v.Cookie("/", endpoint.SessionCookie), v.Cookie("/hub/", endpoint.LoginCookie)
	page := v.Get("/hub/change-password") // a form with the token of who is logged in
	w := v.Post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {v.Token(page)}})
	httpapitest.WantRedirect(t, "login again", w, "/hub/home")
	if v.Cookie("/", endpoint.SessionCookie) == session {
		t.Error("the session is the same")
	}
	if _, ok := h.App.Identities().ByCookies(t.Context(), session, login); ok {
		t.Error("the former session still lives")
	}
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK)
}

// Every notebook server visited knows a person's session id; its owner must not be
// able to log the person out with it.
func TestLoginDoesNotEndTheSessionOfAnother(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.LoggedIn("ann", "ann's password")
	session, login := ann.Cookie("/", endpoint.SessionCookie), ann.Cookie("/hub/", endpoint.LoginCookie)
	bob := h.Visitor()
	page := bob.Get("/hub/login")
	h.Password(h.User("bob", false), "bob's password")
	form := url.Values{"username": {"bob"}, "password": {"bob's password"}, "_xsrf": {bob.Token(page)}}
	w := bob.Post("/hub/login", form, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: endpoint.SessionCookie, Value: session})
	})
	httpapitest.WantRedirect(t, "log in", w, "/hub/home")
	if _, ok := h.App.Identities().ByCookies(t.Context(), session, login); !ok {
		t.Error("ann's session was ended by bob")
	}
}

func TestLoginThrottled(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.Visitor()
	for range 100 {
		w := v.LogIn("ann", "wrong", "")
		if w.Code == http.StatusForbidden {
			continue
		}
		httpapitest.WantPage(t, "throttled", w, http.StatusTooManyRequests, "Try again in", `value="ann"`)
		if n, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || n < 1 {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		h.Advance(time.Hour)
		httpapitest.WantRedirect(t, "later", v.LogIn("ann", "ann's password", ""), "/hub/home")
		return
	}
	t.Error("100 wrong passwords in a row")
}

type oneWord string

func (p oneWord) Authenticate(_ context.Context, name, password string) (hub.Identity, bool, error) {
	return hub.Identity{Name: name}, password == string(p), nil
}

func TestDummyLogin(t *testing.T) {
	h := httpapitest.NewWithPages(t, func(c *app.Config, _ *httpapi.Options) {
		c.Logins = append(c.Logins, login.Method{Slug: "trial", Check: oneWord("trial"), Names: login.NamesArePeople, Trial: true})
	})
	v := h.Visitor()
	httpapitest.WantPage(t, "form", v.Get("/hub/login"), http.StatusOK, "for trials")
	httpapitest.WantRedirect(t, "anybody", v.LogIn("zoe", "trial", ""), "/hub/home")
	httpapitest.WantPage(t, "no password to change", v.Get("/hub/change-password"), http.StatusForbidden, "no password")
	if w := h.Do("GET", "/hub/api/users/zoe", "", httpapitest.Bearer(h.Token(h.User("root", true)))); w.Code != http.StatusOK {
		t.Errorf("somebody made by their login is not found: %d", w.Code)
	}
	auth := `{"auth": {"username": "yan", "password": "trial"}}`
	if w := h.Do("POST", "/hub/api/users/yan/tokens", auth); w.Code != http.StatusForbidden {
		t.Errorf("a program's credentials made somebody: %d", w.Code)
	}
}

func TestLogout(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	for what, out := range map[string]func(v *httpapitest.Visitor) (int, string){
		"GET": func(v *httpapitest.Visitor) (int, string) {
			w := v.Get("/hub/logout")
			return w.Code, httpapitest.Location(w)
		},
		"POST": func(v *httpapitest.Visitor) (int, string) {
			w := v.Post("/hub/logout", url.Values{"_xsrf": {v.Token(v.Get("/hub/change-password"))}})
			return w.Code, httpapitest.Location(w)
		},
	} {
		v := h.LoggedIn("ann", "ann's password")
		session, login := v.Cookie("/", endpoint.SessionCookie), v.Cookie("/hub/", endpoint.LoginCookie)
		if code, to := out(v); code != http.StatusFound || to != "/hub/login" {
			t.Errorf("%s: %d to %s", what, code, to)
		}
		if v.Cookie("/", endpoint.SessionCookie)+v.Cookie("/hub/", endpoint.LoginCookie)+v.Cookie("/hub/", endpoint.XSRFCookie) != "" {
			t.Errorf("%s: cookies are left", what)
		}
		if _, ok := h.App.Identities().ByCookies(t.Context(), session, login); ok {
			t.Errorf("%s: the session lives", what)
		}
		httpapitest.WantRedirect(t, what+", then home", v.Get("/hub/home?x=1"), "/hub/login?next=%2Fhub%2Fhome%3Fx%3D1")
	}
	v := h.LoggedIn("ann", "ann's password")
	httpapitest.WantPage(t, "POST without a token", v.Post("/hub/logout", nil), http.StatusForbidden)
	httpapitest.WantPage(t, "still there", v.Get("/hub/home"), http.StatusOK)
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/logout"), "/hub/login")
}

func TestLogoutEverywhere(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	one, two := h.LoggedIn("ann", "ann's password"), h.LoggedIn("ann", "ann's password")
	if w := one.Get("/hub/logout-everywhere"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	httpapitest.WantPage(t, "without a token", one.Post("/hub/logout-everywhere", nil), http.StatusForbidden)
	token := one.Token(one.Get("/hub/change-password"))
	httpapitest.WantRedirect(t, "everywhere", one.Post("/hub/logout-everywhere", url.Values{"_xsrf": {token}}), "/hub/login")
	for _, v := range []*httpapitest.Visitor{one, two} {
		httpapitest.WantRedirect(t, "afterwards", v.Get("/hub/home"), "/hub/login?next=%2Fhub%2Fhome")
	}
}

func TestChangePassword(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v, other := h.LoggedIn("ann", "ann's password"), h.LoggedIn("ann", "ann's password")
	token := v.Token(v.Get("/hub/change-password"))
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
		httpapitest.WantPage(t, what, v.Post("/hub/change-password", form), http.StatusBadRequest, `role="alert"`)
	}
	httpapitest.WantPage(t, "done", v.Post("/hub/change-password?next=/user/ann/", change("ann's password", "another good one", "another good one")),
		http.StatusOK, "is changed", `href="/user/ann/"`)
	httpapitest.WantPage(t, "this browser", v.Get("/hub/home"), http.StatusOK)
	httpapitest.WantRedirect(t, "the other browser", other.Get("/hub/home"), "/hub/login?next=%2Fhub%2Fhome")
	httpapitest.WantPage(t, "the old password", h.Visitor().LogIn("ann", "ann's password", ""), http.StatusForbidden)
	h.LoggedIn("ann", "another good one")
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/change-password"), "/hub/login?next=%2Fhub%2Fchange-password")
}

// Who must change their password gets to no other page before, however they come.
func TestForcedChange(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	bob := h.User("bob", false)
	h.Password(bob, "bob's password")
	h.Update(func(ctx context.Context, tx data.Tx) error {
		p, err := tx.Password(ctx, bob.ID)
		if err != nil {
			return err
		}
		p.MustChange = true
		return tx.SetPassword(ctx, bob.ID, p)
	})
	v := h.Visitor()
	httpapitest.WantRedirect(t, "login", v.LogIn("bob", "bob's password", "?next=/user/bob/lab"), "/hub/change-password?next=%2Fuser%2Fbob%2Flab")
	for _, target := range []string{"/hub/", "/hub/home", "/hub/spawn", "/hub/spawn-pending/bob", "/hub/user-redirect/lab", "/hub/user/bob/lab", "/hub/api/oauth2/authorize?client_id=x"} {
		httpapitest.WantRedirect(t, target, v.Get(target), "/hub/change-password?next="+url.QueryEscape(target))
	}
	if s, err := h.App.GetServer(t.Context(), &access.Requester{User: bob, Scopes: httpapitest.AdminScopes(t, h)}, "bob", "", "read:servers"); err != nil || s.Active() {
		t.Errorf("a server was started: %v %v", s.Phase, err)
	}
	page := v.Get("/hub/change-password?next=/user/bob/lab")
	httpapitest.WantPage(t, "form", page, http.StatusOK, "before you go on")
	w := v.Post("/hub/change-password?next=/user/bob/lab", url.Values{
		"_xsrf": {v.Token(page)}, "old_password": {"bob's password"},
		"new_password": {"bob's new one"}, "new_password_confirmation": {"bob's new one"},
	})
	httpapitest.WantRedirect(t, "done", w, "/user/bob/lab")
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK)
}
