package site_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/httpapi/site"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// The home page names the services that somebody may open, and no others.
func TestHomeListsServices(t *testing.T) {
	h := httpapitest.New(t)
	err := h.App.ApplyConfig(t.Context(), bootstrap.Declared{Services: []bootstrap.DeclaredService{
		{Service: hub.Service{Name: "wiki", URL: "http://127.0.0.1:9", Display: true}},
		{Service: hub.Service{Name: "unlisted", URL: "http://127.0.0.1:9"}},
		{Service: hub.Service{Name: "culler", Display: true}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	page := func(u hub.User) string {
		w := h.Do(http.MethodGet, "/hub/home", "", h.Browser(u))
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	body := page(h.User("root", true))
	if !strings.Contains(body, `"services":[{"name":"wiki","url":"/services/wiki/"}]`) || !strings.Contains(body, `<a class="target" href="/services/wiki/">wiki</a>`) {
		t.Error("no service in the administrator's page", body)
	}
	if strings.Contains(body, "unlisted") || strings.Contains(body, "culler") {
		t.Error("services in it that nobody shall see")
	}
	if body := page(h.User("ann", false)); !strings.Contains(body, `"services":[]`) {
		t.Error("services of somebody who may use none")
	}
}

// newHandlers makes the handlers of a hub's pages, by themselves.
func newHandlers(t *testing.T, h *httpapitest.Hub) *site.Handlers {
	t.Helper()
	s, err := site.New(h.Server.Env(), site.Options{Clock: h.Clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
