package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

var sessionField = regexp.MustCompile(`name="id" value="([0-9a-f]{24})"`)

// The account's page says where its person is logged in, which one asks, and ends the others: one, or all of them.
func TestAccountPage(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/account"), "/hub/login?next=%2Fhub%2Faccount")
	ann := h.LoggedIn("ann", "ann's password")
	alone := ann.Get("/hub/account")
	httpapitest.WantPage(t, "alone", alone, http.StatusOK, "this one", "192.0.2.1", "Change password", `id="rule"`)
	if strings.Contains(alone.Body.String(), "End all others") || sessionField.MatchString(alone.Body.String()) {
		t.Error("somebody with one session can end it here")
	}

	others := []*httpapitest.Visitor{h.Visitor(), h.Visitor(), h.Visitor()}
	for _, v := range others {
		v.LogIn("ann", "ann's password", "")
	}
	page := ann.Get("/hub/account")
	ids := sessionField.FindAllStringSubmatch(page.Body.String(), -1)
	if len(ids) != 3 || strings.Count(page.Body.String(), "this one") != 1 {
		t.Fatalf("%d sessions can be ended in %s", len(ids), page.Body)
	}
	form := url.Values{"_xsrf": {ann.Token(page)}, "id": {ids[0][1]}}
	httpapitest.WantRedirect(t, "ending one", ann.Post("/hub/account/end", form), "/hub/account?ended")
	httpapitest.WantRedirect(t, "ending it twice", ann.Post("/hub/account/end", form), "/hub/account?ended")
	in := 0
	for _, v := range others {
		if v.Get("/hub/home").Code == http.StatusOK {
			in++
		}
	}
	if in != 2 {
		t.Errorf("%d of three others are logged in after one was ended", in)
	}
	httpapitest.WantRedirect(t, "ending the others", ann.Post("/hub/account/end-others", url.Values{"_xsrf": {ann.Token(page)}}), "/hub/account?ended")
	for _, v := range others {
		if v.Get("/hub/home").Code == http.StatusOK {
			t.Error("another is still logged in")
		}
	}
	httpapitest.WantPage(t, "the one that asked", ann.Get("/hub/account?ended"), http.StatusOK, "logged out there")
}

// The password is changed from there, and what is wrong with it is said beside the form.
func TestAccountPagePassword(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.LoggedIn("ann", "ann's password")
	page := ann.Get("/hub/account")
	form := url.Values{"_xsrf": {ann.Token(page)}, "old_password": {"wrong"}, "new_password": {"six grey geese"}, "new_password_confirmation": {"six grey geese"}}
	const to = "/hub/change-password?next=%2fhub%2faccount"
	httpapitest.WantPage(t, "not the old one", ann.Post(to, form), http.StatusBadRequest, `role="alert"`)
	form.Set("old_password", "ann's password")
	httpapitest.WantPage(t, "changed", ann.Post(to, form), http.StatusOK, "is changed", `href="/hub/account"`)
}
