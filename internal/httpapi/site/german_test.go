package site_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// Who wants German reads it: on pages, in what use cases say there, and where the API says it in plain words.
func TestPagesSpeakTheLanguageOfTheBrowser(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	german := httpapitest.Header("Accept-Language", "de-DE,de;q=0.9,en;q=0.8")
	v := h.Visitor()
	page := v.Get("/hub/login", german)
	httpapitest.WantPage(t, "login", page, http.StatusOK, `<html lang="de">`, "Anmelden")
	form := url.Values{"_xsrf": {v.Token(page)}, "username": {"ann"}, "password": {"wrong"}}
	httpapitest.WantPage(t, "a wrong password", v.Post("/hub/login", form, german), http.StatusForbidden, "Der Name oder das Passwort stimmt nicht.")
	httpapitest.WantPage(t, "without a wish", h.Visitor().Get("/hub/login"), http.StatusOK, `<html lang="en">`, "Log in")

	ann := h.LoggedIn("ann", "ann's password")
	httpapitest.WantPage(t, "somebody else's server", ann.Get("/hub/user/bob/lab", german), http.StatusNotFound, "bitten Sie bob, ihn zu teilen")
	httpapitest.WantPage(t, "not there", ann.Get("/hub/nothing", german), http.StatusNotFound, "Hier ist nichts")
	httpapitest.WantPage(t, "the panel", ann.Get("/hub/admin/users", german), http.StatusForbidden, "Das ist für die Verwaltung.")
	httpapitest.WantPage(t, "the account", ann.Get("/hub/account", german), http.StatusOK, "Wo Sie angemeldet sind", "dieses hier", "jetzt")
}
